"""Values as terms that are the same object where their normal forms are the same.

Input: the operations of `isa.words` on terms. Output: a `Term`, the one of its form and operands.
Invariant: a term's value is what its operation gives, for all values of its unknowns; every rule
here is proved by z3 in `tests/prove/test_rules.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from asm_rv32.isa.words import BY_BYTE, MOVING, OPERATIONS, RAISED, SIGN, WORD, extended
from asm_rv32.prove.forms import Forms, number_of, piece_of
from asm_rv32.prove.tables import MOST, Tables
from asm_rv32.prove.term import Term, below

COMPARISONS = frozenset({"eq", "ne", "ltu", "geu", "lts", "ges"})
OF_FLOATS = ("f32_add", "f32_mul", "f32_fma", "f32_min", "f32_max", "f32_eq")
SYMMETRIC = frozenset({
    "&", "|", "*", "high", "eq", *OF_FLOATS, *(RAISED + each for each in OF_FLOATS),
})  # fmt: skip
"""Operations that give the same with their first two operands exchanged."""


class Terms(Forms):
    """All terms of one comparison, by what operations give."""

    def __init__(self, seed: int = 1) -> None:
        super().__init__(seed)
        self.tables = Tables()

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
            operands = (*sorted(operands[:2], key=number_of), *operands[2:])
        return self.make(name, operands)

    # ---- shifts and products

    def shl(self, one: Term, by: Term) -> Term:
        if by.form == "constant":
            return self.piece(one, by.data & 31, WORD)
        return self.make("shl", (one, self.piece(by, 0, 31)))

    def shr(self, one: Term, by: Term) -> Term:
        if by.form == "constant":
            if one.form == "high":
                for this, that in (one.operands, one.operands[::-1]):
                    if that.form == "constant" and (found := divisor(that.data, by.data & 31)):
                        return self.quotient(this, self.constant(found))
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
        source, left, mask = piece_of(one)
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
        source, shift, mask = piece_of(low)
        if shift == 0 and mask == (1 << bits) - 1:
            if source.form == "extend" and source.data <= bits:
                return source
            low = source
        return self.make("extend", (low,), bits)

    def times(self, one: Term, other: Term) -> Term:
        for this, that in ((one, other), (other, one)):
            if this.form == "constant":
                return self.sum([(that, this.data)])
        return self.make("*", sorted((one, other), key=number_of))

    def signed_high(self, one: Term, other: Term, *, both: bool) -> Term:
        """The upper half of the product of a signed word and another that is unsigned, or, with
        `both`, signed, from that of unsigned ones. A negative word is 2**32 less than it is
        unsigned, so the product is less by 2**32 times the other word."""
        less = [self.times(self.sar(one, self.constant(31)), other)]
        if both:
            less.append(self.times(self.sar(other, self.constant(31)), one))
        return self.sum([(each, 1) for each in (self.operation("high", (one, other)), *less)])

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

    # ---- bits elsewhere, polynomials, bytes through a table

    def moved(self, one: Term, name: str) -> Term:
        """What an operation of MOVING gives, as the pieces that go the same way."""
        masks: dict[int, int] = {}
        for at in range(32):
            to = OPERATIONS[name](1 << at).bit_length() - 1
            masks[to - at] = masks.get(to - at, 0) | 1 << to
        return self.sum([(self.piece(one, by, mask), 1) for by, mask in masks.items()])

    def carryless(self, one: Term, other: Term, down: int, name: str) -> Term:
        """The product of two polynomials over the field of two elements, `down` bits lower."""
        for this, that in ((one, other), (other, one)):
            if this.form == "constant":
                shifts = [at - down for at in range(32) if this.data >> at & 1 and at - down > -32]
                return self.xor([self.piece(that, by, WORD) for by in shifts])
        return self.make(name, sorted((one, other), key=number_of))

    def by_byte(self, one: Term, name: str) -> Term:
        """What an operation of BY_BYTE gives."""
        return self.table(_entries(name), self.piece(one, 0, 255))

    # ---- comparisons and tables

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
        if len(entries) > MOST or below(index.ones) >= MOST:
            return self.make("table", (index,), entries)
        constant, pieces = self.tables.parts(entries)
        return self.xor(
            [self.piece(self.make("table", (index,), base), *by) for base, *by in pieces], constant
        )

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
        are in the order of their addresses, two halves are stored at once, and what is stored over
        is forgotten."""
        value = self.piece(value, 0, (1 << 8 * size) - 1)
        if memory.form == "store":
            before, other, old = memory.operands
            length: int = memory.data
            at = self.distance(other, address)
            if at is not None:
                if at >= 0 and at + length <= size:
                    return self.store(before, address, value, size)
                if length == size < 4 and abs(at) == size:
                    low, high = (value, old) if at > 0 else (old, value)
                    whole = self.sum([(low, 1), (self.piece(high, 8 * size, WORD), 1)])
                    return self.store(before, address if at > 0 else other, whole, 2 * size)
                if at >= size:
                    inner = self.store(before, address, value, size)
                    return self.make("store", (inner, other, old), length)
        return self.make("store", (memory, address, value), size)

    def in_bytes(self, memory: Term) -> Term:
        """A memory made anew by stores of single bytes, which go together from the lowest up: of
        whatever length stores were, what is the same as far as addresses tell is one then."""
        *stores, found = _stores(memory)
        for each in reversed(stores):
            _, address, value = each.operands
            for at in range(each.data):
                byte = self.piece(value, -8 * at, 255)
                found = self.store(found, self.sum([(address, 1)], at), byte, 1)
        return found

    def either(self, truth: Term, one: Term, other: Term) -> Term:
        """The first memory where a truth is not 0, else the other: what both come from, after
        stores of which each leaves what is there where it is not of the memory that is taken."""
        before = _stores(one)
        later = {memory.number for memory in before}
        theirs = _stores(other)
        shared = next(memory for memory in theirs if memory.number in later)
        found = shared
        for stores, is_first in ((before, True), (theirs, False)):
            for memory in reversed(stores[: stores.index(shared)]):
                _, address, value = memory.operands
                old = self.load(found, address, memory.data)
                new = (value, old) if is_first else (old, value)
                found = self.store(found, address, self.choice(truth, *new), memory.data)
        return found

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


