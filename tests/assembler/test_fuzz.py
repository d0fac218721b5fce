"""Whatever the text: code or an AssemblyError, each diagnostic with its place, in bounded work.

Work is bounded by counting calls of the package's functions; nothing is timed. `make fuzz` searches
longer, and further: here, each of its targets runs for some seconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from corpus.mutations import EXTREMES, mutated
from corpus.tiers import heavy_after
from fuzz.invariants import check_error, check_image
from fuzz.targets import TARGETS

import asm_rv32
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError

PACKAGE = os.path.dirname(asm_rv32.__file__)
CHUNKS = 8
EVERYDAY, HEAVY = 1_800, 120_000
"""Sources; the heavy tests try a sixth of theirs without --thorough."""
FUZZING_SECONDS = 4


def check(text: str, **options: Any) -> AssemblyError | None:
    """Assemble; the error, looked at from every side, or None where there is none."""
    try:
        module = assemble(text, path="mutated.py", **options)
    except AssemblyError as error:
        check_error(error)
        return error
    for image in module.functions.values():
        check_image(image)
    return None


@pytest.mark.parametrize("chunk", heavy_after(CHUNKS // 2, range(CHUNKS)))
def test_mutated_sources(chunk: int) -> None:
    found = [check(mutated(seed)) for seed in range(chunk, EVERYDAY, CHUNKS)]
    assert sum(error is None for error in found) > 3
    assert sum(error is not None for error in found) > 50


@pytest.mark.heavy
@pytest.mark.parametrize("chunk", range(2 * CHUNKS))
def test_many_mutated_sources(chunk: int, pytestconfig: pytest.Config) -> None:
    count = HEAVY if pytestconfig.getoption("--thorough") else HEAVY // 6
    for seed in range(1_000_000 + chunk, 1_000_000 + count, 2 * CHUNKS):
        check(mutated(seed), compress=seed % 3 > 0,
              dialect="micropython" if seed % 5 == 0 else "asm_rv32")  # fmt: skip


class TooMuchWork(Exception):
    """More lines than any text of this length should take."""


def bounded(text: str, limit: int) -> None:
    """Check a text; raises TooMuchWork after `limit` calls of functions of the package."""
    calls = 0

    def profile(frame: FrameType, event: str, _: Any) -> None:
        nonlocal calls
        if event == "call" and frame.f_code.co_filename.startswith(PACKAGE):
            calls += 1
            if calls > limit:
                raise TooMuchWork(f"{calls} calls for {len(text)} characters")

    sys.setprofile(profile)
    try:
        check(text)
    finally:
        sys.setprofile(None)


# These take as much as the limit on what a function expands to allows, whatever their length.
UNROLLED = {name for name in EXTREMES if "loop" in name or "blocks" in name} | {"indentation"}


@pytest.mark.parametrize("name", [name for name in EXTREMES if name not in UNROLLED])
def test_extreme_sources(name: str) -> None:
    bounded(EXTREMES[name], 50_000 + 20 * len(EXTREMES[name]))


@pytest.mark.heavy
@pytest.mark.parametrize("name", sorted(UNROLLED))
def test_sources_that_unroll_without_end(name: str) -> None:
    check(EXTREMES[name])


@pytest.mark.heavy
@pytest.mark.parametrize("target", TARGETS)
def test_coverage_guided(target: str, tmp_path: Path) -> None:
    if find_spec("atheris") is None:
        pytest.fail("atheris is missing: pip install -r requirements-fuzz.txt")
    done = subprocess.run(
        [sys.executable, "-m", "fuzz", target, "--seconds", str(FUZZING_SECONDS),
         "--folder", str(tmp_path)],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)
