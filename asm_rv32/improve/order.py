"""What of a stretch of plain statements has to stay in order.

Input: statements one behind the other. Output: for each, those ahead of it that have to stay ahead.
Invariant: a value is read from where it was; accesses to memory stay in order, but for a load and a
store that are known to be apart: what is loaded or stored may be a device's register.
"""

from __future__ import annotations

from collections.abc import Sequence

from asm_rv32.analysis.flow import Node, bits
from asm_rv32.basis.records import NamedTuple
from asm_rv32.improve.statements import Statement
from asm_rv32.isa.meaning import Constant, Operation, Read, Write
from asm_rv32.isa.words import signed

Place = tuple[int, int]
"""A value of which nothing is known, by a number, and how far beyond it."""


class Touched(NamedTuple):
    """A part of memory that a statement accesses."""

    stores: bool
    root: int
    at: int
    size: int


class Chain:
    """Values as distances from others, from statement to statement."""

    def __init__(self) -> None:
        self._count = 32
        self.values: list[Place] = [(number, 0) for number in range(32)]
        self.constants: set[int] = {0}

    def touched(self, node: Node) -> list[Touched] | None:
        """What an instruction accesses; None where that is not known. Then it is gone through."""
        found: list[Touched] | None = []
        for access in node.effects.accesses:
            base = access.base
            if base is None or found is None:
                found = None
                continue
            root, at = self.values[base[0]]
            if root in self.constants:
                found = None
                continue
            found.append(Touched(access.stores, root, at + base[1], access.size))
        self._through(node)
        return found

    def _through(self, node: Node) -> None:
        made: dict[int, Place] = {}
        for step in node.steps:
            if isinstance(step, Write) and 0 < step.number < 32:
                made[step.number] = self._value(step.value)
        for number in bits(node.effects.writes):
            if number < 32:
                self.values[number] = made.get(number) or self._new()

    def _value(self, value: object) -> Place:
        if isinstance(value, Read) and value.number < 32:
            return self.values[value.number]
        if isinstance(value, Constant):
            found = self._new()
            self.constants.add(found[0])
            return found
        if isinstance(value, Operation) and value.name == "+":
            one, other = value.operands
            if isinstance(one, Read) and one.number < 32 and isinstance(other, Constant):
                root, at = self.values[one.number]
                return root, at + signed(other.value)
        return self._new()

    def _new(self) -> Place:
        self._count += 1
        return self._count, 0


def ahead(
    statements: Sequence[Statement], reads: Sequence[int], writes: Sequence[int]
) -> list[set[int]]:
    """For each statement the indices of those that have to stay ahead of it; `reads`, `writes`: the
    registers of each."""
    chain = Chain()
    found: list[set[int]] = []
    written: dict[int, int] = {}
    read: dict[int, set[int]] = {}
    accesses: list[tuple[int, list[Touched] | None]] = []
    for index, statement in enumerate(statements):
        needs: set[int] = set()
        for register in bits(reads[index]):
            if register in written:
                needs.add(written[register])
        for register in bits(writes[index]):
            if register in written:
                needs.add(written[register])
            needs |= read.get(register, set())
        touched: list[Touched] | None = []
        for node in statement.nodes:
            some = chain.touched(node)
            touched = None if touched is None or some is None else touched + some
        if statement.has_accesses:
            needs |= {other for other, there in accesses if not _apart(touched, there)}
            accesses.append((index, touched))
        for register in bits(reads[index]):
            read.setdefault(register, set()).add(index)
        for register in bits(writes[index]):
            written[register] = index
            read[register] = set()
        needs.discard(index)
        found.append(needs)
    return found


def _apart(some: list[Touched] | None, others: list[Touched] | None) -> bool:
    """Whether a load and a store are known to touch different bytes."""
    if some is None or others is None:
        return False
    return all(
        one.stores != other.stores and one.root == other.root
        and (one.at + one.size <= other.at or other.at + other.size <= one.at)
        for one in some for other in others
    )  # fmt: skip
