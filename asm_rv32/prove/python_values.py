"""The values of a Python function on terms, beside its integers.

A tuple is itself, bytes are the tuple of their integers; a list or an array is a `Place` on the
heap of a state.
"""

from __future__ import annotations

import ast
from array import array
from collections.abc import Sequence
from typing import Any

from asm_rv32.prove.integers import Integer, Integers
from asm_rv32.prove.python_floats import Float
from asm_rv32.prove.term import Term

Items = tuple[Any, ...]


class Text(tuple[Integer, ...]):
    """A text: the numbers of its characters."""

    __slots__ = ()


class Place:
    """A list: the number of its items on the heap."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Place) and self.number == other.number

    def __hash__(self) -> int:
        return hash(self.number)


class Array(Place):
    """An array or a bytearray, whose items have a type."""

    def __init__(self, number: int, typecode: str) -> None:
        super().__init__(number)
        self.typecode = typecode
        bits = 8 * array(typecode).itemsize
        self.low, self.high = (0, (1 << bits) - 1) if typecode.isupper() else (
            -(1 << (bits - 1)), (1 << (bits - 1)) - 1,
        )  # fmt: skip

    def at(self, number: int) -> Array:
        """Another one of its type."""
        return Array(number, self.typecode)


class Alternatives:
    """One of several values: the first whose truth is 1; that of the last always is."""

    def __init__(self, several: Sequence[tuple[Term, Any]]) -> None:
        self.several = several


class Sometimes:
    """A sequence of which not all items are always there, as a range whose end is not known."""

    def __init__(self, items: Sequence[tuple[Term, Any]], *, is_head: bool = False) -> None:
        """`items`: each with a truth that is 1 where it is there. `is_head`: whether behind one
        that is not there none is."""
        self.items = items
        self.is_head = is_head


class Function:
    """A function of the file."""

    def __init__(self, node: ast.FunctionDef) -> None:
        self.node = node

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Function) and self.node is other.node

    def __hash__(self) -> int:
        return hash(self.node)


SEVERAL = (tuple, Function, Alternatives)
"""Kinds of which each may be an alternative to each."""


class State:
    """Names, lists and arrays on some paths: those for which `condition` is 1."""

    def __init__(self, names: dict[str, Any], heap: dict[int, Items], condition: Term) -> None:
        self.names = names
        self.heap = heap
        self.condition = condition
        self.result: Any = None

    def fork(self, condition: Term) -> State:
        found = State(dict(self.names), dict(self.heap), condition)
        found.result = self.result
        return found


def merged(integers: Integers, truth: Term, one: Any, other: Any) -> Any:
    """One value where the truth is 1, else the other."""
    if one is other or truth.value is not None:
        return one if truth.value != 0 else other
    if isinstance(one, Integer) and isinstance(other, Integer):
        return integers.choice(truth, one, other)
    if isinstance(one, Float) and isinstance(other, Float):
        return Float(integers.terms.choice(truth, one.word, other.word))
    if isinstance(one, tuple) and type(one) is type(other) and len(one) == len(other):
        return type(one)(merged(integers, truth, a, b) for a, b in zip(one, other))
    if one == other:
        return one
    if isinstance(one, SEVERAL) and isinstance(other, SEVERAL):
        both = [integers.terms.and_(truth, each) for each, _ in _several(integers, one)]
        first = zip(both, (value for _, value in _several(integers, one)))
        return Alternatives([*first, *_several(integers, other)])
    return Undecided()


def _several(integers: Integers, value: Any) -> Sequence[tuple[Term, Any]]:
    return value.several if isinstance(value, Alternatives) else [(integers.terms.one, value)]


def together(integers: Integers, states: Sequence[State]) -> State:
    """States of paths of which no input takes two, as one."""
    found = states[0]
    for other in states[1:]:
        truth = found.condition
        both = State({}, {}, integers.terms.or_(truth, other.condition))
        choose = (integers, truth)
        for name in found.names.keys() & other.names.keys():
            both.names[name] = merged(*choose, found.names[name], other.names[name])
        for number in found.heap.keys() & other.heap.keys():
            both.heap[number] = merged(*choose, found.heap[number], other.heap[number])
        both.result = merged(*choose, found.result, other.result)
        found = both
    return found


class Undecided:
    """One thing on some paths and another on others: whoever uses it is not followed."""
