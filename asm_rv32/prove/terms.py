"""Values as terms that are the same object where their normal forms are the same.

Input: the operations of `isa.words` on terms. Output: a `Term`, the one of its form and operands.
Invariant: a term's value is what its operation gives, for all values of its unknowns; every rule
here is proved by z3 in `tests/prove/test_rules.py`.

A shift is not distributed over a sum: a rotation of a sum is two pieces of one operand then.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from asm_rv32.isa.words import OPERATIONS, SIGN, WORD, extended
from asm_rv32.prove.term import Contents, Term, below, evaluate, ones_of, shifted

SAMPLES = 32
"""Inputs for which each term's value is known; terms that differ there are not compared."""
LEAVES = 256
"""Constants among which a choice is looked through."""
CORNERS = (0, 1, WORD, SIGN, SIGN - 1)
COMPARISONS = frozenset({"eq", "ne", "ltu", "geu", "lts", "ges"})
SYMMETRIC = frozenset({"&", "|", "*", "high", "signed_high", "eq"})


class Terms:
    """All terms of one comparison."""

    def __init__(self, seed: int = 1) -> None:
        self._known: dict[tuple[object, ...], Term] = {}
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
            found.samples = self._sampled(found)
        return found

    def _sampled(self, term: Term) -> tuple[Any, ...]:
        if term.form == "constant":
            return (term.data,) * SAMPLES
        if term.form == "memory":
            return tuple(Contents(self._random.getrandbits(32)) for _ in range(SAMPLES))
        if term.form == "unknown":
            _, most = term.data
            plain = [self._random.randint(0, most) for _ in range(SAMPLES - len(CORNERS))]
            corners = [min(self._random.choice(CORNERS), most) for _ in CORNERS]
            return tuple(corners + plain)
        columns = [each.samples for each in term.operands]
        return tuple(evaluate(term, row) for row in zip(*columns))

    def constant(self, word: int) -> Term:
        """A known word."""
        return self.make("constant", (), word & WORD)

    def unknown(self, name: str, most: int = WORD) -> Term:
        """A word of which nothing is known but that it is from 0 to `most`."""
        return self.make("unknown", (), (name, most))

    def operation(self, name: str, operands: tuple[Term, ...]) -> Term:
        """What an operation of `isa.words` gives."""
        if name in COMPARISONS:
            one, other = operands
            if one.form == "if" and other.form == "constant" and self.leaves(one):
                return self._of_leaves(one, lambda leaf: self.operation(name, (leaf, other)))
            if other.form == "if" and one.form == "constant" and self.leaves(other):
                return self._of_leaves(other, lambda leaf: self.operation(name, (one, leaf)))
        rule = RULES.get(name)
        if rule is not None:
            return rule(self, *operands)
        if all(each.form == "constant" for each in operands):
            return self.constant(OPERATIONS[name](*[each.data for each in operands]))
        if name in SYMMETRIC:
            operands = tuple(sorted(operands, key=_number))
        return self.make(name, operands)

    # ---- sums

    def sum(self, factors: Iterable[tuple[Term, int]], constant: int = 0) -> Term:
        """constant + factor * term + …"""
        found: dict[Term, int] = {}
        parts: Sequence[tuple[Term | None, int]]
        for term, factor in factors:
            parts = [(term, 1)] if _is_shift(term, factor) else self.summands(term)
            for inner, times in parts:
                if inner is None:
                    constant += times * factor
                else:
                    found[inner] = found.get(inner, 0) + times * factor
        constant &= WORD
        left = {term: factor & WORD for term, factor in found.items() if factor & WORD}
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
        terms = sorted(left, key=_number)
        return self.make("sum", terms, (constant, *[left[each] for each in terms]))

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
                    pieces = [_piece_of(low), (rest, shift, WORD << shift & WORD)]
                    return self._joined(pieces, 0)
            most += below(term.ones) * factor
        return None

    def scaled(self, term: Term, factor: int) -> Term:
        """A term times a constant."""
        if factor == 1:
            return term
        if factor & (factor - 1) == 0 and term.form != "constant":
            return self.piece(term, factor.bit_length() - 1, WORD)
        if term.form in ("constant", "sum", "join"):
            return self.sum([(term, factor)])
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
            return [(self.xor(term.operands), -1), (None, -1)]
        return [(term, 1)]

    @staticmethod
    def _as_piece(term: Term, factor: int) -> tuple[Term, int, int] | None:
        """A summand as (source, shift, mask); None where its factor is no power of two."""
        if factor & (factor - 1):
            return None
        source, shift, mask = _piece_of(term)
        by = factor.bit_length() - 1
        return source, shift + by, mask << by & WORD

    # ---- pieces

    def piece(self, source: Term, shift: int, mask: int) -> Term:
        """A term shifted to the left (to the right where negative), and masked."""
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
        inner, before, kept = _piece_of(source)
        if inner is not source:
            return self.piece(inner, before + shift, shifted(kept, shift) & mask)
        if source.form == "extend" and shifted(mask, -shift) >> source.data == 0:
            return self.piece(source.operands[0], shift, mask)
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
        return self.make("join", sorted(parts, key=_number))

    # ---- the rules of operations

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
                source, shift, mask = _piece_of(term)
                masks[source, shift] = masks.get((source, shift), 0) ^ mask
        pieces = [(source, shift, mask) for (source, shift), mask in masks.items() if mask]
        if _apart([*(mask for _, _, mask in pieces), constant]):
            return self._joined(pieces, constant)
        parts = sorted((self.piece(*each) for each in pieces), key=_number)
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
        return self.make("&", sorted((one, other), key=_number))

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
        return self.make("|", sorted((one, other), key=_number))

    def shl(self, one: Term, by: Term) -> Term:
        if by.form == "constant":
            return self.piece(one, by.data & 31, WORD)
        return self.make("shl", (one, self.piece(by, 0, 31)))

    def shr(self, one: Term, by: Term) -> Term:
        if by.form == "constant":
            return self.piece(one, -(by.data & 31), WORD)
        return self.make("shr", (one, self.piece(by, 0, 31)))

    def sar(self, one: Term, by: Term) -> Term:
        if not one.ones & SIGN:
            return self.shr(one, by)
        if by.form != "constant":
            return self.make("sar", (one, self.piece(by, 0, 31)))
        shift: int = by.data & 31
        if one.form == "constant":
            return self.constant(OPERATIONS["sar"](one.data, shift))
        if not shift:
            return one
        source, left, mask = _piece_of(one)
        if left > 0 and mask == WORD << left & WORD:
            inner = self.extend(source, 32 - left)
            rest = left - shift
            return self.piece(inner, rest, WORD) if rest >= 0 else self.sar(
                inner, self.constant(-rest)
            )  # fmt: skip
        if one.form == "sar" and one.operands[1].form == "constant":
            both = min(31, shift + one.operands[1].data)
            return self.make("sar", (one.operands[0], self.constant(both)))
        return self.make("sar", (one, self.constant(shift)))

    def extend(self, one: Term, bits: int) -> Term:
        """The low bits, their sign extended."""
        if one.ones >> (bits - 1) == 0:
            return one
        low = self.piece(one, 0, (1 << bits) - 1)
        if low.form == "constant":
            return self.constant(extended(low.data, bits))
        if not low.ones >> (bits - 1):
            return low
        source, shift, mask = _piece_of(low)
        if shift == 0 and mask == (1 << bits) - 1:
            if source.form == "extend" and source.data <= bits:
                return source
            low = source
        return self.make("extend", (low,), bits)

    def times(self, one: Term, other: Term) -> Term:
        for this, that in ((one, other), (other, one)):
            if this.form == "constant":
                return self.sum([(that, this.data)])
        return self.make("*", sorted((one, other), key=_number))

    def quotient(self, one: Term, other: Term) -> Term:
        if one.form == "constant" and other.form == "constant":
            return self.constant(OPERATIONS["quotient"](one.data, other.data))
        divisor = other.value
        if divisor and divisor & (divisor - 1) == 0:
            return self.piece(one, 1 - divisor.bit_length(), WORD)
        return self.make("quotient", (one, other))

    def remainder(self, one: Term, other: Term, quotient: str) -> Term:
        """What is left of a division, also of one by zero: dividend - quotient * divisor. By what
        is not known it stays as it is: that it is no greater than the dividend is worth more."""
        if other.form != "constant" and quotient == "quotient":
            return self.make("remainder", (one, other))
        divisor = other.value
        if divisor and divisor & (divisor - 1) == 0 and quotient == "quotient":
            return self.piece(one, 0, divisor - 1)
        divided = self.operation(quotient, (one, other))
        return self.sum([(one, 1), (self.times(divided, other), -1)])

    def not_(self, truth: Term) -> Term:
        """1 of a 0 and 0 of a 1."""
        return self.xor([truth], 1)

    def eq(self, one: Term, other: Term) -> Term:
        apart = self.sum([(one, 1), (other, -1)])
        if apart.form == "constant":
            return self.one if apart is self.zero else self.zero
        if apart.ones == 1:
            return self.not_(apart)
        for this, that in ((one, other), (other, one)):
            if that.form == "constant" and that.data & ~this.ones & WORD:
                return self.zero
        if apart.form == "xor":
            first, *rest = apart.operands
            if len(rest) < 2 and not (rest and apart.data):
                return self.eq(first, rest[0] if rest else self.constant(apart.data))
        minus = self.sum([(apart, -1)])
        return self.make("eq", (min(apart, minus, key=_leading), self.zero))

    def ltu(self, one: Term, other: Term) -> Term:
        if one is other or other is self.zero:
            return self.zero
        if one.form == "constant" and other.form == "constant":
            return self.constant(int(one.data < other.data))
        if one is self.zero:
            return self.not_(self.eq(other, self.zero))
        if other is self.one:
            return self.eq(one, self.zero)
        if other.form == "constant" and below(one.ones) < other.data:
            return self.one
        if one.form == "constant" and below(other.ones) <= one.data:
            return self.zero
        return self.make("ltu", (one, other))

    def lts(self, one: Term, other: Term) -> Term:
        if not (one.ones | other.ones) & SIGN:
            return self.ltu(one, other)
        if one is other:
            return self.zero
        if one.form == "constant" and other.form == "constant":
            return self.constant(OPERATIONS["lts"](one.data, other.data))
        if other is self.zero:
            return self.piece(one, -31, 1)
        return self.make("lts", (one, other))

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
        """All words that a term can be, where choices among constants say so; None for others."""
        if term.form == "constant":
            return frozenset((term.data,))
        if term.form != "if":
            return None
        if term not in self._leaves:
            one, other = (self.leaves(each) for each in term.operands[1:])
            both = None if one is None or other is None else one | other
            self._leaves[term] = both if both is not None and len(both) <= LEAVES else None
        return self._leaves[term]

    def _of_leaves(self, term: Term, change: Callable[[Term], Term]) -> Term:
        """A choice among constants with each of them changed."""
        known: dict[Term, Term] = {}

        def changed(at: Term) -> Term:
            if at.form != "if":
                return change(at)
            if at not in known:
                truth, one, other = at.operands
                known[at] = self.choice(truth, changed(one), changed(other))
            return known[at]

        return changed(term)

    def table(self, entries: tuple[int, ...], index: Term) -> Term:
        """The entry of a constant table at an index, 0 beyond its end."""
        if index.form == "constant":
            at: int = index.data
            return self.constant(entries[at] if at < len(entries) else 0)
        if len(set(entries)) == 1 and below(index.ones) < len(entries):
            return self.constant(entries[0])
        if below(index.ones) < len(entries) and _is_linear(entries):
            # As that of a CRC: what each bit of the index adds.
            bits = [at for at in range(index.ones.bit_length()) if index.ones >> at & 1]
            return self.xor(
                [
                    self.choice(
                        self.piece(index, -at, 1),
                        self.constant(entries[1 << at] ^ entries[0]),
                        self.zero,
                    )
                    for at in bits
                ],
                entries[0],
            )
        return self.make("table", (index,), entries)

    # ---- memory

    def distance(self, one: Term, other: Term) -> int | None:
        """How far the first address is from the second, -2**31 to 2**31 - 1; None if unknown."""
        apart = self.sum([(one, 1), (other, -1)]).value
        return None if apart is None else (apart ^ SIGN) - SIGN

    def load(self, memory: Term, address: Term, size: int) -> Term:
        """So many bytes of a memory, from behind all stores that are known to be elsewhere."""
        while memory.form == "store":
            before, stored, value = memory.operands
            length: int = memory.data
            at = self.distance(address, stored)
            if at is None:
                break
            if at >= 0 and at + size <= length:
                return self.piece(value, -8 * at, (1 << 8 * size) - 1)
            if -size < at < length:
                break
            memory = before
        return self.make("load", (memory, address), size)

    def store(self, memory: Term, address: Term, value: Term, size: int) -> Term:
        """A memory after the low bytes of a value were stored; stores that are known to be apart
        are in the order of their addresses, and what is stored over is forgotten."""
        value = self.piece(value, 0, (1 << 8 * size) - 1)
        if memory.form == "store":
            before, other, old = memory.operands
            length: int = memory.data
            at = self.distance(other, address)
            if at is not None:
                if at >= 0 and at + length <= size:
                    return self.store(before, address, value, size)
                if at >= size:
                    inner = self.store(before, address, value, size)
                    return self.make("store", (inner, other, old), length)
        return self.make("store", (memory, address, value), size)

    def rebuilt(self, term: Term, operands: Sequence[Term]) -> Term:
        """A term with other operands, in its normal form."""
        if all(one is other for one, other in zip(term.operands, operands)):
            return term
        data: Any = term.data
        if term.form == "sum":
            constant, *factors = data
            return self.sum(zip(operands, factors), constant)
        if term.form == "xor":
            return self.xor(operands, data)
        if term.form == "join":
            return self.sum([(each, 1) for each in operands])
        if term.form == "piece":
            return self.piece(operands[0], *data)
        if term.form == "extend":
            return self.extend(operands[0], data)
        if term.form == "table":
            return self.table(data, operands[0])
        if term.form == "load":
            return self.load(operands[0], operands[1], data)
        if term.form == "store":
            return self.store(operands[0], operands[1], operands[2], data)
        return self.operation(term.form, tuple(operands))


