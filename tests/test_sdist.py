"""The sdist: unpacked anywhere, it is a checkout in which `make test` runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the sdist holds."""
    folder = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, folder=ROOT)
    (built,) = folder.glob("*.tar.gz")
    run("tar", "-xzf", built, folder=folder)
    return folder / built.name.removesuffix(".tar.gz")


def kept() -> Iterator[Path]:
    """The files of the checkout that git does not ignore, by their place in it."""
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text().split()] + [".git"]
    for folder, folders, files in os.walk(ROOT):
        inside = [*folders, *files]
        out = {name for name in inside if any(fnmatch(name, each) for each in ignored)}
        folders[:] = [name for name in folders if name not in out]
        yield from (Path(folder, name).relative_to(ROOT) for name in files if name not in out)


def test_it_holds_every_file_of_the_checkout(unpacked: Path) -> None:
    files = list(kept())
    assert Path("requirements-dev.txt") in files and Path(".ci/packages") in files
    for path in files:
        assert (unpacked / path).read_bytes() == (ROOT / path).read_bytes(), path


def test_make_finds_there_what_it_runs(unpacked: Path) -> None:
    """All that `make test` has to make first is made by a rule, or is there."""
    recipes = run("make", "--dry-run", "test", folder=unpacked)
    programs = set(re.findall(r"^\s*(\.[\w./-]+)", recipes, re.MULTILINE))
    there = {name for name in programs if not name.startswith(".venv/")}
    assert ".ci/packages" in there
    assert all(os.access(unpacked / name, os.X_OK) for name in there)


def test_a_wheel_is_built_from_it(unpacked: Path) -> None:
    out = unpacked.parent / "dist"
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out, folder=unpacked)
    assert list(out.glob("asm_rv32-*-py3-none-any.whl"))
