"""Kinds of operand: a class each, and nothing else that knows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from asm_rv32.assembler import options
from asm_rv32.assembler.budget import Budget
from asm_rv32.assembler.expand import expand
from asm_rv32.assembler.ir import Operation
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.assembler.reading.parser import parse
from asm_rv32.basis.diagnostics import AssemblyError, Source
from asm_rv32.isa.decode import decode
from asm_rv32.isa.kinds import KINDS
from asm_rv32.isa.operands import ALL_NAMES, FFLAGS, Beside, OperandKind, Place, Value, spelled
from asm_rv32.isa.sets import InstructionSet, instruction_set, parse_isa, widest_isa
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


def test_each_class_is_called_something() -> None:
    """Editors show it beside what may stand there."""
    assert {word: kind.noun for word, kind in KINDS.items()} == {
        "reg": "register", "freg": "floating-point register", "rounding": "rounding mode",
        "int": "signed immediate", "uint": "unsigned immediate",
        "pcrel": "label, so many bytes away", "csr": "CSR name or number",
        "ioset": "of i, o, r, w", "named": "word out of a few", "reglist": "set of registers",
        "push": "stack adjustment", "pop": "stack adjustment",
    }  # fmt: skip


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


WRITTEN = [
    "0", "5", "-3", "4(sp)", "-8(a0)", "there", "there + 4", "there - 4", "there - here",
    "there - here + 12", "there - here - 12", "hi(there)", "hi(there + 8)", "lo(there - 4)(a0)",
    "lo(there - here)", "pcrel_hi(there + 4)", "pcrel_lo(here)(t0)", "{ra}", "{ra, s0}",
    "{ra, s0, s1, s2, s3}", *ALL_NAMES[:FFLAGS],
]  # fmt: skip


def read_operand(text: str) -> Value:
    lines = ("@asm_rv32", "def f():", " label(there)", " label(here)", f" c_add({text})")
    source = Source("<test>", "\n".join(lines))
    program, wrong = parse(source)
    instructions = instruction_set("rv32imfc")
    expansion, more = expand(program.functions[0], source, {}, instructions, Budget())
    (item,) = expansion.items
    assert isinstance(item, Operation) and not wrong and not more
    (value,) = item.operands
    return value


@pytest.mark.parametrize("text", WRITTEN)
def test_an_operand_is_spelled_as_it_was_written(text: str) -> None:
    assert spelled(read_operand(text)) == text


TOLD = """
rd: rd | a register
rd_pair: rd: x0..x30 by 2 | the first register of a pair, which is even: x0..x30 by 2
rd_nz: rd: x1..x31 | a register of x1..x31
rd_nz2: rd: x1, x3..x31 | a register of x1, x3..x31
rd_c: rd: x8..x15 | one of s0, s1, a0..a5 (x8..x15)
r1s: r1s: x8..x9, x18..x23 | a register of x8..x9, x18..x23
frd: frd | a floating-point register
frs1: frs1 | a floating-point register
frd_c: frd: f8..f15 | one of fs0, fs1, fa0..fa5 (f8..f15)
rm: mode | a rounding mode: rne, rtz, rdn, rup, rmm, dyn
imm12: -2048..2047 | -2048..2047
imm12x32: -2048..2016 by 32 | -2048..2016 by 32
imm20: -524288..524287 or 0..0xfffff | -524288..524287 or 0..0xfffff
imm6nz: -32..31, not 0 | -32..31, not 0
upper6nz: -32..31 or 0xfffe0..0xfffff, not 0 | -32..31 or 0xfffe0..0xfffff, not 0
uimm10x4nz: 4..1020 by 4 | 4..1020 by 4
branch13: label | a label
csr: csr: name or 0..4095 | a CSR's name or 0..4095
pred: iorw | a set of i, o, r, w, or 0
reglist: {ra, s0 - s11} | a set of ra, then s0 and up without a gap
push: -adjustment | a multiple of 16
pop: adjustment | a multiple of 16
jalt8: 32..255 | 32..255
h3size: 1..8 | 1..8
qs: q0..q3 | q0, q1, q2, q3
value32: -2147483648..2147483647 or 0..0xffffffff | -2147483648..2147483647 or 0..0xffffffff
"""
TOLD_OF_RV32E = """
rd: rd: x0..x15 | a register of x0..x15
rd_pair: rd: x0..x14 by 2 | the first register of a pair, which is even: x0..x14 by 2
rd_nz: rd: x1..x15 | a register of x1..x15
rd_nz2: rd: x1, x3..x15 | a register of x1, x3..x15
rd_c: rd: x8..x15 | one of s0, s1, a0..a5 (x8..x15)
r1s: r1s: x8..x9 | a register of x8..x9
frd: frd | a floating-point register
"""


@pytest.mark.parametrize(("base", "told"), [("rv32i", TOLD), ("rv32e", TOLD_OF_RV32E)])
def test_it_is_told_what_an_operand_takes(base: str, told: str) -> None:
    known = instruction_set(widest_isa(base)).kinds
    for line in told.strip().splitlines():
        name, _, expected = line.partition(": ")
        assert f"{known[name].in_form(name)} | {known[name].wanted(None)}" == expected, name


@pytest.mark.parametrize("isa", [widest_isa(), widest_isa("rv32e"), "rv32ifc"])
def test_what_is_shown_of_an_operand_is_read_as_that(isa: str) -> None:
    """In GNU's syntax, as objdump writes it; what there is not is refused."""
    instructions = instruction_set(isa)
    place = Place(0x1000, {}, instructions.csr_names(True), (), True)
    for kind in {kind for row in instructions.encodings for kind in row.kinds}:
        if kind.kind in ("reglist", "push", "pop"):  # what they show hangs on each other
            continue
        values = sorted(kind.values)
        for value in {*values[:70], *values[:: len(values) // 50 + 1], *values[-70:]}:
            shown = kind.show(value, place)
            assert not shown or kind.parse(shown, 0x1000, instructions.csr_numbers) == value, shown
        with pytest.raises(ValueError):
            kind.parse("?", 0x1000, instructions.csr_numbers)
