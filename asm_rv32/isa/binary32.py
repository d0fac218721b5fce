"""Arithmetic of binary32 in integers alone: what F and Zfinx compute, to the bit.

Input: words that hold a number's bits, and a rounding mode as `frm` has it. Output: a word, and
the flags that the operation raises, as `fflags` has them.
Invariant: a result is the exact one, rounded once; tininess is detected after rounding, and every
NaN that an operation makes is the canonical one.
Facts: IEEE 754-2008; Unprivileged ISA, chapter 21 (F 2.2) and chapter 23 (Zfinx).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import isqrt

from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.operands import ReservedMode

RNE, RTZ, RDN, RUP, RMM = range(5)
"""To nearest, ties to even; towards zero; down; up; to nearest, ties away from zero."""
NX, UF, OF, DZ, NV = 1, 2, 4, 8, 16
"""Inexact, underflow, overflow, division by zero, invalid."""
SIGN, MAGNITUDE = 0x8000_0000, 0x7FFF_FFFF
INFINITY, NAN = 0x7F80_0000, 0x7FC0_0000
QUIET = 0x0040_0000
"""The bit by which a quiet NaN differs from a signalling one."""
PRECISION = 24
LOWEST = -149
"""The exponent of the last bit of the smallest numbers."""
GUARD = 64
"""Bits that a quotient or a root is computed to, and more, before it is rounded."""
REMEMBERED = 1024
"""Results that are kept: the word and the flags of one operation are asked for apart."""

Result = tuple[int, int]
"""Word, flags."""
Number = tuple[int, int, int]
"""Sign (0 or SIGN), significand, exponent: the significand, an integer, times two to that power."""


# ---- a number and its bits


def is_nan(word: int) -> bool:
    """Whether a word is a NaN of either sort."""
    return word & MAGNITUDE > INFINITY


def is_signalling(word: int) -> bool:
    """Whether a word is a NaN whose use is invalid."""
    return word & MAGNITUDE > INFINITY and not word & QUIET


def number(word: int) -> Number:
    """The finite number that a word stands for."""
    exponent, fraction = word >> 23 & 0xFF, word & 0x7F_FFFF
    if exponent:
        return word & SIGN, fraction | 1 << 23, exponent - 150
    return word & SIGN, fraction, LOWEST


def _rounds_up(mode: int, sign: int, last: int, lost: int, half: int) -> bool:
    """Whether a magnitude grows, whose last bit is `last`, by the bits that it loses."""
    if mode == RNE:
        return lost > half or (lost == half and last == 1)
    if mode == RMM:
        return lost >= half
    return lost > 0 and mode == (RDN if sign else RUP)


def _cut(mode: int, sign: int, significand: int, bits: int) -> tuple[int, int]:
    """A significand without its last bits (none for a negative count), rounded; what it lost."""
    if bits <= 0:
        return significand << -bits, 0
    kept, lost = significand >> bits, significand & (1 << bits) - 1
    return kept + _rounds_up(mode, sign, kept & 1, lost, 1 << bits - 1), lost


def rounded(exact: Number, mode: int) -> Result:
    """The word nearest to an exact number other than zero, by the mode."""
    sign, significand, exponent = exact
    length = significand.bit_length()
    whole = length - PRECISION
    bits = max(whole, LOWEST - exponent)
    kept, lost = _cut(mode, sign, significand, bits)
    # The carry out of a significand adds to the exponent above it, as it should.
    word = (max(exponent + bits - LOWEST, 0) << 23) + kept
    if word >= INFINITY:
        away = mode in (RNE, RMM) or mode == (RDN if sign else RUP)
        return sign | (INFINITY if away else INFINITY - 1), OF | NX
    if not lost:
        return sign | word, 0
    tiny = bits > whole and _cut(mode, sign, significand, whole)[0] < _smallest(exponent + whole)
    return sign | word, NX | (UF if tiny else 0)


def _smallest(exponent: int) -> int:
    """The smallest normal number as a significand with an exponent, or above all there are."""
    return 1 << max(LOWEST + PRECISION - 1 - exponent, 0)


def _sticky(significand: int, rest: int, exponent: int) -> tuple[int, int]:
    """With one more bit, which tells whether something comes behind."""
    return significand << 1 | (rest != 0), exponent - 1


# ---- operations


def _sum(first: Number, second: Number, mode: int) -> Result:
    (sign, a, exponent), (other, b, low) = first, second
    least = min(exponent, low)
    a, b = a << exponent - least, b << low - least
    total = (-a if sign else a) + (-b if other else b)
    if total == 0:
        both = sign == other
        return (sign if both else SIGN if mode == RDN else 0), 0
    return rounded((SIGN if total < 0 else 0, abs(total), least), mode)


def add(a: int, b: int, mode: int) -> Result:
    """a + b"""
    if is_nan(a) or is_nan(b):
        return NAN, NV if is_signalling(a) or is_signalling(b) else 0
    infinite = [each for each in (a, b) if each & MAGNITUDE == INFINITY]
    if infinite:
        return (NAN, NV) if len(infinite) == 2 and a != b else (infinite[0], 0)
    return _sum(number(a), number(b), mode)


def fused(a: int, b: int, c: int, mode: int) -> Result:
    """a × b + c, rounded once"""
    sign = (a ^ b) & SIGN
    sizes = a & MAGNITUDE, b & MAGNITUDE
    endless = INFINITY in sizes
    if (endless and 0 in sizes) or is_signalling(a) or is_signalling(b) or is_signalling(c):
        return NAN, NV
    if is_nan(a) or is_nan(b) or is_nan(c):
        return NAN, 0
    if endless:
        opposite = c & MAGNITUDE == INFINITY and c & SIGN != sign
        return (NAN, NV) if opposite else (sign | INFINITY, 0)
    if c & MAGNITUDE == INFINITY:
        return c, 0
    (_, first, exponent), (_, second, more) = number(a), number(b)
    return _sum((sign, first * second, exponent + more), number(c), mode)


def multiply(a: int, b: int, mode: int) -> Result:
    """a × b"""
    # A zero of the product's sign added to it changes nothing.
    return fused(a, b, (a ^ b) & SIGN, mode)


def divide(a: int, b: int, mode: int) -> Result:
    """a / b"""
    if is_nan(a) or is_nan(b):
        return NAN, NV if is_signalling(a) or is_signalling(b) else 0
    sign, above, below = (a ^ b) & SIGN, a & MAGNITUDE, b & MAGNITUDE
    if above == below and above in (0, INFINITY):
        return NAN, NV
    if above == INFINITY or below == 0:
        return sign | INFINITY, DZ if above != INFINITY else 0
    if above == 0 or below == INFINITY:
        return sign, 0
    (_, dividend, exponent), (_, divisor, less) = number(a), number(b)
    quotient, rest = divmod(dividend << GUARD, divisor)
    return rounded((sign, *_sticky(quotient, rest, exponent - less - GUARD)), mode)


def root(a: int, mode: int) -> Result:
    """The square root of a"""
    if is_nan(a):
        return NAN, NV if is_signalling(a) else 0
    if a & MAGNITUDE == 0 or a == INFINITY:
        return a, 0
    sign, significand, exponent = number(a)
    if sign:
        return NAN, NV
    shift = GUARD + (exponent & 1)
    significand <<= shift
    found = isqrt(significand)
    rest = significand - found * found
    return rounded((0, *_sticky(found, rest, (exponent - shift) // 2)), mode)


def _order(word: int) -> int:
    """A number that is larger where a word's is, the zeros told apart."""
    return -1 - (word & MAGNITUDE) if word & SIGN else word


