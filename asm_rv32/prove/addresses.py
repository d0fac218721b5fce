"""Addresses of one call: where its memory stands is not known, but how far from there they point.

Input: terms. Output: of an address the place by which an execution keeps what stands there.
Invariant: a place is given for an address that is one unknown start of memory, and a rest; what is
an address in any other way, a number or a sum of two of them, has none. So nothing that is proved
hangs on where the code, the stack, the arrays of a call and its caller are.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from asm_rv32.isa.words import WORD
from asm_rv32.machine.memory import Region
from asm_rv32.prove.term import SAMPLES, Term, within
from asm_rv32.prove.terms import Terms

MARGIN = 4096
"""Bytes at either end of the address space in which there is nothing of a call."""
FAR = "the memory of a call is 4 KiB or more from 0 and 2**32"
USUAL = 8
"""Sampled inputs for which memory is where calls have it."""
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


class Addresses:
    """What of one call has an address."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.origins: dict[Term, Origin] = {}
        self._places: dict[Term, Term | None] = {}

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
        found = [
            (self.origins[term], factor)
            for term, factor in self.terms.summands(address)
            if term in self.origins
        ]
        if len(found) != 1 or found[0][1] != found[0][0].unit:
            return None
        [(origin, unit)] = found
        return origin, self.terms.sum([(address, 1), (origin.start, -unit)])

    def place(self, address: Term) -> Term | None:
        """The place of an address; None where it is not counted from one origin, whatever is
        chosen."""
        if address not in self._places:
            self._places[address] = self._placed(address)
        return self._places[address]

    def _placed(self, address: Term) -> Term | None:
        terms, near = self.terms, self.near(address)
        if near is not None:
            return terms.sum([(near[1], 1)], near[0].place)
        for term, factor in terms.summands(address):
            if term is None or term.form != "if" or factor != 1:
                continue
            truth, *ways = term.operands
            if self.origins.keys().isdisjoint(within(ways)):
                continue
            one, other = (self.place(terms.sum([(address, 1), (term, -1), (way, 1)])) for way in ways)
            return None if one is None or other is None else terms.choice(truth, one, other)
        return None

    def choice(self, truth: Term, one: Term, other: Term) -> Term:
        """One where a truth is not 0, else the other; of two addresses at one origin their
        distances are chosen among."""
        if one is other:
            return one
        pair = self.near(one), self.near(other)
        if pair[0] is None or pair[1] is None or pair[0][0] is not pair[1][0]:
            return self.terms.choice(truth, one, other)
        (origin, first), (_, second) = pair
        return self.terms.sum(
            [(origin.start, origin.unit), (self.terms.choice(truth, first, second), 1)]
        )
