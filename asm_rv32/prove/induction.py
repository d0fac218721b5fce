"""Two functions whose loops run side by side: the same for every number of rounds, by induction.

Input: a `Question` between two pieces of machine code. Output: whether they are proved equal.
Method: runs show where the loops meet and what holds there each time (`prove/alignment.py`,
`prove/relation.py`). That it holds where a loop is entered is so by its making; that one round of
both keeps it, and that both leave together and then give the same, is proved. What is not kept is
dropped, and the rest proved anew.
Invariant: a relation that is not proved is not used. Every way on from a meeting, of either
function, is followed to the next one; two ways that do not fit are proved to be impossible
together.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import islice
from typing import NamedTuple

import z3

from asm_rv32.isa.image import Image
from asm_rv32.machine.memory import CODE, STOP
from asm_rv32.prove.alignment import Alignment, Meeting, alignments, loops_vary
from asm_rv32.prove.blocks import Unreadable
from asm_rv32.prove.decision import decide
from asm_rv32.prove.elimination import eliminate, zeros
from asm_rv32.prove.open_call import PATIENCE, OpenCall, OpenExecution, OpenPath
from asm_rv32.prove.question import Question
from asm_rv32.prove.relation import Entry, Relation, courses, limits
from asm_rv32.prove.sides import SECOND, Code, assumed_of, compared, truth_of
from asm_rv32.prove.solver import Reader, is_possible
from asm_rv32.prove.term import Term
from asm_rv32.prove.terms import Terms
from asm_rv32.prove.traces import Trace, may_loop, traces
from asm_rv32.prove.verdict import EQUAL
from asm_rv32.prove.watch import Watch, watch

ALIGNMENTS = 4
"""Ways to hold loops against each other that are tried."""
FEW = 5
"""Runs that show whether there is a loop to be proved at all."""
WEAKENED = 40
"""So often a relation may be weakened."""
MOMENT = 5.0
"""Seconds' work for what is to be kept, put to z3 as it is."""
LONGER = 10.0
"""Seconds for it by sweeping."""
STOPPED = STOP - CODE


class Refused(Exception):
    """The loops are not proved to be the same, with the reason."""


class Weaker(Exception):
    """A round does not keep some of what was guessed."""

    def __init__(self, loop: Loop, parts: Iterable[Hashable]) -> None:
        super().__init__()
        self.loop = loop
        self.parts = frozenset(parts)


class Loop(NamedTuple):
    """A loop that is being proved, as it was entered."""

    relation: Relation
    kept: frozenset[int]
    """Memories that no round is taken to change."""
    words: frozenset[tuple[int, int]]
    """Of which side what bytes besides these are not what they were at the entry."""


def prove_loops(question: Question, limits: Watch) -> list[str]:
    """What is assumed where two pieces of machine code are proved to do the same, however often
    their loops go round. Raises Refused, with the reason, where that is not proved."""
    one, other = question.one, question.other
    assert isinstance(other, Image)
    if not (may_loop(one) or may_loop(other)):
        raise Refused("there is no loop")
    more = traces((one, other), question.values, question.settings, limits)
    runs = [*islice(more, FEW)]
    if not any(loops_vary([run[side].places for run in runs]) for side in (0, 1)):
        raise Refused("no loop's rounds depend on what is unknown")
    runs += more
    together = [(each[0].places, each[1].places) for each in runs]
    refused = Refused("no runs show how their loops belong together")
    for alignment in islice(alignments(together), ALIGNMENTS):
        limits.say("their loops are held against each other")
        try:
            return Induction(question, alignment, runs, limits).prove()
        except Refused as error:
            refused = error
        if limits.is_over:
            break
    raise refused


