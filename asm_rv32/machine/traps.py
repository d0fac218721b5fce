"""Exceptions that a bare program's own handler takes: into it, and back by mret.

Input: `Fault`s, and what instructions do to control and status registers. Output: where control
goes on.
Invariant: there are machine and user mode, and no interrupts. Exceptions go to the address in
mtvec; while that holds 0 they end the run. A handler whose first instruction does not execute
would come to itself for ever: it ends the run, too. What PMP registers hold protects nothing.
Source: Privileged ISA 1.12, 2.1 (who may access a CSR), 3.1.1, 3.1.6, 3.1.7, 3.1.11, 3.1.14 to
3.1.16, 3.3.2.
"""

from __future__ import annotations

from asm_rv32.machine.bare import BareJudge
from asm_rv32.machine.csr import MEPC, MISA, MSTATUS, WRITABLE, ControlRegisters
from asm_rv32.machine.errors import BREAKPOINT, ECALL, FETCH, Fault
from asm_rv32.machine.state import Registers

MTVEC, MCOUNTEREN, MCAUSE, MTVAL = 0x305, 0x306, 0x342, 0x343
MIE, MPIE, MPP = 1 << 3, 1 << 7, 3 << 11
USER, MACHINE = 0, 3


class TrapRegisters(ControlRegisters):
    """The control and status registers of a bare program, and the mode that it is in."""

    def __init__(self, judge: BareJudge, floating: Registers) -> None:
        floats = floating if judge.has_fcsr else None
        super().__init__(judge.settings.core, more=judge.csr_states, floating=floats)
        self._judge = judge
        self._mode = MACHINE
        start = WRITABLE[MEPC] & (~1 if judge.compressed else ~3)
        self._writable = {**self._writable, MEPC: start}
        letters = judge.image.isa.removeprefix("rv32").partition("_")[0]
        self._held[MISA] = 1 << 30 | sum(1 << ord(letter) - ord("a") for letter in {*letters, "u"})

    def allows(self, number: int) -> bool:
        if self._mode < number >> 8 & 3:
            return False
        counter = number & 0x7F
        is_counter = number >> 8 == 0xC and counter < 32
        return self._mode != USER or not is_counter or bool(self.get(MCOUNTEREN) >> counter & 1)

    def _write(self, number: int, value: int) -> None:
        if number == MSTATUS and value & MPP not in (0, MPP):
            value = value & ~MPP | self._held.get(MSTATUS, 0) & MPP  # a mode that there is not
        super()._write(number, value)

    def taken(self, fault: Fault) -> int | Fault:
        """Where control goes on behind a fault; or the fault, where it ends the run."""
        judge, handler = self._judge, self.get(MTVEC)
        if fault.cause is None or not handler or not judge.code.holds(handler, 1):
            return fault
        at = fault.address if fault.cause == FETCH else judge.base + (fault.pc or 0)
        assert at is not None
        if at == handler:
            return fault
        status = self.get(MSTATUS)
        enabled = MPIE if status & MIE else 0
        self._held[MSTATUS] = status & ~(MIE | MPIE | MPP) | enabled | self._mode << 11
        self._held[MEPC] = at & self._writable[MEPC]
        self._held[MCAUSE] = fault.cause + (self._mode if fault.cause == ECALL else 0)
        self._held[MTVAL] = at if fault.cause == BREAKPOINT else fault.value
        self._mode = MACHINE
        return handler

    def leave(self) -> int | None:
        if self._mode != MACHINE:
            return None
        status = self.get(MSTATUS)
        self._mode = status >> 11 & 3
        enabled = MIE if status & MPIE else 0
        self._held[MSTATUS] = status & ~(MIE | MPP) | enabled | MPIE
        return self.get(MEPC)
