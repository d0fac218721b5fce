"""The places of a Python function on terms: what is assigned to, and parts of sequences.

Input: syntax, a value, and a `State`. Output: the state, changed.
Invariant: what is not followed raises `Unreadable`, which names it and its line.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from asm_rv32.prove import python_floats as floats
from asm_rv32.prove.blocks import Unreadable
from asm_rv32.prove.integers import Integer, Integers
from asm_rv32.prove.python_values import Array, Items, Place, Sometimes, State, Text, merged
from asm_rv32.prove.solver import is_possible
from asm_rv32.prove.term import Term
from asm_rv32.prove.terms import Terms
from asm_rv32.prove.watch import Watch

STEP_LIMIT = 1_000_000
"""Expressions and statements of all paths together."""
PACKED_LIMIT = 64
"""Items of which it is not known which are there, put one behind the other."""
SLICES_LIMIT = 256
"""Slices that one may be, whose bounds are not known."""


class Places:
    """What can be assigned to, and gone through."""

    def __init__(self, terms: Terms, limits: Watch) -> None:
        self.terms = terms
        self.integers = Integers(terms)
        self.limits = limits
        self.assumed: dict[str, None] = {}
        """What has to hold for what was executed to be so, in order."""
        self._steps = 0
        self._next = 0

    def value(self, node: ast.expr, state: State) -> Any:
        """What an expression is."""
        raise NotImplementedError

    def is_possible(self, condition: Term) -> bool:
        """Whether an input takes a path."""
        return is_possible([condition], self.limits)

    def lost(self, node: Any, what: str) -> Unreadable:
        """The error for what is not followed."""
        return Unreadable(f"line {getattr(node, 'lineno', 0)}: {what} is not followed")

    def _count(self, node: ast.AST) -> None:
        self._steps += 1
        if self._steps > STEP_LIMIT:
            raise self.lost(node, f"more than {STEP_LIMIT:,} steps")
        if self._steps % 256 == 0 and self.limits.is_over:
            raise Unreadable("its time ran out while it was executed")

    # ---- names and places

    def assign(self, target: ast.expr, value: Any, state: State) -> None:
        """Give a value to what stands on the left."""
        if isinstance(target, ast.Name):
            state.names[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            values = self.items(target, value, state)
            if len(values) != len(target.elts):
                raise self.lost(target, "an assignment of another number of values")
            for each, item in zip(target.elts, values):
                self.assign(each, item, state)
        elif isinstance(target, ast.Subscript):
            self._assign_item(target, value, state)
        else:
            raise self.lost(target, "an assignment to an attribute")

    def _assign_item(self, target: ast.Subscript, value: Any, state: State) -> None:
        place = self.value(target.value, state)
        if not isinstance(place, Place):
            raise self.lost(target, "a change of what is no list and no array")
        held = list(state.heap[place.number])
        if isinstance(target.slice, ast.Slice):
            chosen = self.known_slice(target.slice, state)
            if chosen is None or isinstance(value, Sometimes):
                self._assign_some(target, place, self.sometimes(target, value, state), state)
                return
            values = self.items(target, value, state)
            if isinstance(place, Array) and len(values) != len(held[chosen]):
                raise self.lost(target, "a slice that changes an array's length")
            held[chosen] = [self._stored(target, place, each, state) for each in values]
        else:
            index = self._index(target, self.value(target.slice, state), len(held), state)
            value = self._stored(target, place, value, state)
            for at in range(len(held)) if index.number is None else (index.number,):
                here = self.integers.equal(index, self.integers.constant(at))
                held[at] = merged(self.integers, here, value, held[at])
        state.heap[place.number] = tuple(held)

    def _assign_some(
        self, target: ast.Subscript, place: Place, value: Sometimes, state: State
    ) -> None:
        """As many items as are there in the place of as many at the head of a list or an array."""
        held = list(state.heap[place.number])
        assert isinstance(target.slice, ast.Slice)
        part = self.part_of(target, target.slice, held, state)
        if not (part.is_head and len(part.items) <= len(held)):
            raise self.lost(target, "a change of a slice that does not begin at the head")
        differ = self.terms.not_(self.integers.equal(self.length(part), self.length(value)))
        if self.is_possible(self.terms.and_(state.condition, differ)):
            raise self.lost(target, "a slice that changes a length")
        packed = self.packed(target, value)
        for at, ((truth, before), (_, item)) in enumerate(zip(part.items, packed.items)):
            inside = state.fork(self.terms.and_(state.condition, truth))
            item = self._stored(target, place, item, inside)
            held[at] = merged(self.integers, truth, item, before)
        state.heap[place.number] = tuple(held)

    def packed(self, node: ast.AST, of: Sometimes) -> Sometimes:
        """The same items, those that are there ahead of all that are not."""
        if of.is_head:
            return of
        if len(of.items) > PACKED_LIMIT:
            raise self.lost(node, f"a choice of more than {PACKED_LIMIT} items")
        before, ranks = self.integers.constant(0), []
        for truth, _ in of.items:
            ranks.append(before)
            before = self.integers.add(before, self.integers.of_word(truth))
        found = []
        for at in range(len(of.items)):
            place, there, chosen = self.integers.constant(at), self.terms.zero, None
            for (truth, item), rank in list(zip(of.items, ranks))[at:]:
                here = self.terms.and_(truth, self.integers.equal(rank, place))
                chosen = item if chosen is None else merged(self.integers, here, item, chosen)
                there = self.terms.or_(there, here)
            found.append((there, chosen))
        return Sometimes(found, is_head=True)

    def part_of(
        self, node: ast.AST, part: ast.Slice, held: Sequence[Any], state: State
    ) -> Sometimes:
        """A slice whose bounds are not known."""
        bounds: list[Any] = [each and self.value(each, state) for each in (part.lower, part.upper)]
        if part.step or any(each is not None and each.low < 0 for each in bounds):
            raise self.lost(node, "a slice whose bounds are not known, and may be negative,")
        lower, upper = bounds
        found = []
        for at, item in enumerate(held):
            place, there = self.integers.constant(at), self.terms.one
            if lower is not None:
                there = self.terms.not_(self.integers.less(place, lower))
            if upper is not None:
                there = self.terms.and_(there, self.integers.less(place, upper))
            if there is not self.terms.zero:
                found.append((there, item))
        return Sometimes(found, is_head=lower is None or lower.number is not None)

    def _stored(self, node: ast.AST, place: Place, value: Any, state: State) -> Any:
        """A value as an array has it; Python refuses one that does not fit."""
        if isinstance(place, Array):
            if place.typecode == "f":
                return floats.rounded(self, node, value)
            if not isinstance(value, Integer):
                raise self.lost(node, "what is no integer in an array")
            if not value.fits(place.low, place.high):
                return self.narrowed(node, value, place, state)
        return value

    def narrowed(self, node: ast.AST, value: Integer, place: Array, state: State) -> Integer:
        """An integer that an array's items hold; refused where it is not known that they do."""
        low, high = self.integers.constant(place.low), self.integers.constant(place.high)
        outside = self.terms.or_(self.integers.less(value, low), self.integers.less(high, value))
        if self.is_possible(self.terms.and_(state.condition, outside)):
            raise self.lost(node, f"a number that an array of type {place.typecode!r} may not hold")
        word = value.word(0)
        if place.high - place.low >= 1 << 32:
            return value
        return self.integers.of_signed(word) if place.low < 0 else self.integers.of_word(word)

    def _index(self, node: ast.AST, asked: Any, length: int, state: State) -> Integer:
        if not isinstance(asked, Integer):
            raise self.lost(node, "what is no integer as an index")
        index: Integer = asked
        if index.number is not None and -length <= index.number < 0:
            index = self.integers.constant(index.number + length)
        if not index.fits(0, length - 1):
            outside = self.terms.or_(
                self.integers.less(index, self.integers.constant(0)),
                self.integers.less(self.integers.constant(length - 1), index),
            )
            if self.is_possible(self.terms.and_(state.condition, outside)):
                raise self.lost(node, "an index that may lie outside")
            if index.number is not None or not length:
                raise self.lost(node, "an index outside, where no input comes to,")
        return index

    def known_slice(self, node: ast.Slice, state: State) -> slice | None:
        """A slice, where its bounds are known."""
        bounds = [each and self.value(each, state) for each in (node.lower, node.upper, node.step)]
        if not all(each is None or isinstance(each, Integer) for each in bounds):
            raise self.lost(node, "a slice by what is no integer")
        if any(isinstance(each, Integer) and each.number is None for each in bounds):
            return None
        return slice(*[each.number if isinstance(each, Integer) else None for each in bounds])

    def _slices(self, node: ast.Slice, state: State) -> list[tuple[Term, slice]]:
        """All that a slice may be: each with a truth of which one is 1."""
        found: list[tuple[Term, list[int | None]]] = [(self.terms.one, [])]
        for each in (node.lower, node.upper, node.step):
            value = None if each is None else self.value(each, state)
            if value is not None and not isinstance(value, Integer):
                raise self.lost(node, "a slice by what is no integer")
            numbers = [None] if value is None else range(value.low, value.high + 1)
            if len(found) * len(numbers) > SLICES_LIMIT:
                raise self.lost(node, "a slice whose bounds are not known")
            found = [
                (self.terms.and_(truth, self._is(value, number)), [*bounds, number])
                for truth, bounds in found
                for number in numbers
            ]
        return [(truth, slice(*bounds)) for truth, bounds in found]

    def _is(self, value: Integer | None, number: int | None) -> Term:
        """1 where an integer is that number, and of none at all."""
        if value is None or number is None:
            return self.terms.one
        return self.integers.equal(value, self.integers.constant(number))

    def new_list(self, items: Sequence[Any], state: State, like: Array | None = None) -> Place:
        """A list, or an array like another one, that is new."""
        self._next += 1
        number = self._next
        state.heap[number] = tuple(items)
        return Place(number) if like is None else like.at(number)

    def items(self, node: ast.AST, value: Any, state: State) -> Items:
        """What one goes through, one after the other."""
        if isinstance(value, Place):
            return state.heap[value.number]
        if isinstance(value, Text):
            return tuple(Text((each,)) for each in value)
        if isinstance(value, tuple):
            return value
        if isinstance(value, range):
            return tuple(self.integers.constant(each) for each in value)
        if isinstance(value, Sometimes):
            raise self.lost(node, "this use of a sequence whose length is not known")
        raise self.lost(node, "what is no sequence")

    def sometimes(self, node: ast.AST, value: Any, state: State) -> Sometimes:
        """The same, of a sequence that may have a length that is not known."""
        if isinstance(value, Sometimes):
            return value
        items = self.items(node, value, state)
        return Sometimes([(self.terms.one, each) for each in items], is_head=True)

    def whole(self, of: Sometimes) -> Items | Sometimes:
        """A tuple, where all items are always there."""
        if all(there is self.terms.one for there, _ in of.items):
            return tuple(item for _, item in of.items)
        return of

    def whole_list(self, of: Sometimes, state: State) -> Place | Sometimes:
        """A list that is new, where all items are always there."""
        found = self.whole(of)
        return found if isinstance(found, Sometimes) else self.new_list(found, state)

    def length(self, of: Sometimes) -> Integer:
        """How many items are there."""
        return self.integers.of_word(self.terms.sum([(truth, 1) for truth, _ in of.items]))
