"""Calls that find devices: priced while they run, so that a device can answer by the cycle.

Input: an Image, arguments, settings with a bus. Output: the `Outcome`; the bus has the accesses.
Invariant: time goes on from one call to the next; what Python does in between takes none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from asm_rv32.basis.records import NamedTuple
from asm_rv32.devices import Bus, Device
from asm_rv32.isa.image import Image
from asm_rv32.isa.sets import tables_of_own
from asm_rv32.machine.emulator import Held, Outcome, prepare_on
from asm_rv32.machine.own import OwnEngine
from asm_rv32.machine.port import Clock, InstructionClock, Port
from asm_rv32.machine.settings import Settings
from asm_rv32.timing.clock import CoreClock
from asm_rv32.timing.contracts import watch
from asm_rv32.timing.model import TimingError, load_core
from asm_rv32.timing.own_trace import program
from asm_rv32.timing.price import CallPrice


class _Runner(NamedTuple):
    """What ran a call, for the next one."""

    engine: OwnEngine
    clock: Clock
    core: str | None


def run(
    image: Image, values: Sequence[object], settings: Settings, held: Held | None = None
) -> Outcome:
    """Call an image that finds the devices of `settings.bus`, or none; write the caller's buffers
    back.

    The core is that of the bus, else that of the settings. Raises ExecutionError, TypeError,
    TimingError for an instruction that the core has no cost for.
    """
    bus = Bus(()) if settings.bus is None else settings.bus
    settings = settings._replace(bus=bus)
    core = bus.cycles_of = bus.core or settings.core
    bus.registers_of = settings.board
    last: _Runner | None = bus.runner
    engine = OwnEngine() if last is None else last.engine
    with prepare_on(engine, image, values, settings, held) as call:
        clock = _clock(engine, bus, core, last)
        engine.port = Port(engine, bus, clock)
        bus.runner = _Runner(engine, clock, core)
        try:
            outcome = call.run()
        finally:
            bus.time = clock.finish(engine.judge.stop)
        call.write_back(outcome)
    return outcome


class Traced(NamedTuple):
    """A call twice on one core, each on devices as they were, and what it did to them."""

    outcome: Outcome
    price: CallPrice
    bus: Bus
    """Of the cold call."""


def price(
    image: Image,
    values: Sequence[object],
    settings: Settings,
    core: str,
    *,
    wait_states: int = 0,
    held: Held | None = None,
) -> Traced:
    """What a call costs that finds devices, cold and warm; the caller's buffers stay as they are.

    Each of the two calls finds the devices of `settings.bus` in the state in which they are.
    Raises as `run` does, and for wait states that the core is not known with.
    """
    assert settings.bus is not None
    isa = image.isa
    found = load_core(core, tables_of_own(isa))
    if wait_states and not found.wait_states:
        raise TimingError(f"core '{core}' is only known with zero wait states")
    engine = OwnEngine()
    buses = [settings.bus.copy(core) for _ in range(2)]
    outcomes, prices, state = [], [], None
    with prepare_on(engine, image, values, settings, held) as call:
        for bus in buses:
            bus.registers_of = settings.board
            clock = CoreClock(found, fetch_of(engine), engine.registers, wait_states, isa)
            clock.start(engine.judge.entry, 0, state)
            clock.watch = watch(call.image, engine.judge.base, core)
            engine.port = Port(engine, bus, clock)
            engine.code_changed()
            outcomes.append(call.run())
            bus.time = clock.finish(engine.judge.stop)
            prices.append(clock.price())
            state = clock.state
    return Traced(outcomes[0], CallPrice(*prices), buses[0])


def run_program(
    memory: bytes,
    entry: int,
    *,
    base: int = 0,
    core: str,
    stop_store: int,
    devices: Sequence[Device],
    max_instructions: int = 3_000_000,
) -> Bus:
    """Run a bare program that finds devices, on a cold core; the bus has its accesses.

    The other arguments are as for `timing.price_program`. Raises ExecutionError for a fault and
    where the program does not end within `max_instructions`, TimingError for an instruction that
    the core has no cost for.
    """
    bus = Bus(devices, core)
    engine = program(memory, base, entry, stop_store, max_instructions, bus=bus)
    clock = CoreClock(load_core(core), fetch_of(engine), engine.registers)
    clock.start(entry)
    engine.port = Port(engine, bus, clock)
    engine.final(memory)
    assert engine.ended is not None
    clock.cut(engine.ended.before + 1)
    bus.time = clock.finish(engine.ended.pc + clock.size_at(engine.ended.pc))
    return bus


def fetch_of(engine: OwnEngine) -> Callable[[int], int]:
    """What stands at an even address, as the model has it."""

    def fetch(address: int) -> int:
        return int.from_bytes(engine.mem_read(address, 2), "little")

    return fetch


def _clock(engine: OwnEngine, bus: Bus, core: str | None, last: _Runner | None) -> Clock:
    """The clock of a call that begins when the last one ended."""
    if core is None:
        return InstructionClock(engine, bus.time)
    before = last.clock if last is not None and last.core == core else None
    state = before.state if isinstance(before, CoreClock) else None
    isa = engine.judge.image.isa
    found = load_core(core, tables_of_own(isa))
    clock = CoreClock(found, fetch_of(engine), engine.registers, isa=isa)
    clock.start(engine.judge.entry, bus.time, state)
    clock.watch = watch(engine.judge.image, engine.judge.base, core)
    return clock
