"""What stands for the inputs that a proof is about; needs no solver."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from asm_rv32.isa.words import WORD

ITEM_LIMIT = 4096
"""Items of an array of unknown contents."""
LONGEST = (1 << 31) - (1 << 14)
"""Bytes of an array of unknown length, at most."""
LEAST = -(1 << 31)
TYPECODES = "bBhHiIlLqQf"


class AnyWord(NamedTuple):
    """An integer of which no more is known than its bounds, both included."""

    low: int = 0
    high: int = WORD

    @property
    def is_whole(self) -> bool:
        """Whether each word is one of them: then its unknown is the word itself, else how far it is
        above the least."""
        return self.high - self.low == WORD

    def number(self, unknown: int) -> int:
        """The integer, for a value of its unknown."""
        return (unknown - self.low & WORD if self.is_whole else unknown) + self.low

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
    """An array of which only type and length are known, or something of its items, too."""

    typecode: str
    length: int | Length
    known: tuple[int | AnyWord, ...] | None = None
    """Its items, where more is known than that they are of the type."""

    def __str__(self) -> str:
        shown = self.length if self.known is None else f"[{', '.join(map(str, self.known))}]"
        return f'any("{self.typecode}", {shown})'

    def item(self, at: int) -> AnyWord:
        """What is known of an item."""
        found = AnyWord() if self.known is None else self.known[at]
        if found == AnyWord():
            return AnyWord(0, (1 << 8 * min(4, itemsize(self.typecode))) - 1)
        return found if isinstance(found, AnyWord) else AnyWord(found, found)

    def filled(self, above: Sequence[int]) -> array[Any]:
        """An array whose items are so far above the least that they may be."""
        size = itemsize(self.typecode)
        words = (self.item(at).low + number for at, number in enumerate(above))
        return array(
            self.typecode,
            b"".join((word & (1 << 8 * size) - 1).to_bytes(size, "little") for word in words),
        )

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


def tied(values: Sequence[Any], names: Sequence[str], floats: Collection[int] = ()) -> list[Any]:
    """Arguments, of which lengths are looked for among the parameters, and numbers where these
    are known. `floats`: which parameters are floats. Raises ValueError."""
    found = list(values)
    for at in floats:
        if isinstance(values[at], AnyWord) and values[at] != AnyWord():
            raise ValueError(f"{names[at]} is a float, which takes a number or any: {values[at]}")
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


def _item(typecode: str, value: object) -> int | AnyWord:
    """An item of an array of that type. Raises ValueError."""
    bits = 8 * itemsize(typecode)
    low = 0 if typecode.isupper() else -(1 << bits - 1)
    high = low + (1 << bits) - 1
    if typecode == "f" or bits > 32:
        raise ValueError(f"items of type {typecode!r} are not known one by one")
    if value == AnyWord():
        return AnyWord()
    ends = (value.low, value.high) if isinstance(value, AnyWord) else (value, value)
    if not all(isinstance(each, int) and low <= each <= high for each in ends):
        raise ValueError(f"items of type {typecode!r} are from {low} to {high}, not {value}")
    return value  # type: ignore[return-value]


def at_counts(values: Sequence[Any], counts: Mapping[int, int]) -> list[Any]:
    """Arguments where those with some numbers are known, and what they say of lengths."""
    found = [counts.get(at, value) for at, value in enumerate(values)]
    return [
        each._replace(length=each.length.of(found)) if is_tied(each) else each for each in found
    ]


def any_of(*arguments: object) -> AnyWord | AnyArray:
    """What `any`, `any(0, 20)`, `any("i", 100)` and `any("I", [any, 2])` stand for. Raises
    ValueError."""
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
            if isinstance(other, list) and len(other) <= ITEM_LIMIT:
                return AnyArray(one, len(other), tuple(_item(one, each) for each in other))
            if not isinstance(other, int) or not 0 <= other <= ITEM_LIMIT or itemsize(one) > 4:
                raise ValueError(f"any({one!r}, {other}) takes up to {ITEM_LIMIT} items of a word")
            return AnyArray(one, other)
    raise ValueError(
        'any takes nothing, two bounds, or a type code and a length: any("i", 100), any("i",'
        ' count) for as many as the parameter count says, or a list of items: any("I", [any, 2])'
    )
