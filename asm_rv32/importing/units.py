"""Sections parted into functions and blocks of data.

Input: `Sections`. Output: `Units`.
Invariant: every item stands in one unit, in the order of its section.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from asm_rv32.basis.diagnostics import Diagnostic, Span
from asm_rv32.importing.counting import counted
from asm_rv32.importing.gaps import settled
from asm_rv32.importing.halves import with_signs
from asm_rv32.importing.items import (
    LEFT_OUT,
    WRITABLE,
    Align,
    Bracket,
    Content,
    Data,
    Item,
    Mark,
    Remark,
    Section,
    Sections,
    Space,
)
from asm_rv32.importing.joining import Stretch, controlled, is_hidden, joined, references
from asm_rv32.importing.layout import Layout, is_code, lay_out
from asm_rv32.importing.operands import Code, effects_of
from asm_rv32.importing.patterns import as_data
from asm_rv32.importing.values import Name, Number
from asm_rv32.isa.effects import BRANCH, CALL, NEXT
from asm_rv32.isa.meaning import Place, within
from asm_rv32.isa.operands import LINKS
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.tables import tables


class Unit(NamedTuple):
    """A function, or a block of data."""

    symbol: str
    """Its first label; "" where it has none."""
    is_code: bool
    is_writable: bool
    section: str
    items: list[Item]
    entries: tuple[str, ...]
    """Of a function, the labels of others that are one with it."""


class Units(NamedTuple):
    """A source in units."""

    units: list[Unit]
    home: dict[str, int]
    """Label → the unit that it stands in."""
    same: dict[str, str]
    """Label → the first one that stands at its place."""
    externs: list[str]
    left_out: list[str]
    """Sections that are no part of a program."""
    offsets: dict[str, tuple[str, int]]
    """Label of a section of data → the section and its offset there."""
    wrong: list[Diagnostic]

    def first(self, name: str) -> str:
        """The label that stands for all at a label's place."""
        return self.same.get(name, name)


def units(found: Sections) -> Units:
    """The units of a source, in its order."""
    return _Parting(found).run()


