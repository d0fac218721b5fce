"""A call that finds devices costs what it costs without: the clock beside the recorder."""

from __future__ import annotations

from random import Random

import pytest

from asm_rv32 import assemble
from asm_rv32.devices import Bus
from asm_rv32.machine.settings import DEFAULT_SETTINGS
from asm_rv32.report.pricing import measure
from asm_rv32.timing import clocked

EXACT = ["picorv32", "ibex-small", "ibex-maxperf", "cv32e40p", "hazard3"]
CALL = """
@asm_rv32
def f(words, count):
    li(t0, 0)
    label("again")
    beqz(count, "done")
    lw(t1, words[0])
    mul(t2, t1, t1)
    divu(t1, t2, count)
    add(t0, t0, t1)
    andi(t2, t1, 1)
    beqz(t2, "even")
    addi(t0, t0, 1)
    label("even")
    addi(words, words, 4)
    addi(count, count, -1)
    j("again")
    label("done")
    mv(a0, t0)
"""


@pytest.mark.parametrize("core", EXACT)
def test_each_of_both_calls_is_counted_alone(core: str) -> None:
    image = assemble(CALL).functions["f"]
    choice = Random(core)
    for count in (0, 1, 7):
        words = bytearray(choice.randbytes(4 * count + 4))
        settings = DEFAULT_SETTINGS._replace(bus=Bus((), core), sanitize=False)
        found = clocked.price(image, [words, count], settings, core).price
        [wanted] = measure(image, [words, count], [core]).prices
        for one, other in zip(found, wanted):
            assert (one.cycles, one.instructions) == (other.cycles, other.instructions)
            counts = [
                [each.executions for each in priced.by_pc.values()] for priced in (one, other)
            ]
            assert counts[0] == counts[1]


@pytest.mark.parametrize("core", EXACT)
def test_a_second_call_goes_on_where_the_first_ended(core: str) -> None:
    """Devices see one time, which goes on from call to call."""
    image = assemble(CALL).functions["f"]
    values = [bytearray(range(32)), 8]
    cold, warm = measure(image, values, [core]).prices[0]
    settings = DEFAULT_SETTINGS._replace(bus=Bus((), core), sanitize=False)
    assert settings.bus is not None
    for time in (cold.cycles, cold.cycles + warm.cycles, cold.cycles + 2 * warm.cycles):
        clocked.run(image, values, settings)
        assert settings.bus.time == time