class Induction:
    """One attempt."""

    def __init__(
        self, question: Question, alignment: Alignment, runs: Sequence[tuple[Trace, ...]],
        limits: Watch,
    ) -> None:  # fmt: skip
        assert isinstance(question.other, Image)
        self.terms = Terms()
        self.call = OpenCall(question.values, question.one, self.terms, question.may_alias)
        self.sides = [
            Code(question.one, question.settings),
            Code(question.other, question.settings, SECOND),
        ]
        self.is_truth = question.one.returns == "bool"
        self.alignment = alignment
        self.limits = limits
        self.executions = [side.execution(self.call, limits, OpenExecution) for side in self.sides]
        self.evidence = _evidence(alignment, runs)
        self.open: list[Loop] = []
        self.named = 0
        self.assumed: list[str] = []

    def prove(self) -> list[str]:
        """What is assumed of it. Raises Refused."""
        starts = [
            execution.begin(self.call, side.registers(self.call), side.entry)
            for side, execution in zip(self.sides, self.executions)
        ]
        self._go_on((starts[0], starts[1]), None)
        return self.assumed

    # ---- from one meeting to the next

    def _go_on(self, states: tuple[OpenPath, OpenPath], loop: Loop | None) -> None:
        """All that may follow, to the next meeting: each way of the one function, and of the other
        what inputs that take it do there. The one that goes round less is the first."""
        counts = self.alignment.steps[loop.relation.meeting] if loop else (1, 1)
        first = 0 if counts[0] < counts[1] else 1
        for near in self._rounds(first, states[first], counts[first], loop):
            path = states[1 - first].copy()
            path.conditions = _conditions(path, near)
            for far in self._rounds(1 - first, path, counts[1 - first], loop):
                if self.limits.is_over:
                    raise Refused("its time ran out")
                one, other = (far, near) if first else (near, far)
                returned = [path.offset == STOPPED for path in (one, other)]
                if not any(returned):
                    self._met(one, other)
                    continue
                for last in self._to_return(0, one, other.conditions):
                    for end in self._to_return(1, other, last.conditions):
                        self._returned(last, end)

    def _to_return(
        self, side: int, path: OpenPath, conditions: Iterable[Term]
    ) -> Iterable[OpenPath]:
        """Where one function returns, once the other has, or soon will. Raises Refused."""
        start = path.copy()
        start.conditions = tuple(dict.fromkeys((*path.conditions, *conditions)))
        waiting, most = [(start, 0)], self.alignment.most(side)
        while waiting:
            path, done = waiting.pop()
            if path.offset == STOPPED:
                yield path
            elif done == most:
                raise Refused("one may return while the other goes on")
            else:
                waiting += [(end, done + 1) for end in self._until(side, path)]

    def _until(self, side: int, path: OpenPath) -> list[OpenPath]:
        """Where one function may be at its next cut, or its return. Raises Refused."""
        try:
            found: list[OpenPath] = self.executions[side].until(
                path.copy(), self.alignment.cuts[side]
            )
        except Unreadable as error:
            raise Refused(self.sides[side].told(error)) from None
        return found

    def _met(self, one: OpenPath, other: OpenPath) -> None:
        meeting = one.offset, other.offset
        for loop in reversed(self.open):
            if loop.relation.meeting == meeting:
                self._kept(loop, one, other)
                return
        if meeting not in self.alignment.steps:
            where = " and ".join(side.line(at) for side, at in zip(self.sides, meeting))
            raise Refused(f"they may come together to {where}, which no run does")
        dropped: frozenset[Hashable] = frozenset()
        for _ in range(WEAKENED):
            loop = self._entered(meeting, (one, other), dropped)
            self.open.append(loop)
            try:
                self._go_on(loop.relation.now, loop)
            except Weaker as weaker:
                if weaker.loop is not loop:
                    raise
                dropped |= weaker.parts
            else:
                return
            finally:
                self.open.pop()
        raise Refused("no relation of its loops is kept")

    def _rounds(self, side: int, start: OpenPath, count: int, loop: Loop | None) -> list[OpenPath]:
        """Where one function may be after it went round so often, or left the loop."""
        if loop is None and start.offset in self.alignment.cuts[side]:
            return [start]
        waiting, ends = [(start, 0)], []
        while waiting:
            path, done = waiting.pop()
            for end in self._until(side, path):
                if loop and end.offset == loop.relation.meeting[side] and done + 1 < count:
                    waiting.append((end, done + 1))
                else:
                    ends.append(end)
        return ends

    # ---- what holds at a meeting

    def _entered(
        self, meeting: Meeting, entry: tuple[OpenPath, OpenPath], dropped: frozenset[Hashable]
    ) -> Loop:
        """A loop with all that was guessed of it but what was dropped."""
        self.named += 1
        together = _conditions(*entry)
        entry = entry[0].copy(), entry[1].copy()
        for path in entry:
            path.conditions = together
        for around in self.open:
            self._eliminate(around.relation, entry)
        together = entry[0].conditions
        entries = self.evidence.get(meeting, [])
        places = [
            (side, register)
            for side, path in enumerate(entry)
            for register in range(len(path.registers))
            if (side, register) not in dropped
        ]
        known = courses(entries, places)
        relation = Relation(self.terms, meeting, entry, known, f"loop {self.named}")
        relation.bound(each for each in limits(entries, known) if each not in dropped)
        kept = set()
        for number in range(len(self.call.memories)):
            one, other = (path.memories[number] for path in relation.now)
            if ("memory", number) not in dropped:
                kept.add(number)
                continue
            fresh = self.terms.make("memory", (), (self.named, number))
            same = ("apart", number) not in dropped and self._holds(together, one, other)
            for side, path in enumerate(relation.now):
                apart = self.terms.make("memory", (), (self.named, number, side))
                path.memories[number] = fresh if same else apart
        words = set()
        for part in dropped:
            if isinstance(part, tuple) and part[0] == "byte":
                _, side, address = part
                words.add((side, address))
                name = f"loop {self.named} {side} byte {address:#x}"
                relation.now[side].bytes[address] = self.terms.unknown(name, 255), 0
        return Loop(relation, frozenset(kept), frozenset(words))

    def _eliminate(self, relation: Relation, states: tuple[OpenPath, OpenPath]) -> None:
        """Write states without a loop's count of rounds, where it is over and known."""
        count, conditions = relation.rounds, states[0].conditions
        known = zeros(conditions, count)
        for most in [] if known else [*relation.limits.values()][:1]:
            if self._holds(conditions, count, most):
                known = [self.terms.sum([(count, 1), (most, -1)])]
        for zero in known[:1]:
            eliminate(self.terms, states, count, zero)

    def _kept(self, loop: Loop, *states: OpenPath) -> None:
        """That a round keeps what holds. Raises Weaker."""
        one, other = states
        together = _conditions(one, other)
        pairs, truths = loop.relation.later((one, other))
        lost: list[Hashable] = [
            limit
            for limit, truth in truths.items()
            if self._is_possible((*together, self.terms.not_(truth)))
        ]
        lost += [place for place, pair in pairs.items() if not self._holds(together, *pair)]
        for number in range(len(self.call.memories)):
            ours, theirs = (path.memories[number] for path in states)
            first, second = (path.memories[number] for path in loop.relation.entry)
            now, at_once = (path.memories[number] for path in loop.relation.now)
            if number in loop.kept:
                if ours is not first or theirs is not second:
                    lost.append(("memory", number))
            elif now is at_once and not self._holds(together, ours, theirs):
                lost.append(("apart", number))
        for side, path in enumerate(states):
            before = loop.relation.now[side]
            for address in {**path.bytes, **before.bytes}:
                if (side, address) not in loop.words and path.byte(address) != before.byte(address):
                    lost.append(("byte", side, address))
        if lost:
            raise Weaker(loop, lost)

    def _returned(self, *states: OpenPath) -> None:
        """That both give the same. Raises Refused."""
        together = _conditions(*states)
        ends = [side.ended(path) for side, path in zip(self.sides, states)]
        one, other = ends
        self.assumed = assumed_of(self.sides, ends)
        named = compared(self.call, one, other)
        for number, memories in enumerate(zip(*(path.memories for path in states))):
            arrays = [each.name for each in self.call.open if each.memory == number]
            named[" or ".join(arrays)] = memories
        for name, (first, second) in named.items():
            if name == "the result" and self.is_truth:
                first, second = (truth_of(self.terms, each) for each in (first, second))
            if not self._holds(together, first, second):
                raise Refused(f"{name} is not proved to be the same behind the loops")

    # ---- proofs

    def _is_possible(self, conditions: Sequence[Term]) -> bool:
        return is_possible(conditions, self.limits, PATIENCE)

    def _holds(self, conditions: Sequence[Term], one: Term, other: Term) -> bool:
        """Whether a pair is proved equal where all conditions hold."""
        if one is other:
            return True
        held = [each.samples for each in conditions]
        for at, (first, second) in enumerate(zip(one.samples, other.samples)):
            if first != second and all(samples[at] for samples in held):
                return False
        reader = Reader()
        facts = [reader.word(each) == 1 for each in conditions]
        facts.append(reader.word(one) != reader.word(other))
        solver = reader.solver(self.limits.left, MOMENT)
        solver.add(*facts)
        answer = solver.check()
        if answer != z3.unknown:
            return bool(answer == z3.unsat)
        if one.form in ("memory", "store"):
            return False
        truth = self.terms.one
        for each in conditions:
            truth = self.terms.and_(truth, each)
        pair = self.terms.choice(truth, one, other), other
        left = watch(min(LONGER, self.limits.left))
        return decide(self.terms, {"it": pair}, left).verdict == EQUAL


