"""The form of tables of one's own: what each key takes, to the limit, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asm_rv32.analysis.lint import lint
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa import own_rows
from asm_rv32.isa.own_rows import read_form
from asm_rv32.isa.own_tables import _kind
from asm_rv32.isa.tables import tables
from asm_rv32.machine.emulator import run

ROW = {"syntax": "rd, rs1", "fixed": "31..20=0 14..12=0 6..0=0x0b", "does": "rd = rs1"}
MACRO = {"syntax": "rd, rs1", "expands": "addi rd, rs1, 0"}
OPERAND = {"kind": "uint", "bits": "11:7[4:0]"}
STATEMENTS = (["addi rd, rs1, 0"] * 100, [], ["addi rd, rs1, 0"] * 101, ["Addi"], [5], 5)
TAKEN: dict[tuple[str, str], tuple[list[Any], list[Any]]] = {
    ("extension", "name"): (["xmine", "x" + 31 * "a"], ["mine", "x1", "x", "x" + 32 * "a", 5]),
    ("extension", "title"): (["T" * 80], ["", "T" * 81, "two\nlines", True]),
    ("extension", "implies"): (["C Zba", "C"], ["", "C, Zba", ["C"]]),
    ("operands", "kind"): (["uint", "int", "reg"], ["unsigned", 1]),
    ("operands", "bits"): (
        ["31:25[11:5] 11:7[4:0]", "11:7[4|3|2:0]", "7"], ["32", "1:", "[3]", "11:7[4:0],", 7]
    ),
    ("operands", "nonzero"): ([True, False], [1, "true"]),
    ("operands", "modulo"): ([1, 32], [0, 33, True, "1"]),
    ("operands", "except"): (["zero sp"], ["", "zero x", 5, ["zero"], " ".join(["zero"] * 33)]),
    ("operands", "base"): (["sp"], ["stack", 2]),
    ("operands", "only"): ([[1], [0xFFFF_FFFF, -0xFFFF_FFFF], [0] * 100],
                           [[], [1 << 32], [-1 << 32], [True], ["1"], 1, [0] * 101]),
    ("operands", "holds"): ([[1, 2], "sp"], [[], "x", 5]),
    ("operands", "least"): ([0, 0xFFFF_FFFF], [-1, 1 << 32, 1.0]),
    ("operands", "names"): (["a b", " ".join(["a"] * 32)], ["", "A", " ".join(["a"] * 33), ["a"]]),
    ("csr", "at"): ([0, 0xFFF], [-1, 0x1000, "0", True]),
    ("csr", "writable"): ([0, 0xFFFF_FFFF], [-1, 1 << 32]),
    ("csr", "reset"): ([0, 0xFFFF_FFFF], [-1, 1 << 32]),
    ("instructions", "syntax"): (
        ["", "rd, imm12(rs1)", ["rd", "rd, rs1"]],
        ["rd,rs1", "rd, ", [], ["rd"] * 101, 5, "a" * 1001],
    ),
    ("instructions", "gnu"): (["rd, imm12(rs1)"], ["rd,rs1", ["rd"], "rd, imm12[rs1]"]),
    ("instructions", "fixed"): (["31..25=0x10 6=1", "31=1"], ["32=1", "31..25", "a=1", "", 5]),
    ("instructions", "does"): (["d" * 1000], ["", "d" * 1001, "two\nlines", ["rd = rs1"]]),
    ("instructions", "also"): ([list(STATEMENTS[0])], [*STATEMENTS[1:], "addi rd, rs1, 0"]),
    ("instructions", "base"): ([STATEMENTS[0], "addi rd, rs1, 0"], list(STATEMENTS[1:])),
    ("instructions", "far"): ([STATEMENTS[0], "jal zero, branch13"], list(STATEMENTS[1:])),
    ("instructions", "meant"): ([["zero, zero, 0"]], ["zero, zero, 0", [], ["a,b"], [5]]),
    ("instructions", "hint"): ([True, False], [0, "false"]),
    ("instructions", "distinct"): ([True, False], [0, "false"]),
    ("instructions", "needs"): (["rv32m"], ["RV32M", 5]),
    ("instructions", "within"): (["c.addi", "add"], ["Add", "a..b", 5]),
    ("instructions", "timing"): (
        ["alu", {"e31": 1, "generic": 1 << 20}],
        ["", 5, {"e31": 0}, {"e31": (1 << 20) + 1}, {"e31": True}, {"e31": "1"}],
    ),
}  # fmt: skip


def wrong(section: str, row: Any) -> list[str]:
    """What is said of a file with this row, or this section, beside a right one."""
    data: dict[str, Any] = {"instructions": {"b": ROW}}
    if section == "extension":
        data["extension"] = row
    else:
        data[section] = {**data.get(section, {}), "a": row}
    content, found = read_form(data)
    rows = getattr(content, section)
    assert (rows if section == "extension" else rows.get("a")) == row or found
    return [message for message, _, _ in found]


BESIDE = {"extension": {}, "operands": OPERAND, "csr": {"at": 0x7C0}, "instructions": ROW}


@pytest.mark.parametrize(("section", "key"), TAKEN)
def test_a_key_takes_this_and_refuses_that(section: str, key: str) -> None:
    right, refused = TAKEN[section, key]
    for value in right:
        assert wrong(section, {**BESIDE[section], key: value}) == [], value
    for value in refused:
        found = wrong(section, {**BESIDE[section], key: value})
        assert found and all(f"{key!r} " in message for message in found), (value, found)


def test_cycles_of_its_own_have_a_category() -> None:
    for category in ("arithmetic", "memory", "control"):
        assert not wrong("instructions", {**ROW, "timing": {"e31": 1}, "category": category})
    for timing in ({}, {"timing": "alu"}):
        [found] = wrong("instructions", {**ROW, **timing, "category": "memory"})
        assert "'category' goes with cycles" in found
    [found] = wrong("instructions", {**ROW, "timing": {"e31": 1}, "category": "other"})
    assert "'category' takes one of arithmetic, memory, control, got 'other'" in found


def test_every_key_is_known_to_this_test() -> None:
    known = {
        (section, key) for section, keys in (
            ("extension", own_rows._OF_EXTENSION), ("operands", own_rows._OF_OPERAND),
            ("csr", own_rows._OF_REGISTER), ("instructions", own_rows._OF_INSTRUCTION),
        ) for key in keys
    }  # fmt: skip
    alone = {("instructions", "expands"), ("instructions", "category")}
    assert known == {*TAKEN, *alone}


@pytest.mark.parametrize(("section", "row", "said"), [
    ("operands", {"kind": "uint"}, "the operand 'a' has no 'bits'"),
    ("operands", {"bits": "7"}, "the operand 'a' has no 'kind'"),
    ("operands", 5, "'a' takes a table, got an integer"),
    ("csr", {"reset": 1}, "the register 'a' has no number"),
    ("csr", "0x7c0", "'a' takes a table, got a string"),
    ("instructions", {**ROW, "expands": "addi rd, rs1, 0"}, "either by 'does' or by 'expands'"),
    ("instructions", {key: ROW[key] for key in ("syntax", "fixed")}, "either by 'does' or"),
    ("instructions", {key: ROW[key] for key in ("fixed", "does")}, "has no 'syntax'"),
    ("instructions", {key: ROW[key] for key in ("syntax", "does")}, "has no 'fixed'"),
    ("instructions", {**MACRO, "fixed": "1..0=0", "expands": ["addi rd, rs1, 0"]},
     "what has bits of its own expands to one instruction"),
    ("instructions", [ROW] * 17, "takes 1 to 16 rows, got 17"),
    ("instructions", [], "takes 1 to 16 rows, got 0"),
    ("instructions", [ROW, 5], "'a' takes a table, got an integer"),
])  # fmt: skip
def test_a_row_that_is_none(section: str, row: Any, said: str) -> None:
    [found] = wrong(section, row)
    assert said in found


@pytest.mark.parametrize(("section", "row"), [
    ("csr", 0x7C0), ("instructions", MACRO), ("instructions", {**MACRO, "fixed": "1..0=0"}),
    ("instructions", {**MACRO, "expands": ["addi rd, rs1, 0"]}), ("instructions", [ROW] * 16),
])  # fmt: skip
def test_a_row_of_another_form(section: str, row: Any) -> None:
    data: dict[str, Any] = {"instructions": {"b": ROW}}
    data[section] = {**data.get(section, {}), "a": row}
    content, found = read_form(data)
    assert found == []
    assert getattr(content, section)["a"] == ({"at": row} if section == "csr" else row)


@pytest.mark.parametrize("section", ["operands", "csr", "instructions"])
def test_a_section_has_at_most_500_entries(section: str) -> None:
    row = {"operands": OPERAND, "csr": 0x7C0, "instructions": ROW}[section]
    for count, said in ((500, []), (501, [f"[{section}] has more than 500 entries"])):
        data = {"instructions": {"b": ROW}} | {section: {f"n_{at}": row for at in range(count)}}
        assert [message for message, _, _ in read_form(data)[1]] == said


@pytest.mark.parametrize("name", ["a0", "A", "1a", "a-b", "a" * 32, ""])
def test_a_name_that_is_none(name: str) -> None:
    for section, row in (("operands", OPERAND), ("csr", {"at": 0x7C0}), ("instructions", ROW)):
        data: dict[str, Any] = {"instructions": {"b": ROW}}
        data[section] = {**data.get(section, {}), name: row}
        found = [message for message, _, _ in read_form(data)[1]]
        assert len(found) == (0 if (section, name) == ("instructions", "a0") else 1)
    assert read_form({"instructions": {"if": ROW}})[1]
    assert [message for message, _, _ in read_form({"operands": 5, "instructions": {"b": ROW}})[1]]


OF_ZCMP = ("reglist", "push", "pop")


def test_each_operand_of_ours_could_stand_in_a_table_of_ones_own() -> None:
    operands = tables()["operands"]
    for name, row in operands.items():
        if row["kind"] in OF_ZCMP:
            with pytest.raises(ValueError, match="belongs to Zcmp's rows"):
                _kind(name, row)
        elif "bits" in row:
            assert _kind(name, row).name == name


FIVE = {"bits": "11:7[4:0]"}


@pytest.mark.parametrize(("row", "said"), [
    ({"kind": "reg", **FIVE, "base": "ra"}, "from ra on there are no 32 registers"),
    ({"kind": "reg", "bits": "11:8[3:0]", "base": "s1"}, None),
    ({"kind": "reg", "bits": "11:8[3:0]", "base": "a6"}, None),
    ({"kind": "reg", "bits": "11:8[3:0]", "base": "a7"}, "from a7 on there are no 16 registers"),
    ({"kind": "reg", **FIVE, "base": "ft0"}, "from ft0 on there are no 32 registers"),
    ({"kind": "freg", **FIVE}, None),
    ({"kind": "freg", "bits": "4:2", "base": "fs0"}, None),
    ({"kind": "freg", "bits": "4:2", "base": "s0"}, "from s0 on there are no 8 registers"),
    ({"kind": "freg", **FIVE, "base": "ft1"}, "from ft1 on there are no 32 registers"),
    ({"kind": "uint", "bits": "11:7[5:4|2:0]"}, "a bit of the value between two others"),
    ({"kind": "uint", "bits": "11:7[5:1]"}, None),
    ({"kind": "uint", "bits": "8:7[1:0]", "holds": [1, 2, 3, 4]}, None),
    ({"kind": "uint", "bits": "8:7[1:0]", "holds": [1, 2, 3]}, "'holds' takes 4 values"),
    ({"kind": "uint", "bits": "8:7[1:0]", "holds": [1, 2, 3, 3]}, "'holds' takes 4 values"),
    ({"kind": "named", "bits": "8:7[1:0]", "names": "a b c d"}, None),
    ({"kind": "named", "bits": "8:7[1:0]", "names": "a b c d e"}, "has at most 4 words"),
    ({"kind": "named", "bits": "8:7[1:0]"}, "'names' goes with the kind 'named'"),
    ({"kind": "uint", "bits": "8:7[1:0]", "names": "a b"}, "'names' goes with the kind 'named'"),
    ({"kind": "pcrel", "bits": "11:7[5:1]"}, None),
    ({"kind": "pcrel", **FIVE}, "its value begins with bit 1"),
    ({"kind": "uint", **FIVE, "only": [0, 31]}, None),
    ({"kind": "uint", **FIVE, "only": [0, 32]}, "'only' has a value that its bits do not hold"),
    ({"kind": "int", **FIVE, "only": [-16, 15]}, None),
    ({"kind": "int", **FIVE, "only": [-17]}, "'only' has a value that its bits do not hold"),
])  # fmt: skip
def test_an_operand_whose_values_are_none(row: dict[str, Any], said: str | None) -> None:
    if said is None:
        assert _kind("mine", row).name == "mine"
    else:
        with pytest.raises(ValueError, match=said):
            _kind("mine", row)


def test_a_field_of_ones_own_holds_floating_point_registers(tmp_path: Path) -> None:
    path = tmp_path / "chip.toml"
    row = 'syntax = "fmine, rs1", fixed = "31..20=0 14..12=0 6..0=0x0b", does = "fmine = rs1"'
    path.write_text(
        f'operands.fmine = {{ kind = "freg", bits = "11:7" }}\ninstructions.m_f = {{ {row} }}'
    )
    source = "@asm_rv32\ndef f(a):\n    m_f(ft3, a)\n    fmv_x_w(a0, ft3)\n"
    image = assemble(source, isa="rv32if", tables=path).functions["f"]
    assert image.code[:4] == (0x0B | 3 << 7 | 10 << 15).to_bytes(4, "little")
    assert run(image, (5,)).result == 5


def test_a_register_of_ones_own_is_no_new_name_of_a_retired_one(tmp_path: Path) -> None:
    path = tmp_path / "chip.toml"
    row = 'syntax = "rd", fixed = "31..12=0 6..0=0x0b", does = "rd = 1"'
    path.write_text(f"csr.mine = 0x380\ninstructions.m_f = {{ {row} }}")
    source = "@asm_rv32\ndef f(a):\n    csrw(mbase, a)\n"
    image = assemble(source, isa="rv32i_zicsr", tables=path).functions["f"]
    [found] = [each for each in lint(image) if each.code == "retired-csr"]
    assert found.message.endswith("it was taken out") and not found.notes
