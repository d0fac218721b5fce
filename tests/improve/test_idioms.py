"""Every idiom is proved by z3: for all operands, and for all constants that it is for."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import z3
from isa.symbolic import Machine, in_range

from asm_rv32.improve.idioms import RESULT, Idiom, Way, idioms
from asm_rv32.isa.meaning import Operation, Read, within
from asm_rv32.isa.reading import perform
from asm_rv32.isa.sets import everything
from asm_rv32.prove.blocks import State
from asm_rv32.prove.term import Term
from asm_rv32.prove.terms import Terms

TIMEOUT = 60_000
"""Milliseconds."""
SAMPLED = 101
"""Of so many words one is tried, without --thorough."""
POWERS = [1 << at for at in range(32)]
SUMS = sorted({(one + sign * other) % 2**32 for one, other in itertools.product(POWERS, repeat=2)
               for sign in (-1, 1)} | {*POWERS})  # fmt: skip
"""Words that are a power of two, or a sum or a difference of two."""
BY_FACTOR = tuple(each.name for each in idioms() if each.name.startswith("times-"))
BY_PRODUCT = ("quotient-by-constant", "remainder-by-constant")
"""Idioms whose products z3 gives up at: their normal forms are compared, for each constant. The
rules of these are proved in tests/prove/test_rules.py, the theorem on quotients among them."""


def after(idiom: Idiom, way: Way, word: int | None) -> tuple[Any, list[Any]]:
    """What a way gives, or whether it branches; and what its immediates can be."""
    machine = Machine()
    if word is not None:
        machine.registers[idiom.numbers["c"]] = z3.BitVecVal(word, 32)
    known = [idiom.follow(machine) != 0]
    for statement in way.statements:
        row = statement.row(everything())
        assert row is not None
        for (slot,), text in zip(row.syntaxes[0].operands(), statement.operands):
            kind = row.kinds[slot.variable]
            if text in way.constants and kind.maximum < 1 << 31:
                known.append(in_range(machine.read(idiom.numbers[text]), kind))
    for steps in way.steps:
        perform(steps, machine)
    return (machine.left if way.goes else machine.read(idiom.numbers[RESULT])), known


def amounts(idiom: Idiom, way: Way) -> list[Any]:
    """A shift's amount is a constant modulo 32 where it is found."""
    constants = {idiom.numbers[name] for name in way.constants}
    return [
        z3.ULT(z3.BitVec(f"x{by.number}", 32), 32)
        for each in (way.pattern, *within(way.pattern))
        if isinstance(each, Operation) and each.name in ("shl", "shr", "sar")
        for by in each.operands[1:] if isinstance(by, Read) and by.number in constants
    ]  # fmt: skip


def difference(idiom: Idiom, one: Way, other: Way, word: int | None = None) -> Any:
    """A model in which a way is found and what comes in its place is another; None: there is none.

    What the immediates of the first could be is not assumed: its constants may be loaded.
    """
    (ours, _), (theirs, known) = (after(idiom, way, word) for way in (one, other))
    solver = z3.Solver()
    solver.set("timeout", TIMEOUT)
    solver.add(*known, *amounts(idiom, one), ours != theirs)
    answer = solver.check()
    assert answer != z3.unknown, idiom.name
    return solver.model() if answer == z3.sat else None


def pairs(idiom: Idiom) -> list[tuple[Way, Way]]:
    """Ways that are found, with those that may take their place."""
    told = [way for way in idiom.ways if idiom.is_told_by(way)]
    return [(one, other) for one in told for other in idiom.ways if one is not other]


class Unknown(dict[int, Term]):
    """Names as terms of which nothing is known."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms

    def __missing__(self, number: int) -> Term:
        self[number] = found = self.terms.unknown(f"x{number}")
        return found


def in_normal_form(terms: Terms, idiom: Idiom, way: Way, word: int) -> Term:
    """What a way gives for a word as its only constant."""
    registers = Unknown(terms)
    registers[idiom.numbers["c"]] = terms.constant(word)
    state = State(terms, registers, terms.zero, terms.zero)  # type: ignore[arg-type]
    idiom.follow(state)
    for steps in way.steps:
        perform(steps, state)
    return state.registers[idiom.numbers[RESULT]]


def words(idiom: Idiom) -> list[int]:
    """All words that the constant of an idiom can be, where these are few."""
    number = idiom.numbers["c"]
    found = [word for word in SUMS if idiom.known({number: word}) is not None]
    machine = Machine()
    solver = z3.Solver()
    solver.add(idiom.follow(machine) != 0)
    solver.add(*(machine.read(number) != word for word in found))
    assert found and solver.check() == z3.unsat, idiom.name
    return found


@pytest.mark.heavy
@pytest.mark.parametrize(
    "idiom", [each for each in idioms() if each.name not in (*BY_FACTOR, *BY_PRODUCT)],
    ids=lambda idiom: idiom.name,
)  # fmt: skip
def test_all_ways_do_the_same(idiom: Idiom) -> None:
    for one, other in pairs(idiom):
        assert difference(idiom, one, other) is None, other.statements


@pytest.mark.heavy
@pytest.mark.parametrize("name", BY_FACTOR)
def test_all_ways_to_multiply_do_the_same(name: str) -> None:
    idiom = next(each for each in idioms() if each.name == name)
    for word in words(idiom):
        terms = Terms()
        for one, other in pairs(idiom):
            ours, theirs = (in_normal_form(terms, idiom, way, word) for way in (one, other))
            assert ours is theirs or difference(idiom, one, other, word) is None, word


@pytest.mark.heavy
@pytest.mark.parametrize("name", BY_PRODUCT)
def test_a_high_product_is_the_quotient(name: str, pytestconfig: pytest.Config) -> None:
    """For every divisor that the idiom is for, its factor and shift are those of the theorem."""
    idiom = next(each for each in idioms() if each.name == name)
    divisors = [
        word for word in range(1 << 17) if idiom.known({idiom.numbers["c"]: word}) is not None
    ]
    assert 10 in divisors and 7 not in divisors and len(divisors) > 30_000
    for word in divisors[:: 1 if pytestconfig.getoption("--thorough") else SAMPLED]:
        terms = Terms()
        first, *others = (in_normal_form(terms, idiom, way, word) for way in idiom.ways)
        assert all(each is first for each in others), word


@pytest.mark.parametrize(
    "wrong",
    [
        {"ways": [["slli(t, x, 24)", "srai(d, t, 24)"], ["sext_h(d, x)"]]},
        {"ways": [["li(t, c)", "mul(d, x, t)"], ["slli(d, x, k)"]], "let": "k = count_ones(c)"},
        {"ways": [["li(t, c)", "bltu(t, x, there)"], ["srli(t, x, 8)", "bnez(t, there)"]],
         "if": "c == 127"},
        {"ways": [["li(t, c)", "and_(d, x, t)"], ["andi(d, x, c)"]], "if": "c == 0"},
    ],
)  # fmt: skip
def test_what_is_no_idiom_is_refuted(wrong: dict[str, Any]) -> None:
    idiom = Idiom("wrong", {"what": "", **wrong})
    one, other = idiom.ways
    assert (difference(idiom, one, other) is None) == (wrong.get("if") == "c == 0")
