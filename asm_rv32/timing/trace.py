"""In: a unicorn machine, where to start and to stop.  Out: the path taken, as tokens.

A token >= 0 is the address of a block that was entered; a block ends, too, behind an instruction
that is executed in unicorn's place, as unicorn starts anew there whatever it has translated. A
token < 0 stands for what an instruction in that block read from registers, where its cost depends
on it: the index of an entry of `operands`, inverted. Python is called once a block and once for
each such instruction, never for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from asm_rv32.basis.records import Any
from asm_rv32.isa.meaning import Constant, Goto
from asm_rv32.machine.foreign import is_foreign
from asm_rv32.machine.interrupts import emulate
from asm_rv32.machine.semantics import execution, value
from asm_rv32.machine.settings import Semantics
from asm_rv32.timing.code import Code
from asm_rv32.timing.instruction import Op
from asm_rv32.timing.model import Core, TimingError, operand_cycles, reads_operands

__all__ = ["Recorder"]

_CHUNK = 1 << 16  # tokens handed on at a time
_NOWHERE = 0xFFFF_FFFE  # an address at which nothing is ever fetched


class Recorder:
    """Runs a machine and hands its path to `sink`, in pieces."""

    def __init__(
        self,
        uc: Any,
        code: Code,
        cores: Sequence[Core],
        sink: Callable[[list[int]], None],
        helped: Iterable[int] = (),
    ) -> None:
        """`helped`: addresses where hooks of the machine's owner execute the instruction; what
        else unicorn lacks is executed here."""
        self.uc = uc
        self.code = code
        self.cores = tuple(cores)
        self.sink = sink
        self.blocks: dict[int, tuple[Op, ...]] = {}
        self.operands: list[tuple[int, ...]] = []  # one number a core
        self._operand_tokens: dict[tuple[int, ...], int] = {}
        self._tokens: list[int] = []
        self._hooked: set[int] = set()
        self._helped = set(helped)
        self._hooks: list[int] = []
        self._restart: int | None = None
        self._failure: Exception | None = None
        self._stop_store: int | None = None
        self._stopped_at: int | None = None

    def run(self, start: int, *, end: int | None, stop_store: int | None, limit: int) -> int:
        """Run from `start` to `end`, or until the word at `stop_store` is written.

        Returns the address behind the last instruction that ran, or `end`. Raises TimingError
        when neither comes within `limit` instructions, unicorn.UcError for a fault.
        """
        import unicorn
        from unicorn.riscv_const import UC_RISCV_REG_PC

        uc = self.uc
        self._stop_store = stop_store
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
            ops = self.code.block(address, address + size, self._is_helped)
            needed = [op for op in ops if self.needs(op) and op.pc not in self._hooked]
        except TimingError as error:
            self._failure = error
            return
        self._hooked.update(op.pc for op in needed)
        for op in needed:
            self._hook(op, self._on_operands, (op, outcome_of(op)))
        lacking = [op for op in ops if self._is_helped(op) and op.pc not in self._helped]
        for op in lacking:
            self._helped.add(op.pc)
            self._hook(op, self._on_lacking, execution(op.written))
        if needed or lacking:
            self._restart = address
        else:
            self.blocks[address] = ops

    def _is_helped(self, op: Op) -> bool:
        return op.pc in self._helped or is_foreign(op.written)

    def _hook(self, op: Op, callback: Callable[..., None], data: object) -> None:
        import unicorn

        self._hooks.append(self.uc.hook_add(unicorn.UC_HOOK_CODE, callback, data, op.pc, op.pc))

    def _on_lacking(self, uc: Any, address: int, size: int, execute: Semantics) -> None:
        from unicorn.riscv_const import UC_RISCV_REG_PC
        from unicorn.unicorn import UcError

        from asm_rv32.machine.unicorn_state import UnicornMemory, UnicornRegisters

        after = address + self.code.at(address).size

        def on_access(at: int, size: int, is_store: bool) -> None:
            word = self._stop_store
            if is_store and word is not None and word - size < at < word + 4:
                self._stopped_at = after

        try:
            target = execute(UnicornRegisters(uc), UnicornMemory(uc, on_access))
        except UcError as error:
            self._failure = error
        if self._failure is not None or self._stopped_at is not None:
            uc.emu_stop()
            return
        uc.reg_write(UC_RISCV_REG_PC, after if target is None else target)

    def needs(self, op: Op) -> bool:
        """Whether registers are read when `op` runs."""
        if op.is_branch:  # the block after it tells the outcome, but not of this:
            return op.imm == op.size
        return any(reads_operands(core, op) for core in self.cores)

    def _on_operands(self, uc: Any, address: int, size: int, data: tuple[Op, Any]) -> None:
        from unicorn.riscv_const import UC_RISCV_REG_X0

        op, outcome = data
        rs1 = uc.reg_read(UC_RISCV_REG_X0 + op.rs1) if op.rs1 else 0
        rs2 = uc.reg_read(UC_RISCV_REG_X0 + op.rs2) if op.rs2 else 0
        self.note(op, outcome, rs1, rs2)

    def note(self, op: Op, outcome: Any, rs1: int, rs2: int) -> None:
        """Keep what an instruction reads from registers, as far as its cost depends on it."""
        if op.is_branch:
            is_taken = outcome({op.rs1: rs1, op.rs2: rs2}, None, {})
            found = (int(is_taken),) * len(self.cores)
        else:
            found = tuple([operand_cycles(core, op, rs1, rs2) for core in self.cores])
        token = self._operand_tokens.get(found)
        if token is None:
            self.operands.append(found)
            token = self._operand_tokens[found] = -len(self.operands)
        self._tokens.append(token)


@lru_cache(maxsize=4096)
def outcome_of(op: Op) -> Any:
    """A function like `semantics.value`: whether a branch is taken."""
    for step in op.written.steps:
        if isinstance(step, Goto):
            return value(step.condition or Constant(1))
    return value(Constant(0))
