"""What holds of two functions each time that their loops meet: guessed from runs, as terms.

Input: the registers of both at all meetings of some runs, and the state in which a loop is entered.
Output: a `Relation`: both states at any meeting, over a count of rounds and as few unknowns as
describe them, and what has to hold one round later.
Invariant: a guess; `prove/induction.py` proves that each round keeps it, or has it weakened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from asm_rv32.isa.words import SIGN, WORD
from asm_rv32.prove.alignment import Meeting
from asm_rv32.prove.open_call import OpenPath
from asm_rv32.prove.sweep import Pair
from asm_rv32.prove.term import Term
from asm_rv32.prove.terms import Terms

LIMITS = 6
"""Bounds of a count of rounds that are tried."""
Place = tuple[int, int]
"""A side, 0 or 1, and a register of it."""
Entry = Sequence[tuple[Sequence[int], Sequence[int]]]
"""The registers of both sides at each meeting while a loop goes on."""


class Course(NamedTuple):
    """How a register changes from its value at the entry."""

    stride: int = 0
    """By so much each round."""
    others: Mapping[Place, int] = {}
    """By so many times what others, of which only that is known, have changed."""


def courses(entries: Sequence[Entry], places: Iterable[Place]) -> dict[Place, Course]:
    """How registers change in all runs; those that are missing change by themselves."""
    rounds = [at for entry in entries for at in range(1, len(entry))]
    first = rounds.index(1) if rounds else 0
    found: dict[Place, Course] = {}
    left: list[tuple[int, Place, list[int]]] = []
    for place in places:
        side, register = place
        changes = [
            now[side][register] - entry[0][side][register] & WORD
            for entry in entries
            for now in entry[1:]
        ]
        stride = changes[first] if changes else 0
        if all(change == stride * at & WORD for change, at in zip(changes, rounds)):
            found[place] = Course(stride)
        else:
            # What is even in all runs may be a multiple of something, and never the reverse.
            left.append((min(_twos(each) for each in changes), place, changes))
    span = _Span()
    span.add(None, rounds)
    for _, place, changes in sorted(left):
        known = span.of(changes)
        if known is None:
            span.add(place, changes)
        else:
            others = {each: by for each, by in known.items() if each is not None}
            found[place] = Course(known.get(None, 0), others)
    return found


class _Span:
    """Columns of words, and what is a sum of multiples of them."""

    def __init__(self) -> None:
        self._rows: list[tuple[list[int], int, dict[Place | None, int]]] = []
        """Columns, each with a place where it is least divisible by two; what it consists of."""

    def of(self, column: Sequence[int]) -> dict[Place | None, int] | None:
        """What a column consists of; None where it is no sum of those here."""
        rest, parts = self._reduced(column)
        return None if any(rest) else parts

    def add(self, name: Place | None, column: Sequence[int]) -> None:
        """A column that is no such sum."""
        rest, parts = self._reduced(column)
        if any(rest):
            at = min((_twos(word), at) for at, word in enumerate(rest))[1]
            combined = {each: -by for each, by in parts.items()}
            combined[name] = combined.get(name, 0) + 1
            self._rows.append((rest, at, combined))

    def _reduced(self, column: Sequence[int]) -> tuple[list[int], dict[Place | None, int]]:
        rest = list(column)
        parts: dict[Place | None, int] = {}
        for row, at, combined in self._rows:
            twos = _twos(row[at])
            if _twos(rest[at]) < twos or not rest[at]:
                continue
            by = (rest[at] >> twos) * pow(row[at] >> twos, -1, WORD + 1) & WORD
            rest = [word - by * other & WORD for word, other in zip(rest, row)]
            for each, times in combined.items():
                parts[each] = parts.get(each, 0) + by * times & WORD
        return rest, {each: by for each, by in parts.items() if by}


def _twos(word: int) -> int:
    """How often a word can be halved."""
    return (word & -word).bit_length() - 1 if word else 32


class Limit(NamedTuple):
    """A count of rounds is less than, or at most, the distance of two registers by a step."""

    low: Place
    high: Place
    step: int
    is_less: bool


def limits(entries: Sequence[Entry], known: Mapping[Place, Course]) -> list[Limit]:
    """Those that hold in all runs; the tightest first."""
    plain = [(place, course.stride) for place, course in known.items() if not course.others]
    found: dict[tuple[object, ...], tuple[int, Limit]] = {}
    for low, stride in plain:
        for high, other in plain:
            step = stride - other & WORD
            if low[0] != high[0] or not 0 < step < SIGN:
                continue
            first = [entry[0][low[0]] for entry in entries]
            away = [registers[high[1]] - registers[low[1]] & WORD for registers in first]
            done = [step * (len(entry) - 1) for entry in entries]
            slack = [far - gone for far, gone in zip(away, done)]
            if min(slack, default=-1) < 0 or min(slack) > 2 * step:
                continue
            is_less = min(slack) > 0
            key = (step, is_less, *away)
            found.setdefault(key, (sum(slack) // step, Limit(low, high, step, is_less)))
    return [limit for _, limit in sorted(found.values())][:LIMITS]


class Relation:
    """Both states at any meeting of a loop, in terms of what is known where it is entered."""

    def __init__(
        self, terms: Terms, meeting: Meeting, entry: tuple[OpenPath, OpenPath],
        known: Mapping[Place, Course], name: str,
    ) -> None:  # fmt: skip
        """`known`: registers of whose change something is known; `name`: of its unknowns."""
        self.terms = terms
        self.meeting = meeting
        self.entry = entry
        self.known = known
        self.rounds = terms.unknown(f"{name} rounds")
        self.limits: dict[Limit, Term] = {}
        """Each with the most that the count of rounds can be."""
        self.now = entry[0].copy(), entry[1].copy()
        """The states at a meeting."""
        self.fresh = {
            (side, register): terms.unknown(f"{name} {side} x{register}")
            for side, path in enumerate(entry)
            for register in range(1, len(path.registers))
            if (side, register) not in known
        }
        for side, path in enumerate(self.now):
            path.registers = [
                self.value((side, register), self.rounds, self.fresh.__getitem__)
                for register in range(len(path.registers))
            ]

    def value(self, place: Place, rounds: Term, now: Callable[[Place], Term]) -> Term:
        """A register after so many rounds, where those that change by themselves are `now`."""
        course = self.known.get(place)
        if course is None:
            return now(place) if place[1] else self.terms.zero
        summands = [(self._first(place), 1), (rounds, course.stride)]
        for other, by in course.others.items():
            summands += [(now(other), by), (self._first(other), -by)]
        return self.terms.sum(summands)

    def _first(self, place: Place) -> Term:
        return self.entry[place[0]].registers[place[1]]

    def bound(self, several: Iterable[Limit]) -> None:
        """Take it that the count of rounds is within some limits."""
        terms = self.terms
        for limit in several:
            apart = terms.sum(
                [(self._first(limit.high), 1), (self._first(limit.low), -1)], -limit.is_less
            )
            most = terms.quotient(apart, terms.constant(limit.step))
            self.limits[limit] = most
            for path in self.now:
                path.conditions = (*path.conditions, self.within(most, self.rounds))

    def within(self, most: Term, rounds: Term) -> Term:
        """Whether a count of rounds is at most that."""
        return self.terms.not_(self.terms.ltu(most, rounds))

    def later(self, states: tuple[OpenPath, OpenPath]) -> tuple[
        dict[Place, Pair], dict[Limit, Term]
    ]:  # fmt: skip
        """What has to hold in the states one round later: pairs that are equal, and truths."""
        rounds = self.terms.sum([(self.rounds, 1)], 1)

        def now(place: Place) -> Term:
            return states[place[0]].registers[place[1]]

        pairs = {place: (now(place), self.value(place, rounds, now)) for place in self.known}
        truths = {limit: self.within(most, rounds) for limit, most in self.limits.items()}
        return pairs, truths
