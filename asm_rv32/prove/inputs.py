"""What stands for the inputs that a proof is about; needs no solver."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from asm_rv32.isa.words import WORD

ITEM_LIMIT = 4096
"""Items of an array of unknown contents."""
LONGEST = (1 << 31) - (1 << 14)
"""Bytes of an array of unknown length, at most."""
LEAST = -(1 << 31)
TYPECODES = "bBhHiIlLqQ"


class AnyWord(NamedTuple):
    """An integer of which no more is known than its bounds, both included."""

    low: int = 0
    high: int = WORD

    def __str__(self) -> str:
        return "any" if self == AnyWord() else f"any({self.low}, {self.high})"


class Length(NamedTuple):
    """As many items as an argument says."""

    name: str
    """Of the parameter."""
    factor: int = 1
    more: int = 0
    parameter: int = -1
    """Its number; -1 as long as it was not looked for."""

    def times(self, by: object) -> Length:
        """So many times as many. Raises ValueError."""
        return self._replace(factor=self.factor * _few(by), more=self.more * _few(by))

    def plus(self, more: object) -> Length:
        """So many more. Raises ValueError."""
        return self._replace(more=self.more + _few(more))

    def of(self, values: Sequence[Any]) -> int:
        """The number, for those arguments."""
        return self.factor * int(values[self.parameter]) + self.more

    def most(self, array: AnyArray, size: int) -> int:
        """What the argument may be for the array to have so many bytes."""
        return (size // itemsize(array.typecode) - self.more) // self.factor

    def __str__(self) -> str:
        times = self.name if self.factor == 1 else f"{self.factor} * {self.name}"
        return f"{times} + {self.more}" if self.more else times


class AnyArray(NamedTuple):
    """An array of which only type and length are known."""

    typecode: str
    length: int | Length

    def __str__(self) -> str:
        return f'any("{self.typecode}", {self.length})'

    @property
    def items(self) -> int:
        """How many it has, where that is known."""
        assert isinstance(self.length, int)
        return self.length


def _few(number: object) -> int:
    if type(number) is not int or not 0 < number <= ITEM_LIMIT:
        raise ValueError(f"a length takes numbers from 1 to {ITEM_LIMIT}, not {number!r}")
    return number


def itemsize(typecode: str) -> int:
    """Bytes of an item."""
    return array(typecode).itemsize


def is_tied(value: object) -> bool:
    """Whether it is an array whose length another argument says."""
    return isinstance(value, AnyArray) and isinstance(value.length, Length)


def tied(values: Sequence[Any], names: Sequence[str]) -> list[Any]:
    """Arguments, of which lengths are looked for among the parameters, and numbers where these
    are known. Raises ValueError."""
    found = list(values)
    for at, value in enumerate(values):
        if isinstance(value, AnyArray) and isinstance(value.length, Length):
            length = value.length
            if length.name not in names:
                known = ", ".join(names)
                raise ValueError(f"{length.name} in {value} is none of its parameters: {known}")
            length = length._replace(parameter=[*names].index(length.name))
            count = values[length.parameter]
            if type(count) is int:
                found[at] = any_of(value.typecode, length.of(values))
            elif isinstance(count, AnyWord) and 0 <= count.low <= length.most(value, LONGEST):
                found[at] = value._replace(length=length)
            else:
                raise ValueError(f"{length.name} in {value} stands for no count: {count}")
    return found


def at_counts(values: Sequence[Any], counts: Mapping[int, int]) -> list[Any]:
    """Arguments where those with some numbers are known, and what they say of lengths."""
    found = [counts.get(at, value) for at, value in enumerate(values)]
    return [
        each._replace(length=each.length.of(found)) if is_tied(each) else each for each in found
    ]


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
        if isinstance(one, str) and one in TYPECODES and len(one) == 1:
            if isinstance(other, Length) and itemsize(one) <= 4:
                return AnyArray(one, other)
            if not isinstance(other, int) or not 0 <= other <= ITEM_LIMIT or itemsize(one) > 4:
                raise ValueError(f"any({one!r}, {other}) takes up to {ITEM_LIMIT} items of a word")
            return AnyArray(one, other)
    raise ValueError(
        'any takes nothing, two bounds, or a type code and a length: any("i", 100), or'
        ' any("i", count) for as many as the parameter count says'
    )
