"""How many parameters functions have: what they read before they write it.

Input: `Units`. Output: `Parameters`: the number of registers from a0 on that a function takes.
Invariant: a register counts where some path from the entry reads it first, all of them where one
reads the stack above the function's frame: there, C's further arguments stand (psABI). What goes
through a register reads what the functions read whose addresses its own code or the data that it
names hold; where these hold none, what all do whose addresses the source holds, as long as no
argument was set up. What a function outside of the source reads is not known and counts for
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from asm_rv32.importing.items import Data, Item, Mark
from asm_rv32.importing.joining import controlled, references
from asm_rv32.importing.operands import Code, effects_of, targets
from asm_rv32.importing.units import Unit, Units, goes_elsewhere
from asm_rv32.importing.values import Name
from asm_rv32.isa.effects import BRANCH, CALL, END, INDIRECT, JUMP, NEXT
from asm_rv32.isa.meaning import Constant, Operation, Read, Write
from asm_rv32.isa.operands import A0, LINKS, RA, SP, ZERO
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
    through: bool
    """Whether it goes to what a register holds."""
    moved: int | None
    """By how much it moves sp, in bytes, signed; None: not known."""
    above: int
    """How far above sp the furthest is that it loads by a distance from sp, in bytes; else -1."""


class _Flow(NamedTuple):
    """A function's steps, where its labels are in them, and what is read first from each on."""

    steps: list[_Step]
    places: dict[str, int]
    live: list[int]
    maybe: list[int]
    """What may be read by a function that is not known, where no argument was set up."""
    held: frozenset[str]
    """Functions that what goes through a register may come to; none where these are not known."""
    named: int
    """Registers as bits that its callers have to set: not those that it only keeps in case there
    are further arguments."""


class Parameters:
    """How many parameters there are at each label."""

    def __init__(self, found: Units, declared: Mapping[str, int] | None = None) -> None:
        """`declared`: symbol → how many registers its function takes, whether it reads them."""
        self.found = found
        self.declared = declared or {}
        shown = [tuple(_shown(item for item in unit.items)) for unit in found.units]
        everywhere = set().union(*shown)
        held = _Held(found, shown)
        self.flows = [
            _flow(unit, found, everywhere, held.by(index)) for index, unit in enumerate(found.units)
        ]
        self.everywhere = frozenset(filter(held.is_function, everywhere))
        self.callers: dict[int, set[int]] = {}
        for index, flow in enumerate(self.flows):
            for label in (label for step in flow.steps for label in step.calls):
                self.callers.setdefault(found.home[label], set()).add(index)
        self.through = [
            index for index, flow in enumerate(self.flows)
            if any(step.through for step in flow.steps)
        ]  # fmt: skip
        self.read_by: dict[frozenset[str], int] = {}
        """Functions → the registers that any of them reads."""
        self.settle([index for index, flow in enumerate(self.flows) if flow.steps])
        while self.found_more():
            self.settle(list(self.through))

    def found_more(self) -> bool:
        """Find what is read behind what goes through registers; whether there is more than was."""
        before = dict(self.read_by)
        for held in {self.everywhere, *(self.flows[index].held for index in self.through)}:
            self.read_by[held] = 0
            for label in held:
                self.read_by[held] |= self.at(label)
        return self.read_by != before

    def settle(self, waiting: list[int]) -> None:
        """Follow some units, and all that go to one of which more is known then."""
        while waiting:
            index = waiting.pop()
            flow = self.flows[index]
            before = [*flow.live, *flow.maybe]
            self.follow(flow)
            if [*flow.live, *flow.maybe] != before:
                waiting += self.callers.get(index, ())

    def of(self, index: int, label: str = "") -> int:
        """The number of parameters of a unit, or where it is entered at a label."""
        flow = self.flows[index]
        if not flow.steps:
            return 0
        start = flow.places[label] if label else 0
        read = flow.live[start] | flow.maybe[start]
        count = COUNT if _takes_more(flow, start) else (read >> A0).bit_length()
        return self.declared.get(label or self.found.units[index].symbol, count)

    def at(self, label: str) -> int:
        """The registers that a function surely reads, entered at a label."""
        flow = self.flows[self.found.home[label]]
        if not flow.steps:
            return 0
        start = flow.places[label]
        return flow.live[start] & (flow.named if start == 0 else _ARGUMENTS)

    def maybe_at(self, label: str) -> int:
        """The registers that it may read beside these."""
        flow = self.flows[self.found.home[label]]
        return flow.maybe[flow.places[label]] if flow.steps else 0

    def follow(self, flow: _Flow) -> None:
        """Find for each step the registers that are read first from it on."""
        live, maybe = flow.live, flow.maybe
        known, unknown = self.read_by.get(flow.held, 0), self.read_by.get(self.everywhere, 0)
        if flow.held:
            unknown = 0
        for _ in range(_ROUNDS):
            changed = False
            for number in range(len(flow.steps) - 1, -1, -1):
                step = flow.steps[number]
                behind = perhaps = 0
                called, may = (known, unknown) if step.through else (0, 0)
                for after in step.after:
                    behind |= live[after]
                    perhaps |= maybe[after]
                for label in step.calls:
                    called |= self.at(label)
                    may |= self.maybe_at(label)
                if step.writes & _ARGUMENTS:
                    perhaps = 0
                now = (step.reads | behind & ~step.writes | called) & _ARGUMENTS
                changed = changed or (now, may | perhaps) != (live[number], maybe[number])
                live[number], maybe[number] = now, may | perhaps
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


