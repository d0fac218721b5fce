"""A call that finds devices costs what it costs without: the clock beside the recorder."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from asm_rv32 import ExecutionError, assemble
from asm_rv32.devices import Bus
from asm_rv32.machine.settings import DEFAULT_SETTINGS
from asm_rv32.report.pricing import measure
from asm_rv32.timing import clocked, price_program

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


PROGRAM = """
@asm_rv32
def f():
    li(a0, {count})
    li(a1, {first})
    label("again")
    beqz(a0, "done")
    lw(t1, 0(a1))
    mul(t2, t1, a0)
    sw(t2, 64(a1))
    andi(t2, t1, 1)
    beqz(t2, "even")
    srl(t1, t1, a0)
    label("even")
    beqz(t1, "next")
    label("next")
    addi(a1, a1, 4)
    addi(a0, a0, -1)
    j("again")
    label("done")
    lui(a5, 0x80000)
    sw(a0, 0(a5))
    mul(a0, a0, a0)
"""


@pytest.mark.parametrize("core", EXACT)
def test_a_program_takes_what_it_takes_without_devices(core: str) -> None:
    for count in (0, 1, 6):
        text = PROGRAM.format(count=count, first=0x40)
        code = assemble(text).functions["f"].code.ljust(0x40, b"\1") + bytes(range(0x80))
        place: dict[str, Any] = {"core": core, "stop_store": 0x8000_0000}
        bus = clocked.run_program(code, 0, devices=(), **place)
        assert bus.time == sum(cycles for _, cycles in price_program(code, 0, **place))
        assert not bus.accesses
    with pytest.raises(ExecutionError, match="instruction"):
        clocked.run_program(code, 0, devices=(), max_instructions=20, **place)
