"""Choose a form for every fragment and place it: the least fixed point.

Input: fragments with their candidate forms, and the index of the fragment behind each label.
Output: the same fragments, each with its choice and its address; and what is wrong with where they
stand.
Invariant: every fragment starts with its smallest form and only ever grows, so this ends; the
addresses are those of the chosen forms. Near-linear in the number of fragments, whatever
depends on whatever.

Sweeps do the bulk of the work: each grows what does not reach. When a sweep grows little, what
remains undecided is watched instead. A segment tree over the fragments counts growth; a fragment
that could still fall out of reach leaves in the nodes that cover the stretch to its target the
growth at which it must be looked at again. As the stretch cannot grow by more than its slack
unless one of its k nodes grows by more than a k-th of it, nothing is overlooked and each look
halves what is left.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from operator import attrgetter

from asm_rv32.assembler.ir import HERE, NOWHERE, Expansion, Fragment
from asm_rv32.basis.diagnostics import Diagnostic, Span
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.sets import InstructionSet

SWEEP_SHARE = 16
"""Sweeps go on while they grow at least one in so many of the undecided."""


def relax(fragments: list[Fragment], labels: list[int]) -> list[Fragment]:
    """Choose and place; returns the fragments whose target is out of reach of every form."""
    undecided = [index for index, f in enumerate(fragments) if f.target >= 0 and len(f.forms) > 1]
    aligned = any(f.alignment for f in fragments)
    starts = _place(fragments)
    while undecided:
        before = len(undecided)
        undecided, grown = _sweep(fragments, labels, undecided, starts)
        if grown:
            starts = _place(fragments)
        if grown * SWEEP_SHARE < before:
            break
    if undecided and grown:
        _Watch(fragments, labels, starts, aligned).run(undecided)
        starts = _place(fragments)
    return [
        f
        for at, f in enumerate(fragments)
        if f.target >= 0 and not f.form.low <= _distance(f, at, labels, starts) <= f.form.high
    ]


def _distance(f: Fragment, index: int, labels: list[int], starts: list[int]) -> int:
    """The bytes from where a fragment counts to its target."""
    to, origin = starts[labels[f.target]] + f.addend, f.origin
    if origin >= 0:
        return to - starts[labels[origin]]
    return to - starts[index] if origin == HERE else to


def _place(fragments: list[Fragment]) -> list[int]:
    """The address of every fragment and of the end, from the sizes as they are."""
    if any(f.alignment for f in fragments):
        starts = [0]
        for f in fragments:
            if f.alignment:
                f.size = -starts[-1] % f.alignment
            starts.append(starts[-1] + f.size)
    else:
        starts = list(accumulate(map(attrgetter("size"), fragments), initial=0))
    for f, start in zip(fragments, starts):
        f.address = start
    return starts


def _sweep(
    fragments: list[Fragment], labels: list[int], undecided: list[int], starts: list[int]
) -> tuple[list[int], int]:
    """Grow what does not reach; those that can still grow, and how many grew."""
    left, grown = [], 0
    for index in undecided:
        f = fragments[index]
        distance = _distance(f, index, labels, starts)
        form = f.forms[f.choice]
        if not form.low <= distance <= form.high:
            grown += 1
            _grow(f, distance)
            if f.choice + 1 == len(f.forms):
                continue
        left.append(index)
    return left, grown


def _grow(f: Fragment, distance: int) -> int:
    """Take the next form that reaches so far, or the last; returns by how much it is longer."""
    while f.choice + 1 < len(f.forms):
        f.choice += 1
        form = f.forms[f.choice]
        if form.low <= distance <= form.high:
            break
    grown = f.forms[f.choice].size - f.size
    f.size += grown
    return grown


class _Watch:
    def __init__(
        self, fragments: list[Fragment], labels: list[int], starts: list[int], aligned: bool
    ) -> None:
        self.fragments = fragments
        self.labels = labels
        self.starts = starts
        self.leaves = 1 << len(fragments).bit_length()
        self.grown = [0] * (2 * self.leaves)
        """Bytes by which the fragments below a node have grown since `starts` were computed."""
        self.waiting: dict[int, list[tuple[int, int, int]]] = {}
        """Node → heap of (growth at which to look, fragment, turn)."""
        self.turn = [0] * len(fragments)
        """How often each was looked at again: what it left in a heap before is stale."""
        # How much each stretch can grow at the most: what cannot fall out of reach needs no watch.
        self.growth = list(
            accumulate((f.alignment or f.forms[-1].size - f.size for f in fragments), initial=0)
        )
        self.alignments: dict[int, list[int]] = {}
        for index, f in enumerate(fragments):
            if f.alignment:
                self.alignments.setdefault(f.alignment, []).append(index)

    def run(self, undecided: list[int]) -> None:
        look = list(reversed(undecided))
        while look:
            index = look.pop()
            f = self.fragments[index]
            origin = 0 if f.origin == NOWHERE else index if f.origin == HERE else (
                self.labels[f.origin])  # fmt: skip
            first, last = sorted((origin, self.labels[f.target]))
            forward = first == origin
            nodes = self._cover(first, last)
            span = self.starts[last] - self.starts[first] + sum(self.grown[n] for n in nodes)
            form = f.forms[f.choice]
            # A fragment's own growth shifts its end, not its start: forward it counts, too.
            distance = (span if forward else -span) + f.addend
            if not form.low <= distance <= form.high:
                look += self._add(index, _grow(f, distance))
                form = f.forms[f.choice]
            if f.choice + 1 < len(f.forms):
                slack = form.high - distance if forward else distance - form.low
                if slack < self.growth[last] - self.growth[first]:
                    self._wait(index, nodes, slack)

    def _wait(self, index: int, nodes: list[int], slack: int) -> None:
        from heapq import heappush  # only long functions have what may fall out of reach

        for node in nodes:
            heap = self.waiting.setdefault(node, [])
            at = self.grown[node] + slack // len(nodes) + 1
            heappush(heap, (at, index, self.turn[index]))

    def _add(self, index: int, size: int) -> list[int]:
        """Count growth at a fragment, and at the alignments behind it; whom to look at again."""
        look = self._count(index, size)
        position = index
        while found := self._next_alignment(position, size):
            position, multiple = found
            f = self.fragments[position]
            address = self.starts[position] + self._grown_before(position)
            change = -address % multiple - f.size
            f.size += change
            if change:
                look += self._count(position, change)
            size += change
        return look

    def _next_alignment(self, position: int, size: int) -> tuple[int, int] | None:
        """The next alignment behind `position` that a shift by `size` changes, and its multiple."""
        found = [
            (places[at], multiple)
            for multiple, places in self.alignments.items()
            if size % multiple and (at := bisect_right(places, position)) < len(places)
        ]
        return min(found, default=None)

    def _count(self, index: int, size: int) -> list[int]:
        from heapq import heappop  # see `_wait`

        look = []
        node = index + self.leaves
        grown, waiting, turn = self.grown, self.waiting, self.turn
        while node:
            grown[node] += size
            heap = waiting.get(node)
            while heap and heap[0][0] <= grown[node]:
                _, waiter, its_turn = heappop(heap)
                if turn[waiter] == its_turn:
                    turn[waiter] += 1
                    look.append(waiter)
            node >>= 1
        return look

    def _grown_before(self, index: int) -> int:
        return sum(self.grown[node] for node in self._cover(0, index))

    def _cover(self, first: int, last: int) -> list[int]:
        """The nodes that together cover the fragments `first` up to, not including, `last`."""
        nodes = []
        low, high = first + self.leaves, last + self.leaves
        while low < high:
            if low & 1:
                nodes.append(low)
                low += 1
            if high & 1:
                high -= 1
                nodes.append(high)
            low >>= 1
            high >>= 1
        return nodes


# ---- what is wrong with where they stand


class Placed(NamedTuple):
    """A function whose forms are chosen and placed."""

    expansion: Expansion
    fragments: list[Fragment]
    """One for each item, and behind them perhaps a return."""
    labels: list[int]
    """The fragment behind each label; the number of items for one at the end."""


def out_of_reach(fragment: Fragment, placed: Placed) -> Diagnostic:
    """What is wrong with a jump none of whose forms reaches its target."""
    _, chosen, labels = placed
    form = fragment.form
    label = labels[fragment.target]
    end = chosen[-1].address + chosen[-1].size
    to = chosen[label].address if label < len(chosen) else end
    distance = to - fragment.address
    name = form.pieces[0].row.name
    return Diagnostic(
        "target-range",
        f"the target is {distance:+} bytes away; '{name}' reaches {form.low}..{form.high:+}",
        Span(fragment.start, fragment.end),
        _further_help(name),
    )


def _further_help(mnemonic: str) -> tuple[str, ...]:
    if mnemonic.startswith("c."):
        return (f"help: without c_, {mnemonic[2:]} is assembled as short as its target allows",)
    return ()


def misplaced(placed: Placed, instructions: InstructionSet) -> list[Diagnostic]:
    """Instructions where none can stand; and jumps that overwrite a register on their way."""
    found = []
    unit = instructions.unit
    crooked = False
    for fragment in placed.fragments:
        # Only the first of a run is reported: the others follow from it.
        before = crooked
        if fragment.forms and fragment.form.pieces:
            crooked = fragment.address % unit > 0
        if crooked and not before:
            message = f"an instruction would stand at offset {fragment.address:#x}"
            found.append(
                Diagnostic(
                    "target-alignment", message, Span(fragment.start, fragment.end),
                    (f"help: align({unit}) in front of it",),
                )
            )  # fmt: skip
        if fragment.forms and fragment.form.scratch:
            message = "this jump is so long that it goes through t1, which it overwrites"
            span = Span(fragment.start, fragment.end)
            found.append(Diagnostic("far-jump-scratch", message, span, (), "note"))
    return found
