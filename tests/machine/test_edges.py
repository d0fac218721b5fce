"""What hardly any call comes to: the same on both engines, however far they run at once."""

from __future__ import annotations

import ctypes
import sys
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.run_options import ENGINES
from asm_rv32.devices import Bus, Recorder
from asm_rv32.isa.image import Image
from asm_rv32.isa.operands import ALL_NAMES
from asm_rv32.machine import own
from asm_rv32.machine.emulator import run
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.interrupts import emulate
from asm_rv32.machine.memory import Layout, place
from asm_rv32.machine.recorder import PLACES, Log
from asm_rv32.machine.settings import Settings
from asm_rv32.machine.state import Memory, Registers
from asm_rv32.timing import clocked
from asm_rv32.timing.recorded import record

ISA = "rv32imac_zba_zcb_zfinx"


@pytest.fixture(scope="module", autouse=True)
def engine() -> None:
    """Each test here names the engines that it is about."""


def image(body: str, parameters: str = "a, b", isa: str = ISA) -> Image:
    lines = "".join(f"    {line}\n" for line in body.split("; "))
    return assemble(f"@asm_rv32(isa='{isa}')\ndef f({parameters}):\n{lines}").functions["f"]


def ends(made: Image, values: tuple[Any, ...], **asked: Any) -> tuple[object, ...]:
    """How a call ends, the same on both engines: its word, or what is said of its end."""
    found: list[tuple[object, ...]] = []
    for name in ENGINES:
        given = [bytearray(each) if isinstance(each, bytearray) else each for each in values]
        try:
            found.append((run(made, given, Settings(engine=name, **asked)).word,))
        except ExecutionError as error:
            found.append((error.code, error.fault.message, error.pc, error.address))
    assert found[0] == found[1]
    return found[0]


IDLE = {
    "rv32imac": ("fence()", "fence(rw, w)", "sfence_vma(a, b)"),
    "rv32imac_zicbom": ("cbo_clean((b))", "cbo_flush((b))", "cbo_inval((b))"),
    "rv32imac_zicbop": ("prefetch_r(0(b))",), "rv32imac_zawrs": ("wrs_nto()", "wrs_sto()"),
    "rv32imac_svinval": ("sfence_w_inval()", "sinval_vma(a, b)"),
    "rv32imac_zihintpause": ("pause()",), "rv32imac_xh3power": ("h3_unblock()",),
}  # fmt: skip


@pytest.mark.parametrize(("isa", "line"), [(isa, line) for isa in IDLE for line in IDLE[isa]])
def test_what_a_hart_alone_does_not_notice_does_nothing(isa: str, line: str) -> None:
    made = image(f"addi(a, a, 1); {line}; slli(a0, a, 1); lw(b, 0(b)); add(a0, a0, b)", isa=isa)
    assert ends(made, (20, bytearray((5, 0, 0, 0)))) == (47,)


LIMIT = "still running after {} instructions (max_instructions sets the limit)"


@pytest.mark.parametrize("slice_", [1, 2, own.SLICE])
def test_a_call_may_execute_as_many_instructions_as_it_is_given(
    slice_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "SLICE", slice_)
    body = "lui(t0, 0x90000); addi(a, a, 1); add(a, a, b); jr(t0)"
    for limit in range(1, 7):
        away = ("wild-jump", "execution leaves the function for 0x90000000", 8, 0x9000_0000)
        found = ends(image(body), (1, 2), max_instructions=limit)
        stopped = "instruction-limit", LIMIT.format(limit)
        assert found == away if limit >= 4 else found[:2] == stopped, limit
        back = ends(image(body.replace("jr(t0)", "ret()")), (1, 2), max_instructions=limit)
        assert back == (4,) if limit >= 4 else back[:2] == stopped, limit


def test_what_is_executed_in_an_instructions_place_counts_as_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def doubled(registers: Registers, memory: Memory) -> None:
        memory.store(registers[11], 4, 2 * memory.load(registers[11], 2))

    made = image("nop(); nop(); lw(a0, 0(b)); ret()")
    for slice_ in (1, own.SLICE):
        monkeypatch.setattr(own, "SLICE", slice_)
        for limit in range(1, 6):
            asked = {"semantics": {2: doubled}, "max_instructions": limit}
            found = ends(made, (1, bytearray((3, 1, 9, 9))), **asked)
            assert found == (0x206,) if limit >= 4 else found[0] == "instruction-limit"
    far = image("nop(); nop(); mv(a0, a); ret()")
    found = ends(far, (1, 0x1234), semantics={2: doubled})
    assert found == ("wild-access", "load of 2 bytes at 0x00001234", 2, 0x1234)
    # With devices, it takes a cycle as another does.
    settings = Settings(bus=Bus([Recorder(0x6000_0000, 16)]), semantics={2: doubled})
    outcome = clocked.run(made, (1, bytearray((3, 1, 9, 9))), settings)
    assert outcome.word == 0x206
    assert settings.bus is not None and settings.bus.time == 4


