"""Expressions of a Python function on terms.

Input: syntax, and a `State`. Output: a value of `python_values`.
Invariant: what is not followed raises `Unreadable`, which names it and its line.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from asm_rv32.prove import python_floats as floats
from asm_rv32.prove.integers import Integer
from asm_rv32.prove.python_builtins import BUILTINS, Builtin
from asm_rv32.prove.python_places import Places
from asm_rv32.prove.python_values import (
    Alternatives,
    Array,
    Function,
    Items,
    Place,
    Sometimes,
    State,
    Text,
    merged,
    together,
)
from asm_rv32.prove.term import Term
from asm_rv32.prove.terms import Terms
from asm_rv32.prove.watch import Watch

POWER_LIMIT = 64
"""The greatest exponent."""
OPERATORS = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.LShift: "shift_left",
    ast.RShift: "shift_right",
}  # fmt: skip
DIGITS = {"b": 1, "x": 4, "X": 4}
"""Format of a number → bits of a digit."""
LETTERS = b"0123456789abcdef"
BITWISE = {ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^"}
DIVISIONS = {ast.FloorDiv: "quotient", ast.Mod: "remainder"}


class Expressions(Places):
    """One file, and the expressions in its functions."""

    def __init__(self, tree: ast.Module, terms: Terms, limits: Watch) -> None:
        super().__init__(terms, limits)
        self.functions = {
            each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)
        }
        self.globals: dict[str, ast.expr] = {}
        for each in tree.body:
            if isinstance(each, (ast.Assign, ast.AnnAssign)) and each.value is not None:
                targets = each.targets if isinstance(each, ast.Assign) else [each.target]
                names = [target.id for target in targets if isinstance(target, ast.Name)]
                self.globals.update(dict.fromkeys(names, each.value))
        self._values: dict[str, Any] = {}
        self._depth = 0

    def called(self, function: ast.FunctionDef, arguments: Sequence[Any], state: State) -> Any:
        """What a function of the file gives; changes the state's lists and arrays."""
        raise NotImplementedError

    def truth(self, node: ast.expr, state: State) -> Term:
        """1 where an expression is true."""
        return self.truth_of(node, self.value(node, state), state)

    def each_of(self, several: Any, state: State, use: Callable[[Any, State], Any]) -> Any:
        """What comes of a value, of each where it may be one of several; changes the state."""
        if not isinstance(several, Alternatives):
            return use(several, state)
        ends: list[State] = []
        before = state.condition
        left = len(several.several)
        for truth, value in several.several:
            left -= 1
            here = self.terms.and_(before, truth)
            before = self.terms.and_(before, self.terms.not_(truth))
            if not (ends or left) or self.is_possible(here):
                fork = state.fork(here)
                fork.result = use(value, fork)
                ends.append(fork)
        found = together(self.integers, ends)
        state.heap = found.heap
        return found.result

    def truth_of(self, node: ast.AST, value: Any, state: State) -> Term:
        if isinstance(value, Integer):
            return self.integers.truth(value)
        if value is None:
            return self.terms.zero
        if isinstance(value, Alternatives):
            found = self.terms.zero
            for truth, each in reversed(value.several):
                found = self.terms.choice(truth, self.truth_of(node, each, state), found)
            return found
        if isinstance(value, Sometimes):
            return self.integers.truth(self.length(value))
        return self.terms.constant(int(len(self.items(node, value, state)) > 0))

    def value(self, node: ast.expr, state: State) -> Any:
        """What an expression is."""
        self._count(node)
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise self.lost(node, f"the expression {type(node).__name__}")
        return method(node, state)

    def _constant(self, node: ast.Constant, state: State) -> Any:
        value = node.value
        if isinstance(value, (bool, int)):
            return self.integers.constant(int(value))
        if isinstance(value, bytes):
            return tuple(self.integers.constant(each) for each in value)
        if isinstance(value, str):
            return Text(self.integers.constant(ord(each)) for each in value)
        if value is None:
            return None
        if isinstance(value, float):
            return floats.constant(self, node, value)
        raise self.lost(node, f"the constant {value!r}")

    def _name(self, node: ast.Name, state: State) -> Any:
        name = node.id
        if name in state.names:
            return state.names[name]
        if name in self.functions:
            return Function(self.functions[name])
        if name in self.globals:
            if name not in self._values:
                outer = State({}, {}, self.terms.one)
                value = self.value(self.globals[name], outer)
                if isinstance(value, Place):
                    value = outer.heap[value.number]
                self._values[name] = value
            return self._values[name]
        if name in BUILTINS:
            return BUILTINS[name]
        raise self.lost(node, f"the name {name}")

    def _tuple(self, node: ast.Tuple, state: State) -> Any:
        return tuple(self._listed(node.elts, state))

    def _list(self, node: ast.List, state: State) -> Any:
        return self.new_list(self._listed(node.elts, state), state)

    def _listed(self, nodes: Sequence[ast.expr], state: State) -> list[Any]:
        """Values, of which those behind a star are sequences whose items come in their place."""
        found: list[Any] = []
        for each in nodes:
            if isinstance(each, ast.Starred):
                found += self.items(each, self.value(each.value, state), state)
            else:
                found.append(self.value(each, state))
        return found

    def _listcomp(self, node: ast.ListComp, state: State) -> Any:
        return self.whole_list(self._items_of(node, state), state)

    def _generatorexp(self, node: ast.GeneratorExp, state: State) -> Items | Sometimes:
        return self.whole(self._items_of(node, state))

    def _items_of(self, node: ast.ListComp | ast.GeneratorExp, state: State) -> Sometimes:
        names = dict(state.names)
        heads: list[bool] = []
        found = [*self._generated(node, node.generators, state, heads)]
        state.names = names
        return Sometimes(found, is_head=len(node.generators) == 1 and all(heads))

    def _generated(
        self, node: Any, loops: Sequence[ast.comprehension], state: State, heads: list[bool]
    ) -> Iterator[tuple[Term, Any]]:
        """The items, each with a truth that is 1 where it is there; whether behind one that is not
        there none is, goes to `heads`, of each loop."""
        if not loops:
            yield self.terms.one, self.value(node.elt, state)
            return
        [loop, *inner] = loops
        outer = state.condition
        given = self.sometimes(node, self.value(loop.iter, state), state)
        heads.append(given.is_head)
        for there, item in given.items:
            self.assign(loop.target, item, state)
            for each in loop.ifs:
                state.condition = self.terms.and_(outer, there)
                truth = self.truth(each, state)
                heads.append(truth.value is not None)
                there = self.terms.and_(there, truth)
            if there is not self.terms.zero:
                state.condition = self.terms.and_(outer, there)
                for truth, found in self._generated(node, inner, state, heads):
                    yield self.terms.and_(there, truth), found
        state.condition = outer

    def _ifexp(self, node: ast.IfExp, state: State) -> Any:
        truth = self.truth(node.test, state)
        if truth.value is not None:
            return self.value(node.body if truth.value else node.orelse, state)
        one = self._aside(node.body, truth, state)
        other = self._aside(node.orelse, self.terms.not_(truth), state)
        return merged(self.integers, truth, one, other)

    def _aside(self, node: ast.expr, truth: Term, state: State) -> Any:
        """What an expression is where a truth is 1; it may change nothing, as elsewhere it is not
        computed."""
        outer, heap = state.condition, dict(state.heap)
        state.condition = self.terms.and_(outer, truth)
        found = self.value(node, state)
        state.condition = outer
        if any(state.heap[number] is not items for number, items in heap.items()):
            raise self.lost(node, "a change within an expression that is not always computed")
        return found

    def _boolop(self, node: ast.BoolOp, state: State) -> Any:
        found: Any = None
        for each in node.values:
            if found is None:
                found = self.value(each, state)
                continue
            truth = self.truth_of(node, found, state)
            if truth.value is not None:
                goes_on = bool(truth.value) == isinstance(node.op, ast.And)
                found = self.value(each, state) if goes_on else found
                continue
            side = truth if isinstance(node.op, ast.And) else self.terms.not_(truth)
            more = self._aside(each, side, state)
            pair = (more, found) if isinstance(node.op, ast.And) else (found, more)
            found = merged(self.integers, truth, *pair)
        return found

    def _unaryop(self, node: ast.UnaryOp, state: State) -> Any:
        if isinstance(node.op, ast.Not):
            return self.integers.of_word(self.terms.not_(self.truth(node.operand, state)))
        value = self.integer(node, self.value(node.operand, state))
        if isinstance(node.op, ast.USub):
            return self.integers.negative(value)
        return self.integers.invert(value) if isinstance(node.op, ast.Invert) else value

    def integer(self, node: ast.AST, value: Any) -> Integer:
        """The value, which has to be an integer."""
        if not isinstance(value, Integer):
            raise self.lost(node, "arithmetic with what is no integer")
        return value

    def _binop(self, node: ast.BinOp, state: State) -> Any:
        one, other = self.value(node.left, state), self.value(node.right, state)
        return self.binary(node, node.op, one, other, state)

    def binary(
        self, node: ast.AST, operator: ast.operator, one: Any, other: Any, state: State
    ) -> Any:
        """What an operator gives."""
        kind = type(operator)
        if isinstance(one, Integer) and isinstance(other, Integer):
            if kind in OPERATORS:
                found: Integer = getattr(self.integers, OPERATORS[kind])(one, other)
                return found
            if kind in BITWISE:
                return self.integers.bitwise(BITWISE[kind], one, other)
            if kind in DIVISIONS:
                return self.integers.divide(one, other, DIVISIONS[kind])
            if kind is ast.Pow and other.number is not None and 0 <= other.number <= POWER_LIMIT:
                power = self.integers.constant(1)
                for _ in range(other.number):
                    power = self.integers.multiply(power, one)
                return power
        if isinstance(one, floats.Float):
            return floats.binary(self, node, operator, (one, other))
        if kind is ast.Add:
            if isinstance(one, tuple) and type(one) is type(other):
                return type(one)((*one, *other))
            if type(one) is Place and type(other) is Place:
                return self.new_list(state.heap[one.number] + state.heap[other.number], state)
        raise self.lost(node, f"the operator {kind.__name__} of these")

    def _compare(self, node: ast.Compare, state: State) -> Any:
        found = self.terms.one
        one = self.value(node.left, state)
        for operator, right in zip(node.ops, node.comparators):
            other = self.value(right, state)
            found = self.terms.and_(found, self._compared(node, operator, (one, other), state))
            one = other
        return self.integers.of_word(found)

    def _compared(
        self, node: ast.AST, operator: ast.cmpop, pair: tuple[Any, Any], state: State
    ) -> Term:
        numbers, kind = self.integers, type(operator)
        one, other = pair
        if kind in (ast.Eq, ast.NotEq):
            same = self.same(node, one, other)
            return same if kind is ast.Eq else self.terms.not_(same)
        if kind in (ast.In, ast.NotIn):
            found = self.terms.zero
            for there, each in self.sometimes(node, other, state).items:
                here = self.terms.and_(there, self.same(node, one, each))
                found = self.terms.or_(found, here)
            return found if kind is ast.In else self.terms.not_(found)
        one, other = self.integer(node, one), self.integer(node, other)
        if kind in (ast.Lt, ast.GtE):
            less = numbers.less(one, other)
            return less if kind is ast.Lt else self.terms.not_(less)
        if kind in (ast.Gt, ast.LtE):
            less = numbers.less(other, one)
            return less if kind is ast.Gt else self.terms.not_(less)
        raise self.lost(node, f"the comparison {kind.__name__}")

    def same(self, node: ast.AST, one: Any, other: Any) -> Term:
        """1 where two values are equal."""
        if isinstance(one, Integer) and isinstance(other, Integer):
            return self.integers.equal(one, other)
        for this, that in ((one, other), (other, one)):
            if isinstance(this, Alternatives):
                found = self.terms.zero
                for truth, value in reversed(this.several):
                    found = self.terms.choice(truth, self.same(node, value, that), found)
                return found
        if not isinstance(one, tuple) or type(one) is not type(other):
            raise self.lost(node, "a comparison of what is no number, no text and no bytes")
        found = self.terms.constant(int(len(one) == len(other)))
        for a, b in zip(one, other):
            found = self.terms.and_(found, self.same(node, a, b))
        return found

    def _subscript(self, node: ast.Subscript, state: State) -> Any:
        value = self.value(node.value, state)
        return self.each_of(value, state, lambda each, there: self._part(node, each, there))

    def _part(self, node: ast.Subscript, value: Any, state: State) -> Any:
        """What a subscript gives of a value."""
        if isinstance(value, Sometimes):
            return self._part_of_some(node, value, state)
        held = self.items(node, value, state)
        if isinstance(node.slice, ast.Slice):
            if isinstance(value, Place):
                known = self.known_slice(node.slice, state)
                if known is None:
                    return self.part_of(node, node.slice, held, state)
                part = held[known]
                return self.new_list(part, state, value if isinstance(value, Array) else None)
            sort = Text if isinstance(value, Text) else tuple
            slices = self._slices(node.slice, state)
            found = sort(value[slices[-1][1]])
            for truth, each in slices[-2::-1]:
                found = merged(self.integers, truth, sort(value[each]), found)
            return found
        index = self._index(node, self.value(node.slice, state), len(held), state)
        if index.number is not None:
            return held[index.number]
        if all(isinstance(each, Integer) and each.number is not None for each in held):
            return self.integers.entry([each.number for each in held], index)
        return self._chosen(held, index)

    def _chosen(self, held: Sequence[Any], index: Integer) -> Any:
        """One of some items."""
        found = held[-1]
        for at in range(len(held) - 1):
            here = self.integers.equal(index, self.integers.constant(at))
            found = merged(self.integers, here, held[at], found)
        return found

    def _part_of_some(self, node: ast.Subscript, value: Sometimes, state: State) -> Any:
        """An item of a sequence whose length is not known, or all of it backwards."""
        if isinstance(node.slice, ast.Slice):
            if self.known_slice(node.slice, state) != slice(None, None, -1):
                raise self.lost(node, "a slice of a sequence whose length is not known")
            return Sometimes(value.items[::-1])
        packed = self.packed(node, value)
        index, length = self.value(node.slice, state), self.length(packed)
        if not isinstance(index, Integer):
            raise self.lost(node, "what is no integer as an index")
        if index.high < 0:
            index = self.integers.add(length, index)
        wrong = self.terms.or_(
            self.integers.less(index, self.integers.constant(0)),
            self.terms.not_(self.integers.less(index, length)),
        )
        if not packed.items or self.is_possible(self.terms.and_(state.condition, wrong)):
            raise self.lost(node, "an index that may lie outside")
        return self._chosen([item for _, item in packed.items], index)

    def _joinedstr(self, node: ast.JoinedStr, state: State) -> Any:
        found: list[Any] = []
        for part in node.values:
            found += self.value(part, state)
        return Text(found)

    def _formattedvalue(self, node: ast.FormattedValue, state: State) -> Any:
        text = ast.unparse(node.format_spec) if node.format_spec else ""
        format_ = text.strip("f'\"")
        value = self.integer(node, self.value(node.value, state))
        bits = DIGITS.get(format_[-1:])
        if bits is None or format_[:1] != "0" or not format_[1:-1].isdigit():
            raise self.lost(node, "a format other than binary or hexadecimal with zeros ahead")
        count = int(format_[1:-1])
        if bits * count > 64 or not value.fits(0, (1 << bits * count) - 1):
            raise self.lost(node, f"a number that may have more than {count} digits")
        numbers = self.integers
        letters = LETTERS.upper() if format_[-1] == "X" else LETTERS
        digits = [
            numbers.bitwise(
                "&", numbers.shift_right(value, numbers.constant(bits * at)),
                numbers.constant((1 << bits) - 1),
            )
            for at in reversed(range(count))
        ]  # fmt: skip
        return Text(numbers.entry(letters[: 1 << bits], digit) for digit in digits)

    def _call(self, node: ast.Call, state: State) -> Any:
        arguments = self._listed(node.args, state)
        if isinstance(node.func, ast.Attribute):
            whole = ast.unparse(node.func)
            if whole in BUILTINS:
                return self._built_in(BUILTINS[whole], node, state, arguments)
            owner = self.value(node.func.value, state)
            method = BUILTINS.get(f".{node.func.attr}")
            if method is None or node.keywords:
                raise self.lost(node, f"a call of {node.func.attr}")
            return self._built_in(method, node, state, [owner, *arguments])
        called = self.value(node.func, state)
        known = called.keywords if isinstance(called, Builtin) else ()
        if any(each.arg not in known for each in node.keywords):
            raise self.lost(node, f"a call of {ast.unparse(node.func)} with keywords")
        if isinstance(called, Builtin):
            return self._built_in(called, node, state, arguments)

        def of_file(function: Any, there: State) -> Any:
            if not isinstance(function, Function):
                raise self.lost(node, f"a call of {ast.unparse(node.func)}")
            return self.called(function.node, arguments, there)

        return self.each_of(called, state, of_file)

    def _built_in(self, called: Builtin, node: ast.Call, state: State, arguments: list[Any]) -> Any:
        """What a builtin gives; the first argument, a method's owner, may be one of several."""
        first, rest = arguments[:1], arguments[1:]
        if not first:
            return called.call(self, node, state, [])
        return self.each_of(
            first[0], state, lambda each, there: called.call(self, node, there, [each, *rest])
        )
