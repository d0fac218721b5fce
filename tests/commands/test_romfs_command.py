"""`asmrv32 romfs` as a user gives it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

GOOD = """
import micropython

@micropython.asm_rv32
def add_one(a0):
    addi(a0, a0, 1)

def twice(x):
    return add_one(add_one(x))
"""
WRONG = """
@micropython.asm_rv32
def wrong(a0):
    addi(a0, a0, 4096)
"""


def asmrv32(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "asm_rv32", "romfs", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def tree(path: Path, **sources: str) -> Path:
    path.mkdir()
    for name, text in sources.items():
        (path / f"{name}.py").write_text(text)
    (path / "data").mkdir()
    (path / "data" / "table.txt").write_text("1 2 3\n")
    return path


def test_a_directory_becomes_an_image_that_is_listed(tmp_path: Path) -> None:
    app = tree(tmp_path / "app", main=GOOD, plain="X = 3\n")
    image = tmp_path / "app.romfs"
    built = asmrv32(app, "-o", image)
    assert (built.returncode, built.stderr) == (0, "")
    assert built.stdout.split()[1:] == [
        str(image.stat().st_size),
        *"bytes 1 assembler function".split(),
    ]
    assert image.read_bytes()[:3] == bytes.fromhex("d2cd31")
    listed = asmrv32("--list", image)
    assert listed.returncode == 0
    assert [line.split()[-1] for line in listed.stdout.splitlines()[-4:]] == [
        "data/", "table.txt", "main.mpy", "plain.mpy",
    ]  # fmt: skip


def test_portable_functions_in_an_image(tmp_path: Path) -> None:
    app = tree(tmp_path / "app", main=GOOD)
    compile_main = [sys.executable, "-m", "asm_rv32", "compile", "main.py", "-o"]
    subprocess.run([*compile_main, "usual.mpy"], cwd=app, check=True)
    subprocess.run([*compile_main, "portable.mpy", "--portable"], cwd=app, check=True)
    contents = [(app / f"{name}.mpy").read_bytes() for name in ("usual", "portable")]
    for name in ("usual", "portable"):
        (app / f"{name}.mpy").unlink()
    for options, held in (((), [True, False]), (("--portable",), [False, True])):
        image = tmp_path / "app.romfs"
        assert asmrv32(app, "-o", image, *options).returncode == 0
        assert [content in image.read_bytes() for content in contents] == held
    assert asmrv32("--list", image, "--portable").returncode == 2


def test_mistakes_of_all_files_are_shown_and_nothing_is_written(tmp_path: Path) -> None:
    app = tree(tmp_path / "app", first=WRONG, second=WRONG, main=GOOD)
    image = tmp_path / "app.romfs"
    built = asmrv32(app, "-o", image)
    assert built.returncode == 1
    assert built.stderr.count("error[immediate-range]") == 2
    assert not image.exists()


def test_an_image_in_the_packed_folder_is_refused(tmp_path: Path) -> None:
    app = tree(tmp_path / "app", plain="X = 3\n")
    (tmp_path / "link").symlink_to(app)
    before = sorted(app.rglob("*"))
    for output in (app / "app.romfs", app / "data" / "x.romfs", tmp_path / "link" / "x.romfs",
                   app / "plain.py", app / "data" / ".." / "x.romfs"):  # fmt: skip
        built = asmrv32(app, "-o", output)
        assert (built.returncode, built.stdout) == (2, "")
        assert f"{output} is in {app}, and the next image would hold it" in built.stderr
    assert sorted(app.rglob("*")) == before
    assert asmrv32(app, "-o", tmp_path / "app.romfs").returncode == 0


def test_links_that_leave_the_folder_are_refused(tmp_path: Path) -> None:
    app = tree(tmp_path / "app", plain="X = 3\n")
    (app / "host").symlink_to("/etc/hostname")
    built = asmrv32(app, "-o", tmp_path / "app.romfs")
    assert (built.returncode, built.stdout) == (1, "")
    assert f"{app / 'host'} leads out of {app}, to /etc/hostname" in built.stderr
    assert not (tmp_path / "app.romfs").exists()


def test_an_image_on_standard_output_is_alone_there(tmp_path: Path) -> None:
    app = tree(tmp_path / "app", plain="X = 3\n")
    assert asmrv32(app, "-o", tmp_path / "app.romfs").returncode == 0
    command = [sys.executable, "-m", "asm_rv32", "romfs", app, "-o", "-"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert done.stdout == (tmp_path / "app.romfs").read_bytes()


def test_what_is_no_image_and_what_is_missing(tmp_path: Path) -> None:
    image = tmp_path / "bad.romfs"
    image.write_bytes(b"\xd2\xcd\x31\x7f" + b"\xff" * 40)
    listed = asmrv32("--list", image)
    assert (listed.returncode, "Traceback" in listed.stderr) == (1, False)
    assert asmrv32(tmp_path / "nowhere", "-o", image).returncode == 1
    assert asmrv32().returncode == 2
    assert asmrv32(tmp_path).returncode == 2
