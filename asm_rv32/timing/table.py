"""Cores whose cost of an instruction follows from it, its outcome and the two before it.

In: an instruction, its outcome, the last two.  Out: what it cost, and the new last two.
"""

from __future__ import annotations

from asm_rv32.basis.records import NamedTuple
from asm_rv32.timing.code import Code
from asm_rv32.timing.cost import Cost
from asm_rv32.timing.instruction import Op
from asm_rv32.timing.model import Core

__all__ = ["TableEngine"]


class _Past(NamedTuple):
    """What is remembered of an instruction that has run."""

    rd: int = 0
    kind: str = ""
    extra: int = 0  # cycles beyond the one that every instruction takes


class _State(NamedTuple):
    last: tuple[_Past, _Past] = (_Past(), _Past())  # nearest first
    owed: int = 0  # fetch cycles that the jump to here left to be paid


class TableEngine:
    """Class costs, hazards, and what it costs to fetch across a word boundary."""

    def __init__(self, core: Core, code: Code) -> None:
        self.core = core
        self.code = code

    def cold(self, entry: int) -> _State:
        """The state of a core that has just been called at `entry`."""
        return _State(owed=self.core.straddled_target if self.code.straddles(entry) else 0)

    def warm(self, state: _State, entry: int) -> _State:
        """The same for a second call: these cores remember nothing across calls."""
        return self.cold(entry)

    def step(
        self, state: _State, op: Op, base: int, taken: bool, next_pc: int
    ) -> tuple[Cost, _State]:
        """Price `op`; `base` is the cycles of its class and operands.

        A branch's `taken` is its condition; `next_pc` is where control goes.
        """
        core = self.core
        kind = core.class_of(op.name)
        reasons = []
        waiting = [0, 0, 0]  # for what is this many instructions back
        recent = (_Past(op.rd, kind), *state.last)
        for hazard in core.hazards:
            past = recent[hazard.distance]
            if (
                past.kind in hazard.producer
                and kind in hazard.consumer
                and _meets(hazard.operand, op, past.rd)
            ):
                waits = hazard.cycles - (recent[1].extra if hazard.shadowed else 0)
                if waits > 0 or hazard.cycles < 0:
                    waiting[hazard.distance] += waits
                    reasons.append(hazard.reason)
        own, last, before = waiting
        stalls = own + (max(last, before) if before else last)  # both are waited for at once
        fetch = waits = state.owed
        jumps = taken or op.is_jump or kind in core.refetch
        if kind == "branch" and taken:
            base = core.cycles["taken"]
        if jumps and self.code.straddles(next_pc):
            fetch += core.straddled_target
        if core.straddled_next and not op.is_jump:
            ahead = core.straddled_next * self.code.straddles(op.pc + op.size)
            fetch += ahead
            # Of its memory it asks behind that; what it reads of the core, it reads before.
            waits += ahead if kind in core.request else 0
        if fetch:
            reasons.append("the next instruction lies across two words")
        cost = Cost.of(
            cycles=base + stalls + fetch,
            category=core.category_of(kind),
            base=base,
            stalls=stalls,
            fetch=fetch,
            waits=stalls + waits,
            reason=", ".join(reasons),
        )
        return cost, _State((_Past(op.rd, kind, min(cost.cycles - 1, 2)), recent[1]))


def _meets(operand: str, op: Op, rd: int) -> bool:
    if operand == "none":
        return True
    if operand == "rd":
        return op.rd == rd and (rd == 0 or rd not in (op.rs1, op.rs2))
    if rd == 0:
        return False
    if operand == "rs1":
        return op.rs1 == rd
    if operand == "rs2":
        return op.rs2 == rd
    return op.rs1 == rd or op.rs2 == rd
