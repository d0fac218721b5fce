"""GNU source: a program as text that GNU as assembles to the same bytes.

Input: a module. Output: the text, each function and each block of data in a section of its own.
Invariants: it holds instructions as they were chosen, and nothing that GNU as may choose anew: the
size of each is said where it could take another, and relaxation by the linker is off. Labels that
belong to a function are local to the file, those of data are not.
Source: GNU as manual, RISC-V-Directives and Symbol Names; relaxed_branch_length in its
gas/config/tc-riscv.c.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import accumulate, pairwise

from asm_rv32.basis.diagnostics import harmless
from asm_rv32.basis.records import TYPE_CHECKING, NamedTuple
from asm_rv32.formats.elf import isa_names
from asm_rv32.formats.gnu_limits import is_refused, unknown_extensions
from asm_rv32.formats.layout import Area, Block, areas
from asm_rv32.isa.decode import decode
from asm_rv32.isa.image import (
    DATA,
    FUNCTION,
    MINUS_FIELD,
    PLUS_FIELD,
    WORD_FIELD,
    WRITABLE,
    Entry,
    Relocation,
)
from asm_rv32.isa.operands import Place
from asm_rv32.isa.references import Reference, as_statement
from asm_rv32.isa.rows import Instruction, read_backwards
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.text import data_chunks, data_text, target, text

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module

SECTIONS = {
    FUNCTION: '"ax",@progbits', DATA: '"a",@progbits', WRITABLE: '"aw",@progbits',
}  # fmt: skip
"""Kind of a unit → flags and type of its section."""
COMMENT_COLUMN = 40
_PLAIN = re.compile(r"[A-Za-z_.$\x80-\U0010ffff][\w.$\x80-\U0010ffff]*", re.ASCII)
"""A symbol that needs no quotes."""
_LONGEST = {(2, False): 8, (2, True): 4, (4, False): 8, (4, True): 4}
"""Size of a branch or jump, and whether it is without condition → the longest that GNU as may take
while it has not laid out what lies between."""


def write(module: Module, whole: bool) -> bytes:
    """The source."""
    found = areas(module, apart=True, whole=whole)
    isas = [area.isa for area in found if area.has_code]
    lines = [
        # A number behind the mark would be a line's, as preprocessors write it.
        f"# From {' '.join(harmless(module.source.path).split())}, by asmrv32",
        "\t.option\tnorelax",
        f"\t.option\tarch, {isa_names(isas, unknown_extensions())}",
    ]
    for area in found:
        lines += ["", *_Source(area).lines()]
    return ("\n".join(lines) + "\n").encode()


def symbol(name: str) -> str:
    """A symbol as GNU as reads it."""
    return name if _PLAIN.fullmatch(name) else f'"{name}"'


class _Item(NamedTuple):
    """An instruction, and what is open in it."""

    entry: Entry
    instruction: Instruction | None
    """None of data."""
    to: int | None
    """The address that a branch or jump goes to, if that is in the same section."""


class _Source:
    """The lines of one area, which has one block."""

    def __init__(self, area: Area) -> None:
        self.area = area
        self.block: Block = area.blocks[0]
        self.open = {r.address: r for r in area.relocations if r.kind != MINUS_FIELD}
        self.minus = {r.address: r for r in area.relocations if r.kind == MINUS_FIELD}
        self.instructions = instruction_set(area.isa) if area.has_code else None
        self.items = [self._item(entry) for entry in area.entries]
        self.pairs = self._pairs()
        self.labels = self._labels()
        self.targets = self._far_enough()
        self.compressing: bool | None = None
        """What `.option rvc` was said last."""
        self.line = 0

    def _item(self, entry: Entry) -> _Item:
        raw = self.area.code[entry.address : entry.address + entry.size]
        found = None
        if entry.is_code and self.instructions is not None:
            found = decode(int.from_bytes(raw, "little"), self.instructions)
        if found is None or entry.address in self.open:
            return _Item(entry, found, None)
        return _Item(entry, found, target(found, entry.address))

    def _pairs(self) -> dict[int, tuple[_Item, str]]:
        """Address of an upper part → the instruction with the lower one, and both as a statement.

        Only where that one alone completes it, at once, and where GNU as has a name for the two.
        """
        lowers: dict[int, list[int]] = {}
        for each in self.area.relocations:
            if each.kind == "pcrel_lo":
                lowers.setdefault(each.value, []).append(each.address)
        named = set(self.block.part.labels.values())
        found = {}
        for upper, lower in pairwise(self.items):
            at = upper.entry.address
            if lowers.get(at) == [lower.entry.address] and lower.entry.address not in named:
                written = self._statement(upper.instruction, lower.instruction, self.open[at])
                if written is not None:
                    found[at] = (lower, written)
        return found

    def _statement(
        self, upper: Instruction | None, lower: Instruction | None, reference: Relocation
    ) -> str | None:
        """Two instructions as one of GNU as's, which stands for both; None where it has none."""
        if upper is None or lower is None or self.instructions is None:
            return None
        meant = Reference(reference.kind, reference.symbol)
        pair = as_statement(upper, lower, meant, self.instructions)
        if pair is None or pair.row.size:
            return None
        return _with(Instruction(pair.row, pair.values), pair.operand, self._sum(reference))

    # ---- names of places

    def _labels(self) -> dict[int, list[str]]:
        """Address → the labels there, as they are written."""
        prefix = ".L" if self.block.part.kind == FUNCTION else ""
        found: dict[int, list[str]] = {}
        for name, address in self.block.part.labels.items():
            found.setdefault(address, []).append(symbol(f"{prefix}{self.block.symbol}.{name}"))
        uppers = {r.value for r in self.area.relocations if r.kind == "pcrel_lo"}
        uppers -= self.pairs.keys()
        inner = {each.value for each in self.area.relocations if not each.symbol}
        inner |= {item.to for item in self.items if item.to is not None}
        between = {item.entry.address for item in self.items} | {len(self.area.code)}
        # What is in the middle of something is counted from the start.
        places = {at if at in between else 0 for at in uppers | inner}
        for address in sorted(places):
            # The function's own name could be another's when it is linked.
            if address not in found:
                made = f".L{self.block.symbol}.{address:x}" if address else f".L{self.block.symbol}"
                found.setdefault(address, []).append(symbol(made))
        return found

    def _far_enough(self) -> dict[int, Mapping[int, str]]:
        """Of each branch and jump its address → the name of its target.

        A label stands where GNU as takes the same size whatever it has taken in between so far;
        else the distance: it only ever shrinks what it has once taken for too far.
        """
        growth = [0, *accumulate(map(_growth, self.items))]
        at = {item.entry.address: index for index, item in enumerate(self.items)}
        at[len(self.area.code)] = len(self.items)
        found: dict[int, Mapping[int, str]] = {}
        for index, item in enumerate(self.items):
            if item.to is None or item.instruction is None:
                continue
            address, to = item.entry.address, item.to
            row = item.instruction.row
            kind = row.kinds[row.target]
            between = abs(growth[at.get(to, index)] - growth[index])
            distance = to - address
            grown = distance + between if distance > 0 else distance - between
            if kind.minimum <= grown <= kind.maximum and to in self.labels:
                found[address] = {to: self.labels[to][0]}
            else:
                found[address] = {to: f".{distance:+d}"}
        return found

    # ---- text

    def lines(self) -> Iterator[str]:
        """The section."""
        name = symbol(self.block.symbol)
        is_function = self.block.part.kind == FUNCTION
        yield f"\t.section\t{symbol(self.area.section)},{SECTIONS[self.area.kind]}"
        yield f"\t.balign\t{self.area.alignment}"
        if self.block.is_global:
            yield f"\t.{'weak' if self.block.unit.is_weak else 'globl'}\t{name}"
        yield f"\t.type\t{name}, @{'function' if is_function else 'object'}"
        yield f"{name}:"
        done = None
        for item in self.items:
            if item is not done:
                yield from self._labelled(item)
            done = self.pairs[item.entry.address][0] if item.entry.address in self.pairs else done
        for label in self.labels.get(len(self.area.code), ()):
            yield f"{label}:"
        yield f"\t.size\t{name}, .-{name}"

    def _labelled(self, item: _Item) -> Iterator[str]:
        address = item.entry.address
        for label in self.labels.get(address, ()):
            yield f"{label}:"
        if item.instruction is None:
            lines = self._data(item.entry)
        elif address in self.pairs:
            lines = iter([self.pairs[address][1]])
        else:
            yield from self._option(item.instruction)
            lines = iter([self._written(item.instruction, address)])
        for line in lines:
            yield self._commented(line, item.entry)

    def _commented(self, line: str, entry: Entry) -> str:
        """With the line of the source where another than before begins."""
        source = self.block.part.source
        number = source.locate(entry.span.start)[0]
        if number == self.line or entry.span.start == entry.span.end:
            return f"\t{line}"
        self.line = number
        room = " " * (COMMENT_COLUMN - len(f"\t{line}".expandtabs()))
        return f"\t{line}{room}  # {number}  {harmless(source.line(number)).strip()}"

    def _option(self, instruction: Instruction) -> Iterator[str]:
        """What size is to be taken, where GNU as could take another."""
        row, values = instruction
        compressed = row.size == 2
        if not compressed and not any(
            read_backwards(pattern, values) is not None for _, pattern in row.shorter
        ):
            return
        if compressed != self.compressing:
            self.compressing = compressed
            yield f"\t.option\t{'rvc' if compressed else 'norvc'}"

    def _written(self, instruction: Instruction, address: int) -> str:
        reference = self.open.get(address)
        row, values = instruction
        if reference is not None:
            return self._filled(instruction, reference)
        labels = self.targets.get(address, {})
        by_number: dict[int, str] = {}
        for csrs in (None, by_number):
            written = text(instruction, address, labels, "gnu", csrs)
            if not is_refused(instruction, written):
                return written.replace(" ", "\t", 1)
        return f".insn\t{row.size}, {row.encode(values):#0{2 + 2 * row.size}x}"

    def _filled(self, instruction: Instruction, reference: Relocation) -> str:
        """An instruction whose value a linker knows: with `%hi(x)` or a symbol in its place."""
        row = instruction.row
        if reference.kind == "pcrel_lo":
            expression = self.labels[reference.value][-1]
        else:
            expression = self._sum(reference)
        if not row.kinds[reference.field].is_target:
            expression = f"%{reference.kind}({expression})"
        return _with(instruction, reference.field, expression)

    def _sum(self, reference: Relocation, sign: str = "+") -> str:
        """A place as a symbol and bytes to add, the sign of both being this one."""
        value = reference.value
        if not reference.symbol:
            exact = value in self.labels
            name, value = self.labels[value if exact else 0][0], 0 if exact else value
        else:
            name = symbol(reference.symbol)
        value = -value if sign == "-" else value
        return f"{name}{value:+d}" if value else name

    def _data(self, entry: Entry) -> Iterator[str]:
        start, end = entry.address, entry.address + entry.size
        reference = self.open.get(start)
        if reference is not None and reference.kind in (WORD_FIELD, PLUS_FIELD):
            size = "" if entry.size == 1 else entry.size
            minus = self.minus.get(start)
            begin = "" if minus is None else f"-{self._sum(minus, '-')}"
            yield f".{size}byte\t{self._sum(reference)}{begin}"
            return
        for _, data in data_chunks(self.area.code[start:end]):
            yield data_text(data, "gnu").replace(" ", "\t", 1)


def _growth(item: _Item) -> int:
    """By how much a branch or jump can be longer while GNU as lays out."""
    if item.instruction is None or item.to is None:
        return 0
    size = item.entry.size
    return _LONGEST[size, item.instruction.effects.condition is None] - size


def _with(instruction: Instruction, index: int, written: str) -> str:
    """An instruction with this text for one of its values."""
    row, values = instruction
    place = Place(0, {}, {}, values, True)
    shown = []
    for variable, literal in row.gnu.slots:
        if variable == index:
            shown.append(written)
        elif variable < 0:
            shown.append(str(literal))
        else:
            shown.append(row.kinds[variable].show(values[variable], place))
    return f"{row.name}\t{','.join(row.gnu.fill(shown))}"
