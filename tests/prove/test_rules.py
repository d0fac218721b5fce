"""Every normal form is what its operation gives: proved by z3 over all words, for all shapes."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from functools import partial
from inspect import CO_OPTIMIZED
from itertools import product
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st
from isa.symbolic import Z3

from asm_rv32.isa.words import BY_BYTE, OPERATIONS, arity
from asm_rv32.prove import bitwise, solver
from asm_rv32.prove import forms as forms_module
from asm_rv32.prove import terms as terms_module
from asm_rv32.prove.solver import Reader, operation, word
from asm_rv32.prove.term import Term, within
from asm_rv32.prove.terms import Terms

LEAVES = ("a", "b", "c", "bit", "seven", "nibble", "byte", "most20")
BOUNDS = {"bit": 1, "seven": 6, "nibble": 15, "byte": 255, "most20": 20}
"""Leaf → the greatest that it can be; the others are any word."""
MASK_VALUES = (0xFF, 0xFF00, 0xFFFF, 0xFFFF0000, 1 << 31, 0x7FFFFFFF, 1, 0xF0, 0xFFFFFFFE, 0xFF00FF)
MASKS = st.sampled_from(MASK_VALUES)
CONSTANTS = st.one_of(st.integers(0, 40), MASKS, st.integers(0, 2**32 - 1))
EXPENSIVE = {
    "*", "high", "signed_high", "mixed_high", "quotient", "remainder", "signed_quotient",
    "signed_remainder", "carryless", "carryless_high", "permute4", "permute8",
}  # fmt: skip
CHEAP = sorted((set(OPERATIONS) & set(solver.OPERATIONS)) - EXPENSIVE)
"""An operation that the solver lacks has no rule; of it no more is known than its operands."""
LINEAR = tuple(9 ^ (at & 1) * 6 ^ (at >> 1 & 1) * 77 ^ (at >> 2) * 1024 for at in range(16))
"""What each bit of the index adds, by xor."""
TABLES = ((1, 2, 3), (7,) * 4, (0, 0xFFFFFFFF, 5, 6, 7, 8, 9, 10), (3,) * 8, tuple(range(16)))


def expressions(depth: int) -> Any:
    """Nested tuples: leaves, words, operations, tables, memories."""
    leaf = st.one_of(st.sampled_from(LEAVES), CONSTANTS)
    if not depth:
        return leaf
    inner = expressions(depth - 1)
    sizes = st.sampled_from([1, 2, 4])
    return st.one_of(
        leaf,
        st.sampled_from(CHEAP).flatmap(
            lambda name: st.tuples(st.just(name), *[inner] * arity(name))
        ),
        st.tuples(st.sampled_from(["shl", "shr", "sar"]), inner, st.integers(0, 31)),
        st.tuples(st.just("&"), inner, MASKS),
        st.tuples(st.sampled_from(["+", "^"]), inner, inner),
        st.tuples(st.just("if"), inner, CONSTANTS, CONSTANTS),
        st.tuples(st.just("table"), st.sampled_from(TABLES), inner),
        st.tuples(st.just("load"), sizes, memories(depth - 1), addresses(depth - 1)),
    )


def addresses(depth: int) -> Any:
    """Places near each other, or anywhere."""
    near = st.tuples(
        st.just("+"), st.sampled_from("ab"), st.integers(-6, 6).map(lambda n: n % 2**32)
    )
    return st.one_of(near, near, expressions(0))


def memories(depth: int) -> Any:
    """A memory, after some stores."""
    first = st.just("memory")
    if depth <= 0:
        return first
    store = st.tuples(
        st.just("store"), st.sampled_from([1, 2, 4]), memories(depth - 1), addresses(0),
        expressions(min(depth - 1, 1)),
    )  # fmt: skip
    return st.one_of(first, store, store)


def term_of(expression: Any, terms: Terms) -> Term:
    """The normal form."""
    if isinstance(expression, int):
        return terms.constant(expression)
    if expression == "memory":
        return terms.make("memory", ())
    if isinstance(expression, str):
        return terms.unknown(expression, BOUNDS.get(expression, 2**32 - 1))
    name, *operands = expression
    if name == "table":
        return terms.table(operands[0], term_of(operands[1], terms))
    if name == "load":
        size, memory, address = operands
        return terms.load(term_of(memory, terms), term_of(address, terms), size)
    if name == "store":
        size, *rest = operands
        memory, address, value = (term_of(each, terms) for each in rest)
        return terms.store(memory, address, value, size)
    if name == "in_bytes":
        return terms.in_bytes(term_of(operands[0], terms))
    if name == "either":
        truth, one, other = (term_of(each, terms) for each in operands)
        return terms.either(truth, one, other)
    return terms.operation(name, tuple(term_of(each, terms) for each in operands))


def plain_of(expression: Any, leaf: Callable[[str], Any]) -> Any:
    """What z3 makes of the expression as it is written."""
    if isinstance(expression, int):
        return word(expression)
    if isinstance(expression, str):
        return leaf(expression)
    name, *operands = expression
    if name == "table":
        index = plain_of(operands[1], leaf)
        found = word(0)
        for at, entry in enumerate(operands[0]):
            found = z3.If(index == at, word(entry), found)
        return found
    if name == "load":
        size, memory, address = operands[0], *(plain_of(each, leaf) for each in operands[1:])
        parts = [z3.ZeroExt(24, z3.Select(memory, address + at)) << 8 * at for at in range(size)]
        return sum(parts[1:], parts[0])
    if name == "store":
        size, memory, address, value = operands[0], *(plain_of(e, leaf) for e in operands[1:])
        for at in range(size):
            memory = z3.Store(memory, address + at, z3.Extract(7, 0, z3.LShR(value, 8 * at)))
        return memory
    if name == "in_bytes":
        return plain_of(operands[0], leaf)
    if name == "either":
        truth, one, other = (plain_of(each, leaf) for each in operands)
        return z3.If(truth != 0, one, other)
    return operation(name, [plain_of(each, leaf) for each in operands])


def check(expression: Any) -> None:
    terms = Terms()
    term = term_of(expression, terms)
    reader = Reader()
    value = reader.word(term)

    def leaf(name: str) -> Any:
        return reader.word(term_of(name, terms))

    plain = plain_of(expression, leaf)
    for each in within([term]):
        if each.form == "constant":
            continue
        assert each.form in ("memory", "store") or not any(s & ~each.ones for s in each.samples)
    asked = z3.Solver()
    asked.set("timeout", 60_000)
    wrong = value != plain
    if term.form not in ("store", "memory"):
        wrong = z3.Or(wrong, value & word(~term.ones) != 0)
    asked.add(wrong, *reader.bounds)
    answer = asked.check()
    assert answer == z3.unsat, (expression, term, asked.model() if answer == z3.sat else answer)


def test_each_operation_with_a_rule_is_one_of_the_solver() -> None:
    assert set(terms_module.RULES) <= {*solver.OPERATIONS, *BY_BYTE}


@pytest.mark.heavy
@pytest.mark.parametrize("name", BY_BYTE)
def test_a_table_for_bytes_is_what_its_definition_gives(name: str) -> None:
    terms = Terms()
    index = terms.unknown("byte", 255)
    table = terms.operation(name, (index,))
    for byte in range(0, 256, 7):
        defined = z3.simplify(Z3[name](word(byte)))
        assert table.data[byte] == defined.as_long() and table.operands == (index,)


@given(expressions(3))
@settings(max_examples=150, deadline=None)
def test_a_normal_form_is_what_is_written(expression: Any) -> None:
    check(expression)


@pytest.mark.heavy
@given(expressions(4))
@settings(max_examples=1_000, deadline=None)
def test_a_deeper_normal_form_is_what_is_written(expression: Any) -> None:
    check(expression)


def shifts_and_masks(amounts: tuple[int, ...]) -> Iterator[Any]:
    """Shifts of shifts, masked between and behind them."""
    for (first, one), (second, other) in product(product(("shl", "shr", "sar"), amounts), repeat=2):
        yield second, (first, "a", one), other
    for name, amount, mask in product(("shl", "shr", "sar"), amounts, MASK_VALUES):
        yield name, ("&", "a", mask), amount
        yield "&", (name, "a", amount), mask
    for name, amount in product(("shl", "shr", "sar"), amounts):
        for inner in (("signed8", "a"), ("signed16", "a"), ("+", ("shl", "byte", 16), "byte")):
            yield name, inner, amount
        yield "signed8", (name, "a", amount)
        yield "signed16", (name, "a", amount)


AMOUNTS = (0, 1, 8, 31)


def test_shifts_of_what_was_shifted_and_masked() -> None:
    for expression in shifts_and_masks(AMOUNTS):
        check(expression)


@pytest.mark.heavy
def test_all_shifts_of_what_was_shifted_and_masked() -> None:
    for expression in shifts_and_masks((0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 30, 31)):
        check(expression)


DIVISORS = [0, 1, 2, 64, 0x80000000, 0xFFFFFFFF]


@pytest.mark.parametrize("divisor", DIVISORS)
@pytest.mark.parametrize("name", ["quotient", "remainder", "signed_quotient", "signed_remainder"])
def test_division_by_a_constant(name: str, divisor: int) -> None:
    check((name, "a", divisor))


def test_a_high_product_that_is_a_quotient() -> None:
    """For every word, divisor and factor: z3's proof over all real numbers."""
    word, quotient, divisor, factor = z3.Reals("word quotient divisor factor")
    for shift in range(32):
        power, most = 1 << 32 + shift, 1 << shift
        asked = z3.Solver()
        asked.add(word >= 0, word < 1 << 32, quotient >= 0, divisor >= 1)
        asked.add(quotient * divisor <= word, word <= quotient * divisor + divisor - 1)
        asked.add(power <= factor * divisor, factor * divisor <= power + most)
        shifted = factor * word / power
        asked.add(z3.Or(quotient > shifted, shifted >= quotient + 1))
        assert asked.check() == z3.unsat


