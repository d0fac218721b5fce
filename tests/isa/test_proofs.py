"""z3 proves what the tables claim to be the same: for every register, immediate and memory.

What takes a moment is proved every day: far jumps, expansions and other spellings.
"""

from __future__ import annotations

import random

import pytest
import z3

from asm_rv32.assembler.constants import shortest_constant
from asm_rv32.isa.rows import Row
from asm_rv32.isa.sets import instruction_set, widest_isa
from asm_rv32.isa.words import OPERATIONS, WORD

from .symbolic import Z3, Case, Machine, cases, difference, word

EVERYTHING = instruction_set(widest_isa())
ROWS = [row for name in EVERYTHING.mnemonics for row in EVERYTHING.rows(name)]
ARITIES = {name: operation.__code__.co_argcount for name, operation in OPERATIONS.items()}


def rows_with(field: str) -> list[Row]:
    return [row for row in ROWS if field in row.data]


@pytest.mark.heavy
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_what_z3_has_for_it(name: str) -> None:
    choose = random.Random(name)
    edges = (0, 1, 2, 31, 32, 0x7FFF_FFFF, 0x8000_0000, WORD, 0x80, 0xFF80, 0x00FF_0001)
    for _ in range(300):
        given = [
            choose.choice(edges) if choose.random() < 0.5 else choose.getrandbits(32)
            for _ in range(ARITIES[name])
        ]
        theirs = z3.simplify(Z3[name](*map(word, given))).as_long()
        assert OPERATIONS[name](*given) == theirs, (name, given)


@pytest.mark.parametrize("row", rows_with("also"), ids=lambda row: row.name)
def test_other_ways_to_write_it_are_the_same(row: Row) -> None:
    for case in cases(row):
        first = case.sequence(row.expansion)
        for text in row.data["also"]:
            steps = row.parse_steps(text)
            other = case.sequence(steps)
            named = {term.variable for step in steps for term in step.terms}
            absent = [first.read(case.of(at)) == 0 for at in range(len(row.kinds))
                      if at not in named]  # fmt: skip
            known = [*case.ranges(first), *absent]
            assert difference(first, other, known) is None, (row, case.values, text)


@pytest.mark.parametrize("row", rows_with("far"), ids=lambda row: row.name)
def test_a_far_sequence_does_what_the_instruction_does(row: Row) -> None:
    for case in cases(row):
        # The address of a jump goes through its link, or else through t1.
        linked = case.values.get("rd", 0)
        far = case.sequence(row.far, scratch=linked or 6)
        near = case.meaning(4 * len(row.far))
        overwritten = 0 if linked else 6
        found = difference(near, far, case.ranges(near), but=overwritten)
        assert found is None, (case.values, found)


@pytest.mark.parametrize(
    "row",
    [row for row in rows_with("does") if isinstance(row.data.get("expands"), list)],
    ids=lambda row: row.name,
)
def test_an_expansion_does_what_the_row_says(row: Row) -> None:
    for case in cases(row):
        whole = case.meaning(4 * len(row.expansion))
        steps = case.sequence(row.expansion)
        assert difference(whole, steps, case.ranges(whole)) is None, case.values


@pytest.mark.heavy
@pytest.mark.parametrize("row", rows_with("base"), ids=lambda row: row.name)
def test_a_base_sequence_does_what_the_row_says(row: Row) -> None:
    for case in cases(row):
        steps = case.sequence(row.base)
        whole = case.meaning(4 * len(row.base))
        assert difference(whole, steps, case.ranges(whole)) is None, case.values


SHAPES = {
    "c.li": lambda _, immediate: immediate,
    "c.lui": lambda _, immediate: immediate << 12,
    "lui": lambda _, immediate: immediate << 12,
    "addi": lambda value, immediate: value + immediate,
    "c.addi": lambda value, immediate: value + immediate,
    "c.slli": lambda value, immediate: value << immediate,
    "c.srli": z3.LShR,
    "srli": z3.LShR,
    "xori": lambda value, immediate: value ^ immediate,
}
"""What the search for constants takes each of its steps to do to the value so far."""


def shapes() -> set[tuple[str, ...]]:
    choose = random.Random(1)
    values = [choose.getrandbits(choose.randrange(1, 33)) for _ in range(60_000)]
    values += [(value << choose.randrange(32)) & WORD for value in values[:20_000]]
    values += [~value & WORD for value in values[:20_000]]
    return {
        tuple(name for name, _ in shortest_constant(value, register, compressed))
        for value in values
        for register, compressed in ((10, True), (5, True), (2, True), (10, False))
    }


@pytest.mark.heavy
def test_a_constant_is_what_its_steps_give() -> None:
    for shape in sorted(shapes()):
        _prove(shape)


def _prove(shape: tuple[str, ...]) -> None:
    machine = Machine()
    known, expected = [], word(0)
    for number, name in enumerate(shape):
        immediate = machine.read(100 + number)
        row = EVERYTHING.row(name)
        source = 0 if number == 0 else 10
        registers = {
            variable: 10 if variable.startswith("rd") else source
            for variable, kind in zip(row.variables, row.kinds) if kind.kind == "reg"
        }  # fmt: skip
        case = Case(row, registers)
        held = next(v for v, kind in zip(row.variables, row.kinds) if kind.kind != "reg")
        case.values[held] = 100 + number
        known += case.ranges(machine)
        steps = row.expansion or None
        if steps is None:
            from asm_rv32.isa.reading import perform

            perform(Case.steps(row, case.values, 4), machine)
        else:
            inner = case.sequence(steps)
            value = inner.registers[10]
            before = z3.BitVec("x10", 32)
            machine.registers[10] = z3.substitute(value, (before, machine.read(10)))
        expected = SHAPES[name](expected, immediate)
    solver = z3.Solver()
    solver.add(*known, machine.registers[10] != expected)
    assert solver.check() == z3.unsat, shape


@pytest.mark.parametrize(
    ("name", "field", "wrong"),
    [
        ("blt", "far", ["bge rs1, rs2, .end", "jal zero, .end"]),
        ("blt", "far", ["bgeu rs1, rs2, .end", "jal zero, branch13"]),
        ("jal", "far", ["auipc scratch, hi(jump21)", "jalr rd, scratch, 0"]),
        ("la", "expands", ["auipc rd, lo(symbol)", "addi rd, rd, lo(symbol)"]),
        ("sext.b", "expands", ["slli rd, rs1, 24", "srli rd, rd, 24"]),
        ("sh2add", "base", ["slli scratch, rs1, 3", "add rd, scratch, rs2"]),
    ],
)
def test_a_wrong_sequence_is_refuted(name: str, field: str, wrong: list[str]) -> None:
    row = next(row for row in EVERYTHING.rows(name) if field in row.data)
    case = Case(row, {each: 8 + at for at, each in enumerate(row.variables) if each[0] == "r"})
    near = case.meaning(4 * len(wrong))
    assert difference(near, case.sequence(row.parse_steps(wrong), 8), case.ranges(near))
