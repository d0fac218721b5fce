"""Sections parted into functions and blocks of data.

Input: `Sections`. Output: `Units`.
Invariants: a unit is entered at its first label only, but for the labels of a block of data; what
a source uses together stays together: labels that are told apart by their distance, functions
that jump into each other, and a table of places in a function with the function.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from asm_rv32.basis.diagnostics import Diagnostic, Span
from asm_rv32.importing.items import (
    LEFT_OUT,
    WRITABLE,
    Align,
    Bracket,
    Data,
    Item,
    Mark,
    Remark,
    Section,
    Sections,
    Space,
)
from asm_rv32.importing.layout import Layout, is_code, lay_out
from asm_rv32.importing.operands import Code, Indirect, effects_of, targets
from asm_rv32.importing.values import Expression, Name, Number, names
from asm_rv32.isa.effects import BRANCH, CALL, NEXT
from asm_rv32.isa.tables import tables


class Unit(NamedTuple):
    """A function, or a block of data."""

    symbol: str
    """Its first label; "" where it has none."""
    is_code: bool
    is_writable: bool
    section: str
    items: list[Item]
    goes_on: str
    """The label of the function that it runs into; or ""."""


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


class _Stretch:
    """A piece of a section between two places where it can be parted."""

    __slots__ = ("index", "is_code", "items", "label", "section")

    def __init__(self, section: Section, items: list[Item], label: str, index: int) -> None:
        self.section = section
        self.items = items
        self.label = label
        self.index = index
        self.is_code = any(isinstance(item.content, Code) for item in items)


def references(item: Item) -> Iterator[str]:
    """Every label that an item names."""
    content = item.content
    if isinstance(content, Code):
        for number, operand in enumerate(content.operands):
            if number not in content.words:
                yield from _names_of(operand)
    elif isinstance(content, Data):
        for value in content.values:
            if not isinstance(value, bytes):
                yield from names(value)
    elif isinstance(content, Space):
        yield from names(content.size)


def _names_of(operand: object) -> Iterator[str]:
    if isinstance(operand, Indirect):
        yield from names(operand.offset)
    elif isinstance(operand, _EXPRESSIONS):
        yield from names(operand)


_EXPRESSIONS = Expression.__args__  # type: ignore[attr-defined]


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
        self.stretches: list[_Stretch] = []
        self.home: dict[str, int] = {}
        self.parents: list[int] = []
        self.entries: list[tuple[bool, int]] = []
        """For the first of those joined: whether all is data, and the stretch that leads."""
        self.loaded = [each for each in found.sections if each.kind != LEFT_OUT]

    def run(self) -> Units:
        self.define()
        self.find_starts()
        for section in self.loaded:
            if section.name in self.layouts:
                self.part_data(section)
            else:
                self.part(section, section.items)
        self.parents = list(range(len(self.stretches)))
        self.entries = [(not each.is_code, each.index) for each in self.stretches]
        self.join()
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
        for number, section in enumerate(self.loaded):
            if not is_code(section):
                layout = self.layouts[section.name] = lay_out(section, self.wrong)
                section = self.loaded[number] = section._replace(items=layout.items)
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
            chief = min(labels, key=lambda name: (
                name not in said.functions | said.objects, name not in said.globals | said.weak,
                _is_hidden(name), labels.index(name)))  # fmt: skip
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
        for section in self.loaded:
            for item in section.items:
                called = self.called(item)
                for name in references(item):
                    if _is_hidden(name) or name not in section_of:
                        continue
                    elsewhere = section_of[name] != section.name
                    if (elsewhere and not name.startswith(".L")) or name in called:
                        self.starts.add(self.first(name))

    def called(self, item: Item) -> set[str]:
        """The labels that an instruction calls."""
        content = item.content
        if not isinstance(content, Code):
            return set()
        effects = effects_of(content)
        if effects is None or effects.control != CALL:
            return set()
        return {
            name for number in targets(content) for name in _names_of(content.operands[number])
        }

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
        label = next(
            (
                self.first(item.content.name) for item in items
                if isinstance(item.content, Mark) and not item.content.name.startswith(".end.")
            ),
            "",
        )  # fmt: skip
        index = len(self.stretches)
        for item in items:
            if isinstance(item.content, Mark):
                self.home[item.content.name] = index
        self.stretches.append(_Stretch(section, items, label, index))

    def part_data(self, section: Section) -> None:
        """Part a section of data at what is said to be an object of its own."""
        said, layout = self.found.said, self.layouts[section.name]
        ends = 0
        starts = set()
        for item, offset in zip(layout.items, layout.offsets):
            content = item.content
            if not isinstance(content, Mark) or content.name.startswith(".end."):
                continue
            name = self.first(content.name)
            size = said.sized.get(name)
            if isinstance(size, str):
                size = layout.labels.get(size, offset) - offset
            typed = name in said.objects and size is not None
            if section.mergeable or typed or (0 < ends <= offset):
                starts.add(name)
                ends = offset + size if typed and size is not None else 0
        kept, self.starts = self.starts, starts
        self.part(section, section.items)
        self.starts = kept

    # ---- joining

    def root(self, index: int) -> int:
        while self.parents[index] != index:
            self.parents[index] = self.parents[self.parents[index]]
            index = self.parents[index]
        return index

    def unite(self, first: int, second: int) -> None:
        first, second = sorted((self.root(first), self.root(second)))
        if first != second:
            self.parents[second] = first
            self.entries[first] = min(self.entries[first], self.entries[second])

    def join(self) -> None:
        """Join what cannot stand apart, until nothing is left to join."""
        self.join_anchored()
        links = []
        for stretch in self.stretches:
            for item in stretch.items:
                for group in _together(item):
                    links += self.distances(group)
                for name in references(item):
                    to = self.home.get(self.first(name))
                    if to is not None and to != stretch.index:
                        links.append((stretch.index, to, self.first(name)))
        changed = True
        while changed:
            changed = False
            for source, to, name in links:
                if self.root(source) != self.root(to) and self.is_inner(to, name):
                    self.unite(source, to)
                    changed = True

    def distances(self, group: list[str]) -> Iterator[tuple[int, int, str]]:
        """Labels of one section whose distance matters stand in one unit."""
        places = {self.first(name) for name in group}
        homes = {self.home[place] for place in places if place in self.home}
        data = [home for home in homes if not self.stretches[home].is_code]
        for first, second in zip(data, data[1:]):
            if self.stretches[first].section is self.stretches[second].section:
                self.unite(first, second)
        return iter(())

    def join_anchored(self) -> None:
        """A symbol that was given a place in a section of data reaches all behind it."""
        for expression in self.found.said.aliases.values():
            anchors = list(names(expression))
            if len(anchors) != 1 or not _is_hidden(anchors[0]):
                continue
            home = self.home.get(self.first(anchors[0]))
            if home is None or self.stretches[home].is_code:
                continue
            for stretch in self.stretches[home:]:
                if stretch.section is self.stretches[home].section:
                    self.unite(home, stretch.index)

    def is_inner(self, index: int, name: str) -> bool:
        """Whether a label of a stretch cannot be named from outside of it."""
        is_data, leader = self.entries[self.root(index)]
        return not is_data and self.first(name) != self.stretches[leader].label

    # ---- units

    def units(self) -> list[Unit]:
        groups: dict[int, list[_Stretch]] = {}
        for stretch in self.stretches:
            groups.setdefault(self.root(stretch.index), []).append(stretch)
        return [self.unit(parts) for _, parts in sorted(groups.items())]

    def unit(self, parts: list[_Stretch]) -> Unit:
        """The stretches as one unit, code first."""
        parts = sorted(parts, key=lambda part: (not part.is_code, part.index))
        items: list[Item] = []
        goes_on = ""
        for number, part in enumerate(parts):
            items += part.items
            after = self.runs_into(part)
            if not after:
                continue
            if number + 1 < len(parts) and parts[number + 1].label == after:
                continue
            if number + 1 == len(parts) or not parts[number + 1].is_code:
                goes_on = after
            items.append(_tail(after, part.items[-1].span, part.items[-1].compress))
        head = parts[0]
        code = any(part.is_code for part in parts)
        writable = any(part.section.kind == WRITABLE for part in parts)
        if code and writable:
            message = f"{head.label or 'a function'} is held together with data that is written"
            self.wrong.append(Diagnostic("no-form", message, head.items[0].span))
        return Unit(head.label, code, writable, head.section.name, items, goes_on)

    def runs_into(self, part: _Stretch) -> str:
        """The label that control comes to behind the end of a stretch; or nothing."""
        after = part.index + 1
        if not part.is_code or after >= len(self.stretches):
            return ""
        other = self.stretches[after]
        if other.section is not part.section or not other.is_code or not other.label:
            return ""
        last = next((item.content for item in reversed(part.items)
                     if isinstance(item.content, (Code, Data, Space))), None)  # fmt: skip
        if not isinstance(last, Code):
            return ""
        effects = effects_of(last)
        control = effects.control if effects else NEXT
        if control == CALL and part.label in self.found.said.sized:
            # A compiler's function that ends in a call ends there: the call does not return.
            return ""
        return other.label if control in (NEXT, BRANCH, CALL) else ""


def _tail(label: str, span: Span, compress: bool) -> Item:
    """The jump to the function that a source runs into."""
    content = Code(tables()["gnu"]["words"]["goes_on"], (Name(label),), None, (), ())
    return Item(content, span, f"{{{label}}}", compress, None)


def _is_hidden(name: str) -> bool:
    """True of a label that the source does not name."""
    return name.startswith((".here.", ".end.")) or "@" in name


def _leads(item: Item) -> bool:
    """True of what belongs to what follows it."""
    content = item.content
    return isinstance(content, (Remark, Align)) or isinstance(content, Bracket) and content.opens


def _together(item: Item) -> Iterator[list[str]]:
    """The labels of each expression in an item that has several."""
    content = item.content
    values: list[object] = []
    if isinstance(content, Code):
        values = [
            operand.offset if isinstance(operand, Indirect) else operand
            for operand in content.operands
        ]
    elif isinstance(content, Data):
        values = list(content.values)
    for value in values:
        if isinstance(value, _EXPRESSIONS) and not isinstance(value, (Name, Number)):
            found = list(names(value))
            if len(found) > 1:
                yield found
