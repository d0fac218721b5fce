"""Where idioms stand in a function.

Input: a `Flow`. Output: `Match`es, each with what it takes to put another way in its place.
Invariant: values are compared, not statements: which instructions made them, in which order and in
which registers, does not matter. Near-linear: a value is compared with the patterns whose outermost
operation is its own.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from asm_rv32.analysis.flow import INTEGERS, Flow, Node, bits
from asm_rv32.analysis.live import live_behind
from asm_rv32.basis.diagnostics import Span
from asm_rv32.improve.idioms import Idiom, Way, idioms
from asm_rv32.improve.values import Held, Values
from asm_rv32.isa.effects import BRANCH, NEXT
from asm_rv32.isa.meaning import Constant, Expression, Operation, Read

_NAME = re.compile(r"[A-Za-z_]\w*")
EITHER_WAY = frozenset(("+", "|", "^", "&", "*", "eq", "ne", "high", "signed_high"))
"""Operations whose two operands may change places."""
Bound = dict[int, Expression]
"""Number of a name → the value that it stands for."""


class Match(NamedTuple):
    """Code that is a way of an idiom."""

    idiom: Idiom
    way: Way
    root: int
    """The node that gives the result, or branches."""
    first: int
    """The first node that has a part in it."""
    inner: frozenset[int]
    """The nodes that nothing else needs: they go with it."""
    bound: Bound
    constants: Mapping[int, int]
    """The words of all constants, by number."""
    held: Held
    """What registers hold in front of the root, once the inner nodes are gone."""
    values: Values
    live: int
    """The registers that are read later."""

    @property
    def going(self) -> frozenset[int]:
        """All nodes that go."""
        return self.inner | {self.root}


def matches(flow: Flow, is_wanted: Callable[[Node], bool] = lambda node: True) -> Iterator[Match]:
    """All of them, in the order of their roots, in stretches that begin with a wanted node."""
    whole = _Whole(flow, live_behind(flow), {}, _placed(flow))
    for at, node in enumerate(flow.nodes):
        whole.of_span.setdefault(node.span, []).append(at)
    for first, last in stretches(flow):
        if is_wanted(flow.nodes[first]):
            yield from _Stretch(whole, first, last).matches()


class _Whole(NamedTuple):
    """A function, as its stretches need it."""

    flow: Flow
    live: list[int]
    of_span: dict[Span, list[int]]
    """Statement → its nodes."""
    placed: set[int]


def _placed(flow: Flow) -> set[int]:
    """Addresses of instructions with numbers that hang on where something lies: what a linker or a
    loader fills in, what names a label, and whatever a macro may have made of one."""
    image = flow.image
    found = set(image.filled_in)
    found |= {each.address for each in image.expanded}
    labels = {name.partition(".")[0] for name in image.symbols}
    for node in flow.nodes if labels else ():
        text = image.source_at(node.address).text[node.span.start : node.span.end]
        if node.effects.target is None and not labels.isdisjoint(_NAME.findall(text)):
            found.add(node.address)
    return found


def stretches(flow: Flow) -> Iterator[tuple[int, int]]:
    """Nodes that run one after the other: first, and behind the last. Calls are left out, and what
    works on other registers than those of integers."""
    for block in flow.blocks:
        first = block.first
        for at in range(block.first, block.last):
            found = flow.nodes[at].effects
            if found.control not in (NEXT, BRANCH) or (found.reads | found.writes) & ~INTEGERS:
                if at > first:
                    yield first, at
                first = at + 1
        if block.last > first:
            yield first, block.last


@lru_cache(maxsize=1)
def _patterns() -> Mapping[tuple[bool, str], list[tuple[Idiom, Way]]]:
    """(whether it is a branch's condition, outermost operation) → the ways that have it."""
    found = defaultdict(list)
    for idiom in idioms():
        for way in idiom.ways:
            if idiom.is_told_by(way):
                found[way.goes, _outermost(way.pattern)].append((idiom, way))
    return found


def _outermost(value: Expression) -> str:
    return value.name if isinstance(value, Operation) else ""


class _Stretch:
    """Nodes that run one after the other."""

    def __init__(self, whole: _Whole, first: int, last: int) -> None:
        self.first, self.last = first, last
        self.nodes = whole.flow.nodes[first:last]
        self.live = whole.live
        self.of_span = whole.of_span
        self.placed = whole.placed
        self.values = Values(self.nodes, self.placed)
        self.writers: dict[int, list[int]] = {}
        """Register → the nodes that write it."""
        for at, written in enumerate(self.values.written):
            for register in written:
                self.writers.setdefault(register, []).append(at)
        self.uses = self._uses()
        self.users: list[set[int]] = [set() for _ in self.nodes]
        for at, used in enumerate(self.uses):
            for made, _ in used:
                if made >= 0:
                    self.users[made].add(at)

    def _uses(self) -> list[list[tuple[int, int]]]:
        """Node → what made each register that it reads: the node (-1: none of these), the register.
        One behind all of them reads what lives on."""
        made: dict[int, int] = {}
        found = []
        for at, node in enumerate(self.nodes):
            found.append([(made.get(n, -1), n) for n in bits(node.effects.reads)])
            made.update(dict.fromkeys(bits(node.effects.writes), at))
        found.append([(made.get(n, -1), n) for n in bits(self.live[self.last - 1])])
        return found

    def matches(self) -> Iterator[Match]:
        """All whose root is one of the nodes."""
        for at, node in enumerate(self.nodes):
            value = self._value(at, node)
            if value is None:
                continue
            goes = node.effects.control == BRANCH
            outermost = _outermost(value)
            if not outermost and not isinstance(value, Constant):
                continue
            for idiom, way in _patterns().get((goes, outermost), ()):
                for bound in _bindings(way.pattern, value, {}):
                    found = self._match(idiom, way, at, bound)
                    if found is not None:
                        yield found
                        break

    def _value(self, at: int, node: Node) -> Expression | None:
        """What a node computes and does nothing else, or the condition of its branch."""
        if node.effects.control == BRANCH:
            return self.values.conditions[at] if not node.effects.writes else None
        written = self.values.written[at]
        if len(written) != 1 or not self._is_pure(node):
            return None
        [value] = written.values()
        return value

    def _match(self, idiom: Idiom, way: Way, at: int, bound: Bound) -> Match | None:
        held = {idiom.numbers[text] for text in way.constants}
        words = {n: value.value for n, value in bound.items() if isinstance(value, Constant)}
        if any(n not in words for n in bound.keys() & held):
            return None
        known = idiom.known({n: words[n] for n in bound.keys() & held})
        if known is None:
            return None
        inputs = {id(value) for n, value in bound.items() if n not in held}
        every = self._parts(at, inputs)
        inner = self._going(at, every)
        if inner is None:
            return None
        return Match(
            idiom, way, self.first + at, self.first + min(every, default=at),
            frozenset(self.first + each for each in inner), bound, known, self._held(at, inner),
            self.values, self.live[self.first + at] & INTEGERS,
        )  # fmt: skip

    def _held(self, root: int, inner: set[int]) -> Held:
        """What registers hold in front of the root, without the inner nodes."""
        found: Held = {}
        for register, writers in self.writers.items():
            at = bisect_left(writers, root) - 1
            while at >= 0 and writers[at] in inner:
                at -= 1
            if at >= 0:
                found[register] = self.values.written[writers[at]][register]
        return found

    def _parts(self, root: int, inputs: set[int]) -> set[int]:
        """The nodes whose values the root needs, but for those that make one of its inputs."""
        found: set[int] = set()
        waiting = [root]
        while waiting:
            for made, number in self.uses[waiting.pop()]:
                if made < 0 or made in found or not self._is_pure(self.nodes[made]):
                    continue
                if id(self.values.written[made].get(number)) not in inputs:
                    found.add(made)
                    waiting.append(made)
        return found

    def _going(self, root: int, parts: set[int]) -> set[int] | None:
        """Those that serve the root alone; None where a statement would go in part."""
        found = set(parts)
        size = -1
        while size != len(found):
            size = len(found)
            going = found | {root}
            found = {at for at in found if self.users[at] <= going and self._goes_whole(at, going)}
        return found if self._goes_whole(root, found | {root}) else None

    def _is_pure(self, node: Node) -> bool:
        """Whether it does nothing but compute what a single register gets."""
        found = node.effects
        return (
            found.control == NEXT and not found.accesses and not found.outside
            and found.writes.bit_count() == 1 and node.address not in self.placed
        )  # fmt: skip

    def _goes_whole(self, at: int, going: set[int]) -> bool:
        """Whether all of the statement goes that a node is of."""
        return all(each - self.first in going for each in self.of_span[self.nodes[at].span])


def _bindings(pattern: Expression, value: Expression, bound: Bound) -> Iterator[Bound]:
    """The ways in which a value is a pattern, each with what its names stand for."""
    if isinstance(pattern, Read):
        before = bound.get(pattern.number)
        if before is None or before is value:
            yield {**bound, pattern.number: value}
    elif isinstance(pattern, Constant):
        if isinstance(value, Constant) and value.value == pattern.value:
            yield bound
    elif isinstance(pattern, Operation) and isinstance(value, Operation):
        if pattern.name != value.name:
            return
        yield from _each(pattern.operands, value.operands, bound)
        if pattern.name in EITHER_WAY:
            yield from _each(pattern.operands, value.operands[::-1], bound)


def _each(
    patterns: tuple[Expression, ...], values: tuple[Expression, ...], bound: Bound
) -> Iterator[Bound]:
    if not patterns:
        yield bound
        return
    for found in _bindings(patterns[0], values[0], bound):
        yield from _each(patterns[1:], values[1:], found)
