"""Two texts of one function, proved to do the same for every input and however often loops turn.

Input: both texts, the edits between them, and relations at places of the new one. Output: whether
the new text does all that the old one does.
How: places that stand for one another are those of the lines that no edit takes, and those of the
relations. From each at which the texts part, every path of the new text up to the next such place
is followed on terms, and the old text beside it: both then have to be at places that stand for one
another, with the same memory and the same in all registers that may still be read. By induction
both do the same all along, for any number of turns; so both end, or neither does.
Assumed: loads and stores go to memory, which holds none of this code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import z3

from asm_rv32.analysis.flow import ALL, RESULTS, SAVED, Node, bits, registers
from asm_rv32.assembler.ir import Align, Number, Operation
from asm_rv32.improve.relations import Relation
from asm_rv32.improve.statements import Function, refers_to_place
from asm_rv32.improve.suggestion import Edit
from asm_rv32.isa.effects import BRANCH, INDIRECT, JUMP, NEXT
from asm_rv32.isa.operands import ALL_NAMES, FFLAGS, RA, SP, LabelSum, Memory, Value
from asm_rv32.isa.reading import perform, value_of
from asm_rv32.isa.words import WORD, signed
from asm_rv32.prove.blocks import State, Unreadable
from asm_rv32.prove.decision import decide
from asm_rv32.prove.solver import QUESTION, Reader
from asm_rv32.prove.sweep import within
from asm_rv32.prove.term import Term
from asm_rv32.prove.terms import Terms
from asm_rv32.prove.verdict import EQUAL
from asm_rv32.prove.watch import Watch, watch

STEPS = 4_000
"""Instructions on all paths from one place."""
PATHS = 256
"""Paths from one place."""
STATUS = 3 << FFLAGS
"""fflags and frm, which nothing else keeps apart."""
LEFT = -1
"""Where a path is that has left the function."""
PLAIN = Relation(0)
"""Both texts have the same in all registers that may be read."""
Place = tuple[int, int]
"""Of both texts, the addresses that stand for one another."""


class Unproved(Exception):
    """What is to be shown does not hold, or not as far as is known."""


class _Walker(State):
    """The state on one path of one text."""

    def __init__(self, terms: Terms, registers_: list[Term], memory: Term, start: Term) -> None:
        super().__init__(terms, registers_, memory, start)
        self.conditions: tuple[Term, ...] = ()
        self.truth: Term | None = None
        self.target: Term | None = None
        self.left_live = ALL
        """Which registers count where the path leaves."""
        self.arrivals = 0
        self.turns = 0
        """How often it went back."""

    def goto(self, target: Term, condition: Term | None) -> None:
        self.target, self.truth = target, condition

    def copy(self) -> _Walker:
        found = _Walker(self.terms, list(self.registers), self.memory, self.start)
        found.conditions, found.offset = self.conditions, self.offset
        found.arrivals, found.turns = self.arrivals, self.turns
        return found


def same(
    old: Function,
    new: Function,
    edits: Sequence[Edit],
    relations: Mapping[int, Relation],
    limits: Watch,
) -> None:
    """Show that the new text does what the old does; `relations` by line of the new text.

    Raises Unproved, with the reason.
    """
    if len(old.image.code) != len(new.image.code) and _counts_distances(old):
        raise Unproved("it holds how far places are from each other, and these move")
    pairs = _Pairs(old, new, edits, relations)
    for place in pairs.to_show:
        _Proof(pairs, limits).show(place)


class _Pairs:
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


def _counts_distances(function: Function) -> bool:
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


class _Proof:
    """What is shown from one place on."""

    def __init__(self, pairs: _Pairs, limits: Watch) -> None:
        self.pairs = pairs
        self.limits = limits
        self.terms = Terms()
        self.steps = 0
        self.turns = 1
        """How often a path may go back."""
        self._asked: dict[tuple[Term, ...], bool] = {}

    def show(self, place: Place) -> None:
        """Show it for all paths from there on. Raises Unproved."""
        relation = self.pairs.related.get(place, PLAIN)
        terms = self.terms
        memory, start = terms.make("memory", ()), terms.unknown("pc")
        values = [terms.zero, *(terms.unknown(name) for name in ALL_NAMES[1:])]
        new = _Walker(terms, list(values), memory, start)
        for register, base, sign in relation.apart:
            distance = terms.unknown(f"from {ALL_NAMES[base]} to {ALL_NAMES[register]}")
            new.registers[register] = terms.sum([(new.registers[base], 1), (distance, sign)])
        done = self.pairs.done.get(place, [])
        for node in done:
            _perform(node, new)
        facts = tuple(_truth(terms, value_of(each, new, {})) for each in relation.holds)
        live = self.pairs.live_at(place)
        equal = (live | STATUS) & ~relation.own & ~_written(done)
        known = [
            new.registers[at] if equal >> at & 1 else terms.unknown(f"old {ALL_NAMES[at]}")
            for at in range(len(ALL_NAMES))
        ]  # fmt: skip
        known[0] = terms.zero
        for register, by in relation.ahead:
            known[register] = terms.sum([(new.registers[register], 1)], by)
        new.offset, new.conditions = place[1], facts
        turns = self.turns = relation.turns
        for end in self._new_paths(new):
            old = _Walker(terms, list(known), memory, start)
            old.offset, old.conditions = place[0], end.conditions
            self._follow_old(old, end, turns, place[1])

    # ---- the new text

    def _new_paths(self, first: _Walker) -> Iterator[_Walker]:
        """The ends of all its paths that some input takes."""
        count, waiting = 0, [first]
        while waiting:
            path = waiting.pop()
            for after in self._step(self.pairs.new, path):
                if after.offset == LEFT or after.offset in self.pairs.of_new:
                    count += 1
                    if count > PATHS:
                        raise Unproved("it has too many paths")
                    yield after
                else:
                    waiting.append(after)

    # ---- the old text beside it

    def _follow_old(self, first: _Walker, end: _Walker, turns: int, start: int) -> None:
        """Bring the old text to where the new one is, on all its paths. Raises Unproved."""
        wanted = set(self.pairs.of_new.get(end.offset, ()))
        waiting = [first]
        if (
            first.offset in wanted
            and end.offset > start
            and self._agree(first, end, (first.offset, end.offset), only_form=True)
        ):
            return  # the old text stays where it is; the new one went on, and cannot do so for ever
        while waiting:
            path = waiting.pop()
            for after in self._step(self.pairs.old, path):
                if after.offset == LEFT:
                    if end.offset != LEFT or not self._agree(after, end, None):
                        raise Unproved("one text leaves, and the other does not so")
                elif after.offset in wanted:
                    after.arrivals += 1
                    place = after.offset, end.offset
                    if self._agree(after, end, place, only_form=after.arrivals < turns):
                        continue
                    if after.arrivals >= turns:
                        raise Unproved(self.reason)
                    waiting.append(after)
                else:
                    waiting.append(after)

    def _agree(
        self, old: _Walker, new: _Walker, place: Place | None, only_form: bool = False
    ) -> bool:
        """Whether both states are the same, as far as it counts, where all conditions hold."""
        terms = self.terms
        relation = self.pairs.related.get(place, PLAIN) if place else PLAIN
        if place is None:
            live = old.left_live | new.left_live
            pairs = {"target": (old.target or terms.zero, new.target or terms.zero)}
        else:
            live = self.pairs.live_at(place)
            pairs = {}
        ahead = dict(relation.ahead)
        done = self.pairs.done.get(place, []) if place else []
        for at in bits((live | STATUS) & ~relation.own & ~_written(done)):
            there = terms.sum([(new.registers[at], 1)], ahead.get(at, 0))
            pairs[ALL_NAMES[at]] = old.registers[at], there
        again = new.copy()
        for node in done:
            _perform(node, again)
        for at in bits(_written(done) & live):
            pairs[f"{ALL_NAMES[at]} ahead of its time"] = new.registers[at], again.registers[at]
        for number, each in enumerate(relation.holds):
            truth = _truth(terms, value_of(each, new, {}))
            pairs[f"condition {number + 1}"] = truth, terms.one
        pairs["memory"] = old.memory, new.memory
        left = {name: pair for name, pair in pairs.items() if pair[0] is not pair[1]}
        if not left:
            return True
        if only_form and any(not name.startswith("condition") for name in left):
            return False
        self.reason = f"not shown to be the same: {', '.join(left)}"
        return self._equal(left, old.conditions)

    def _equal(self, pairs: dict[str, tuple[Term, Term]], conditions: tuple[Term, ...]) -> bool:
        """Whether pairs are the same wherever the conditions hold."""
        left = {name: pair for name, pair in pairs.items() if not self._follows(pair, conditions)}
        if not left or (conditions and not self._possible(conditions)):
            return True
        terms, given = self.terms, self.terms.one
        for each in conditions:
            given = terms.and_(given, each)
        for name, (one, other) in left.items():
            if name != "memory":
                left[name] = terms.choice(given, one, other), other
        return decide(terms, left, self.limits).verdict == EQUAL

    def _follows(self, pair: tuple[Term, Term], conditions: tuple[Term, ...]) -> bool:
        """Whether two words are the same wherever the conditions hold, whatever is loaded."""
        if pair[0].form in ("memory", "store"):
            return False
        return not _is_possible((*conditions, self.terms.operation("ne", pair)), self.limits)

    # ---- steps

    def _step(self, function: Function, path: _Walker) -> list[_Walker]:
        """What may come of one instruction, on the paths that some input takes."""
        self.steps += 1
        if self.steps > STEPS or self.limits.is_over:
            raise Unproved("it takes too long to follow")
        flow = function.flow
        at = flow.node_at.get(path.offset)
        if at is None or path.offset not in function.own:
            raise Unproved("control goes to what is not known")
        node = flow.nodes[at]
        control = node.effects.control
        if control == NEXT:
            _perform(node, path)
            path.offset = node.address + node.size
            return [path]
        if control not in (BRANCH, JUMP, INDIRECT) or node.effects.links:
            raise Unproved("it calls, or asks something of the system")
        path.truth = path.target = None
        _perform(node, path)
        goal = flow.nodes[node.target].address if node.target >= 0 else None
        if control != BRANCH:
            if goal is None:
                returns = node.meaning.through == RA and not node.effects.links
                path.left_live = SAVED | RESULTS | registers(RA, SP) if returns else ALL
                if control == JUMP:
                    raise Unproved("it goes on in what is not known")
            self._go(path, LEFT if goal is None else goal)
            return [path]
        if goal is None or path.truth is None:
            raise Unproved("a branch goes to what is not known")
        return self._ways(path, _truth(self.terms, path.truth), goal, node.address + node.size)

    def _ways(self, path: _Walker, truth: Term, goal: int, behind: int) -> list[_Walker]:
        found = []
        for condition, offset in ((truth, goal), (self.terms.not_(truth), behind)):
            if condition is self.terms.zero:
                continue
            way = path.copy()
            self._go(way, offset)
            if condition is not self.terms.one and condition not in path.conditions:
                if self.terms.not_(condition) in path.conditions:
                    continue
                way.conditions = (*path.conditions, condition)
                if not self._possible(way.conditions):
                    continue
            found.append(way)
        return found

    def _go(self, path: _Walker, offset: int) -> None:
        """Go on at an offset. Raises Unproved where that comes to too many turns of a loop."""
        path.turns += LEFT < offset <= path.offset
        if path.turns > self.turns:
            raise Unproved("a loop turns that no relation is known of")
        path.offset = offset

    def _possible(self, conditions: tuple[Term, ...]) -> bool:
        """Whether some input has it that all hold; yes, where that is not known."""
        key = tuple(sorted(conditions, key=lambda each: each.number))
        known = self._asked.get(key)
        if known is None:
            known = self._asked[key] = _is_possible(conditions, self.limits)
        return known


def _is_possible(conditions: Sequence[Term], limits: Watch) -> bool:
    """Whether some input has it that all hold; what is loaded may be anything."""
    if any(all(values) for values in zip(*(each.samples for each in conditions))):
        return True
    reader = Reader(each for each in within(conditions) if each.form == "load")
    solver = z3.SolverFor("QF_BV")
    solver.set("timeout", max(1, min(QUESTION, int(1000 * limits.left))))
    solver.add(*(reader.word(each) == 1 for each in conditions), *reader.bounds)
    return bool(solver.check() != z3.unsat)


def _perform(node: Node, state: State) -> None:
    """Go through an instruction's steps. Raises Unproved."""
    offset = state.offset
    state.offset = node.address
    try:
        perform(node.steps, state)
    except Unreadable as error:
        raise Unproved(str(error)) from None
    finally:
        state.offset = offset


def _truth(terms: Terms, value: Term) -> Term:
    """1 where it is not 0, else 0."""
    return value if value.ones <= 1 else terms.operation("ne", (value, terms.zero))


def _written(nodes: Iterable[Node]) -> int:
    found = 0
    for node in nodes:
        found |= node.effects.writes
    return found


def difference(nodes: Iterable[Node], register: int, index: int, by: int) -> int | None:
    """By how much a register is greater behind some instructions where another one was greater by a
    number ahead of them; None where that is not always the same. Raises Unproved."""
    terms, code = Terms(), list(nodes)
    values = [terms.zero, *(terms.unknown(name) for name in ALL_NAMES[1:])]
    memory, start = terms.make("memory", ()), terms.unknown("pc")
    ends = []
    for more in (0, by):
        state = _Walker(terms, list(values), memory, start)
        state.registers[index] = terms.sum([(values[index], 1)], more)
        for node in code:
            _perform(node, state)
        ends.append(state.registers[register])
    apart = signed(ends[1].samples[0] - ends[0].samples[0] & WORD)
    pair = ends[1], terms.sum([(ends[0], 1)], apart)
    found = decide(terms, {"value": pair}, watch(QUESTION / 1000))
    return apart if found.verdict == EQUAL else None
