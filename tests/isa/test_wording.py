"""What is told of a row for people says what its tables say, and means what it does."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from corpus.instructions import draw_all

from asm_rv32.isa.does import parse
from asm_rv32.isa.meaning import Step as Effect
from asm_rv32.isa.meaning import Write, bind
from asm_rv32.isa.rows import Instruction, Row, bound
from asm_rv32.isa.sets import InstructionSet, instruction_set, widest_isa
from asm_rv32.isa.tables import python_name
from asm_rv32.isa.wording import described, form, steps, told

SETS = [instruction_set(widest_isa(base)) for base in ("rv32i", "rv32e")]


def expanding() -> Iterator[Row]:
    """Rows that do what others do, with registers and constants in the place of their operands."""
    for instructions in SETS:
        rows = [row for name in instructions.mnemonics for row in instructions.rows(name)]
        for row in (each for each in rows if "does" not in each.data):
            if row.expansion and not any(
                term.part for step in row.expansion for term in step.terms
            ):
                yield row


def seen(effects: tuple[Effect, ...]) -> list[Effect]:
    return [each for each in effects if not (isinstance(each, Write) and each.number == 0)]


def test_what_is_told_of_a_row_that_expands_is_what_its_expansion_does() -> None:
    choose = random.Random(1)
    compared = set()
    for row in expanding():
        kinds = dict(zip(row.variables, row.kinds))
        values = draw_all(row, choose)
        inner = [Instruction(row, values)] if row.size else [
            Instruction(step.row, tuple([bound(term, values) for term in step.terms]))
            for step in row.expansion
        ]  # fmt: skip
        if any(each.effects.outside for each in inner):
            continue
        named = dict(zip(row.variables, values))
        read = bind(parse(told(row), kinds), kinds, named, row.size or 4 * len(inner))
        assert seen(read) == [step for each in inner for step in seen(each.steps)], told(row)
        compared.add(row.name)
    assert len(compared) > 60


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sb", "rd_nz = pc + (hi(symbol) << 12); store8(rd_nz + lo(symbol), rs2)"),
        ("sw", "rd_nz = pc + (hi(symbol) << 12); store32(rd_nz + lo(symbol), rs2)"),
        ("flw", "rd_nz = pc + (hi(symbol) << 12); frd = load32(rd_nz + lo(symbol))"),
        ("fsw", "rd_nz = pc + (hi(symbol) << 12); store32(rd_nz + lo(symbol), frs2)"),
    ],
)
def test_the_halves_of_a_place_are_told_by_name(name: str, said: str) -> None:
    (row,) = [each for each in SETS[0].rows(name) if each.is_pseudo]
    assert told(row) == said


@pytest.mark.parametrize("instructions", SETS, ids=lambda each: each.base)
def test_all_that_a_row_has_is_listed(instructions: InstructionSet) -> None:
    for name in instructions.mnemonics:
        listed = "\n".join(described(name, instructions)).rstrip("\n").split("\n\n")
        for row, text in zip(instructions.rows(name), listed, strict=True):
            head, *lines = text.splitlines()
            sort = "pseudo-instruction" if row.is_pseudo else f"{row.size} bytes"
            assert head == f"{name}  ({row.extension}, {sort}{', a hint' * bool(row.hint)})"
            rest = [" ".join(line.split()) for line in lines]
            for syntax in row.syntaxes:
                assert rest.pop(0) == form(row, syntax)
            for variable, kind in zip(row.variables, row.kinds):
                assert rest.pop(0).startswith(f"{variable} {kind.kind} {kind.accepted}".rstrip())
            if not row.is_pseudo:
                read_pattern(row, rest.pop(0))
            if "expands" in row.data:
                assert rest.pop(0) == f"is {steps(row)}"
            if told(row):
                assert rest.pop(0) == f"does {told(row)}"
            if row.shorter:
                names = {python_name(shorter.name) for shorter, _ in row.shorter}
                assert {*rest.pop(0).removeprefix("shortened to ").split(", ")} == names
            assert not rest


def read_pattern(row: Row, line: str) -> None:
    """The bits that a pattern shows are those of the row."""
    word, *groups = line.split()
    assert word == "encoding" and {len(group) for group in groups} == {4}
    bits = "".join(groups)
    assert len(bits) == 8 * row.size
    assert int(bits.replace(".", "0"), 2) == row.match
    assert int(bits.replace("0", "1").replace(".", "0"), 2) == row.mask


def test_the_rows_of_an_expansion_are_told_in_order() -> None:
    for instructions in SETS:
        for name in instructions.mnemonics:
            for row in instructions.rows(name):
                expands = row.data.get("expands", [])
                if isinstance(expands, list):
                    assert steps(row).split("; ") == (expands or [""])
                    words = [each.split()[0] for each in expands]
                    assert words == [step.row.name for step in row.expansion]
    assert steps(SETS[0].row("li")) == "the fewest bytes that give the value"
