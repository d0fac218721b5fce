"""A private copy of the checkout, in which a mutant runs.

Input: a change to one file, and the test files to try. Output: the test that noticed it, or None.
Invariant: the checkout is only read. The copy has a Python of its own, which finds the copy's
package wherever a test starts it, and a cache of its own; nothing that was compiled or derived from
one mutant is there for the next.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
MEMORY = 4 << 30
"""Bytes that a process of a test may allocate: a loop that a mutant lets run on ends there."""
WAITING = 10
"""How many times longer than its seconds of the processor a run may take by the clock."""
STILL = 60
"""Seconds by the clock in which a run that uses no processor at all waits for what never comes."""
_NOTICED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
NOTHING_TO_RUN, WRONG_USE = 5, 4
NO_END = "no end in time"


class Done(NamedTuple):
    """A command that ended."""

    status: int | None
    """None where time ran out."""
    said: str
    seconds: float
    """Of the processor, its children's too."""


def tracked() -> list[str]:
    """The files of the checkout but those of git, and what .gitignore names."""
    ignored = {line.rstrip("/") for line in (ROOT / ".gitignore").read_text().split()} | {".git"}
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not _matches(name, ignored)]
        found += [
            os.path.relpath(os.path.join(folder, name), ROOT)
            for name in names if not _matches(name, ignored)
        ]  # fmt: skip
    return sorted(found)


def _matches(name: str, patterns: set[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


class Checkout:
    """The copy, in `folder`."""

    def __init__(self, folder: Path, tiers: str) -> None:
        self.folder = folder
        self.tree = folder / "tree"
        self.marks = f"not ({tiers})" if tiers else ""
        self._clock = 1_000_000_000
        for name in tracked():
            (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.tree / name)
        self.python = self._make_python()
        self.environment = {
            **os.environ,
            "PATH": f"{self.python.parent}{os.pathsep}{os.environ['PATH']}",
            "VIRTUAL_ENV": str(self.python.parents[1]),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "PYTHONPATH": "",
            "PYTHONDONTWRITEBYTECODE": "",
        }

    def _make_python(self) -> Path:
        """An environment with what is installed here, but the copy's package before the rest."""
        home = self.folder / "python"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
        python = home / "bin" / "python"
        packages = next(home.glob("lib/python*/site-packages"))
        installed = sysconfig.get_path("purelib")
        (packages / "checkout.pth").write_text(
            f"{self.tree}\nimport site; site.addsitedir({installed!r})\n"
        )
        for script in Path(sysconfig.get_path("scripts")).iterdir():
            here = python.parent / script.name
            if here.exists() or not script.is_file():
                continue
            data = script.read_bytes()
            if data.startswith(b"#!") and b"python" in data.partition(b"\n")[0]:
                here.write_bytes(f"#!{python}\n".encode() + data.partition(b"\n")[2])
                here.chmod(0o755)
            else:
                here.symlink_to(script)
        return python

    def write(self, name: str, text: str) -> None:
        """Give a file another text; what was compiled or derived before is forgotten.

        Byte code is told from the source's length and its time in whole seconds: two texts written
        within one second could pass for each other, so each has a second of its own.
        """
        path = self.tree / name
        path.write_text(text, encoding="utf-8", newline="")
        self._clock += 1
        os.utime(path, (self._clock, self._clock))
        self.forget()

    def forget(self) -> None:
        """Remove what the package derived from its sources; byte code tells by itself."""
        shutil.rmtree(self.folder / "cache", ignore_errors=True)
        for cache in self.tree.rglob("__pycache__"):
            for kept in cache.iterdir():
                if kept.suffix != ".pyc":
                    kept.unlink()

    def pytest(self, files: Sequence[str], prefix: Sequence[str] = ()) -> list[str]:
        """The command that runs test files, in their order, up to the first failure."""
        marks = ["-m", self.marks] if self.marks else []
        return [
            str(self.python), *(prefix or ("-m", "pytest")), "-x", "--tb=no", "-p", "no:xdist",
            "-p", "no:cacheprovider", f"--basetemp={self.folder / 'temporary'}",
            *marks, *files,
        ]  # fmt: skip

    def run(self, command: Sequence[str], seconds: float) -> Done:
        """Run a command in the copy.

        Time runs out for a process, the command or a child of it, that takes as many seconds of the
        processor: so a machine that has much else to do ends nothing. What waits is ended, too.
        """
        before = _used_by_children()
        with subprocess.Popen(
            command, cwd=self.tree, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            start_new_session=True, preexec_fn=partial(_limit, int(seconds) + 1),
        ) as process:  # fmt: skip
            try:
                said = _said(process, WAITING * seconds)
            except subprocess.TimeoutExpired:
                return Done(None, "", _used_by_children() - before)
            finally:
                try:
                    os.killpg(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        status = None if process.returncode == -signal.SIGXCPU else process.returncode
        return Done(status, said, _used_by_children() - before)

    def notices(self, tests: Sequence[str], seconds: float) -> str | None:
        """The first of these tests and files that fails, or None where all pass."""
        if not tests:
            return None
        status, said, _ = self.run(self.pytest(tests), seconds)
        if status in (0, NOTHING_TO_RUN):
            return None
        if status == WRONG_USE and not _NOTICED.search(said):
            said += "\n(the tests could not be started)"
        found = _NOTICED.search(said)
        return found[1] if found else _last_line(said, status)


def _said(process: subprocess.Popen[str], seconds: float) -> str:
    """What a command writes until it ends.

    Raises subprocess.TimeoutExpired after these seconds by the clock, and where it stands still: a
    signal that falls into the recorder of lines can leave a lock taken.
    """
    end = time.monotonic() + seconds
    used = -1
    while True:
        try:
            return process.communicate(timeout=STILL)[0]
        except subprocess.TimeoutExpired:
            before, used = used, _ticks(process.pid)
            if used == before or time.monotonic() > end:
                raise


def _ticks(session: int) -> int:
    """What the processes of a session have used of the processor, in the kernel's ticks."""
    total = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[3]) == session:
            total += sum(map(int, fields[11:15]))
    return total


def _last_line(said: str, status: int | None) -> str:
    if status is None:
        return NO_END
    return f"status {status}: {(said.strip().splitlines() or ['silent'])[-1]}"


def _limit(seconds: int) -> None:
    """Bound what this process and each of its children may take."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))


def _used_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_files() -> Iterator[str]:
    """The test files of the checkout."""
    for name in tracked():
        path = Path(name)
        if path.parts[0] == "tests" and path.name.startswith("test_") and path.suffix == ".py":
            yield name
