# ruff: noqa: F821
"""A recorded call against the call itself, its price, and what stops it."""

from __future__ import annotations

import copy
from pathlib import Path
from random import Random

import pytest
from corpus.defects import example_samples, seeded
from corpus.example_inputs import INPUTS

from asm_rv32 import AssemblyError, ExecutionError, asm_rv32
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.devices import Bus, Gpio, devices
from asm_rv32.isa.image import Image
from asm_rv32.machine import emulator
from asm_rv32.machine.settings import Settings
from asm_rv32.report.pricing import measure
from asm_rv32.stepping.recording import trace
from asm_rv32.stepping.trace import Trace
from asm_rv32.timing.model import TimingError

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
CORES = ("hazard3", "ibex-small", "picorv32", "cv32e40p")


def functions() -> dict[str, Image]:
    found = {}
    for path in sorted(EXAMPLES.glob("*.py")):
        found.update(assemble(path.read_text(), path=str(path)).functions)
    return found


def check_walk(found: Trace) -> None:
    """Each step against the states around it; forward, then back, to where it began."""
    state = found.state()
    start, code = list(state.registers), found.regions[0]
    until = found.cycles_before(found.first)
    for step in found:
        assert (state.position, state.address) == (step.number, step.address)
        before = list(state.registers)
        for stored in step.memory[:1]:
            assert state.read(stored.address, len(stored.old)) == stored.old
        assert state.read(step.address, step.size) == step.word.to_bytes(step.size, "little")
        state.forward()
        for stored in step.memory[-1:]:
            assert state.read(stored.address, len(stored.new)) == stored.new
        for change in step.registers:
            assert before[change.register] == change.old
            before[change.register] = change.new
        assert state.registers == before
        if until is not None:
            assert step.cycles is not None
            until += step.cycles
            assert step.until == until == state.cycles
    end = [state.read(each.address, each.size) for each in found.regions]
    state.go(found.first)
    assert state.registers == start
    assert state.read(code.address, code.size) == found.state().read(code.address, code.size)
    state.go(found.end)
    assert [state.read(each.address, each.size) for each in found.regions] == end


def check_as_run(image: Image, values: tuple[object, ...], core: str | None) -> Trace:
    """A trace ends as the call does: with its result, its memory, its count and its cycles."""
    kept, ran = copy.deepcopy(values), copy.deepcopy(values)
    found = trace(image, values, core)
    outcome = emulator.run(image, ran)
    assert values == kept
    assert (found.error, found.result) == (None, outcome.result)
    state = found.state(found.end)
    assert state["a0"] == outcome.word
    contents = [state.read(each.address, each.size) for each in found.regions[2:]]
    assert contents == list(outcome.contents)
    if core is not None:
        price = measure(image, values, [core]).prices[0].cold
        assert found.end == price.instructions
        costs = [found.cost(number) for number in range(found.end)]
        assert price.cycles == sum(cost.split.total for cost in costs if cost is not None)
    return found


@pytest.mark.parametrize("name", ["gcd", "insertion_sort", "shift_and_add"])
def test_a_trace_is_the_call(name: str) -> None:
    image, choose = functions()[name], Random(name)
    for core in CORES:
        check_walk(check_as_run(image, INPUTS[name](choose), core))


@pytest.mark.heavy
def test_every_example_is_traced_as_it_runs() -> None:
    for name, image in functions().items():
        choose = Random(name)
        for core in (None, *CORES[:2]):
            try:
                check_walk(check_as_run(image, INPUTS[name](choose), core))
            except TimingError:
                assert core is not None  # and has no cost for an instruction


def stops_alike(text: str, values: tuple[object, ...], limit: int = 20_000) -> bool:
    """Whether a run is stopped; the trace is then, by the same fault with the same registers."""
    image = next(iter(assemble(text).functions.values()))
    settings = Settings(max_instructions=limit, engine="python")
    found = trace(image, copy.deepcopy(values), CORES[len(text) % 4], settings=settings)
    try:
        emulator.run(image, copy.deepcopy(values), settings)
    except ExecutionError as error:
        assert found.error is not None
        assert found.error.fault == error.fault
        assert found.error.registers == error.registers
        assert found.state(found.end)["sp"] == error.registers["sp"]
        if found.end < 1000:
            check_walk(found)
        return True
    assert found.error is None
    return False


