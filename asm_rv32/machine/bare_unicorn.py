"""A bare program on unicorn, each of whose instructions Python looks at first.

Input: the rules of the program, its memory and entry. Output: `Final`, or ExecutionError.
Invariant: what unicorn lacks or takes for something else is executed from its meaning.
"""

from __future__ import annotations

from unicorn import riscv_const as riscv
from unicorn import unicorn_const as unicorn
from unicorn.unicorn import UcError

from asm_rv32.basis.records import Any
from asm_rv32.isa.effects import writes_csr
from asm_rv32.isa.meaning import System
from asm_rv32.isa.operands import ReservedMode
from asm_rv32.isa.reading import Reading, perform
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.words import OPERATIONS, WORD
from asm_rv32.machine import faults
from asm_rv32.machine.bare import BareJudge, Final
from asm_rv32.machine.errors import Fault
from asm_rv32.machine.judge import atomic, executable
from asm_rv32.machine.memory import PAGE
from asm_rv32.machine.semantics import is_foreign
from asm_rv32.machine.settings import counter
from asm_rv32.machine.translation import Meaning, meaning
from asm_rv32.machine.unicorn_state import STORES, UnicornMemory, UnicornRegisters, new_hart

NOWHERE = 0xFFFF_FFFE
"""Where nothing is ever fetched."""


