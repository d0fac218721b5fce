"""The text of machine code, in this assembler's syntax and in GNU's.

Input: an `Instruction`, or code with what is known of it. Output: its text, or whole lines.
Invariant: every text follows from the row's syntaxes alone; assembling it without compression
gives the same bytes. Numbers are spelled as both assemblers read them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import pairwise

from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.decode import Decoded, decode_all
from asm_rv32.isa.image import NAME_LIMIT
from asm_rv32.isa.operands import REGISTER_NAMES, Place
from asm_rv32.isa.references import (
    GOT,
    NOTHING,
    TARGET,
    Pair,
    Reference,
    Symbolic,
    expression,
    is_hidden,
    open_operand,
    plain,
)
from asm_rv32.isa.rows import Instruction, Row
from asm_rv32.isa.sets import InstructionSet
from asm_rv32.isa.tables import python_name

SYNTAXES = ("asm_rv32", "gnu")
_NO_LABELS: Mapping[int, str] = {}
_NOTES = {
    GOT: "through the global offset table",
    **dict.fromkeys(
        ("tls_gd_pcrel_hi", "tls_ie_pcrel_hi", "tprel_hi", "tprel_lo"),
        "thread-local: only a linker knows it",
    ),
}
"""Part of a reference → what has to be said of it beside the text."""
_MADE_UP = re.compile(r"L\d*_[0-9a-f]{4,}")


def text(
    instruction: Instruction,
    address: int = 0,
    labels: Mapping[int, str] = _NO_LABELS,
    syntax: str = "asm_rv32",
    csrs: Mapping[int, str] | None = None,
) -> str:
    """The instruction as text, `lw(a0, 4(a1))` or, with syntax "gnu", `lw a0,4(a1)`.

    `address` is where it stands and `labels` gives names to addresses, both in bytes. A target
    without a name is shown as its distance, `+8`, in this assembler's syntax, which takes labels
    only, and as its address, `0x10`, in GNU's. `csrs` gives names to control and status registers,
    by default to all that have one. No pseudo-instruction is ever shown.
    """
    row, values = instruction
    names = row.instructions.csr_names(syntax == "gnu") if csrs is None else csrs
    place = Place(address, labels, names, values, syntax == "gnu")
    shown = [kind.show(value, place) for kind, value in zip(row.kinds, values)]
    return filled(row, shown, syntax)


def filled(row: Row, shown: list[str], syntax: str = "asm_rv32") -> str:
    """A row with the text of each of its values."""
    gnu = syntax == "gnu"
    chosen = row.gnu if gnu else row.syntaxes[0]
    operands = chosen.fill(
        str(literal) if variable < 0 else shown[variable] for variable, literal in chosen.slots
    )
    if operands and not operands[-1]:
        operands.pop()  # what stands there where nothing is written
    if gnu:
        return f"{row.name} {','.join(operands)}".rstrip()
    return f"{python_name(row.name)}({', '.join(operands)})"


def data_text(data: bytes, syntax: str = "asm_rv32") -> str:
    """Bytes that are no instruction, as a directive: words where they fill whole ones."""
    if len(data) > 16 and not any(data):
        return f".zero {len(data)}" if syntax == "gnu" else f"space({len(data)})"
    width = 4 if len(data) % 4 == 0 else 2 if len(data) == 2 else 1
    numbers = [
        f"0x{int.from_bytes(data[at : at + width], 'little'):0{2 * width}x}"
        for at in range(0, len(data), width)
    ]
    if syntax == "gnu":
        return f".{'' if width == 1 else width}byte {','.join(numbers)}"
    return f"data({', '.join([str(width), *numbers])})"


def data_chunks(data: bytes) -> Iterable[tuple[int, bytes]]:
    """Data in pieces for a line each, with their offsets: 16 bytes, or a whole run of zeros."""
    at = 0
    while at < len(data):
        end = at + 16
        if not any(data[at:end]):
            while end < len(data) and not any(data[end : end + 16]):
                end += 16
        yield at, data[at:end]
        at = end


class Line(NamedTuple):
    """A line of disassembled text and the bytes that it stands for."""

    address: int
    data: bytes
    text: str
    is_code: bool
    note: str = ""
    """What the text does not say, in words."""


class Stretch(NamedTuple):
    """A run of bytes that are all code or all data."""

    start: int
    end: int
    is_code: bool


def disassemble(
    code: bytes,
    instructions: InstructionSet,
    labels: Mapping[int, str] = _NO_LABELS,
    stretches: Iterable[Stretch] | None = None,
    *,
    address: int = 0,
    syntax: str = "asm_rv32",
    symbolic: Symbolic = NOTHING,
) -> Iterator[Line]:
    """All of `code`, which stands at `address`; `stretches` (offsets) say what is data in it.

    A line can be assembled again: a target that no label names makes its instruction data, and so
    does an offset at which no instruction can stand.
    """
    shown = _Shown(instructions, labels, syntax, symbolic)
    for start, end, is_code in stretches or (Stretch(0, len(code), True),):
        if not is_code:
            for at, data in _data_pieces(code[start:end], address + start, symbolic):
                yield shown.data(data, at)
            continue
        pieces = decode_all(code[start:end], instructions)
        for found in pieces:
            at = address + start + found.address
            pair = symbolic.pairs.get(at)
            if pair is not None:
                next(pieces, None)
                at_end = start + found.address + pair.size
                yield shown.pair(pair, at, code[start + found.address : at_end])
                continue
            fits = (start + found.address) % instructions.unit == 0
            yield shown.instruction(found, at, fits)


def _data_pieces(data: bytes, address: int, symbolic: Symbolic) -> Iterator[tuple[int, bytes]]:
    """Data for a line each, with its address."""
    cuts = symbolic.cuts
    first = bisect_right(cuts, address)
    last = bisect_left(cuts, address + len(data))
    for start, end in pairwise((address, *cuts[first:last], address + len(data))):
        for at, piece in data_chunks(data[start - address : end - address]):
            yield start + at, piece


class _Shown:
    """The lines of code in one syntax."""

    def __init__(
        self,
        instructions: InstructionSet,
        labels: Mapping[int, str],
        syntax: str,
        symbolic: Symbolic,
    ) -> None:
        self.instructions = instructions
        self.labels = labels
        self.syntax = syntax
        self.symbolic = symbolic

    def data(self, data: bytes, at: int) -> Line:
        """Bytes, or what is filled in there."""
        reference = self.symbolic.references.get(at)
        if reference is None or reference.size != len(data):
            return Line(at, data, data_text(data, self.syntax), False, self.note(at))
        value = self.expression(reference)
        size = len(data)
        gnu = self.syntax == "gnu"
        written = f".{'' if size == 1 else size}byte {value}" if gnu else f"data({size}, {value})"
        return Line(at, data, written, False, self.note(at))

    def pair(self, pair: Pair, at: int, data: bytes) -> Line:
        """Two instructions that are one statement."""
        gnu = self.syntax == "gnu"
        place = Place(at, self.labels, self.instructions.csr_names(gnu), pair.values, gnu)
        shown = [kind.show(value, place) for kind, value in zip(pair.row.kinds, pair.values)]
        shown[pair.operand] = plain(pair.reference, self.labels, self.syntax == "gnu")
        note = self.note(at) or _NOTES.get(pair.reference.part, "")
        return Line(at, data, filled(pair.row, shown, self.syntax), True, note)

    def instruction(self, found: Decoded, at: int, fits: bool) -> Line:
        """One instruction, or data where it cannot be written as one."""
        data = found.word.to_bytes(found.size, "little")
        instruction, reference = found.instruction, self.symbolic.references.get(at)
        if instruction is None or not fits:
            return Line(at, data, data_text(data, self.syntax), False, self.note(at))
        if reference is None:
            if not _can_be_named(instruction, at, self.labels):
                return Line(at, data, data_text(data, self.syntax), False, self.note(at))
            line = text(instruction, at, self.labels, self.syntax)
            return Line(at, data, line, True, self.note(at))
        row, values = instruction
        gnu = self.syntax == "gnu"
        place = Place(at, self.labels, self.instructions.csr_names(gnu), values, gnu)
        shown = [kind.show(value, place) for kind, value in zip(row.kinds, values)]
        operand = row.target if reference.part == TARGET else open_operand(instruction)
        value = self.expression(reference)
        note = self.note(at) or _NOTES.get(reference.part, "")
        if operand >= 0:
            shown[operand] = value
        written = filled(row, shown, self.syntax)
        if operand < 0 and self.syntax == "gnu":
            written += f",{value}"
        elif operand < 0:
            note = note or f"with {value}"
        return Line(at, data, written, True, note)

    def expression(self, reference: Reference) -> str:
        """The text of what is filled in."""
        return expression(reference, self.labels, self.syntax == "gnu")

    def note(self, at: int) -> str:
        """What has no form there, in words."""
        return self.symbolic.notes.get(at, "")


def _can_be_named(instruction: Instruction, at: int, labels: Mapping[int, str]) -> bool:
    to = target(instruction, at)
    return to is None or to in labels


def target(instruction: Instruction, address: int) -> int | None:
    """The address that a branch or jump at `address` goes to; None for anything else."""
    row, values = instruction
    if row.target < 0:
        return None
    return (address + values[row.target]) & 0xFFFF_FFFF


class Labels(Mapping[int, str]):
    """Address → name: the names that a file gives, and `L_` with the address for other targets.

    Made-up names are not kept: a file may jump to any of its addresses. Beside its own, it knows
    the places `outside`, which it does not list.
    """

    def __init__(
        self, address: int, size: int, outside: Mapping[int, str] = _NO_LABELS, scope: str = ""
    ) -> None:
        self.address = address
        self.outside = outside
        self.scope = scope
        self.given: dict[int, str] = {}
        self.is_target = bytearray(size + 1)

    def __contains__(self, at: object) -> bool:
        return isinstance(at, int) and (self.is_own(at) or at in self.outside)

    def is_own(self, at: int) -> bool:
        """Whether a label stands there, in this code."""
        offset = at - self.address
        return 0 <= offset < len(self.is_target) and self.is_target[offset] > 0

    def __getitem__(self, at: int) -> str:
        if self.is_own(at):
            return self.given.get(at) or made_up_name(at, self.scope)
        return self.outside[at]

    def __iter__(self) -> Iterator[int]:
        return (self.address + at for at, is_one in enumerate(self.is_target) if is_one)

    def __len__(self) -> int:
        return sum(self.is_target)


def made_up_name(address: int, scope: str = "") -> str:
    """The label of an address that the file has no name for; digits tell sections apart."""
    return f"L{scope}_{address:04x}"


def with_targets(
    code: bytes,
    instructions: InstructionSet,
    labels: Mapping[int, str],
    stretches: Iterable[Stretch],
    *,
    address: int = 0,
    symbolic: Symbolic = NOTHING,
    outside: Mapping[int, str] = _NO_LABELS,
    scope: str = "",
    taken: set[str] | None = None,
) -> Labels:
    """`labels`, made fit for both syntaxes, with a name for every further target inside `code`.

    Only addresses at which a line starts get one. `outside` names places of other code, and the
    first and the last of this; `scope` is put into made-up names, and `taken` holds the names that
    are given already.
    """
    found = Labels(address, len(code), outside, scope)
    starts, targets = bytearray(len(code) + 1), found.is_target
    starts[-1] = address + len(code) not in outside
    for start, end, is_code in stretches:
        if not is_code:
            for at, _ in _data_pieces(code[start:end], address + start, symbolic):
                starts[at - address] = 1
            continue
        pieces = decode_all(code[start:end], instructions)
        for piece in pieces:
            at = start + piece.address
            starts[at] = 1
            to = _target_of(piece, address + at, symbolic)
            if to is not None and 0 <= to - address <= len(code):
                targets[to - address] = 1
            if address + at in symbolic.pairs:
                next(pieces, None)
    named = (at for at, name in labels.items() if not is_hidden(name))
    for at in (*named, *(at for at in symbolic.places() if at != address or at not in outside)):
        if 0 <= at - address <= len(code):
            targets[at - address] = 1
    # Both are 0 or 1: a target at which no line starts has no name.
    both = int.from_bytes(starts, "little") & int.from_bytes(targets, "little")
    found.is_target[:] = both.to_bytes(len(starts), "little")
    taken = set() if taken is None else taken
    for at in sorted(labels):
        plain_name = not is_hidden(labels[at]) or labels[at][1:].isalnum()
        name = identifier(labels[at], taken) if found.is_own(at) and plain_name else ""
        if name and not _MADE_UP.fullmatch(name):
            found.given[at] = name
            taken.add(name)
    return found


def _target_of(piece: Decoded, at: int, symbolic: Symbolic) -> int | None:
    """Where an instruction at an address goes by distance, in the same code."""
    reference = symbolic.references.get(at)
    if reference is not None and reference.part == TARGET:
        return reference.address
    return None if piece.instruction is None else target(piece.instruction, at)


def identifier(name: str, taken: Container[str] = ()) -> str:
    """The name as Python and GNU as both take it; empty where that cannot be, or is taken."""
    from keyword import iskeyword

    name = name.lstrip(".")[:NAME_LIMIT]
    fit = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
    if not fit or fit[0].isdigit() or iskeyword(fit) or fit in REGISTER_NAMES or fit in taken:
        return ""
    return fit
