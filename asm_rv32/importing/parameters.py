"""How many parameters functions have: what they read before they write it.

Input: `Units`. Output: for each unit the number of registers from a0 on that it takes.
Invariant: a register counts where some path from the entry reads it first; what a function outside
of the source reads is not known and counts for nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from asm_rv32.importing.items import Data, Mark
from asm_rv32.importing.operands import Code, effects_of, targets
from asm_rv32.importing.units import Unit, Units, references
from asm_rv32.importing.values import Name
from asm_rv32.isa.effects import BRANCH, CALL, END, INDIRECT, JUMP
from asm_rv32.isa.operands import A0

COUNT = 8
_ARGUMENTS = ((1 << COUNT) - 1) << A0
_ROUNDS = 40


class _Step(NamedTuple):
    """An instruction: registers as bits, and the steps that may follow."""

    reads: int
    writes: int
    after: tuple[int, ...]
    calls: tuple[int, ...]
    """Units that it goes to."""


def parameter_counts(found: Units) -> list[int]:
    """The number of parameters of each unit; 0 of data."""
    flows = [_flow(unit, found) if unit.is_code else [] for unit in found.units]
    callers: dict[int, set[int]] = {}
    for index, steps in enumerate(flows):
        for step in steps:
            for callee in step.calls:
                callers.setdefault(callee, set()).add(index)
    entry = [0] * len(flows)
    waiting = [index for index, steps in enumerate(flows) if steps]
    while waiting:
        index = waiting.pop()
        live = _live(flows[index], entry)
        if live != entry[index]:
            entry[index] = live
            waiting += callers.get(index, ())
    return [(live >> A0).bit_length() for live in entry]


def _flow(unit: Unit, found: Units) -> list[_Step]:
    """The instructions of a function with what follows each."""
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
    return [_step(code, number, places, table, found) for number, code in enumerate(codes)]


def _step(
    code: Code, number: int, places: dict[str, int], table: tuple[int, ...], found: Units
) -> _Step:
    effects = effects_of(code)
    names = [
        operand.name for place in (*targets(code), *([0] if code.row is None else []))
        if isinstance(operand := code.operands[place] if code.operands else None, Name)
    ]  # fmt: skip
    inside = tuple(places[name] for name in names if name in places)
    outside = tuple(found.home[name] for name in names
                    if name not in places and name in found.home)  # fmt: skip
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
    writes = _ARGUMENTS if effects.control == CALL else effects.writes
    return _Step(effects.reads, writes, after, calls)


def _live(steps: list[_Step], entry: list[int]) -> int:
    """The registers that are read first from the first step on."""
    live = [0] * (len(steps) + 1)
    for _ in range(_ROUNDS):
        changed = False
        for number in range(len(steps) - 1, -1, -1):
            step = steps[number]
            behind = 0
            for after in step.after:
                behind |= live[after]
            called = 0
            for callee in step.calls:
                called |= entry[callee]
            now = (step.reads | behind & ~step.writes | called) & _ARGUMENTS
            if now != live[number]:
                live[number] = now
                changed = True
        if not changed:
            break
    return live[0]