def divisor(factor: int, shift: int) -> int:
    """By what a word is divided when the upper half of its product with a factor is shifted to the
    right; 0 where that is no division of every word.

    T. Granlund, P. Montgomery, Division by Invariant Integers using Multiplication (1994), theorem
    4.2: it is one by d where 2**(32 + shift) <= factor * d <= 2**(32 + shift) + 2**shift.
    """
    if not factor:
        return 0
    power = 1 << 32 + shift
    found = -(-power // factor)
    return found if found * factor - power <= 1 << shift and found >> 32 == 0 else 0


def _stores(memory: Term) -> list[Term]:
    """A memory, what it was before the last store, and so on, to what was there at first."""
    found = [memory]
    while found[-1].form == "store":
        found.append(found[-1].operands[0])
    return found


@lru_cache
def _entries(name: str) -> tuple[int, ...]:
    """What an operation of BY_BYTE gives for each byte."""
    return tuple(OPERATIONS[name](byte) for byte in range(256))


@lru_cache
def _is_linear(entries: tuple[int, ...]) -> bool:
    """Whether the entry at i ^ j is always that at i ^ that at j ^ the first."""
    for at in range(1, len(entries)):
        low = at & -at
        if entries[at] != entries[at ^ low] ^ entries[low] ^ entries[0]:
            return False
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
    "signed_high": lambda terms, a, b: terms.signed_high(a, b, both=True),
    "mixed_high": lambda terms, a, b: terms.signed_high(a, b, both=False),
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
    "carryless": lambda terms, a, b: terms.carryless(a, b, 0, "carryless"),
    "carryless_high": lambda terms, a, b: terms.carryless(a, b, 32, "carryless_high"),
    **{name: lambda terms, a, name=name: terms.moved(a, name) for name in MOVING},
    **{name: lambda terms, a, name=name: terms.by_byte(a, name) for name in BY_BYTE},
}
"""Operation → how its normal form is made; one that is missing is made as it is."""
