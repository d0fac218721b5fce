"""What the functions of a file may expand to, and how much data may be built of its expressions.

Input is hostile until it is read: a loop of a few characters may stand for any number of
statements, an expression for any number of bytes.
"""

from __future__ import annotations

DATA_LIMIT = 16 << 20
"""Bytes of data that the functions of a file hold, or that what stands around them builds."""
FUNCTION_COST = 4
"""A function takes as much memory as so many statements, for those behind it."""
ITEM_LIMIT = 500_000
"""The functions of a file expand to at most so many items, labels, repetitions of loops and uses
of macros."""


class TooLarge(ValueError):
    """More would be built than there is room for."""

    def __init__(self) -> None:
        super().__init__(f"more than {DATA_LIMIT} bytes of data")


class Room:
    """What may still be built, in bytes."""

    __slots__ = ("item_size", "left")

    def __init__(self, item_size: int = 4) -> None:
        """`item_size`: what an item counts of a list, a tuple or an array."""
        self.left = DATA_LIMIT
        self.item_size = item_size

    def take(self, items: int, sort: type = list) -> None:
        """Take room for so many items of a sequence. Raises TooLarge."""
        size = max(0, items) * (1 if sort in (str, bytes, bytearray) else self.item_size)
        if size > self.left:
            raise TooLarge
        self.left -= size


class Budget:
    """What the functions of a file may still expand to; each takes its part."""

    def __init__(self) -> None:
        self.statements = ITEM_LIMIT
        self.data = DATA_LIMIT
        """Bytes of `data` and `space`, each `align` counting as its most."""
        self.room = Room()
        self.is_exceeded = False