def _extreme(a: int, b: int, largest: bool) -> Result:
    flags = NV if is_signalling(a) or is_signalling(b) else 0
    if is_nan(a) or is_nan(b):
        return (NAN if is_nan(a) and is_nan(b) else b if is_nan(a) else a), flags
    return (a if (_order(a) > _order(b)) == largest else b), flags


def least(a: int, b: int) -> Result:
    """The smaller number; of a number and a NaN, the number"""
    return _extreme(a, b, False)


def greatest(a: int, b: int) -> Result:
    """The larger number; of a number and a NaN, the number"""
    return _extreme(a, b, True)


def equal(a: int, b: int) -> Result:
    """a == b, which is quiet: no NaN but a signalling one is invalid"""
    if is_nan(a) or is_nan(b):
        return 0, NV if is_signalling(a) or is_signalling(b) else 0
    return int(a == b or (a | b) & MAGNITUDE == 0), 0


def less(a: int, b: int) -> Result:
    """a < b, for which every NaN is invalid"""
    if is_nan(a) or is_nan(b):
        return 0, NV
    return int(_order(a) < _order(b) and (a | b) & MAGNITUDE != 0), 0


def less_or_equal(a: int, b: int) -> Result:
    """a <= b, for which every NaN is invalid"""
    if is_nan(a) or is_nan(b):
        return 0, NV
    return int(_order(a) <= _order(b) or (a | b) & MAGNITUDE == 0), 0