def test_registers_hold_what_the_settings_say() -> None:
    made = image("add(a0, t0, s1); ret()")
    assert ends(made, (1, 2), held={5: 7, 9: 3}) == (10,)
    changed = ends(image("li(s1, 4); add(a0, t0, s1); ret()"), (1, 2), held={5: 7, 9: 3})
    assert changed[0] == "saved-register"
    assert "0x00000004 at the return, 0x00000003 at the start" in str(changed[1])


FRAME = "addi(sp, sp, -16); {}; addi(sp, sp, 16); ret()"
UNSTORED = {
    "lw(t1, 0(sp)); fence(); mv(t1, a); mv(a0, t1)": (5,),
    "lw(t1, 0(sp)); fence(rw, rw); mv(t2, t1); fence(); mv(a0, b)": (6,),
    "lw(t1, 0(sp)); fence(); mv(a0, t1)": "the result",
    "lw(t1, 0(sp)); fsrmi(5); fadd_s(t1, a, b, dyn); mv(a0, a)": "frm holds no rounding mode",
    "lw(t1, 0(sp)); fsrmi(1); fadd_s(t1, a, a, dyn); mv(a0, t1)": (10,),
    "lw(t1, 0(sp)); ecall(); mv(a0, t1)": "ecall: there is no system",
    "lw(t1, 0(sp)); ebreak(); mv(a0, t1)": "ebreak: there is no debugger",
}
"""What is done while a register holds what nothing stored, and the result or what is said."""


@pytest.mark.parametrize("body", UNSTORED)
def test_what_nothing_stored_is_followed_through_anything(body: str) -> None:
    made, expected = image(FRAME.format(body)), UNSTORED[body]
    found = ends(made, (5, 6), sanitize=True)
    recorded = record(made, (5, 6), Settings(), core=None, limit=100)
    settings = Settings(bus=Bus([Recorder(0x6000_0000, 16)]))
    if isinstance(expected, tuple):
        assert found == expected == (recorded.result,)
        assert clocked.run(made, (5, 6), settings).word == expected[0]
        assert settings.bus is not None and settings.bus.time == len(recorded.log.addresses)
    else:
        assert expected in str(found[1])
        assert recorded.error is not None and recorded.error.fault.message == found[1]
        with pytest.raises(ExecutionError) as caught:
            clocked.run(made, (5, 6), settings)
        assert caught.value.fault.message == found[1] and caught.value.pc == found[2]


def test_what_nothing_stored_is_followed_to_what_is_replaced() -> None:
    def answer(registers: Registers, memory: Memory) -> None:
        registers[6] = 42

    made = image(FRAME.format("lw(t1, 0(sp)); addi(t1, t1, 1); mv(a0, t1)"))
    assert made.entries[2].address == 4
    assert ends(made, (5, 6), semantics={4: answer}) == (42,)


def test_what_rounds_by_no_mode_ends_a_recorded_call() -> None:
    bad = image("fsrmi(5); addi(a0, a, 1); fadd_s(a0, a0, b, dyn); ret()")
    found = record(bad, (1, 2), Settings(), core=None, limit=9)
    assert found.error is not None and found.error.code == "illegal-instruction"
    assert found.error.fault.message == (
        "frm holds no rounding mode, and 'fadd.s' is to round as it says"
    )
    assert [*found.log.addresses] == [found.base, found.base + 4] and found.ended == found.base + 6


def test_a_log_has_places_for_so_many_registers() -> None:
    log = Log(10)
    log.start([0] * len(ALL_NAMES), {})
    count = PLACES + 1 - len(ALL_NAMES)
    places = [log.csr(0x300 + number, number) for number in range(count)]
    assert places == [*range(len(ALL_NAMES), PLACES + 1)]
    assert log.csr(0x7FF, 1) is None
    assert log.csr(0x300, 99) == len(ALL_NAMES) and log.registers[len(ALL_NAMES)] == 0


