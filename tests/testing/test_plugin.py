"""The plugin in runs of pytest: what passes, what fails, and what is said of it."""

from __future__ import annotations

import re

import pytest

# pytester forgets the modules that a run inside of this one loads, but for those that were there.
from asm_rv32.inline import function
from asm_rv32.machine import errors
from asm_rv32.verify import Finding, Outcome, objdump

assert function and errors
pytest_plugins = "pytester"

FUNCTIONS = """
from array import array
import pytest
from asm_rv32 import asm_rv32, micropython

WORDS = array("i", range(100))

@micropython.asm_rv32
def total(words, n):
    mv(t0, a0)
    li(a0, 0)
    label(again)
    lw(t1, 0(t0))
    add(a0, a0, t1)
    addi(t0, t0, 4)
    addi(a1, a1, -1)
    bnez(a1, again)

@asm_rv32
def wild(a):
    lw(a0, 0(a0))
"""


@pytest.fixture(autouse=True)
def outside_of_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where CI is set, pytest's summary repeats each failure's text whole."""
    monkeypatch.delenv("CI", raising=False)


def run(pytester: pytest.Pytester, body: str, *options: str) -> tuple[dict[str, str], str]:
    """How each test of a file with the functions above ends, and all that is printed."""
    pytester.makepyfile(test_it=FUNCTIONS + body)
    done = pytester.runpytest_inprocess(
        "-p", "asm_rv32.testing.plugin", "-p", "no:cacheprovider", "-p", "no:xdist", "-v", *options
    )
    text = done.stdout.str() + done.stderr.str()
    return dict(re.findall(r"^\S+::(\w+) ([A-Z]+)", text, re.MULTILINE)), text


BUDGETS = """
@pytest.mark.cycles(core="hazard3", at_most=606)
@pytest.mark.cycles(core="picorv32", at_most=1910)
def test_kept():
    assert total(WORDS, 100) == 4950

@pytest.mark.cycles(board="rp2350", at_most=605)
@pytest.mark.cycles(core="picorv32", at_most=1909)
def test_one_cycle_more():
    assert total(WORDS, 100) == 4950

@pytest.mark.cycles(606 + 18)
@pytest.mark.cycles(606 + 18 - 1)
@pytest.mark.instructions(at_most=503 + 13)
@pytest.mark.instructions(at_most=503 + 13 - 1)
@pytest.mark.code_bytes(18)
@pytest.mark.code_bytes(17)
def test_calls_count_together():
    total(WORDS, 100)
    total(WORDS, 2)

@pytest.mark.cycles(at_most=9)
def test_nothing_measured(): pass

def test_block(asm):
    total(WORDS, 100)
    with asm.budget(cycles=18, instructions=13, code_bytes=18) as calls:
        total(WORDS, 2)
    assert [call.function for call in calls.made] == ["total"]
    with pytest.raises(pytest.fail.Exception, match="18 cycles on hazard3: 1 more"):
        with asm.budget(cycles=17):
            total(WORDS, 2)
    with pytest.raises(pytest.fail.Exception, match="^1 instruction: 1 more"):
        with asm.budget(instructions=0):
            leaves()
    with pytest.raises(TypeError, match="cycles="):
        with asm.budget():
            pass

@asm_rv32
def leaves():
    ret()

@asm_rv32
def bump(words):
    lw(t0, 0(words))
    addi(t0, t0, 1)
    sw(t0, 0(words))

@pytest.mark.cycles(1000)
def test_buffers_are_changed_once():
    words = array("i", [5])
    bump(words)
    bump(words)
    assert words[0] == 7

@pytest.mark.cycles(9, board="qemu-virt")
def test_no_core_known(): pass
@pytest.mark.cycles()
def test_no_number(): pass
@pytest.mark.cycles("9")
def test_text(): pass
@pytest.mark.instructions(9, core="hazard3")
def test_of_no_core(): pass
"""


def test_budgets(pytester: pytest.Pytester) -> None:
    # Under `-W error`, where CPython's warning of `0(t0)`, the call of an integer, would be one.
    ends, text = run(pytester, BUDGETS, "-W", "error")
    kept = {"test_kept", "test_block", "test_buffers_are_changed_once"}
    assert len(ends) == 10 and {name for name, end in ends.items() if end == "PASSED"} == kept
    for line in (
        "606 cycles on hazard3: 1 more than the budget of 605",
        "1,910 cycles on picorv32: 1 more than the budget of 1,909",
        "624 cycles on hazard3: 1 more than the budget of 623",
        "516 instructions: 1 more than the budget of 515",
        "18 bytes of code: 1 more than the budget of 17",
        "  total: 18 to 606 cycles, 13 to 503 instructions, 18 bytes, 2 calls",
        "the budget of 9 cycles measured nothing: no assembler function was called",
    ):
        assert line in text
    assert len(re.findall(r"^\d.* more than the budget", text, re.MULTILINE)) == 5
    assert re.search(r"test_it.py:1[67]: \d+ cycles: bnez\(a1, again\)", text)
    assert text.count("at_most is an integer") >= 3
    assert "no core is known for the board 'qemu-virt'" in text


def test_the_core_of_the_run_and_its_report(pytester: pytest.Pytester) -> None:
    body = """
@pytest.mark.cycles(1910)
@pytest.mark.cycles(606, core="hazard3")
def test_one(asm):
    assert asm.core == "picorv32"
    total(WORDS, 100)
    assert asm.cycles(total, WORDS, 100).warm == 1910

def test_two():
    total(WORDS, 2)
"""
    options = ("--asmrv32-core", "picorv32", "--asmrv32-report")
    ends, text = run(pytester, body, *options)
    assert set(ends.values()) == {"PASSED"}
    line = "total: 48 to 1,910 cycles on picorv32, 13 to 503 instructions, 18 bytes, 2 calls"
    assert line in text
    assert (
        "--asmrv32-core: no core 'pico'; known are "
        in run(pytester, body, "--asmrv32-core", "pico")[1]
    )


def test_a_traceback_is_the_line_of_the_call_and_that_of_the_assembler(
    pytester: pytest.Pytester,
) -> None:
    body = "def test_wild():\n    wild(4)\n"
    ends, text = run(pytester, body)
    assert ends == {"test_wild": "FAILED"}
    assert "error[wild-access]" in text and "lw(a0, 0(a0))" in text and ">       wild(4)" in text
    assert "emulator.py" not in text and "emulator.py" in run(pytester, body, "--full-trace")[1]


def test_mistakes_in_a_module_are_shown_as_the_compiler_shows_them(
    pytester: pytest.Pytester,
) -> None:
    text = run(pytester, "@asm_rv32\ndef f():\n    addi(a0, a0, 5000)\n    nope()\n")[1]
    assert "error[immediate-range]" in text and "error[unknown-mnemonic]" in text
    assert "importlib" not in text and "1 error in" in text


def test_functions_are_verified_as_tests(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(pytester, "", "--asmrv32-verify")[0] == {"total": "PASSED", "wild": "PASSED"}
    found = Outcome([Finding("total", 2, "add a0, a0, t1", "add a0, a0, t2")], {"total": 0})
    monkeypatch.setattr(objdump, "check", lambda functions: found)
    ends, text = run(pytester, "", "--asmrv32-verify")
    assert ends == {"total": "FAILED", "wild": "FAILED"}
    assert "total+0x2: add a0, a0, t1; objdump: add a0, a0, t2" in text
