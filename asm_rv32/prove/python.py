"""A Python function executed on terms: what its text says, without running it.

Input: a file's syntax, a function's name, arguments. Output: the state at its return.
Invariants: nothing of the file is executed by Python. Paths that part at a branch are put together
behind it. What is not followed raises `Unreadable`, which names it and its line.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from asm_rv32.prove.blocks import Unreadable
from asm_rv32.prove.python_builtins import BUILTINS
from asm_rv32.prove.python_expressions import Expressions
from asm_rv32.prove.python_values import Function, Items, State, together
from asm_rv32.prove.term import Term

YIELDED = " yielded"
DEPTH_LIMIT = 40
"""Calls within each other."""
NEXT, RETURN, BREAK, CONTINUE = "next", "return", "break", "continue"


Ends = dict[str, State]
"""How statements end → the state on all paths that end so."""


class Python(Expressions):
    """One file, and executions of its functions."""

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
        end = together(self.integers, [*ends.values()])
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
            at = together(self.integers, following) if following else None
            if at is None:
                break
        found = {kind: together(self.integers, states) for kind, states in ends.items()}
        if at is not None:
            found[NEXT] = at
        return found

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

    def _annassign_statement(self, node: ast.AnnAssign, state: State) -> Ends:
        if node.value is not None:
            self.assign(node.target, self.value(node.value, state), state)
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
        return {kind: together(self.integers, states) for kind, states in found.items()}

    def _sides(self, node: ast.If, state: State) -> Iterator[tuple[Term, list[ast.stmt]]]:
        truth = self.truth(node.test, state)
        for side, body in ((truth, node.body), (self.terms.not_(truth), node.orelse)):
            condition = self.terms.and_(state.condition, side)
            if self.is_possible(condition):
                yield condition, body

    def _while_statement(self, node: ast.While, state: State) -> Ends:
        def goes_on(number: int, at: State) -> Term:
            return self.truth(node.test, at)

        return self._loop(node, state, goes_on)

    def _for_statement(self, node: ast.For, state: State) -> Ends:
        given = self.sometimes(node, self.value(node.iter, state), state)
        items = (given if given.is_head else self.packed(node, given)).items

        def goes_on(number: int, at: State) -> Term:
            return items[number][0] if number < len(items) else self.terms.zero

        def begins(number: int, at: State) -> None:
            self.assign(node.target, items[number][1], at)

        return self._loop(node, state, goes_on, begins)

    def _loop(
        self,
        node: Any,
        state: State,
        goes_on: Callable[[int, State], Term],
        begins: Callable[[int, State], None] = lambda number, at: None,
    ) -> Ends:
        """Rounds: `goes_on` tells whether there is one more; `begins` is what each begins with."""
        left: list[State] = []
        returned: list[State] = []
        at: State | None = state
        number = 0
        while at is not None:
            self._count(node)
            truth = goes_on(number, at)
            is_over = truth is self.terms.zero
            out = self.terms.and_(at.condition, self.terms.not_(truth))
            if is_over or self.is_possible(out):
                left.append(at.fork(out))
            inside = self.terms.and_(at.condition, truth)
            if is_over or not self.is_possible(inside):
                break
            at = at.fork(inside)
            begins(number, at)
            number += 1
            ends = self._block(node.body, at)
            left += [ends[BREAK]] if BREAK in ends else []
            returned += [ends[RETURN]] if RETURN in ends else []
            again = [ends[kind] for kind in (NEXT, CONTINUE) if kind in ends]
            at = together(self.integers, again) if again else None
        if node.orelse:
            raise self.lost(node, "an else of a loop")
        found = {RETURN: together(self.integers, returned)} if returned else {}
        if left:
            found[NEXT] = together(self.integers, left)
        return found
