"""What is checked of a run beyond the bounds of its memory: what a board would punish later.

Input: a `Flow`. Output: its `Checks`: which registers to compare at the return, whether the stack
has to be watched, where no instruction may be executed; and `Shadow`, which of the stack's bytes
were stored.
Invariant: what is shown to hold without running is not watched, so that it costs nothing.
"""

from __future__ import annotations

from bisect import bisect_right

from asm_rv32.analysis.flow import ALL, SAVED, Flow, kept_by_handler, registers
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.operands import RA, SP

DATA_RUNS = 64
"""So many stretches of data are watched one by one; with more, all between the first and last."""


class Checks(NamedTuple):
    """What to look at in a run of one image."""

    kept: tuple[int, ...]
    """sp and the saved registers, as far as some instruction writes them."""
    watches_stack: bool
    data: tuple[tuple[int, int], ...]
    """Stretches of the code, first and last offset, where execution may come to data."""
    jumps: frozenset[int]
    """Offsets of jumps to computed places, other than returns."""


def checks(flow: Flow, changes_itself: bool) -> Checks:
    """What a run of a function has to be checked for; `changes_itself`: it may write code."""
    written = ALL if flow.undecoded or changes_itself else flow.written
    jumps = frozenset(
        node.address for node in flow.nodes
        if node.effects.computes_target and node.meaning.through != RA
    )  # fmt: skip
    kept = kept_by_handler(flow.image) if flow.image.handler else SAVED | registers(SP)
    mask = written & kept
    return Checks(
        tuple(number for number in range(mask.bit_length()) if mask >> number & 1),
        changes_itself or not _uses_stack_well(flow),
        () if changes_itself else _data(flow),
        frozenset() if changes_itself else jumps,
    )


def _uses_stack_well(flow: Flow) -> bool:
    """Whether all use of the stack is shown to be as it should be."""
    if not flow.touched >> SP & 1 and not flow.undecoded:
        return True  # without sp nothing finds it
    from asm_rv32.analysis.stack_use import is_used_well  # many functions leave sp alone

    return is_used_well(flow)


def _data(flow: Flow) -> tuple[tuple[int, int], ...]:
    """What is no instruction: nor is `data()` that control runs into and that decodes as some."""
    runs: list[tuple[int, int]] = []
    starts = sorted(node.address for node in flow.nodes)
    for entry in flow.image.entries:
        at, end = entry.address, entry.address + entry.size
        while not entry.is_code and at < end:
            after = bisect_right(starts, at)
            node = flow.node_over(at)
            if node is not None:
                at = node.address + node.size
                continue
            last = min(end, starts[after] if after < len(starts) else end) - 1
            if runs and runs[-1][1] + 1 == at:
                at = runs.pop()[0]
            runs.append((at, last))
            at = last + 1
    if len(runs) > DATA_RUNS:
        return ((runs[0][0], runs[-1][1]),)
    return tuple(runs)


class Shadow:
    """Which bits of a stack were stored since the call began."""

    __slots__ = ("_missing",)

    def __init__(self, size: int) -> None:
        self._missing = bytearray(b"\xff") * size

    def store(self, at: int, size: int) -> None:
        """Bytes from offset `at` are stored; those behind the end are nobody's."""
        end = min(at + size, len(self._missing))
        self._missing[at:end] = bytes(end - at)

    def unwritten(self, at: int, size: int) -> int:
        """How many of the bytes have a bit that nothing has stored."""
        found = self._missing[at : at + size]
        return len(found) - found.count(0)

    def mask(self, at: int, size: int) -> int:
        """The bits that nothing has stored, of a little-endian value of `size` bytes."""
        return int.from_bytes(self._missing[at : at + size], "little")

    def put(self, at: int, size: int, mask: int) -> None:
        """A value is stored of which these bits come from nowhere."""
        self._missing[at : at + size] = (mask & (1 << 8 * size) - 1).to_bytes(size, "little")