def _shown(items: Iterable[Item]) -> Iterator[str]:
    """The labels that items make addresses of, to which a jump through a register may go."""
    for item in items:
        if isinstance(item.content, (Code, Data)):
            jumps = isinstance(item.content, Code) and goes_elsewhere(item.content)
            gone_to = {*controlled(item)} if jumps else ()
            yield from (name for name in references(item) if name not in gone_to)


class _Held:
    """The functions whose addresses are within reach of a unit."""

    def __init__(self, found: Units, shown: Sequence[Sequence[str]]) -> None:
        self.found = found
        self.shown = shown

    def is_function(self, label: str) -> bool:
        """Whether a function begins at a label."""
        home = self.found.home.get(label)
        if home is None or not self.found.units[home].is_code:
            return False
        unit = self.found.units[home]
        return self.found.first(label) in (unit.symbol, *unit.entries)

    def by(self, index: int) -> frozenset[str]:
        """Those that a unit's own code holds, or data that it names, or data that these name."""
        held: set[str] = set()
        seen, waiting = {index}, [index]
        while waiting:
            for label in self.shown[waiting.pop()]:
                home = self.found.home.get(label)
                if self.is_function(label):
                    held.add(label)
                elif home is not None and home not in seen and not self.found.units[home].is_code:
                    seen.add(home)
                    waiting.append(home)
        return frozenset(held)


def _flow(unit: Unit, found: Units, shown: set[str], held: frozenset[str]) -> _Flow:
    """The instructions of a function with what follows each; nothing of data.

    `shown`: the labels to which jumps through registers may go, `held`: the functions among them
    that this unit may know.
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
    count = len(steps) + 1
    return _Flow(steps, places, [0] * count, [0] * count, held, _named(codes))


def _named(codes: list[Code]) -> int:
    """The registers that a function takes for certain, as bits: where it keeps the last ones side
    by side right below the arguments on the stack, those in front of these (psABI, 2.1)."""
    places = {int(SP): 0}
    kept: dict[int, int] = {}
    for code in codes:
        effects = effects_of(code)
        if effects is None or effects.control != NEXT:
            break
        for access in effects.accesses:
            base = access.base
            if base is not None and base[0] in places and isinstance(access.value, Read):
                kept.setdefault(access.value.number, places[base[0]] + base[1])
        made = _moved(code)
        start = places.get(made[1]) if made is not None else None
        for register in [register for register in places if effects.writes >> register & 1]:
            del places[register]
        if made is not None and start is not None:
            places[made[0]] = start + made[2]
    first = COUNT
    while first and kept.get(A0 + first - 1) == 4 * (first - 1 - COUNT):
        first -= 1
    return (1 << A0 + first) - 1


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
        return _Step(0, 0, inside, outside, False, None, -1)
    after = {
        JUMP: inside, BRANCH: (*behind, *inside), CALL: behind, END: (), INDIRECT: table,
    }.get(effects.control, behind)  # fmt: skip
    if effects.control == CALL:
        # A routine within: its own steps are followed, too.
        after = (*after, *inside)
    calls = outside if effects.control in (JUMP, BRANCH, CALL) else ()
    returns = any(effects.reads >> register & 1 for register in LINKS)
    leads = effects.control == CALL or (effects.control == INDIRECT and not table)
    through = leads and not returns and not names
    # Millicode, which another register links, leaves the arguments as they are (psABI).
    writes = _ARGUMENTS if effects.links == RA else effects.writes
    made = _moved(code)
    moved = 0 if not effects.writes >> SP & 1 else made[2] if made and made[1] == SP else None
    if effects.links not in (ZERO, RA):
        moved = None  # millicode may do so
    above = [
        access.base[1] for access in effects.accesses
        if access.loads and access.base is not None and access.base[0] == SP
    ]  # fmt: skip
    return _Step(effects.reads, writes, after, calls, through, moved, max(above, default=-1))


def _moved(code: Code) -> tuple[int, int, int] | None:
    """The register that an instruction writes, the one that this is counted from, and how far,
    where that is told by a number in it."""
    if code.row is None or code.row.is_pseudo:
        return None
    for step in Instruction(code.row, code.values).steps:
        if isinstance(step, Write) and isinstance(step.value, Operation) and step.value.name == "+":
            base, by = step.value.operands
            if isinstance(base, Read) and isinstance(by, Constant):
                return step.number, base.number, signed(by.value)
    return None
