"""Run a bare program: memory, an entry, and a store that ends it.

Input: the bytes of memory and where to start. Output: `Final`, the state behind the last store;
or ExecutionError.
Invariant: both engines give the same; that of unicorn asks Python about each instruction, and
counts them by that.
"""

from __future__ import annotations

from asm_rv32.basis.run_options import PYTHON, UNICORN
from asm_rv32.machine.bare import BareJudge, Final
from asm_rv32.machine.errors import Fault
from asm_rv32.machine.foreign import goes_beyond
from asm_rv32.machine.memory import PAGE
from asm_rv32.machine.own import OwnEngine
from asm_rv32.machine.own_state import Returned
from asm_rv32.machine.settings import Settings
from asm_rv32.machine.translation import Site
from asm_rv32.machine.traps import TrapRegisters


def run_program(
    memory: bytes,
    entry: int,
    *,
    base: int = 0,
    isa: str,
    engine: str = UNICORN,
    stop_store: int,
    max_instructions: int = 3_000_000,
) -> Final:
    """Run a bare program until it stores to the word at `stop_store`, with any size.

    `memory` lies at `base`, with zeros behind it up to 128 KiB and to the end of the page; all of
    it can be executed, and stored into. Registers are 0; misaligned accesses are allowed. The hart
    has machine and user mode; once mtvec holds an address of the program, exceptions go there.
    `engine` is one of ENGINES. Raises ExecutionError for a fault and where the program does not
    end within `max_instructions`; ValueError for what cannot be run; IsaError.
    """
    settings = Settings(
        misaligned=True, sanitize=False, max_instructions=max_instructions, engine=engine
    )  # fmt: skip
    settings.check()
    judge = BareJudge(memory, base, entry, isa, stop_store, settings)
    if engine == PYTHON or goes_beyond(isa):
        return OwnProgram(judge).final(memory)
    from asm_rv32.machine.engines import engine_name

    engine_name(engine)
    from asm_rv32.machine.bare_unicorn import final

    return final(judge, memory)


class OwnProgram(OwnEngine):
    """A bare program on our own engine."""

    def __init__(self, judge: BareJudge) -> None:
        super().__init__()
        self.bare = judge
        self.ended: Site | None = None
        """The store that ended it."""
        self.traps: TrapRegisters
        self.stand_on(judge)

    def store(self, site: Site, address: int, value: int) -> None:
        super().store(site, address, value)
        if self.bare.ends(address):
            self.ended = site
            raise Returned

    def _refused(self, offset: int) -> Fault | None:
        pc = self.bare.base + offset
        return self.bare.cut_off(pc, self.word_at(pc)) or super()._refused(offset)

    def begin(self, memory: bytes) -> None:
        """Put the program's memory and registers in place."""
        judge = self.bare
        self.start((), [bytes(PAGE)] * len(judge.buffers), judge.laid_out(memory))
        self.csr = self.traps = TrapRegisters(judge, self.registers)

    def execute(self, pc: int) -> Fault | None:
        """Run from an address to the end, through the program's handler; the fault where there
        is one that it does not take."""
        found: int | Fault | None = pc
        while isinstance(found, int):
            fault = super().execute(found)
            found = None if fault is None else self.traps.taken(fault)
        return found

    def final(self, memory: bytes) -> Final:
        """Run from the entry to the store that ends it."""
        judge = self.bare
        self.begin(memory)
        fault = self.execute(judge.entry)
        if fault is not None:
            raise judge.error(fault, self.registers)
        if self.ended is not None:
            self.count(self.ended.before + 1)
        first = judge.entered - judge.base
        return Final(
            tuple(self.registers[number] for number in range(32)),
            self.read(judge.code)[first : first + len(memory)],
            self.executed(),
        )
