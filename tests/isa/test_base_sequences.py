"""`base` in the rows: base instructions that do the same, whichever registers are the same."""

from __future__ import annotations

from itertools import product

import pytest

from asm_rv32.isa.checking import validate
from asm_rv32.isa.meaning import Steps
from asm_rv32.isa.reading import Reading, perform
from asm_rv32.isa.rows import SCRATCH, Instruction, Row
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.tables import TableError
from asm_rv32.isa.words import OPERATIONS

SET = instruction_set("rv32im_zba_zbb_zbs_zicond_zcb_zcmp_zbkb_zbc_zbkx_zknh_zksh")
ROWS = [row for row in SET.encodings if "base" in row.data]
EDGES = (0, 1, 2, 3, 4, 31, 32, 33, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000,
         0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_FFFE, 0xFFFF_FFFF, 0x0080_FF01,
         0x0100_0000, 0x5555_5555, 0xAAAA_AAAA, 0x00FF_0000)  # fmt: skip
SPOILED = (3, 4, 5)
REGISTERS = (0, 2, 10, 11, 12)
AMOUNTS = (0, 1, 7, 30, 31)


class Words(Reading):
    """Registers of words."""

    def __init__(self, registers: dict[int, int]) -> None:
        self.registers = dict(registers)

    def constant(self, word: int) -> int:
        return word

    def read(self, number: int) -> int:
        return self.registers[number]

    def operation(self, name: str, operands: tuple[int, ...]) -> int:
        return OPERATIONS[name](*operands)

    def write(self, number: int, value: int) -> None:
        self.registers[number] = value


def after(sequence: list[Steps], registers: dict[int, int]) -> dict[int, int]:
    """Registers behind a sequence of instructions."""
    words = Words(registers)
    for steps in sequence:
        perform(steps, words)
    for number in SPOILED:
        del words.registers[number]
    return words.registers


def choices(row: Row) -> list[tuple[int, ...]]:
    """Operands: every way in which registers can be the same, x0 and sp among them."""
    fields = [REGISTERS if kind.kind == "reg" else AMOUNTS for kind in row.kinds]
    return [values for values in product(*fields) if row.accepts(values)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_it_does_what_its_row_does(row: Row) -> None:
    for values in choices(row):  # and for all words by z3, in test_proofs.py
        instruction = Instruction(row, values)
        whole = [instruction.steps]
        parts = [each.steps for each in instruction.in_base(SPOILED)]
        read = [number for number in (10, 11, 12, 2) if number in values[1:]]
        for words in product(EDGES[::2], *[EDGES[1::4]][: len(read) - 1]):
            registers = {0: 0, 2: 77, 10: 5, 11: 6, 12: 7, **dict.fromkeys(SPOILED, 0xDEAD_BEEF)}
            registers.update(zip(read, words))
            assert after(parts, registers) == after(whole, registers), (values, words)


def test_it_is_there_for_a_set_without_multiplication() -> None:
    lacking = instruction_set("rv32i_zba_zbb_zbs_zicond_zbkb_zbc_zbkx_zknh_zksh")
    for row in SET.encodings:
        if row.base and row.size == 4:
            (same,) = (each for each in lacking.rows(row.name) if each.place == row.place)
            assert [step.terms for step in same.base] == [step.terms for step in row.base]


def test_none_is_long() -> None:
    """unicorn executes each instruction at the same cost, so much slower is the word; one by a hook
    costs it as much as a thousand."""
    assert max(len(row.base) for row in SET.encodings) <= 128


def test_every_computation_that_is_not_of_the_base_has_one() -> None:
    without = {row.name for row in SET.encodings if row.size == 4 and not row.base}
    assert without == {row.name for row in SET.encodings if row.extension in
                       ("rv32i", "rv32m", "zicsr", "zifencei")}  # fmt: skip


def test_scratch_registers_are_named_in_order() -> None:
    for row in ROWS:
        used = {term.part for step in row.base for term in step.terms if term.part}
        assert used == {*SCRATCH[: len(used)]}, row


@pytest.mark.parametrize(
    ("base", "message"),
    [
        (["beq rs1, rs2, 8"], "not to stand"),
        (["andn rd, rs1, rs2"], "not to stand"),
        (["addi rd, rs1, scratch"], "no operand"),
        (["addi rd, rs1, .end"], "no operand"),
        (["addi rd, rs1, rs2"], "no imm12"),
    ],
)
def test_what_cannot_be_one_is_refused(
    base: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    instructions = instruction_set("rv32i_zbb")
    row = instructions.row("orn")
    monkeypatch.setattr(row, "_base", row.parse_steps(base))
    with pytest.raises(TableError, match=message):
        validate(instructions)
