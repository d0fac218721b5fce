"""In: a unicorn machine, where to start and to stop.  Out: the path taken, as tokens.

A token >= 0 is the address of a block that was entered. A token < 0 stands for what an
instruction in that block read from registers, where its cost depends on it: the index of an
entry of `operands`, inverted. Python is called once a block and once for each such
instruction, never for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from asm_rv32.machine.interrupts import emulate
from asm_rv32.timing.code import Code
from asm_rv32.timing.instruction import Op
from asm_rv32.timing.model import Core, TimingError, operand_cycles, reads_operands

__all__ = ["CONDITIONS", "Recorder"]

_CHUNK = 1 << 16  # tokens handed on at a time
_NOWHERE = 0xFFFF_FFFE  # an address at which nothing is ever fetched


class Recorder:
    """Runs a machine and hands its path to `sink`, in pieces."""

    def __init__(
        self, uc: Any, code: Code, cores: Sequence[Core], sink: Callable[[list[int]], None]
    ) -> None:
        self.uc = uc
        self.code = code
        self.cores = tuple(cores)
        self.sink = sink
        self.blocks: dict[int, tuple[Op, ...]] = {}
        self.operands: list[tuple[int, ...]] = []  # one number a core
        self.executed = 0
        self._operand_tokens: dict[tuple[int, ...], int] = {}
        self._tokens: list[int] = []
        self._hooked: set[int] = set()
        self._hooks: list[int] = []
        self._restart: int | None = None
        self._failure: Exception | None = None
        self._stopped_at: int | None = None

    def run(self, start: int, *, end: int | None, stop_store: int | None, limit: int) -> int:
        """Run from `start` to `end`, or until the word at `stop_store` is written.

        Returns the address behind the last instruction that ran, or `end`. Raises TimingError
        when neither comes within `limit` instructions, unicorn.UcError for a fault.
        """
        import unicorn
        from unicorn.riscv_const import UC_RISCV_REG_PC

        uc = self.uc
        self._hooks.append(uc.hook_add(unicorn.UC_HOOK_BLOCK, self._on_block))
        if stop_store is not None:
            kind = unicorn.UC_HOOK_MEM_WRITE
            self._hooks.append(uc.hook_add(kind, self._on_stop, None, stop_store, stop_store + 3))
        try:
            self._restart = start
            while self._restart is not None:
                pc, self._restart = self._restart, None
                uc.ctl_flush_tb()
                emulate(uc, pc, _NOWHERE if end is None else end, limit + 1)
                if self._failure is not None:
                    raise self._failure
            stopped = self._stopped_at
            if stopped is None:
                stopped = int(uc.reg_read(UC_RISCV_REG_PC))
                if stopped != end:
                    raise TimingError(
                        f"stopped at {stopped:#x} before the end, or not done after"
                        f" {limit:,} instructions"
                    )
            self._flush()
            return stopped
        finally:
            for hook in self._hooks:
                uc.hook_del(hook)
            uc.ctl_flush_tb()

    def _flush(self) -> None:
        blocks = self.blocks
        self.executed += sum([len(blocks[token]) for token in self._tokens if token >= 0])
        self.sink(self._tokens)
        self._tokens.clear()

    def _on_block(self, uc: Any, address: int, size: int, _: object) -> None:
        if address not in self.blocks:
            self._enter_new(address, size)
            if address not in self.blocks:
                uc.emu_stop()
                return
        self._tokens.append(address)
        if len(self._tokens) >= _CHUNK:
            self._flush()

    def _on_stop(
        self, uc: Any, access: int, address: int, size: int, value: int, _: object
    ) -> None:
        from unicorn.riscv_const import UC_RISCV_REG_PC

        pc = int(uc.reg_read(UC_RISCV_REG_PC))
        self._stopped_at = pc + self.code.at(pc).size
        uc.emu_stop()

    def _enter_new(self, address: int, size: int) -> None:
        """Decode a block; where operands of it are needed, hook them and start it again."""
        try:
            ops = self.code.block(address, address + size)
            needed = [op for op in ops if self.needs(op) and op.pc not in self._hooked]
        except TimingError as error:
            self._failure = error
            return
        if needed:
            import unicorn

            for op in needed:
                self._hooked.add(op.pc)
                self._hooks.append(
                    self.uc.hook_add(unicorn.UC_HOOK_CODE, self._on_operands, op, op.pc, op.pc)
                )
            self._restart = address
        else:
            self.blocks[address] = ops

    def needs(self, op: Op) -> bool:
        """Whether registers are read when `op` runs."""
        if op.name in CONDITIONS:  # the block after it tells the outcome, but not of this:
            return op.imm == op.size
        return any(reads_operands(core, op) for core in self.cores)

    def _on_operands(self, uc: Any, address: int, size: int, op: Op) -> None:
        from unicorn.riscv_const import UC_RISCV_REG_X0

        rs1 = uc.reg_read(UC_RISCV_REG_X0 + op.rs1) if op.rs1 else 0
        rs2 = uc.reg_read(UC_RISCV_REG_X0 + op.rs2) if op.rs2 else 0
        self.note(op, rs1, rs2)

    def note(self, op: Op, rs1: int, rs2: int) -> None:
        """Keep what an instruction reads from registers, as far as its cost depends on it."""
        condition = CONDITIONS.get(op.name)
        if condition is not None:
            value = (int(condition(rs1, rs2)),) * len(self.cores)
        else:
            value = tuple([operand_cycles(core, op, rs1, rs2) for core in self.cores])
        token = self._operand_tokens.get(value)
        if token is None:
            self.operands.append(value)
            token = self._operand_tokens[value] = -len(self.operands)
        self._tokens.append(token)


_SIGN = 1 << 31
CONDITIONS: dict[str, Callable[[int, int], bool]] = {
    "beq": lambda a, b: a == b,
    "bne": lambda a, b: a != b,
    "blt": lambda a, b: a ^ _SIGN < b ^ _SIGN,
    "bge": lambda a, b: a ^ _SIGN >= b ^ _SIGN,
    "bltu": lambda a, b: a < b,
    "bgeu": lambda a, b: a >= b,
}
