"""What `lint --speed` does to ten kernels saves on the cores' own RTL what the models say."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from pathlib import Path

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import Source
from asm_rv32.basis.edits import edited
from asm_rv32.improve import reorder, rotate, unroll
from asm_rv32.improve.loops import loops
from asm_rv32.improve.simulation import same
from asm_rv32.improve.statements import Function
from asm_rv32.improve.suggestion import Candidate
from asm_rv32.isa.image import Image
from asm_rv32.prove.watch import watch
from asm_rv32.timing import load_core
from rtl import compare, programs, simulators

pytestmark = pytest.mark.rtl

NAIVE = Path(__file__).parents[1] / "corpus" / "naive_loops.py"
KERNELS = (
    "sum_words", "sum_bytes", "dot", "fir_sample", "copy_words", "xor_key", "maximum", "find_byte",
    "bernstein", "histogram",
)  # fmt: skip
ADDRESSES = (programs.DATA, programs.DATA + 1024)
NUMBERS = (40, 0x5A)
"""What the kernels are called with."""
CORES = ("cv32e40p", "picorv32")


def changed(function: Function, candidate: Candidate | None) -> Function:
    """The function with a change, which is proved."""
    assert candidate is not None
    source = Source(str(NAIVE), edited(function.source, candidate.edits))
    found = Function(assemble(source.text), function.name)
    same(function, found, candidate.edits, candidate.relations, watch(30))
    return found


@lru_cache
def pair(name: str) -> tuple[Image, Image]:
    """A kernel as it is written, and with its loop unrolled and put in order for the cv32e40p."""
    first = step = Function(assemble(NAIVE.read_text()), name)
    for candidate in rotate.candidates(step):
        step = changed(step, candidate)
    step = changed(step, unroll.candidate(step, next(loops(step)), 4))
    longest = max(reorder.blocks(step), key=lambda each: len(each[0]))
    for candidate in islice(reorder.of_block(step, *longest, [load_core("cv32e40p")]), 1):
        step = changed(step, candidate)
    return first.image, step.image


def program(image: Image) -> str:
    """A bare program that calls a function once."""
    numbers = [at for at, each in enumerate(image.parameters) if each in ("count", "length", "n")]
    given = [*ADDRESSES[: numbers[0]], *NUMBERS][: len(image.parameters)]
    lines = [f"li a{at}, {value}" for at, value in enumerate(given)]
    code = ", ".join(map(str, image.code))
    lines += ["nop", "nop", "jal ra, called", "nop", "nop", "j over", ".balign 4"]
    lines += ["called:", f".byte {code}", ".balign 4", "over:"]
    return programs.wrapped(lines)


@pytest.mark.parametrize("core", CORES)
def test_ten_kernels_are_as_fast_as_the_models_say(core: str, tmp_path: Path) -> None:
    if lines := simulators.missing():
        pytest.fail("install what the RTL comparisons need:\n  " + "\n  ".join(lines))
    how = simulators.SIMULATED[core]
    sources = {}
    for name in KERNELS:
        for when, image in zip(("before", "after"), pair(name)):
            sources[f"{name}_{when}"] = program(image)
    binary = simulators.build(core)
    cycles, wrong = {}, []
    for name, image in programs.images(sources).items():
        trace = simulators.simulate(binary, image, tmp_path)
        executed, errors = compare.compare(core, image, trace, every=how.every_instruction)
        wrong += [f"{name}: {error}" for error in errors[:3]]
        cycles[name] = trace[executed - 1][0] - trace[0][0]
    assert not wrong, "\n".join(wrong)
    for name in KERNELS:
        before, after = cycles[f"{name}_before"], cycles[f"{name}_after"]
        assert after < before, (name, before, after)
