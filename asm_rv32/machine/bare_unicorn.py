"""A bare program on unicorn, each of whose instructions Python looks at first.

Input: the rules of the program, and its memory. Output: `Final`, or ExecutionError.
Invariant: what unicorn lacks or takes for something else is executed from its meaning.
"""

from __future__ import annotations

from unicorn import riscv_const as riscv
from unicorn import unicorn_const as unicorn
from unicorn.unicorn import UcError

from asm_rv32.basis.records import Any
from asm_rv32.isa.effects import writes_csr
from asm_rv32.isa.meaning import Goto, Place, System
from asm_rv32.isa.operands import ReservedMode
from asm_rv32.isa.reading import Reading, perform
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.words import OPERATIONS, WORD
from asm_rv32.machine.bare import BareJudge, Final
from asm_rv32.machine.errors import MISALIGNED_FETCH, Fault, faults
from asm_rv32.machine.foreign import is_foreign
from asm_rv32.machine.judge import address_of, executable
from asm_rv32.machine.memory import PAGE
from asm_rv32.machine.settings import CSR_READS, counter
from asm_rv32.machine.translation import Meaning, meaning
from asm_rv32.machine.traps import TrapRegisters
from asm_rv32.machine.unicorn_state import (
    FETCH_ERRORS,
    UnicornMemory,
    UnicornRegisters,
    new_hart,
)

_OURS = (*CSR_READS, *faults.ACT_FAULTS, "trap_return")
"""What of `meaning.SYSTEM` and `meaning.ACTS` Python does."""
NOWHERE = 0xFFFF_FFFE
"""Where nothing is ever fetched."""


