"""Arithmetic of binary32 against exact fractions and against z3's theory of floating point."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from math import isqrt
from typing import Any

import pytest
from corpus.witnesses import FLOAT_EDGES
from hypothesis import given, settings
from hypothesis import strategies as st

from asm_rv32.isa import binary32
from asm_rv32.isa.binary32 import DZ, INFINITY, NAN, NV, NX, OF, RDN, RMM, RNE, RTZ, RUP, SIGN, UF
from asm_rv32.isa.operands import ReservedMode
from asm_rv32.isa.words import OPERATIONS, RAISED

SIGNALLING, QUIET = 0x7F80_0001, 0x7FC0_0001
ONE, MINUS_ONE, LARGEST, SMALLEST = 0x3F80_0000, 0xBF80_0000, 0x7F7F_FFFF, 1
MODES = (RNE, RTZ, RDN, RUP, RMM)
words = st.one_of(
    st.sampled_from([edge | sign for edge in FLOAT_EDGES for sign in (0, SIGN)]),
    st.integers(0, 0xFFFF_FFFF),
    st.builds(lambda e, f, s: s << 31 | e << 23 | f, st.integers(90, 165),
              st.integers(0, 0x7F_FFFF), st.integers(0, 1)),
)  # fmt: skip
modes = st.sampled_from(MODES)


def value(word: int) -> Fraction:
    """The number that a finite word is."""
    sign, significand, exponent = binary32.number(word)
    return Fraction(-significand if sign else significand) * Fraction(2) ** exponent


def is_finite(word: int) -> bool:
    return word & ~SIGN < INFINITY


def nearest(exact: Fraction, mode: int) -> tuple[int, int]:
    """What IEEE 754 says of rounding, by looking for the two words around a number."""
    sign, size = (SIGN if exact < 0 else 0), abs(exact)
    low, high = 0, INFINITY - 1
    while low < high:  # the largest word that is not above it
        middle = (low + high + 1) // 2
        low, high = (middle, high) if value(middle) <= size else (low, middle - 1)
    below = value(low)
    # What follows the largest number is the next power of two, which is taken for infinity.
    above = Fraction(2) ** 128 if low == LARGEST else value(low + 1)
    if size == below:
        return sign | low, 0
    half = (below + above) / 2
    up = {
        RNE: size > half or (size == half and low & 1), RTZ: False, RDN: bool(sign),
        RUP: not sign, RMM: size >= half,
    }[mode]  # fmt: skip
    flags = NX
    if low == LARGEST and (up or size >= above):
        flags |= OF
    # Tiny after rounding: as if exponents had no end, the result lies below the normal numbers.
    unit = Fraction(2) ** -150
    if size < Fraction(2) ** -126 and not (
        (size >= Fraction(2) ** -126 - unit / 2 and mode in (RNE, RMM))
        or (size > Fraction(2) ** -126 - unit and mode == (RDN if sign else RUP))
    ):  # fmt: skip
        flags |= UF
    return sign | low + bool(up), flags


@settings(max_examples=400)
@given(words, words, words, modes)
def test_a_result_is_the_exact_one_rounded_once(a: int, b: int, c: int, mode: int) -> None:
    if not all(map(is_finite, (a, b, c))):
        return
    x, y, z = map(value, (a, b, c))
    for found, exact in (
        (binary32.add(a, b, mode), x + y),
        (binary32.multiply(a, b, mode), x * y),
        (binary32.fused(a, b, c, mode), x * y + z),
        *([(binary32.divide(a, b, mode), x / y)] if y else []),
    ):
        if exact:
            assert found == nearest(exact, mode)
        else:
            assert found[0] & ~SIGN == 0 and found[1] == 0


@settings(max_examples=200)
@given(words, modes)
def test_a_root_is_the_exact_one_rounded_once(a: int, mode: int) -> None:
    if not is_finite(a) or a >= SIGN or a == 0:
        return
    found, flags = binary32.root(a, mode)
    # A fraction as near to the root as matters, on the right side of it.
    scaled = value(a) * 4**400
    whole = isqrt(int(scaled))
    near = Fraction(whole) + (Fraction(1, 4) if whole * whole != scaled else 0)
    assert (found, flags) == nearest(near / 2**400, mode)


@given(words, words)
def test_comparisons_are_those_of_numbers(a: int, b: int) -> None:
    if is_finite(a) and is_finite(b):
        x, y = value(a), value(b)
        assert binary32.equal(a, b) == (x == y, 0)
        assert binary32.less(a, b) == (x < y, 0)
        assert binary32.less_or_equal(a, b) == (x <= y, 0)
        assert value(binary32.least(a, b)[0]) == min(x, y)
        assert value(binary32.greatest(a, b)[0]) == max(x, y)


@given(words, modes)
def test_conversions_are_to_the_nearest(a: int, mode: int) -> None:
    for convert, low, high in (
        (binary32.to_signed, -(1 << 31), (1 << 31) - 1),
        (binary32.to_unsigned, 0, (1 << 32) - 1),
    ):
        word, flags = convert(a, mode)
        if not is_finite(a):
            end = low if a & SIGN and not binary32.is_nan(a) else high
            assert (word, flags) == (end & 0xFFFF_FFFF, NV)
            continue
        exact = value(a)
        below = exact.numerator // exact.denominator
        part = exact - below
        up = {
            RNE: part > Fraction(1, 2) or (part == Fraction(1, 2) and below & 1),
            RTZ: exact < 0 and part > 0, RDN: False, RUP: part > 0,
            RMM: part > Fraction(1, 2) or (part == Fraction(1, 2) and exact > 0),
        }[mode]  # fmt: skip
        wanted = below + bool(up)
        if low <= wanted <= high:
            assert (word, flags) == (wanted & 0xFFFF_FFFF, NX if part else 0)
        else:
            assert (word, flags) == ((low if wanted < low else high) & 0xFFFF_FFFF, NV)


@given(st.integers(0, 0xFFFF_FFFF), modes)
def test_integers_become_the_nearest_number(word: int, mode: int) -> None:
    signed = word - (1 << 32) if word >> 31 else word
    for found, exact in (
        (binary32.from_signed(word, mode), signed), (binary32.from_unsigned(word, mode), word),
    ):  # fmt: skip
        assert found == (nearest(Fraction(exact), mode) if exact else (0, 0))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        # signs of zeros (IEEE 754, 6.3)
        (binary32.add(ONE, MINUS_ONE, RNE), (0, 0)),
        (binary32.add(ONE, MINUS_ONE, RDN), (SIGN, 0)),
        (binary32.add(SIGN, SIGN, RUP), (SIGN, 0)),
        (binary32.multiply(SIGN, ONE, RDN), (SIGN, 0)),
        (binary32.root(SIGN, RNE), (SIGN, 0)),
        # overflow and underflow
        (binary32.add(LARGEST, LARGEST, RNE), (INFINITY, OF | NX)),
        (binary32.add(LARGEST, LARGEST, RTZ), (LARGEST, OF | NX)),
        (binary32.add(LARGEST | SIGN, LARGEST | SIGN, RUP), (LARGEST | SIGN, OF | NX)),
        (binary32.multiply(SMALLEST, SMALLEST, RUP), (SMALLEST, UF | NX)),
        (binary32.multiply(SMALLEST, SMALLEST, RNE), (0, UF | NX)),
        # it rounds up to a normal number, and is tiny: with any exponent, 24 bits hold it
        (binary32.multiply(0x3F7F_FFFF, 0x0080_0000, RNE), (0x0080_0000, UF | NX)),
        (binary32.fused(0x3F7F_FFFF, 0x0080_0000, 0x0000_0000, RUP), (0x0080_0000, UF | NX)),
        # infinities and NaNs (21.2, 21.3, 21.6)
        (binary32.add(INFINITY, INFINITY | SIGN, RNE), (NAN, NV)),
        (binary32.divide(ONE, SIGN, RNE), (INFINITY | SIGN, DZ)),
        (binary32.divide(0, 0, RNE), (NAN, NV)),
        (binary32.divide(INFINITY, 0, RNE), (INFINITY, 0)),
        (binary32.fused(INFINITY, 0, QUIET, RNE), (NAN, NV)),
        (binary32.fused(ONE, ONE, QUIET, RNE), (NAN, 0)),
        (binary32.root(MINUS_ONE, RNE), (NAN, NV)),
        (binary32.least(SIGNALLING, ONE), (ONE, NV)),
        (binary32.greatest(QUIET, QUIET), (NAN, 0)),
        (binary32.least(0, SIGN), (SIGN, 0)),
        (binary32.greatest(SIGN, 0), (0, 0)),
        (binary32.equal(QUIET, ONE), (0, 0)),
        (binary32.equal(SIGNALLING, ONE), (0, NV)),
        (binary32.less(QUIET, ONE), (0, NV)),
        (binary32.less_or_equal(SIGN, 0), (1, 0)),
        (binary32.less(SIGN, 0), (0, 0)),
        *[
            (binary32.classified(word), (1 << bit, 0))
            for bit, word in enumerate(
                (INFINITY | SIGN, MINUS_ONE, SIGN | 1, SIGN, 0, 1, ONE, INFINITY, SIGNALLING, QUIET)
            )
        ],
    ],
)
def test_what_the_manual_says(found: tuple[int, int], expected: tuple[int, int]) -> None:
    assert found == expected


def test_what_is_no_mode_is_refused_before_anything_is_computed() -> None:
    for name, operation in binary32.OPERATIONS.items():
        if operation.rounds:
            for part in (name, RAISED + name):
                with pytest.raises(ReservedMode):
                    OPERATIONS[part](*[0] * (operation.operands - 1), 5)


@pytest.mark.heavy
def test_z3_has_the_same_results() -> None:
    import z3

    single = z3.Float32()
    rounding = {RNE: z3.RNE(), RTZ: z3.RTZ(), RDN: z3.RTN(), RUP: z3.RTP(), RMM: z3.RNA()}
    choose = random.Random(1)

    def number(word: int) -> Any:
        return z3.fpBVToFP(z3.BitVecVal(word, 32), single)

    def word(found: Any) -> int:
        if z3.is_true(z3.simplify(z3.fpIsNaN(found))):
            return NAN
        bits: int = z3.simplify(z3.fpToIEEEBV(found)).as_long()
        return bits

    theirs: dict[Callable[..., tuple[int, int]], Any] = {
        binary32.add: z3.fpAdd, binary32.multiply: z3.fpMul, binary32.divide: z3.fpDiv,
        binary32.fused: z3.fpFMA, binary32.root: z3.fpSqrt,
    }  # fmt: skip
    operands = {operation.compute: operation.operands - 1
                for operation in binary32.OPERATIONS.values()}  # fmt: skip
    for _ in range(1000):
        mode = choose.choice(MODES)
        given = [
            choose.choice(FLOAT_EDGES) | choose.getrandbits(1) << 31
            if choose.random() < 0.4 else choose.getrandbits(32) for _ in range(3)
        ]  # fmt: skip
        for ours, other in theirs.items():
            taken = given[: operands[ours]]
            expected = word(other(rounding[mode], *map(number, taken)))
            assert ours(*taken, mode)[0] == expected, (ours.__name__, taken, mode)
