"""A C library's blocks by other operations, over other registers, in another order: proved to be
the same within a second each; none that is wrong is.

The judges of what is wrong are the sampled states and z3 alone, without normal forms. The sample is
of gcc's own library and of picolibc; with `--thorough` all blocks of both.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest
import z3
from corpus import toolchain
from corpus.block_variants import (
    ISA,
    Block,
    blocks,
    code,
    mentioned,
    mutated,
    variant,
)
from isa.symbolic import Machine

from asm_rv32.isa.reading import perform
from asm_rv32.prove.blocks import equal
from asm_rv32.prove.verdict import Verdict

pytestmark = pytest.mark.heavy
STEP = 40
"""Of so many blocks one is in the sample."""
SECONDS = 1.0
"""Of the processor's time, for a proof."""


def sample(config: pytest.Config) -> Iterator[tuple[int, Block]]:
    step = 1 if config.getoption("--thorough") else STEP
    for library in (toolchain.libgcc(), toolchain.picolibc(ISA)):
        yield from list(enumerate(blocks(library)))[::step]


def compared(block: Block, other: Block) -> tuple[Verdict, float]:
    """The verdict, and the processor's seconds that it took."""
    began = time.process_time()
    live = sorted(mentioned(block) - {0})
    found = equal(code(block), code(other), isa=ISA, live_out=live, timeout=10 * SECONDS)
    return found, time.process_time() - began


def test_blocks_written_in_another_way(pytestconfig: pytest.Config) -> None:
    found: Counter[str] = Counter()
    for number, block in sample(pytestconfig):
        other = variant(block, random.Random(number))
        verdict, seconds = compared(block, other)
        assert verdict.verdict != "differs", (number, verdict)
        found[verdict.verdict if seconds <= SECONDS else "too late"] += 1
        found["changed"] += code(block) != code(other)
    print(found)
    many = found["equal"] + found["undecided"] + found["too late"]
    assert found["equal"] >= 0.995 * many, found
    assert found["changed"] > 0.9 * many, found


def is_same(one: Block, other: Block) -> bool | None:
    """What z3 says of all registers that the first touches, and of memory; None for nothing."""
    ends = []
    for block in (one, other):
        machine = Machine()
        for instruction in block:
            perform(instruction.steps, machine)
        ends.append(machine)
    first, second = ends
    same = [first.read(each) == second.read(each) for each in mentioned(one) - {0}]
    same += [first.memory == second.memory, first.left == second.left]
    solver = z3.Solver()
    solver.set("timeout", 20_000)
    solver.add(z3.Not(z3.And(*same)))
    answer = solver.check()
    return None if answer == z3.unknown else bool(answer == z3.unsat)


def test_blocks_written_wrongly(pytestconfig: pytest.Config) -> None:
    """What is called equal after a mutation is so for z3, too; of most there is a state that shows
    it."""
    found: Counter[str] = Counter()
    for number, block in sample(pytestconfig):
        choice = random.Random(number)
        wrong = mutated(variant(block, choice), choice)
        verdict, _ = compared(block, wrong)
        found[verdict.verdict] += 1
        if verdict.verdict == "equal":
            confirmed = is_same(block, wrong)
            assert confirmed is not False, (number, verdict)
            found["confirmed"] += confirmed is True
    print(found)
    many = found["equal"] + found["undecided"] + found["differs"]
    assert found["differs"] >= 0.7 * many and found["undecided"] <= 0.02 * many, found
    assert found["confirmed"] >= 0.9 * found["equal"], found
