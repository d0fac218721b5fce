"""Kinds of operand: a class each, and nothing else that knows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from asm_rv32.assembler import options
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.isa.decode import decode
from asm_rv32.isa.kinds import KINDS
from asm_rv32.isa.operands import Beside, OperandKind, Place, Value
from asm_rv32.isa.sets import InstructionSet, instruction_set, parse_isa
from asm_rv32.isa.tables import tables
from asm_rv32.isa.text import text
from asm_rv32.isa.wording import form, written_form
from asm_rv32.verify.objdump import parse_operands


class Counted(OperandKind):
    """A number that is written with one more than the field holds, after a sign of its own."""

    __slots__ = ()
    noun = "count"
    by_value = False

    def number(self, value: Any, beside: Beside) -> int:
        return int(value) - 1

    def show(self, value: int, place: Place) -> str:
        return f"+{value + 1}"

    def parse(self, text: str, address: int, csr_numbers: Mapping[str, int]) -> int:
        return int(text) - 1

    def in_form(self, variable: str) -> str:
        return "count"

    def wanted(self, first: Value | None) -> str:
        return "a count"


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> InstructionSet:
    """The base set, whose unsigned immediates are counts."""
    monkeypatch.setitem(KINDS, "uint", Counted)
    made = InstructionSet(*parse_isa("rv32i"))
    monkeypatch.setattr(options, "instruction_set", lambda _isa: made)
    return made


def test_each_word_of_the_table_has_a_class() -> None:
    assert {row["kind"] for row in tables()["operands"].values()} == {*KINDS}


def test_a_class_decides_how_an_operand_is_read_shown_and_told(counted: InstructionSet) -> None:
    head = "@asm_rv32\ndef f(a0):\n "
    code = assemble(head + "slli(a0, a0, 4)", isa="rv32i").functions["f"].code
    assert code == assemble(head + "slli(a0, a0, +4)", isa="rv32i").functions["f"].code
    shift = decode(int.from_bytes(code[:4], "little"), counted)
    assert shift is not None
    assert shift.values == (10, 10, 3)
    assert [text(shift), text(shift, syntax="gnu")] == ["slli(a0, a0, +4)", "slli a0,a0,+4"]
    assert parse_operands(shift.row, "a0,a0,+4", 0, counted) == shift.values
    with pytest.raises(AssemblyError) as caught:
        assemble(head + "slli(a0, a0, a1)", isa="rv32i")
    (found,) = caught.value.diagnostics
    assert found.message == "'slli' takes a count here, got register a1"
    assert found.notes == ("help: sll(a0, a0, a1)", "help: accepted: slli(rd, rs1, count)")
    (syntax,) = shift.row.syntaxes
    assert written_form("slli", shift.row, syntax) == "slli(rd, rs1, count)"
    assert form(shift.row, syntax) == "slli(rd, rs1, shamt5)"


def test_a_word_out_of_a_few_is_read_by_its_place() -> None:
    kind = instruction_set("rv32i_xpicorv32").kinds["qs"]
    place = Place(0, {}, {}, (), True)
    assert [kind.show(value, place) for value in range(4)] == ["q0", "q1", "q2", "q3"]
    assert [kind.parse(f"q{number}", 0, {}) for number in range(4)] == [0, 1, 2, 3]
    assert kind.in_form("qs") == "q0..q3"
    with pytest.raises(ValueError):
        kind.parse("q4", 0, {})


def test_a_syntax_fills_its_operands() -> None:
    load = instruction_set("rv32i").row("lw")
    syntax = load.syntaxes[0]
    assert [len(slots) for slots in syntax.operands()] == [1, 2]
    assert syntax.fill(["rd", "offset", "base"]) == ["rd", "offset(base)"]
