"""Addresses of one call: where its memory stands is not known, but how far from there they point.

Input: terms. Output: of an address the place by which an execution keeps what stands there.
Invariant: a place is given for an address that is one unknown start of memory, and a rest; what is
an address in any other way, a number or a sum of two of them, has none. So nothing that is proved
hangs on where the code, the stack, the arrays of a call and its caller are.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Container, Mapping
from typing import NamedTuple

from asm_rv32.isa.words import WORD
from asm_rv32.machine.memory import GAP, Region
from asm_rv32.prove.term import SAMPLES, Term, within
from asm_rv32.prove.terms import Terms

MARGIN = 4096
"""Bytes at either end of the address space in which there is nothing of a call."""
FAR = "the memory of a call is 4 KiB or more from 0 and 2**32"
USUAL = 8
"""Sampled inputs for which memory is where calls have it."""
REACH = GAP // 2
"""Bytes around what belongs to one origin that belong to no other: places are further apart."""
OF_ADDRESSES = {"ltu": "lts", "geu": "ges"}
"""A comparison of addresses → that of their distances from a place not far below them."""
WITH_ZERO = ("eq", "ne", "ltu", "geu")
"""Comparisons with 0 of which no more matters of the other than whether it is 0."""


class Origin(NamedTuple):
    """What has an address that is not known."""

    name: str
    start: Term
    """Its address by `unit`."""
    unit: int
    place: int
    """Where executions and calls have it."""
    low: int
    high: int
    """Where that begins which it belongs to, and its end; as places."""

    def reaches(self, rest: int) -> bool:
        """Whether the place so far from it is nearer to its own memory than to any other's."""
        return (rest + self.place - self.low + REACH & WORD) < self.high - self.low + 2 * REACH


class Placed(NamedTuple):
    """An address as executions keep it."""

    place: Term
    origins: frozenset[Origin]
    """What it may be counted from."""


class Program(NamedTuple):
    """Code, and where it is."""

    code: bytes
    isa: str
    base: int
    """The place of its first byte."""
    start: Term
    """The address of that."""
    moved: Mapping[int, int] = {}
    """Offset of a word in it that is the address of a place in it → the offset of that."""


def counted(
    terms: Terms, address: Term, starts: Container[Term | None]
) -> tuple[Term, int, Term] | None:
    """Of an address that has one of some starts in it: that, how many times, and the rest."""
    for parts in (terms.summands(address), _spread(terms, address)):
        found = [(term, factor) for term, factor in parts if term is not None and term in starts]
        if len(found) == 1:
            [(start, factor)] = found
            constant = sum(by for term, by in parts if term is None)
            others = [(term, by) for term, by in parts if term is not None and term is not start]
            return start, factor, terms.sum(others, constant)
    return None


def _spread(terms: Terms, address: Term, factor: int = 1) -> list[tuple[Term | None, int]]:
    """An address as summands of which none is a sum itself, as one that was shifted is."""
    found: list[tuple[Term | None, int]] = []
    for inner, times in terms.summands(address):
        if inner is None or inner is address or inner.form not in ("sum", "join"):
            found.append((inner, times * factor & WORD))
        else:
            found += _spread(terms, inner, times * factor)
    return found


