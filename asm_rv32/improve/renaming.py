"""Other registers for values that live within a stretch only, so that statements can change places.

Input: plain statements, the registers that are read behind them, and a pool. Output: for each
statement the register that it names at each position.
Invariant: a value that comes from outside of the stretch, or is read behind it, stays where it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from asm_rv32.analysis.flow import bits
from asm_rv32.basis.records import NamedTuple
from asm_rv32.improve.operands import Roles, positions, register_at
from asm_rv32.improve.statements import Statement


class _Web:
    """The statements that write and read one value."""

    def __init__(self, register: int, fixed: bool) -> None:
        self.register = register
        self.fixed = fixed
        self.places: list[tuple[int, int]] = []
        """Statement, position among its operands."""
        self.last = -1

    def use(self, index: int, spots: Sequence[int]) -> None:
        """Have it read or written by a statement, at these positions."""
        self.places += [(index, at) for at in spots]
        self.last = index


class Names(NamedTuple):
    """What registers statements name."""

    given: list[dict[int, int]]
    """For each statement: position → register, where it is another one."""
    reads: list[int]
    writes: list[int]
    """Registers, as a set, for each statement."""
    maps: list[tuple[dict[int, int], dict[int, int]]]
    """For each statement: register as it was → as it is, of those read and those written."""


def webs(
    statements: Sequence[Statement], known: Sequence[Roles | None], live_out: int
) -> list[_Web]:
    """The values of a stretch, in the order in which they come to be."""
    found: list[_Web] = []
    current: dict[int, _Web] = {}

    def web(register: int) -> _Web:
        if register not in current:
            current[register] = _Web(register, True)
            found.append(current[register])
        return current[register]

    for index, (statement, role) in enumerate(zip(statements, known)):
        operation = statement.operation
        assert operation is not None
        for register in bits(statement.reads):
            spots = [] if role is None else [
                at for at in positions(operation, register) if at in role.read
            ]  # fmt: skip
            web(register).fixed |= not spots
            web(register).use(index, spots)
        for register in bits(statement.writes):
            spots = [] if role is None else [
                at for at in positions(operation, register) if at in role.written
            ]  # fmt: skip
            if role is not None and any(at in role.read for at in spots):
                web(register).use(index, spots)
                continue
            current[register] = _Web(register, not spots)
            found.append(current[register])
            current[register].use(index, spots)
    for register in bits(live_out):
        if register in current:
            current[register].fixed = True
    return found


def renamed(
    statements: Sequence[Statement], known: Sequence[Roles | None], values: list[_Web],
    pool: Sequence[int],
) -> Names:  # fmt: skip
    """The statements with values in registers of a pool, each in the one that is free longest."""
    given: list[dict[int, int]] = [{} for _ in statements]
    free = list(pool)
    held: list[tuple[int, int]] = []
    for each in sorted(
        (web for web in values if not web.fixed and web.register in pool),
        key=lambda web: web.places[0],
    ):
        first = each.places[0][0]
        for last, register in sorted(held):
            if last <= first:
                free.append(register)
        held = [(last, register) for last, register in held if last > first]
        if not free:
            return renamed(statements, known, values, ())
        register = free.pop(0)
        held.append((each.last, register))
        if register != each.register:
            for index, at in each.places:
                given[index][at] = register
    return _names(statements, known, given)


def _names(
    statements: Sequence[Statement], known: Sequence[Roles | None], given: list[dict[int, int]]
) -> Names:
    reads, writes, maps = [], [], []
    for statement, role, here in zip(statements, known, given):
        read, written = statement.reads, statement.writes
        of_read: dict[int, int] = {}
        of_written: dict[int, int] = {}
        if here and role is not None and statement.operation is not None:
            for at, value in enumerate(statement.operation.operands):
                register = register_at(value)
                if register is None:
                    continue
                if at in role.read:
                    of_read[register] = here.get(at, register)
                if at in role.written:
                    of_written[register] = here.get(at, register)
            read = _mapped(read, of_read)
            written = _mapped(written, of_written)
        reads.append(read)
        writes.append(written)
        maps.append((of_read, of_written))
    return Names(given, reads, writes, maps)


def _mapped(registers: int, to: dict[int, int]) -> int:
    found = 0
    for register in bits(registers):
        found |= 1 << to.get(register, register)
    return found & ~1
