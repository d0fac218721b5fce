"""What the symbols of a GNU source stand for, statement by statement.

Input: what each is given, in order. Output: what it stands for at a statement.
"""

from __future__ import annotations

from bisect import bisect_right

from asm_rv32.importing.values import Expression, Number


class Symbols:
    """What symbols were given to stand for, and when."""

    def __init__(self) -> None:
        self.history: dict[str, tuple[list[int], list[Expression]]] = {}
        """Name → the statements from which on it stands for an expression, and these."""
        self.given = 0
        """How often a symbol was given something."""
        self.labels: set[str] = set()
        self.written: dict[str, tuple[Expression, str]] = {}
        """Name → what it was last given, its parts being numbers with their names; a comment."""

    def give(self, name: str, value: Expression, index: int) -> None:
        """From statement `index` on, a name stands for an expression."""
        self.given += 1
        places, values = self.history.setdefault(name, ([], []))
        places.append(index)
        values.append(value)

    def at(self, name: str, index: int) -> Expression | None:
        """What a name stands for at a statement: the last value before it, else the last of all."""
        places, values = self.history.get(name, ((), ()))
        return values[bisect_right(places, index) - 1] if places else None

    def is_single(self, name: str) -> bool:
        """Whether a name stands for one thing in the whole source."""
        return len(self.history[name][0]) == 1

    def constants(self) -> dict[str, int]:
        """The names that stand for one number in the whole source."""
        return {
            name: values[0].value
            for name, (_, values) in self.history.items()
            if len(values) == 1 and isinstance(values[0], Number)
        }
