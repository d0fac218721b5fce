"""What the registers of straight-line code hold, as expressions that are the same object where the
same was computed.

Input: nodes of a `Flow` that run one after the other. Output: `Values`.
Invariant: what is not computed from registers alone (a load, a place, what the system gives) is a
value of its own, which equals nothing else.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from asm_rv32.analysis.flow import Node
from asm_rv32.isa.meaning import Constant, Expression, Local, Operation, Read, simplified
from asm_rv32.isa.operands import ReservedMode
from asm_rv32.isa.reading import Reading, perform

Held = dict[int, Expression]
"""Register → what it holds; one that is missing holds what it held at first."""


class Values(Reading):
    """The values of a stretch of nodes."""

    def __init__(self, nodes: Sequence[Node], placed: Container[int] = ()) -> None:
        """`placed`: addresses of nodes whose numbers hang on where something lies: of what they
        give nothing is known."""
        self._known: dict[tuple[Any, ...], Expression] = {}
        self._held: Held = {}
        self.written: list[Held] = []
        """Node → what it leaves in registers."""
        self.conditions: list[Expression | None] = []
        """Node → on what it branches."""
        for node in nodes:
            self.written.append({})
            self.conditions.append(None)
            perform(node.steps, self)
            if node.address in placed:
                for number in self.written[-1]:
                    self.written[-1][number] = self.unknown
            # A step reads what those before it in the same instruction left.
            self._held |= self.written[-1]

    @property
    def unknown(self) -> Expression:
        """A value of which nothing is known."""
        return self._kept(Local(str(len(self._known))))

    def _kept(self, found: Expression) -> Expression:
        """The one object of an expression, whose parts are the only ones already."""
        parts = found.operands if isinstance(found, Operation) else ()
        key: tuple[Any, ...] = (type(found), found[0], *map(id, parts))
        return self._known.setdefault(key, found)

    def first(self, number: int) -> Expression:
        """What a register holds ahead of the nodes; x0, 0."""
        return self._kept(Read(number) if number else Constant(0))

    def constant(self, word: int) -> Expression:
        return self._kept(Constant(word))

    def place(self, distance: int) -> Expression:
        return self.unknown

    def read(self, number: int) -> Expression:
        written = self.written[-1]
        return written.get(number) or self._held.get(number) or self.first(number)

    def operation(self, name: str, operands: tuple[Expression, ...]) -> Expression:
        if not any(isinstance(each, Constant) for each in operands):
            # The only ones of their sort: what is deep within need not be compared.
            if name in ("^", "-") and operands[0] is operands[1]:
                return self.constant(0)
            return self._kept(Operation(name, operands))
        try:
            found = simplified(name, operands)
        except ReservedMode:
            return self.unknown
        if isinstance(found, Operation):
            found = Operation(found.name, tuple(map(self._kept, found.operands)))
        return self._kept(found)

    def load(self, size: int, address: Expression) -> Expression:
        return self.unknown

    def system(self, name: str, operands: tuple[Expression, ...]) -> Expression:
        return self.unknown

    def write(self, number: int, value: Expression) -> None:
        self.written[-1][number] = value

    def goto(self, target: Any, condition: Expression | None) -> None:
        self.conditions[-1] = condition
