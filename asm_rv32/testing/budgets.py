"""What the calls of a test cost, and whether that is within its budgets.

Input: the calls of assembler functions that are made while `Calls` watches. Output: a `Call` each,
with its price on each core that was asked for; for a budget that is not kept, the text that says
by how much, and where.
Invariant: a budget that no call was held against is not kept: it would be, whatever the code does.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from asm_rv32.inline.function import AsmFunction
    from asm_rv32.isa.image import Image
    from asm_rv32.report.pricing import CycleReport

DEAREST = 3
"""Lines of source that are shown where a budget of cycles is not kept."""
UNITS = ("cycles", "instructions", "code_bytes")
"""What a budget may be of, by the names of the marks."""


class Call(NamedTuple):
    """A call that was made, and what it costs."""

    function: str
    """The qualified name."""
    image: Image
    prices: dict[str | None, CycleReport]
    """By the core asked for; None is that of the run, else of the function."""


class Budget(NamedTuple):
    """What the calls of a test may cost together."""

    unit: str
    """One of UNITS. Bytes are those of each function called, with all that it needs, once."""
    at_most: int
    core: str | None = None
    """A core of `asmrv32 cores`; None is that of the run, else of the function."""
    cold: bool = False
    """Whether cycles are those of a core that has just been started."""

    def spent(self, calls: Sequence[Call]) -> int:
        """What the calls cost together, in the budget's unit."""
        if self.unit == "code_bytes":
            return sum({call.function: len(call.image.code) for call in calls}.values())
        return sum(self.cost(call.prices[self.core]) for call in calls)

    def cost(self, price: CycleReport) -> int:
        """What one call costs, in cycles or instructions."""
        if self.unit == "instructions":
            return price.instructions
        return price.cold if self.cold else price.warm

    def excess(self, calls: Sequence[Call]) -> str | None:
        """Why the calls are not within it; None where they are."""
        if not calls:
            return (
                f"the budget of {self._amount(self.at_most)} measured nothing: no assembler "
                f"function was called"
            )
        spent = self.spent(calls)
        if spent <= self.at_most:
            return None
        cores = " and ".join(dict.fromkeys(call.prices[self.core].core for call in calls))
        where = f" on {cores}{', started cold' * self.cold}" * (self.unit == "cycles")
        return "\n".join(
            [
                f"{self._amount(spent)}{where}: {spent - self.at_most:,} more than "
                f"the budget of {self.at_most:,}",
                *(f"  {name}: {text}" for name, text in summary(calls, self.core).items()),
                *(self._dearest(calls) if self.unit == "cycles" else ()),
            ]
        )

    def _amount(self, count: int) -> str:
        noun, more = ("byte", " of code") if self.unit == "code_bytes" else (self.unit[:-1], "")
        return f"{count:,} {noun}{'s' * (count != 1)}{more}"

    def _dearest(self, calls: Sequence[Call]) -> Iterator[str]:
        """The lines of source that cost most in the dearest of the calls."""
        call = max(calls, key=lambda each: self.cost(each.prices[self.core]))
        costs = call.prices[self.core].by_line
        for line in sorted(filter(None, costs), key=lambda each: -costs[each])[:DEAREST]:
            source = call.image.source
            path = os.path.relpath(source.path)
            shown = source.path if path.startswith(os.pardir) else path
            yield f"  {shown}:{line}: {self._amount(costs[line])}: {source.line(line).strip()}"


class Calls:
    """The calls that are made while it watches, priced on copies of their buffers."""

    def __init__(self, default: str | None, cores: Iterable[str | None]) -> None:
        """`default`: the core of calls that none is named for; `cores`: those to price on."""
        self.default = default
        self.cores = tuple(dict.fromkeys(cores))
        self.made: list[Call] = []

    def watch(self, function: AsmFunction[..., object], arguments: tuple[object, ...]) -> None:
        """Price a call that is about to be made. Raises as `AsmFunction.cycles` does."""
        prices = {
            core: function.cycles(*arguments, core=core or self.default) for core in self.cores
        }
        self.made.append(Call(function.__qualname__, function.image, prices))

    @contextmanager
    def watching(self) -> Iterator[Calls]:
        """Watch the calls of the block."""
        from asm_rv32.inline.function import WATCHERS

        WATCHERS.append(self.watch)
        try:
            yield self
        finally:
            WATCHERS.remove(self.watch)


def summary(calls: Iterable[Call], core: str | None) -> dict[str, str]:
    """Function → what its calls cost on a core, as text; in the order of the first calls."""
    found: dict[str, list[Call]] = {}
    for call in calls:
        found.setdefault(call.function, []).append(call)
    return {
        name: in_words(
            [(call.prices[core].warm, call.prices[core].instructions) for call in own],
            len(own[0].image.code),
        )
        for name, own in found.items()
    }


def in_words(costs: Sequence[tuple[int, int]], size: int, where: str = "") -> str:
    """What calls of a function cost, each in cycles and instructions; its bytes, and how many."""
    return (
        f"{spread(cycles for cycles, _ in costs)} cycles{where}, "
        f"{spread(count for _, count in costs)} instructions, {size:,} bytes, "
        f"{len(costs):,} call{'s' * (len(costs) > 1)}"
    )


def spread(numbers: Iterable[int]) -> str:
    """The least and the greatest of some numbers; one where they are alike."""
    found = sorted(numbers)
    return f"{found[0]:,}" if found[0] == found[-1] else f"{found[0]:,} to {found[-1]:,}"
