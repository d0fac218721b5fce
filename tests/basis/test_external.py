"""Programs of others: what they print and how long they take is bounded, and they end with us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from asm_rv32.basis import external
from asm_rv32.basis.external import ToolError, run_program

GENEROUS = 10.0
"""Seconds, for what takes milliseconds."""
SLEEPS = "sleep 1000 & sleep 0.5; echo $! > {}.new; mv {}.new {}; wait"
"""A program that starts another, and says in a file which, once what started it knows of it, also
on a busy machine."""


def ends(process: int) -> bool:
    """Whether a process is gone, or only waited for, before long."""
    until = time.monotonic() + GENEROUS
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in "ZX":
            return True
        time.sleep(0.01)
    os.kill(process, signal.SIGKILL)
    return False


def started(path: Path) -> int:
    until = time.monotonic() + GENEROUS
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    return int(path.read_text())


def test_what_a_program_says_and_how_it_ends() -> None:
    said = run_program(["sh", "-c", r"cat; printf 'a\377b'; echo c >&2; exit 3"], GENEROUS)
    assert said == (3, "a\ufffdb", "c\n")
    assert run_program(["sh", "-c", "kill -9 $$"], GENEROUS).status == -9
    assert run_program(["sh", "-c", 'echo "$A"'], GENEROUS, {"A": "x"}).output == "x\n"
    assert run_program(["sh", "-c", "ulimit -v"], GENEROUS, memory=1 << 30).output == "1048576\n"


@pytest.mark.parametrize("to", ["", ">&2"])
def test_what_a_program_prints_has_a_limit(to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external, "OUTPUT_LIMIT", 1 << 20)
    exactly = f"head -c {1 << 20} /dev/zero {to}"
    assert sum(map(len, run_program(["sh", "-c", exactly], GENEROUS)[1:])) == 1 << 20
    with pytest.raises(ToolError, match="prints more than 1 MiB"):
        run_program(["sh", "-c", f"cat /dev/zero {to}"], GENEROUS)


def test_a_program_has_a_time_and_what_it_starts_ends_with_it(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    with pytest.raises(ToolError, match=r"took more than 1\.5 s"):
        run_program(["sh", "-c", SLEEPS.format(path, path, path)], 1.5)
    assert ends(started(path))
    # One that closes its output is waited for, too.
    with pytest.raises(ToolError, match=r"took more than 0\.1 s"):
        run_program(["sh", "-c", "exec >&- 2>&-; sleep 1000"], 0.1)


def test_a_program_that_cannot_be_started(tmp_path: Path) -> None:
    path = tmp_path / "tool"
    with pytest.raises(ToolError, match="cannot be started: No such file"):
        run_program([str(path)], GENEROUS)
    path.write_bytes(b"\x7fELF garbage")
    path.chmod(0o755)
    with pytest.raises(ToolError, match="cannot be started: Exec format error"):
        run_program([str(path)], GENEROUS)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_program_ends_with_this_process(number: int, tmp_path: Path) -> None:
    path = tmp_path / "pid"
    command = ["sh", "-c", SLEEPS.format(path, path, path)]
    # What runs the tests may have told them to ignore interrupts.
    text = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    text += f"from asm_rv32.basis.external import *; run_program({command!r}, 1000)"
    parent = subprocess.Popen([sys.executable, "-c", text], stderr=subprocess.DEVNULL)
    try:
        child = started(path)
        parent.send_signal(number)
        parent.wait(GENEROUS)
    finally:
        parent.kill()
    assert ends(child)
