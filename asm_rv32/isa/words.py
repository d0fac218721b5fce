"""Arithmetic of 32-bit words: what each operation of a meaning gives.

Input and output: unsigned words, 0 to 2**32 - 1; a comparison gives 0 or 1.
Invariant: total; what the manuals define for division by zero and overflow is given here.
Facts: Unprivileged ISA, chapters 2 (RV32I), 12 (M), 30 (bit manipulation).
"""

from __future__ import annotations

from collections.abc import Callable

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
})  # fmt: skip
"""Name → its result. A domain of values that lacks one of them knows nothing of its result."""


def arity(name: str) -> int:
    """How many operands an operation has; -1 for what is none."""
    from asm_rv32.isa import binary32  # only where tables are made anew

    if name in OPERATIONS:
        code: Any = OPERATIONS[name].__code__
        return int(code.co_argcount)
    found = binary32.OPERATIONS.get(name.removeprefix(RAISED))
    return found.operands if found else -1
