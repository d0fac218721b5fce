"""What a function costs on every exact core: by calls of it.

Input: an Image and calls. Output: cycles of all calls together, a core each.
Invariant: a call's cycles are those of its second run in a row, as in a report.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from asm_rv32.analysis.flow import bits, control_flow
from asm_rv32.isa.image import Image
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.settings import DEFAULT_SETTINGS
from asm_rv32.report.pricing import measure
from asm_rv32.timing import TimingError

SIZES = (3, 24, 100)
"""Numbers that calls are made up with."""
ROOM = 512
"""Bytes of a buffer that is made up."""
MOST = 200_000
"""Instructions of one call."""
Calls = Sequence[Sequence[Any]]


def cycles(image: Image, calls: Calls, cores: Sequence[str]) -> dict[str, int]:
    """Core → cycles of all calls; without a core that has no cost for what they execute.

    Raises ExecutionError where a call does not return.
    """
    found = dict.fromkeys(cores, 0)
    settings = DEFAULT_SETTINGS._replace(max_instructions=MOST)
    for values in calls:
        left = list(found)
        try:
            prices = measure(image, values, left, settings=settings).prices
        except TimingError:
            for name in left:
                try:
                    [price] = measure(image, values, [name], settings=settings).prices
                    found[name] += price.warm.cycles
                except TimingError:
                    del found[name]
            continue
        for name, price in zip(left, prices):
            found[name] += price.warm.cycles
    return found


# ---- calls that are made up


def made_up(image: Image) -> list[list[Any]]:
    """Calls of a function that return: a buffer for what it takes for an address, else numbers.

    Empty where none is found.
    """
    count = len(image.parameters)
    if count == 0:
        return [[]] if _returns(image, []) else []
    for pointers in _guesses(image):
        calls = [[_value(image, at, pointers, size) for at in range(count)] for size in SIZES]
        if all(_returns(image, call) for call in calls):
            return calls
    return []


def _value(image: Image, at: int, pointers: Collection[int], size: int) -> Any:
    if at in image.floats:
        return float(size)
    return bytearray(random.Random(size).randbytes(ROOM)) if at in pointers else size


def _returns(image: Image, values: Sequence[Any]) -> bool:
    settings = DEFAULT_SETTINGS._replace(max_instructions=MOST)
    try:
        measure(image, values, ["hazard3"], settings=settings)
    except (ExecutionError, TimingError):
        return False
    return True


def _guesses(image: Image) -> Iterator[frozenset[int]]:
    """Which parameters are addresses: those that accesses go through, then others."""
    likely = _addressed(image)
    found = [frozenset(likely)]
    for size in range(len(likely), 0, -1):
        found += [frozenset(some) for some in combinations(likely, size)]
    found += [frozenset(), frozenset(range(len(image.parameters)))]
    yield from dict.fromkeys(found)


def _addressed(image: Image) -> list[int]:
    """The parameters that the address of an access may come from."""
    flow = control_flow(image)
    of: Mapping[int, int] = dict(zip(image.registers, range(len(image.registers))))
    holds = [0] * 64
    for register, at in of.items():
        holds[register] = 1 << at
    seen = 0
    for _ in range(3):
        for node in flow.nodes:
            source = 0
            for register in bits(node.effects.reads):
                if register < 64:
                    source |= holds[register]
            for access in node.effects.accesses:
                base = access.base
                seen |= holds[base[0]] if base is not None else source
            if any(access.loads for access in node.effects.accesses):
                continue
            for register in bits(node.effects.writes):
                if register < 64:
                    holds[register] |= source
    return [at for at in range(len(image.parameters)) if seen >> at & 1]
