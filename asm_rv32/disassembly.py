"""The text of machine code, in this assembler's syntax and in GNU's.

Input: an `Instruction`, or code with what is known of it. Output: its text, or whole lines.
Invariant: every text follows from the row's syntaxes alone; assembling it without compression
gives the same bytes. Numbers are spelled as both assemblers read them.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from asm_rv32.decode import Decoded, decode_all
from asm_rv32.operands import (
    ABI_NAMES,
    REGISTER_NAMES,
    OperandKind,
    listed_registers,
    stack_space,
)
from asm_rv32.tables import Instruction, InstructionSet, python_name, tables

SYNTAXES = ("asm_rv32", "gnu")
_NO_LABELS: Mapping[int, str] = {}


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
) -> str:
    """The instruction as text, `lw(a0, 4(a1))` or, with syntax "gnu", `lw a0,4(a1)`.

    `address` is where it stands and `labels` gives names to addresses, both in bytes. A target
    without a name is shown as its distance, `+8`, in this assembler's syntax, which takes labels
    only, and as its address, `0x10`, in GNU's. No pseudo-instruction is ever shown.
    """
    row, values = instruction
    gnu = syntax == "gnu"
    chosen = row.gnu if gnu else row.syntaxes[0]
    written = []
    for variable, literal in chosen.slots:
        if variable < 0:
            written.append(str(literal))
            continue
        kind, value = row.kinds[variable], values[variable]
        if kind.kind == "pcrel":
            written.append(_target(value, address, labels, gnu))
        elif kind.kind in ("push", "pop"):
            space = stack_space(values[0]) + value
            written.append(str(-space if kind.kind == "push" else space))
        else:
            written.append(operand_text(kind, value, syntax))
    operands, at = [], 0
    for shape in chosen.shape:
        if shape == "m":
            operands.append(f"{written[at]}({written[at + 1]})")
            at += 2
        else:
            operands.append(written[at])
            at += 1
    if gnu:
        return f"{row.name} {','.join(operands)}".rstrip()
    return f"{python_name(row.name)}({', '.join(operands)})"


def operand_text(kind: OperandKind, value: int, syntax: str = "asm_rv32") -> str:
    """An operand's value as the syntax spells it; not for targets."""
    sort = kind.kind
    if sort == "reg":
        return ABI_NAMES[value]
    if sort == "csr":
        return csr_names().get(value) or f"{value:#x}"
    if sort == "ioset":
        letters = "".join(name for bit, name in zip((8, 4, 2, 1), "iorw") if value & bit)
        # `or` is a word of Python; a set can be written in any order there.
        return "ro" if letters == "or" and syntax != "gnu" else letters or "0"
    if sort == "reglist":
        last = listed_registers(value)[-1]
        shown = {4: "ra", 5: "ra, s0"}.get(value, f"ra, s0 - {last}")
        return "{" + (shown.replace(" ", "") if syntax == "gnu" else shown) + "}"
    if kind.modulo:
        return f"{value & ((1 << kind.modulo) - 1):#x}"
    return str(value)


def _target(distance: int, address: int, labels: Mapping[int, str], gnu: bool) -> str:
    to = (address + distance) & 0xFFFF_FFFF
    if to in labels:
        return labels[to]
    return f"{to:#x}" if gnu else f"{distance:+d}"


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
) -> list[Line]:
    """All of `code`, which stands at `address`; `stretches` (offsets) say what is data in it.

    A line can be assembled again: a target that no label names makes its instruction data, and so
    does an offset at which no instruction can stand.
    """
    lines = []
    unit = 2 if instructions.compressed else 4
    for start, end, is_code in stretches or (Stretch(0, len(code), True),):
        if not is_code:
            for at, data in data_chunks(code[start:end]):
                lines.append(Line(address + start + at, data, data_text(data, syntax), False))
            continue
        for found in decode_all(code[start:end], instructions):
            at = address + start + found.address
            fits = (start + found.address) % unit == 0
            lines.append(_line(found, at, labels, syntax, fits))
    return lines


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


def with_targets(
    code: bytes,
    instructions: InstructionSet,
    labels: Mapping[int, str],
    stretches: Iterable[Stretch],
    *,
    address: int = 0,
) -> dict[int, str]:
    """`labels`, made fit for both syntaxes, with a name for every further target inside `code`.

    Only addresses at which a line starts get one.
    """
    starts: set[int] = {address + len(code)}
    wanted: set[int] = set()
    for start, end, is_code in stretches:
        if not is_code:
            starts.update(address + start + at for at, _ in data_chunks(code[start:end]))
            continue
        for found in decode_all(code[start:end], instructions):
            at = address + start + found.address
            starts.add(at)
            to = None if found.instruction is None else target(found.instruction, at)
            if to is not None:
                wanted.add(to)
    named: dict[int, str] = {}
    taken: set[str] = set()
    for at in sorted(starts & (wanted | labels.keys())):
        named[at] = identifier(labels.get(at, ""), taken) or f"L_{at:04x}"
        taken.add(named[at])
    return named


def identifier(name: str, taken: Container[str] = ()) -> str:
    """The name as Python and GNU as both take it; empty where that cannot be, or is taken."""
    from keyword import iskeyword

    fit = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
    if not fit or fit[0].isdigit() or iskeyword(fit) or fit in REGISTER_NAMES or fit in taken:
        return ""
    return fit
