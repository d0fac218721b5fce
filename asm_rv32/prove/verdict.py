"""What a proof ends with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

EQUAL, DIFFERS, UNDECIDED = "equal", "differs", "undecided"


class Verdict(NamedTuple):
    """Whether two pieces of code do the same, and under which assumptions."""

    verdict: str
    """EQUAL, DIFFERS or UNDECIDED."""
    assumptions: tuple[str, ...] = ()
    """What holds of every input that the verdict speaks of."""
    counterexample: object = None
    """An input for which they differ, executed before it is shown; None where there is none."""
    seconds: float = 0.0
    reason: str | None = None
    """Where they differ, or what a proof got stuck on."""
    test: str | None = None
    """A counterexample of functions as a test for pytest, ready to paste: it holds the first to
    what the second does."""
    held: Mapping[str, int] = {}
    """What registers besides hold at the call of a counterexample, where it takes that: a function
    that reads what nobody gave it. Their names → words."""

    def __bool__(self) -> bool:
        raise TypeError("a verdict is no truth: compare verdict.verdict with 'equal'")
