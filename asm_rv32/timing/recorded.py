"""A call, recorded instruction by instruction, with its cycles where a core is named.

Input: an Image, arguments, settings. Output: `Recorded`.
Invariant: the cycles are those of the first call, on a cold core, as `timing.price` counts them;
the caller's buffers stay as they are.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

from asm_rv32.basis.records import NamedTuple
from asm_rv32.devices import Bus
from asm_rv32.isa.image import Image
from asm_rv32.isa.sets import tables_of_own
from asm_rv32.machine.emulator import Held, is_clocked, prepare_on
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.memory import Region
from asm_rv32.machine.port import Clock, InstructionClock, Port
from asm_rv32.machine.recorder import Log, Recorder
from asm_rv32.machine.settings import Settings
from asm_rv32.machine.state import Registers
from asm_rv32.timing.clock import CoreClock, _Edge
from asm_rv32.timing.clocked import fetch_of
from asm_rv32.timing.contracts import watch
from asm_rv32.timing.cost import Cost
from asm_rv32.timing.model import Core, TimingError, load_core


class CostLog:
    """What each instruction of a log cost."""

    def __init__(self) -> None:
        self.before = 0
        """Cycles of the instructions that the log has dropped."""
        self.until = array("Q")
        """Of each instruction the cycles from the start of the call to its end."""
        self.number = array("I")
        """Of each instruction the index of its cost."""
        self.costs: list[Cost] = []
        self._numbers: dict[Cost, int] = {}

    def add(self, cost: Cost, until: int) -> None:
        """The next instruction's cost, and the cycles at its end."""
        number = self._numbers.get(cost)
        if number is None:
            number = self._numbers[cost] = len(self.costs)
            self.costs.append(cost)
        self.number.append(number)
        self.until.append(until)

    def shorten(self, drop: int) -> None:
        """Drop the first instructions."""
        if drop and self.until:
            self.before = self.until[drop - 1]
            del self.until[:drop], self.number[:drop]


class RecordingClock(CoreClock):
    """A clock that keeps what each instruction cost."""

    def __init__(
        self, core: Core, fetch: Callable[[int], int], registers: Registers, kept: CostLog, isa: str
    ) -> None:
        self._kept = kept
        self._unpriced: TimingError | None = None
        super().__init__(core, fetch, registers, isa=isa)

    def enter(self, pc: int, length: int) -> None:
        if self._unpriced is not None:
            raise self._unpriced  # it has been executed, then
        try:
            super().enter(pc, length)
        except TimingError as error:
            self._unpriced = error

    def undo(self) -> None:
        self._unpriced = None
        super().undo()

    def finish(self, pc: int) -> int:
        if self._unpriced is not None:
            raise self._unpriced
        return super().finish(pc)

    def _settle(self, following: int) -> _Edge:
        edge = super()._settle(following)
        for _, cost in edge.costs:
            self._kept.add(cost, self.cycle)
        return edge


class Recorded(NamedTuple):
    """What was kept of a call."""

    image: Image
    """As it was placed for the call."""
    base: int
    """Address of the code."""
    regions: tuple[Region, ...]
    """All memory that the code may use: the code, the stack, then that of the arguments."""
    log: Log
    ended: int
    """Address of what was not executed any more: the return address, or what was refused."""
    costs: CostLog | None
    """None without a core."""
    core: Core | None
    bus: Bus | None
    """With the accesses of the call; None without devices."""
    result: object
    """None where the call did not return."""
    error: ExecutionError | None
    """What stopped the call."""


def record(
    image: Image, values: Sequence[object], settings: Settings, *, core: str | None, limit: int,
    held: Held | None = None,
) -> Recorded:  # fmt: skip
    """Run a call on our own engine and keep what its instructions did, at least the last `limit`.

    Devices are a copy of those of `settings.bus`. Raises TypeError and ValueError as a call does,
    TimingError for an instruction that the core has no cost for; not ExecutionError, which is kept.
    """
    costs = None if core is None else CostLog()
    found = None if core is None else load_core(core, tables_of_own(image.isa))
    engine = Recorder(limit, costs.shorten if costs else lambda dropped: None)
    bus = settings.bus.copy(core) if settings.bus is not None else None
    if bus is not None:
        bus.registers_of = settings.board
        settings = settings._replace(bus=bus)
    with prepare_on(engine, image, values, settings, held) as call:
        clock: Clock = InstructionClock(engine)
        if found is not None and costs is not None:
            clock = engine.clock = core_clock = RecordingClock(
                found, fetch_of(engine), engine.registers, costs, image.isa
            )
            core_clock.start(call.entry_address)
            core_clock.watch = watch(call.image, call.code_address, found.name)
        if bus is not None or is_clocked(image, settings._replace(core=core)):
            engine.port = Port(engine, Bus(()) if bus is None else bus, clock)
        result, error = None, None
        try:
            result = call.run().result
        except ExecutionError as stopped:
            error = stopped
        if costs is not None and len(costs.until) == len(engine.log.addresses):
            clock.undo()  # what was entered last was not executed
        time = clock.finish(engine.ended)
        if bus is not None:
            bus.time = time
        judge = engine.judge
        return Recorded(
            call.image, judge.base, judge.regions, engine.log, engine.ended, costs, found, bus,
            result, error,
        )  # fmt: skip
