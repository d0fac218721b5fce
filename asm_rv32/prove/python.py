"""A Python function executed on terms: what its text says, without running it.

Input: a file's syntax, a function's name, arguments. Output: the state at its return.
Invariants: nothing of the file is executed by Python. Paths that part at a branch are put together
behind it. What is not followed raises `Unreadable`, which names it and its line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from asm_rv32.prove.blocks import Unreadable
from asm_rv32.prove.integers import Integer, Integers
from asm_rv32.prove.python_builtins import BUILTINS, Builtin
from asm_rv32.prove.python_values import Array, Function, Items, Place, Text, merged
from asm_rv32.prove.solver import is_possible
from asm_rv32.prove.term import Term
from asm_rv32.prove.terms import Terms
from asm_rv32.prove.watch import Watch

YIELDED = " yielded"
STEP_LIMIT = 1_000_000
"""Expressions and statements of all paths together."""
DEPTH_LIMIT = 40
"""Calls within each other."""
OPERATORS = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.LShift: "shift_left",
    ast.RShift: "shift_right",
}  # fmt: skip
BITWISE = {ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^"}
DIVISIONS = {ast.FloorDiv: "quotient", ast.Mod: "remainder"}
NEXT, RETURN, BREAK, CONTINUE = "next", "return", "break", "continue"


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


Ends = dict[str, State]
"""How statements end → the state on all paths that end so."""


class Python:
    """One file, and executions of its functions."""

    def __init__(self, tree: ast.Module, terms: Terms, limits: Watch) -> None:
        self.terms = terms
        self.integers = Integers(terms)
        self.limits = limits
        self.functions = {
            each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)
        }
        self.globals: dict[str, ast.expr] = {}
        for each in tree.body:
            if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
                self.globals[each.targets[0].id] = each.value
        self._values: dict[str, Any] = {}
        self._steps = 0
        self._next = 0
        self._depth = 0

    def run(self, name: str, arguments: Sequence[Any], heap: dict[int, Items]) -> State:
        """The state in which a function returns, its result in `result`. Raises Unreadable."""
        self._next = max(heap, default=0)
        state = State({}, heap, self.terms.one)
        found = self.value(ast.Name(name, lineno=0), state)
        if not isinstance(found, Function):
            raise Unreadable(f"{name} is no function of the file")
        state.result = self.called(found.node, arguments, state)
        return state

    # ---- statements

    def called(self, function: ast.FunctionDef, arguments: Sequence[Any], state: State) -> Any:
        """What a function of the file gives; changes the state's lists and arrays."""
        given = function.args
        names = [each.arg for each in given.args]
        if given.vararg or given.kwarg or given.kwonlyargs or len(names) != len(arguments):
            raise self.lost(function, f"a call of {function.name}")
        self._depth += 1
        if self._depth > DEPTH_LIMIT:
            raise self.lost(function, "a recursion")
        inner = State(dict(zip(names, arguments)), dict(state.heap), state.condition)
        yields = any(isinstance(each, (ast.Yield, ast.YieldFrom)) for each in ast.walk(function))
        if yields:
            inner.names[YIELDED] = self.new_list((), inner)
        ends = self._block(function.body, inner)
        for end in ends.values():
            if end is ends.get(NEXT):
                end.result = None
        if not ends:
            raise self.lost(function, "what never returns")
        end = self._together([*ends.values()])
        self._depth -= 1
        state.heap = end.heap
        return inner.names[YIELDED] if yields else end.result

    def _block(self, body: Sequence[ast.stmt], state: State) -> Ends:
        ends: dict[str, list[State]] = {}
        at: State | None = state
        for statement in body:
            self._count(statement)
            for kind, end in self._statement(statement, at).items():
                ends.setdefault(kind, []).append(end)
            following = ends.pop(NEXT, [])
            at = self._together(following) if following else None
            if at is None:
                break
        found = {kind: self._together(states) for kind, states in ends.items()}
        if at is not None:
            found[NEXT] = at
        return found

    def _count(self, node: ast.AST) -> None:
        self._steps += 1
        if self._steps > STEP_LIMIT:
            raise self.lost(node, f"more than {STEP_LIMIT:,} steps")
        if self._steps % 256 == 0 and self.limits.is_over:
            raise Unreadable("its time ran out while it was executed")

    def _statement(self, node: ast.stmt, state: Any) -> Ends:
        method = getattr(self, f"_{type(node).__name__.lower()}_statement", None)
        if method is None:
            raise self.lost(node, f"the statement {type(node).__name__}")
        ends: Ends = method(node, state)
        return ends

    def _assign_statement(self, node: ast.Assign, state: State) -> Ends:
        value = self.value(node.value, state)
        for target in node.targets:
            self.assign(target, value, state)
        return {NEXT: state}

    def _augassign_statement(self, node: ast.AugAssign, state: State) -> Ends:
        target: Any = node.target
        held = self.value(target, state)
        value = self.binary(node, node.op, held, self.value(node.value, state), state)
        self.assign(target, value, state)
        return {NEXT: state}

    def _expr_statement(self, node: ast.Expr, state: State) -> Ends:
        if isinstance(node.value, ast.Yield) and node.value.value is not None:
            place = state.names[YIELDED]
            value = self.value(node.value.value, state)
            state.heap[place.number] = (*state.heap[place.number], value)
        elif not isinstance(node.value, ast.Constant):
            self.value(node.value, state)
        return {NEXT: state}

    def _pass_statement(self, node: ast.Pass, state: State) -> Ends:
        return {NEXT: state}

    def _importfrom_statement(self, node: ast.ImportFrom, state: State) -> Ends:
        for each in node.names:
            known = BUILTINS.get(f"{node.module}.{each.name}")
            if known is None:
                raise self.lost(node, f"{node.module}.{each.name}")
            state.names[each.asname or each.name] = known
        return {NEXT: state}

    def _break_statement(self, node: ast.Break, state: State) -> Ends:
        return {BREAK: state}

    def _continue_statement(self, node: ast.Continue, state: State) -> Ends:
        return {CONTINUE: state}

    def _return_statement(self, node: ast.Return, state: State) -> Ends:
        state.result = None if node.value is None else self.value(node.value, state)
        return {RETURN: state}

    def _if_statement(self, node: ast.If, state: State) -> Ends:
        found: dict[str, list[State]] = {}
        for condition, body in self._sides(node, state):
            for kind, end in self._block(body, state.fork(condition)).items():
                found.setdefault(kind, []).append(end)
        return {kind: self._together(states) for kind, states in found.items()}

    def _sides(self, node: ast.If, state: State) -> Iterator[tuple[Term, list[ast.stmt]]]:
        truth = self.truth(node.test, state)
        for side, body in ((truth, node.body), (self.terms.not_(truth), node.orelse)):
            condition = self.terms.and_(state.condition, side)
            if self.is_possible(condition):
                yield condition, body

    def _while_statement(self, node: ast.While, state: State) -> Ends:
        return self._loop(node, state, None)

    def _for_statement(self, node: ast.For, state: State) -> Ends:
        return self._loop(node, state, self.items(node, self.value(node.iter, state), state))

    def _loop(self, node: Any, state: State, items: Sequence[Any] | None) -> Ends:
        left: list[State] = []
        returned: list[State] = []
        at: State | None = state
        number = 0
        while at is not None:
            self._count(node)
            if items is None:
                truth = self.truth(node.test, at)
                out = self.terms.and_(at.condition, self.terms.not_(truth))
                if self.is_possible(out):
                    left.append(at.fork(out))
                inside = self.terms.and_(at.condition, truth)
                if not self.is_possible(inside):
                    break
                at = at.fork(inside)
            elif number == len(items):
                left.append(at)
                break
            else:
                self.assign(node.target, items[number], at)
            number += 1
            ends = self._block(node.body, at)
            left += [ends[BREAK]] if BREAK in ends else []
            returned += [ends[RETURN]] if RETURN in ends else []
            again = [ends[kind] for kind in (NEXT, CONTINUE) if kind in ends]
            at = self._together(again) if again else None
        if node.orelse:
            raise self.lost(node, "an else of a loop")
        found = {RETURN: self._together(returned)} if returned else {}
        if left:
            found[NEXT] = self._together(left)
        return found

    # ---- paths

    def is_possible(self, condition: Term) -> bool:
        """Whether an input takes a path."""
        return is_possible([condition], self.limits)

    def _together(self, states: list[State]) -> State:
        found = states[0]
        for other in states[1:]:
            truth = found.condition
            both = State({}, {}, self.terms.or_(truth, other.condition))
            choose = (self.integers, truth)
            for name in found.names.keys() & other.names.keys():
                both.names[name] = merged(*choose, found.names[name], other.names[name])
            for number in found.heap.keys() & other.heap.keys():
                both.heap[number] = merged(*choose, found.heap[number], other.heap[number])
            both.result = merged(*choose, found.result, other.result)
            found = both
        return found

    def lost(self, node: Any, what: str) -> Unreadable:
        """The error for what is not followed."""
        return Unreadable(f"line {getattr(node, 'lineno', 0)}: {what} is not followed")

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
            chosen = self._slice(target.slice, len(held), state)
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

    def _stored(self, node: ast.AST, place: Place, value: Any, state: State) -> Any:
        """A value as an array has it; Python refuses one that does not fit."""
        if isinstance(place, Array):
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
        return index

    def _slice(self, node: ast.Slice, length: int, state: State) -> slice:
        bounds = []
        for each in (node.lower, node.upper, node.step):
            value = None if each is None else self.value(each, state)
            if value is not None and (not isinstance(value, Integer) or value.number is None):
                raise self.lost(node, "a slice whose bounds are not known")
            bounds.append(None if value is None else value.number)
        return slice(*bounds)

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
        raise self.lost(node, "what is no sequence")

    # ---- expressions

    def truth(self, node: ast.expr, state: State) -> Term:
        """1 where an expression is true."""
        return self.truth_of(node, self.value(node, state), state)

    def truth_of(self, node: ast.AST, value: Any, state: State) -> Term:
        if isinstance(value, Integer):
            return self.integers.truth(value)
        if value is None:
            return self.terms.zero
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
        return tuple(self.value(each, state) for each in node.elts)

    def _list(self, node: ast.List, state: State) -> Any:
        return self.new_list([self.value(each, state) for each in node.elts], state)

    def _listcomp(self, node: ast.ListComp, state: State) -> Any:
        return self.new_list(self._generatorexp(node, state), state)

    def _generatorexp(self, node: Any, state: State) -> Items:
        [loop, *more] = node.generators
        if more or loop.ifs:
            raise self.lost(node, "a generator with conditions")
        names = dict(state.names)
        found = []
        for item in self.items(node, self.value(loop.iter, state), state):
            self.assign(loop.target, item, state)
            found.append(self.value(node.elt, state))
        state.names = names
        return tuple(found)

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
            if kind is ast.Pow and other.number is not None and 0 <= other.number <= 8:
                power = self.integers.constant(1)
                for _ in range(other.number):
                    power = self.integers.multiply(power, one)
                return power
        raise self.lost(node, f"the operator {kind.__name__} of these")

    def _compare(self, node: ast.Compare, state: State) -> Any:
        found = self.terms.one
        one = self.value(node.left, state)
        for operator, right in zip(node.ops, node.comparators):
            other = self.value(right, state)
            found = self.terms.and_(found, self._compared(node, operator, one, other))
            one = other
        return self.integers.of_word(found)

    def _compared(self, node: ast.AST, operator: ast.cmpop, one: Any, other: Any) -> Term:
        numbers, kind = self.integers, type(operator)
        if kind in (ast.Eq, ast.NotEq):
            same = self._same(node, one, other)
            return same if kind is ast.Eq else self.terms.not_(same)
        one, other = self.integer(node, one), self.integer(node, other)
        if kind in (ast.Lt, ast.GtE):
            less = numbers.less(one, other)
            return less if kind is ast.Lt else self.terms.not_(less)
        if kind in (ast.Gt, ast.LtE):
            less = numbers.less(other, one)
            return less if kind is ast.Gt else self.terms.not_(less)
        raise self.lost(node, f"the comparison {kind.__name__}")

    def _same(self, node: ast.AST, one: Any, other: Any) -> Term:
        if isinstance(one, Integer) and isinstance(other, Integer):
            return self.integers.equal(one, other)
        if not isinstance(one, Text) or not isinstance(other, Text):
            raise self.lost(node, "a comparison of what is no number and no text")
        found = self.terms.constant(int(len(one) == len(other)))
        for a, b in zip(one, other):
            found = self.terms.and_(found, self.integers.equal(a, b))
        return found

    def _subscript(self, node: ast.Subscript, state: State) -> Any:
        value = self.value(node.value, state)
        held = self.items(node, value, state)
        if isinstance(node.slice, ast.Slice):
            part = held[self._slice(node.slice, len(held), state)]
            if isinstance(value, Text):
                return Text(each for text in part for each in text)
            if isinstance(value, Place):
                return self.new_list(part, state, value if isinstance(value, Array) else None)
            return part
        index = self._index(node, self.value(node.slice, state), len(held), state)
        if index.number is not None:
            return held[index.number]
        found = held[-1]
        for at in range(len(held) - 1):
            here = self.integers.equal(index, self.integers.constant(at))
            found = merged(self.integers, here, held[at], found)
        return found

    def _joinedstr(self, node: ast.JoinedStr, state: State) -> Any:
        found: list[Any] = []
        for part in node.values:
            found += self.value(part, state)
        return Text(found)

    def _formattedvalue(self, node: ast.FormattedValue, state: State) -> Any:
        text = ast.unparse(node.format_spec) if node.format_spec else ""
        digits = text.strip("f'\"")
        value = self.value(node.value, state)
        if not (digits[:1] == "0" and digits[-1:] == "b" and digits[1:-1].isdigit()):
            raise self.lost(node, "a format other than binary digits with zeros ahead")
        count = int(digits[1:-1])
        if count > 64 or not self.integer(node, value).fits(0, (1 << count) - 1):
            raise self.lost(node, f"a number that may have more than {digits[1:-1]} binary digits")
        numbers = self.integers
        bits = [
            numbers.bitwise(
                "&", numbers.shift_right(value, numbers.constant(at)), numbers.constant(1)
            )
            for at in reversed(range(count))
        ]
        return Text(numbers.add(numbers.constant(ord("0")), bit) for bit in bits)

    def _call(self, node: ast.Call, state: State) -> Any:
        arguments: list[Any] = []
        for each in node.args:
            arguments.append(self.value(each, state))
        if isinstance(node.func, ast.Attribute):
            whole = ast.unparse(node.func)
            if whole in BUILTINS:
                return BUILTINS[whole].call(self, node, state, arguments)
            owner = self.value(node.func.value, state)
            method = BUILTINS.get(f".{node.func.attr}")
            if method is None or node.keywords:
                raise self.lost(node, f"a call of {node.func.attr}")
            return method.call(self, node, state, [owner, *arguments])
        called = self.value(node.func, state)
        if node.keywords:
            raise self.lost(node, f"a call of {ast.unparse(node.func)} with keywords")
        if isinstance(called, Builtin):
            return called.call(self, node, state, arguments)
        if isinstance(called, Function):
            return self.called(called.node, arguments, state)
        raise self.lost(node, f"a call of {ast.unparse(node.func)}")
