"""Follow what is known of a function along every path, to show that something need not be watched.

Input: a `Flow`, a state at its start, what an instruction makes of a state, and what holds on both
of two paths. Output: nothing, where every instruction that can be reached is gone through with all
that can hold there; else `Unproven`.
Invariant: a return goes behind every call of a routine of the function itself, whoever called it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from asm_rv32.analysis.flow import Flow, Node
from asm_rv32.isa.effects import BRANCH, CALL, END, INDIRECT, NEXT
from asm_rv32.isa.meaning import Constant, Expression, Goto, Let, Local, Operation, Read
from asm_rv32.isa.operands import RA

INSTRUCTION_LIMIT = 2000
"""A longer function is watched instead: a proof would take longer than most of its calls."""
VISITS = 16
"""Visits of an instruction, on average, after which the function is watched instead."""
State = TypeVar("State")


class Unproven(Exception):
    """It is not shown; which does not say that it is wrong."""


def follow(
    flow: Flow,
    start: State,
    behind: Callable[[Node, State], State],
    join: Callable[[State, State], State],
) -> None:
    """Go through all that can be reached; `behind` and `join` may raise Unproven, as this does."""
    if flow.undecoded or len(flow.nodes) > INSTRUCTION_LIMIT or flow.node_at.get(0) != 0:
        raise Unproven
    falls = frozenset(flow.falls)
    states: dict[int, State] = {}
    pending: list[int] = []
    calls: dict[int, None] = {}
    returned: list[State] = []
    visits = VISITS * len(flow.nodes) + 1000

    def reach(place: int, state: State) -> None:
        before = states.get(place)
        joined = state if before is None else join(before, state)
        if joined != before:
            states[place] = joined
            pending.append(place)

    reach(0, start)
    while pending:
        visits -= 1
        if visits < 0:
            raise Unproven
        place = pending.pop()
        node = flow.nodes[place]
        found = node.effect
        state = behind(node, states[place])
        if found.control in (NEXT, BRANCH):
            if place in falls:
                raise Unproven  # into data, or off the end
            reach(place + 1, state)
        if node.target >= 0:
            reach(node.target, state)
        elif found.touched.control == INDIRECT:
            if not _returns(node):
                raise Unproven  # it may go to any label
            joined = join(returned[0], state) if returned else state
            if returned != [joined]:
                returned[:] = [joined]
                for call in calls:
                    reach(call, joined)
        elif found.control not in (NEXT, END) or _leaves_a_trap(node):
            raise Unproven  # out of the function, into the middle of an instruction, to mepc
        if found.control == CALL:
            if place in falls:
                raise Unproven
            calls[place + 1] = None
            if returned:
                reach(place + 1, returned[0])


def _returns(node: Node) -> bool:
    """Whether a jump through a register goes where ra says, as it was or as it was just loaded."""
    held: dict[Expression, Expression] = {}
    for step in node.effect.written.steps:
        if isinstance(step, Let):
            held[Local(step.name)] = step.value
        elif isinstance(step, Goto) and isinstance(step.target, Operation):
            first, *rest = step.target.operands
            is_even = step.target.name == "and" and rest == [Constant(0xFFFF_FFFE)]
            return is_even and held.get(first, first) == Read(int(RA)) and not node.effect.rd
    return False


def _leaves_a_trap(node: Node) -> bool:
    return any(found.name == "trap_return" for found in node.effect.touched.outside)