@pytest.mark.heavy
def test_what_stops_a_call_stops_its_trace(request: pytest.FixtureRequest) -> None:
    every = 1 if request.config.getoption("--thorough") else 16
    stopped = 0
    for at, sample in enumerate(example_samples(EXAMPLES)):
        for name, mistake in list(seeded(sample))[at % every :: every]:
            assert sample.inputs is not None
            try:
                stopped += stops_alike(mistake.text, sample.inputs(Random(name)))
            except (AssemblyError, TimingError):
                pass  # a label of the seed stands there already; or the core lacks an instruction
    assert stopped > 400 // every


@pytest.mark.parametrize(
    "body",
    [
        ("lw(a0, 2(a0))",),
        ("addi(sp, sp, -16)", "li(s0, 1)", "addi(sp, sp, 16)"),
        ("addi(sp, sp, -16)", "sw(a0, 0(sp))", "lw(a1, 4(sp))", "mv(a0, a1)", "addi(sp, sp, 16)"),
        ("addi(sp, sp, -16)", "lw(a1, 4(sp))", "mv(a2, a1)", "li(a1, 0)", "addi(sp, sp, 16)",
         "li(a2, 1)", "ret()"),
        ("ebreak()",),
        ("jr(a0)",),
        ("label(again)", "j(again)"),
    ],
)  # fmt: skip
def test_a_trace_ends_where_the_call_is_stopped(body: tuple[str, ...]) -> None:
    text = "@asm_rv32\ndef f(a):\n" + "".join(f"    {line}\n" for line in body)
    assert stops_alike(text, (bytearray(4),), 900) == (body[-1] != "ret()")


def test_the_last_instructions_of_a_long_call_are_kept() -> None:
    image = functions()["insertion_sort"]
    values = INPUTS["insertion_sort"](Random(7))[0], 40
    whole = trace(image, values, "ibex-small")
    part = trace(image, values, "ibex-small", limit=100)
    assert part.end == whole.end and 100 <= len(part) < 200 < len(whole)
    assert list(part) == list(whole)[part.first :]
    assert part.state().registers == whole.state(part.first).registers
    check_walk(part)
    with pytest.raises(IndexError, match=f"position 3 is not kept: {part.first} to {part.end}"):
        part.state(3)


def test_writes_and_places_are_found() -> None:
    image = functions()["insertion_sort"]
    found = trace(image, INPUTS["insertion_sort"](Random(7)))
    steps = list(found)
    for register in ("a0", "t0", "sp", "x11"):
        for before in (0, 1, 50, len(steps)):
            writing = [
                step.number for step in steps[:before]
                if any(change.name == register.replace("x11", "a1") for change in step.registers)
            ]  # fmt: skip
            assert found.last_write(register, before) == (writing[-1] if writing else None)
    stored = next(step.memory[0] for step in steps if step.memory)
    writing = [
        step.number for step in steps
        if any(each.address <= stored.address < each.address + len(each.new)
               for each in step.memory)
    ]  # fmt: skip
    assert found.last_write(stored.address) == writing[-1]
    assert found.last_write(stored.address, writing[0]) is None
    for place in (next(iter(image.symbols)), steps[20].line):
        assert place is not None
        at = [step.number for step in steps if step.address in found.places(place)]
        assert found.next_at(place) == at[0]
        assert found.next_at(place, at[0]) == (at[1] if len(at) > 1 else None)
        assert found.previous_at(place, at[-1]) == (at[-2] if len(at) > 1 else None)
        assert found.previous_at(place) == at[-1]
    with pytest.raises(ValueError, match="line 1 became no instruction"):
        found.next_at(1)
    with pytest.raises(KeyError):
        found.last_write("a9")


@asm_rv32
def bump(a, n):
    la(a2, count)
    lw(t0, 0(a2))
    add(t0, t0, n)
    sw(t0, 0(a2))
    sb(t0, 1(a))
    mv(a0, t0)
    ret()
    align(4)
    label(count)
    data(4, 0)


def test_a_function_traces_its_calls_and_changes_nothing() -> None:
    buffer = bytearray(2)
    assert bump(buffer, 2) == 2
    found = bump.trace(buffer, 3, core="hazard3")
    assert (found.result, bytes(buffer), found.core) == (5, b"\0\2", "hazard3")
    assert bump(buffer, 1) == 3
    check_walk(found)
    assert found.cycles == bump.cycles(buffer, 3, core="hazard3").cold
    assert bump.trace(buffer, 3, board="esp32c3").core == "esp32c3"
    assert bump.trace(buffer, 3).cycles is None
    with pytest.raises(TypeError):
        bump.trace(1)
    with pytest.raises(TimingError, match="no core 'z80'"):
        bump.trace(buffer, 1, core="z80")


