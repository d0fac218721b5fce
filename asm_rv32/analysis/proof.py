"""Follow what is known of a function along every path, to show that something need not be watched.

Input: a `Flow`, a state at its start, what an instruction makes of a state, what holds on both of
two paths, and which jumps are returns. Output: nothing, where every instruction that can be reached
is gone through with all that can hold there; else `Unproven`.
Invariant: a return goes behind every call of a routine of the function itself, whoever called it.
"""

from __future__ import annotations

from collections.abc import Callable

from asm_rv32.analysis.flow import Flow, Node
from asm_rv32.analysis.solve import Solver
from asm_rv32.basis.records import TypeVar
from asm_rv32.isa.effects import CALL, END, INDIRECT, NEXT
from asm_rv32.isa.operands import RA, ZERO

INSTRUCTION_LIMIT = 2000
"""A longer function is watched instead: a proof would take longer than most of its calls."""
VISITS = 16
"""Visits of an instruction, on average, after which the function is watched instead."""
LEAST = 1000
"""Visits that the shortest function may take."""
State = TypeVar("State")


class Unproven(Exception):
    """It is not shown; which does not say that it is wrong."""


def by_ra(node: Node, state: object) -> bool:
    """Whether a jump goes where ra says, as it was or as it was just loaded."""
    return whole_register(node) == RA


def whole_register(node: Node) -> int:
    """The register that holds, as it is, where a jump goes and does not link; x0 for none."""
    found = node.meaning
    return ZERO if found.beside or node.effects.links else found.through


def follow(
    flow: Flow,
    start: State,
    behind: Callable[[Node, State], State],
    join: Callable[[State, State], State],
    returns: Callable[[Node, State], bool] = by_ra,
) -> None:
    """Go through all that can be reached; `behind` and `join` may raise Unproven, as this does.

    `returns`: whether a jump through a register, with the state behind it, goes where a call came
    from.
    `join` is that of a `Solver`: it gives the first of the two where the second changes nothing.
    """
    if flow.undecoded or len(flow.nodes) > INSTRUCTION_LIMIT or flow.node_at.get(0) != 0:
        raise Unproven
    falls = frozenset(flow.falls)
    returned = len(flow.nodes)  # the place that stands for wherever a return goes
    behind_calls: dict[int, None] = {}

    def through(place: int, state: State) -> None:
        if place == returned:
            for call in behind_calls:
                solver.reach(call, state)
            return
        node = flow.nodes[place]
        state = behind(node, state)
        control = node.effects.control
        if node.goes_on and place in falls:
            raise Unproven  # into data, or off the end
        if node.target >= 0:
            solver.reach(node.target, state)
        elif control == INDIRECT and returns(node, state):
            solver.reach(returned, state)
        elif control not in (NEXT, END) or node.meaning.does("trap_return"):
            raise Unproven  # to any label, out of the function, amid an instruction, to mepc
        if control == CALL:
            behind_calls[place + 1] = None
            if returned in solver.states:
                solver.reach(place + 1, solver.states[returned])
        elif node.goes_on:
            solver.reach(place + 1, state)

    solver = Solver(join, VISITS * len(flow.nodes) + LEAST)
    solver.reach(0, start)
    if not solver.run(through):
        raise Unproven