class Addresses:
    """What of one call has an address."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.origins: dict[Term, Origin] = {}
        self._placed: dict[Term, Placed | None] = {}

    def of(self, name: str, unit: int, place: int, region: Region | None = None) -> Term:
        """An address that is not known, a multiple of `unit`, in the memory of a region; the same
        for the same name. `place`: where it is in executions."""
        low, high = (region.address, region.end) if region else (place, place)
        start = self.terms.unknown(f"(address of {name}) / {unit}", WORD // unit)
        if start not in self.origins:
            self.origins[start] = Origin(name, start, unit, place, low, high)
            choice = random.Random(name)
            least, most = MARGIN + place - low, WORD - MARGIN - (high - place)
            start.sampled([
                place // unit if at < USUAL else choice.randint(least, most) // unit
                for at in range(SAMPLES)
            ])  # fmt: skip
        return self.terms.sum([(start, unit)])

    def near(self, address: Term) -> tuple[Origin, Term] | None:
        """What an address is counted from, and how far it is from there."""
        found = counted(self.terms, address, self.origins)
        if found is None or found[1] != self.origins[found[0]].unit:
            return None
        return self.origins[found[0]], found[2]

    def placed(self, address: Term) -> Placed | None:
        """The place of an address; None where it is not counted from one origin, whatever is
        chosen, or far outside of what belongs to that."""
        if address not in self._placed:
            self._placed[address] = self._place(address)
        return self._placed[address]

    def _place(self, address: Term) -> Placed | None:
        terms, near = self.terms, self.near(address)
        if near is not None:
            origin, rest = near
            if rest.value is not None and not origin.reaches(rest.value):
                return None
            return Placed(terms.sum([(rest, 1)], origin.place), frozenset((origin,)))
        split = self.split(address)
        if split is None:
            return None
        one, other = map(self.placed, split[1:])
        if one is None or other is None:
            return None
        return Placed(terms.choice(split[0], one.place, other.place), one.origins | other.origins)

    def split(self, address: Term) -> tuple[Term, Term, Term] | None:
        """An address that is one of two, as a truth and both; None of another."""
        terms = self.terms
        for term, factor in terms.summands(address):
            if term is None or term.form != "if" or factor != 1:
                continue
            truth, *ways = term.operands
            if self.origins.keys().isdisjoint(within(ways)):
                continue
            rest = terms.sum([(address, 1), (term, -1)])
            one, other = (terms.sum([(rest, 1), (way, 1)]) for way in ways)
            return truth, one, other
        return None

    def choice(self, truth: Term, one: Term, other: Term) -> Term:
        """One where a truth is not 0, else the other; of two addresses at one origin their
        distances are chosen among."""
        if one is other:
            return one
        ours, theirs = self.near(one), self.near(other)
        if ours is None or theirs is None or ours[0] is not theirs[0]:
            return self.terms.choice(truth, one, other)
        origin, rest = ours
        chosen = self.terms.choice(truth, rest, theirs[1])
        return self.terms.sum([(origin.start, origin.unit), (chosen, 1)])

    def compared(
        self, name: str, one: Term, other: Term, may_be: Callable[[Term], bool]
    ) -> tuple[str, tuple[Term, Term], bool]:
        """A comparison, and of what: of addresses at one origin, their distances from it. Whether
        that took FAR. `may_be`: whether a condition can hold."""
        terms, zero = self.terms, self.terms.zero
        ours, theirs = self.near(one), self.near(other)
        if ours and theirs and ours[0] is theirs[0]:
            rests = ours[1], theirs[1]
            if name in ("eq", "ne"):
                return name, rests, False
            far = [self._far(ours[0], rest) for rest in rests]
            if name in OF_ADDRESSES and not any(each is not zero and may_be(each) for each in far):
                return OF_ADDRESSES[name], rests, True
        elif ours and theirs and name in ("eq", "ne") and _within(*ours) and _within(*theirs):
            return name, (zero, terms.one), False
        pointer = ours if other is zero else theirs if one is zero else None
        if pointer and name in WITH_ZERO:
            far_away = self._far(*pointer)
            if far_away is zero or not may_be(far_away):
                one, other = (each if each is zero else terms.one for each in (one, other))
                return name, (one, other), True
        return name, (one, other), False

    def _far(self, origin: Origin, rest: Term) -> Term:
        """Whether so far from an origin an end of the address space may have been passed."""
        above = self.terms.sum([(rest, 1)], origin.place - origin.low + MARGIN)
        return self.terms.ltu(self.terms.constant(origin.high - origin.low + 2 * MARGIN), above)


def _within(origin: Origin, rest: Term) -> bool:
    """Whether so far from an origin there is memory that belongs to it."""
    at = None if rest.value is None else (origin.place + rest.value) & WORD
    return at is not None and origin.low <= at < origin.high
