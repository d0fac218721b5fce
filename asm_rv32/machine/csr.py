"""The control and status registers of the machine that runs a call, but for its counters.

Input: numbers and words. Output: words; None where the machine has no such register.
Facts: those of unicorn's SiFive E31, read out of it register by register: what each holds at
first, and which of its bits can be written (tests/machine/test_own_engine.py compares them).
"""

from __future__ import annotations

from collections.abc import Mapping

from asm_rv32.isa.effects import is_read_only
from asm_rv32.isa.words import WORD

MEPC = 0x341
MISA = 0x301
WRITABLE: dict[int, int] = {
    0x300: 0xE01E_79AA, MISA: 0, 0x302: 0x00B0_BFFF, 0x303: 0x666, 0x304: 0xEEE, 0x305: WORD - 3,
    0x306: WORD, 0x310: 0xC0, 0x321: WORD, **dict.fromkeys(range(0x323, 0x340), 0),
    **dict.fromkeys(range(0x340, 0x344), WORD), 0x344: 0x666,
    **dict.fromkeys(range(0x3A0, 0x3A4), WORD), **dict.fromkeys(range(0x3B0, 0x3C0), WORD),
    0xB00: 0, **dict.fromkeys(range(0xB02, 0xB20), 0), 0xB80: 0,
    **dict.fromkeys(range(0xB82, 0xBA0), 0), 0xC00: 0, **dict.fromkeys(range(0xC02, 0xC20), 0),
    0xC80: 0, **dict.fromkeys(range(0xC82, 0xCA0), 0), **dict.fromkeys(range(0xF11, 0xF15), 0),
}  # fmt: skip
"""Number → the bits that can be written."""
FIRST = {MISA: 0x4010_1105}
"""Number → what it holds at first; all others 0."""


class ControlRegisters:
    """What the registers hold, from the start of a call."""

    def __init__(self, more: Mapping[int, tuple[int, int]] = {}) -> None:
        """`more`: what extensions add; number → the bits that can be written, and what it holds at
        first."""
        self._held: dict[int, int] = dict(FIRST)
        self._writable = WRITABLE
        if more:
            self._held |= {number: first for number, (_, first) in more.items()}
            self._writable = WRITABLE | {number: mask for number, (mask, _) in more.items()}

    def swap(self, number: int, name: str, value: int, writes: bool) -> int | None:
        """What the register held before it is changed as `name` says, one of `CSR_READS`; None
        for one that the machine has not, or that cannot be written."""
        if number not in self._writable or (writes and is_read_only(number)):
            return None
        before = self._held.get(number, 0)
        if writes:
            after = {"swap_csr": value, "set_csr": before | value}.get(name, before & ~value)
            mask = self._writable[number]
            self._held[number] = before & ~mask | after & mask
        return before

    def get(self, number: int) -> int:
        """What a register holds."""
        return self._held.get(number, 0)
