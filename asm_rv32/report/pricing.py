"""The cost of one call of an image on any number of cores.

Input: an Image, arguments, cores. Output: `Measured`, or for one core a `CycleReport`.
Invariants: the caller's buffers stay as they are; cycles by category, by line and by instruction
add up to the total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from asm_rv32.basis.records import TYPE_CHECKING, Any, NamedTuple
from asm_rv32.boards import clock_of
from asm_rv32.isa.sets import tables_of_own
from asm_rv32.machine.settings import DEFAULT_SETTINGS, Settings
from asm_rv32.timing.cost import CATEGORIES, Split
from asm_rv32.timing.model import load_core

if TYPE_CHECKING:
    from asm_rv32.devices import Bus
    from asm_rv32.isa.image import Image
    from asm_rv32.machine.emulator import Call, Held
    from asm_rv32.timing.model import Core
    from asm_rv32.timing.price import CallPrice, Priced
    from asm_rv32.timing.trace import Recorder

DEFAULT_CORE = "hazard3"
PLACEMENTS = (0, 2)
"""Where code can start, modulo 4."""


class Measured(NamedTuple):
    """One call: what it did, and what it costs on each core."""

    image: Image
    placement: int
    result: object
    word: int
    """a0 after the call, unsigned."""
    contents: tuple[bytes, ...]
    """What the arguments' memory holds after the call."""
    prices: tuple[CallPrice, ...]
    """A core each, in the order asked for; addresses are offsets into the code."""
    buses: tuple[Bus, ...] = ()
    """A core each, where the call finds devices: what the cold call did to them."""


class CycleReport(NamedTuple):
    """What one call costs on one core, in cycles from the first instruction to the return."""

    cold: int
    """The first call, on a core that starts cold."""
    warm: int
    """The second call, the same once more."""
    instructions: int
    """Executed."""
    by_category: dict[str, int]
    """Of the warm call: arithmetic, memory, control, stalls (waiting for a result), fetch."""
    by_line: dict[int, int]
    """Source line → cycles of the warm call, for every line that was executed."""
    reasons: dict[int, dict[str, int]]
    """Source line → why it cost more than its instructions do → how many times."""
    result: object
    core: str
    placement: int
    """Where the code starts, modulo 4: 0 or 2."""
    size: int
    """Bytes of code."""
    clock: int | None = None
    """Of the board that it was priced for, in Hz."""
    source: Mapping[int, str] = MappingProxyType({})
    """Source line → its text, for the lines in `by_line`."""

    @property
    def nanoseconds(self) -> float | None:
        """How long the warm call takes at the board's clock; None without a board."""
        return None if self.clock is None else self.warm * 1e9 / self.clock

    @property
    def total(self) -> int:
        """Cycles of the warm call."""
        return self.warm

    @property
    def stalls(self) -> int:
        """Cycles of the warm call in which an instruction waits for a result."""
        return self.by_category["stalls"]

    @property
    def cpi(self) -> float:
        """Cycles for each instruction of the warm call."""
        return self.warm / self.instructions

    def _repr_html_(self) -> str:
        """The sum and a row for each source line, as notebooks show it."""
        from asm_rv32.formats.markup import Column, table

        columns = (
            Column("line", True), Column("source", is_code=True), Column("cycles", True),
            Column("%", True), Column("why it waits"),
        )  # fmt: skip
        rows = [
            (
                str(line), self.source.get(line, ""), cycles, f"{100 * cycles / self.warm:.0f}",
                "; ".join(f"{why} ({n:,}×)" for why, n in self.reasons.get(line, {}).items()),
            )
            for line, cycles in self.by_line.items()
        ]  # fmt: skip
        return table(str(self), columns, rows)

    def __str__(self) -> str:
        parts = ", ".join(f"{name} {cycles}" for name, cycles in self.by_category.items() if cycles)
        time = ""
        if self.nanoseconds is not None and self.clock is not None:
            time = f"; {self.nanoseconds:,.1f} ns at {self.clock / 1e6:g} MHz"
        return (
            f"{self.core}: {self.warm} cycles ({self.cold} cold), {self.instructions} "
            f"instructions; {parts}{time}"
        )


def measure(
    image: Image,
    values: Sequence[object],
    cores: Sequence[str],
    *,
    placement: int = 0,
    wait_states: int = 0,
    settings: Settings = DEFAULT_SETTINGS,
    held: Held | None = None,
    priced: range | None = None,
) -> Measured:
    """Run a call and price it. `held`: what the image holds, with what calls left in its data.

    `priced` are the offsets whose cycles count; by default all. Raises ExecutionError for what
    the machine refuses, TimingError for what a core has no cost for, TypeError for a wrong
    number of arguments.
    """
    from asm_rv32.machine.emulator import is_clocked, prepare, touched_registers

    if any(any(touched_registers(name, image)) for name in cores):
        if len(cores) > 1:
            # What such a register holds differs, and with it what the call does.
            found = [
                measure(
                    image, values, [name], placement=placement, wait_states=wait_states,
                    settings=settings, held=held, priced=priced,
                )
                for name in cores
            ]  # fmt: skip
            return found[0]._replace(prices=tuple(each.prices[0] for each in found))
        settings = settings._replace(core=cores[0])
    loaded = [load_core(name, tables_of_own(image.isa)) for name in cores]
    # What the sanitizer says is for those who run the code, not for those who price it.
    settings = settings._replace(placement=placement, sanitize=False)
    if settings.bus is None and (is_clocked(image, settings) or _is_held(image, cores)):
        from asm_rv32.devices import Bus  # few functions need one

        settings = settings._replace(bus=Bus(()))
    if settings.bus is not None:
        return _measured_with_devices(image, values, cores, wait_states, settings, held)
    with prepare(image, values, settings, held) as call:
        outcome = call.run()
        prices = _priced(call, loaded, wait_states, settings.max_instructions, priced)
    return Measured(image, placement, outcome.result, outcome.word, outcome.contents, prices)


