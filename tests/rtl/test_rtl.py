"""Every exact core against its own RTL: nothing mispriced, on any of the programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from asm_rv32.timing import load_core
from rtl import compare, csr_programs, device_programs, programs, simulators

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


CSR_PROGRAMS = 8


@pytest.mark.parametrize("core", simulators.SIMULATED)
def test_accesses_to_registers_take_what_the_model_says(core: str, tmp_path: Path) -> None:
    how, instructions, wrong = simulators.SIMULATED[core], 0, []
    sources = csr_programs.csr_programs(
        CSR_PROGRAMS, multiply=how.multiply, counters_only=how.package == "picorv32"
    )
    binary = simulators.build(core)
    for name, image in programs.images(sources).items():
        trace = simulators.simulate(binary, image, tmp_path)
        executed, errors = compare.compare(core, image, trace, every=how.every_instruction)
        instructions += executed
        wrong += [f"{name}: {error}" for error in errors[:3]]
    assert not wrong, "\n".join(wrong[:30])
    assert instructions > 5000


DEVICE_PROGRAMS = 100
ORIGINS = {"picorv32": 6, "ibex-small": 6, "ibex-maxperf": 6, "cv32e40p": 7}
"""The testbench's cycle in which the first instruction starts: is launched, is in ID."""


@pytest.mark.parametrize("core", ORIGINS)
def test_accesses_leave_the_core_when_the_model_says(core: str, tmp_path: Path) -> None:
    how = simulators.SIMULATED[core]
    sources = device_programs.device_programs(DEVICE_PROGRAMS, multiply=how.multiply)
    sources |= device_programs.counter_programs(core)
    binary = simulators.build(core)
    accesses, wrong = 0, []
    for name, image in programs.images(sources).items():
        simulators.simulate(binary, image, tmp_path)
        found = simulators.requests(tmp_path)
        compared, errors = compare.compare_requests(core, image, ORIGINS[core], found)
        accesses += compared
        wrong += [f"{name}: {error}" for error in errors[:3]]
    assert not wrong, "\n".join(wrong[:30])
    assert accesses > 7000
