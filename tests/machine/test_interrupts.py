"""A run ends where its limit of time, or a signal, says so; and is the same in any slices."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa.image import Image
from asm_rv32.machine import hart, own
from asm_rv32.machine.emulator import run
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.settings import Settings

GENEROUS = 10.0
"""Seconds, for what takes milliseconds."""
UNICORN = Settings(engine="unicorn")
SLICED = {"unicorn": hart, "python": own}
"""Engine → the module that looks at the clock."""
ENDLESS = Settings(max_instructions=1 << 60)


def function(body: str, parameters: str = "n") -> Image:
    head = f"@asm_rv32(isa='rv32imc_zba_zicsr')\ndef f({parameters}):\n"
    return assemble(head + "".join(f"    {line}\n" for line in body.split("; "))).functions["f"]


LOOP = function("label(top); addi(n, n, 1); j(top)")
HOOKED = function(
    "label(top); rdinstret(t1); sh1add(t0, n, n); addi(n, n, -1); bnez(n, top); mv(n, t0)"
)
COUNTED = function(
    "li(t1, 0); label(top); rdinstret(t0); sh1add(t1, t1, t0); sw(t1, 0(a)); "
    "lw(t2, 0(a)); addi(n, n, -1); bnez(n, top); add(n, t1, t2)",
    "n, a",
)
WAITING = function("li(t0, 1); wfi(); ret()")


@pytest.fixture
def alarm() -> Iterator[None]:
    """Ctrl-C after a while, as far as the machine can tell."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(("image", "argument"), [(LOOP, 0), (HOOKED, 1 << 31)])
def test_an_interrupt_stops_a_run(image: Image, argument: int, alarm: None) -> None:
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(image, (argument,), ENDLESS)
    assert time.monotonic() - start < GENEROUS


def test_an_interrupt_is_not_lost_at_the_door_of_a_hook() -> None:
    """Where a hook begins is where Python runs the handlers of signals."""

    def interrupt(frame: FrameType, event: str, _: Any) -> None:
        names = frame.f_code.co_name, frame.f_globals.get("__name__", "").partition(".")[0]
        if names == ("wrapper", "unicorn"):
            sys.settrace(None)
            raise KeyboardInterrupt

    hook = sys.unraisablehook
    tracing = sys.gettrace()
    sys.settrace(interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            run(HOOKED, (10,), UNICORN)
    finally:
        sys.settrace(tracing)
    assert sys.unraisablehook is hook
    assert run(HOOKED, (10,), UNICORN).result == 3


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_a_run_is_the_same_in_slices(
    size: int, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(COUNTED, (100, bytearray(4)))
    monkeypatch.setattr(SLICED[engine], "SLICE", size)
    assert run(COUNTED, (100, bytearray(4)))[:4] == whole[:4]
    executed = 2 + 6 * 100 + 1
    run(COUNTED, (100, bytearray(4)), Settings(max_instructions=executed))
    with pytest.raises(ExecutionError, match=f"after {executed - 1} instructions"):
        run(COUNTED, (100, bytearray(4)), Settings(max_instructions=executed - 1))
    with pytest.raises(ExecutionError) as caught:
        run(WAITING, (0,))
    assert (caught.value.code, caught.value.line) == ("endless-wait", 4)


def test_a_limit_of_time(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr(SLICED[engine], "SLICE", 100)
    monkeypatch.setattr(SLICED[engine], "monotonic", lambda: next(clock))
    with pytest.raises(ExecutionError, match="running after 7 seconds") as caught:
        run(LOOP, (0,), Settings(max_seconds=7))
    assert caught.value.code == "time-limit"
    turns = {"unicorn": 500, "python": 450}  # nine slices; unicorn's second is twice as long
    assert caught.value.registers["a0"] == turns[engine]
    assert caught.value.line in (3, 4, 5)


def test_what_is_run_again_for_its_blame_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A jump out of the function is found by running again, which the clock may cut off."""
    image = function("label(top); addi(n, n, -1); bnez(n, top); li(t0, 64); jr(t0)")
    with pytest.raises(ExecutionError) as caught:
        run(image, (1000,), UNICORN)
    assert (caught.value.code, caught.value.line) == ("wild-jump", 7)
    clock = iter([0, 0, 0, *range(100, 1000, 100)])
    monkeypatch.setattr(hart, "SLICE", 200)
    monkeypatch.setattr(hart, "monotonic", lambda: next(clock))
    with pytest.raises(ExecutionError) as caught:
        run(image, (1000,), UNICORN)
    assert (caught.value.code, caught.value.line) == ("wild-jump", None)