def test_a_number_that_is_memory_too_is_a_number() -> None:
    class Word(ctypes.c_int32):
        def __index__(self) -> int:
            return self.value

    assert ends(image("addi(a0, a, 1); ret()", "a"), (Word(41),)) == (42,)
    assert ends(image("lw(a0, 0(a)); ret()", "a"), (ctypes.c_int32(42),)) == (42,)


def test_what_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asm_rv32.machine.emulator.CODE_LIMIT", 6)
    assert ends(image("mv(a0, b); nop(); ret()"), (1, 2)) == (2,)
    for name in ENGINES:
        with pytest.raises(ValueError, match=r"^8 bytes of code; 6 can be run$"):
            run(image("mv(a0, b); nop(); nop(); ret()"), (1, 2), Settings(engine=name))


def test_buffers_lie_apart_within_their_addresses() -> None:
    layout = Layout(buffers=0x5000_0000, buffers_end=0x5004_0000)
    assert place([1, 0x1_0000], layout) == [0x5000_0000, 0x5002_0000]
    with pytest.raises(MemoryError) as caught:
        place([1, 0x1_0001], layout)
    assert str(caught.value) == (
        "2 buffers of 65538 bytes with unmapped memory between them need more than the 262144 "
        "bytes of address space that they have"
    )


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize("offset", range(4))
def test_a_buffer_that_holds_no_aligned_word_is_read_all_the_same(offset: int, size: int) -> None:
    whole = bytearray(range(1, 17))
    view = memoryview(whole)[offset : offset + size]
    for name, bytes_ in (("lbu", 1), ("lb", 1), ("lhu", 2), ("lh", 2), ("lw", 4)):
        body = f"li(t0, 2); label(up); {name}(t1, 0(a)); addi(t0, t0, -1); bnez(t0, up); "
        body += "mv(a0, t1); ret()"
        found = ends(image(body, "a"), (view,), misaligned=True)
        if bytes_ <= size:
            assert found == (int.from_bytes(view[:bytes_], "little"),)
        else:
            assert found[0] == "wild-access"


# ---- what a signal's handler raises while a hook is called


class Raised(Exception):
    pass


def traceback_of(module: str) -> Any:
    """Of an exception that was raised in a module of this name."""
    try:
        exec("raise ValueError", {"__name__": module})
    except ValueError as error:
        assert error.__traceback__ is not None
        return error.__traceback__.tb_next
    raise AssertionError


class Machine:
    """A unicorn machine in which something is raised where nobody catches it."""

    def __init__(self, *unraisable: SimpleNamespace) -> None:
        self.unraisable = unraisable
        self.calls: list[object] = []

    def emu_start(self, begin: int, until: int, count: int) -> None:
        self.calls.append((begin, until, count))
        for each in self.unraisable:
            sys.unraisablehook(each)  # type: ignore[arg-type]

    def emu_stop(self) -> None:
        self.calls.append("stopped")


def test_what_is_raised_while_a_hook_is_called_ends_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    hook, error = sys.unraisablehook, Raised()
    ours = SimpleNamespace(exc_traceback=traceback_of("unicorn.py3"), exc_value=error)
    later = SimpleNamespace(exc_traceback=traceback_of("unicorn"), exc_value=Raised())
    others = [
        SimpleNamespace(exc_traceback=traceback_of("unicorns"), exc_value=error),
        SimpleNamespace(exc_traceback=None, exc_value=error),
        SimpleNamespace(exc_traceback=traceback_of("unicorn"), exc_value=None),
    ]
    machine = Machine(ours, later, *others)
    with pytest.raises(Raised) as caught:
        emulate(machine, 4, 8, 15)
    assert caught.value is error
    assert machine.calls == [(4, 8, 15), "stopped", "stopped"]
    assert told == others and sys.unraisablehook is hook
    machine = Machine(*others)
    emulate(machine, 4, 8, 15)
    assert machine.calls == [(4, 8, 15)] and told == [*others, *others]
    assert sys.unraisablehook is hook


def test_another_thread_runs_no_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    ours = SimpleNamespace(exc_traceback=traceback_of("unicorn"), exc_value=Raised())
    machine = Machine(ours)
    thread = threading.Thread(target=emulate, args=(machine, 4, 8, 15))
    thread.start()
    thread.join()
    assert machine.calls == [(4, 8, 15)] and told == [ours]
