"""What the pins do, as a logic analyser shows it: edges by cycle, and as a file for viewers.

Input: the devices of a bus after its calls. Output: `Wave`; the text of a VCD file (IEEE 1364,
section 18, value change dump).
"""

from __future__ import annotations

from collections.abc import Sequence

from asm_rv32.basis.records import NamedTuple
from asm_rv32.boards import clock_of
from asm_rv32.devices.bus import Bus
from asm_rv32.devices.gpio import Gpio

PICOSECONDS = 10**12


class Signal(NamedTuple):
    """One pin."""

    name: str
    start: int
    """Its level before the first edge."""
    edges: tuple[tuple[int, int], ...]
    """Cycle and the level from then on, in order."""


class Wave(NamedTuple):
    """All pins of a run."""

    core: str
    """Whose cycles they are; empty where a cycle is an instruction."""
    clock: int | None
    """Cycles a second, where that is known."""
    cycles: int
    """When the run ended."""
    signals: tuple[Signal, ...]


def wave_of(bus: Bus, core: str, clock: int | None, pins: Sequence[str] = ()) -> Wave:
    """The pins of all Gpio of a bus: those named, else those that have edges, by whoever drives.

    `clock`: hertz; by default that of the board which the calls were made for, where the cycles are
    its core's. A pin is named as the chip's documents do, or by its number. Raises ValueError.
    """
    signals = []
    wanted = set(pins)
    for device in bus.devices:
        if not isinstance(device, Gpio):
            continue
        moved = {edge.pin for edge in device.edges} | {*device.inputs}
        for pin in range(device.block.pins):
            names = {str(pin), device.pin_name(pin)}
            if names & set(pins) or (not pins and pin in moved):
                start, edges = device.course(pin, bus.time)
                if edges or pins:
                    wanted -= names
                    signals.append(Signal(device.pin_name(pin), start, tuple(edges)))
    if wanted:
        raise ValueError(f"no device has a pin {min(wanted)!r}; name one with gpio@BLOCK")
    clock = clock or clock_of(bus.registers_of, core)
    return Wave(core, clock, bus.time, tuple(signals))


def picoseconds(cycle: int, clock: int) -> int:
    """The time of a cycle, to the nearest picosecond."""
    return (2 * cycle * PICOSECONDS + clock) // (2 * clock)


def vcd(wave: Wave) -> str:
    """The text of a VCD file. Without a clock a cycle is shown as a nanosecond."""
    clock = wave.clock
    unit = "1 ps" if clock else "1 ns"
    what = f"cycles of {wave.core}" if wave.core else "instructions"
    rate = f"at {clock} Hz" if clock else "a nanosecond each"
    names = [_identifier(at) for at in range(len(wave.signals))]
    lines = [f"$comment {what}, {rate} $end", f"$timescale {unit} $end", "$scope module pins $end"]
    lines += [f"$var wire 1 {name} {signal.name} $end" for name, signal in zip(names, wave.signals)]
    lines += ["$upscope $end", "$enddefinitions $end", "#0", "$dumpvars"]
    lines += [f"{signal.start}{name}" for name, signal in zip(names, wave.signals)]
    lines.append("$end")
    changes = sorted(
        (cycle, at, level)
        for at, signal in enumerate(wave.signals) for cycle, level in signal.edges
    )  # fmt: skip
    last = 0
    for cycle, at, level in changes:
        if cycle != last:
            lines.append(f"#{picoseconds(cycle, clock) if clock else cycle}")
            last = cycle
        lines.append(f"{level}{names[at]}")
    if wave.cycles > last:
        lines.append(f"#{picoseconds(wave.cycles, clock) if clock else wave.cycles}")
    return "\n".join(lines) + "\n"


def _identifier(number: int) -> str:
    """The short name of a variable: printable characters from ! on."""
    found = chr(33 + number % 94)
    while number := number // 94:
        found += chr(33 + number % 94)
    return found
