"""Questions about the order of words alone have the same answer for words of a few bits."""

from __future__ import annotations

from typing import Any

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from asm_rv32.prove.orders import enough
from asm_rv32.prove.solver import Reader, deeper
from asm_rv32.prove.term import Term, evaluate, within
from asm_rv32.prove.terms import Terms

NAMES = "abcd"


def words(depth: int) -> Any:
    leaf = st.sampled_from(NAMES)
    if not depth:
        return leaf
    return st.one_of(leaf, st.tuples(st.just("if"), truths(depth - 1), *[words(depth - 1)] * 2))


def truths(depth: int) -> Any:
    pair = [words(max(0, depth - 1))] * 2
    leaf = st.tuples(st.sampled_from(["order", "eq"]), *pair)
    if not depth:
        return leaf
    inner = truths(depth - 1)
    both = st.tuples(st.sampled_from("&|^"), inner, inner)
    return st.one_of(leaf, both, st.tuples(st.just("if"), inner, inner, inner))


def term_of(expression: Any, terms: Terms, order: str) -> Term:
    if isinstance(expression, str):
        return terms.unknown(expression)
    name, *operands = expression
    return terms.operation(
        order if name == "order" else name,
        tuple(term_of(each, terms, order) for each in operands),
    )


def answered(reader: Reader, truth: Term) -> Any:
    one = reader.word(truth) == 1
    solver = reader.solver(10)
    solver.add(one)
    return solver


@given(truths(4), st.sampled_from(["ltu", "lts"]))
@settings(max_examples=25, deadline=None)
def test_few_bits_are_enough(expression: Any, order: str) -> None:
    """The answer is the same, and what is found is found for words, too."""
    terms = Terms()
    truth = term_of(expression, terms, order)
    for cut in ((), deeper([truth], 2)):
        few = Reader(cut, [truth])
        solver = answered(few, truth)
        wide = Reader(cut)
        assert solver.check() == answered(wide, truth).check()
        if solver.check() == z3.sat and not cut:
            values = {}
            for each in within([truth]):
                known = [values[operand] for operand in each.operands]
                if each.form == "unknown":
                    found = solver.model().eval(few.word(each), model_completion=True)
                    values[each] = found.as_long()
                else:
                    values[each] = each.data if each.form == "constant" else evaluate(each, known)
            assert values[truth] == 1


A, B, C = "abc"
OTHER: list[Any] = [
    ("eq", ("+", A, B), C), ("ltu", A, ("&", B, 255)), ("ltu", A, 5), ("eq", A, 5),
    ("&", ("ltu", A, B), ("lts", B, C)), ("ltu", ("load", A), B), ("&", ("ltu", A, B), "a"),
    ("ltu", ("if", ("ltu", A, B), A, 7), C),
]  # fmt: skip


@pytest.mark.parametrize("expression", OTHER, ids=str)
def test_what_is_more_than_an_order_is_asked_as_it_is(expression: Any) -> None:
    terms = Terms()

    def made(each: Any) -> Term:
        if isinstance(each, str):
            return terms.unknown(each)
        if isinstance(each, int):
            return terms.constant(each)
        name, *operands = each
        if name == "load":
            return terms.load(terms.make("memory", ()), made(operands[0]), 4)
        return terms.operation(name, tuple(map(made, operands)))

    assert not enough([made(expression)])


def test_bounds_that_leave_too_few_words() -> None:
    terms = Terms()
    three = [terms.unknown(name, 2) for name in "abc"]
    truth = terms.and_(terms.ltu(*three[:2]), terms.ltu(*three[1:]))
    assert not enough([truth])
    assert enough([terms.ltu(*three[:2])]) == dict.fromkeys(three[:2], 1)
