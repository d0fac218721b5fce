"""Lowered source, assembled by mpy-cross without any flag, has the bytes of the function."""

from __future__ import annotations

import random

import pytest
from corpus import board
from corpus.instructions import boundary_instructions, python_text, random_instructions

from asm_rv32.assembler.dialects.micropython import speaks
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.formats import FORMATS, FormatError
from asm_rv32.formats.board.lowering import LoweringError, lower
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.text import text

ISA = "rv32imac_zba_zbb_zbs_zicond_zcb_zcmp"
SET = instruction_set(ISA)
RETURN = b"\x82\x80"
EXTRAS = ("data(4, 1, 2)", "align(8)", "data(2, 7)", "li(sp, 0x5000)", "la(a0, near)",
          "li(t0, 0x12345678)")  # fmt: skip


def same_bytes(source: str, isa: str = ISA, compress: bool = True) -> str:
    """Lower every function, compare with mpy-cross, and return the lowered text."""
    module = assemble(source, isa=isa, compress=compress)
    lowered = lower(module)
    codes = board.mpy_cross(lowered, "")
    for image, theirs in zip(module.functions.values(), codes, strict=True):
        # What does not end in the return that MicroPython appends gets it on top.
        ours = image.code if image.code.endswith(RETURN) else image.code + RETURN
        assert theirs in (ours, image.code + RETURN), image.name
        assert theirs.startswith(image.code)
    return lowered


def functions(seed: int, count: int) -> str:
    """Random functions over the whole instruction set, with labels, data and alignment."""
    choice = random.Random(seed)
    found = random_instructions(SET, 100_000, seed)
    lines = []
    for number in range(count):
        lines += ["@asm_rv32", f"def f{number}(a0, a1):"]
        body = []
        for _ in range(choice.randrange(1, 20)):
            body.append(python_text_of(next(found), choice))
        for line in EXTRAS:
            if choice.random() < 0.3:
                body.insert(choice.randrange(len(body) + 1), line)
        body.insert(choice.randrange(len(body) + 1), "label(near)")
        lines += [f"    {line}" for line in body]
    return "\n".join(lines) + "\n"


def python_text_of(instruction: Instruction, choice: random.Random) -> str:
    if instruction.row.target >= 0:
        return python_text(instruction, "near", choice.randrange(4))
    return text(instruction)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("compress", [True, False])
def test_random_functions(seed: int, compress: bool) -> None:
    same_bytes(functions(seed, 100), compress=compress)


@pytest.mark.heavy
def test_many_random_functions() -> None:
    for seed in range(10, 40):
        same_bytes(functions(seed, 100))


def test_every_row_at_its_ends() -> None:
    lines = ["@asm_rv32", "def f():"]
    for instruction in boundary_instructions(SET):
        if instruction.row.target < 0:
            lines.append(f"    {text(instruction)}")
    lowered = same_bytes("\n".join(lines) + "\n", compress=False)
    words = [line.strip().partition("(")[0] for line in lowered.splitlines()]
    # Words that MicroPython has are used; all others stand as data.
    assert {"addi", "c_lw", "csrrwi", "c_srli", "jalr", "c_andi"} <= set(words)
    assert not {"sh1add", "clz", "cm_push", "c_addi16sp", "fence", "c_slli64"} & set(words)


RICH = """
N = 3

@asm_rv32
def sums(p, n) -> uint:
    acc = a2
    li(acc, 0)
    for i in range(N):
        label(loop)
        lw(t0, (4*i)(p))
        add(acc, acc, t0)
        bnez(t0, loop)
    beqz(n, far)
    space(5000)
    label(far)
    la(a1, table)
    lw(a1, 4(a1))
    add(a0, acc, a1)
    ret()
    label(a)
    align(16)
    label(table)
    data(4, 1, 2)

class Holder:
    @asm_rv32
    def method(self):
        not_(a0, a0)
"""


def test_what_the_rich_dialect_adds_is_written_out() -> None:
    text = same_bytes(RICH, "rv32imc")
    assert "label(loop_0)" in text and "label(loop_2)" in text
    assert "la(a1, table)" in text and "-> uint" in text
    assert "def method(a0):" in text
    assert "def sums(a0, a1) -> uint:" in text
    assert assemble(text, dialect="micropython").functions.keys() == {"sums", "method"}


def test_jumps_ahead_in_a_long_function() -> None:
    body = "\n".join(
        f"    beqz(a0, l{n})\n    bne(a0, a1, l{n})\n    j(l{n})\n"
        f"    label(l{n})\n    space({20 * n})"
        for n in range(40)
    )
    text = same_bytes(f"@asm_rv32\ndef f(a0, a1):\n{body}\n", "rv32imc")
    assert "# c_beqz(a0, l30)" in text and "# c_j(l30)" in text
    assert "    c_beqz(a0, l3)" in text


def test_what_has_no_word_says_what_it_is() -> None:
    source = "@asm_rv32\ndef f(a):\n    and_(a2, a2, a3)\n    sh1add(a0, a, a1)\n"
    text = same_bytes(source, "rv32imc_zba")
    assert "data(2, 0x8e75)  # c_and(a2, a3)" in text
    assert "# sh1add(a0, a0, a1)" in text


def test_five_parameters_are_refused() -> None:
    module = assemble("@asm_rv32\ndef f(a, b, c, d, e):\n    pass\n")
    with pytest.raises(LoweringError, match="pass one array"):
        lower(module)
    with pytest.raises(FormatError, match="pass one array"):
        FORMATS[".py"].write(module)


def test_an_empty_function_passes() -> None:
    assert "    pass\n" in same_bytes("@asm_rv32\ndef f():\n    pass\n", "rv32imc")


def test_words_of_the_board_only() -> None:
    for instruction in boundary_instructions(SET):
        assert not (speaks(instruction) and instruction.row.extension in ("zba", "zcmp", "rv32a"))
