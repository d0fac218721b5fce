"""Files that stay: whole, as they were guarded before, and never in each other's way."""

from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from asm_rv32.basis.files import replace
from asm_rv32.commands.cli import main

SOURCE = "@asm_rv32\ndef f(a):\n    addi(a0, a, 1)\n"
NOBODY = 65534
ROUNDS = 40


@pytest.fixture
def users_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder of a user without root's rights, who the test's process is meanwhile."""
    if os.geteuid():
        yield tmp_path
        return
    with TemporaryDirectory() as name:
        os.chown(name, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        try:
            yield Path(name)
        finally:
            os.seteuid(0)


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """While it lasts, no file gets longer than `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


# ---------------------------------------------------------------- at the same time


def test_threads_that_call_the_command_line_do_not_meet(tmp_path: Path) -> None:
    source = tmp_path / "f.py"
    source.write_text(SOURCE)
    made = [tmp_path / f"{number}.bin" for number in range(4 * ROUNDS)]
    with ThreadPoolExecutor(4) as threads:
        found = threads.map(lambda path: main(["compile", str(source), "-o", str(path)]), made)
    assert list(found) == [0] * len(made)
    assert len({path.read_bytes() for path in made}) == 1
    assert len(list(tmp_path.iterdir())) == len(made) + 1


def test_processes_of_one_number_do_not_meet(tmp_path: Path) -> None:
    """As in two containers that share a folder."""
    (tmp_path / "f.py").write_text(SOURCE)
    program = (
        "import os, sys; os.getpid = lambda: 7\n"
        "from asm_rv32.commands.cli import main\n"
        f"for number in range({ROUNDS}):\n"
        "    assert main(['compile', 'f.py', '-o', f'{sys.argv[1]}-{number}.bin']) == 0\n"
        "    assert main(['compile', 'f.py', '-o', 'same.bin']) == 0\n"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, name], cwd=tmp_path, stdout=subprocess.DEVNULL
        )
        for name in ("first", "second")
    ]
    assert [process.wait() for process in running] == [0, 0]
    assert len(list(tmp_path.iterdir())) == 2 * ROUNDS + 2


def test_what_a_killed_process_left_disturbs_nobody(tmp_path: Path) -> None:
    left = tmp_path / f".asmrv32-{os.getpid()}.tmp"
    left.write_bytes(b"of another")
    replace(str(tmp_path / "out"), b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        left.name: b"of another", "out": b"new",
    }  # fmt: skip


# ---------------------------------------------------------------- whole or not at all


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    for name in ("out", "new"):
        with full_disk(100), pytest.raises(OSError, match="too large") as raised:
            replace(str(tmp_path / name), bytes(1000))
        assert raised.value.errno == errno.EFBIG
    assert list(tmp_path.iterdir()) == [path] and path.read_bytes() == b"old"


def test_an_interruption_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace(str(tmp_path / "out"), b"new")
    assert not list(tmp_path.iterdir())


# ---------------------------------------------------------------- mode and owner


@pytest.mark.parametrize(
    ("before", "after"),
    [(0o600, 0o600), (0o640, 0o640), (0o777, 0o777), (0o4755, 0o755), (0o2775, 0o775),
     (0o1666, 0o666)],
)  # fmt: skip
def test_a_mode_is_kept_but_for_whose_rights_it_runs_with(
    before: int, after: int, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    path.chmod(before)
    replace(str(path), b"new")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", after)


def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        replace(str(tmp_path / "out"), b"new")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o640


def test_the_owner_is_kept_or_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    inode, status = path.stat().st_ino, os.fstat
    asked = []

    def of_others(descriptor: int) -> os.stat_result:
        """The status of a file; the one that is to be replaced has another owner."""
        found = list(status(descriptor))
        if found[1] == inode:
            found[4], found[5] = 123, 456
        return os.stat_result(found)

    def refused(descriptor: int, user: int, group: int) -> None:
        asked.append((user, group))
        raise PermissionError(errno.EPERM, "not permitted")

    monkeypatch.setattr(os, "fstat", of_others)
    monkeypatch.setattr(os, "fchown", refused)
    with pytest.raises(PermissionError, match="another user's or group's"):
        replace(str(path), b"new")
    assert list(tmp_path.iterdir()) == [path] and path.read_bytes() == b"old"
    monkeypatch.setattr(os, "fchown", lambda _, user, group: asked.append((user, group)))
    replace(str(path), b"new")
    assert asked == [(123, 456)] * 2 and path.read_bytes() == b"new"


def test_a_file_that_may_not_be_written_is_not_replaced(users_folder: Path) -> None:
    path = users_folder / "out"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(PermissionError):
        replace(str(path), b"new")
    assert list(users_folder.iterdir()) == [path] and path.read_bytes() == b"old"


def test_links_lead_to_the_file_and_pipes_take_bytes(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("there")
    replace(str(tmp_path / "link"), b"new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "there").read_bytes() == b"new"
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor(1) as threads:
        got = threads.submit((tmp_path / "pipe").read_bytes)
        replace(str(tmp_path / "pipe"), b"bytes")
        assert got.result() == b"bytes"
    ours, theirs = os.pipe()
    replace(f"/dev/fd/{theirs}", b"bytes")
    assert os.read(ours, 100) == b"bytes"
    os.close(ours)
    os.close(theirs)
