"""How many parameters functions have: what they read before they write it.

Input: `Units`. Output: `Parameters`: the number of registers from a0 on that a function takes.
Invariant: a register counts where some path from the entry reads it first; what a function outside
of the source reads is not known and counts for nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from asm_rv32.importing.items import Data, Mark
from asm_rv32.importing.joining import references
from asm_rv32.importing.operands import Code, effects_of, targets
from asm_rv32.importing.units import Unit, Units
from asm_rv32.importing.values import Name
from asm_rv32.isa.effects import BRANCH, CALL, END, INDIRECT, JUMP
from asm_rv32.isa.operands import A0, RA

COUNT = 8
_ARGUMENTS = ((1 << COUNT) - 1) << A0
_ROUNDS = 40


class _Step(NamedTuple):
    """An instruction: registers as bits, and the steps that may follow."""

    reads: int
    writes: int
    after: tuple[int, ...]
    calls: tuple[str, ...]
    """Labels of other units that it goes to."""


class _Flow(NamedTuple):
    """A function's steps, where its labels are in them, and what is read first from each on."""

    steps: list[_Step]
    places: dict[str, int]
    live: list[int]


class Parameters:
    """How many parameters there are at each label."""

    def __init__(self, found: Units) -> None:
        self.found = found
        self.flows = [_flow(unit, found) for unit in found.units]
        callers: dict[int, set[int]] = {}
        for index, flow in enumerate(self.flows):
            for label in (label for step in flow.steps for label in step.calls):
                callers.setdefault(found.home[label], set()).add(index)
        waiting = [index for index, flow in enumerate(self.flows) if flow.steps]
        while waiting:
            index = waiting.pop()
            before = list(self.flows[index].live)
            self.follow(self.flows[index])
            if self.flows[index].live != before:
                waiting += callers.get(index, ())

    def of(self, index: int, label: str = "") -> int:
        """The number of parameters of a unit, or where it is entered at a label."""
        flow = self.flows[index]
        live = flow.live[flow.places[label] if label else 0] if flow.steps else 0
        return (live >> A0).bit_length()

    def at(self, label: str) -> int:
        """The registers that a function reads, entered at a label."""
        flow = self.flows[self.found.home[label]]
        return flow.live[flow.places[label]] if flow.steps else 0

    def follow(self, flow: _Flow) -> None:
        """Find for each step the registers that are read first from it on."""
        live = flow.live
        for _ in range(_ROUNDS):
            changed = False
            for number in range(len(flow.steps) - 1, -1, -1):
                step = flow.steps[number]
                behind = called = 0
                for after in step.after:
                    behind |= live[after]
                for label in step.calls:
                    called |= self.at(label)
                now = (step.reads | behind & ~step.writes | called) & _ARGUMENTS
                changed = changed or now != live[number]
                live[number] = now
            if not changed:
                break


def _flow(unit: Unit, found: Units) -> _Flow:
    """The instructions of a function with what follows each; nothing of data."""
    places: dict[str, int] = {}
    codes: list[Code] = []
    named: set[str] = set()
    for item in unit.items:
        if isinstance(item.content, Mark):
            places[item.content.name] = len(codes)
        elif isinstance(item.content, Code):
            codes.append(item.content)
        elif isinstance(item.content, Data):
            named.update(references(item))
    table = tuple(places[name] for name in named if name in places)
    steps = [_step(code, number, places, table, found) for number, code in enumerate(codes)]
    return _Flow(steps, places, [0] * (len(steps) + 1))


def _step(
    code: Code, number: int, places: dict[str, int], table: tuple[int, ...], found: Units
) -> _Step:
    effects = effects_of(code)
    names = [
        operand.name for place in (*targets(code), *([0] if code.row is None else []))
        if isinstance(operand := code.operands[place] if code.operands else None, Name)
    ]  # fmt: skip
    inside = tuple(places[name] for name in names if name in places)
    outside = tuple(name for name in names if name not in places and name in found.home)
    behind = (number + 1,)
    if effects is None:
        # What the source runs into, or what the assembler has to judge.
        return _Step(0, 0, inside, outside)
    after = {
        JUMP: inside, BRANCH: (*behind, *inside), CALL: behind, END: (), INDIRECT: table,
    }.get(effects.control, behind)  # fmt: skip
    if effects.control == CALL:
        # A routine within: its own steps are followed, too.
        after = (*after, *inside)
    calls = outside if effects.control in (JUMP, BRANCH, CALL) else ()
    # Millicode, which another register links, leaves the arguments as they are (psABI).
    writes = _ARGUMENTS if effects.links == RA else effects.writes
    return _Step(effects.reads, writes, after, calls)
