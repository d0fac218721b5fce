"""Bare execution of code under unicorn, apart from the library's own machine.

Input: code, where to start, and registers. Output: registers at the return.
Invariant: a fresh machine each time, so nothing translated before can stand in.
"""

from __future__ import annotations

from unicorn import riscv_const as riscv
from unicorn import unicorn_const as constants
from unicorn.unicorn import Uc

BASE = 0x10_0000
STOP = 0x1000
PAGE = 0x1000


def execute(code: bytes, start: int = 0, count: int = 100_000, **registers: int) -> dict[str, int]:
    """Run from offset `start` until the code returns; the registers as unsigned numbers.

    Raises AssertionError where it does not return within `count` instructions.
    """
    machine = Uc(constants.UC_ARCH_RISCV, constants.UC_MODE_RISCV32)
    machine.ctl_set_cpu_model(riscv.UC_CPU_RISCV32_SIFIVE_E31)
    machine.ctl_set_tcg_buffer_size(16 << 20)
    machine.mem_map(BASE, max(len(code) + PAGE - 1 & -PAGE, PAGE))
    machine.mem_map(STOP, PAGE)
    machine.mem_write(BASE, code)
    machine.reg_write(riscv.UC_RISCV_REG_RA, STOP)
    for name, value in registers.items():
        machine.reg_write(getattr(riscv, f"UC_RISCV_REG_{name.upper()}"), value & 0xFFFFFFFF)
    machine.emu_start(BASE + start, STOP, count=count)
    assert machine.reg_read(riscv.UC_RISCV_REG_PC) == STOP, "it did not return"
    return {
        name: machine.reg_read(getattr(riscv, f"UC_RISCV_REG_{name.upper()}")) & 0xFFFFFFFF
        for name in ("ra", "t0", "t1", "t2", "a0", "a1", "a2", "s0", "s1", "sp", "t6")
    }