def classified(a: int) -> Result:
    """One bit of ten: -∞, negative normal, subnormal, -0, +0, subnormal, normal, +∞, signalling
    NaN, quiet NaN"""
    size = a & MAGNITUDE
    if size > INFINITY:
        return 1 << (8 if is_signalling(a) else 9), 0
    sort = 3 if size == INFINITY else 2 if size >> 23 else 1 if size else 0
    return 1 << (3 - sort if a & SIGN else 4 + sort), 0


def _to_integer(a: int, mode: int, low: int, high: int) -> Result:
    if is_nan(a) or a & MAGNITUDE == INFINITY:
        return (high if is_nan(a) or not a & SIGN else low & 0xFFFF_FFFF), NV
    sign, significand, exponent = number(a)
    size, lost = _cut(mode, sign, significand, -exponent)
    found = -size if sign else size
    if not low <= found <= high:
        return (low & 0xFFFF_FFFF if sign else high), NV
    return found & 0xFFFF_FFFF, NX if lost else 0


def to_signed(a: int, mode: int) -> Result:
    """The nearest integer of 32 bits, signed; what has none gives the one at that end"""
    return _to_integer(a, mode, -(1 << 31), (1 << 31) - 1)


def to_unsigned(a: int, mode: int) -> Result:
    """The nearest integer of 32 bits, unsigned; what has none gives the one at that end"""
    return _to_integer(a, mode, 0, (1 << 32) - 1)


def from_signed(word: int, mode: int) -> Result:
    """The number nearest to a signed word"""
    size = (1 << 32) - word if word & SIGN else word
    return rounded((word & SIGN, size, 0), mode) if word else (0, 0)


def from_unsigned(word: int, mode: int) -> Result:
    """The number nearest to an unsigned word"""
    return rounded((0, word, 0), mode) if word else (0, 0)


# ---- as the language of meanings has them


class Operation(NamedTuple):
    """A function in `does`."""

    compute: Callable[..., Result]
    operands: int
    rounds: bool = False
    """Whether the last operand is a rounding mode; another one there raises ReservedMode."""

    def remembered(self) -> Callable[..., Result]:
        """What computes it, and knows its last results."""
        if not self.rounds:
            return lru_cache(maxsize=REMEMBERED)(self.compute)

        def rounding(*operands: int) -> Result:
            if operands[-1] > RMM:
                raise ReservedMode
            return self.compute(*operands)

        return lru_cache(maxsize=REMEMBERED)(rounding)


OPERATIONS = {
    "f32_add": Operation(add, 3, True),
    "f32_mul": Operation(multiply, 3, True),
    "f32_fma": Operation(fused, 4, True),
    "f32_div": Operation(divide, 3, True),
    "f32_sqrt": Operation(root, 2, True),
    "f32_min": Operation(least, 2),
    "f32_max": Operation(greatest, 2),
    "f32_eq": Operation(equal, 2),
    "f32_lt": Operation(less, 2),
    "f32_le": Operation(less_or_equal, 2),
    "f32_class": Operation(classified, 1),
    "f32_to_signed": Operation(to_signed, 2, True),
    "f32_to_unsigned": Operation(to_unsigned, 2, True),
    "f32_from_signed": Operation(from_signed, 2, True),
    "f32_from_unsigned": Operation(from_unsigned, 2, True),
}
FUNCTIONS = {name: operation.remembered() for name, operation in OPERATIONS.items()}
"""Operation → word and flags. Both are asked for apart, one behind the other."""