class _Parting:
    def __init__(self, found: Sections) -> None:
        self.found = found
        self.wrong: list[Diagnostic] = []
        self.layouts: dict[str, Layout] = {}
        self.same: dict[str, str] = {}
        self.starts: set[str] = set()
        self.stretches: list[Stretch] = []
        self.home: dict[str, int] = {}
        self.loaded = [each for each in found.sections if each.kind != LEFT_OUT]

    def run(self) -> Units:
        self.define()
        self.find_starts()
        for section in self.loaded:
            if section.name in self.layouts:
                self.part_data(section)
            else:
                self.part(section, section.items)
        made = self.units()
        home = {
            item.content.name: index
            for index, unit in enumerate(made)
            for item in unit.items if isinstance(item.content, Mark)
        }  # fmt: skip
        left_out = [
            section.name for section in self.found.sections
            if section.kind == LEFT_OUT and section.items
        ]  # fmt: skip
        used = dict.fromkeys(name for unit in made for item in unit.items
                             for name in references(item))  # fmt: skip
        externs = [
            name for name in used
            if self.first(name) not in home and name not in self.found.said.common
        ]  # fmt: skip
        offsets = {
            label: (section, offset)
            for section, layout in self.layouts.items()
            for label, offset in layout.labels.items()
        }
        return Units(made, home, self.same, externs, left_out, offsets, self.wrong)

    def first(self, name: str) -> str:
        """The label that stands for all at its place."""
        return self.same.get(name, name)

    # ---- what is defined, and where

    def define(self) -> None:
        """Lay out what can be, and find labels that stand twice or at one place."""
        seen: set[str] = set()
        said = self.found.said
        self.loaded = as_data(with_signs(self.loaded, self.wrong), said, self.found.isa)
        for number, section in enumerate(self.loaded):
            if not is_code(section):
                layout = self.layouts[section.name] = lay_out(section, self.wrong)
                section = self.loaded[number] = section._replace(items=layout.items)
            else:
                starts = said.functions | said.globals
                items = settled(section.items, starts, self.found.isa, self.wrong)
                items = counted(items, self.found.isa, self.wrong)
                section = self.loaded[number] = section._replace(items=items)
            here: list[str] = []
            for item in section.items:
                content = item.content
                if isinstance(content, Mark):
                    if content.name in seen:
                        message = f"the label {content.name!r} stands twice"
                        self.wrong.append(Diagnostic("duplicate-label", message, item.span))
                    seen.add(content.name)
                    here.append(content.name)
                elif not isinstance(content, (Remark, Bracket)):
                    self.note_same(here)
                    here = []
            self.note_same(here)

    def note_same(self, labels: list[str]) -> None:
        """Labels of one place: the most public stands for all."""
        if len(labels) > 1:
            said = self.found.said
            chief = min(
                labels,
                key=lambda name: (
                    name not in said.functions and name not in said.objects,
                    name not in said.globals and name not in said.weak,
                    is_hidden(name),
                ),
            )
            self.same.update((name, chief) for name in labels if name != chief)

    def find_starts(self) -> None:
        """The labels of code at which a function begins."""
        said = self.found.said
        section_of = {
            item.content.name: section.name for section in self.loaded for item in section.items
            if isinstance(item.content, Mark)
        }  # fmt: skip
        public = said.globals | said.weak | said.functions
        self.starts |= {self.first(name) for name in public if name in section_of}
        named = {self.first(name) for section in self.loaded for item in section.items
                 for name in references(item)}  # fmt: skip
        self.starts |= {name for name in map(self.first, self.alone()) if name not in named}
        for section in self.loaded:
            for item in section.items:
                called = self.called(item)
                for name in references(item):
                    if is_hidden(name) or name not in section_of:
                        continue
                    elsewhere = section_of[name] != section.name
                    if (elsewhere and not name.startswith(".L")) or name in called:
                        self.starts.add(self.first(name))

    def alone(self) -> Iterator[str]:
        """The labels with a name behind what control does not go on from, of sections whose code
        does not count from where it stands."""
        for section in self.loaded:
            last: Code | None = None
            if any(counts_from_place(item) for item in section.items):
                continue
            for item in section.items:
                content = item.content
                if isinstance(content, Code):
                    last = content
                elif not isinstance(content, Mark) or last is None or goes_on(last):
                    continue
                elif not is_hidden(content.name) and not content.name.startswith(".L"):
                    yield content.name

    def called(self, item: Item) -> set[str]:
        """The labels that an instruction calls as functions are called."""
        content = item.content
        effects = effects_of(content) if isinstance(content, Code) else None
        if effects is None or effects.control != CALL or effects.links not in LINKS:
            return set()
        return set(controlled(item))

    # ---- parting

    def part(self, section: Section, items: list[Item]) -> None:
        """Part a section at its starts; comments and alignment in front go with what follows."""
        pieces: list[list[Item]] = [[]]
        for item in items:
            content = item.content
            if isinstance(content, Mark) and self.first(content.name) in self.starts:
                if self.holds_label(pieces[-1], self.first(content.name)):
                    pieces[-1].append(item)
                    continue
                pieces.append([*self.taken_along(pieces[-1], content.name), item])
            else:
                pieces[-1].append(item)
        for piece in pieces:
            if any(not isinstance(item.content, (Remark, Align, Bracket)) for item in piece):
                self.add(section, piece)
            elif piece and self.stretches and self.stretches[-1].section is section:
                self.stretches[-1].items += piece

    def taken_along(self, items: list[Item], label: str) -> list[Item]:
        """Take off the end of the items what goes with a label that follows: comments, alignment,
        other labels of its place."""
        first = len(items)
        while first:
            content = items[first - 1].content
            beside = isinstance(content, Mark) and self.first(content.name) == self.first(label)
            if not beside and not _leads(items[first - 1]):
                break
            first -= 1
        found = items[first:]
        del items[first:]
        return found

    def holds_label(self, items: list[Item], first: str) -> bool:
        """Whether the last place in the items is one that a label stands for already."""
        for item in reversed(items):
            content = item.content
            if isinstance(content, Mark):
                return self.first(content.name) == first
            if not isinstance(content, (Remark, Bracket)):
                return False
        return False

    def add(self, section: Section, items: list[Item]) -> None:
        label = ""
        for item in items:
            content = item.content
            if isinstance(content, Mark) and not content.name.startswith(".end."):
                label = self.first(content.name)
                break
            if isinstance(content, (Code, Data, Space)):
                # What stands in front of the first label has no name.
                break
        index = len(self.stretches)
        for item in items:
            if isinstance(item.content, Mark):
                self.home[item.content.name] = index
        self.stretches.append(Stretch(section, items, label, index))

    def part_data(self, section: Section) -> None:
        """Part a section of data at what is said to be an object, and not within another."""
        said, layout = self.found.said, self.layouts[section.name]
        ends = 0
        starts = set()
        is_over = True
        for item, offset in zip(layout.items, layout.offsets):
            content = item.content
            if not isinstance(content, Mark) or content.name.startswith(".end."):
                is_over = _is_over(content, is_over)
                continue
            name = content.name
            size = said.sized.get(name)
            if isinstance(size, str):
                size = layout.labels.get(size, offset) - offset
            typed = name in said.objects and size is not None
            is_entry = section.mergeable and offset % section.mergeable == 0
            is_entry = is_entry and (is_over or not section.is_text)
            if is_entry or (ends <= offset and (typed or ends)):
                starts.add(self.first(name))
                ends = 0
            if typed and size is not None:
                ends = max(ends, offset + size)
        kept, self.starts = self.starts, starts
        self.part(section, section.items)
        self.starts = kept

    # ---- units

    def units(self) -> list[Unit]:
        self.find_entries()
        return [self.unit(parts) for parts in joined(self.stretches, self.first, self.found.said)]

    def find_entries(self) -> None:
        """What has a label and no bytes of its own is code where what follows it is."""
        for part, other in zip(reversed(self.stretches[:-1]), reversed(self.stretches)):
            is_empty = all(isinstance(item.content, (Mark, Remark, Align, Bracket))
                           for item in part.items)  # fmt: skip
            if is_empty and part.label and other.section is part.section:
                part.is_code = other.is_code

    def unit(self, parts: list[Stretch]) -> Unit:
        """The stretches as one unit, code first."""
        parts = sorted(parts, key=lambda part: (not part.is_code, part.index))
        items: list[Item] = []
        for number, part in enumerate(parts):
            items += part.items
            after = self.runs_into(part)
            if not after:
                continue
            if number + 1 < len(parts) and parts[number + 1].label == after:
                continue
            items.append(_tail(after, part.items[-1].span, part.items[-1].compress))
        head = parts[0]
        code = any(part.is_code for part in parts)
        entries = tuple(part.label for part in parts[1:] if part.is_code and part.label)
        writable = any(part.section.kind == WRITABLE for part in parts)
        return Unit(head.label, code, writable, head.section.name, items, entries)

    def runs_into(self, part: Stretch) -> str:
        """The label that control comes to behind the end of a stretch; or nothing."""
        after = part.index + 1
        if not part.is_code or after >= len(self.stretches):
            return ""
        other = self.stretches[after]
        if other.section is not part.section or not other.is_code or not other.label:
            return ""
        last = next((item.content for item in reversed(part.items)
                     if isinstance(item.content, (Code, Data, Space))), None)  # fmt: skip
        if last is None:
            return other.label
        if not isinstance(last, Code):
            return ""
        if is_call(last) and part.label in self.found.said.sized:
            # A compiler's function that ends in a call ends there: the call does not return.
            return ""
        return other.label if goes_on(last) else ""


