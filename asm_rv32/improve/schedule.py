"""The order in which plain statements wait least on a core: list scheduling.

Input: statements, what has to stay in order, a core. Output: an order, and what it costs.
How: of those that are ready, the one goes first that leaves the core with the least waiting, and of
these the one from which most is still to come. What an instruction costs is what the core's model
says of it in its place, but for where it lies in memory: that is known once all is assembled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from asm_rv32.improve.renaming import Names
from asm_rv32.improve.statements import Statement
from asm_rv32.timing.code import Code
from asm_rv32.timing.frontend import FrontendEngine
from asm_rv32.timing.instruction import Op
from asm_rv32.timing.model import Core, load_core, operand_cycles
from asm_rv32.timing.table import TableEngine

TYPICAL = 0x1234
"""What a register holds whose value decides what an instruction costs."""


class _Anywhere(Code):
    """Code of which nothing lies across two words."""

    def __init__(self) -> None:
        super().__init__(lambda _: 1)

    def straddles(self, pc: int) -> bool:
        return False


def _engine(core: Core) -> FrontendEngine | TableEngine:
    return FrontendEngine(core) if core.engine == "frontend" else TableEngine(core, _Anywhere())


class Line:
    """The instructions of one statement, as a core's model reads them."""

    def __init__(self, ops: Sequence[Op]) -> None:
        self.ops = tuple(op._replace(pc=0) for op in ops)

    def go(self, core: Core, state: Any, pc: int) -> tuple[int, Any, int]:
        """What it costs in a state, the state behind it, and the address there."""
        engine, spent = _engine(core), 0
        for op in self.ops:
            here = op._replace(pc=pc)
            base = (
                core.cycles[core.class_of(op.name)] if op.is_branch
                else operand_cycles(core, op, TYPICAL, TYPICAL)
            )  # fmt: skip
            pc += op.size
            cost, state = engine.step(state, here, base, False, pc)
            spent += cost.cycles
        return spent, state, pc


def lines(statements: Sequence[Statement], names: Names | None, code: Code) -> list[Line]:
    """The statements with the registers that they name."""
    found = []
    for index, statement in enumerate(statements):
        ops = [code.at(node.address) for node in statement.nodes]
        if names is not None and names.given[index]:
            read, written = names.maps[index]
            ops = [
                op._replace(
                    rd=written.get(op.rd, op.rd),
                    rs1=read.get(op.rs1, op.rs1),
                    rs2=read.get(op.rs2, op.rs2),
                )
                for op in ops
            ]
        found.append(Line(ops))
    return found


def cost(order: Sequence[int], work: Sequence[Line], behind: Line | None, core: Core) -> int:
    """What statements cost in an order, with what stands behind them."""
    state, pc, spent = _engine(core).cold(0), 0, 0
    for line in [*(work[at] for at in order), *([behind] if behind else [])]:
        more, state, pc = line.go(core, state, pc)
        spent += more
    return spent


def ordered(
    work: Sequence[Line], ahead: Sequence[set[int]], behind: Line | None, core: Core
) -> list[int]:
    """The order in which the statements wait least."""
    rest = _remaining(work, ahead, behind, core)
    after: list[list[int]] = [[] for _ in work]
    missing = [len(needs) for needs in ahead]
    for index, needs in enumerate(ahead):
        for other in needs:
            after[other].append(index)
    ready = [index for index, count in enumerate(missing) if not count]
    state, pc = _engine(core).cold(0), 0
    found: list[int] = []
    while ready:
        tried = {at: work[at].go(core, state, pc) for at in ready}
        own = {at: spent - _alone(work[at], core) for at, (spent, _, _) in tried.items()}
        best = min(ready, key=lambda at: (own[at], -rest[at], at))
        ready.remove(best)
        found.append(best)
        _, state, pc = tried[best]
        for other in after[best]:
            missing[other] -= 1
            if not missing[other]:
                ready.append(other)
    return found


def _alone(line: Line, core: Core) -> int:
    return sum(
        core.cycles[core.class_of(op.name)] if op.is_branch
        else operand_cycles(core, op, TYPICAL, TYPICAL)
        for op in line.ops
    )  # fmt: skip


def _remaining(
    work: Sequence[Line], ahead: Sequence[set[int]], behind: Line | None, core: Core
) -> list[int]:
    """For each statement, how many cycles it is from its start to the end, at least."""
    waits = _waiting(core)
    found = [_alone(line, core) + (waits(line, behind) if behind else 0) for line in work]
    for index in range(len(work) - 1, -1, -1):
        for other in ahead[index]:
            way = _alone(work[other], core) + waits(work[other], work[index]) + found[index]
            found[other] = max(found[other], way)
    return found


def _waiting(core: Core) -> Callable[[Line, Line], int]:
    """How long one statement waits that comes right behind another."""

    def waits(one: Line, other: Line) -> int:
        names = {0: 0}
        first, second = (tuple(_bare(op, names, core) for op in line.ops) for line in (one, other))
        return _waits(first, second, core.name)

    return waits


def _bare(op: Op, names: dict[int, int], core: Core) -> Op:
    """An instruction with all that decides how long it waits for another, or that for it; its
    registers by the order in which they appear."""
    is_offset = op.is_branch or core.category_of(core.class_of(op.name)) == "memory"
    rd, rs1, rs2 = (names.setdefault(at, len(names)) for at in (op.rd, op.rs1, op.rs2))
    return op._replace(
        rd=rd, rs1=rs1, rs2=rs2, imm=0 if is_offset else op.imm,
        written=op.written._replace(values=()),
    )  # fmt: skip


@lru_cache(maxsize=1 << 14)
def _waits(one: tuple[Op, ...], other: tuple[Op, ...], name: str) -> int:
    core, first, second = load_core(name), Line(one), Line(other)
    both = cost([0, 1], [first, second], None, core)
    return max(0, both - cost([0], [first], None, core) - _alone(second, core))
