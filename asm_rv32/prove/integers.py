"""Python's integers as terms: of any size, as words of two's complement, made where they are asked.

Input: terms, and integers with their bounds. Output: integers with their bounds.
Invariants: an integer lies within its bounds for every input; `word(k)` is its bits 32k to 32k + 31
there. One whose bounds are one number is that number. What has no value in terms raises
`Unreadable`, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from asm_rv32.isa.words import WORD
from asm_rv32.prove.blocks import Unreadable
from asm_rv32.prove.term import Term, below
from asm_rv32.prove.terms import Terms

BITS_LIMIT = 4096
"""Bits of an integer."""
HALF = 1 << 31


class Integer:
    """A Python integer that depends on unknowns."""

    __slots__ = ("_known", "_make", "high", "low")

    def __init__(self, low: int, high: int, make: Callable[[int], Term]) -> None:
        self.low = low
        self.high = high
        self._make = make
        self._known: dict[int, Term] = {}
        if max(low.bit_length(), high.bit_length()) > BITS_LIMIT:
            raise Unreadable(f"an integer may have more than {BITS_LIMIT} bits")

    @property
    def number(self) -> int | None:
        """The number, where it is known."""
        return self.low if self.low == self.high else None

    def word(self, at: int) -> Term:
        """32 bits of it, those from 32 * at on."""
        if at not in self._known:
            self._known[at] = self._make(at)
        return self._known[at]

    def fits(self, low: int, high: int) -> bool:
        """Whether it is always within these bounds."""
        return low <= self.low and self.high <= high

    @property
    def is_unsigned(self) -> bool:
        return self.fits(0, WORD)

    @property
    def is_signed(self) -> bool:
        return self.fits(-HALF, HALF - 1)

    @property
    def words(self) -> int:
        """How many words have all of it, sign included."""
        return max(self.low.bit_length(), self.high.bit_length()) // 32 + 1


class Bounds(NamedTuple):
    """Between what a result lies."""

    low: int
    high: int


def _hull(*numbers: int) -> Bounds:
    return Bounds(min(numbers), max(numbers))


class Integers:
    """Arithmetic of integers, on the terms of one comparison."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms

    # ---- making them

    def constant(self, number: int) -> Integer:
        return Integer(number, number, lambda at: self.terms.constant(number >> 32 * at))

    def of_word(self, term: Term) -> Integer:
        """A word as the unsigned number that it is."""
        if term.value is not None:
            return self.constant(term.value)
        return self.made(Bounds(0, below(term.ones)), lambda at: term)

    def of_signed(self, term: Term) -> Integer:
        """A word as the signed number that it is."""
        if not term.ones & HALF or term.value is not None:
            word = self.of_word(term)
            return word if not term.ones & HALF else self.constant((word.low ^ HALF) - HALF)
        return self.made(Bounds(-HALF, HALF - 1), lambda at: term)

    def made(self, bounds: Bounds, make: Callable[[int], Term]) -> Integer:
        """An integer within bounds, whose words `make` gives as far as the bounds do not."""
        if bounds.low == bounds.high:
            return self.constant(bounds.low)

        def word(at: int) -> Term:
            if at and bounds.low >= 0 and bounds.high < 1 << 32 * at:
                return self.terms.zero
            half = 1 << (32 * at - 1) if at else 0
            if at and -half <= bounds.low and bounds.high < half:
                sign = self.terms.constant(31)
                return self.terms.operation("sar", (found.word(at - 1), sign))
            return make(at)

        found = Integer(*bounds, word)
        return found

    def entry(self, numbers: Sequence[int], index: Integer) -> Integer:
        """One of some numbers, by an index among them."""
        place = index.word(0)

        def word(at: int) -> Term:
            return self.terms.table(tuple(each >> 32 * at & WORD for each in numbers), place)

        return self.made(_hull(*numbers), word)

    # ---- sums and products

    def add(self, one: Integer, other: Integer) -> Integer:
        terms = self.terms

        def carry(at: int) -> Term:
            if at < 0:
                return terms.zero
            both = terms.sum([(one.word(at), 1), (other.word(at), 1)])
            first = terms.operation("ltu", (both, one.word(at)))
            before = carry(at - 1)
            if before is terms.zero:
                return first
            whole = terms.sum([(both, 1), (before, 1)])
            return terms.or_(first, terms.operation("ltu", (whole, before)))

        return self.made(
            Bounds(one.low + other.low, one.high + other.high),
            lambda at: terms.sum([(one.word(at), 1), (other.word(at), 1), (carry(at - 1), 1)]),
        )

    def negative(self, one: Integer) -> Integer:
        return self.add(self.invert(one), self.constant(1))

    def subtract(self, one: Integer, other: Integer) -> Integer:
        found = self.add(one, self.negative(other))
        terms = self.terms

        def borrow(at: int) -> Term:
            if at < 0:
                return terms.zero
            a, b = one.word(at), other.word(at)
            less = terms.operation("ltu", (a, b))
            before = borrow(at - 1)
            if before is terms.zero:
                return less
            same = terms.operation("eq", (a, b))
            return terms.or_(less, terms.and_(same, before))

        return self.made(
            Bounds(found.low, found.high),
            lambda at: terms.sum([(one.word(at), 1), (other.word(at), -1), (borrow(at - 1), -1)]),
        )

    def multiply(self, one: Integer, other: Integer) -> Integer:
        bounds = _hull(*(a * b for a in (one.low, one.high) for b in (other.low, other.high)))
        for this, that in ((one, other), (other, one)):
            if this.number is not None and this.number > 0 and this.number & (this.number - 1) == 0:
                return self.shift_left(that, self.constant(this.number.bit_length() - 1))
        terms = self.terms

        def product(name: str, a: int, b: int) -> Term:
            return terms.operation(name, (one.word(a), other.word(b)))

        def word(at: int) -> Term:
            if at == 0:
                return product("*", 0, 0)
            if at > 1:
                raise Unreadable("a product is used beyond its 64th bit")
            if one.is_unsigned and other.is_unsigned:
                return product("high", 0, 0)
            return terms.sum([
                (product("high", 0, 0), 1), (product("*", 1, 0), 1), (product("*", 0, 1), 1),
            ])  # fmt: skip

        return self.made(bounds, word)

    def divide(self, one: Integer, other: Integer, operation: str) -> Integer:
        """`quotient` or `remainder`, rounded down as Python does."""
        divisor = other.number
        if divisor and divisor > 0 and divisor & (divisor - 1) == 0:
            if operation == "quotient":
                return self.shift_right(one, self.constant(divisor.bit_length() - 1))
            return self.bitwise("&", one, self.constant(divisor - 1))
        if one.number is not None and divisor:
            number = one.number // divisor if operation == "quotient" else one.number % divisor
            return self.constant(number)
        if one.is_signed and not one.is_unsigned and other.is_signed and other.low > 0:
            return self._divide_signed(one, other, operation)
        if not (one.is_unsigned and other.is_unsigned and other.low > 0):
            raise Unreadable("a division is followed only of a word by one that is never zero")
        found = self.terms.operation(operation, (one.word(0), other.word(0)))
        high = one.high // other.low if operation == "quotient" else min(one.high, other.high - 1)
        return self.made(Bounds(0, high), lambda at: found)

    def _divide_signed(self, one: Integer, other: Integer, operation: str) -> Integer:
        """Of a negative number x by d the quotient is ~(~x // d), for it is rounded down."""
        negative = self.less(one, self.constant(0))
        size = self.of_word(self.choice(negative, self.invert(one), one).word(0))
        size = self.made(Bounds(0, max(one.high, ~one.low)), size.word)
        found = self.divide(size, other, "quotient")
        quotient = self.choice(negative, self.invert(found), found)
        if operation == "quotient":
            return quotient
        left = self.subtract(one, self.multiply(quotient, other))
        return self.made(Bounds(0, other.high - 1), left.word)

    # ---- bits

    def bitwise(self, name: str, one: Integer, other: Integer) -> Integer:
        """`&`, `|` or `^`."""
        bits = max(each.bit_length() for each in (one.low, one.high, other.low, other.high))
        bounds = Bounds(-(1 << bits), (1 << bits) - 1)
        if one.low >= 0 and other.low >= 0:
            bounds = Bounds(0, (1 << bits) - 1)
        if name == "&":
            least = [each.high for each in (one, other) if each.low >= 0]
            bounds = Bounds(0, min(least)) if least else bounds
        if one.number is not None and other.number is not None:
            a, b = one.number, other.number
            return self.constant({"&": a & b, "|": a | b, "^": a ^ b}[name])
        return self.made(
            bounds, lambda at: self.terms.operation(name, (one.word(at), other.word(at)))
        )

    def invert(self, one: Integer) -> Integer:
        return self.made(
            Bounds(~one.high, ~one.low), lambda at: self.terms.xor([one.word(at)], WORD)
        )

    def shift_left(self, one: Integer, by: Integer) -> Integer:
        words, bits = divmod(self._amount(by), 32)
        terms = self.terms

        def word(at: int) -> Term:
            if at < words:
                return terms.zero
            upper = terms.piece(one.word(at - words), bits, WORD)
            if not bits or at == words:
                return upper
            return terms.or_(upper, terms.piece(one.word(at - words - 1), bits - 32, WORD))

        amount = 32 * words + bits
        return self.made(Bounds(one.low << amount, one.high << amount), word)

    def shift_right(self, one: Integer, by: Integer) -> Integer:
        words, bits = divmod(self._amount(by), 32)
        terms = self.terms

        def word(at: int) -> Term:
            if one.is_signed and not one.is_unsigned and at + words == 0:
                return terms.operation("sar", (one.word(0), terms.constant(bits)))
            lower = terms.piece(one.word(at + words), -bits, WORD)
            if not bits:
                return lower
            return terms.or_(lower, terms.piece(one.word(at + words + 1), 32 - bits, WORD))

        amount = 32 * words + bits
        return self.made(Bounds(one.low >> amount, one.high >> amount), word)

    @staticmethod
    def _amount(by: Integer) -> int:
        if by.number is None:
            raise Unreadable("a shift by a number that is not known")
        if not 0 <= by.number <= BITS_LIMIT:
            raise Unreadable(f"a shift by {by.number}")
        return by.number

    # ---- comparisons, as terms that are 0 or 1

    def equal(self, one: Integer, other: Integer) -> Term:
        if one.high < other.low or other.high < one.low:
            return self.terms.zero
        found = self.terms.one
        for at in range(max(one.words, other.words)):
            same = self.terms.operation("eq", (one.word(at), other.word(at)))
            found = self.terms.and_(found, same)
        return found

    def less(self, one: Integer, other: Integer) -> Term:
        if one.high < other.low:
            return self.terms.one
        if one.low >= other.high:
            return self.terms.zero
        if one.is_unsigned and other.is_unsigned:
            return self.terms.operation("ltu", (one.word(0), other.word(0)))
        if one.is_signed and other.is_signed:
            return self.terms.operation("lts", (one.word(0), other.word(0)))
        apart = self.subtract(one, other)
        return self.terms.piece(apart.word(apart.words - 1), -31, 1)

    def truth(self, one: Integer) -> Term:
        """1 where it is not 0."""
        if one.fits(0, 1):
            return one.word(0)
        return self.terms.not_(self.equal(one, self.constant(0)))

    def choice(self, truth: Term, one: Integer, other: Integer) -> Integer:
        """One where the truth is 1, else the other."""
        if truth.value is not None:
            return one if truth.value else other
        if one is other:
            return one
        return self.made(
            _hull(one.low, one.high, other.low, other.high),
            lambda at: self.terms.choice(truth, one.word(at), other.word(at)),
        )