def _conditions(*paths: OpenPath) -> tuple[Term, ...]:
    """What holds on all of some ways."""
    return tuple(dict.fromkeys(each for path in paths for each in path.conditions))


def _evidence(
    alignment: Alignment, runs: Sequence[tuple[Trace, ...]]
) -> dict[Meeting, list[Entry]]:
    """Of each meeting what both sides' registers were, each time that its loop was gone through."""
    found: dict[Meeting, list[list[tuple[Sequence[int], Sequence[int]]]]] = {}
    for one, other in runs:
        moments = list(alignment.meetings(one.places, other.places))
        registers = [
            side.registers([each[at] for each in moments]) for at, side in enumerate((one, other))
        ]
        last: dict[Meeting, tuple[int, int]] = {}
        for moment, ours, theirs in zip(moments, *registers):
            meeting = one.places[moment[0]], other.places[moment[1]]
            before = last.get(meeting)
            last[meeting] = moment
            entries = found.setdefault(meeting, [])
            stays = before is not None and all(
                place in alignment.bodies[at][meeting[at]]
                for at, trace in enumerate((one, other))
                for place in trace.places[before[at] : moment[at]]
            )
            if not stays:
                entries.append([])
            entries[-1].append((ours, theirs))
    return {meeting: [*entries] for meeting, entries in found.items()}