def _is_held(image: Image, cores: Sequence[str]) -> bool:
    """Whether runs on one of the cores are held to a contract; only those beside a clock are."""
    if not image.contracts:
        return False
    from asm_rv32.timing.contracts import applying

    return any(applying(image, core) for core in cores)


def _priced(
    call: Call, cores: Sequence[Core], wait_states: int, limit: int, kept: range | None
) -> tuple[CallPrice, ...]:
    """What a call costs on each core, by offset into the code; `limit`: of instructions."""
    from asm_rv32.timing.price import CallPrice, price_call

    call.start()
    machine, recorder = _path_of(call)
    prices = price_call(
        machine,
        call.entry_address,
        call.stop_address,
        cores=cores,
        wait_states=wait_states,
        helped=call.machine.helped,
        max_instructions=limit,
        recorder_of=recorder,
        isa=call.image.isa,
    )
    base = call.code_address
    return tuple(
        CallPrice(_based(price.cold, base, kept), _based(price.warm, base, kept))
        for price in prices
    )


def _measured_with_devices(
    image: Image, values: Sequence[object], cores: Sequence[str], wait_states: int,
    settings: Settings, held: Held | None,
) -> Measured:  # fmt: skip
    """As `measure`; each core sees its own course of events, as devices answer by the cycle."""
    from asm_rv32.machine.emulator import code_address
    from asm_rv32.timing.clocked import price
    from asm_rv32.timing.price import CallPrice

    base = code_address(settings)
    found = [
        price(image, values, settings, core, wait_states=wait_states, held=held) for core in cores
    ]
    kept = tuple(
        CallPrice(*(_based(each, base, None) for each in traced.price)) for traced in found
    )  # fmt: skip
    outcome = found[0].outcome
    return Measured(
        image, settings.placement, outcome.result, outcome.word, outcome.contents, kept,
        tuple(traced.bus for traced in found),
    )  # fmt: skip


def _path_of(call: Call) -> tuple[Any, type[Recorder]]:
    """The machine that a call is on, and what keeps the path of a run on it."""
    from asm_rv32.timing.trace import Recorder

    if hasattr(call.machine, "uc"):
        return call.uc, Recorder
    from asm_rv32.timing.own_trace import OwnRecorder

    return call.machine, OwnRecorder


def _based(price: Priced, base: int, kept: range | None) -> Priced:
    """The price by offset into the code, of the offsets in `kept`."""
    by_pc = {
        pc - base: cost for pc, cost in price.by_pc.items() if kept is None or pc - base in kept
    }
    if kept is None:
        return price._replace(by_pc=by_pc)
    split = Split()
    for cost in by_pc.values():
        split = split.plus(cost.split)
    executed = sum(cost.executions for cost in by_pc.values())
    return price._replace(cycles=split.total, instructions=executed, split=split, by_pc=by_pc)


def cycles(
    image: Image,
    values: Sequence[object],
    core: str = DEFAULT_CORE,
    *,
    placement: int = 0,
    wait_states: int = 0,
    settings: Settings = DEFAULT_SETTINGS,
    held: Held | None = None,
) -> CycleReport:
    """What a call costs on one core. Raises as `measure` does."""
    measured = measure(
        image, values, [core],
        placement=placement, wait_states=wait_states, settings=settings, held=held,
    )  # fmt: skip
    cold, warm = measured.prices[0]
    spent = by_line(image, warm)
    return CycleReport(
        cold.cycles,
        warm.cycles,
        warm.instructions,
        categories(warm.split),
        spent,
        line_reasons(image, warm),
        measured.result,
        core,
        placement,
        len(image.code),
        clock_of(settings.board, core),
        {line: image.source.line(line).strip() for line in spent if line},
    )


def categories(split: Split) -> dict[str, int]:
    """Category → cycles."""
    return dict(zip(CATEGORIES, split))


def by_line(image: Image, price: Priced) -> dict[int, int]:
    """Source line → cycles, in order of the lines."""
    found: dict[int, int] = {}
    for offset, cost in price.by_pc.items():
        line = image.line_at(offset) or 0
        found[line] = found.get(line, 0) + cost.split.total
    return dict(sorted(found.items()))


def line_reasons(image: Image, price: Priced) -> dict[int, dict[str, int]]:
    """Source line → reason → how many executions it cost time."""
    found: dict[int, dict[str, int]] = {}
    for offset, cost in price.by_pc.items():
        line = image.line_at(offset) or 0
        for reason, times in cost.reasons.items():
            reasons = found.setdefault(line, {})
            reasons[reason] = reasons.get(reason, 0) + times
    return dict(sorted(found.items()))


def reduction(ours: Mapping[str, float], theirs: Mapping[str, float]) -> dict[str, float | None]:
    """By category, and in `total`: per cent of their cycles that ours saves; None of nothing."""
    pairs = {name: (ours[name], theirs[name]) for name in CATEGORIES}
    pairs["total"] = sum(ours.values()), sum(theirs.values())
    return {
        name: round(100 * (other - own) / other, 1) if other else None
        for name, (own, other) in pairs.items()
    }