def _number(term: Term) -> int:
    return term.number


def _is_shift(term: Term, factor: int) -> bool:
    """Whether a sum of several is shifted to the left, which is not distributed."""
    several = term.form == "sum" and (len(term.operands) > 1 or term.data[0] != 0)
    return several and factor > 1 and factor & (factor - 1) == 0


@lru_cache
def _is_linear(entries: tuple[int, ...]) -> bool:
    """Whether the entry at i ^ j is always that at i ^ that at j ^ the first."""
    for at in range(1, len(entries)):
        low = at & -at
        if entries[at] != entries[at ^ low] ^ entries[low] ^ entries[0]:
            return False
    return True


def _lowest(word: int) -> int:
    """The lowest bit that is one."""
    return word & -word


def _lowered(terms: Terms, term: Term, factor: int, shift: int) -> tuple[Term, int] | None:
    """A summand without its low bits, which are zero; None where it is no such."""
    if factor % (1 << shift) == 0:
        return term, factor >> shift
    if factor & (factor - 1) == 0:
        return terms.piece(term, factor.bit_length() - 1 - shift, WORD), 1
    return None


def _leading(term: Term) -> tuple[int, ...]:
    """An order of a term and its negative: the one whose first factor is the smaller."""
    return tuple(term.data[1:]) if term.form == "sum" else (1,)


