"""Zcmt and what makers of chips added: their words, what stands together, and what they do."""

from __future__ import annotations

import itertools
from random import Random

import pytest
from corpus.judges import JUDGES

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.basis.run_options import ENGINES
from asm_rv32.isa.checking import overlap, validate
from asm_rv32.isa.decode import decode
from asm_rv32.isa.sets import (
    IsaError,
    everything,
    instruction_set,
    widest_isa,
)
from asm_rv32.isa.tables import excluded_extensions, extension_files, parts_of_extensions
from asm_rv32.isa.text import text
from asm_rv32.machine.emulator import run
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.settings import Settings


def test_which_extensions_exclude_each_other_follows_from_their_bits() -> None:
    parts = parts_of_extensions()
    names = {file: name for name, file in extension_files().items()}
    found = {
        frozenset((names[first.extension], names[second.extension]))
        for first, second in itertools.combinations(everything().encodings, 2)
        if first.extension != second.extension and overlap(first, second)
    }
    rows = excluded_extensions().items()
    stated = {frozenset((name, other)) for name, others in rows for other in others}
    assert (
        found - {frozenset((part.partition(".")[0], whole)) for part, whole in parts.items()}
        == stated
    )
    for pair in stated:
        with pytest.raises(IsaError, match="which have the same bits for different"):
            instruction_set("_".join(["rv32imc", *pair]))
    validate(instruction_set(widest_isa()))


def test_what_is_linked_together_has_to_stand_together() -> None:
    source = """
@asm_rv32(isa="rv32imc_xw")
def f(a):
    call(g)

@asm_rv32(isa="rv32imc_zcb")
def g(a):
    nop()
"""
    with pytest.raises(AssemblyError, match=r"linked together: .* Zcb .*name one of them"):
        assemble(source)


@pytest.mark.heavy
def test_llvm_shortens_to_the_same() -> None:
    choice = Random(5)
    lines, ours = [], []
    for name, base, offset in itertools.product(
        ("lbu", "lhu", "sb", "sh", "lb", "lh"), ("a1", "sp", "t0"), range(-1, 66)
    ):
        register = choice.choice(("a0", "s0", "t1"))
        lines.append(f"{name} {register},{offset}({base})")
        ours.append(f"    {name}({register}, {offset}({base}))\n")
    image = assemble(f'@asm_rv32(isa="rv32imac_xw")\ndef f():\n{"".join(ours)}').functions["f"]
    theirs = JUDGES["llvm"].assemble(lines, instruction_set("rv32imac_xw"))
    assert image.code[: len(theirs)] == theirs


def test_the_words_of_the_documents() -> None:
    """As Hazard3's and PicoRV32's macros make them, and esp-idf's tests of a decoder have them."""
    for isa, line, word in (
        ("xh3bextm", "h3_bextm(a0, a1, a2, 8)", 7 << 26 | 12 << 20 | 11 << 15 | 10 << 7 | 0x0B),
        ("xh3bextm", "h3_bextm(a0, a1, a2, 1)", 12 << 20 | 11 << 15 | 10 << 7 | 0x0B),
        ("xh3bextm", "h3_bextmi(a0, a1, 31, 3)",
         2 << 26 | 31 << 20 | 11 << 15 | 4 << 12 | 10 << 7 | 0x0B),
        ("xh3power", "h3_block()", 0x0000_2033),
        ("xh3power", "h3_unblock()", 0x0010_2033),
        ("xpicorv32", "getq(a0, q3)", 3 << 15 | 4 << 12 | 10 << 7 | 0x0B),
        ("xpicorv32", "setq(q2, a1)", 1 << 25 | 11 << 15 | 2 << 12 | 2 << 7 | 0x0B),
        ("xpicorv32", "retirq()", 2 << 25 | 0x0B),
        ("xpicorv32", "maskirq(a0, a1)", 3 << 25 | 11 << 15 | 6 << 12 | 10 << 7 | 0x0B),
        ("xpicorv32", "waitirq(a0)", 4 << 25 | 4 << 12 | 10 << 7 | 0x0B),
        ("xpicorv32", "timer(a0, a1)", 5 << 25 | 11 << 15 | 6 << 12 | 10 << 7 | 0x0B),
        ("xesploop", "esp_lp_setupi(0, 0, 0)", 0x502B),
        ("xesploop", "esp_lp_setup(0, s0, 0)", 0x4402B),
        ("xesploop", "esp_lp_starti(0, 0)", 0x2B),
        ("xesploop", "esp_lp_endi(0, 0)", 0x102B),
        ("xesploop", "esp_lp_counti(0, 0)", 0x302B),
        ("xesploop", "esp_lp_count(0, s0)", 0x4202B),
    ):  # fmt: skip
        source = f'@asm_rv32(isa="rv32imc_{isa}")\ndef f():\n    {line}\n    nop()\n'
        code = assemble(source).functions["f"].code
        assert int.from_bytes(code[:4], "little") == word, line
        shown = decode(word, instruction_set(f"rv32imc_{isa}"))
        assert shown is not None
        assert text(shown) == line


