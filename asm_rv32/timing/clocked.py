"""Calls that find devices: priced while they run, so that a device can answer by the cycle.

Input: an Image, arguments, settings with a bus. Output: the `Outcome`; the bus has the accesses.
Invariant: time goes on from one call to the next; what Python does in between takes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from asm_rv32.devices import Bus
from asm_rv32.isa.image import Image
from asm_rv32.machine.emulator import Held, Outcome, prepare_on
from asm_rv32.machine.own import OwnEngine
from asm_rv32.machine.port import Clock, InstructionClock, Port
from asm_rv32.machine.settings import Settings
from asm_rv32.timing.clock import CoreClock
from asm_rv32.timing.model import load_core

_LANDING = 0x0001
"""c.nop: what a call returns to is not part of its price."""


class _Runner(NamedTuple):
    """What ran a call, for the next one."""

    engine: OwnEngine
    clock: Clock
    core: str | None


def run(
    image: Image, values: Sequence[object], settings: Settings, held: Held | None = None
) -> Outcome:
    """Call an image that finds the devices of `settings.bus`; write the caller's buffers back.

    The core is that of the bus, else that of the settings. Raises ExecutionError, TypeError,
    TimingError for an instruction that the core has no cost for.
    """
    bus = settings.bus
    assert bus is not None
    core = bus.core or settings.core
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


def _clock(engine: OwnEngine, bus: Bus, core: str | None, last: _Runner | None) -> Clock:
    """The clock of a call that begins when the last one ended."""
    if core is None:
        return InstructionClock(engine, bus.time)
    judge = engine.judge

    def fetch(address: int) -> int:
        if address == judge.stop:
            return _LANDING
        return int.from_bytes(engine.mem_read(address, 2), "little")

    before = last.clock if last is not None and last.core == core else None
    clock = CoreClock(load_core(core), fetch, engine.registers)
    clock.start(judge.entry, bus.time, before.state if isinstance(before, CoreClock) else None)
    return clock
