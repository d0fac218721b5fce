"""The registers and the memory of a stopped unicorn machine, as Python sees them; what it holds.

Input: a unicorn machine. Output: words, and stores under the checks that instructions are under.
"""

from __future__ import annotations

from collections.abc import Callable

from unicorn import riscv_const as riscv
from unicorn import unicorn_const as unicorn
from unicorn.unicorn import Uc

from asm_rv32.basis.records import Any
from asm_rv32.isa.operands import FFLAGS, FLOAT
from asm_rv32.machine.calling import WORD

TRANSLATION_BUFFER = 16 << 20
"""Bytes of host memory for translated code; unicorn's default reserves 1 GiB a machine."""

STORES = (unicorn.UC_MEM_WRITE, unicorn.UC_MEM_WRITE_UNMAPPED, unicorn.UC_MEM_WRITE_PROT)
"""The kinds of access, as hooks get to see them, that store."""
FETCH_ERRORS = (unicorn.UC_ERR_FETCH_UNMAPPED, unicorn.UC_ERR_FETCH_PROT)
"""Where control came to what is no code."""


REGISTERS = (
    *range(riscv.UC_RISCV_REG_X0, riscv.UC_RISCV_REG_X0 + FLOAT),
    *range(riscv.UC_RISCV_REG_F0, riscv.UC_RISCV_REG_F0 + FLOAT),
    riscv.UC_RISCV_REG_FFLAGS, riscv.UC_RISCV_REG_FRM,
)  # fmt: skip
"""Our number of a register, or of a part of fcsr → unicorn's."""
BOX = WORD << 32
"""What stands above a word in a register of 64 bits, as unicorn's hart with F has them: a word
without it is none to instructions that compute (Unprivileged ISA 22.2)."""


def new_hart(has_float: bool) -> Any:
    """A unicorn machine. `has_float`: with F, and no Zcmp beside the D that comes with it."""
    make: Any = Uc  # untyped: the types that unicorn ships are those of its Python 2 binding
    uc = make(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV32)
    # The default CPU has F and D, whose encodings those of Zcmp overlap.
    model = riscv.UC_CPU_RISCV32_SIFIVE_U34 if has_float else riscv.UC_CPU_RISCV32_SIFIVE_E31
    uc.ctl_set_cpu_model(model)
    uc.ctl_set_tcg_buffer_size(TRANSLATION_BUFFER)
    if has_float:
        from asm_rv32.machine.csr import FIRST_WITH_FLOAT, MSTATUS

        uc.reg_write(riscv.UC_RISCV_REG_MSTATUS, FIRST_WITH_FLOAT[MSTATUS])
    return uc


class UnicornRegisters:
    """The registers of a stopped machine, by number, as unsigned words."""

    __slots__ = ("_uc",)

    def __init__(self, uc: Any) -> None:
        self._uc = uc

    @property
    def pc(self) -> int:
        """The address of the instruction that is executed."""
        return int(self._uc.reg_read(riscv.UC_RISCV_REG_PC)) & WORD

    def __getitem__(self, number: int) -> int:
        return int(self._uc.reg_read(REGISTERS[number])) & WORD

    def __setitem__(self, number: int, value: int) -> None:
        # unicorn would keep a value written to x0.
        if number:
            box = BOX if FLOAT <= number < FFLAGS else 0
            self._uc.reg_write(REGISTERS[number], value & WORD | box)


class UnicornMemory:
    """The memory of a call, little-endian, under the checks that instructions are under."""

    __slots__ = ("_check", "_uc")

    def __init__(self, uc: Any, check: Callable[[int, int, bool], None]) -> None:
        """`check` takes address, size and whether it is a store, and raises what stops the run."""
        self._uc = uc
        self._check = check

    def load(self, address: int, size: int) -> int:
        """The unsigned value of `size` bytes (1, 2 or 4)."""
        self._check(address, size, False)
        return int.from_bytes(self._uc.mem_read(address, size), "little")

    def store(self, address: int, size: int, value: int) -> None:
        """Store the low `size` bytes (1, 2 or 4) of a value."""
        self._check(address, size, True)
        content = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")
        self._uc.mem_write(address, content)


class Hold:
    """Mappings and hooks of a machine that come and go together."""

    def __init__(self, changes: Callable[[], None]) -> None:
        """`changes` is called ahead of each that comes or goes."""
        self._changes = changes
        self._mapped: list[tuple[int, int]] = []
        self._hooks: list[int] = []

    def map(self, uc: Any, address: int, size: int, protection: int) -> None:
        self._changes()
        uc.mem_map(address, size, protection)
        self._mapped.append((address, size))

    def hook(
        self, uc: Any, kind: int, callback: Callable[..., Any], first: int = 1, last: int = 0
    ) -> None:
        """Hook the addresses from `first` to `last`; all of them by default."""
        self._changes()
        self._hooks.append(uc.hook_add(kind, callback, None, first, last))

    def clear(self, uc: Any) -> None:
        self._changes()
        while self._hooks:
            uc.hook_del(self._hooks.pop())
        while self._mapped:
            uc.mem_unmap(*self._mapped.pop())
