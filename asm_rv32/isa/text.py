"""The text of machine code, in this assembler's syntax and in GNU's.

Input: an `Instruction`, or code with what is known of it. Output: its text, or whole lines.
Invariant: every text follows from the row's syntaxes alone; assembling it without compression
gives the same bytes. Numbers are spelled as both assemblers read them.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from asm_rv32.isa.decode import Decoded, decode_all
from asm_rv32.isa.image import NAME_LIMIT
from asm_rv32.isa.operands import REGISTER_NAMES, Place
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import InstructionSet
from asm_rv32.isa.tables import python_name, tables

SYNTAXES = ("asm_rv32", "gnu")
_NO_LABELS: Mapping[int, str] = {}
_MADE_UP = re.compile("L_[0-9a-f]{4,}")


@lru_cache(maxsize=1)
def csr_names() -> dict[int, str]:
    """CSR number → its name; of several names, the first in the table."""
    names: dict[int, str] = {}
    for name, number in tables()["csr"].items():
        names.setdefault(number, name)
    return names


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
    gnu = syntax == "gnu"
    chosen = row.gnu if gnu else row.syntaxes[0]
    names = csr_names() if csrs is None else csrs
    place = Place(address, labels, names, values, gnu)
    written = [
        str(literal) if variable < 0 else row.kinds[variable].show(values[variable], place)
        for variable, literal in chosen.slots
    ]
    operands = chosen.fill(written)
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
            stripped = len(data) - at - len(data[at:].lstrip(b"\0"))
            end = at + max(16, stripped - stripped % 16)
        yield at, data[at:end]
        at = end


class Line(NamedTuple):
    """A line of disassembled text and the bytes that it stands for."""

    address: int
    data: bytes
    text: str
    is_code: bool


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
) -> Iterator[Line]:
    """All of `code`, which stands at `address`; `stretches` (offsets) say what is data in it.

    A line can be assembled again: a target that no label names makes its instruction data, and so
    does an offset at which no instruction can stand.
    """
    for start, end, is_code in stretches or (Stretch(0, len(code), True),):
        if not is_code:
            for at, data in data_chunks(code[start:end]):
                yield Line(address + start + at, data, data_text(data, syntax), False)
            continue
        for found in decode_all(code[start:end], instructions):
            at = address + start + found.address
            fits = (start + found.address) % instructions.unit == 0
            yield _line(found, at, labels, syntax, fits)


def _line(found: Decoded, at: int, labels: Mapping[int, str], syntax: str, fits: bool) -> Line:
    data = found.word.to_bytes(found.size, "little")
    instruction = found.instruction
    if instruction is None or not fits or not _can_be_named(instruction, at, labels):
        return Line(at, data, data_text(data, syntax), False)
    return Line(at, data, text(instruction, at, labels, syntax), True)


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

    Made-up names are not kept: a file may jump to any of its addresses.
    """

    def __init__(self, address: int, size: int) -> None:
        self.address = address
        self.given: dict[int, str] = {}
        self.is_target = bytearray(size + 1)

    def __contains__(self, at: object) -> bool:
        return isinstance(at, int) and (
            at in self.given
            or (
                0 <= at - self.address < len(self.is_target)
                and self.is_target[at - self.address] > 0
            )
        )

    def __getitem__(self, at: int) -> str:
        if at not in self:
            raise KeyError(at)
        return self.given.get(at) or made_up_name(at)

    def __iter__(self) -> Iterator[int]:
        return (at for at in range(self.address, self.address + len(self.is_target)) if at in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def made_up_name(address: int) -> str:
    """The label of an address that the file has no name for."""
    return f"L_{address:04x}"


def with_targets(
    code: bytes,
    instructions: InstructionSet,
    labels: Mapping[int, str],
    stretches: Iterable[Stretch],
    *,
    address: int = 0,
) -> Labels:
    """`labels`, made fit for both syntaxes, with a name for every further target inside `code`.

    Only addresses at which a line starts get one.
    """
    found = Labels(address, len(code))
    starts, targets = bytearray(len(code) + 1), found.is_target
    starts[-1] = 1
    for start, end, is_code in stretches:
        if not is_code:
            for at, _ in data_chunks(code[start:end]):
                starts[start + at] = 1
            continue
        for piece in decode_all(code[start:end], instructions):
            at = start + piece.address
            starts[at] = 1
            to = None if piece.instruction is None else target(piece.instruction, address + at)
            if to is not None and 0 <= to - address <= len(code):
                targets[to - address] = 1
    for at in labels:
        if 0 <= at - address <= len(code):
            targets[at - address] = 1
    # Both are 0 or 1: a target at which no line starts has no name.
    both = int.from_bytes(starts, "little") & int.from_bytes(targets, "little")
    found.is_target[:] = both.to_bytes(len(starts), "little")
    taken: set[str] = set()
    for at in sorted(labels):
        name = identifier(labels[at], taken) if at in found else ""
        if name and not _MADE_UP.fullmatch(name):
            found.given[at] = name
            taken.add(name)
    return found


def identifier(name: str, taken: Container[str] = ()) -> str:
    """The name as Python and GNU as both take it; empty where that cannot be, or is taken."""
    from keyword import iskeyword

    fit = "".join(c if c.isascii() and c.isalnum() else "_" for c in name[:NAME_LIMIT])
    if not fit or fit[0].isdigit() or iskeyword(fit) or fit in REGISTER_NAMES or fit in taken:
        return ""
    return fit
