"""In: a call on our own engine, and where it starts.  Out: the path taken, as `trace` has it.

A block ends with the instruction that leads elsewhere. Python is asked before each instruction
whose cost depends on registers; what lies between two of these runs as one.
"""

from __future__ import annotations

from asm_rv32.devices import Bus
from asm_rv32.isa.effects import NEXT
from asm_rv32.isa.sets import widest_isa
from asm_rv32.machine.bare import BareJudge
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.own import OwnEngine
from asm_rv32.machine.own_state import Returned, Stopped
from asm_rv32.machine.program import OwnProgram
from asm_rv32.machine.settings import Settings
from asm_rv32.timing.instruction import Op
from asm_rv32.timing.model import TimingError
from asm_rv32.timing.trace import _CHUNK, Recorder, outcome_of


class OwnRecorder(Recorder):
    """Runs a call on our own engine and hands its path to `sink`, in pieces."""

    uc: OwnEngine

    def run(self, start: int, *, end: int | None, stop_store: int | None, limit: int) -> int:
        """Run from `start` to the return of the call, which is `end`, or to the program's end.

        Returns the address behind the last instruction that ran, or `end`. Raises TimingError
        where that does not come within the engine's own limit, ExecutionError for another fault.
        """
        del stop_store, limit  # the engine has its own
        pc = start
        try:
            while True:
                pc = self._block(pc)
        except Returned:
            pass
        except Stopped as stopped:
            if stopped.fault.code == "instruction-limit":
                raise TimingError(f"{stopped.fault.message} at {pc:#x}") from None
            raise self._error(stopped) from None
        self._flush()
        if end is not None:
            return end
        assert isinstance(self.uc, OwnProgram) and self.uc.ended is not None
        last = self.uc.ended.pc
        return last + self.code.at(last).size

    def _error(self, stopped: Stopped) -> ExecutionError:
        return self.uc.judge.error(stopped.fault, self.uc.registers)

    def _block(self, pc: int) -> int:
        """Execute the block at `pc`; the address of the next."""
        self.uc.arrive(pc)
        ops = self.blocks.get(pc)
        if ops is None:
            ops = self.blocks[pc] = tuple(self._ops(pc))
        self._tokens.append(pc)
        if len(self._tokens) >= _CHUNK:
            self._flush()
        held, waiting = self.uc.registers, 0
        for index, op in enumerate(ops):
            alone = self.uc.fetch(op.pc) is None
            if waiting and (alone or self.needs(op)):
                self.uc.stretch(ops[index - waiting].pc, waiting)
                waiting = 0
            if self.needs(op):
                self.note(op, outcome_of(op), held[op.rs1], held[op.rs2])
            waiting += 1
            if alone or op is ops[-1]:
                pc = self.uc.stretch(ops[index + 1 - waiting].pc, waiting)
                waiting = 0
        return pc

    def _ops(self, pc: int) -> list[Op]:
        """The instructions from an address to the one that leads elsewhere."""
        found: list[Op] = []
        while self.uc.judge.code.holds(pc, 1):
            op = self.code.at(pc)
            found.append(op)
            pc += op.size
            what = self.uc.fetch(op.pc)
            # Behind what does more than registers and memory can tell, the engine may stop.
            if what is None or what.effects.control != NEXT or what.effects.outside:
                break
        return found


def program(
    memory: bytes, base: int, entry: int, stop_store: int, max_instructions: int,
    isa: str | None = None, bus: Bus | None = None,
) -> OwnProgram:  # fmt: skip
    """A bare program, ready to run, on the core of the bus; `isa` says what instructions there are,
    by default as many as can stand together."""
    settings = Settings(
        misaligned=True, sanitize=False, max_instructions=max_instructions, bus=bus,
        core=bus.core if bus else None,
    )  # fmt: skip
    isa = isa or widest_isa()
    found = OwnProgram(BareJudge(memory, base, entry, isa, stop_store, settings))
    found.begin(memory)
    return found
