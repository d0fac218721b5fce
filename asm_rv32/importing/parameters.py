"""How many parameters functions have: what they read before they write it.

Input: `Units`. Output: `Parameters`: the number of registers from a0 on that a function takes.
Invariant: a register counts where some path from the entry reads it first, all of them where one
reads the stack above the function's frame: there, C's further arguments stand (psABI). What a
function outside of the source reads is not known and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from asm_rv32.importing.items import Data, Item, Mark
from asm_rv32.importing.joining import controlled, references
from asm_rv32.importing.operands import Code, effects_of, targets
from asm_rv32.importing.units import Unit, Units
from asm_rv32.importing.values import Name
from asm_rv32.isa.effects import BRANCH, CALL, END, INDIRECT, JUMP
from asm_rv32.isa.meaning import Constant, Operation, Read, Write
from asm_rv32.isa.operands import A0, RA, SP, ZERO
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.words import signed

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
    moved: int | None
    """By how much it moves sp, in bytes, signed; None: not known."""
    above: int
    """How far above sp the furthest is that it loads by a distance from sp, in bytes; else -1."""


class _Flow(NamedTuple):
    """A function's steps, where its labels are in them, and what is read first from each on."""

    steps: list[_Step]
    places: dict[str, int]
    live: list[int]


class Parameters:
    """How many parameters there are at each label."""

    def __init__(self, found: Units) -> None:
        self.found = found
        shown = {name for unit in found.units for item in unit.items for name in _shown(item)}
        self.flows = [_flow(unit, found, shown) for unit in found.units]
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
        if not flow.steps:
            return 0
        start = flow.places[label] if label else 0
        return COUNT if _takes_more(flow, start) else (flow.live[start] >> A0).bit_length()

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


def _takes_more(flow: _Flow, start: int) -> bool:
    """Whether some path from a step on loads from above where sp was there."""
    frames = {start: 0}
    waiting = [start]
    while waiting:
        number = waiting.pop()
        if number == len(flow.steps):
            continue
        step, frame = flow.steps[number], frames[number]
        if step.above >= frame:
            return True
        if step.moved is not None:
            new = [after for after in step.after if after not in frames]
            frames.update(dict.fromkeys(new, frame - step.moved))
            waiting += new
    return False


def _shown(item: Item) -> Iterator[str]:
    """The labels that an item makes addresses of, to which a jump through a register may go."""
    if isinstance(item.content, (Code, Data)):
        gone_to = {*controlled(item)}
        yield from (name for name in references(item) if name not in gone_to)


def _flow(unit: Unit, found: Units, shown: set[str]) -> _Flow:
    """The instructions of a function with what follows each; nothing of data.

    `shown`: the labels to which jumps through registers may go.
    """
    places: dict[str, int] = {}
    codes: list[Code] = []
    for item in unit.items:
        if isinstance(item.content, Mark):
            places[item.content.name] = len(codes)
        elif isinstance(item.content, Code):
            codes.append(item.content)
    table = tuple(place for name, place in places.items() if name in shown)
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
        return _Step(0, 0, inside, outside, None, -1)
    after = {
        JUMP: inside, BRANCH: (*behind, *inside), CALL: behind, END: (), INDIRECT: table,
    }.get(effects.control, behind)  # fmt: skip
    if effects.control == CALL:
        # A routine within: its own steps are followed, too.
        after = (*after, *inside)
    calls = outside if effects.control in (JUMP, BRANCH, CALL) else ()
    # Millicode, which another register links, leaves the arguments as they are (psABI).
    writes = _ARGUMENTS if effects.links == RA else effects.writes
    moved = _moved(code) if effects.writes >> SP & 1 else 0
    if effects.links not in (ZERO, RA):
        moved = None  # millicode may do so
    above = [
        access.base[1] for access in effects.accesses
        if access.loads and access.base is not None and access.base[0] == SP
    ]  # fmt: skip
    return _Step(effects.reads, writes, after, calls, moved, max(above, default=-1))


def _moved(code: Code) -> int | None:
    """How far an instruction that writes sp moves it, where that is told by a number in it."""
    if code.row is None or code.row.is_pseudo:
        return None
    for step in Instruction(code.row, code.values).steps:
        if not isinstance(step, Write) or step.number != SP:
            continue
        if isinstance(step.value, Operation) and step.value.name == "+":
            base, by = step.value.operands
            if base == Read(SP) and isinstance(by, Constant):
                return signed(by.value)
    return None