@asm_rv32
def control(a):
    csrr(t0, mcycle)
    csrw(mscratch, a)
    csrr(t1, mhartid)
    csrrci(t2, mscratch, 1)
    csrrsi(a0, mscratch, 8)
    csrr(a1, mscratch)
    add(a0, a0, a1)


def test_control_and_status_registers_are_walked_through() -> None:
    for core in (None, "hazard3"):
        found = control.trace(0x17, core=core)
        assert found.names[32:] == ("mscratch", "mhartid") and found.result == 0x16 + 0x1E
        check_walk(found)
        writes = [(step.number, step.registers[0].new) for step in found
                  if step.registers and step.registers[0].name == "mscratch"]  # fmt: skip
        assert writes == [(1, 0x17), (3, 0x16), (4, 0x1E)]
        state = found.state()
        for number, value in reversed([(0, 0), *writes]):
            state.go(number + 1)
            assert state["mscratch"] == value
        assert found.last_write("mscratch", 4) == 3 and found.last_write("mhartid") is None
        with pytest.raises(KeyError):
            state["mepc"]
        shown = found.state(found.end)
        assert shown.registers[found.csrs[0x340]] == 0x1E
    assert saves.trace(1).names[-1] == "t6"


@asm_rv32(isa="rv32imc_zcmp")
def saves(a):
    cm_push({ra, s0}, -16)
    mv(s0, a)
    addi(a0, s0, 1)
    cm_popret({ra, s0}, 16)


def test_an_instruction_may_change_much() -> None:
    found = saves.trace(6)
    assert found.result == 7
    check_walk(found)
    assert [len(stored.new) for stored in found[0].memory] == [4, 4]
    assert [change.name for change in found[-1].registers] == ["ra", "sp", "s0"]


@asm_rv32
def toggle(n):
    li(t0, 0x60004008)
    label(again)
    li(t1, 8)
    sw(t1, 0(t0))
    addi(n, n, -1)
    bnez(n, again)


def test_accesses_of_devices_are_those_of_the_call() -> None:
    with devices(Gpio("esp32c3"), core="esp32c3") as log:
        found = toggle.trace(3)
        assert not log.accesses
        toggle(3)
        assert found.accesses == tuple(log.accesses)
    made = [(step.line, step.accesses) for step in found if step.accesses]
    assert [each.line for _, accesses in made for each in accesses] == [line for line, _ in made]
    assert len(made) == 3
    for step in found:
        for access in step.accesses:
            assert step.until is not None and step.cycles is not None
            assert step.until - step.cycles <= access.cycle <= step.until


@pytest.mark.parametrize("last", ["lw(a0, 1(a0))", "lw(a0, 64(a0))", "jr(t1)", "ebreak()",
                                  "data(4, 0)", "label(e); j(e)"])  # fmt: skip
def test_a_call_with_devices_is_recorded_up_to_what_stops_it(last: str) -> None:
    body = ("li(t0, 0x60004008)", "li(t1, 8)", "sw(t1, 0(t0))", "lw(t2, 0(t0))", *last.split("; "))
    lines = "".join(f"    {line}\n" for line in body)
    image = assemble(f"@asm_rv32\ndef f(a):\n{lines}").functions["f"]
    for core in ("esp32c3", "hazard3", None):
        found = trace(
            image, (bytearray(4),), core,
            settings=Settings(bus=Bus([Gpio("esp32c3")], core), core=core, max_instructions=500),
        )  # fmt: skip
        assert found.error is not None and len(found.accesses) == 2
        check_walk(found)
        assert found.cycles is None or found.cycles >= found.end


def test_code_that_replaces_itself_is_shown_as_it_was() -> None:
    body = ("la(t0, place)", "li(t1, 0x80820505)", "sw(t1, 0(t0))", "fence_i()", "label(place)",
            "nop()", "nop()")  # fmt: skip
    lines = "".join(f"    {line}\n" for line in body)
    found = trace(assemble(f"@asm_rv32\ndef f(a):\n{lines}").functions["f"], (6,), "hazard3")
    assert (found.result, [step.text for step in found][-2:]) == (7, ["c_addi(a0, 1)", "c_jr(ra)"])
    check_walk(found)