def test_the_divisor_of_a_high_product() -> None:
    choice = random.Random(1)
    for shift in range(32):
        found = set()
        for divisor in (*range(2, 100), *(choice.randrange(1, 1 << 32) for _ in range(20))):
            factor = -(-(1 << 32 + shift) // divisor)
            if factor < 1 << 32 and (by := terms_module.divisor(factor, shift)):
                assert (1 << 32 + shift) <= factor * by <= (1 << 32 + shift) + (1 << shift)
                found.add(by)
        assert found


@pytest.mark.parametrize("both", [True, False])
def test_the_upper_half_of_a_signed_product(both: bool) -> None:
    """For all words, by which of them are negative: z3's proof over the integers."""
    power = 1 << 32
    for first, second in product((0, 1), (0, 1) if both else (0,)):
        one, other, high, signed = z3.Ints("one other high signed")
        read = (one - power * first) * (other - power * second)
        asked = z3.Solver()
        asked.add(power * high <= one * other, one * other < power * high + power)
        asked.add(power * signed <= read, read < power * signed + power)
        asked.add(signed != high - first * other - second * one + power * first * second)
        assert asked.check() == z3.unsat


@pytest.mark.parametrize("name", ["signed_high", "mixed_high"])
@pytest.mark.parametrize("pair", ["ab", ("a", 0x80000000), (0xFFFFFFFE, "a"), ("byte", "a")])
def test_it_is_what_the_rule_gives(name: str, pair: Any) -> None:
    terms = Terms()
    operands = [term_of(each, terms) for each in pair]
    found = terms.operation(name, tuple(operands))
    assert name not in [each.form for each in within([found])]
    for value, *words in zip(found.samples, *(each.samples for each in operands)):
        assert value == OPERATIONS[name](*words)


@pytest.mark.parametrize("factor", [0, 1, 2, 3, 12, 0x80000000, 0xFFFFFFFF, 0x12345678])
def test_multiplication_by_a_constant(factor: int) -> None:
    check(("*", ("+", ("shl", "a", 3), "b"), factor))


LANES = 0xFF00FF
TREE = ("if", "bit", 4, ("if", ("ltu", "a", "b"), 8, 12))
STORED = ("store", 4, "memory", "a", "b")
XORED = ("^", ("^", "a", "b"), 9)
BOTH = ("&", "a", "b")
EITHER = ("|", "a", "b")
NOT_A, NOT_B = (("^", each, 0xFFFFFFFF) for each in "ab")
MANY: Any = "a"
for each in (*LEAVES[1:], ("*", "b", "c")):
    MANY = ("+", MANY, each)
SHAPES: list[Any] = [
    ("if", "bit", ("^", "a", 0xEDB88320), "a"), ("if", "bit", "a", ("+", "a", 5)),
    ("if", "bit", ("^", "a", "b"), "a"), ("if", "bit", ("+", "a", "b"), "a"),
    ("table", LINEAR, "nibble"), ("table", LINEAR, ("&", "a", 5)), ("table", LINEAR, "byte"),
    ("|", ("shl", XORED, 7), ("shr", XORED, 25)), ("+", ("*", ("+", "a", "b"), 4), "c"),
    ("sar", ("^", ("shl", "a", 8), ("shl", "b", 8)), 8),
    ("^", XORED, ("|", ("shl", "a", 8), "byte")),
    ("+", ("^", ("|", ("shl", "a", 8), "byte"), 0xFFFFFFFF), 1),
    ("shr", ("high", "byte", 0xCCCCCCCD), 3), ("shr", ("high", 0x55555556, "byte"), 1),
    ("shr", ("high", "byte", 0), 1), ("shr", ("high", "a", "b"), 1),
    ("signed_high", "nibble", "seven"), ("mixed_high", "seven", "nibble"),
    # sums: what cancels, what is apart, lanes that no carry connects
    ("-", ("+", "a", "b"), "a"), ("-", "a", "a"), ("-", ("^", "a", 0xFFFFFFFF), "b"),
    ("-", 0xFFFFFFFF, "a"), ("+", ("shl", "byte", 8), ("&", "a", 255)), ("-", ("|", "a", 1), 1),
    ("+", ("&", "a", LANES), ("&", "b", LANES)),
    ("+", ("+", ("&", "a", LANES), ("&", "b", LANES)), ("&", "c", LANES)),
    ("shr", ("+", ("&", "a", LANES), ("&", "b", LANES)), 16),
    ("+", ("+", ("shl", "byte", 16), ("shl", "nibble", 17)), ("+", "byte", 0x30007)),
    ("+", ("*", ("shl", "a", 8), 3), "byte"), ("+", ("*", ("&", "a", 0xFF00), 3), "byte"),
    ("+", ("+", ("shl", "a", 9), ("&", "b", 0xFFFFFF00)), "byte"),
    # bitwise operations of the same words
    ("-", ("+", "a", "b"), BOTH), ("-", EITHER, BOTH), ("+", EITHER, BOTH), ("-", "b", BOTH),
    ("+", ("^", "a", "b"), ("shl", BOTH, 1)), ("+", "a", ("&", NOT_A, "b")), ("-", EITHER, "a"),
    ("+", "a", ("|", NOT_A, "b")), ("+", BOTH, ("|", NOT_A, NOT_B)),
    ("+", "b", ("&", NOT_A, NOT_B)),
    ("+", ("&", "a", NOT_B), ("&", NOT_A, "b")), ("+", "c", BOTH), ("+", "a", ("&", MANY, "a")),
    ("-", ("+", ("-", "a", "b"), "c"), ("&", ("-", "a", "b"), "c")), ("*", ("-", EITHER, BOTH), 3),
    ("^", ("-", ("+", "a", "b"), 1), 0xFFFFFFFF), ("-", "c", ("^", ("+", "a", "b"), 0xFFFFFFFF)),
    # pieces of joins, of pieces, of extended words, and rotations
    ("|", ("shl", "a", 7), ("shr", "a", 25)), ("&", ("|", ("shl", "a", 8), "byte"), 0xFF0),
    ("shr", ("shl", "a", 8), 8), ("&", ("signed8", "a"), 0xFF), ("shl", ("signed16", "a"), 16),
    ("^", ("&", "a", 0xFF), ("&", "a", 0xF0)), ("^", ("&", "a", 0xFF), ("&", "a", 0xFF00)),
    ("^", ("^", "a", 5), ("^", "a", "b")), ("^", "a", "a"),
    # and, or
    ("&", "a", "a"), ("&", "bit", ("shl", "a", 1)), ("|", "a", "a"), ("|", "a", 0xF0),
    ("|", 0xF0, "a"), ("|", "a", "b"), ("&", "a", "b"), ("&", 0xFF, "a"),
    # shifts
    ("shl", "a", "b"), ("shr", "a", "b"), ("sar", "a", "b"), ("sar", "byte", "b"), ("sar", "a", 0),
    ("sar", ("shl", "a", 24), 24), ("sar", ("shl", "a", 24), 20), ("sar", ("shl", "a", 24), 28),
    ("sar", ("sar", "a", 20), 20), ("sar", 0x80000000, 4), ("signed8", "nibble"),
    ("signed8", ("shl", "a", 1)), ("signed8", 200), ("signed16", ("signed8", "a")),
    ("signed8", ("shr", "a", 3)), ("signed8", ("&", "a", 0xF0)), ("signed8", ("&", "a", 0xF7F)),
    # products, quotients
    ("*", "a", "b"), ("*", "byte", "byte"), ("*", 3, "a"), ("quotient", 9, 2),
    ("quotient", "byte", "seven"), ("remainder", "byte", "seven"), ("remainder", "byte", 8),
    ("remainder", "a", 0), ("signed_remainder", "a", 16), ("signed_remainder", "byte", 3),
    # comparisons
    ("eq", "a", "a"), ("eq", ("+", "a", 1), "a"), ("eq", "bit", 0), ("eq", "bit", 1),
    ("eq", "bit", 2), ("eq", ("&", "a", 8), 0), ("eq", ("&", "a", 8), 8),
    ("eq", ("shl", "bit", 31), 0),
    ("eq", ("^", "a", "b"), 0), ("eq", ("^", "a", 7), 0),
    ("eq", ("^", "a", "b"), 1), ("eq", ("^", ("^", "a", "b"), "c"), 0), ("eq", ("shl", "a", 4), 3),
    ("eq", "a", "b"), ("eq", "b", "a"), ("eq", ("-", "b", "a"), 0), ("ne", "a", "b"),
    ("geu", "a", "b"), ("ges", "a", "b"), ("ltu", "a", "a"), ("ltu", "a", 0), ("ltu", 1, 2),
    ("ltu", 0, "a"), ("ltu", "a", 1), ("ltu", "byte", 256), ("ltu", 255, "byte"),
    ("ltu", "a", "b"), ("ltu", "most20", 21), ("ltu", "most20", 20), ("lts", "byte", "nibble"),
    ("lts", "a", "a"), ("lts", 0x80000000, 1), ("lts", "a", 0), ("lts", "a", "b"),
    # choices
    ("if", "a", "b", "c"), ("if", 0, "a", "b"), ("if", 1, "a", "b"),
    ("if", ("ne", "a", "b"), "b", "c"), ("if", "bit", ("if", "bit", "a", "b"), "c"),
    ("if", "bit", "c", ("if", "bit", "a", "b")), ("if", "bit", "a", "a"), ("if", "bit", 1, 0),
    ("if", "bit", 0, 1), ("if", "bit", 1, ("ltu", "a", "b")), ("if", "bit", ("ltu", "a", "b"), 0),
    ("if", "bit", ("ltu", "a", "b"), 1), ("if", "bit", 0, ("ltu", "a", "b")), ("+", TREE, 5),
    ("shl", TREE, 3), ("&", TREE, 12), ("eq", TREE, 8), ("ltu", TREE, 9), ("ltu", 9, TREE),
    ("lts", TREE, "a"), ("eq", ("if", "bit", 4, "a"), 4), ("eq", TREE, TREE), ("-", 7, TREE),
    ("shr", ("shl", TREE, 2), 3), ("high", 3, 5), ("high", "b", "a"), ("reverse_bytes", "a"),
    ("quotient", "a", 16), ("*", ("|", ("shl", "a", 8), "byte"), 3),
    # bits elsewhere, polynomials, bytes through a table
    ("reverse_bits", "a"), ("reverse_bytes", ("reverse_bits", "a")), ("interleave", "a"),
    ("deinterleave", ("interleave", "a")), ("carryless", "a", 0x11B), ("carryless", 5, "a"),
    ("carryless", "a", "b"), ("carryless_high", "a", 0xC0000005), ("carryless_high", 1, "a"),
    # tables
    *(("table", entries, index) for entries in TABLES for index in ("seven", "byte", "a", 1, 300)),
    # memory: the same place, within, across, elsewhere, not known
    ("load", 4, STORED, "a"), ("load", 1, STORED, ("+", "a", 2)),
    ("load", 4, ("store", 1, "memory", ("+", "a", 2), "b"), "a"),
    ("load", 2, STORED, ("+", "a", 3)), ("load", 2, STORED, ("-", "a", 1)),
    ("load", 4, STORED, ("+", "a", 4)), ("load", 2, ("store", 2, "memory", "a", "b"), "c"),
    ("store", 4, STORED, "a", "c"),
    ("store", 4, ("store", 1, "memory", ("+", "a", 1), "b"), "a", "c"),
    ("store", 1, STORED, ("+", "a", 1), "c"),
    *(("+", ("load", size, "memory", "a"), ("shl", ("load", size, "memory", ("+", "a", by)), shift))
      for size, by, shift in ((1, 1, 8), (2, 2, 16), (2, 2, 8), (1, 2, 8), (2, 4, 16))),
    ("+", *(("+", ("shl", ("load", 1, "memory", ("+", "a", at)), 8 * at),
             ("shl", ("load", 1, "memory", ("+", "a", at + 1)), 8 * at + 8)) for at in (0, 2))),
    ("-", ("load", 2, "memory", "a"), ("load", 2, "memory", ("+", "a", 2))),
    ("store", 2, ("store", 2, "memory", ("+", "a", 2), "b"), "a", "c"),
    ("store", 1, ("store", 1, "memory", "a", "b"), ("+", "a", 1), "c"),
    ("store", 1, ("store", 1, ("store", 2, "memory", "a", "c"), ("+", "a", 3), "b"), ("+", "a", 2),
     "c"),
    ("eq", ("if", ("ltu", "a", "b"), 0xFFFFFFFE, ("if", "bit", ("lts", "a", "b"), 9)), 0),
    ("*", ("&", "a", 1), 0x11B), ("*", ("ltu", "a", "b"), 0x8000_0101),
    ("either", ("ltu", "a", "b"), ("store", 2, STORED, "b", "c"), ("store", 1, STORED, "c", "a")),
    ("either", "c", STORED, "memory"), ("either", ("eq", "a", 7), "memory", STORED),
    ("store", 2, ("store", 4, "memory", ("+", "a", 4), "b"), "a", "c"),
    ("store", 2, ("store", 4, "memory", ("-", "a", 4), "b"), "a", "c"),
    ("store", 2, ("store", 4, "memory", "b", "b"), "a", "c"),
    ("store", 4, ("store", 4, ("store", 4, "memory", "a", 1), ("+", "a", 4), 2), "a", 3),
    ("in_bytes", ("store", 2, ("store", 4, "memory", "a", "b"), ("+", "a", 2), "c")),
    ("in_bytes", ("store", 1, STORED, "c", "a")), ("in_bytes", "memory"),
]  # fmt: skip


@pytest.mark.parametrize("at", range(8))
def test_a_shape_that_a_rule_is_for(at: int) -> None:
    for expression in SHAPES[at::8]:
        check(expression)


REBUILT = [
    ("+", "a", ("shl", "b", 3)), ("^", "a", "b"), ("|", ("shl", "a", 8), "byte"),
    ("&", ("+", "a", "b"), 0xF0), ("signed8", ("+", "a", "b")), ("table", TABLES[2], ("&", "b", 7)),
    ("+", ("shl", "a", 8), ("+", "byte", ("shl", "b", 0))), ("^", ("shl", "b", 8), "byte"),
    ("load", 2, ("store", 1, "memory", "a", "b"), "c"), ("if", ("ltu", "a", "b"), "a", "c"),
]  # fmt: skip


@pytest.mark.parametrize("expression", REBUILT, ids=str)
def test_a_term_is_built_again_over_other_terms(expression: Any) -> None:
    """The unknown a in place of b: what a sweep does, once both are known to be equal."""
    terms = Terms()
    new: dict[Term, Term] = {}
    for term in within([term_of(expression, terms)]):
        is_b = term.form == "unknown" and term.data[0] == "b"
        new[term] = terms.unknown("a") if is_b else terms.rebuilt(
            term, [new[each] for each in term.operands]
        )  # fmt: skip
    assert new[term] is term_of(_with_a_for_b(expression), terms)


def _with_a_for_b(expression: Any) -> Any:
    if isinstance(expression, tuple) and expression not in TABLES:
        return tuple(_with_a_for_b(each) for each in expression)
    return "a" if expression == "b" else expression


def _lines(code: CodeType) -> Iterator[int]:
    """The lines of a function and of those within."""
    if code.co_flags & CO_OPTIMIZED:  # a function: no class, no module
        head = set(range(code.co_firstlineno - 1, code.co_firstlineno + 2))
        yield from (line for _, _, line in code.co_lines() if line and line not in head)
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _lines(each)


def test_the_shapes_come_to_every_line_of_the_rules() -> None:
    """A rule without a shape would be one that nothing proves."""
    modules = (bitwise, forms_module, terms_module)
    seen: dict[str, set[int]] = {str(each.__file__): set() for each in modules}

    def see(frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename not in seen:
            return None
        seen[frame.f_code.co_filename].add(frame.f_lineno)
        return partial(see)

    terms_module._is_linear.cache_clear()
    terms_module._entries.cache_clear()
    before = sys.gettrace()
    sys.settrace(see)
    try:
        for expression in [*SHAPES, *shifts_and_masks(AMOUNTS), ("*", ("+", "a", "b"), 12)]:
            term_of(expression, Terms())
        term_of(("aes_sbox", "byte"), Terms())
        for expression in REBUILT:
            test_a_term_is_built_again_over_other_terms(expression)
    finally:
        sys.settrace(before)
    missed = []
    for path, lines in seen.items():
        text = Path(path).read_text()
        wanted = sorted(set(_lines(compile(text, path, "exec"))) - lines)
        missed += [text.splitlines()[at - 1] for at in wanted]
    assert not [each for each in missed if '"""' not in each], "\n".join(missed)
