"""Every exact core against its own RTL: nothing mispriced, on any of the programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from asm_rv32.timing import load_core
from rtl import compare, programs, simulators

pytestmark = pytest.mark.rtl

RANDOM_PROGRAMS = 200


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    if lines := simulators.missing():
        pytest.fail("install what the RTL comparisons need:\n  " + "\n  ".join(lines))


@pytest.mark.parametrize("core", simulators.SIMULATED)
def test_nothing_is_mispriced(core: str, tmp_path: Path) -> None:
    how = simulators.SIMULATED[core]
    suite = programs.suite(RANDOM_PROGRAMS, multiply=how.multiply)
    binary = simulators.build(core)
    instructions, wrong = 0, []
    for name, image in suite.items():
        trace = simulators.simulate(binary, image, tmp_path)
        executed, errors = compare.compare(core, image, trace, every=how.every_instruction)
        instructions += executed
        wrong += [f"{name}: {error}" for error in errors[:3]]
    assert not wrong, "\n".join(wrong[:30])
    stated = load_core(core).validated
    assert stated is not None and stated.max_error == 0
    assert stated.programs == len(suite) and stated.instructions <= instructions
