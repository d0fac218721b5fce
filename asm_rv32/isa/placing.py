"""A program at an address: what hangs on where it lies is filled in.

Input: an `Image` and an address. Output: the same with the final bytes, and without relocations.
"""

from __future__ import annotations

from asm_rv32.isa.decode import decode
from asm_rv32.isa.image import WORD_FIELD, Image, Relocation
from asm_rv32.isa.rows import lower_part, upper_part
from asm_rv32.isa.sets import InstructionSet, instruction_set


class OpenSymbol(ValueError):
    """A program needs what another object has; the text names the symbol."""


def placed(image: Image, base: int) -> Image:
    """The program at an address, a multiple of 4. Raises OpenSymbol."""
    code = bytearray(image.code)
    instructions = instruction_set(image.isa)
    for each in image.relocations:
        if each.symbol:
            raise OpenSymbol(each.symbol)
        value = (base + each.value) & 0xFFFF_FFFF
        if each.kind == WORD_FIELD:
            code[each.address : each.address + each.field] = value.to_bytes(4, "little")
        else:
            _fill(code, each, value, instructions)
    return image._replace(code=bytes(code), relocations=())


def _fill(code: bytearray, place: Relocation, value: int, instructions: InstructionSet) -> None:
    """Let the instruction there have its part of the value."""
    at = place.address
    word = int.from_bytes(code[at : at + 4], "little")
    found = decode(word, instructions)
    assert found is not None
    row, values = found
    part = upper_part(value) if place.kind == "hi" else lower_part(value)
    values = (*values[: place.field], part, *values[place.field + 1 :])
    code[at : at + row.size] = row.encode(values).to_bytes(row.size, "little")
