"""A call that finds devices costs what it costs without: the clock beside the recorder."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from asm_rv32 import ExecutionError, assemble
from asm_rv32.devices import Bus, Recorder
from asm_rv32.machine.settings import DEFAULT_SETTINGS
from asm_rv32.report.pricing import measure
from asm_rv32.timing import TimingError, clocked, load_core, price_program
from asm_rv32.timing.code import Code
from asm_rv32.timing.recorded import record

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
    bltu(t1, count, "on")
    label("on")
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


@pytest.mark.parametrize("core", EXACT)
def test_wait_states_are_those_that_a_core_is_known_with(core: str) -> None:
    image = assemble(CALL).functions["f"]
    values = [bytearray(range(32)), 8]
    settings = DEFAULT_SETTINGS._replace(bus=Bus((), core), sanitize=False)
    if load_core(core).wait_states:
        found = clocked.price(image, values, settings, core, wait_states=2).price
        [wanted] = measure(image, values, [core], wait_states=2).prices
        assert [each.cycles for each in found] == [each.cycles for each in wanted]
    else:
        with pytest.raises(TimingError, match=f"core '{core}' is only known with zero wait states"):
            clocked.price(image, values, settings, core, wait_states=2)


WITH_DEVICE = """
@asm_rv32
def f():
    li(a0, 6)
    lui(s0, {device})
    lui(s1, {memory})
    label(again)
    sw(a0, 0(s1))
    mul(a1, a0, a0)
    nop()
    nop()
    sw(a1, 4(s0))
    andi(a2, a0, 1)
    beqz(a2, even)
    lw(a3, 8(s0))
    label(even)
    addi(a0, a0, -1)
    bnez(a0, again)
    bltu(a0, a1, on)
    label(on)
    lui(a5, 0x80000)
    sb(a0, 3(a5))
"""


@pytest.mark.parametrize("core", EXACT)
@pytest.mark.parametrize("base", [0, 0x6_0002])
def test_a_program_takes_what_its_instructions_take(core: str, base: int) -> None:
    """And its accesses leave it with the instruction, as late as the core's table has it."""
    here, place = base >> 12, {"base": base, "stop_store": 0x8000_0000}
    memory, plain = (
        assemble(WITH_DEVICE.format(device=device, memory=here + 1), compress=base > 0)
        .functions["f"]
        .code
        for device in (0x40000, here + 2)
    )
    priced = list(price_program(plain, base, core=core, **place))
    bus = clocked.run_program(memory, base, core=core, devices=[Recorder(0x4000_0000, 16)], **place)
    assert bus.time == sum(cycles for _, cycles in priced)
    code = Code(lambda at: int.from_bytes(memory[at - base : at - base + 2], "little"))
    model, time, expected = load_core(core), 0, []
    for pc, cycles in priced:
        op = code.at(pc)
        if op.rs1 == 8 and op.name in ("lw", "sw"):
            kind = model.class_of(op.name)
            expected.append((time, time + cycles - 1, model.request.get(kind, 0)))
        time += cycles
    assert len(bus.accesses) == len(expected) == 9
    for access, (start, last, request) in zip(bus.accesses, expected):
        assert start + request <= access.cycle <= last + request
        if access.kind == "store" and not base:  # behind nops it waits for nothing
            assert access.cycle == start + request


def test_a_program_that_does_not_end_or_has_no_price_is_said_to() -> None:
    stop = {"stop_store": 0x8000_0000, "devices": ()}
    endless = assemble("@asm_rv32\ndef f():\n    label(a)\n    j(a)\n").functions["f"].code
    with pytest.raises(ExecutionError, match="still running after 30 instructions"):
        clocked.run_program(endless, 0, core="hazard3", max_instructions=30, **stop)
    multiplies = assemble(WITH_DEVICE.format(device=0x40000, memory=1)).functions["f"].code
    with pytest.raises(TimingError, match="core 'picorv32-no-mul' has no cost for 'mul'"):
        clocked.run_program(multiplies, 0, core="picorv32-no-mul", **stop)


UNPRICED = {
    "mul(a0, a, a)": True, "mul(a0, a, a); addi(a0, a0, 1)": True,
    "addi(a0, a, 1); beqz(a0, on); j(out); label(on); mul(a0, a, a); label(out); nop()": False,
    "j(on); label(on); data(4, 0x02b50533)": True,
}  # fmt: skip
"""A body → whether it comes to a product; the last leaves the function behind it."""


@pytest.mark.parametrize("body", UNPRICED)
def test_a_call_is_priced_where_all_that_it_comes_to_has_a_cost(body: str) -> None:
    text = "@asm_rv32\ndef f(a):\n" + "".join(f"    {line}\n" for line in body.split("; "))
    image = assemble(text).functions["f"]
    settings = DEFAULT_SETTINGS._replace(sanitize=False)
    for run in (
        lambda core: record(image, [3], settings, core=core, limit=100),
        lambda core: clocked.run(image, [3], settings._replace(bus=Bus((), core))),
    ):
        if UNPRICED[body]:
            with pytest.raises(TimingError, match="core 'picorv32-no-mul' has no cost for 'mul'"):
                run("picorv32-no-mul")
        else:
            run("picorv32-no-mul")


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
