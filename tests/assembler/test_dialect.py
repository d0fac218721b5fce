"""The micropython dialect's own words for what a board does not know, refuses, or gets wrong."""

from __future__ import annotations

import pytest
from corpus import board

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError

ISA = "rv32imc_zba_zcmp"


def findings(source: str, dialect: str = "micropython", isa: str = ISA) -> list[tuple[str, str]]:
    try:
        found = assemble(source, dialect=dialect, isa=isa).diagnostics
    except AssemblyError as error:
        found = error.diagnostics
    return [(each.code, each.message) for each in found]


def in_function(line: str, before: str = "") -> str:
    return f"{before}@micropython.asm_rv32\ndef f(a0, a1):\n    {line}\n    label(there)\n"


FAULTS = {
    "c_lw(a0, -4(a1))": "124",
    "c_sw(a0, -8(a1))": "120",
    "c_lwsp(a0, -4)": "252",
    "c_swsp(a0, -128)": "128",
    "c_slli(a0, 0)": "HINT",
    "c_and(a1, a2)": "c_and(a1, s0)",
    "c_sub(a5, s0)": "c_sub(a1, s0)",
    "cm_push({ra, s0}, -16)": "dropped",
    "cm_popret({ra}, 48)": "dropped",
    "mv(a0, zero)": "c_jr(a0)",
    "mv(zero, zero)": "c_jr(zero)",
    "lui(a0, 0x100001)": "with 1 ",
    "lui(a0, 0x1fffff)": "with 0xfffff ",
    "lui(a0, -0x80001)": "with 524287 ",
    "auipc(a0, -524289)": "524287",
    "li(sp, 0x5000)": "c_addi16sp(288)",
    "li(sp, -4096 - 2000)": "c_addi16sp",
}


@pytest.mark.parametrize("line", FAULTS)
def test_a_fault_says_what_upstream_does(line: str) -> None:
    ((code, message),) = findings(in_function(line))
    assert code == "not-in-dialect"
    assert "assembles this" in message and FAULTS[line] in message, message
    theirs = board.mpy_cross(in_function(line))
    if not line.startswith(("c_slli", "li(sp", "mv(zero")):  # no word of ours gives those bytes
        (image,) = assemble(in_function(line), dialect="script", isa=ISA).functions.values()
        assert theirs == [image.code]


REFUSED = [
    "c_lw(a0, 64(a1))",
    "c_sw(a0, 124(a1))",
    "c_lwsp(a0, 128)",
    "c_swsp(a0, 252)",
    "c_lui(a0, 0xfffff)",
    "c_lui(a0, -1)",
    "cm_mva01s(s0, s0)",
    "cm_push({ra}, -64)",
    "c_addi(a0, 0)",
    "c_mv(zero, a0)",
]


@pytest.mark.parametrize("line", REFUSED)
def test_what_upstream_refuses(line: str) -> None:
    ((code, message),) = findings(in_function(line))
    assert (code, "assembles this" in message) == ("not-in-dialect", False), message
    with pytest.raises(board.Refusal):
        board.mpy_cross(in_function(line))


NO_WORDS = [
    "nop()",
    "ret()",
    "j(there)",
    "jal(there)",
    "beqz(a0, there)",
    "jalr(ra, 4(a1))",
    "c_lwsp(a0, 4(sp))",
    "c_addi16sp(16)",
    "lw(a0, (a1))",
    "lw(a0, ~4(a1))",
    "csrrw(a0, a1, mstatus)",
    "fence()",
    "addi(a0, a0, Y)",
    "addi(a0, a0, (Y))",
    "lw(a0, Y(a1))",
    "lw(a0, (Y(a1)))",
    "csrrs(a0, zero, Y)",
    "csrrs(a0, zero, (Y))",
    "csrrs(a0, zero, mcycle)",
    "csrrs(a0, zero, instret)",
    "addi(a0, a0, 1 if 1 else 2)",
    "addi(a0, a0, 1 < 2)",
    "addi(a0, a0, not 1)",
    "addi(a0, a0, True)",
    "addi(a0, a0, const(1))",
    "data(1, b'text')",
    "data(2, True)",
    "space(4)",
    "cm_push({s0, ra}, 0)",
    "cm_push({ra, s0, s1}, 0)",
    "cm_push({ra, s0 - s0}, 0)",
    "total = a0",
    "addi(a0, a0, 1); addi(a0, a0, 1)",
    "for i in range(2): c_nop()",
    "if 1: c_nop()",
]


