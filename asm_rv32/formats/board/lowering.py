"""Assembled functions as plain source for MicroPython's own assembler.

Input: a `Module` or an `Image`. Output: the text of a Python file that any MicroPython with the
inline assembler takes, on a file system or pasted into its REPL.
Invariant: assembled there, a function has the same bytes, and behind them at most the return
that MicroPython always appends.

What MicroPython has no words for, or gets wrong, becomes `data` with a comment that says what it
is: data stands in the code where it is written, so the bytes and all distances stay the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from asm_rv32.assembler.dialects.micropython import forward_reach, reads_past_its_labels, speaks
from asm_rv32.basis.records import TYPE_CHECKING, NamedTuple
from asm_rv32.formats.board.exports import exported
from asm_rv32.formats.board.movable import unmovable
from asm_rv32.isa.decode import decode_at
from asm_rv32.isa.image import Entry, Image
from asm_rv32.isa.operands import A0, ABI_NAMES, REGISTER_NAMES
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import InstructionSet, instruction_set
from asm_rv32.isa.text import data_text
from asm_rv32.isa.text import text as instruction_text

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module

PARAMETER_LIMIT = 4
DATA_A_LINE = 16
"""Bytes."""
RETURN = b"\x82\x80"
"""c.jr ra, which MicroPython appends to every function."""
_NO_LETTER = re.compile(r"\W")
HEAD = "import micropython\n\n\n"


class LoweringError(ValueError):
    """A function that MicroPython cannot call, or not take; says what helps."""


def lower(assembled: Module | Image) -> str:
    """The source; what a function calls and reads stands behind it, under labels.

    Raises LoweringError for a function of more than four parameters that no other function calls,
    and for what no board can move.
    """
    if isinstance(assembled, Image):
        images = [assembled]
    else:
        images = [assembled.functions[name] for name in exported(assembled)]
    return HEAD + "\n\n".join(_function(image) for image in images)


class _Unit(NamedTuple):
    """An entry of an image, or two that make a `la`."""

    address: int
    size: int
    instruction: Instruction | None
    target: int = -1
    """The address that it goes to, or -1."""
    is_la: bool = False


def _function(image: Image) -> str:
    if len(image.parameters) > PARAMETER_LIMIT:
        raise LoweringError(
            f"{image.qualified_name} has {len(image.parameters)} parameters, and MicroPython's "
            f"assembler takes {PARAMETER_LIMIT}; pass one array, and load its items from it: "
            "lw(t0, 0(a0))"
        )
    hindrance = unmovable(image)
    if hindrance:
        raise LoweringError(hindrance)
    instructions = instruction_set(image.isa)
    units = list(_units(image, instructions))
    labels = _labels(image, units)
    parameters = ", ".join(ABI_NAMES[A0 + number] for number in range(len(image.parameters)))
    returns = image.returns_on_board
    annotation = "" if returns == "int" else f" -> {returns}"
    lines = ["@micropython.asm_rv32", f"def {image.name}({parameters}){annotation}:"]
    body = list(_body(image, units, labels, instructions))
    return "\n".join([*lines, *(f"    {line}" for line in body or ["pass"])]) + "\n"


def _units(image: Image, instructions: InstructionSet) -> Iterator[_Unit]:
    entries = list(image.entries)
    if entries and entries[-1].is_code and image.code.endswith(RETURN) and entries[-1].size == 2:
        del entries[-1]
    at = 0
    while at < len(entries):
        entry = entries[at]
        unit = _unit(image, entry, instructions)
        following = entries[at + 1] if at + 1 < len(entries) else None
        if following is not None and unit.instruction and unit.instruction.row.name == "auipc":
            pair = _address(image, unit, following, instructions)
            if pair is not None:
                yield pair
                at += 2
                continue
        yield unit
        at += 1


def _unit(image: Image, entry: Entry, instructions: InstructionSet) -> _Unit:
    if not entry.is_code:
        return _Unit(entry.address, entry.size, None)
    instruction = decode_at(image.code, entry.address, instructions).instruction
    target = -1
    if instruction is not None and instruction.row.target >= 0:
        target = entry.address + instruction.values[instruction.row.target]
    return _Unit(entry.address, entry.size, instruction, target)


def _address(
    image: Image, unit: _Unit, following: Entry, instructions: InstructionSet
) -> _Unit | None:
    """The `la` that an auipc begins, where the next entry belongs to the same statement."""
    entry = image.entry_at(unit.address)
    second = _unit(image, following, instructions).instruction
    if entry is None or entry.span != following.span or second is None or unit.instruction is None:
        return None
    register, upper = unit.instruction.values
    if second.row.name != "addi" or second.values[:2] != (register, register):
        return None
    target = unit.address + (upper << 12) + second.values[2]
    if target not in image.symbols.values():
        return None
    return _Unit(unit.address, unit.size + following.size, unit.instruction, target, True)


def _labels(image: Image, units: list[_Unit]) -> dict[int, list[str]]:
    """Address → the labels there: those of the source, and one for each target without any."""
    labels: dict[int, list[str]] = {}
    taken = {*REGISTER_NAMES}
    for symbol, address in image.symbols.items():
        labels.setdefault(address, []).append(_unique(_NO_LETTER.sub("_", symbol), taken))
    for unit in units:
        if unit.target >= 0 and unit.target not in labels:
            labels[unit.target] = [_unique(f"at_{unit.target:x}", taken)]
    return labels


def _unique(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _body(
    image: Image,
    units: list[_Unit],
    labels: Mapping[int, list[str]],
    instructions: InstructionSet,
) -> Iterator[str]:
    names = {address: found[0] for address, found in labels.items()}
    for unit in units:
        for label in labels.get(unit.address, ()):
            yield f"label({label})"
        if unit.instruction is None:
            for first in range(unit.address, unit.address + unit.size, DATA_A_LINE):
                end = min(first + DATA_A_LINE, unit.address + unit.size)
                yield data_text(image.code[first:end])
        elif unit.is_la:
            yield f"la({ABI_NAMES[unit.instruction.values[0]]}, {labels[unit.target][0]})"
        elif speaks(unit.instruction) and _in_reach(unit):
            # MicroPython knows no names of CSRs.
            yield instruction_text(unit.instruction, unit.address, names, csrs={})
        else:
            code = image.code[unit.address : unit.address + unit.size]
            shown = instruction_text(unit.instruction, unit.address, names)
            yield f"{data_text(code)}  # {shown}"
    end = units[-1].address + units[-1].size if units else 0
    for label in labels.get(end, ()):
        yield f"label({label})"
    if reads_past_its_labels(sum(map(len, labels.values()))):
        # One more label keeps MicroPython from reading past the end of its table of them.
        yield f"label({_unique('one_more', {name for found in labels.values() for name in found})})"


def _in_reach(unit: _Unit) -> bool:
    """True where MicroPython's first pass, which does not know a label ahead yet, lets it pass."""
    assert unit.instruction is not None
    row = unit.instruction.row
    return unit.target <= unit.address or unit.address <= forward_reach(row.kinds[row.target])