def test_hazard3s_hints_are_hints_elsewhere() -> None:
    assert str(decode(0x2033, instruction_set("rv32imc"))).startswith("Instruction(row=Row(slt")


@pytest.mark.parametrize("engine", ENGINES)
def test_bits_are_extracted(engine: str) -> None:
    """The pseudo-code of Hazard3's document: `(rs1 >> rs2[4:0]) & ~(-1 << nbits)`."""
    source = """
@asm_rv32(isa="rv32imc_xh3bextm")
def f(a, b) -> uint:
    h3_bextm(a2, a, b, {size})
    h3_bextmi(a, a, {shift}, {size})
    slli(a, a, 8)
    or_(a0, a, a2)
"""
    choice = Random(6)
    for size, shift in itertools.product(range(1, 9), (0, 1, 17, 31)):
        image = assemble(source.format(size=size, shift=shift)).functions["f"]
        a, b = choice.getrandbits(32), choice.getrandbits(32)
        mask = (1 << size) - 1
        expected = (a >> shift & mask) << 8 | a >> (b & 31) & mask
        assert run(image, (a, b), Settings(engine=engine)).result == expected


JUMPS = """
@asm_rv32(isa="rv32imc_zcmt")
def f(n) -> uint:
    mv(t1, ra)
    la(t0, table)
    addi(t0, t0, 63)
    csrw(jvt, t0)
    cm_jalt(32)
    mv(ra, t1)
    csrr(a1, jvt)
    la(t0, table)
    bne(a1, t0, wrong)
    cm_jt(1)
    label(wrong)
    li(a0, 0)
    ret()
    align(64)
    label(table)
    data(4, wrong, last + 1)
    space(30 * 4)
    data(4, inner)
    label(inner)
    addi(a0, a0, 7)
    jr(ra)
    label(last)
    slli(a0, a0, 1)
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_table_is_jumped_through(engine: str) -> None:
    """jvt loses its low six bits, and a target its lowest one (Unprivileged ISA, 28.15)."""
    image = assemble(JUMPS).functions["f"]
    assert run(image, (5,), Settings(engine=engine)).result == 24


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("isa", "body", "code"),
    [
        ("xh3power", "h3_block()", "endless-wait"),
        ("xpicorv32", "timer(a0, a0)", "not-emulated"),
        ("xpicorv32", "waitirq(a0)", "not-emulated"),
        ("xesploop", "esp_lp_counti(0, 5)", "not-emulated"),
        ("xh3irq", "csrr(a0, meiea)", "illegal-instruction"),
        ("zicond", "csrr(a0, jvt)", "illegal-instruction"),
    ],
)
def test_what_cannot_be_run_says_so(engine: str, isa: str, body: str, code: str) -> None:
    lines = "".join(f"    {line}\n" for line in body.split("; "))
    image = assemble(f'@asm_rv32(isa="rv32imc_{isa}")\ndef f(p):\n{lines}').functions["f"]
    with pytest.raises(ExecutionError) as caught:
        run(image, (bytearray(4),), Settings(engine=engine))
    assert caught.value.code == code


@pytest.mark.parametrize("engine", ENGINES)
def test_picorv32s_registers_hold_what_they_are_given(engine: str) -> None:
    source = """
@asm_rv32(isa="rv32imc_xpicorv32")
def f(a, b) -> uint:
    setq(q3, a)
    setq(q2, b)
    maskirq(a2, zero)
    maskirq(a3, a2)
    getq(a0, q3)
    getq(a1, q2)
    sub(a0, a0, a1)
    add(a0, a0, a2)
    add(a0, a0, a3)
"""
    image = assemble(source).functions["f"]
    assert run(image, (50, 8), Settings(engine=engine)).result == 41


@pytest.mark.parametrize("engine", ENGINES)
def test_bytes_and_halfwords_of_wch(engine: str) -> None:
    """Each of the eight, whose bits unicorn takes for loads and stores of doubles."""
    source = """
@asm_rv32(isa="rv32imc_xw")
def f(p) -> uint:
    addi(sp, sp, -32)
    xw_c_lbu(a1, 31(a0))
    xw_c_lhu(a2, 62(a0))
    xw_c_sb(a1, 30(a0))
    xw_c_sh(a2, 60(a0))
    xw_c_sbsp(a1, 15(sp))
    xw_c_shsp(a2, 30(sp))
    xw_c_lbusp(a3, 15(sp))
    xw_c_lhusp(a0, 30(sp))
    addi(sp, sp, 32)
    slli(a3, a3, 16)
    or_(a0, a0, a3)
"""
    image = assemble(source).functions["f"]
    assert len(image.code) < 40
    data = bytearray(range(64))
    assert run(image, (data,), Settings(engine=engine)).result == 31 << 16 | 63 << 8 | 62
    assert (data[30], data[60:62]) == (31, bytes((62, 63)))
