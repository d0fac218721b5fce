"""Hostile files: their memory is below a gigabyte, and their work is in proportion to their size.

Memory is what the operating system says of a process that reads 16 MB. Work is counted in lines
of the package that are executed; nothing is timed. `pytest -s` shows the figures.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from corpus.hostile import FILES, SOURCES

import asm_rv32
from asm_rv32.assembler import budget
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.commands import cli

pytestmark = pytest.mark.heavy
PACKAGE = os.path.dirname(asm_rv32.__file__)
SIZE = 16_000_000
MOST = 1_000_000_000
SECONDS = 300
"""Of processor time; what takes longer hangs."""
ALMOST = 4_200_000
"""Bytes of a source of different statements that just keeps the limits: it is assembled."""
EACH = 3
"""One of so many kinds of files in any run, all of them in a thorough one."""
OUTPUTS = (
    ("different statements", ALMOST, "mpy"), ("different statements", ALMOST, "json"),
    ("different statements", ALMOST, "listing"), ("different statements", ALMOST, "micropython"),
    ("different statements", ALMOST, "elf"), ("strings", SIZE, "json"), ("strings", SIZE, "hex"),
)  # fmt: skip


def sampled(names: Iterable[str]) -> list[Any]:
    """The names as parameters, most of them for thorough runs alone."""
    return [
        name if at % EACH == 0 else pytest.param(name, marks=pytest.mark.thorough)
        for at, name in enumerate(names)
    ]


def measured(folder: Path, what: str, *arguments: str) -> tuple[int, str]:
    """Status and messages of a command, whose memory and time are bounded; prints its peak."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (4 * MOST, 4 * MOST))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))

    with open(folder / "messages", "w+", errors="replace") as messages:
        process = subprocess.Popen(
            [sys.executable, "-m", "asm_rv32", *arguments],
            stdout=subprocess.DEVNULL, stderr=messages, preexec_fn=bound,
        )  # fmt: skip
        _, ended, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(ended)
        messages.seek(0)
        said = messages.read(100_000)
    peak = usage.ru_maxrss * 1024
    print(f"{peak / 1e6:6.0f} MB  status {process.returncode}  {arguments[0]} {what}")
    assert peak < MOST, f"{peak / 1e6:.0f} MB"
    assert "Traceback" not in said
    return process.returncode, said


@pytest.mark.parametrize("name", sampled(SOURCES))
def test_memory_of_compiling(name: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.py"
    path.write_bytes(SOURCES[name](SIZE))
    assert 0.9 * SIZE < path.stat().st_size <= SIZE
    status, _ = measured(tmp_path, name, "compile", str(path))
    assert status in (0, 1)


@pytest.mark.parametrize(("name", "size", "output"), OUTPUTS)
def test_memory_of_writing(name: str, size: int, output: str, tmp_path: Path) -> None:
    """What is just within the limits, in a format."""
    path = tmp_path / "hostile.py"
    path.write_bytes(SOURCES[name](size))
    what = f"{name} as {output}"
    status, said = measured(
        tmp_path, what, "compile", str(path), "-f", output, "-o", str(tmp_path / "out")
    )
    assert status == 0, said


@pytest.mark.parametrize("name", ["different statements", "jumps to labels"])
def test_memory_of_lint(name: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.py"
    path.write_bytes(SOURCES[name](ALMOST))
    status, _ = measured(tmp_path, name, "lint", str(path))
    assert status in (0, 1)


@pytest.mark.parametrize("name", sampled(FILES))
def test_memory_of_reading(name: str, tmp_path: Path) -> None:
    kind, make = FILES[name]
    path = tmp_path / f"hostile.{kind}"
    path.write_bytes(make(SIZE))
    command = ("romfs", "--list") if kind == "romfs" else ("disasm",)
    status, _ = measured(tmp_path, f"{kind}: {name}", *command, str(path))
    assert status in (0, 1)


# ---- work


@contextlib.contextmanager
def counted() -> Iterator[list[int]]:
    """Count the lines of the package that are executed, repeated ones each time."""
    count = [0]

    def each(frame: FrameType, event: str, _: Any) -> Any:
        if event == "call" and not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        count[0] += 1
        return each

    before = sys.gettrace()
    sys.settrace(each)
    try:
        yield count
    finally:
        sys.settrace(before)


def work_of_source(name: str, size: int) -> int:
    text = SOURCES[name](size).decode("utf-8", "surrogateescape")
    with counted() as count, contextlib.suppress(AssemblyError):
        assemble(text)
    return count[0]


def work_of_file(name: str, size: int, folder: Path) -> int:
    kind, make = FILES[name]
    path = folder / f"hostile.{kind}"
    path.write_bytes(make(size))
    command = ["romfs", "--list"] if kind == "romfs" else ["disasm"]
    with counted() as count:
        cli.main([*command, str(path)])
    return count[0]


SMALL, LARGE = (10_000, 20_000), 160_000
"""Bytes. At the larger of the small sizes all that is done only above some size is done."""
FACTOR = 2
"""How much more a byte of the large one may cost; with the square of the size it were 8."""


@pytest.mark.parametrize("name", sampled(SOURCES))
def test_work_on_a_source_is_near_linear(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # What a loop expands to depends on its numbers, not on the size of the file.
    monkeypatch.setattr(budget, "ITEM_LIMIT", 5_000)
    work_of_source(name, 1_000)  # what is made once for all is made now
    small = max(work_of_source(name, size) / size for size in SMALL)
    large = work_of_source(name, LARGE) / LARGE
    print(f"{large:6.2f} lines a byte  {name}")
    assert large <= FACTOR * small


@pytest.mark.parametrize("name", sampled(FILES))
def test_work_on_a_file_is_near_linear(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work_of_file(name, 1_000, tmp_path)
    small = max(work_of_file(name, size, tmp_path) / size for size in SMALL)
    large = work_of_file(name, LARGE, tmp_path) / LARGE
    capsys.readouterr()
    print(f"{large:6.2f} lines a byte  {name}")
    assert large <= FACTOR * small


@pytest.mark.parametrize("name", [name for name, (kind, _) in FILES.items() if kind == "elf"])
def test_work_of_importing_is_near_linear(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "hostile.elf"

    def work(size: int) -> int:
        path.write_bytes(FILES[name][1](size))
        with counted() as count:
            cli.main(["import", str(path), "-o", str(tmp_path / "out.py")])
        return count[0]

    work(1_000)
    small = work(10_000) / 10_000
    large = work(80_000) / 80_000
    capsys.readouterr()
    print(f"{large:6.2f} lines a byte  {name}")
    assert large <= FACTOR * small
