"""The shortest way to load a constant.

Input: a 32-bit value and the register that it goes to.
Output: instructions as (mnemonic, immediate), each working on that register.
Invariant: fewest bytes, then fewest instructions, over all sequences of lui, addi, slli, srli,
xori and their compressed forms. Eight bytes (lui, addi) always do, so six is as far as a search
has to go.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

from asm_rv32.basis.derived import derived
from asm_rv32.isa.operands import SP, ZERO
from asm_rv32.isa.rows import lower_part, upper_part

LUI, ADDI, XORI, SRLI = "lui", "addi", "xori", "srli"
C_LI, C_LUI, C_ADDI, C_SLLI, C_SRLI = "c.li", "c.lui", "c.addi", "c.slli", "c.srli"
WORD = 0xFFFFFFFF
Sequence = tuple[tuple[str, int], ...]


def _signed(value: int) -> int:
    return ((value & WORD) ^ 0x80000000) - 0x80000000


def shortest_constant(value: int, register: int, compressed: bool) -> Sequence:
    """The sequence that loads `value` (32 bits, signed or unsigned) into `register`.

    `addi` and `c.li` as its first step take zero as their source.
    """
    compressed = compressed and register != ZERO
    return _shortest(value & WORD, compressed, 8 <= register <= 15, register != SP)


@lru_cache(maxsize=1 << 16)
def _shortest(value: int, compressed: bool, has_srli: bool, has_lui: bool) -> Sequence:
    signed = _signed(value)
    if compressed:
        found = _two_bytes(signed, has_lui)
        if found:
            return found
    if -2048 <= signed <= 2047:
        return ((ADDI, signed),)
    if not value & 0xFFF:
        return ((LUI, upper_part(value)),)
    if compressed:
        reach = _reach(has_srli, has_lui)
        found = reach.two_compressed(value) or reach.six_bytes(value)
        if found:
            return found
    return ((LUI, upper_part(value)), (ADDI, lower_part(value)))


def _two_bytes(signed: int, has_lui: bool) -> Sequence | None:
    if -32 <= signed <= 31:
        return ((C_LI, signed),)
    if has_lui and not signed & 0xFFF and -32 <= signed >> 12 <= 31:
        return ((C_LUI, signed >> 12),)
    return None


class _Reach:
    """What sequences of compressed instructions reach, for one class of registers."""

    def __init__(self, has_srli: bool, has_lui: bool) -> None:
        self.has_srli = has_srli
        self.has_lui = has_lui
        name = f"constants-{has_srli:d}{has_lui:d}"
        self.four_bytes: dict[int, int]
        self.sorted: list[int]
        self.shifted: dict[int, int]
        self.four_bytes, self.sorted, self.shifted = derived(name, [__file__], self._tables)

    def _tables(self) -> tuple[dict[int, int], list[int], dict[int, int]]:
        """Value → packed sequence: for two compressed steps, in order, and for srli as second."""
        seeds = {value & WORD: (C_LI, value) for value in range(-32, 32)}
        if self.has_lui:
            for upper in range(-32, 32):
                seeds.setdefault((upper << 12) & WORD, (C_LUI, upper))
        four_bytes: dict[int, int] = {}
        shifted: dict[int, int] = {}
        for value, seed in seeds.items():
            for step, result in self._steps(value):
                four_bytes.setdefault(result, _pack(seed, step))
            for amount in range(1, 32):
                shifted[value >> amount] = _pack(seed, (SRLI, amount))
        return four_bytes, sorted(four_bytes), shifted

    def _steps(self, value: int) -> Iterator[tuple[tuple[str, int], int]]:
        for immediate in range(-32, 32):
            if immediate:
                yield (C_ADDI, immediate), (value + immediate) & WORD
        for amount in range(1, 32):
            yield (C_SLLI, amount), (value << amount) & WORD
            if self.has_srli:
                yield (C_SRLI, amount), value >> amount

    def two_compressed(self, value: int) -> Sequence | None:
        """The sequence of two compressed instructions for `value`."""
        packed = self.four_bytes.get(value)
        return None if packed is None else _unpack(packed)

    def six_bytes(self, value: int) -> Sequence | None:
        """The sequence of six bytes for `value`, two instructions before three."""
        return self._two_then_four(value) or self._four_then_two(value) or self._three(value)

    def _two_then_four(self, value: int) -> Sequence | None:
        signed = _signed(value)
        low = lower_part(value)
        first = _two_bytes(_signed(value - low), self.has_lui)
        if first:
            return (*first, (ADDI, low))
        if -2048 - 32 <= signed <= 2047 + 31:
            rest = 31 if signed > 0 else -32
            return ((C_LI, rest), (ADDI, signed - rest))
        flipped = ((value & 0xFFF) ^ 0x800) - 0x800
        first = _two_bytes(_signed(value ^ flipped), self.has_lui)
        if first:
            return (*first, (XORI, flipped))
        packed = self.shifted.get(value)
        return None if packed is None else _unpack(packed)

    def _four_then_two(self, value: int) -> Sequence | None:
        low = lower_part(value)
        if -32 <= low <= 31:
            return ((LUI, upper_part(value)), (C_ADDI, low))
        for amount in range(1, 32):
            if not value & ((1 << amount) - 1):
                for rest in _unshifted(value, amount):
                    if -2048 <= rest <= 2047:
                        return ((ADDI, rest), (C_SLLI, amount))
            if self.has_srli and value < 1 << (32 - amount):
                first, last = value << amount, (value << amount) | ((1 << amount) - 1)
                if last >= 0xFFFFF800:
                    return ((ADDI, max(first, 0xFFFFF800) - (1 << 32)), (C_SRLI, amount))
                whole = (first + 0xFFF) & ~0xFFF
                if whole <= last:
                    return ((LUI, upper_part(whole)), (C_SRLI, amount))
        return None

    def _three(self, value: int) -> Sequence | None:
        four = self.four_bytes
        for immediate in range(-32, 32):
            found = four.get((value - immediate) & WORD)
            if found is not None:
                return (*_unpack(found), (C_ADDI, immediate))
        for amount in range(1, 32):
            if not value & ((1 << amount) - 1):
                for rest in _unshifted(value, amount):
                    found = four.get(rest & WORD)
                    if found is not None:
                        return (*_unpack(found), (C_SLLI, amount))
            if self.has_srli and value < 1 << (32 - amount):
                at = bisect_left(self.sorted, value << amount)
                if at < len(self.sorted) and self.sorted[at] >> amount == value:
                    return (*_unpack(four[self.sorted[at]]), (C_SRLI, amount))
        return None


_PACKED = (C_LI, C_LUI, C_ADDI, C_SLLI, C_SRLI, SRLI)


def _pack(*steps: tuple[str, int]) -> int:
    """A sequence as one number, which a kept table holds and reads faster than tuples."""
    packed = 0
    for name, immediate in reversed(steps):
        packed = packed << 16 | _PACKED.index(name) << 8 | (immediate & 0xFF)
    return packed


def _unpack(packed: int) -> Sequence:
    steps = []
    for _ in range(2):
        immediate = ((packed & 0xFF) ^ 0x80) - 0x80
        steps.append((_PACKED[packed >> 8 & 0xFF], immediate))
        packed >>= 16
    return tuple(steps)


def _unshifted(value: int, amount: int) -> tuple[int, int]:
    """What gives `value` when shifted left: the bits that fall out taken as zeros, or as the sign.

    No other choice of these bits is the result of a shorter sequence.
    """
    rest = value >> amount
    return rest, rest - (1 << (32 - amount))


@lru_cache(maxsize=4)
def _reach(has_srli: bool, has_lui: bool) -> _Reach:
    return _Reach(has_srli, has_lui)


def board_constant(value: int, register: int) -> Sequence:
    """The sequence that MicroPython 1.29 emits for `li` (py/asmrv32.c).

    But for sp it emits c.lui, which is another instruction there; here it is lui.
    """
    signed = _signed(value)
    if -32 <= signed <= 31:
        return ((C_LI, signed),)
    if -2048 <= signed <= 2047:
        return ((ADDI, signed),)
    upper, low = upper_part(signed), lower_part(signed)
    short = register != SP and upper != 0 and -16 <= upper <= 15
    first = (C_LUI if short else LUI, upper)
    if low == 0:
        return (first,)
    # It looks at the low part before its sign is extended.
    return (first, (C_ADDI if 0 <= low <= 31 else ADDI, low))
