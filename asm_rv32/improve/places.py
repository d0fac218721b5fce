"""Which places of two texts of one function stand for one another.

Input: both texts, the edits between them, and relations at places of the new one. Output: `Places`.
Invariant: lines that no edit takes are the same statements in both, and mean the same; what they go
to and what stands behind them is a place of both. Where that is not so, `Unproved` is raised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from asm_rv32.analysis.flow import ALL, Node
from asm_rv32.assembler.ir import Align, Number, Operation
from asm_rv32.basis.edits import Edit
from asm_rv32.improve.relations import Relation
from asm_rv32.improve.statements import Function, refers_to_place
from asm_rv32.isa.effects import INDIRECT
from asm_rv32.isa.operands import RA, LabelSum, Memory, Value

PLAIN = Relation(0)
"""Both texts have the same in all registers that may be read."""
Place = tuple[int, int]
"""Of both texts, the addresses that stand for one another."""


class Unproved(Exception):
    """What is to be shown does not hold, or not as far as is known."""


class Places:
    """The places of both texts that stand for one another."""

    def __init__(
        self, old: Function, new: Function, edits: Sequence[Edit], relations: Mapping[int, Relation]
    ) -> None:
        self.old, self.new = old, new
        self.related: dict[Place, Relation] = {}
        self.done: dict[Place, list[Node]] = {}
        """What the lines are that a relation says are done."""
        self.of_new: dict[int, list[int]] = {}
        olds, news = _addresses(old), _addresses(new)
        lines = list(_kept_lines(old, edits))
        kept = [(olds[a], news[b]) for a, b in lines if a in olds and b in news]
        for (first, end), (other_first, other_end) in kept:
            if end > first and other_end > other_first:
                self._add((first, other_first))
        for line, relation in relations.items():
            place = _label_address(old, relation.line), _label_address(new, line)
            self.related[place] = relation
            done = (news[at] for at in relation.done if at in news)
            self.done[place] = [node for each in done for node in _nodes_between(new, *each)]
            self._add(place)
        self.to_show = list(dict.fromkeys([*self._parting(kept), *self.related]))

    def live_at(self, place: Place) -> int:
        """The registers that one of both texts may still read."""
        if place[0] not in self.old.own or place[1] not in self.new.own:
            return ALL
        return self.old.live_at(place[0]) | self.new.live_at(place[1])

    def _add(self, place: Place) -> None:
        olds = self.of_new.setdefault(place[1], [])
        if place[0] not in olds:
            olds.append(place[0])

    def _has(self, place: Place) -> bool:
        return place[0] in self.of_new.get(place[1], ()) and place not in self.related

    def _parting(self, kept: list[tuple[tuple[int, int], tuple[int, int]]]) -> Iterator[Place]:
        """The places behind kept lines, and the start, from which the texts are not alike."""
        wanted = [(self.old.image.entry, self.new.image.entry)]
        if any(_is_computed(node) for node in _own_nodes(self.old)):
            common = self.old.labels.keys() & self.new.labels.keys()
            wanted += [(self.old.labels[name], self.new.labels[name]) for name in common]
        for (first, end), (other_first, other_end) in kept:
            ours = _nodes_between(self.old, first, end)
            theirs = _nodes_between(self.new, other_first, other_end)
            _check_alike(self.old, self.new, ours, theirs)
            if not ours or ours[-1].goes_on:
                wanted.append((end, other_end))
            goals = _goals(self.old, ours, first, end)
            others = _goals(self.new, theirs, other_first, other_end)
            if len(goals) != len(others):
                raise Unproved("a line that stays goes elsewhere")
            wanted += zip(goals, others)
        for place in wanted:
            if self._has(place):
                continue
            if self.related.get(place, PLAIN)[1:] != PLAIN[1:]:
                raise Unproved("a line that stays comes to where more is to hold")
            inside = place[0] in self.old.own, place[1] in self.new.own
            if inside == (True, True):
                yield place
            elif True in inside and place != (self.old.own.stop, self.new.own.stop):
                raise Unproved("a line that stays goes elsewhere")


def _goals(function: Function, nodes: list[Node], first: int, end: int) -> list[int]:
    """Where the instructions of a line go by distance, beside from one to another."""
    found = (function.flow.nodes[node.target].address for node in nodes if node.target >= 0)
    return [goal for goal in found if not first < goal <= end]


def _is_computed(node: Node) -> bool:
    """Whether it goes to a place that is not known, and does not return."""
    return node.effects.control == INDIRECT and node.target < 0 and (
        node.meaning.through != RA or node.meaning.beside != 0
    )  # fmt: skip


def counts_distances(function: Function) -> bool:
    """Whether the distance between two places is a number of it."""
    for item in function.unit.expansion.items:
        values: list[Value] = [item.value] if isinstance(item, Number) else []
        values += item.operands if isinstance(item, Operation) else []
        values += [each.offset for each in values if isinstance(each, Memory)]
        if any(isinstance(each, LabelSum) and each.minus for each in values):
            return True
    return False


def _own_nodes(function: Function) -> Iterator[Node]:
    return (node for node in function.flow.nodes if node.address in function.own)


def _nodes_between(function: Function, first: int, end: int) -> list[Node]:
    found: list[Node] = []
    while first < end:
        at = function.flow.node_at.get(first)
        if at is None:
            return found
        found.append(function.flow.nodes[at])
        first += function.flow.nodes[at].size
    return found


def _addresses(function: Function) -> dict[int, tuple[int, int]]:
    """Line → from where to where what stands in it lies; a label's is empty."""
    found: dict[int, tuple[int, int]] = {}
    source = function.source
    for entry in function.image.entries:
        if entry.address in function.own and function.image.source_at(entry.address) is source:
            line = source.locate(entry.span.start)[0]
            first, end = found.get(line, (entry.address, 0))
            found[line] = min(first, entry.address), max(end, entry.address + entry.size)
    for label in function.unit.expansion.labels:
        line = source.locate(label.written.start)[0]
        if label.name in function.labels and line not in found:
            address = function.labels[label.name]
            found[line] = address, address
    return found


def _label_address(function: Function, line: int) -> int:
    """The address of the first statement in a line or behind it."""
    places = _addresses(function)
    return min((place[0] for at, place in places.items() if at >= line), default=-1)


def _kept_lines(old: Function, edits: Sequence[Edit]) -> Iterator[tuple[int, int]]:
    """Lines of both texts that are one."""
    moved, line = 0, 1
    for edit in [*sorted(edits), Edit(len(old.source.line_starts) + 1, 0, ())]:
        for kept in range(line, edit.line):
            yield kept, kept + moved
        line = edit.line + edit.taken
        moved += len(edit.lines) - edit.taken


def _check_alike(old: Function, new: Function, ours: list[Node], theirs: list[Node]) -> None:
    """That a kept line means what it meant. Raises Unproved."""
    if [_content(node) for node in ours] == [_content(node) for node in theirs]:
        return
    starts = {node.span.start for node in ours}
    for item in old.unit.expansion.items:
        if item.written.start in starts:
            placed = isinstance(item, Operation) and refers_to_place(item.operands)
            if not placed and not isinstance(item, Align):
                raise Unproved("a line that stays means something else")


def _content(node: Node) -> object:
    if node.meaning.distance is not None:
        return node.meaning.base.row.name, node.effects.reads, node.effects.writes
    return node.meaning.base.row.name, node.meaning.base.values