class _Stopped(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def final(judge: BareJudge, memory: bytes) -> Final:
    """Run a program from its entry to the store that ends it. Raises ExecutionError."""
    uc = new_hart(judge.has_fcsr)
    uc.mem_map(judge.base, judge.code.size)
    for region in judge.buffers:
        uc.mem_map(region.address, PAGE, unicorn.UC_PROT_READ | unicorn.UC_PROT_WRITE)
    uc.mem_write(judge.base, judge.laid_out(memory))
    return _Program(judge, uc).final(memory)


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
        self.in_python: dict[tuple[int, int], bool] = {}
        """Word, and pc modulo 4 → whether Python executes it: asked once, not at each time round a
        loop."""
        self.following = 0
        self.ended = False
        self.fault: Fault | None = None
        self.csr = TrapRegisters(judge, self.registers)
        self._written: dict[int, int] = {}
        """What registers held that the instruction at `pc` has written so far."""

    def final(self, memory: bytes) -> Final:
        """Run from the entry on."""
        judge, uc = self.judge, self.uc
        uc.hook_add(unicorn.UC_HOOK_CODE, self._on_instruction)
        last = judge.stop_store + 3
        uc.hook_add(unicorn.UC_HOOK_MEM_WRITE, self._on_end, None, judge.stop_store, last)
        start: int | None = judge.entry
        while start is not None:
            start = self._run(start)
        if self.fault is not None:
            raise judge.error(self.fault, self.registers)
        assert self.ended
        content = bytes(uc.mem_read(judge.entered, len(memory))) if memory else b""
        words = tuple(self.registers[number] for number in range(32))
        return Final(words, content, self.executed)

    def _run(self, start: int) -> int | None:
        """Run from an address on; where to go on, or None at the end."""
        self.uc.ctl_flush_tb()
        try:
            self.uc.emu_start(start, NOWHERE, count=self.judge.settings.max_instructions + 1)
        except UcError as error:
            return self._taken(self._explained(error)) if self.fault is None else None
        return None

    def _taken(self, fault: Fault) -> int | None:
        """Where control goes on behind a fault; None where it ends the run, of which it is the
        fault."""
        found = self.csr.taken(fault)
        if isinstance(found, int):
            return found
        self.fault = fault
        self.uc.emu_stop()
        return None

    # ---- hooks

    def _on_instruction(self, uc: Any, address: int, size: int, data: object) -> None:
        judge, limit = self.judge, self.judge.settings.max_instructions
        offset = address - judge.base
        if self.executed == limit:
            self._taken(faults.instruction_limit(limit, offset))
            return
        word = self._word(address)
        self.pc = address
        self.found = found = meaning(word if word & 3 == 3 else word & 0xFFFF, judge.image.isa)
        if found is not None and not self._is_in_python(found):
            self.executed += 1
            return
        following = self._performed(found, word)
        if self.ended:
            uc.emu_stop()
        elif following is not None:
            uc.reg_write(riscv.UC_RISCV_REG_PC, following)

    def _performed(self, found: Meaning | None, word: int) -> int | None:
        """Execute the instruction at `pc`; where control goes on, or None at the end."""
        judge, offset = self.judge, self.pc - self.judge.base
        if found is None:
            return self._taken(faults.refused_instruction(word, None, offset))
        self.following = (self.pc + found.size) & WORD
        self._written.clear()
        fault = judge.misaligned_atomic(found.effects, self.registers, offset)
        if fault is not None:
            return self._taken(fault)
        try:
            perform(found.steps, self)
        except _Stopped as stopped:
            if stopped.fault.cause == MISALIGNED_FETCH:
                for number, value in self._written.items():
                    self.registers[number] = value
            return self._taken(stopped.fault)
        except ReservedMode:
            return self._taken(faults.refused_instruction(found.word, self._instruction(), offset))
        self.executed += 1
        if not self.ended and not judge.code.holds(self.following, 1):
            return self._taken(judge.leaves(self.following, offset))
        return self.following

    def _is_in_python(self, found: Meaning) -> bool:
        key = found.word, self.pc & 2
        if key not in self.in_python:
            self.in_python[key] = self._is_ours(found)
        return self.in_python[key]

    def _is_ours(self, found: Meaning) -> bool:
        """Whether Python executes it: unicorn has not got it, its counter is the host's, or it
        traps or goes back from a trap."""
        instruction = self._instruction()
        assert instruction is not None
        if is_foreign(instruction, flags_matter=True):
            return True
        if any(each.name in _OURS for each in found.effects.outside):
            return True
        # Of unicorn's hart, which has C, no jump traps.
        return not self.judge.compressed and _may_be_odd(found, self.pc)

    def _on_end(
        self, uc: Any, kind: int, address: int, size: int, value: int, data: object
    ) -> None:
        self.ended = True
        uc.emu_stop()

    def _explained(self, error: UcError) -> Fault:
        """What unicorn's error means, at the instruction that Python looked at last."""
        judge, found, offset = self.judge, self.found, self.pc - self.judge.base
        stands = int(self.uc.reg_read(riscv.UC_RISCV_REG_PC)) & WORD
        if error.errno in FETCH_ERRORS:
            cut = judge.code.holds(stands, 1) and judge.cut_off(stands, self._word(stands))
            return cut or judge.leaves(stands, offset)
        if error.errno != unicorn.UC_ERR_EXCEPTION:
            assert found is not None
            (access,) = found.effects.accesses
            address = address_of(access, self.registers)
            return self._uncounted(judge.access_fault(address, access.size, access.stores, offset))
        refused = (stands - 4) & WORD  # it stands 4 bytes behind it, whatever its length
        if found is None or refused != self.pc:
            # Of some it does not ask Python first.
            word = self._word(refused)
            known = executable(word if word & 3 == 3 else word & 0xFFFF, judge.image.isa)
            return faults.refused_instruction(word, known, refused - judge.base)
        fault = judge.misaligned_atomic(found.effects, self.registers, offset)
        if fault is None:
            fault = faults.refused_instruction(found.word, self._instruction(), offset)
        return self._uncounted(fault)

    def _uncounted(self, fault: Fault) -> Fault:
        """The fault of the instruction at `pc`, which was counted ahead."""
        self.executed -= 1
        return fault

    def _word(self, address: int) -> int:
        size = min(4, self.judge.code.end - address)
        return int.from_bytes(self.uc.mem_read(address, size), "little")

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
        self._written.setdefault(number, self.registers[number])
        self.registers[number] = value

    def operation(self, name: str, operands: tuple[int, ...]) -> int:
        return OPERATIONS[name](*operands)

    def load(self, size: int, address: int) -> int:
        return self.memory.load(address, size)

    def store(self, size: int, address: int, value: int) -> None:
        self.memory.store(address, size, value)
        self.ended = self.ended or self.judge.ends(address)

    def system(self, name: str, operands: tuple[int, ...]) -> int:
        number, value = operands
        assert self.found is not None and name in CSR_READS
        read = next(each for each in self.found.effects.outside if isinstance(each, System))
        writes, counters = writes_csr(read) is not None, self.judge.settings.counters
        found = None
        if self.csr.allows(number) and not writes:
            found = counter(counters, number, self.executed)
        if found is None and self.csr.allows(number):
            found = self.csr.swap(number, name, value, writes, lambda _: self.executed)
        if found is None:
            raise self._refused()
        return found

    def goto(self, target: int, condition: int | None) -> None:
        if condition is None or condition:
            fault = self.judge.jump_fault(target, self.pc - self.judge.base)
            if fault is not None:
                raise _Stopped(fault)
            self.following = target

    def act(self, name: str, operands: tuple[int, ...]) -> None:
        if name == "trap_return":
            target = self.csr.leave()
            if target is None:
                raise self._refused()
            self.following = target
        elif name in faults.ACT_FAULTS:
            raise _Stopped(faults.ACT_FAULTS[name](self.pc - self.judge.base))

    def _refused(self) -> _Stopped:
        assert self.found is not None
        offset = self.pc - self.judge.base
        return _Stopped(faults.refused_instruction(self.found.word, self._instruction(), offset))


def _may_be_odd(found: Meaning, pc: int) -> bool:
    """Whether it may jump to what is no multiple of 4."""
    last = found.steps[-1] if found.steps else None
    if not isinstance(last, Goto):
        return False
    return not isinstance(last.target, Place) or bool(pc + last.target.distance & 2)
