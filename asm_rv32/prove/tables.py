"""Constant tables of bytes' length, as bits of as few of them as it takes.

Input: the entries of a table. Output: what each of its bits is, by xor of bits of the tables before
it and of what is new in it. So an entry of a table of words that an S-box was multiplied into is
the S-box's entry, shifted and by xor, as in code that multiplies.
Invariant: what a table was said to be does not change with those that come later.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

MOST = 256
"""Entries of a table that is taken apart."""
Entries = tuple[int, ...]
Bit = tuple[int, int]
"""A table, by its number, and a bit of it; of -1 the bit that is always one."""
ALWAYS = (-1, 0)


class Parts(NamedTuple):
    """What a table is, by xor."""

    constant: int
    pieces: Sequence[tuple[Entries, int, int]]
    """Other tables, shifted to the left (to the right where negative), and masked."""


class Tables:
    """The tables of one comparison."""

    def __init__(self) -> None:
        self._bases: list[Entries] = []
        self._rows: dict[int, tuple[int, frozenset[Bit]]] = {}
        """The highest one of a column of bits → the column, and what it is by xor."""
        self._known: dict[Entries, Parts] = {}
        self._place((1 << MOST) - 1, frozenset({ALWAYS}))

    def parts(self, entries: Entries) -> Parts:
        """What a table is."""
        if entries not in self._known:
            self._known[entries] = self._parts(entries)
        return self._known[entries]

    def _parts(self, entries: Entries) -> Parts:
        number, own, constant = len(self._bases), 0, 0
        masks: dict[tuple[int, int], int] = {}
        for at, column in enumerate(_columns(entries)):
            rest, bits = self._reduced(column)
            if rest:
                own |= 1 << at
                self._place(rest, bits ^ {(number, at)})
                bits = frozenset({(number, at)})
            for table, bit in bits:
                if (table, bit) == ALWAYS:
                    constant |= 1 << at
                else:
                    masks[table, at - bit] = masks.get((table, at - bit), 0) | 1 << at
        self._bases.append(tuple(entry & own for entry in entries))
        pieces = [(self._bases[table], by, mask) for (table, by), mask in masks.items()]
        return Parts(constant, pieces)

    def _reduced(self, column: int) -> tuple[int, frozenset[Bit]]:
        """A column less what is known, and that."""
        bits: frozenset[Bit] = frozenset()
        while column:
            row = self._rows.get(column.bit_length())
            if row is None:
                break
            column ^= row[0]
            bits ^= row[1]
        return column, bits

    def _place(self, column: int, bits: frozenset[Bit]) -> None:
        self._rows[column.bit_length()] = column, bits


@lru_cache(maxsize=64)
def _columns(entries: Entries) -> list[int]:
    """Of each bit of the entries its values, the first entry's lowest."""
    return [sum((entry >> bit & 1) << at for at, entry in enumerate(entries)) for bit in range(32)]
