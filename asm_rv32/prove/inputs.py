"""What stands for the inputs that a proof is about; needs no solver."""

from __future__ import annotations

from array import array
from typing import NamedTuple

from asm_rv32.isa.words import WORD

ITEM_LIMIT = 4096
"""Items of an array of unknown contents."""
LEAST = -(1 << 31)
TYPECODES = "bBhHiIlLqQ"


class AnyWord(NamedTuple):
    """An integer of which no more is known than its bounds, both included."""

    low: int = 0
    high: int = WORD

    def __str__(self) -> str:
        return "any" if self == AnyWord() else f"any({self.low}, {self.high})"


class AnyArray(NamedTuple):
    """An array of which only type and length are known."""

    typecode: str
    length: int

    def __str__(self) -> str:
        return f'any("{self.typecode}", {self.length})'


def any_of(*arguments: object) -> AnyWord | AnyArray:
    """What `any`, `any(0, 20)` and `any("i", 100)` stand for. Raises ValueError."""
    if not arguments:
        return AnyWord()
    if len(arguments) == 2:
        one, other = arguments
        if isinstance(one, int) and isinstance(other, int):
            if not LEAST <= one <= other <= WORD or other - one > WORD:
                raise ValueError(f"any({one}, {other}) takes bounds of a word, the lower one first")
            return AnyWord(one, other)
        if isinstance(one, str) and one in TYPECODES and len(one) == 1 and isinstance(other, int):
            if not 0 <= other <= ITEM_LIMIT or array(one).itemsize > 4:
                raise ValueError(f"any({one!r}, {other}) takes up to {ITEM_LIMIT} items of a word")
            return AnyArray(one, other)
    raise ValueError('any takes nothing, two bounds, or a type code and a length: any("i", 100)')
