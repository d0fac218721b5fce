"""The cost of one call of an image on any number of cores.

Input: an Image, arguments, cores. Output: `Measured`, or for one core a `CycleReport`.
Invariants: the caller's buffers stay as they are; cycles by category, by line and by instruction
add up to the total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from asm_rv32.isa.sets import tables_of_own
from asm_rv32.machine.settings import DEFAULT_SETTINGS, Settings
from asm_rv32.timing.cost import CATEGORIES, Split
from asm_rv32.timing.model import load_core

if TYPE_CHECKING:
    from asm_rv32.isa.image import Image
    from asm_rv32.machine.emulator import Call, Held
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

    def __str__(self) -> str:
        parts = ", ".join(f"{name} {cycles}" for name, cycles in self.by_category.items() if cycles)
        return (
            f"{self.core}: {self.warm} cycles ({self.cold} cold), {self.instructions} "
            f"instructions; {parts}"
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
    from asm_rv32.machine.emulator import prepare
    from asm_rv32.timing.price import CallPrice, price_call

    loaded = [load_core(name, tables_of_own(image.isa)) for name in cores]
    # What the sanitizer says is for those who run the code, not for those who price it.
    settings = settings._replace(placement=placement, sanitize=False)
    with prepare(image, values, settings, held) as call:
        outcome = call.run()
        call.start()
        machine, recorder = _path_of(call)
        prices = price_call(
            machine,
            call.entry_address,
            call.stop_address,
            cores=loaded,
            wait_states=wait_states,
            helped=call.machine.helped,
            max_instructions=settings.max_instructions,
            recorder_of=recorder,
            isa=image.isa,
        )
        base = call.code_address
    kept = [
        CallPrice(_based(price.cold, base, priced), _based(price.warm, base, priced))
        for price in prices
    ]
    return Measured(
        image, placement, outcome.result, outcome.word, outcome.contents, tuple(kept)
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
    return CycleReport(
        cold.cycles,
        warm.cycles,
        warm.instructions,
        categories(warm.split),
        by_line(image, warm),
        line_reasons(image, warm),
        measured.result,
        core,
        placement,
        len(image.code),
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
