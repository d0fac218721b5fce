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

from asm_rv32.analysis.flow import ALL, RESULTS, SAVED, Node, bits, registers
from asm_rv32.basis.edits import Edit
from asm_rv32.improve.places import PLAIN, Place, Places, Unproved, counts_distances
from asm_rv32.improve.relations import Relation
from asm_rv32.improve.statements import Function
from asm_rv32.isa.effects import BRANCH, INDIRECT, JUMP, NEXT
from asm_rv32.isa.operands import ALL_NAMES, FFLAGS, RA, SP
from asm_rv32.isa.reading import perform, value_of
from asm_rv32.isa.words import WORD, signed
from asm_rv32.prove.blocks import State, Unreadable
from asm_rv32.prove.decision import decide
from asm_rv32.prove.solver import QUESTION, Reader, is_sampled
from asm_rv32.prove.term import Term, within
from asm_rv32.prove.terms import Terms
from asm_rv32.prove.verdict import EQUAL
from asm_rv32.prove.watch import Watch, watch

STEPS = 4_000
"""Instructions on all paths from one place."""
PATHS = 256
"""Paths from one place."""
STATUS = 3 << FFLAGS
"""fflags and frm, which nothing else keeps apart."""
PATIENCE = 10.0
"""Seconds for a question of `difference`; hardly any takes one, but on a busy machine."""
LEFT = -1
"""Where a path is that has left the function."""


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
    if len(old.image.code) != len(new.image.code) and counts_distances(old):
        raise Unproved("it holds how far places are from each other, and these move")
    places = Places(old, new, edits, relations)
    for place in places.to_show:
        _Proof(places, limits).show(place)


class _Proof:
    """What is shown from one place on."""

    def __init__(self, places: Places, limits: Watch) -> None:
        self.places = places
        self.limits = limits
        self.terms = Terms()
        self.steps = 0
        self.turns = 1
        """How often a path may go back."""
        self._asked: dict[tuple[Term, ...], bool] = {}

    def show(self, place: Place) -> None:
        """Show it for all paths from there on. Raises Unproved."""
        relation = self.places.related.get(place, PLAIN)
        terms = self.terms
        memory, start = terms.make("memory", ()), terms.unknown("pc")
        values = [terms.zero, *(terms.unknown(name) for name in ALL_NAMES[1:])]
        new = _Walker(terms, list(values), memory, start)
        for register, base, sign in relation.apart:
            distance = terms.unknown(f"from {ALL_NAMES[base]} to {ALL_NAMES[register]}")
            new.registers[register] = terms.sum([(new.registers[base], 1), (distance, sign)])
        done = self.places.done.get(place, [])
        for node in done:
            _perform(node, new)
        facts = tuple(_truth(terms, value_of(each, new, {})) for each in relation.holds)
        live = self.places.live_at(place)
        equal = (live | STATUS) & ~relation.own & ~_written(done)
        known = [
            new.registers[at] if equal >> at & 1 else terms.unknown(f"old {ALL_NAMES[at]}")
            for at in range(len(ALL_NAMES))
        ]  # fmt: skip
        known[0] = terms.zero
        for register, value in relation.known:
            known[register] = terms.constant(value)
        for register, by in relation.ahead:
            known[register] = terms.sum([(new.registers[register], 1)], by)
        new.offset, new.conditions = place[1], facts
        self.turns = relation.turns
        # Where the old text is not yet at what is already the place of the new one, it goes on
        # alone; upwards only, so that it cannot do so for ever.
        waits = place not in self.places.related and any(
            other > place[0] for other in self.places.of_new.get(place[1], ())
        )
        for end in [new] if waits else self._new_paths(new):
            old = _Walker(terms, list(known), memory, start)
            old.offset, old.conditions = place[0], end.conditions
            wanted = set(self.places.of_new.get(end.offset, ()))
            if waits:
                wanted = {each for each in wanted if each > place[0]}
            self._follow_old(old, end, wanted, place[1])

    # ---- the new text

    def _new_paths(self, first: _Walker) -> Iterator[_Walker]:
        """The ends of all its paths that some input takes."""
        count, waiting = 0, [first]
        while waiting:
            path = waiting.pop()
            for after in self._step(self.places.new, path):
                if after.offset == LEFT or after.offset in self.places.of_new:
                    count += 1
                    if count > PATHS:
                        raise Unproved("it has too many paths")
                    yield after
                else:
                    waiting.append(after)

    # ---- the old text beside it

    def _follow_old(self, first: _Walker, end: _Walker, wanted: set[int], start: int) -> None:
        """Bring the old text to where the new one is, on all its paths. Raises Unproved."""
        waiting, turns = [first], self.turns
        if (
            first.offset in wanted
            and end.offset > start
            and self._agree(first, end, (first.offset, end.offset), only_form=True)
        ):
            return  # the old text stays where it is; the new one went on, and cannot do so for ever
        while waiting:
            path = waiting.pop()
            for after in self._step(self.places.old, path):
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
        relation = self.places.related.get(place, PLAIN) if place else PLAIN
        if place is None:
            live = old.left_live | new.left_live
            pairs = {"target": (old.target or terms.zero, new.target or terms.zero)}
        else:
            live = self.places.live_at(place)
            pairs = {}
        ahead = dict(relation.ahead)
        for register, value in relation.known:
            pairs[f"the number in {ALL_NAMES[register]}"] = (
                old.registers[register], terms.constant(value),
            )  # fmt: skip
            live &= ~(1 << register)
        done = self.places.done.get(place, []) if place else []
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
    if is_sampled(conditions):
        return True
    reader = Reader(each for each in within(conditions) if each.form == "load")
    return not reader.excludes(conditions, limits, QUESTION, QUESTION)


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
    found = decide(terms, {"value": pair}, watch(PATIENCE))
    return apart if found.verdict == EQUAL else None
