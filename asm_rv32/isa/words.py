"""Arithmetic of 32-bit words: what each operation of a meaning gives.

Input and output: unsigned words, 0 to 2**32 - 1; a comparison gives 0 or 1.
Invariant: total; what the manuals define for division by zero and overflow is given here.
Facts: Unprivileged ISA, chapters 2 (RV32I), 12 (M), 30 (bit manipulation and cryptography).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from asm_rv32.basis.records import Any

WORD = 0xFFFF_FFFF
SIGN = 0x8000_0000


def signed(word: int) -> int:
    """The word as a two's complement number."""
    return (word ^ SIGN) - SIGN


def extended(word: int, bits: int) -> int:
    """The low bits of a word, their sign extended to 32 bits."""
    low, sign = word & ((1 << bits) - 1), 1 << (bits - 1)
    return ((low ^ sign) - sign) & WORD


def _quotient(a: int, b: int) -> int:
    """Rounded towards zero; all ones for a division by zero."""
    if b == 0:
        return WORD
    x, y = signed(a), signed(b)
    return (abs(x) // abs(y) * (-1 if (x < 0) != (y < 0) else 1)) & WORD


def _remainder(a: int, b: int) -> int:
    """With the dividend's sign; the dividend for a division by zero."""
    if b == 0:
        return a
    x, y = signed(a), signed(b)
    return (abs(x) % abs(y) * (-1 if x < 0 else 1)) & WORD


def _or_combine(a: int) -> int:
    return sum(0xFF << at for at in (0, 8, 16, 24) if a >> at & 0xFF)


def _carryless(a: int, b: int) -> int:
    """The product of two polynomials over the field of two elements: all of its 63 bits."""
    product = 0
    while b:
        product ^= a << (b.bit_length() - 1)
        b ^= 1 << (b.bit_length() - 1)
    return product


def _reverse_bits(a: int) -> int:
    return int(f"{a:032b}"[::-1], 2)


def _interleave(a: int) -> int:
    """The bits of the low half at even places, those of the high half at odd ones."""
    text = f"{a:032b}"
    return int("".join(high + low for high, low in zip(text[:16], text[16:])), 2)


def _deinterleave(a: int) -> int:
    text = f"{a:032b}"
    return int(text[::2] + text[1::2], 2)


def _permute(a: int, b: int, width: int) -> int:
    """For each item of so many bits of `b`, that item of `a` whose number it is, or 0."""
    item = (1 << width) - 1
    return sum((a >> width * (b >> at & item) & item) << at for at in range(0, 32, width))


# ---- S-boxes: the inverse in a field of 256 elements, between linear maps


@lru_cache(maxsize=2)
def _inverses(polynomial: int) -> bytes:
    """Element → its inverse, 0 for 0, in the field of polynomials modulo this one of degree 8."""
    found = bytearray(256)
    for element in range(1, 256):
        if found[element]:
            continue
        for other in range(1, 256):
            product = _carryless(element, other)
            for bit in range(14, 7, -1):
                product ^= (polynomial << bit - 8) * (product >> bit & 1)
            if product == 1:
                found[element], found[other] = other, element
                break
    return bytes(found)


def _turned(row: int, byte: int) -> int:
    """Bit n is the parity of what a byte has in common with a row turned n places left."""
    turned = ((row << at | row >> 8 - at) & 255 for at in range(8))
    return sum(((each & byte).bit_count() & 1) << at for at, each in enumerate(turned))


@lru_cache(maxsize=1)
def _aes_sbox() -> bytes:
    """FIPS 197, 5.1.1."""
    return bytes(_turned(0xF1, inverse) ^ 0x63 for inverse in _inverses(0x11B))


@lru_cache(maxsize=1)
def _aes_inverse_sbox() -> bytes:
    """FIPS 197, 5.3.2."""
    return bytes(_aes_sbox().index(byte) for byte in range(256))


@lru_cache(maxsize=1)
def _sm4_sbox() -> bytes:
    """GB/T 32907: one linear map on both sides of the inverse."""
    inverses = _inverses(0x1F5)
    return bytes(
        _turned(0xA7, inverses[_turned(0xA7, byte) ^ 0xD3]) ^ 0xD3 for byte in range(256)
    )  # fmt: skip


RAISED = "raised_"
"""In front of an operation of binary32: the flags that it raises, not its result."""


class _Operations(dict[str, Callable[..., int]]):
    """Those of integers, and those of binary32, which are loaded where one is asked for."""

    def __missing__(self, name: str) -> Callable[..., int]:
        from asm_rv32.isa import binary32  # only code with floating point needs it

        compute = binary32.FUNCTIONS[name.removeprefix(RAISED)]
        part = int(name.startswith(RAISED))
        return lambda *operands: compute(*operands)[part]


OPERATIONS: dict[str, Callable[..., int]] = _Operations({
    "+": lambda a, b: a + b & WORD,
    "-": lambda a, b: a - b & WORD,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "shl": lambda a, b: a << (b & 31) & WORD,
    "shr": lambda a, b: a >> (b & 31),
    "sar": lambda a, b: signed(a) >> (b & 31) & WORD,
    "*": lambda a, b: a * b & WORD,
    "signed_high": lambda a, b: signed(a) * signed(b) >> 32 & WORD,
    "high": lambda a, b: a * b >> 32,
    "mixed_high": lambda a, b: signed(a) * b >> 32 & WORD,
    "signed_quotient": _quotient,
    "quotient": lambda a, b: a // b if b else WORD,
    "signed_remainder": _remainder,
    "remainder": lambda a, b: a % b if b else a,
    "eq": lambda a, b: int(a == b),
    "ne": lambda a, b: int(a != b),
    "lts": lambda a, b: int(a ^ SIGN < b ^ SIGN),
    "ges": lambda a, b: int(a ^ SIGN >= b ^ SIGN),
    "ltu": lambda a, b: int(a < b),
    "geu": lambda a, b: int(a >= b),
    "if": lambda condition, a, b: a if condition else b,
    "signed8": lambda a: extended(a, 8),
    "signed16": lambda a: extended(a, 16),
    "leading_zeros": lambda a: 32 - a.bit_length(),
    "trailing_zeros": lambda a: (a & -a).bit_length() - 1 if a else 32,
    "count_ones": lambda a: a.bit_count(),
    "reverse_bytes": lambda a: int.from_bytes(a.to_bytes(4, "little"), "big"),
    "or_combine": _or_combine,
    "reverse_bits": _reverse_bits,
    "interleave": _interleave,
    "deinterleave": _deinterleave,
    "carryless": lambda a, b: _carryless(a, b) & WORD,
    "carryless_high": lambda a, b: _carryless(a, b) >> 32,
    "permute4": lambda a, b: _permute(a, b, 4),
    "permute8": lambda a, b: _permute(a, b, 8),
    "aes_sbox": lambda a: _aes_sbox()[a & 255],
    "aes_inverse_sbox": lambda a: _aes_inverse_sbox()[a & 255],
    "sm4_sbox": lambda a: _sm4_sbox()[a & 255],
})  # fmt: skip
"""Name → its result. A domain of values that lacks one of them knows nothing of its result."""


def arity(name: str) -> int:
    """How many operands an operation has; -1 for what is none."""
    if name in OPERATIONS:
        code: Any = OPERATIONS[name].__code__
        return int(code.co_argcount)
    from asm_rv32.isa import binary32  # only where a table has floating point

    found = binary32.OPERATIONS.get(name.removeprefix(RAISED))
    return found.operands if found else -1


MOVING = ("reverse_bytes", "reverse_bits", "interleave", "deinterleave")
"""Operations each bit of whose result is one of the operand, whatever the others are."""
BY_BYTE = ("aes_sbox", "aes_inverse_sbox", "sm4_sbox")
"""Operations that give a byte, which depends on the lowest one of the operand alone."""
