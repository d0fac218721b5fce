"""The control and status registers of the machine that runs a call, but for its counters.

Input: numbers and words. Output: words; None where the machine has no such register.
Facts: those of unicorn's SiFive E31, read out of it register by register: what each holds at
first, and which of its bits can be written (tests/machine/test_own_engine.py compares them).
"""

from __future__ import annotations

from collections.abc import Mapping

from asm_rv32.isa.effects import is_read_only
from asm_rv32.isa.operands import FFLAGS, FRM
from asm_rv32.isa.words import WORD
from asm_rv32.machine.state import Registers

MEPC = 0x341
MISA = 0x301
MSTATUS = 0x300
FLOAT_PARTS = {1: (FFLAGS,), 2: (FRM,), 3: (FFLAGS, FRM)}
"""fflags, frm and fcsr → the numbers of what stands in them, from the low end on."""
PART_BITS = {FFLAGS: 5, FRM: 3}
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
FIRST_WITH_FLOAT = {MISA: 0x4014_112D, MSTATUS: 0x8000_6000}
"""The same of the SiFive U34, which has F; its state counts as changed from the start."""


class ControlRegisters:
    """What the registers hold, from the start of a call."""

    def __init__(
        self, more: Mapping[int, tuple[int, int]] = {}, floating: Registers | None = None
    ) -> None:
        """`more`: what extensions add; number → the bits that can be written, and what it holds at
        first. `floating`: where fcsr stands, where there is one."""
        self._floating = floating
        self._held: dict[int, int] = dict(FIRST if floating is None else FIRST_WITH_FLOAT)
        self._writable = WRITABLE
        if more:
            self._held |= {number: first for number, (_, first) in more.items()}
            self._writable = WRITABLE | {number: mask for number, (mask, _) in more.items()}

    def swap(self, number: int, name: str, value: int, writes: bool) -> int | None:
        """What the register held before it is changed as `name` says, one of `CSR_READS`; None
        for one that the machine has not, or that cannot be written."""
        if number in FLOAT_PARTS and self._floating is not None:
            return self._swap_parts(self._floating, number, name, value, writes)
        if number not in self._writable or (writes and is_read_only(number)):
            return None
        before = self._held.get(number, 0)
        if writes:
            after = _after(name, before, value)
            mask = self._writable[number]
            self._held[number] = before & ~mask | after & mask
        return before

    def _swap_parts(
        self, registers: Registers, number: int, name: str, value: int, writes: bool
    ) -> int:
        before = at = 0
        for part in FLOAT_PARTS[number]:
            before |= registers[part] << at
            at += PART_BITS[part]
        after = _after(name, before, value)
        for part in FLOAT_PARTS[number] if writes else ():
            registers[part] = after & (1 << PART_BITS[part]) - 1
            after >>= PART_BITS[part]
        return before

    def get(self, number: int) -> int:
        """What a register holds."""
        return self._held.get(number, 0)


def _after(name: str, before: int, value: int) -> int:
    return {"swap_csr": value, "set_csr": before | value}.get(name, before & ~value)
