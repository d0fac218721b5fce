"""Two functions on the same unknown arguments: whether they give the same, for every input.

Input: a `Question`. Output: a `Verdict` with its assumptions; a counterexample is made small, and
run before it is shown.
Invariant: what is compared is all that a caller can see: the result, the buffers, sp, the saved
registers and where it returns to.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

import z3

from asm_rv32.isa.image import Image
from asm_rv32.machine.emulator import at_calls
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.settings import DEFAULT_SETTINGS, Settings
from asm_rv32.prove.blocks import Unreadable
from asm_rv32.prove.call import Call
from asm_rv32.prove.decision import Decision, decide
from asm_rv32.prove.induction import Refused, prove_loops
from asm_rv32.prove.inputs import at_counts, is_tied, tied
from asm_rv32.prove.overlaps import Overlap, overlaps
from asm_rv32.prove.pasted import Outcome, pasted
from asm_rv32.prove.question import SHOWN, Question, Twin
from asm_rv32.prove.sides import (
    SECOND,
    Code,
    End,
    PythonFunction,
    Seen,
    Side,
    assumed_of,
    compared,
    held_at_call,
    truth_of,
)
from asm_rv32.prove.solver import Reader
from asm_rv32.prove.sweep import Pair
from asm_rv32.prove.term import SAMPLES, Term
from asm_rv32.prove.terms import Terms
from asm_rv32.prove.verdict import DIFFERS, EQUAL, UNDECIDED, Verdict
from asm_rv32.prove.watch import Watch, watch
from asm_rv32.prove.wording import worded

TIMEOUT = 60.0
"""Seconds."""
RUN = 1_000_000
"""Instructions after which a run of a counterexample is taken for one that does not end."""
TRIED = 8
"""Sampled inputs that are run before anything is proved."""
REACHING = 5.0
"""Seconds for an input that comes to a certain place."""
FOLLOWING = 0.8
"""Of the time that is left, for one side to be followed; what does not end may still be run."""
INDUCTION = 0.25
"""Of the time, for loops to be proved the same by induction; what is left, to follow them."""
INDUCTION_ALONE = 0.7
"""The same where arrays have no known length."""
LENGTHS = (*range(10), 16, 17, 33)
"""Of arrays that are tried where an induction fails."""
TRIALS = 300
"""Runs in the emulator that a counterexample may take to become small."""
SHRINKING = 0.5
"""Of the time that is left, for that."""


def compare(
    one: Image,
    other: Image | Twin,
    values: Sequence[Any],
    *,
    timeout: float = TIMEOUT,
    settings: Settings = DEFAULT_SETTINGS,
    may_alias: bool = False,
) -> Verdict:
    """Whether two functions do the same for all values of what is unknown in the arguments.

    `timeout`: seconds for all of it. `may_alias`: also where two arrays of unknown items overlap by
    whole items; for a Python function, where they are the same array. Raises TypeError for a wrong
    number of arguments, ValueError for a length that is none of them.
    """
    values = tied(values, one.parameters, one.floats)
    return answer(Question(one, other, values, settings, may_alias), watch(timeout))


def answer(question: Question, limits: Watch) -> Verdict:
    """The verdict on a question. Raises TypeError for a wrong number of arguments."""
    began = time.monotonic()
    most = min(RUN, question.settings.max_instructions)
    question = question._replace(settings=question.settings._replace(max_instructions=most))
    try:
        for image in question.images:
            at_calls(image, question.settings)
    except ExecutionError as error:
        return Verdict(UNDECIDED, reason=f"{error.image.qualified_name}: {error.fault.message}")
    found = _by_induction(question, limits)
    if found.verdict != EQUAL:
        if any(map(is_tied, question.values)):
            found = _by_lengths(question, limits, found.reason or "")
        else:
            found = _bounded(question, limits)
    assumptions = (*question.assumptions(), *found.assumptions)
    return found._replace(assumptions=assumptions, seconds=time.monotonic() - began)


def _by_induction(question: Question, limits: Watch) -> Verdict:
    """The verdict on the loops of machine code, for every number of rounds."""
    if isinstance(question.other, Twin):
        return Verdict(UNDECIDED, reason="loops of a Python function are gone through")
    open_ended = any(map(is_tied, question.values))
    seconds = limits.left * (INDUCTION_ALONE if open_ended else INDUCTION)
    try:
        assumed = prove_loops(question, watch(seconds, limits.say))
    except Refused as error:
        return Verdict(UNDECIDED, reason=str(error))
    except (MemoryError, RecursionError, z3.Z3Exception) as error:
        return Verdict(UNDECIDED, reason=f"the solver gave up: {error or type(error).__name__}")
    return Verdict(EQUAL, tuple(assumed))


def _by_lengths(question: Question, limits: Watch, reason: str) -> Verdict:
    """A difference for arrays of some lengths; undecided where there is none."""
    counts = {each.length.parameter for each in question.values if is_tied(each)}
    equal = []
    for number in LENGTHS:
        known = {at: question.values[at].low + number for at in counts}
        if limits.is_over or any(question.values[at].high < known[at] for at in counts):
            break
        limits.say(f"{reason}; lengths of {number} are tried")
        values = at_counts(question.values, known)
        slice_of_time = watch(limits.left / 4, limits.say)
        found = _bounded(question._replace(values=values), slice_of_time)
        if found.verdict == DIFFERS:
            return found
        if found.verdict == EQUAL:
            equal.append(str(number))
    shown = f"; equal for lengths of {', '.join(equal)}" if equal else ""
    return Verdict(UNDECIDED, reason=reason + shown)


def _bounded(question: Question, limits: Watch) -> Verdict:
    """The verdict by following all of both, for arrays of known lengths."""
    found = _placed(question, limits, None)
    if question.may_alias and found.verdict == EQUAL:
        for overlap in overlaps(question.values, same=isinstance(question.other, Twin)):
            other = _placed(question, limits, overlap)
            if other.verdict != EQUAL:
                return other
    return found


def _placed(question: Question, limits: Watch, overlap: Overlap | None) -> Verdict:
    """The verdict where two arrays overlap so, or none; assumed is what turned out on the way."""
    comparison = Comparison(question, limits, overlap)
    try:
        found = comparison.found()
    except Unreadable as error:
        found = Verdict(UNDECIDED, reason=str(error))
    except (MemoryError, RecursionError, z3.Z3Exception) as error:
        found = Verdict(UNDECIDED, reason=f"the solver gave up: {error or type(error).__name__}")
    if overlap is not None and found.verdict == UNDECIDED:
        where = f"arguments {overlap.one + 1} and {overlap.other + 1} start {overlap.starts} bytes"
        found = found._replace(reason=f"{found.reason}; where {where} into the same memory")
    return found._replace(assumptions=tuple(comparison.assumed))


class Difference(NamedTuple):
    """What a call shows that two functions do differently."""

    text: str
    other: Seen
    """What is seen of the second."""


class Comparison:
    """One question on its way to an answer."""

    def __init__(self, question: Question, limits: Watch, overlap: Overlap | None = None) -> None:
        self.one = question.one
        settings = question.settings
        self.call = Call(question.values, question.one, Terms(), overlap)
        self.limits = limits
        other = question.other
        theirs: Side
        if isinstance(other, Twin):
            theirs = PythonFunction(other)
        else:
            theirs = Code(other, settings, SECOND)
        self.sides: tuple[Side, Side] = Code(question.one, settings), theirs
        self.is_truth = question.one.returns == "bool"
        self.assumed: list[str] = []
        """What turned out on the way."""

    def found(self) -> Verdict:
        """The verdict, without its assumptions. Raises Unreadable."""
        different = self._by_running(islice(self._samples(), TRIED))
        if different is not None:
            return different
        ends: dict[Side, End] = {}
        for side in reversed(self.sides):
            self.limits.say(f"{side.name} is executed")
            try:
                following = watch(FOLLOWING * self.limits.left, self.limits.say)
                ends[side] = side.end(self.call, following)
            except Unreadable as error:
                reaching = self._reaching(error.conditions)
                different = self._by_running(chain(reaching, self._samples()))
                if different is not None:
                    return different
                raise Unreadable(side.told(error)) from None
        found = decide(
            self.call.terms, self._compared(*(ends[side] for side in self.sides)), self.limits
        )
        if found.verdict == DIFFERS:
            return self._replayed(found)
        stuck = [f"{worded(one)} and {worded(other)}" for one, other in found.stuck]
        return Verdict(found.verdict, reason="; ".join([found.reason, *stuck]) or None)

    def _compared(self, ours: End, theirs: End) -> dict[str, Pair]:
        """All that a caller can see, by name, as both have it."""
        found = compared(self.call, ours, theirs)
        self.assumed += assumed_of(self.sides, (ours, theirs))
        if self.is_truth and "the result" in found:
            one, other = found["the result"]
            terms = self.call.terms
            found["the result"] = truth_of(terms, one), truth_of(terms, other)
        return found

    # ---- counterexamples

    def _by_running(self, inputs: Iterable[Mapping[Term, int]]) -> Verdict | None:
        """A counterexample among some inputs; None where there is none."""
        for values in inputs:
            if self.limits.is_over:
                break
            found = self._difference(values)
            if found is not None:
                return self._shown(values, found)
        return None

    def _reaching(self, conditions: Sequence[Term]) -> Iterator[dict[Term, int]]:
        """Values of the unknowns with which a path is taken that could not be followed on."""
        reader = Reader()
        holding = [reader.word(each) == 1 for each in conditions]
        solver = reader.solver(min(REACHING, self.limits.left))
        solver.add(*holding)
        if solver.check() == z3.sat:
            model = solver.model()
            yield {
                term: model.eval(reader.word(term), model_completion=True).as_long() & term.ones
                for terms in self.call.unknown for term in terms
            }  # fmt: skip

    def _samples(self) -> Iterator[dict[Term, int]]:
        for at in range(SAMPLES):
            yield {term: term.samples[at] for terms in self.call.unknown for term in terms}

    def _replayed(self, decision: Decision) -> Verdict:
        """A counterexample that a proof found, once a run has shown that it is one: by arguments
        alone or, where these do not suffice, with what other registers hold at the call. Runs have
        memory where calls usually have it: what other addresses alone show is undecided."""
        values = decision.values
        known = {term: int(values.get(term, 0)) for terms in self.call.unknown for term in terms}
        held = {
            term: int(values[term]) for term in held_at_call(self.call.terms).values()
            if term in values
        }  # fmt: skip
        for inputs in (known, {**known, **held}):
            found = self._difference(inputs)
            if found is not None:
                return self._shown(inputs, found)
        where = [
            f"the address of {each.name} is {int(values[each.start]) * each.unit:#x}"
            for each in self.call.addresses.origins.values() if each.start in values
        ]  # fmt: skip
        if not where:
            return Verdict(UNDECIDED, reason="a run does not show the difference that was found")
        shown = f"{self.call.shown(known.__getitem__)!r:.{SHOWN}}"
        reason = f"it hangs on addresses: {decision.reason} of {shown} where {' and '.join(where)}"
        return Verdict(UNDECIDED, reason=reason)

    def _shown(self, values: Mapping[Term, int], found: Difference) -> Verdict:
        """A counterexample as arguments, made small."""
        registers = {term: name for name, term in held_at_call(self.call.terms).items()}
        trials, limits = TRIALS, watch(SHRINKING * self.limits.left)
        known = dict(values)
        for term, value in values.items():
            without = {each: word for each, word in known.items() if each is not term}
            simpler = ({**known, term: each} for each in _smaller(value))
            for smaller in chain([without] if term in registers else [], simpler):
                if trials == 0 or limits.is_over:
                    break
                trials -= 1
                again = self._difference(smaller)
                if again is not None:
                    known, found = smaller, again
                    break
        held = {name: known[term] for term, name in registers.items() if term in known}
        words = [f"{name} holds {word}" for name, word in held.items()]
        arguments = self.call.shown(known.__getitem__)
        where = f", where {' and '.join(words)} at the call" if words else ""
        test = None if held else self._test(known, found.other)
        return Verdict(DIFFERS, (), arguments, 0.0, found.text + where, test, held)

    def _test(self, known: Mapping[Term, int], other: Seen) -> str | None:
        """The counterexample as a test of the first function."""
        word = other.result if isinstance(other.result, int) else None
        wanted = Outcome(word, isinstance(other.result, str), other.buffers)
        return pasted(self.one, self.call.shown(known.__getitem__), self.sides[1].name, wanted)

    def _difference(self, known: Mapping[Term, int]) -> Difference | None:
        """What the functions do differently with the same arguments; None where nothing."""
        ours, theirs = self.sides
        other = theirs.seen(self.call, known)
        one = ours.seen(self.call, known) if other else None
        if one is None or other is None:
            return None
        results = [one.result, other.result]
        if self.is_truth:
            results = [each != 0 if isinstance(each, int) else each for each in results]
        stopped = [isinstance(each, str) for each in results]
        if any(stopped):
            return None if all(stopped) else Difference(self._results(results), other)
        if None not in results and results[0] != results[1]:
            return Difference(self._results(results), other)
        for number, places in self.call.buffers.items():
            pairs = zip(one.buffers[number], other.buffers[number])
            for at, (first, second) in enumerate(pairs):
                if first != second:
                    where = self.call.region_of(places.start).name
                    left = f"{ours.name} leaves {first:#04x} at {at} of {where}"
                    text = f"{left}, {theirs.name} {second:#04x}"
                    return Difference(text, other)
        return None

    def _results(self, results: Sequence[object]) -> str:
        """What both sides give, in words."""
        given = ["nothing" if each is None else each for each in results]
        return " and ".join(f"{side.name} gives {each}" for side, each in zip(self.sides, given))


def _smaller(value: int) -> Iterable[int]:
    """Simpler values to try in place of one."""
    return [each for each in (0, 1, value & 255, value & 0xFFFF) if each < value]
