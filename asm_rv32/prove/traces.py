"""Runs of two functions on the same random arguments: what loops are aligned by.

Input: a call with unknown arguments. Output: `Trace`s of calls that both sides return from.
Invariant: what runs show is a guess; no proof rests on it.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from asm_rv32.analysis.flow import control_flow, goes_back
from asm_rv32.basis.run_options import PYTHON
from asm_rv32.isa.effects import CALL
from asm_rv32.isa.image import Image
from asm_rv32.isa.words import WORD
from asm_rv32.machine.emulator import prepare_on
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.recorder import Log, Recorder
from asm_rv32.machine.settings import Settings
from asm_rv32.prove.inputs import AnyArray, AnyWord, Length, is_tied
from asm_rv32.prove.watch import Watch

RUNS = 24
LONGEST = 6_000
"""Instructions of a run that is of use."""
MISSED = 8
"""So many runs may be of no use, then there are no more."""
SMALL = 24
LARGE = 160
"""Counts of items go up to there; those of half of the runs."""


class Trace(NamedTuple):
    """A run of one function."""

    places: Sequence[int]
    """Of each instruction, in order: its offset in the code."""
    log: Log

    def registers(self, moments: Sequence[int]) -> list[tuple[int, ...]]:
        """All registers before each of some instructions, which are in order."""
        log, found = self.log, []
        now = log.registers[: len(log.registers) - len(log.csrs)]
        at = 0
        for moment in moments:
            while at < len(log.register_at) and log.register_at[at] < moment:
                if log.register[at] < len(now):
                    now[log.register[at]] = log.register_new[at]
                at += 1
            found.append(tuple(now))
        return found


def may_loop(image: Image) -> bool:
    """Whether control may come to an instruction again, as far as the code tells."""
    flow = control_flow(image)
    calls = any(node.effects.control == CALL for node in flow.nodes)
    return calls or goes_back([block.successors for block in flow.blocks])


def traces(
    images: Sequence[Image], values: Sequence[Any], settings: Settings, limits: Watch
) -> Iterator[tuple[Trace, ...]]:
    """Of calls from which all functions return, a trace each."""
    settings = settings._replace(max_instructions=LONGEST, engine=PYTHON, sanitize=False)
    missed = 0
    for given in _arguments(values, random.Random(1)):
        together = [_trace(image, given, settings) for image in images]
        known = tuple(each for each in together if each is not None)
        if len(known) == len(images):
            yield known
        missed += len(known) < len(images)
        if limits.is_over or missed > MISSED:
            return


def _trace(image: Image, values: Sequence[Any], settings: Settings) -> Trace | None:
    engine = Recorder(LONGEST)
    copies = [each[:] if isinstance(each, (array, bytearray)) else each for each in values]
    with prepare_on(engine, image, copies, settings, None) as call:
        try:
            call.run()
        except ExecutionError:
            return None
        base = engine.judge.base
        return Trace([address - base for address in engine.log.addresses], engine.log)


def _arguments(values: Sequence[Any], choice: random.Random) -> Iterator[list[Any]]:
    """Random arguments for what is not known of them."""
    counts = {each.length.parameter for each in values if is_tied(each)}
    contents = random.Random(2)  # Numbers of rounds do not hang on how many items were drawn.
    for _ in range(RUNS):
        given: list[Any] = [
            _word(each, choice, at in counts) if isinstance(each, AnyWord) else each
            for at, each in enumerate(values)
        ]
        for at, each in enumerate(given):
            if isinstance(each, AnyArray):
                length = each.length
                count = length.of(given) if isinstance(length, Length) else length
                items = map(each.item, range(count))
                given[at] = each.filled([contents.randint(0, high - low) for low, high in items])
        yield given


def _word(value: AnyWord, choice: random.Random, counts: bool) -> int:
    most = choice.choice((SMALL, LARGE))
    small = choice.randint(value.low, min(value.high, value.low + most))
    near = [each for each in range(most) if value.low <= each <= value.high] or [small]
    if counts:
        return choice.choice(near)
    several = (small, choice.choice(near), choice.choice(near))
    wide = choice.randint(value.low, value.high)
    return choice.choice((*several, wide, value.high if choice.random() < 0.2 else wide)) & WORD
