"""What one executed instruction cost, and the sums of many.

Invariant: the five categories of a `Cost` or `Split` are disjoint and leave nothing out.
"""

from __future__ import annotations

from asm_rv32.basis.records import NamedTuple

__all__ = ["CATEGORIES", "Cost", "Split"]

CATEGORIES = ("arithmetic", "memory", "control", "stalls", "fetch")


class Split(NamedTuple):
    """Cycles by category; they add up to `total`."""

    arithmetic: int = 0
    memory: int = 0
    control: int = 0
    stalls: int = 0  # waiting for a result
    fetch: int = 0  # waiting for instruction words: alignment, wait states, an empty queue

    @property
    def total(self) -> int:
        return sum(self)

    def plus(self, other: Split, times: int = 1) -> Split:
        return Split(*(mine + times * its for mine, its in zip(self, other, strict=True)))


class Cost(NamedTuple):
    """One executed instruction.

    `cycles` is the time since the instruction before it, as a trace of the core shows it.
    `split` charges the same cycles to the instruction that causes them: a jump's refill is the
    jump's. Summed over a run the two differ by at most the refill of the last jump.
    """

    cycles: int
    split: Split
    reason: str  # why it cost more than its class does; empty if it did not
    waits: int = 0  # of `cycles`, those before it begins with its own work

    @classmethod
    def of(
        cls, *, cycles: int, category: str, base: int, stalls: int, fetch: int, waits: int,
        reason: str = "",
    ) -> Cost:  # fmt: skip
        """`base` cycles go to `category`: arithmetic, memory or control."""
        split = Split(stalls=stalls, fetch=fetch)
        if category == "arithmetic":
            split = split._replace(arithmetic=base)
        elif category == "memory":
            split = split._replace(memory=base)
        else:
            split = split._replace(control=base)
        return cls(cycles, split, reason, waits)