@pytest.mark.parametrize("line", NO_WORDS)
def test_what_a_board_has_no_words_for(line: str) -> None:
    source = in_function(line, "Y = 4\nmcycle = 0xb00\n")
    found = findings(source)
    assert found and {code for code, _ in found} == {"not-in-dialect"}, found
    assert findings(source, "asm_rv32") == []
    with pytest.raises(board.Refusal):
        board.mpy_cross(source)


TAKEN = [
    "addi(a0, a0, X + 1)",
    "addi(a0, a0, (1 and 2) | 4 ^ 1)",
    "addi(a0, a0, 1 or 4 / 2)",
    "addi(a0, a0, 0 and 4 / 2)",
    "addi(a0, a0, -7 // 2 + 7 % 4 + 2 ** 3)",
    "addi(a0, a0, 0xFFFFFFFF)",
    "addi(a0, a0, (1 << 32) + 5)",
    "lw(a0, (1 + 3)(a1))",
    "lw(a0, X(a1))",
    "lw(a0, (X(a1)))",
    "lw(a0, (4(a1)))",
    "lw(a0, ((-4)(a1)))",
    "addi(a0, a0, (X))",
    "csrrs(a0, zero, X)",
    "csrrs(a0, zero, ((X)))",
    "csrrs(a0, zero, mstatus)",
    "beq(a0, a1, (there))",
    "lw(a0, -(-4)(a1))",
    "lw(a0, +4(a1))",
    "lw(a0, 0xFFFFFFFC(a1))",
    "lui(a0, -1)",
    "lui(a0, 0xFFFFFFFF)",
    "c_srli(a0, 0)",
    "c_srai(a0, 0)",
    "li(zero, 5)",
    "li(a0, 0x12344FFF)",
    "cm_push({ra, s0 - s11}, 0)",
    "cm_push({x1, x8 - x9}, 0)",
    "data(4, 0x7FFFFFFF + 1, (1 << 32) - 2)",
    "align(2 + 2)",
    "beq(a0, a1, there)",
    "'a text'",
    "...",
    "addi(x10, x31, 1_0)",
]


@pytest.mark.parametrize("line", TAKEN)
def test_what_is_taken_has_the_same_bytes(line: str) -> None:
    source = in_function(line, "X = const(3)\nmstatus = const(0x300)\n")
    (image,) = assemble(source, dialect="micropython", isa=ISA).functions.values()
    assert board.mpy_cross(source) == [image.code]


HEADS = {
    "def f(a, b):": False,
    "def f(a1):": False,
    "def f(a0: int):": False,
    "def f(a0, a1, a2, a3, a4):": False,
    "def f() -> 'int':": False,
    "def f(x10, x11):": True,
    "def f(a0,) -> object:": True,
}


@pytest.mark.parametrize("head", HEADS)
def test_heads(head: str) -> None:
    source = f"@micropython.asm_rv32\n{head}\n    c_nop()\n"
    found = findings(source)
    assert (found == []) == HEADS[head], found
    assert {code for code, _ in found} <= {"not-in-dialect"}
    if HEADS[head]:
        board.mpy_cross(source)
    else:
        with pytest.raises(board.Refusal):
            board.mpy_cross(source)


CONSTANTS = {
    "X = const(1 + 2)": True,
    "X: int = const(3)": True,
    "def g():\n    X = const(3)": True,
    "class A:\n    X = const(3)": True,
    "_X = const(2)\nX = const(_X + 1)": True,
    "X = 3": False,
    "X = micropython.const(3)": False,
    "X = const(2) + 1": False,
}


@pytest.mark.parametrize("before", CONSTANTS)
def test_constants(before: str) -> None:
    source = in_function("addi(a0, a0, X)", before + "\n")
    assert (findings(source) == []) == CONSTANTS[before]
    if CONSTANTS[before]:
        (image,) = assemble(source, dialect="micropython").functions.values()
        assert board.mpy_cross(source) == [image.code]
    else:
        with pytest.raises(board.Refusal):
            board.mpy_cross(source)


