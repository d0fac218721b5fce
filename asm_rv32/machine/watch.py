"""What Python sees of a run on unicorn: the callbacks of its hooks, and the fault that they find.

Input: a unicorn machine, and the rules of the code that it runs. Output: the first `Fault`, after
which the machine stands still.
Invariant: unicorn may call the other hooks of an access even after a stop; they change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from unicorn import riscv_const as riscv

from asm_rv32.analysis.flow import Node
from asm_rv32.basis.records import Any
from asm_rv32.isa.effects import writes_csr
from asm_rv32.isa.meaning import System
from asm_rv32.isa.operands import SP, ReservedMode
from asm_rv32.machine.calling import WORD
from asm_rv32.machine.errors import Fault, faults
from asm_rv32.machine.judge import Judge, executable
from asm_rv32.machine.memory import PAGE, STOP
from asm_rv32.machine.sanitizer import Shadow
from asm_rv32.machine.settings import CSR_READS, Semantics, Settings, counter
from asm_rv32.machine.unicorn_state import STORES, UnicornMemory, UnicornRegisters


class _Refused(Exception):
    """An access from Python that the machine does not allow."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Watch:
    """What is seen of the run of a machine; `on_...` are the callbacks of its hooks."""

    judge: Judge
    """Of the code that runs."""

    def __init__(self, uc: Any) -> None:
        self.uc = uc
        self.registers = UnicornRegisters(uc)
        self.memory = UnicornMemory(uc, self._check_access)
        self.semantics: Mapping[int, Semantics] = {}
        """Offset → what executes the instruction there in unicorn's place."""
        self.atomic: frozenset[int] = frozenset()
        """Those of them whose access has to be aligned, whatever the settings say."""
        self.origin: Mapping[int, int] = {}
        """Offset of an instruction beside the code → that of the one which it is part of."""
        self.fault: Fault | None = None
        self.invalid: tuple[int, int, bool] | None = None
        """Address and size of the first access that unicorn refused, and whether it stores."""
        self.unwritten = False
        """Whether the run was given up at a load of what nothing stored."""
        self._shadow: Shadow | None = None
        self._executed = 0

    def begin(self) -> None:
        """Nothing is seen yet of the run that comes."""
        self.fault = self.invalid = None
        self.unwritten = False
        self._executed = 0
        checks = self.judge.checks
        watched = checks is not None and checks.watches_stack
        self._shadow = Shadow(self.judge.stack.size) if watched else None

    def on_invalid(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> bool:
        if self.invalid is None:
            self.invalid = (address, size, kind in STORES)
        return False

    def on_edge(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> None:
        if self.judge.region_at(address, size) is None:
            fault = self.judge.access_fault(address, size, kind in STORES, self._offset())
            self._stop(fault)

    def on_access(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> None:
        if address & (size - 1):
            self._stop(self.judge.access_fault(address, size, kind in STORES, self._offset()))

    def on_store_into_code(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> None:
        if self.judge.makes_code:
            return
        fault = self.judge.code_store_fault(address, size, self._offset())
        if fault is not None:
            self._stop(fault)

    def on_look(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> None:
        """The code reads itself where it has been changed."""
        uc.emu_stop()

    def on_computed_jump(self, uc: Any, address: int, size: int, data: object) -> None:
        node = self.judge.flow.nodes[self.judge.flow.node_at[address - self.judge.base]]
        from asm_rv32.isa.reading import computed_target  # few functions have such a jump

        target = computed_target(node.steps, self.registers)
        fault = self.judge.jump_fault(target, address - self.judge.base)
        if fault is not None:
            self._stop(fault)

    def on_data(self, uc: Any, address: int, size: int, data: object) -> None:
        fault = self.judge.data_fault(address - self.judge.base)
        if fault is not None:
            self._judge(fault)

    def on_stack(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> None:
        is_store = kind in STORES
        sp = self.registers[SP]
        if address < sp <= self.judge.stack.end:
            self._judge(faults.below_sp(address, size, is_store, self._offset(), sp))
        self._note_stack(address, size, is_store)

    def _note_stack(self, address: int, size: int, is_store: bool) -> None:
        """Remember what is stored into the stack; give up at a load of what nothing stored.

        That is no fault by itself. Whether it matters is seen where bits are followed.
        """
        if self._shadow is None:
            return
        at = address - self.judge.stack.address
        if is_store:
            self._shadow.store(at, size)
        elif self._shadow.unwritten(at, size) and self.fault is None:
            self.unwritten = True
            self.uc.emu_stop()

    def on_instruction(self, uc: Any, address: int, size: int, data: object) -> None:
        self._executed += 1

    def on_counter(self, uc: Any, address: int, size: int, data: object) -> None:
        node = self.judge.flow.nodes[self.judge.flow.node_at[address - self.judge.base]]
        value = counter_of(node, self.judge.settings, self._executed - 1)
        assert value is not None
        self.registers[node.effects.writes.bit_length() - 1] = value
        uc.reg_write(riscv.UC_RISCV_REG_PC, address + node.size)

    def on_wait(self, uc: Any, address: int, size: int, data: object) -> None:
        # unicorn returns from it as from the end of a count.
        self._stop(faults.endless_wait(address - self.judge.base))

    def on_refused(self, uc: Any, address: int, size: int, data: object) -> None:
        # unicorn lets it pass: a write of a read-only register where the bits to set or to clear
        # are none (Zicsr, 6.1), and halfwords that are instructions of no ISA of its own.
        self._stop(self.refused(address))

    def on_semantics(self, uc: Any, address: int, size: int, data: object) -> None:
        offset = address - self.judge.base
        if offset in self.atomic:
            node = self.judge.flow.nodes[self.judge.flow.node_at[offset]]
            fault = self.judge.misaligned_atomic(node.effects, self.registers, offset)
            if fault is not None:
                self._stop(fault)
                return
        try:
            target = self.semantics[offset](self.registers, self.memory)
        except _Refused as refused:
            self._stop(refused.fault)
            return
        except ReservedMode:
            self._stop(self.refused(address))
            return
        if target is None:
            entry = self.judge.image.entry_at(offset)
            target = address + (entry.size if entry else size)
        if target != STOP and not self.judge.code.holds(target, 1):
            self._stop(self.judge.leaves(target, offset))
            return
        uc.reg_write(riscv.UC_RISCV_REG_PC, target)

    def _stop(self, fault: Fault) -> None:
        if self.fault is None and not self.unwritten:
            self.fault = fault
            self.uc.emu_stop()

    def _judge(self, fault: Fault) -> None:
        """Stop for what a board may survive, unless the line's comment lets it pass."""
        if self.fault is None and not self.judge.lets_pass(fault):
            self._stop(fault)

    def _offset(self) -> int:
        offset = (int(self.uc.reg_read(riscv.UC_RISCV_REG_PC)) & WORD) - self.judge.base
        return self.origin.get(offset, offset)

    def word(self, address: int) -> int:
        """The four bytes at an address in the code's pages, or fewer at their end, as a word."""
        code = self.judge.code
        end = code.address // PAGE * PAGE + code.mapped_size
        return int.from_bytes(self.uc.mem_read(address, min(4, end - address)), "little")

    def _check_access(self, address: int, size: int, is_store: bool) -> None:
        """Refuse an access that an instruction would be refused; for `UnicornMemory`."""
        fault = self.judge.refused_access(address, size, is_store, self._offset())
        if fault is not None:
            raise _Refused(fault)
        if self.judge.stack.holds(address, size):
            self._note_stack(address, size, is_store)

    def refused(self, pc: int) -> Fault:
        """The instruction at `pc` raised an exception that no access of memory explains."""
        offset = pc - self.judge.base
        word = self.word(pc)
        found = executable(word, self.judge.image.isa)
        fault = None
        if found is not None:
            fault = self.judge.misaligned_atomic(found.effects, self.registers, offset)
        return fault or faults.refused_instruction(word, found, offset)


def counter_of(node: Node, settings: Settings, executed: int) -> int | None:
    """What an instruction reads that only reads a counter, after so many instructions."""
    for found in node.effects.outside:
        if isinstance(found, System) and found.name in CSR_READS and writes_csr(found) is None:
            csr = found.operands[0]
            return counter(settings.counters, csr.value, executed)  # type: ignore[union-attr]
    return None


def reads_counter(node: Node, settings: Settings) -> bool:
    return counter_of(node, settings, 0) is not None
