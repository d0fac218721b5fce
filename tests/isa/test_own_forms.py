"""The form of tables of one's own: what each key takes, to the limit, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from asm_rv32.isa import own_rows
from asm_rv32.isa.own_rows import read_form

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
