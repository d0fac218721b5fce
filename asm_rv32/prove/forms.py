"""The forms that all terms are brought to: sums, pieces, xors, and choices among them.

Output: `Terms` builds on them; each gives the one term of its form and operands.
Invariant: a term's value is what its form says, for all values of its unknowns; every rule here is
proved by z3 in `tests/prove/test_rules.py`.

A shift is distributed over an xor, but not over a sum: a rotation of a sum is two pieces of one
operand then.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from asm_rv32.isa.words import SIGN, WORD
from asm_rv32.prove import bitwise
from asm_rv32.prove.term import SAMPLES, Contents, Term, below, ones_of, shifted

LEAVES = 256
"""Constants among which a choice is looked through."""
COPIES = 6
"""Times that a bit is written down, for a product with a constant of so many bits."""
CORNERS = (0, 1, WORD, SIGN, SIGN - 1)


class Forms:
    """The terms of one comparison, by their forms."""

    def __init__(self, seed: int = 1) -> None:
        self._known: dict[tuple[object, ...], Term] = {}
        self._pieces: dict[tuple[Term, int, int], Term] = {}
        self._leaves: dict[Term, frozenset[int] | None] = {}
        self._random = random.Random(seed)
        self.all: list[Term] = []
        self.zero = self.constant(0)
        self.one = self.constant(1)

    # ---- making them

    def make(self, form: str, operands: Sequence[Term], data: Any = None) -> Term:
        """The term of that form, as it is; callers have brought it to its normal form."""
        key = (form, data, *[each.number for each in operands])
        found = self._known.get(key)
        if found is None:
            ones = ones_of(form, operands, data)
            found = Term(form, tuple(operands), data, len(self.all), ones)
            self._known[key] = found
            self.all.append(found)
            if form == "memory":
                found.sampled(Contents(self._random.getrandbits(32)) for _ in range(SAMPLES))
            elif form == "unknown":
                found.sampled(self._some(data[1]))
        return found

    def _some(self, most: int) -> list[int]:
        """Values of an unknown for the sampled inputs."""
        plain = [self._random.randint(0, most) for _ in range(SAMPLES - len(CORNERS))]
        return [min(self._random.choice(CORNERS), most) for _ in CORNERS] + plain

    def constant(self, word: int) -> Term:
        """A known word."""
        return self.make("constant", (), word & WORD)

    def unknown(self, name: str, most: int = WORD) -> Term:
        """A word of which nothing is known but that it is from 0 to `most`."""
        return self.make("unknown", (), (name, most))

    # ---- sums

    def sum(self, factors: Iterable[tuple[Term, int]], constant: int = 0) -> Term:
        """constant + factor * term + …"""
        left, constant = self.collected(factors, constant)
        while len(left) > 1 and (simpler := bitwise.fewer(self, left)):
            left, constant = self.collected(simpler[0], constant + simpler[1])
        if not left:
            return self.constant(constant)
        if len(left) == 1:
            [(term, factor)] = left.items()
            if not constant:
                return self.scaled(term, factor)
            if term.form == "if" and self.leaves(term):
                return self._of_leaves(term, lambda leaf: self.sum([(leaf, factor)], constant))
            if factor == constant == WORD:
                return self.xor([term], WORD)  # -x - 1 is ~x
        pieces = [self._as_piece(term, factor) for term, factor in left.items()]
        if all(pieces) and _apart([*(piece[2] for piece in pieces if piece), constant]):
            return self._joined([piece for piece in pieces if piece], constant)
        if lanes := self._lanes(left, constant):
            return lanes
        terms = sorted(left, key=number_of)
        return self.make("sum", terms, (constant, *[left[each] for each in terms]))

    def collected(
        self, factors: Iterable[tuple[Term, int]], constant: int
    ) -> tuple[dict[Term, int], int]:
        """The summands of a sum, each once and with a factor that is not 0, and its constant."""
        found: dict[Term, int] = {}
        parts: Sequence[tuple[Term | None, int]]
        for term, factor in factors:
            parts = [(term, 1)] if _is_shift(term, factor) else self.summands(term)
            for inner, times in parts:
                if inner is None:
                    constant += times * factor
                else:
                    found[inner] = found.get(inner, 0) + times * factor
        left = {term: factor & WORD for term, factor in found.items() if factor & WORD}
        loads = [term for term in left if term.form == "load"]
        if len(loads) > 1:
            self._widen(left, loads)
        return left, constant & WORD

    def _widen(self, factors: dict[Term, int], loads: Iterable[Term]) -> None:
        """Put loads of bytes side by side together, the lower half first."""
        halves = sorted(loads, key=lambda each: (factors[each], each.number))
        while halves:
            low = halves.pop(0)
            memory, address = low.operands
            for high in halves if low.data < 4 else ():
                apart = self.sum([(high.operands[1], 1), (address, -1)])
                if (high.operands[0], high.data, apart.value) == (memory, low.data, low.data) and (
                    factors[high] == factors[low] << 8 * low.data & WORD
                ):
                    whole = self.make("load", (memory, address), 2 * low.data)
                    halves.remove(high)
                    halves.insert(0, whole)
                    factors[whole] = factors.get(whole, 0) + factors.pop(low) & WORD
                    del factors[high]
                    break

    def _lanes(self, factors: dict[Term, int], constant: int) -> Term | None:
        """A sum of two sums that no carry connects, put together; None where there is no such."""
        parts = sorted(
            (_lowest(each.ones * by), each.number, each, by) for each, by in factors.items()
        )
        most = 0
        for at, (lowest, _, term, factor) in enumerate(parts):
            under = constant & (lowest - 1)
            if most > 0 and most + under < lowest:
                shift = lowest.bit_length() - 1
                high = [_lowered(self, each, by, shift) for _, _, each, by in parts[at:]]
                if all(high):
                    low = self.sum([(each, by) for _, _, each, by in parts[:at]], under)
                    rest = self.sum([each for each in high if each], constant >> shift)
                    pieces = [piece_of(low), (rest, shift, WORD << shift & WORD)]
                    return self._joined(pieces, 0)
            most += below(term.ones) * factor
        return None

    def scaled(self, term: Term, factor: int) -> Term:
        """A summand times a constant."""
        if factor == 1:
            return term
        if factor & (factor - 1) == 0 and term.form != "constant":
            return self.piece(term, factor.bit_length() - 1, WORD)
        if term.ones == 1 and factor.bit_count() <= COPIES:
            source, shift, mask = piece_of(term)
            bits = [at for at in range(32) if factor >> at & 1]
            return self._joined([(source, shift + at, mask << at) for at in bits], 0)
        return self.make("sum", (term,), (0, factor))

    def summands(self, term: Term) -> list[tuple[Term | None, int]]:
        """A term as summands with their factors; that of None is a constant."""
        if term.form == "constant":
            return [(None, term.data)]
        if term.form == "sum":
            constant, *factors = term.data
            return [(None, constant), *zip(term.operands, factors)]
        if term.form == "join":
            return [pair for each in term.operands for pair in self.summands(each)]
        if term.form == "xor" and term.data == WORD:
            inner = self.summands(self.xor(term.operands))
            return [*((each, -factor) for each, factor in inner), (None, -1)]
        return [(term, 1)]

    @staticmethod
    def _as_piece(term: Term, factor: int) -> tuple[Term, int, int] | None:
        """A summand as (source, shift, mask); None where its factor is no power of two."""
        if factor & (factor - 1):
            return None
        source, shift, mask = piece_of(term)
        by = factor.bit_length() - 1
        return source, shift + by, mask << by & WORD

    # ---- pieces

    def piece(self, source: Term, shift: int, mask: int) -> Term:
        """A term shifted to the left (to the right where negative), and masked."""
        key = source, shift, mask
        found = self._pieces.get(key)
        if found is None:
            found = self._pieces[key] = self._piece(source, shift, mask)
        return found

    def _piece(self, source: Term, shift: int, mask: int) -> Term:
        if source.form == "constant":
            return self.constant(shifted(source.data, shift) & mask)
        mask &= shifted(source.ones, shift) if -32 < shift < 32 else 0
        if not mask:
            return self.zero
        if source.form == "if" and self.leaves(source):
            return self._of_leaves(source, lambda leaf: self.piece(leaf, shift, mask))
        if source.form == "join":
            parts = [self.piece(each, shift, mask) for each in source.operands]
            return self.sum([(each, 1) for each in parts])
        if source.form == "xor":
            parts = [self.piece(each, shift, mask) for each in source.operands]
            return self.xor(parts, shifted(source.data, shift) & mask)
        inner, before, kept = piece_of(source)
        if inner is not source:
            return self.piece(inner, before + shift, shifted(kept, shift) & mask)
        if source.form == "extend" and shifted(mask, -shift) >> source.data == 0:
            return self.piece(source.operands[0], shift, mask)
        if source.form == "sar" and source.operands[1].form == "constant":
            one, by = source.operands[0], source.operands[1].data
            bits = shifted(mask, -shift)
            if bits >> 32 - by == 0:
                return self.piece(one, shift - by, mask)
            if bits & (bits - 1) == 0:  # a copy of the sign
                return self.piece(one, shift + bits.bit_length() - 32, mask)
        if mask == shifted(source.ones, shift):
            if shift == 0:
                return source
            if shift > 0:
                return self.make("sum", (source,), (0, 1 << shift))
        return self.make("piece", (source,), (shift, mask))

    def _joined(self, pieces: Iterable[tuple[Term, int, int]], constant: int) -> Term:
        """Pieces of which no two have a bit in common, and a constant apart from them."""
        masks: dict[tuple[Term, int], int] = {}
        for source, shift, mask in pieces:
            masks[source, shift] = masks.get((source, shift), 0) | mask
        parts = [self.piece(source, shift, mask) for (source, shift), mask in masks.items()]
        if any(each.form == "xor" for each in parts):
            return self.xor(parts, constant)  # a rotated one is one, not two of them
        parts = [each for each in [*parts, self.constant(constant)] if each is not self.zero]
        if len(parts) < 2:
            return parts[0] if parts else self.zero
        return self.make("join", sorted(parts, key=number_of))

    # ---- bits, and choices among terms

    def xor(self, terms: Iterable[Term], constant: int = 0) -> Term:
        """constant ^ term ^ …"""
        masks: dict[tuple[Term, int], int] = {}
        waiting = list(terms)
        while waiting:
            term = waiting.pop()
            if term.form in ("xor", "join"):
                waiting += term.operands
                constant ^= term.data or 0
            elif term.form == "constant":
                constant ^= term.data
            else:
                source, shift, mask = piece_of(term)
                masks[source, shift] = masks.get((source, shift), 0) ^ mask
        pieces = [(source, shift, mask) for (source, shift), mask in masks.items() if mask]
        if _apart([*(mask for _, _, mask in pieces), constant]):
            return self._joined(pieces, constant)
        parts = sorted((self.piece(*each) for each in pieces), key=number_of)
        [first, *others] = parts
        if constant == WORD and not others and first.form == "sum" and first.data[0] == WORD:
            return self.sum([(first, -1)], -1)  # ~(x - 1) is -x; ~x stays as it is
        return self.make("xor", parts, constant)

    def and_(self, one: Term, other: Term) -> Term:
        if one.form == "constant":
            one, other = other, one
        if other.form == "constant":
            return self.piece(one, 0, other.data)
        if one is other:
            return one
        if one.ones & other.ones == 0:
            return self.zero
        return self.make("&", sorted((one, other), key=number_of))

    def or_(self, one: Term, other: Term) -> Term:
        if one.ones & other.ones == 0:
            return self.sum([(one, 1), (other, 1)])
        if one is other:
            return one
        for this, that in ((one, other), (other, one)):
            if this.form == "constant":
                # What is one already stays so: the rest lies apart from it.
                rest = self.piece(that, 0, WORD ^ this.data)
                return self.sum([(this, 1), (rest, 1)])
        return self.make("|", sorted((one, other), key=number_of))

    def not_(self, truth: Term) -> Term:
        """1 of a 0 and 0 of a 1."""
        return self.xor([truth], 1)

    def eq(self, one: Term, other: Term) -> Term:
        apart = self.sum([(one, 1), (other, -1)])
        if apart.form == "constant":
            return self.one if apart is self.zero else self.zero
        if apart.ones & (apart.ones - 1) == 0:
            bit = apart.ones.bit_length() - 1
            return self.not_(self.piece(apart, -bit, 1))
        for this, that in ((one, other), (other, one)):
            if that.form == "constant" and that.data & ~this.ones & WORD:
                return self.zero
        if apart.form == "xor":
            first, *rest = apart.operands
            if len(rest) < 2 and not (rest and apart.data):
                return self.eq(first, rest[0] if rest else self.constant(apart.data))
        minus = self.sum([(apart, -1)])
        return self.make("eq", (min(apart, minus, key=_leading), self.zero))

    def choice(self, truth: Term, one: Term, other: Term) -> Term:
        """One where the truth is not 0, else the other."""
        if truth.ones != 1:
            truth = self.not_(self.eq(truth, self.zero)) if truth.form != "constant" else truth
        if truth.form == "constant":
            return one if truth.data else other
        if truth.form == "xor" and truth.data == 1:
            return self.choice(self.xor(truth.operands), other, one)
        if one.form == "if" and one.operands[0] is truth:
            one = one.operands[1]
        if other.form == "if" and other.operands[0] is truth:
            other = other.operands[2]
        if one is other:
            return one
        if one.form == "constant" and other.ones == 1 and one.data <= 1:
            return self.or_(truth, other) if one.data else self.and_(self.not_(truth), other)
        if other.form == "constant" and one.ones == 1 and other.data <= 1:
            return self.or_(self.not_(truth), one) if other.data else self.and_(truth, one)
        if "xor" in (one.form, other.form):
            apart = self.xor([one, other])
            if apart.form == "constant":
                return self.xor([other, self.choice(truth, apart, self.zero)])
        if "sum" in (one.form, other.form):
            apart = self.sum([(one, 1), (other, -1)])
            if apart.form == "constant":
                return self.sum([(other, 1), (self.choice(truth, apart, self.zero), 1)])
        return self.make("if", (truth, one, other))

    def leaves(self, term: Term) -> frozenset[int] | None:
        """All words that a term can be, where choices among constants, and among words of one bit,
        say so; None for others."""
        if term.form == "constant":
            return frozenset((term.data,))
        if term.form != "if" or term.ones == 1:
            return None
        if term not in self._leaves:
            one, other = (
                frozenset((0, 1)) if each.ones == 1 else self.leaves(each)
                for each in term.operands[1:]
            )
            both = None if one is None or other is None else one | other
            self._leaves[term] = both if both is not None and len(both) <= LEAVES else None
        return self._leaves[term]

    def _of_leaves(self, term: Term, change: Callable[[Term], Term]) -> Term:
        """A choice of which `leaves` are known, with each of them changed."""
        known: dict[Term, Term] = {}

        def changed(at: Term) -> Term:
            if at.form != "if" or at.ones == 1:
                return change(at)
            if at not in known:
                truth, one, other = at.operands
                known[at] = self.choice(truth, changed(one), changed(other))
            return known[at]

        return changed(term)


def number_of(term: Term) -> int:
    return term.number


def _is_shift(term: Term, factor: int) -> bool:
    """Whether a sum of several is shifted to the left, which is not distributed."""
    several = term.form == "sum" and (len(term.operands) > 1 or term.data[0] != 0)
    return several and factor > 1 and factor & (factor - 1) == 0


def _lowest(word: int) -> int:
    """The lowest bit that is one."""
    return word & -word


def _lowered(forms: Forms, term: Term, factor: int, shift: int) -> tuple[Term, int] | None:
    """A summand without its low bits, which are zero; None where it is no such."""
    if factor % (1 << shift) == 0:
        return term, factor >> shift
    if factor & (factor - 1) == 0:
        return forms.piece(term, factor.bit_length() - 1 - shift, WORD), 1
    return None


def _leading(term: Term) -> tuple[int, ...]:
    """An order of a term and its negative: the one whose first factor is the smaller."""
    return tuple(term.data[1:]) if term.form == "sum" else (1,)


def piece_of(term: Term) -> tuple[Term, int, int]:
    """A term as (source, shift, mask)."""
    if term.form == "piece":
        shift, mask = term.data
        return term.operands[0], shift, mask
    if term.form == "sum" and len(term.operands) == 1:
        constant, factor = term.data
        if not constant and factor & (factor - 1) == 0:
            return term.operands[0], factor.bit_length() - 1, term.ones
    return term, 0, term.ones


def _apart(masks: Iterable[int]) -> bool:
    """Whether no two masks have a bit in common."""
    seen = 0
    for mask in masks:
        if seen & mask:
            return False
        seen |= mask
    return True
