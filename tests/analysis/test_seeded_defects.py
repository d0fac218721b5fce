"""Mistakes seeded into correct functions are found by lint or by a run; the correct ones pass.

Aim: 99 of 100 are found, no correct function is stopped when it runs, and lint warns of fewer than
one correct function in a hundred.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest
from corpus.defects import KINDS, Sample, example_samples, gcc_samples, libgcc_samples, seeded

from asm_rv32.analysis.lint import lint
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.isa.image import Image
from asm_rv32.machine import emulator
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.settings import Settings

EXAMPLES = Path(__file__).parents[2] / "examples"
CORE = "esp32c3"
RUNS = 6
SETTINGS = Settings(max_instructions=500_000)
UNREAL = frozenset({"execute_stack_op"})
"""gcc reads, on paths that its conditions never let it take, what it has not written."""

SOURCES: dict[str, Callable[[Path], Iterator[Sample]]] = {
    "examples": lambda folder: example_samples(EXAMPLES),
    "libgcc": lambda folder: libgcc_samples(),
    **{
        f"programs {level}": lambda folder, level=level: gcc_samples(level, folder)
        for level in ("-O0", "-O1", "-O2", "-O3", "-Os")
    },
}


def assembled(text: str, sample: Sample) -> Image | None:
    """The function; None where the mistake does not even assemble: a jump comes too far."""
    try:
        found = assemble(text, isa="rv32imac", compress=sample.compress)
    except AssemblyError:
        return None
    return next(iter(found.functions.values()))


def warned(image: Image) -> set[str]:
    return {found.code for found in lint(image, CORE)}


def stopped(image: Image, sample: Sample) -> str:
    """What stops a run of it, if anything does."""
    choice = random.Random(sample.name)
    for _ in range(RUNS if sample.inputs else 0):
        assert sample.inputs is not None
        try:
            emulator.run(image, sample.inputs(choice), SETTINGS)
        except ExecutionError as error:
            return error.code
    return ""


class Trial(NamedTuple):
    """What came of a source's functions."""

    functions: int
    ran: int
    blamed: list[str]
    """Correct functions that lint warns of."""
    stopped: list[str]
    """Correct functions that do not run to their end."""
    made: Counter[str]
    by_lint: Counter[str]
    by_run: Counter[str]
    missed: dict[str, list[str]]

    @property
    def found(self) -> int:
        """Mistakes that one of the two finds."""
        return sum(self.made.values()) - sum(map(len, self.missed.values()))

    def table(self) -> str:
        lines = [
            f"{self.functions} functions, {self.ran} of them run; warned of without cause: "
            f"{self.blamed}; stopped without cause: {self.stopped}",
            f"{'mistake':30} {'made':>5} {'lint':>5} {'run':>5} {'missed':>6}",
        ]
        for kind in KINDS:
            names = self.missed.get(kind, [])
            lines.append(
                f"{kind:30} {self.made[kind]:5} {self.by_lint[kind]:5} {self.by_run[kind]:5} "
                f"{len(names):6}  {' '.join(names[:8])}".rstrip()
            )
        return "\n".join([*lines, f"found {self.found} of {sum(self.made.values())}"])


def tried(samples: Iterator[Sample], each: int) -> Trial:
    """Lint and run each sample, as it is and with each mistake, or with one of so many."""
    functions = ran = 0
    trial = Trial(0, 0, [], [], Counter(), Counter(), Counter(), {})
    for sample in samples:
        correct = assembled(sample.text(), sample)
        assert correct is not None, sample.name
        functions += 1
        ran += sample.inputs is not None
        if before := warned(correct):
            trial.blamed.append(f"{sample.name} {', '.join(before)}")
        if error := stopped(correct, sample):
            trial.stopped.append(f"{sample.name} {error}")
        mistakes = seeded(sample) if sample.name not in UNREAL else iter(())
        for kind, mistake in islice(mistakes, functions % each, None, each):
            wrong = assembled(mistake.text, sample)
            if wrong is None:
                continue
            trial.made[kind] += 1
            by_lint = bool((warned(wrong) - before) & mistake.codes)
            by_run = stopped(wrong, sample) != ""
            trial.by_lint[kind] += by_lint
            trial.by_run[kind] += by_run
            if not by_lint and not by_run:
                trial.missed.setdefault(kind, []).append(sample.name)
    return trial._replace(functions=functions, ran=ran)


@pytest.mark.heavy
@pytest.mark.parametrize("source", SOURCES)
def test_mistakes_are_found_and_correct_functions_are_not_blamed(
    source: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    pytestconfig: pytest.Config,
) -> None:
    each = 1 if pytestconfig.getoption("--thorough") else 4
    trial = tried(SOURCES[source](tmp_path), each)
    with capsys.disabled():
        print(f"\n{source}: {trial.table()}")
    assert trial.stopped == []
    assert len(trial.blamed) <= trial.functions * 0.01, trial.table()
    assert sum(trial.made.values()) > 10 * trial.functions / each
    assert trial.found >= sum(trial.made.values()) * 0.99, trial.table()