def _piece_of(term: Term) -> tuple[Term, int, int]:
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


RULES: dict[str, Callable[..., Term]] = {
    "+": lambda terms, a, b: terms.sum([(a, 1), (b, 1)]),
    "-": lambda terms, a, b: terms.sum([(a, 1), (b, -1)]),
    "*": Terms.times,
    "&": Terms.and_,
    "|": Terms.or_,
    "^": lambda terms, a, b: terms.xor([a, b]),
    "shl": Terms.shl,
    "shr": Terms.shr,
    "sar": Terms.sar,
    "quotient": Terms.quotient,
    "remainder": lambda terms, a, b: terms.remainder(a, b, "quotient"),
    "signed_remainder": lambda terms, a, b: terms.remainder(a, b, "signed_quotient"),
    "eq": Terms.eq,
    "ne": lambda terms, a, b: terms.not_(terms.eq(a, b)),
    "ltu": Terms.ltu,
    "geu": lambda terms, a, b: terms.not_(terms.ltu(a, b)),
    "lts": Terms.lts,
    "ges": lambda terms, a, b: terms.not_(terms.lts(a, b)),
    "if": Terms.choice,
    "signed8": lambda terms, a: terms.extend(a, 8),
    "signed16": lambda terms, a: terms.extend(a, 16),
}
"""Operation → how its normal form is made; one that is missing is made as it is."""
