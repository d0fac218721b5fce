"""Every normal form is what its operation gives: proved by z3 over all words, for all shapes."""

from __future__ import annotations

from typing import Any

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from asm_rv32.isa.words import OPERATIONS, arity
from asm_rv32.prove.solver import Reader, operation, word
from asm_rv32.prove.term import Term
from asm_rv32.prove.terms import Terms

LEAVES = ("a", "b", "c")
MASKS = st.sampled_from(
    [0xFF, 0xFF00, 0xFFFF, 0xFFFF0000, 0x80000000, 0x7FFFFFFF, 1, 0xF0, 0xFFFFFFFE]
)
CONSTANTS = st.one_of(st.integers(0, 40), MASKS, st.integers(0, 2**32 - 1))


def expressions(depth: int) -> Any:
    """Nested tuples: leaves, words, operations."""
    leaf = st.one_of(st.sampled_from(LEAVES), CONSTANTS)
    if not depth:
        return leaf
    inner = expressions(depth - 1)
    cheap = sorted(set(OPERATIONS) - EXPENSIVE)
    return st.one_of(
        leaf,
        st.sampled_from(cheap).flatmap(
            lambda name: st.tuples(st.just(name), *[inner] * arity(name))
        ),
        st.tuples(st.sampled_from(["shl", "shr", "sar"]), inner, st.integers(0, 31)),
        st.tuples(st.just("&"), inner, MASKS),
    )


EXPENSIVE = {
    "*", "high", "signed_high", "mixed_high", "quotient", "remainder", "signed_quotient",
    "signed_remainder",
}  # fmt: skip


def both(expression: Any, terms: Terms) -> tuple[Term, Any]:
    """The normal form, and what z3 makes of the expression as it is written."""
    if isinstance(expression, int):
        return terms.constant(expression), word(expression)
    if isinstance(expression, str):
        term = terms.unknown(expression)
        return term, z3.BitVec(f"t{term.number}", 32)
    name, *operands = expression
    made = [both(each, terms) for each in operands]
    return (
        terms.operation(name, tuple(term for term, _ in made)),
        operation(name, [value for _, value in made]),
    )


def check(expression: Any) -> None:
    terms = Terms()
    term, plain = both(expression, terms)
    value = Reader().word(term)
    solver = z3.Solver()
    solver.set("timeout", 20_000)
    solver.add(z3.Or(value != plain, value & word(~term.ones) != 0))
    answer = solver.check()
    assert answer == z3.unsat, (expression, term, solver.model() if answer == z3.sat else answer)


@given(expressions(4))
@settings(max_examples=150, deadline=None)
def test_a_normal_form_is_what_is_written(expression: Any) -> None:
    check(expression)


DIVISORS = [0, 1, 2, 3, 7, 10, 64, 0x80000000, 0xFFFFFFFF]


@pytest.mark.parametrize("divisor", DIVISORS)
@pytest.mark.parametrize("name", ["quotient", "remainder", "signed_quotient", "signed_remainder"])
def test_division_by_a_constant(name: str, divisor: int) -> None:
    check((name, "a", divisor))


@pytest.mark.parametrize("factor", [0, 1, 2, 3, 12, 0x80000000, 0xFFFFFFFF, 0x12345678])
def test_multiplication_by_a_constant(factor: int) -> None:
    check(("*", ("+", ("shl", "a", 3), "b"), factor))
