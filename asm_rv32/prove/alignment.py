"""Two functions' loops side by side: where runs of both can be held against each other.

Input: traces of both. Output: an `Alignment`: the places in loops at which the two meet, and how
often each goes round from one meeting to the next.
Invariant: what is found here is a guess, which `prove/induction.py` proves or drops.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise, product
from typing import NamedTuple

from asm_rv32.analysis.flow import components

ROUNDS = (1, 2, 4, 8, 3, 16, 5, 6, 7, 10, 12, 32)
"""So many of one loop may be one of another."""
WHOLE = 64
"""Rounds of a loop that is gone through."""
BUDGET = 100_000
"""Meetings of a search for steps."""
CHOICES = 300
"""Ways to place the meetings that are tried."""
Meeting = tuple[int, int]
"""A place in either function."""
Words = tuple[Sequence[int], Sequence[int]]
"""The cuts that a run of either function goes through."""
Steps = Mapping[Meeting, tuple[int, int]]
"""How often either goes round from a meeting to the next."""


class Loop(NamedTuple):
    """A loop that runs went through."""

    body: frozenset[int]
    places: tuple[int, ...]
    """Where it may be cut, those behind a way out first."""
    counts: frozenset[int]
    """How often runs go round it, each time that they enter it."""

    @property
    def is_whole(self) -> bool:
        """Whether it always goes round the same few times: it can be gone through."""
        return len(self.counts) == 1 and max(self.counts) <= WHOLE


class Alignment(NamedTuple):
    """Where two functions meet."""

    cuts: tuple[frozenset[int], frozenset[int]]
    """Of either function: the places that all of its loops go through."""
    steps: Steps
    bodies: tuple[Mapping[int, frozenset[int]], Mapping[int, frozenset[int]]]
    """Of either: a cut → the loop that it is in."""

    def most(self, side: int) -> int:
        """How often a function goes round from one meeting to the next, at most."""
        return max(step[side] for step in self.steps.values())

    def meetings(self, one: Sequence[int], other: Sequence[int]) -> Iterator[tuple[int, int]]:
        """The moments at which two runs meet."""
        moments = [
            [at for at, place in enumerate(places) if place in cuts]
            for places, cuts in zip((one, other), self.cuts)
        ]
        words = [one[at] for at in moments[0]], [other[at] for at in moments[1]]
        a = b = 0
        while a < len(words[0]) and b < len(words[1]):
            yield moments[0][a], moments[1][b]
            step = self.steps[words[0][a], words[1][b]]
            a, b = _onward(words[0], a, step[0]), _onward(words[1], b, step[1])


def alignments(
    runs: Sequence[tuple[Sequence[int], Sequence[int]]],
) -> Iterator[Alignment]:
    """Ways in which all runs meet, from their start to their end; the plainest first."""
    loops = [_loops([run[side] for run in runs]) for side in (0, 1)]
    if not all(loops):
        return
    ways = list(islice(product(*(_cuts(each) for each in loops)), CHOICES))
    for search in (Search((1,), 0), Search(ROUNDS, 0), Search(ROUNDS, 1)):
        for ours, theirs in ways:
            words = [
                ([at for at in one if at in ours], [at for at in other if at in theirs])
                for one, other in runs
            ]
            words.sort(key=lambda each: len(each[0]) + len(each[1]))
            steps = search.aligned(words)
            if steps and (
                len(search.rounds) == 1 or any(each != (1, 1) for each in steps.values())
            ):
                yield Alignment((frozenset(ours), frozenset(theirs)), steps, (ours, theirs))


def loops_vary(runs: Sequence[Sequence[int]]) -> bool:
    """Whether runs of one function go round a loop of it more or less often."""
    return any(len(loop.counts) > 1 for loop in _loops(runs))


def _cuts(loops: Sequence[Loop]) -> Iterator[Mapping[int, frozenset[int]]]:
    """Ways to cut all loops; then those that leave some whole, which are gone through."""
    for left_whole in (False, True):
        options = [
            [
                *((place, loop.body) for place in loop.places),
                *([None] if left_whole and loop.is_whole else []),
            ]
            for loop in loops
        ]
        for chosen in product(*options):
            found = dict(each for each in chosen if each)
            if found and (None in chosen) == left_whole:
                yield found


def _onward(word: Sequence[int], at: int, count: int) -> int:
    """Where a run is after it went on so often from one place, or left that for another."""
    start = word[at]
    for _ in range(count):
        at += 1
        if at == len(word) or word[at] != start:
            break
    return at


class Search:
    """One search for steps with which all runs end on both sides at once."""

    def __init__(self, rounds: Sequence[int], left: int) -> None:
        """`rounds`: numbers of rounds of one for one of the other; `left`: with 1, some of them
        may be left when the other has returned, less than there are in a step."""
        self.rounds = rounds
        self.left = left
        self._budget = 0

    def aligned(self, words: Sequence[Words]) -> Steps | None:
        """The steps for the cuts that runs go through."""
        self._budget = BUDGET
        return self._from(words, (0, 0, 0), {})

    def _from(
        self, words: Sequence[Words], start: tuple[int, int, int], steps: Steps
    ) -> Steps | None:
        run, a, b = start
        while run < len(words):
            one, other = words[run]
            self._budget -= 1
            if self._budget < 0:
                return None
            if a == len(one) or b == len(other):
                if not self._is_end(len(one) - a, len(other) - b, steps):
                    return None
                run, a, b = run + 1, 0, 0
                continue
            meeting = one[a], other[b]
            if meeting not in steps:
                for step in self._steps():
                    found = self._from(words, (run, a, b), {**steps, meeting: step})
                    if found is not None:
                        return found
                return None
            step = steps[meeting]
            a, b = _onward(one, a, step[0]), _onward(other, b, step[1])
        return steps

    def _is_end(self, ours: int, theirs: int, steps: Steps) -> bool:
        """Whether a run may end with so much left of both."""
        if not self.left:
            return not ours and not theirs
        most = [max((step[side] for step in steps.values()), default=1) for side in (0, 1)]
        return ours < most[0] and theirs < most[1]

    def _steps(self) -> Iterator[tuple[int, int]]:
        for count in self.rounds:
            yield count, 1
            if count > 1:
                yield 1, count


# ---- loops


def _loops(runs: Sequence[Sequence[int]]) -> list[Loop]:
    """The loops of one function, the outer ones first."""
    ways: dict[int, set[int]] = {}
    first: dict[int, int] = {}
    for run in runs:
        for at, following in pairwise(run):
            ways.setdefault(at, set()).add(following)
        for place in run:
            first.setdefault(place, len(first))
            ways.setdefault(place, set())
    found = []
    for loop in _inner(ways, first, set(ways)):
        counts = frozenset(count for run in runs for count in _rounds(run, loop))
        found.append(loop._replace(counts=counts))
    return found


def _rounds(run: Sequence[int], loop: Loop) -> Iterator[int]:
    """How often a run goes round, each time that it enters a loop."""
    count = 0
    for place in run:
        if place in loop.body:
            count += place == loop.places[0]
        elif count:
            yield count
            count = 0


def _inner(
    ways: Mapping[int, set[int]], first: Mapping[int, int], among: set[int]
) -> Iterator[Loop]:
    for body in _components(ways, among):
        head = min(body, key=first.__getitem__)
        behind = [
            following
            for at in sorted(body)
            if ways[at] - body
            for following in sorted(ways[at] & body)
        ]
        yield Loop(frozenset(body), tuple(dict.fromkeys([*behind, head])), frozenset())
        yield from _inner(ways, first, body - {head})


def _components(ways: Mapping[int, set[int]], among: set[int]) -> Iterator[set[int]]:
    """The greatest sets of places each of which is reached from each."""
    places = sorted(among)
    numbers = {place: number for number, place in enumerate(places)}
    successors = [
        tuple(numbers[target] for target in sorted(ways[place] & among)) for place in places
    ]
    for component in components(successors):
        found = {places[number] for number in component}
        if len(found) > 1 or found & ways[min(found)]:
            yield found
