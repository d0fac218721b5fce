"""Buffers that share memory: each way that two arrays of a call can overlap.

Input: the arguments of a question. Output: `Overlap`s, by whole items; the memory of one.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from asm_rv32.prove.inputs import AnyArray


class Overlap(NamedTuple):
    """Where two arrays of unknown items stand in the memory that both are in."""

    one: int
    """The number of an argument."""
    other: int
    starts: tuple[int, int]
    """Of the two, in bytes; one of them is 0."""

    def start(self, number: int) -> int:
        """Where an argument of the two starts."""
        return self.starts[number == self.other]

    def size(self, values: Sequence[Any]) -> int:
        """Bytes of the memory that both are in."""
        ends = zip(self.starts, (values[self.one], values[self.other]))
        return max(start + _size(value) for start, value in ends)

    def views(self, values: Sequence[Any], memory: bytearray) -> dict[int, memoryview]:
        """Number of each of the two → its part of that memory, of its type."""
        found = {}
        for number, start in zip((self.one, self.other), self.starts):
            value: AnyArray = values[number]
            part: Any = memoryview(memory)[start : start + _size(value)]
            found[number] = part.cast(value.typecode)
        return found


def _size(value: AnyArray) -> int:
    return array(value.typecode).itemsize * value.items


class Part(NamedTuple):
    """An argument of a counterexample that is a part of memory which another one shares."""

    memory: bytes
    typecode: str
    start: int
    size: int

    def __repr__(self) -> str:
        return f"memory[{self.start}:{self.start + self.size}].cast({self.typecode!r})"


def overlaps(values: Sequence[Any], *, same: bool) -> Iterator[Overlap]:
    """All of two arrays at a time, by whole items of the smaller type; with `same` only those of
    arrays that are one and the same."""
    arrays = [
        at
        for at, value in enumerate(values)
        if isinstance(value, AnyArray) and value.length and value.known is None
    ]
    for one, other in combinations(arrays, 2):
        first, second = values[one], values[other]
        if same:
            if first == second:
                yield Overlap(one, other, (0, 0))
            continue
        step = min(array(each.typecode).itemsize for each in (first, second))
        for distance in range(step - _size(second), _size(first), step):
            yield Overlap(one, other, (max(0, -distance), max(0, distance)))
