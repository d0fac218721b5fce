"""How our own engine reaches devices: the cycle of each access, and loops that wait in vain.

Input: the bus of a run, a clock, and the instructions as they are executed. Output: what loads
find; `Stopped` for a loop that nothing can end.
Invariant: whatever loads or stores is the first instruction of what runs as one, so that the clock
knows the cycle of every access.
"""

from __future__ import annotations

from asm_rv32.basis.records import TYPE_CHECKING, Protocol
from asm_rv32.isa.effects import NEXT
from asm_rv32.machine.errors import faults
from asm_rv32.machine.own_state import Stopped
from asm_rv32.machine.settings import HIGH_HALF, INSTRUCTION_COUNTERS
from asm_rv32.machine.translation import LENGTH, Meaning

if TYPE_CHECKING:
    from asm_rv32.devices import Bus
    from asm_rv32.machine.own import OwnEngine


class Clock(Protocol):
    """Tells the cycle, from the instructions that are executed."""

    def observes(self, pc: int) -> bool:
        """Whether the instruction at an address has to be entered by itself."""

    def enter(self, pc: int, length: int) -> None:
        """So many instructions, one behind the other, are executed next."""

    def undo(self) -> None:
        """Those entered last are not executed after all."""

    def request(self) -> int:
        """The cycle at which the access of the instruction entered last leaves the core."""

    def finish(self, pc: int) -> int:
        """The run is at its end, with control at `pc`; the cycle then."""

    def code_changed(self) -> None:
        """What stood in the code may not stand there any more."""


class InstructionClock:
    """The clock of a run without a core: each instruction takes one cycle."""

    def __init__(self, engine: OwnEngine, start: int = 0) -> None:
        self._engine = engine
        self._start = start

    def observes(self, pc: int) -> bool:
        return False

    def enter(self, pc: int, length: int) -> None:
        pass

    def undo(self) -> None:
        pass

    def request(self) -> int:
        return self._start + self._engine.executed()

    def finish(self, pc: int) -> int:
        return self._start + self._engine.executed()

    def code_changed(self) -> None:
        pass


class Port:
    """What an engine hands its accesses of devices to."""

    def __init__(self, engine: OwnEngine, bus: Bus, clock: Clock) -> None:
        self._engine = engine
        self.bus = bus
        self.clock = clock
        self.first = len(bus.accesses)
        """How many accesses there were before this run."""
        self.changes = 0
        """Counts what may let a loop come to another end: stores, CSRs, loads that may differ."""
        self._pc = 0
        self._polled: dict[int, tuple[int, ...]] = {}
        """Address of a load → the changes, and the registers, when it last found what stays."""
        self._lines: dict[int, int | None] = {}

    def enter(self, pc: int, length: int) -> None:
        """So many instructions are executed next."""
        self._pc = pc
        self.clock.enter(pc, length)

    def together(self, pc: int) -> int:
        """How many instructions from an address on may run as one."""
        count = 0
        while count < LENGTH - 1:  # of that length, a stretch may be a loop
            found = self._engine.fetch(pc)
            if found is None or (count and self._is_alone(pc, found)):
                break
            count += 1
            if found.effects.control != NEXT or found.effects.outside:
                break
            pc += found.size
        return count

    def _is_alone(self, pc: int, found: Meaning) -> bool:
        effects = found.effects
        return bool(effects.accesses or effects.outside) or self.clock.observes(pc)

    def load(self, address: int, size: int) -> int:
        """What a load finds. Raises Stopped."""
        self._check_poll(address)
        return self.bus.load(address, size, self.clock.request(), self._line())

    def store(self, address: int, size: int, value: int) -> None:
        """Hand a store over."""
        self.changes += 1
        self.bus.store(address, size, value, self.clock.request(), self._line())

    def counted(self, csr: int, executed: int) -> int:
        """What a counter counts: cycles of the core, or instructions."""
        if csr & ~HIGH_HALF in INSTRUCTION_COUNTERS:
            return executed
        return self.clock.request()

    def _line(self) -> int | None:
        judge, pc = self._engine.judge, self._pc
        if pc not in self._lines:
            self._lines[pc] = judge.image.line_at(pc - judge.base)
        return self._lines[pc]

    def _check_poll(self, address: int) -> None:
        """Stop where all is as it was at the last load here, and no load in between can differ."""
        if not self.bus.is_settled(address):
            self.changes += 1
            return
        registers = self._engine.registers
        state = (self.changes, *[registers[number] for number in range(1, 32)])
        if self._polled.get(self._pc) != state:
            self._polled[self._pc] = state
            return
        offset = self._pc - self._engine.judge.base
        raise Stopped(faults.endless_poll(self.bus.device_at(address), address, offset))
