"""From machine code back to instructions.

Input: a word, or code at an offset, and the instruction set.
Output: an `Instruction`, row and values; None for what the set reserves or lacks.
Invariant: encoding what was decoded gives the same word.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import InstructionSet

WORDS_KEPT = 20_000
"""Words whose instructions are remembered: most come again soon."""


class Decoded(NamedTuple):
    """What stands at an address: an instruction, or bytes that are none."""

    address: int
    size: int
    word: int
    instruction: Instruction | None


def decode(word: int, instructions: InstructionSet) -> Instruction | None:
    """The instruction whose word this is; the upper half of a 16-bit one is not looked at."""
    if word & 3 != 3:
        word &= 0xFFFF
    for mask, places in instructions.by_mask:
        for place in places.get(word & mask, ()):
            row = instructions.row_at(place)
            if (row.size == 2) == (word & 3 != 3):
                values = row.decode(word)
                if values is not None:
                    return Instruction(row, values)
    return None


def decode_at(code: bytes, offset: int, instructions: InstructionSet) -> Decoded:
    """What stands at `offset` (bytes) of `code`.

    What is no instruction is taken as long as its lowest two bits say, or as the end leaves.
    """
    size = 4 if code[offset] & 3 == 3 else 2
    raw = code[offset : offset + size]
    word = int.from_bytes(raw, "little")
    whole = len(raw) == size
    return Decoded(offset, len(raw), word, decode(word, instructions) if whole else None)


def decode_all(code: bytes, instructions: InstructionSet) -> Iterator[Decoded]:
    """Everything from the first byte to the last, one after the other."""
    offset = 0
    known = lru_cache(maxsize=WORDS_KEPT)(lambda word: decode(word, instructions))
    while offset < len(code):
        size = 4 if code[offset] & 3 == 3 else 2
        raw = code[offset : offset + size]
        word = int.from_bytes(raw, "little")
        if len(raw) < size:
            yield Decoded(offset, len(raw), word, None)
            return
        yield Decoded(offset, size, word, known(word))
        offset += size
