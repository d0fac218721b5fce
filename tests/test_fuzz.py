"""Whatever the text: code or an AssemblyError, each diagnostic with its place, in bounded work.

Work is bounded by counting lines of the package that are executed; nothing is timed.
"""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any

import pytest
from corpus.mutations import EXTREMES, mutated

import asm_rv32
from asm_rv32.assembler import assemble
from asm_rv32.diagnostics import CODES, SEVERITIES, AssemblyError

PACKAGE = os.path.dirname(asm_rv32.__file__)
CHUNKS = 8
EVERYDAY, HEAVY = 3_000, 120_000


def check(text: str, **options: Any) -> AssemblyError | None:
    """Assemble; the error, looked at from every side, or None where there is none."""
    try:
        module = assemble(text, path="mutated.py", **options)
    except AssemblyError as error:
        assert error.diagnostics
        assert any(found.severity == "error" for found in error.diagnostics)
        for found in error.diagnostics:
            assert found.code in CODES
            assert found.severity in SEVERITIES
            assert found.message
            assert 0 <= found.span.start <= found.span.end <= len(text) + 1
            place = found.as_dict(error.source)
            assert 1 <= place["line"] <= text.count("\n") + 1
            assert place["column"] >= 1
        places = [found.span.start for found in error.diagnostics]
        assert places == sorted(places)
        assert error.render().startswith("mutated.py:")
        assert error.lineno is not None
        assert str(error)
        return error
    for image in module.functions.values():
        position = 0
        for entry in image.entries:
            assert entry.address == position
            position += entry.size
        assert position == len(image.code)
    return None


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_mutated_sources(chunk: int) -> None:
    found = [check(mutated(seed)) for seed in range(chunk, EVERYDAY, CHUNKS)]
    assert sum(error is None for error in found) > 10
    assert sum(error is not None for error in found) > 100


@pytest.mark.heavy
@pytest.mark.parametrize("chunk", range(2 * CHUNKS))
def test_many_mutated_sources(chunk: int) -> None:
    for seed in range(1_000_000 + chunk, 1_000_000 + HEAVY, 2 * CHUNKS):
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


@pytest.mark.parametrize("name", EXTREMES)
def test_extreme_sources(name: str) -> None:
    text = EXTREMES[name]
    if name in UNROLLED:
        check(text)
    else:
        bounded(text, 50_000 + 20 * len(text))