def goes_on(code: Code) -> bool:
    """Whether control may come to what stands behind an instruction."""
    effects = effects_of(code)
    return effects is None or effects.control in (NEXT, BRANCH, CALL)


def counts_from_place(item: Item) -> bool:
    """Whether an instruction makes an address from where it stands and a number."""
    code = item.content
    if not isinstance(code, Code) or code.row is None or code.row.is_pseudo:
        return False
    if goes_elsewhere(code) or any(references(item)):
        return False
    steps = Instruction(code.row, code.values).steps
    return any(isinstance(inner, Place) for step in steps for inner in within(step))


def goes_elsewhere(code: Code) -> bool:
    """Whether control may go elsewhere than behind an instruction."""
    effects = effects_of(code)
    return effects is not None and effects.control != NEXT


def is_call(code: Code) -> bool:
    """Whether an instruction comes back from where it goes."""
    effects = effects_of(code)
    return effects is not None and effects.control == CALL


def _tail(label: str, span: Span, compress: bool) -> Item:
    """The jump to the function that a source runs into."""
    content = Code(tables()["gnu"]["words"]["goes_on"], (Name(label),), None, (), ())
    return Item(content, span, f"{{{label}}}", compress, None)


def _is_over(content: Content, before: bool) -> bool:
    """Whether a text ends in front of what stands behind; `before`: whether one does here."""
    if isinstance(content, Data) and content.values:
        last = content.values[-1]
        return last[-1:] == b"\0" if isinstance(last, bytes) else last == Number(0, "0")
    return before or isinstance(content, (Space, Align))


def _leads(item: Item) -> bool:
    """True of what belongs to what follows it."""
    content = item.content
    return isinstance(content, (Remark, Align)) or (isinstance(content, Bracket) and content.opens)
