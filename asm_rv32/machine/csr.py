"""The control and status registers of the machine that runs a call, but for its counters.

Input: numbers and words. Output: words; None where the machine has no such register. With a core,
the machine has that core's: those beyond unicorn's hold what is stored there.
Facts: those of unicorn's SiFive E31, read out of it register by register: what each holds at
first, and which of its bits can be written (tests/machine/test_own_engine.py compares them).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.isa.effects import is_read_only
from asm_rv32.isa.operands import FFLAGS, FRM
from asm_rv32.isa.words import WORD
from asm_rv32.machine.settings import COUNTERS, HIGH_HALF, INSTRUCTION_COUNTERS
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
SHADOW = 0x100
"""cycle and instret, read only, are mcycle and minstret less this (privileged manual, 3.1.10)."""
FIRST = {MISA: 0x4010_1105}
"""Number → what it holds at first; all others 0."""
FIRST_WITH_FLOAT = {MISA: 0x4014_112D, MSTATUS: 0x8000_6000}
"""The same of the SiFive U34, which has F; its state counts as changed from the start."""


class Switched(NamedTuple):
    """A counter of a core that others of its registers let run."""

    csr: int
    """The number of its low word; some have a high one, at `HIGH_HALF` from it."""
    counts: int
    """The counter, one of those of `Settings.counters`, as which it counts."""
    set: tuple[tuple[int, int], ...]
    """Number of a register and bits of it, one of which has to be set."""
    clear: tuple[tuple[int, int], ...]
    """The same, all of which have to be clear."""


class ControlRegisters:
    """What the registers hold, from the start of a call, on a core or on any."""

    def __init__(
        self, core: str | None = None, interrupted: int = 0,
        more: Mapping[int, tuple[int, int]] = {}, floating: Registers | None = None,
    ) -> None:  # fmt: skip
        """`interrupted`: where an interrupt handler that is called goes back to. `more`: what
        extensions add; number → the bits that can be written, and what it holds at first.
        `floating`: where fcsr stands, where there is one."""
        self._floating = floating
        first = FIRST if floating is None else FIRST_WITH_FLOAT
        self._held: dict[int, int] = {**first, MEPC: interrupted}
        self._writable = WRITABLE
        self._more = more
        if more:
            self._held |= {number: first for number, (_, first) in more.items()}
            self._writable = WRITABLE | {number: mask for number, (mask, _) in more.items()}
        self._exists: frozenset[int] | None = None
        self._counters: dict[int, Switched] = {}
        self._since: dict[int, tuple[int, int]] = {}
        """A counter → what it held when what it counts had come so far."""
        if core is not None:
            self._on(core)

    def _on(self, core: str) -> None:
        from asm_rv32.analysis.lint.csr import known_cores, registers_of  # reads the core's file

        if core in known_cores():
            found = registers_of(core)
            self._exists = found.exists
            self._held.update(found.first)
            self._counters = {row["csr"]: _switched(row) for row in found.counters}

    def lacks(self, number: int) -> bool:
        """Whether the core certainly has no such register."""
        return not (self._exists is None or number in self._exists or number in self._more)

    def allows(self, number: int) -> bool:
        """Whether the mode that the hart is in may access a register at all."""
        return True

    def is_own(self, number: int) -> bool:
        """Whether the core's is another than unicorn's, or there is only one of the two."""
        if self._exists is None:
            return False
        return self.lacks(number) or number not in WRITABLE or self._low(number) is not None

    def _low(self, number: int) -> Switched | None:
        """The counter that it is a word of, by itself or as its shadow."""
        number -= SHADOW if number & ~HIGH_HALF in COUNTERS and is_read_only(number) else 0
        return self._counters.get(number) or self._counters.get(number - HIGH_HALF)

    def is_float(self, number: int) -> bool:
        """Whether it is fcsr or a part of it, and stands among the registers of the call."""
        return self._floating is not None and number in FLOAT_PARTS

    def is_switched(self, number: int) -> bool:
        """Whether it is a counter that can stand still."""
        return self._low(number) is not None

    def counts_cycles(self, number: int) -> bool:
        """Whether it is a counter of cycles, or of a time that goes by them."""
        if self.lacks(number):
            return False
        counting = self._low(number)
        counter = number & ~HIGH_HALF if counting is None else counting.counts
        return counter in COUNTERS and counter not in INSTRUCTION_COUNTERS

    def swap(
        self, number: int, name: str, value: int, writes: bool, counted: Callable[[int], int]
    ) -> int | None:
        """What the register held before it is changed as `name` says, one of `CSR_READS`; None
        for one that the machine has not, or that cannot be written.

        `counted`: how far what one of COUNTERS counts has come, as it runs from the start.
        """
        if number in FLOAT_PARTS and self._floating is not None:
            return self._swap_parts(self._floating, number, name, value, writes)
        known = number in self._writable if self._exists is None else not self.lacks(number)
        if not known or (writes and is_read_only(number)):
            return None
        counting = self._low(number)
        before = self._held.get(number, 0)
        if counting is not None:
            count = self._count(counting, counted)
            is_low = number in (counting.csr, counting.csr + SHADOW)
            before = (count if is_low else count >> 32) & WORD
        if writes:
            for each in self._counters.values():  # what is written may start or stop one
                self._since[each.csr] = self._count(each, counted), counted(each.counts)
            after = _after(name, before, value)
            mask = WORD if self.is_own(number) else self._writable[number]
            self._write(number, before & ~mask | after & mask)
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

    def _write(self, number: int, value: int) -> None:
        self._held[number] = value
        counting = self._low(number)
        if counting is not None:
            count, since = self._since[counting.csr]
            low, high = count & WORD, count >> 32
            low, high = (value, high) if number == counting.csr else (low, value)
            self._since[counting.csr] = high << 32 | low, since

    def _count(self, counting: Switched, counted: Callable[[int], int]) -> int:
        runs = all(self._held.get(csr, 0) & bits for csr, bits in counting.set) and not any(
            self._held.get(csr, 0) & bits for csr, bits in counting.clear
        )
        held, since = self._since.get(counting.csr, (0, 0))
        return held + counted(counting.counts) - since if runs else held

    def leave(self) -> int | None:
        """Where mret goes to; None where the mode that the hart is in has none."""
        return self.get(MEPC)

    def get(self, number: int) -> int:
        """What a register holds."""
        return self._held.get(number, 0)


def _after(name: str, before: int, value: int) -> int:
    return {"swap_csr": value, "set_csr": before | value}.get(name, before & ~value)


def _switched(row: dict[str, Any]) -> Switched:
    set_, clear = (tuple((csr, bits) for csr, bits in row.get(key, [])) for key in ("set", "clear"))
    return Switched(row["csr"], row["counts"], set_, clear)
