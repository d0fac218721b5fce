"""The names that an assembler function's body sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asm_rv32.assembler.reading.expressions import Room
from asm_rv32.assembler.reading.grammar import Node
from asm_rv32.basis.records import Any


class Names(dict[str, Any]):
    """Name → integer, register, `Data` or `Namespace`; and what Python makes of such values."""

    __slots__ = ("room",)

    def __init__(self, base: Mapping[str, Any], names: Mapping[str, Any], room: Room) -> None:
        """`names` give no other meaning to those of `base`."""
        super().__init__(base)
        for name, value in names.items():
            self.setdefault(name, value)
        self.room = room

    def computes(self, name: str) -> bool:
        """True of a function or a method of Python that is known here, spelled with its dots."""
        from asm_rv32.assembler.reading.builtins import FUNCTIONS, METHODS

        head, _, method = name.rpartition(".")
        return (name in FUNCTIONS and name.partition(".")[0] not in self) or (
            bool(head) and method in METHODS
        )

    def constant(self, node: Node, tokens: list[str]) -> Any:
        """What Python has for an expression. Raises ExpressionError."""
        # Loaded for the rare line that asks data for a length or an item.
        from asm_rv32.assembler.reading.python import value_of

        return value_of(node, tokens, self, self.room)

    def unpacked(self, node: Node, tokens: list[str]) -> Sequence[int]:
        """The integers that `*DATA` stands for. Raises ExpressionError."""
        from asm_rv32.assembler.reading.python import unpacked

        return unpacked(node, tokens, self, self.room)
