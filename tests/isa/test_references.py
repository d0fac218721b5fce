"""Two halves of an address as one statement, which is two such halves again."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from corpus.instructions import draw_all

from asm_rv32.isa.own_tables import read_table, with_tables
from asm_rv32.isa.references import (
    CALL,
    GOT,
    LOWER,
    UPPER,
    Pair,
    Reference,
    as_statement,
    symbolic,
)
from asm_rv32.isa.rows import Instruction, Row, Step, bound
from asm_rv32.isa.sets import instruction_set

OWN = """
[instructions]
near = { syntax = "rd_nz, symbol", expands = ["auipc t0, hi(symbol)", "lhu rd_nz, lo(symbol)(t0)"] }
away = { syntax = "rd, jump21", fixed = "6..0=0x0b", does = "rd = next; goto jump21", far = ["lui scratch, hi(jump21)", "jalr rd, scratch, lo(jump21)"] }
"""  # noqa: E501
SET = instruction_set(with_tables("rv32imafc", [read_table("chip.toml", OWN.encode())]))
FIVE, T1, RA = 5, 6, 1


def sequences(part: str) -> Iterator[tuple[Row, tuple[Step, ...]]]:
    for name in SET.mnemonics:
        for row in SET.rows(name):
            key = "got" if part == GOT else "far" if row.far else "expands"
            texts = row.data.get(key, [])
            steps = row.parse_steps(texts) if isinstance(texts, list) else ()
            if {"hi", "lo"} <= {term.part for step in steps for term in step.terms}:
                yield row, steps


def written(
    steps: tuple[Step, ...], values: tuple[int, ...], scratch: int
) -> tuple[Instruction, ...]:
    """The instructions of steps, with 0 for both halves."""
    return tuple(
        Instruction(step.row, tuple([
            scratch if term.part == "scratch" else 0 if term.part else bound(term, values)
            for term in step.terms
        ]))
        for step in steps
    )  # fmt: skip


def of_pair(pair: Pair, part: str) -> list[tuple[Instruction, ...]]:
    """What a pair can stand for: with each register that a far jump may take."""
    row, values = pair.row, pair.values
    if len(row.expansion) == 1:  # the name of one that goes anywhere
        values = tuple([bound(term, values) for term in row.expansion[0].terms])
        row = row.expansion[0].row
    (steps,) = [found for each, found in sequences(part) if each is row]
    link = values[row.variables.index("rd")] if "rd" in row.variables else 0
    return [written(steps, values, scratch) for scratch in (link or T1, T1)]


@pytest.mark.parametrize("part", [UPPER[0], GOT])
def test_two_instructions_are_a_statement_that_stands_for_them(part: str) -> None:
    choose, compared = random.Random(part), 0
    reference = Reference(part, "there")
    for row, steps in sequences(part):
        for _ in range(40):
            values = draw_all(row, choose)
            first, second = written(steps, values, choose.choice((T1, *values)))
            if choose.random() < 0.5:  # another register, or another instruction
                half = choose.choice((first, second))
                other = Instruction(half.row, draw_all(half.row, choose))
                first, second = (other, second) if half is first else (first, other)
            pair = as_statement(first, second, reference, SET)
            if pair is not None:
                found = [
                    tuple(each.row.base_instruction(each.values) for each in instructions)
                    for instructions in of_pair(pair, part)
                ]
                filled = tuple(
                    Instruction(each.row, tuple([
                        0 if term.part in ("hi", "lo") else value
                        for term, value in zip(step.terms, each.values)
                    ]))
                    for step, each in zip(of_steps(pair, part), (first, second))
                )  # fmt: skip
                assert filled in found, (first, second, pair)
                assert pair.size == 8 and pair.reference is reference
                compared += 1
    assert compared > 15


def of_steps(pair: Pair, part: str) -> tuple[Step, ...]:
    row = pair.row.expansion[0].row if len(pair.row.expansion) == 1 else pair.row
    (steps,) = [found for each, found in sequences(part) if each is row]
    return steps


def statement(part: str, *lines: tuple[str, tuple[int, ...]]) -> tuple[str, tuple[int, ...], int]:
    first, second = (Instruction(SET.row(name), values) for name, values in lines)
    pair = as_statement(first, second, Reference(part, "there"), SET)
    return (pair.row.name, pair.values, pair.operand) if pair else ("", (), -1)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([("auipc", (10, 9)), ("addi", (10, 10, 4))], ("la", (10, 0), 1)),
        ([("auipc", (10, 9)), ("addi", (11, 10, 4))], ("", (), -1)),
        ([("auipc", (10, 9)), ("addi", (10, 11, 4))], ("", (), -1)),
        ([("lui", (10, 9)), ("addi", (10, 10, 4))], ("", (), -1)),
        ([("auipc", (10, 9)), ("lw", (10, 4, 10))], ("lw", (10, 0), 1)),
        ([("auipc", (10, 9)), ("sw", (11, 4, 10))], ("sw", (11, 0, 10), 1)),
        ([("auipc", (FIVE, 9)), ("lhu", (10, 4, FIVE))], ("near", (10, 0), 1)),
        ([("auipc", (FIVE, 9)), ("lhu", (10, 4, T1))], ("", (), -1)),
        ([("auipc", (T1, 9)), ("lhu", (10, 4, T1))], ("", (), -1)),
        ([("auipc", (RA, 9)), ("jalr", (RA, RA, 4))], ("call", (0,), 0)),
        ([("auipc", (T1, 9)), ("jalr", (RA, T1, 4))], ("call", (0,), 0)),
        ([("auipc", (7, 9)), ("jalr", (RA, 7, 4))], ("", (), -1)),
        ([("auipc", (7, 9)), ("jalr", (7, 7, 4))], ("call", (7, 0), 1)),
        ([("auipc", (T1, 9)), ("jalr", (0, T1, 4))], ("tail", (0,), 0)),
        ([("auipc", (7, 9)), ("jalr", (0, 7, 4))], ("", (), -1)),
        ([("lui", (T1, 9)), ("jalr", (RA, T1, 4))], ("away", (RA, 0), 1)),
    ],
)
def test_which_two_are_one(
    lines: list[tuple[str, tuple[int, ...]]], expected: tuple[str, tuple[int, ...], int]
) -> None:
    assert statement(UPPER[0], *lines) == expected


CALL_F = bytes.fromhex("97000000e7800000")


def test_a_call_that_is_no_two_instructions_is_told_by_halves() -> None:
    at, f = 0x100, Reference(CALL, "f")
    whole = symbolic(CALL_F, at, SET, {at: f}, {})
    assert [*whole.pairs] == [at] and not whole.references
    assert whole.pairs[at].row.name == "call" and whole.pairs[at].reference is f
    halves = {at: Reference(UPPER[0], "f"), at + 4: Reference(LOWER, "f", 0, at)}
    short = bytes.fromhex("0100") * 2
    for code in (CALL_F[:6], CALL_F[:4], CALL_F[:4] + short, short + CALL_F[4:]):
        found = symbolic(code, at, SET, {at: f}, {})
        assert not found.pairs and found.references == halves
    # No statement goes across a name of the file, but across one of the compiler's.
    assert not symbolic(CALL_F, at, SET, {at: f}, {at + 4: "g"}).pairs
    assert symbolic(CALL_F, at, SET, {at: f}, {at + 4: ".L1", at: "g"}).pairs


def test_a_lower_half_belongs_to_its_upper_one() -> None:
    code = bytes.fromhex("1705000013050500")
    for part, address, is_pair in ((LOWER, 0, True), (LOWER, 8, False), ("lo", 0, False)):
        given = {0: Reference(UPPER[0], "x"), 4: Reference(part, "x", 0, address)}
        found = symbolic(code, 0, SET, given, {})
        assert ([*found.pairs], found.references) == (([0], {}) if is_pair else ([], given))