class _Stopped(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def final(judge: BareJudge, memory: bytes, entry: int) -> Final:
    """Run a program from `entry` to the store that ends it. Raises ExecutionError."""
    uc = new_hart(judge.has_fcsr)
    uc.mem_map(judge.base, judge.code.size)
    for region in judge.buffers:
        uc.mem_map(region.address, PAGE, unicorn.UC_PROT_READ | unicorn.UC_PROT_WRITE)
    uc.mem_write(judge.base, judge.laid_out(memory))
    return _Program(judge, uc).final(memory, entry)


class _Program(Reading):
    """A program under way; as a reading, it executes the instruction at `pc` itself."""

    def __init__(self, judge: BareJudge, uc: Any) -> None:
        self.judge = judge
        self.uc = uc
        self.registers = UnicornRegisters(uc)
        self.memory = UnicornMemory(uc, self._check)
        self.pc = 0
        self.executed = 0
        self.found: Meaning | None = None
        self.in_python: dict[int, bool] = {}
        """Word → whether Python executes it: asked once, not at each time round a loop."""
        self.following = 0
        self.ended = False
        self.fault: Fault | None = None
        self._invalid: tuple[int, int, bool] | None = None

    def final(self, memory: bytes, entry: int) -> Final:
        """Run from `entry` on."""
        judge, uc = self.judge, self.uc
        uc.hook_add(unicorn.UC_HOOK_CODE, self._on_instruction)
        uc.hook_add(unicorn.UC_HOOK_MEM_INVALID, self._on_invalid)
        last = judge.stop_store + 3
        uc.hook_add(unicorn.UC_HOOK_MEM_WRITE, self._on_end, None, judge.stop_store, last)
        try:
            uc.emu_start(entry, NOWHERE, count=judge.settings.max_instructions + 1)
        except UcError:
            self.fault = self.fault or self._explained()
        if self.fault is not None:
            raise judge.error(self.fault, self.registers)
        assert self.ended
        content = bytes(uc.mem_read(judge.entered, len(memory))) if memory else b""
        words = tuple(self.registers[number] for number in range(32))
        return Final(words, content, self.executed)

    # ---- hooks

    def _on_instruction(self, uc: Any, address: int, size: int, data: object) -> None:
        if self.ended or self.fault is not None:
            uc.emu_stop()
            return
        judge, limit = self.judge, self.judge.settings.max_instructions
        offset = address - judge.base
        if self.executed == limit:
            self._stop(faults.instruction_limit(limit, offset))
            return
        word = int.from_bytes(uc.mem_read(address, min(4, judge.code.end - address)), "little")
        self.pc = address
        self.found = found = meaning(word if word & 3 == 3 else word & 0xFFFF, judge.image.isa)
        if found is None:
            self._stop(faults.refused_instruction(word, None, offset))
            return
        self.executed += 1
        ours = self.in_python.get(found.word)
        if ours is None:
            ours = self.in_python[found.word] = self._is_ours(found)
        if not ours:
            return
        self.following = (address + found.size) & WORD
        fault = judge.misaligned_atomic(found.effects, self.registers, offset)
        if fault is not None:
            self._stop(fault)
            return
        try:
            perform(found.steps, self)
        except _Stopped as stopped:
            self._stop(stopped.fault)
            return
        except ReservedMode:
            self._stop(faults.refused_instruction(found.word, self._instruction(), offset))
            return
        if self.ended:
            uc.emu_stop()
        elif judge.code.holds(self.following, 1):
            uc.reg_write(riscv.UC_RISCV_REG_PC, self.following)
        else:
            self._stop(judge.leaves(self.following, offset))

    def _is_ours(self, found: Meaning) -> bool:
        """Whether Python executes it: unicorn has not got it, or its counter is the host's."""
        instruction = self._instruction()
        assert instruction is not None
        if is_foreign(instruction, flags_matter=True):
            return True
        for each in found.effects.outside:
            if each.name == "wait":
                return True
            if isinstance(each, System) and self._counter(each) is not None:
                return True
        return False

    def _counter(self, found: System) -> int | None:
        if len(found.operands) != 2 or writes_csr(found) is not None:
            return None
        counters = self.judge.settings.counters
        return counter(counters, getattr(found.operands[0], "value", -1), self.executed - 1)

    def _on_invalid(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> bool:
        if self._invalid is None:
            self._invalid = (address, size, kind in STORES)
        return False

    def _on_end(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> None:
        self.ended = True
        uc.emu_stop()

    def _stop(self, fault: Fault) -> None:
        self.fault = self.fault or fault
        self.uc.emu_stop()

    def _explained(self) -> Fault:
        """What unicorn's error means, at the instruction that Python looked at last."""
        judge, offset = self.judge, self.pc - self.judge.base
        pc = int(self.uc.reg_read(riscv.UC_RISCV_REG_PC)) & WORD
        found = self.found
        if found is None or not judge.code.holds(pc, 1):
            return judge.leaves(pc, offset)
        access = atomic(found.effects)
        if self._invalid is not None:
            address, size, is_store = self._invalid
            is_store = is_store or (access is not None and access.stores)
            if not judge.code.holds(address, 1) or found.effects.accesses:
                return judge.access_fault(address, size, is_store, offset)
        names = [each.name for each in found.effects.outside]
        if "ebreak" in names:
            return faults.breakpoint_(offset)
        fault = judge.misaligned_atomic(found.effects, self.registers, offset)
        return fault or faults.refused_instruction(found.word, self._instruction(), offset)

    def _instruction(self) -> Instruction | None:
        return executable(self.found.word, self.judge.image.isa) if self.found else None

    # ---- the reading

    def _check(self, address: int, size: int, is_store: bool) -> None:
        fault = self.judge.refused_access(address, size, is_store, self.pc - self.judge.base)
        if fault is not None:
            raise _Stopped(fault)

    def constant(self, word: int) -> int:
        return word

    def place(self, distance: int) -> int:
        return (self.pc + distance) & WORD

    def read(self, number: int) -> int:
        return self.registers[number]

    def write(self, number: int, value: int) -> None:
        self.registers[number] = value

    def operation(self, name: str, operands: tuple[int, ...]) -> int:
        return OPERATIONS[name](*operands)

    def load(self, size: int, address: int) -> int:
        return self.memory.load(address, size)

    def store(self, size: int, address: int, value: int) -> None:
        self.memory.store(address, size, value)
        self.ended = self.ended or self.judge.ends(address)

    def system(self, name: str, operands: tuple[int, ...]) -> int:
        assert self.found is not None
        for each in self.found.effects.outside:
            if isinstance(each, System) and (value := self._counter(each)) is not None:
                return value
        raise AssertionError(name)  # unicorn does the others

    def goto(self, target: int, condition: int | None) -> None:
        if condition is None or condition:
            self.following = target

    def act(self, name: str, operands: tuple[int, ...]) -> None:
        if name == "wait":
            raise _Stopped(faults.endless_wait(self.pc - self.judge.base))