STRICTER = {
    "data(3, 5)": "directive",
    "data(1, 300)": "immediate-range",
    "data(4, 1 << 40)": "immediate-range",
    "align(3)": "directive",
    "label(a0)": "name-clash",
    "lw(a0, 4[a1])": "constant",
}


@pytest.mark.parametrize("line", STRICTER)
def test_where_upstream_takes_what_no_one_can_mean(line: str) -> None:
    """Taken there without a word: truncated data, a size or an alignment that is none."""
    assert STRICTER[line] in {code for code, _ in findings(in_function(line))}
    board.mpy_cross(in_function(line))


def test_an_alignment_of_zero_ends_upstream_itself() -> None:
    assert "directive" in {code for code, _ in findings(in_function("align(0)"))}
    with pytest.raises(board.Refusal, match="MemoryError"):
        board.mpy_cross(in_function("align(0)"))


def test_an_isa_that_a_board_does_not_have() -> None:
    ((code, message),) = findings(in_function("c_nop()").replace("c_nop", "ecall"), isa="rv32i")
    assert code == "not-in-dialect" and "no M and C" in message


AHEAD = {"c_beqz(a0, there)": 256, "c_j(there)": 2048, "bne(a0, a1, there)": 4096}


@pytest.mark.parametrize("line", AHEAD)
def test_a_jump_ahead_late_in_a_function(line: str) -> None:
    last = AHEAD[line]
    for offset in (last - 2, last, last + 2, 3 * last):
        source = in_function(f"data(2, {', '.join('1' * (offset // 2))})\n    {line}")
        if offset <= last:
            (image,) = assemble(source, dialect="micropython").functions.values()
            assert board.mpy_cross(source) == [image.code]
            continue
        ((code, message),) = findings(source)
        assert code == "not-in-dialect" and f"offset {offset}" in message
        with pytest.raises(board.Refusal, match="out of range"):
            board.mpy_cross(source)


@pytest.mark.parametrize("count", [8, 12, 16, 40])
def test_a_number_of_labels_that_upstream_stumbles_over(count: int) -> None:
    lines = [f"    label(l{n})\n    c_beqz(a0, l{n + 1})\n" for n in range(count - 1)]
    source = "@micropython.asm_rv32\ndef f(a0):\n" + "".join(lines) + f"    label(l{count - 1})\n"
    module = assemble(source, dialect="micropython")
    ((code, message),) = findings(source)
    assert module.diagnostics[0].severity == "warning"
    assert code == "not-in-dialect" and f"with {count} labels" in message
    with pytest.raises(board.Refusal, match="out of range"):
        board.mpy_cross(source)
    assert findings(source, "script") == []
    mended = source + "    label(one_more)\n"
    assert findings(mended) == []
    assert board.mpy_cross(mended) == [module.functions["f"].code]


def test_a_move_from_zero_in_a_function_that_counts_its_bytes() -> None:
    (image,) = assemble(in_function("auipc(a1, 0)\n    mv(a0, zero)")).functions.values()
    assert image.code[4:6] == b"\x01\x45"  # c.li a0, 0, as long as the board's own


def test_every_mistake_is_reported_once() -> None:
    source = in_function("c_lw(a0, -4(a1))\n    nop()\n    frob()\n    addi(a0, a0, 4096)")
    assert [code for code, _ in findings(source)] == [
        "not-in-dialect", "not-in-dialect", "unknown-mnemonic", "immediate-range",
    ]  # fmt: skip


def test_a_script_gets_what_the_board_makes_of_it() -> None:
    source = in_function("c_and(a1, a2)")
    module = assemble(source, dialect="script", isa=ISA)
    assert [each.severity for each in module.diagnostics] == ["warning"]
    assert module.functions["f"].code == board.mpy_cross(source)[0]


def test_a_script_may_speak_our_own_dialect() -> None:
    source = in_function("addi(a0, a0, 1)\n    nop()")
    module = assemble(source, dialect="script", isa=ISA)
    assert module.diagnostics == ()
    assert module.functions["f"].code == assemble(source, isa=ISA).functions["f"].code
