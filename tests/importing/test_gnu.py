"""What is made of constructs of GNU as, one by one; mistakes at their places; hostile sources."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import FrameType

import pytest
from corpus import toolchain

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError, Source
from asm_rv32.basis.run_options import ENGINES
from asm_rv32.commands.cli import main
from asm_rv32.importing.gnu import NoSuchFunction, Options, import_gnu
from asm_rv32.isa.tables import tables
from asm_rv32.machine.emulator import run
from asm_rv32.machine.settings import DEFAULT_SETTINGS

HEAD = ".globl f\nf:\n"


def imported(text: str, *functions: str) -> str:
    return import_gnu(Source("x.s", text), Options(functions=functions)).text


def body(text: str, name: str = "f") -> list[str]:
    """The statements of a function or a block, without blanks around them."""
    lines = imported(text).splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith(f"def {name}("))
    found = []
    for line in lines[first + 1 :]:
        if not line.startswith("    "):
            break
        found.append(" ".join(line.split()))
    return found


STATEMENTS = {
    "add a0, a1, 4": ["addi(a0, a1, 4)"],
    "move fp, x10": ["mv(s0, a0)"],
    "LW a0, (a1)": ["lw(a0, 0(a1))"],
    "lw a0, 4+4*2(sp)": ["lw(a0, (4 + 4 * 2)(sp))"],
    "lw a0, -8(sp)": ["lw(a0, -8(sp))"],
    "andi a0, a0, 0xfffffff0": ["andi(a0, a0, -16)"],
    "li a0, 0x1ffffffff": ["li(a0, 0xffffffff)"],
    "li a0, -7/2": ["li(a0, -3)"],
    "li a0, 1 == 1": ["li(a0, -1)"],
    "li a0, 017": ["li(a0, 0o17)"],
    "li a0, 0x10UL + 0b11u + 2L": ["li(a0, 0x10 + 0b11 + 2)"],
    "lla a0, 5": ["li(a0, 5)"],
    "csrw mscratch, 5": ["csrwi(mscratch, 5)"],
    "csrrw a0, mepc, a1": ["csrrw(a0, a1, mepc)"],
    "amoadd.w.aq a0, a1, (a2)": ["amoadd_w_aq(a0, a1, 0(a2))"],
    "fence rw, w": ["fence(rw, w)"],
    "jalr a0, a1": ["jalr(a0, a1, 0)"],
    "call t0, g": ["call(t0, g)"],
    "la a0, 0x1234": ["li(a0, 0x1234)"],
    "scall; sbreak": ["ecall()", "ebreak()"],
    "j ra; ra: call zero": ["j(ra_)", "label(ra_)", "call(zero_)"],
    "la a0, s1; lw a1, x2; sw a0, fp, t0": ["la(a0, s1_)", "lw(a1, x2_)", "sw(a0, fp_, t0)"],
    ".func f; nop; .endfunc": ["nop()"],
    "c.slli64 x0; c.slli64 a0": ["c_slli(zero, 0)", "c_slli(a0, 0)"],
    "frsr a0; fssr a1; fssr a0, a1": ["frcsr(a0)", "fscsr(a1)", "fscsr(a0, a1)"],
    ".insn r 0x33, 0, 1, a0, a1, a2": ["data(4, 0x02c58533) # .insn r 0x33, 0, 1, a0, a1, a2"],
    ".insn i CUSTOM_0, 2, a0, -1(a1)": ["data(4, 0xfff5a50b) # .insn i CUSTOM_0, 2, a0, -1(a1)"],
    ".insn 0x0001": ["data(2, 0x0001) # .insn 0x0001"],
    "cm.push {ra,s0-s3}, -32": ["cm_push({ra, s0 - s3}, -32)"],
    "nop # why": ["nop() # why"],
    "nop // why": ["nop() # why"],
    "nop /* why */": ["nop() # why"],
    "/* one\n * two */\nnop": ["# one", "# two", "nop()"],
    "1: bnez a0, 1b; j 1f; nop; 1:": [
        "label(L1)", "bnez(a0, L1)", "j(L1_2)", "nop()", "label(L1_2)"],
    ".Lif: bnez a0, .Lif": ["label(Lif)", "bnez(a0, Lif)"],
    "a0_: j a0_": ["label(a0_)", "j(a0_)"],
    "if: j if": ["label(if_)", "j(if_)"],
    "a.b: j a.b; j a$b; a$b:": ["label(a_b)", "j(a_b)", "j(a_b_2)", "label(a_b_2)"],
    "beqz a0, .+8; addi a0, a0, 100; add a1, a1, a0; j .-4": None,
    "j .": ["label(here)", "j(here)"],
    ".word 1, 0xffffffff, 1b - 1f; 1: .byte 'a', '\\n; 1:": None,
    ".rept 3; nop; .endr": ["for _ in range(3):", "nop()"],
    ".irp r, a0, a1; neg \\r, \\r; .endr": ["# 2 times:", "neg(a0, a0)", "neg(a1, a1)"],
    ".irpc n, 12; li a0, \\n; .endr": ["# 2 times:", "li(a0, 1)", "li(a0, 2)"],
    ".set n, 1; li a0, n; .set n, n + 1; li a0, n": ["li(a0, 1)", "li(a0, 2)"],
    ".if 1; nop; .elseif 1; ret; .else; ecall; .endif": ["nop()"],
    ".ifdef f; nop; .endif; .ifndef g; ecall; .endif": ["nop()", "ecall()"],
    '.ifc a, a; nop; .endif; .ifnes "a", "b"; ecall; .endif': ["nop()", "ecall()"],
    ".ifb ; nop; .endif; .ifnb x; ecall; .endif; .if 0; .if 1; ret; .endif; .endif": [
        "nop()", "ecall()"],
    ".balign 8; nop; .p2align 2": ["align(8)", "nop()", "align(4)"],
    ".balign 8; nop; .p2align 3,,2; .balign 4, 1": [
        "align(8)", "nop()", 'data(1, b"\\x01\\x01")'],
    "k: nop; .org k + 8; . = . + 2": ["label(k)", "nop()", "space(6)", "space(2)"],
    ".loc 1 2 3; .cfi_startproc; .file \"x.c\"; nop": ["nop()"],
}  # fmt: skip


@pytest.mark.parametrize("source", [each for each, wanted in STATEMENTS.items() if wanted])
def test_a_statement_becomes(source: str) -> None:
    isa = "rv32imac_zcmp" if "cm." in source else "rv32imac"
    text = f"{HEAD}ebreak\n{source}\nret\n.globl g\ng: ret\n"
    lines = import_gnu(Source("x.s", text), Options(isa)).text.splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith("def f("))
    last = next(at for at, line in enumerate(lines) if line == "    ret()")
    assert [" ".join(line.split()) for line in lines[first + 2 : last]] == STATEMENTS[source]


GOING = (
    "b 0x63, 1, a0, a1, f", "sb BRANCH, 0, a0, zero, g", "j 0x6f, zero, g", "uj JAL, ra, f",
    "b 0x63, 7, t6, a5, . - 4",
)  # fmt: skip


@pytest.mark.parametrize("option", ["rvc", "norvc"])
def test_an_instruction_by_its_fields_goes_to_its_label(option: str) -> None:
    lines = ["f: ebreak", ".option norvc", "nop", f".option {option}"]
    lines += [f".insn {each}" for each in GOING]
    if option == "rvc":
        lines += [".insn cb 1, 6, a0, f", ".insn cj C1, 5, g"]
    lines += [".option norvc", "nop", "g: nop", "ret"]
    theirs, refused = toolchain.gnu_assemble(lines)
    assert not refused
    assert assemble(imported("\n".join([*lines, ""]))).functions["f"].code == theirs


FIELDS = {
    "r": ["0x33, 5, 0x7f, a0, a1, s2", "0x43, 5, 2, a0, a1, s2, t6"],
    "r4": ["0x43, 5, 2, a0, a1, s2, t6"],
    "i": ["0x13, 5, a0, t6, -7", "0x13, 5, a0, -7(t6)"], "s": ["0x23, 5, a0, -77(t6)"],
    "u": ["0x37, a0, 0xabcde"], "cr": ["2, 9, a0, t6"], "ci": ["1, 5, t6, -7"],
    "ca": ["1, 0x23, 2, a0, s1"], "ciw": ["0, 5, s1, 0xb4"], "css": ["2, 5, t6, 0x2d"],
    "cl": ["0, 5, s1, 0x16(a5)"], "cs": ["0, 5, s1, (0x16)(a5)"],
}  # fmt: skip


def test_an_instruction_by_its_fields_is_what_gnu_as_makes_of_it() -> None:
    """Each format with its bits mixed, and each name of an opcode."""
    known = tables()["gnu"]
    assert FIELDS.keys() == {form for form, each in known["insn"].items() if "target" not in each}
    lines = [f".insn {form} {each}" for form, rows in FIELDS.items() for each in rows]
    lines += [
        f".insn r {name}, 1, 2, a0, a1, a2" if number > 2 else f".insn cr {name}, 9, a0, a1"
        for name, number in known["opcodes"].items()
    ]
    expected, refused = toolchain.gnu_assemble(lines, "rv32imafc")
    assert refused == []
    found = [re.match(r"data\((\d), (0x\w+)\)", each) for each in body(HEAD + "\n".join(lines))]
    made = [int(each[2], 16).to_bytes(int(each[1]), "little") for each in found if each]
    assert len(made) == len(lines) and b"".join(made) == expected


BLOCKS = {
    ".word 1, 0x10, -1": ["data(4, 1, 0x10, -1)"],
    ".byte 'a', '\\n', 0x1ff": ["data(1, 97, 10, 0xff)"],
    '.asciz "a\\"b", "\\101\\x42"': ["data(1, b'a\"b\\0')", 'data(1, b"AB\\0")'],
    ".dword 0x123456789abcdef0": ["data(4, 0x9abcdef0, 0x12345678)"],
    ".quad f + 4, -1": ["data(4, f + 4, 0, 0xffffffff, 0xffffffff)"],
    ".float 1.5": ["data(4, 0x3fc00000) # 1.5"],
    ".uleb128 300": ["data(1, 0xac, 0x02) # 300"],
    ".fill 3, 2, 7": ["data(2, 7, 7, 7)"],
    ".skip 5; .space 2, 1": ["space(5)", 'data(1, b"\\x01\\x01")'],
    ".byte 1; .p2align 2, 9; .byte 2": ["data(1, 1)", 'data(1, b"\\t\\t\\t")', "data(1, 2)"],
    ".byte 1; .org 8; .byte 2": ["data(1, 1)", "space(7)", "data(1, 2)"],
    ".word d, d + 4, f": ["data(4, d, d + 4, f)"],
    ".word 1f - d, . - d; 1: .byte 1": ["data(4, 8)", "data(4, 4)", "data(1, 1)"],
    ".skip 16 - (. - d)": ["space(16)"],
    '.ascii "a\nb\\\nc"': ['data(1, b"a\\nb\\\\nc")'],
    ".dword 1f - d, d - 1f; 1: .byte 1": ["data(4, 16, 0, -16, 0xffffffff)", "data(1, 1)"],
    ".octa 0x10000000200000003, -1": [
        "data(4, 0x3, 0x2, 0x1, 0x0, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff)"
    ],
    '.string16 "ab"; .dcb.w 2, 7; .ds.b 3': [
        'data(1, b"a\\0b\\0\\0\\0")',
        "data(2, 7, 7)",
        "space(3)",
    ],
    ".byte 1, 2; .balignw 8, 0x1234": ["data(1, 1, 2)", 'data(1, b"4\\x124\\x124\\x12")'],
    ".byte 1; .org 4, 7": ["data(1, 1)", 'data(1, b"\\x07\\x07\\x07")'],
    ".subsection 1; .byte 2; .subsection 0; .byte 1; .data 2; .byte 3": [
        "data(1, 1)",
        "data(1, 2)",
        "data(1, 3)",
    ],
    ".uleb128 -1": ["data(1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01) # -1"],
    ".rept 2; .word 7; .endr": ["for _ in range(2):", "data(4, 7)"],
}


@pytest.mark.parametrize("source", BLOCKS)
def test_data_becomes(source: str) -> None:
    assert body(f"{HEAD}la a0, d\nret\n.data\nd: {source}\n", "d") == BLOCKS[source]


def test_functions_are_told_apart_and_keep_together_what_jumps() -> None:
    text = """
        .globl one, two, three
one:    beqz a0, within         # into the middle of two
        ret
two:    li a0, 1
within: addi a0, a0, 1
        ret
three:  call two
        tail one
"""
    lines = imported(text).splitlines()
    assert [line for line in lines if line.startswith("def ")] == [
        "def one(a0):", "def two():", "def three():",
    ]  # fmt: skip
    assert "    tail(one.two)" in lines and "    call(one.two)" in lines
    # Those that nothing but a call goes to stay apart.
    assert "    tail(one)" in lines


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("addi sp, sp, -32; sw a1, 28(sp); lw a0, 28(sp); addi sp, sp, 32; ret", 2),
        ("addi sp, sp, -32; lw a0, 32(sp); addi sp, sp, 32; ret", 8),
        ("beqz a0, 1f; addi sp, sp, -16; lw a0, 0(sp); addi sp, sp, 16; 1: lw a1, 4(sp); ret", 8),
        ("addi sp, sp, -16; call t0, other; lw a0, 16(sp); addi sp, sp, 16; ret", 0),
        ("sub sp, sp, a0; lw a0, 16(sp); ret", 1),
    ],
)
def test_what_reads_the_stack_of_its_caller_takes_all_registers(text: str, count: int) -> None:
    listed = ", ".join(f"a{number}" for number in range(count))
    assert f"\ndef f({listed}):\n" in imported(HEAD + text + "\n")


def test_jumps_through_a_table_of_another_section_lead_to_what_reads_registers() -> None:
    text = HEAD + "la a5, go; lw a5, (a5); jr a5\n.L1: ret\n.L2: mv a0, a1; ret\n"
    text += ".section .rodata\n.type go, @object\n.size go, 8\ngo: .word .L1, .L2\n"
    assert "\ndef f(a0, a1):\n" in imported(text)


def test_what_stands_before_the_first_label_has_no_name() -> None:
    text = "li a0, 3\nloop: addi a0, a0, -1\nbnez a0, loop\nlw a1, x\nret\n"
    text += ".data\n.word 1\nx: .word 2\n"
    first = ["li(a0, 3)", "label(loop)", "addi(a0, a0, -1)", "bnez(a0, loop)"]
    assert body(text, "start") == [*first, "lw(a1, values.x)", "ret()"]
    assert body(text, "values") == ["data(4, 1)", "label(x)", "data(4, 2)"]
    assert assemble(imported(text)).functions["start"].code[:6] == bytes.fromhex("0d457d15 7dfd")


def test_a_global_label_within_a_block_is_told_of() -> None:
    text = ".globl a, b\n.data\na: .word 1\nb: .word 2\nc: .word 3\n"
    _, label, _, other, _ = body(text, "a")
    assert label == "label(b) # global in the source, here its block's own"
    assert other == "label(c)"


def test_what_is_weak_stays_so() -> None:
    made = imported(".weak f, d, a.b\nf: ret\na.b: ret\n.data\nd: .word 1\n")
    assert "@asm_rv32(weak=True)\ndef f(" in made
    assert '@asm_rv32(weak=True, symbol="a.b")\ndef a_b(' in made
    assert "@asm_data(writable=True, weak=True)\ndef d(" in made


def test_a_layout_without_bytes_gives_numbers() -> None:
    layout = ".struct 8\nA: .word 0, 0\nB: .byte 1\n.balign 4\nC: .skip 4 * 2\nSIZE:\nLEN = . - A\n"
    made = imported(f"{layout}.text\nf: lw a0, C(a1)\nli a1, SIZE\nli a2, LEN\nret\n")
    for line in ("C = 20", "SIZE = 28", "LEN = 28 - A", "lw(a0, C(a1))", "li(a1, SIZE)"):
        assert f"{line}\n" in made


def test_what_fills_a_gap_in_front_of_a_function_is_not_its_own() -> None:
    assert body(".org 0\n.section .text\n.balign 64, 0xff\nf: ret\n") == ["align(64)", "ret()"]


def test_what_runs_on_says_so() -> None:
    text = ".globl f, g\nf: nop\n# of g\ng: ret\n"
    assert body(text) == ["nop()", "tail(g) # goes on in g"]
    assert "\n# of g\n@asm_rv32\ndef g():" in imported(text)


def test_a_label_in_front_of_what_aligns_a_function_goes_there() -> None:
    lines = imported(".globl a, b\na:\n.balign 32\nb: li a0, 5\nret\n").splitlines()
    assert lines[lines.index("def a():") + 1].split()[0] == "tail(b)"
    images = assemble("\n".join(lines)).functions
    assert [run(images[name], ()).result for name in "ab"] == [5, 5]


def test_what_another_register_links_is_no_function() -> None:
    text = ".globl f\nf: jal a1, inner\ninner: mv a0, a1\nret\n"
    assert body(text) == ["jal(a1, inner)", "label(inner)", "mv(a0, a1)", "ret()"]


def test_what_counts_from_where_it_stands_keeps_its_neighbours() -> None:
    text = ".globl f\nf: auipc a0, 0\naddi a0, a0, 12\nret\ntable: .word 7, 8\ng: ret\n"
    lines = body(".option norvc\n" + text)
    assert lines[3:] == ["label(table)", "data(4, 7, 8)", "label(g)", "ret()"]


def test_a_label_within_a_text_does_not_part_it() -> None:
    text = ".globl f\nf: lla a0, .L0\nlla a1, .L1\nlla a2, .L2\nret\n"
    text += '.section .rodata.str1.4, "aMS", @progbits, 1\n'
    text += '.L0: .ascii "one "\n.L1: .string "text"\n.L2: .string "other"\n'
    found = imported(text)
    assert found.count("@asm_data") == 2 and "    label(L1)\n" in found


def test_an_upper_part_at_the_start_of_a_function_has_a_label() -> None:
    text = ".globl f\nf:\n9: auipc a0, %pcrel_hi(f + 8)\naddi a0, a0, %pcrel_lo(9b)\nret\n"
    assert body(text) == [
        "label(start_f)", "auipc(a0, pcrel_hi(f + 8))", "addi(a0, a0, pcrel_lo(start_f))", "ret()",
    ]  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
def test_code_among_data_that_can_be_written_is_stored_into(engine: str) -> None:
    text = HEAD + "lh a1, g\nsh a1, h, t0\nfence.i\nj h\n.data\ng: c.addi a0, 10\n"
    text += "h: addi a0, a0, 5\nret\n"
    made = imported(text)
    assert made.count("\n# among data that can be written in the source: a run lets") == 2
    settings = DEFAULT_SETTINGS._replace(engine=engine)
    assert run(assemble(made).functions["f"], (1,), settings).result == 11


def test_a_symbol_may_be_called_as_a_register_is() -> None:
    """Where no register can stand, GNU as takes a register's name for a symbol."""
    source = """
    .globl f
f:  addi sp, sp, -16
    sw ra, 12(sp)
    call a1
    jal t0
    beqz zero, s3
    li a0, 0
s3: lw ra, 12(sp)
    addi sp, sp, 16
    j sp
a1: lui a0, %hi(gp)
    lw a0, %lo(gp)(a0)
    ret
t0: addi a0, a0, 1
    ret
sp: addi a0, a0, 1
    ret
    .data
gp: .word 40
"""
    image = assemble(import_gnu(Source("x.s", source)).text).functions["f"]
    assert run(image, ()).result == 42


def test_several_names_of_one_place_are_functions() -> None:
    text = ".globl memcpy, copy, other\nmemcpy: copy: ret\n.set other, memcpy\n"
    assert body(text, "copy") == ["tail(memcpy)"]
    assert body(text, "other") == ["tail(memcpy)"]


def test_a_macro_is_kept_where_it_says_what_it_made() -> None:
    text = """
        .macro add3 rd, by=3   # three more
        addi \\rd, \\rd, \\by
        .endm
        .macro pick n
        .if \\n > 3
        addi a0, a0, \\n
        .else
        addi a1, a1, \\n
        .endif
        .endm
        .globl f
f:      add3 a0
        add3 a1, 4
        pick 5
        ret
"""
    made = imported(text)
    assert "# three more\n@asm_macro\ndef add3(rd, by=3):\n    addi(rd, rd, by)\n" in made
    assert body(text) == ["add3(a0)", "add3(a1, 4)", "# pick 5", "addi(a0, a0, 5)", "ret()"]


def test_a_macro_whose_end_is_the_start_of_another_goes_there() -> None:
    text = """
        .macro skip reg
        beqz \\reg, 8f
        neg \\reg, \\reg
8:
        .endm
        .macro again reg
.Lin\\@: addi \\reg, \\reg, -1
        bnez \\reg, .Lin\\@
        .endm
        .globl f
f:      skip a0
        again a1
        ret
"""
    assert body(text)[-4:-1] == ["label(Lin1)", "addi(a1, a1, -1)", "bnez(a1, Lin1)"]
    assert "beqz(a0, Lin1)" in body(text)


def test_constants_are_the_modules() -> None:
    text = ".equ N, 4 # how many\nM = N * 2\n.globl f\nf: li a0, M + 1\nlw a1, M(sp)\nret\n"
    assert "N = 4                                     # how many\nM = N * 2\n" in imported(text)
    assert body(text) == ["li(a0, M + 1)", "lw(a1, M(sp))", "ret()"]


def test_a_length_keeps_its_name() -> None:
    text = HEAD + 'li a0, len\nret\n.section .rodata\nmsg: .ascii "four"\nlen = . - msg\n'
    assert "\nlen_ = 4\n" in imported(text)
    assert body(text)[0] == "li(a0, len_)"


def test_the_isa_is_what_the_instructions_need() -> None:
    assert '@asm_rv32(isa="rv32imac")' in imported(HEAD + "lr.w a0, (a1)\nret\n")
    assert '@asm_rv32(isa="rv32imc_zbb")' in imported(HEAD + "andn a0, a0, a1\nret\n")
    assert "@asm_rv32(compress=False)" in imported(
        '.attribute arch, "rv32i2p1_m2p0"\n' + HEAD + "ret\n"
    )


@pytest.mark.parametrize(
    ("isa", "line", "options"),
    [
        ("rv32i", "add a0, a0, a1", "(compress=False)"),
        ("rv32imc_zbb_zcb", "c.sext.b a0", '(isa="rv32imc_zbb_zcb")'),
        ("rv32imac_zabha_zacas", "amocas.b a0, a1, (a2)", '(isa="rv32imc_zabha_zacas")'),
        # what is shortened by an extension that has not the instruction itself
        ("rv32imac_zbb_zcb", "mul a0, a0, a1", '(isa="rv32imc_zcb")'),
        ("rv32imac_xw", "lbu a0, 3(a1)", '(isa="rv32imc_xw")'),
        ("rv32imac_zbb_zcb", "not a0, a0", '(isa="rv32imc_zcb")'),
        ("rv32imac_zcb", "add a0, a0, a1", ""),
    ],
)
def test_the_isa_that_is_given_makes_the_code_that_it_makes_elsewhere(
    isa: str, line: str, options: str
) -> None:
    found = import_gnu(Source("x.s", f"{HEAD}{line}\n"), Options(isa)).text
    assert f"\n@asm_rv32{options}\n" in found


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("ori a0, a1, %hi(f)", "hi"), ("xori a0, a1, %hi(345)", "hi"), ("lui a0, %lo(f)", "lo"),
        ("slli a0, a0, %lo(1)", "lo"), ("csrrwi a1, 1, %hi(f)", "hi"), ("c.li t0, %lo(f)", "lo"),
        ("la a0, %hi(1234)", "hi"), ("prefetch.r %lo(f)(a0)", "lo"), ("auipc a0, %lo(f)", "lo"),
    ],
)  # fmt: skip
def test_a_part_of_an_address_is_refused_where_no_linker_fills_it_in(line: str, part: str) -> None:
    with pytest.raises(AssemblyError, match=f"has no place for %{part}") as caught:
        import_gnu(Source("x.s", f"{HEAD}nop\n{line}\n"), Options("rv32imc_zicbop"))
    (found,) = caught.value.diagnostics
    assert caught.value.source.locate(found.span.start)[0] == 4
    _, refused = toolchain.gnu_assemble(["f:", line], "rv32imc_zicbop")
    assert refused


@pytest.mark.parametrize("line", ["flw fa0, 0(a0)", "fadd.s fa0, fa1, fa2", "fadd.s fa0, a1, a2"])
def test_what_the_isa_excludes_is_told_at_its_place(line: str) -> None:
    with pytest.raises(AssemblyError) as caught:
        import_gnu(Source("x.s", f"{HEAD}nop\n{line}\n"), Options("rv32imc_zfinx"))
    (found,) = caught.value.diagnostics
    assert caught.value.source.locate(found.span.start)[0] == 4


@pytest.mark.parametrize(
    ("text", "isa"),
    [
        ("", "rv32i"), ('.attribute arch, "rv32i2p1_zicsr2p0"\n', ""),
        (".option arch, rv32i\n", ""),
    ],
)  # fmt: skip
def test_an_isa_that_is_named_is_all_there_is(text: str, isa: str) -> None:
    options = Options(isa, is_bound=True) if isa else Options()
    lines = f"{HEAD}andn a0, a0, a1\nadd a0, a0, a0\nmul a0, a0, a0\n"
    with pytest.raises(AssemblyError) as caught:
        import_gnu(Source("x.s", text + lines), options)
    one, other = caught.value.diagnostics
    assert one.message == "'andn' needs the extension Zbb (basic bit manipulation)"
    assert one.notes == ("help: --isa rv32i_zbb",)
    assert other.message.startswith("'mul' needs the extension M")
    more = ".option arch, +m, +zbb\n"
    assert "andn(a0, a0, a1)" in import_gnu(Source("x.s", text + more + lines), options).text


def test_one_function_comes_with_what_it_needs() -> None:
    text = (
        ".globl f, g, h\nf: call g\nret\ng: la a0, d\nret\nh: ret\n.data\nd: .word 1\ne: .word 2\n"
    )
    made = imported(text, "f")
    assert "def f(" in made and "def g(" in made and "def d(" in made and "def h(" not in made
    with pytest.raises(NoSuchFunction, match="no function 'F'; it has: f, g, h"):
        imported(text, "F")


def test_a_function_that_is_short_in_parts_keeps_its_sizes() -> None:
    text = HEAD + "addi a0, a0, 1\n.option norvc\naddi a0, a0, 1\n.option rvc\nbeqz a0, f\nret\n"
    theirs, _ = toolchain.gnu_assemble(text.splitlines())
    assert assemble(imported(text)).functions["f"].code == theirs


WRONG = {
    "frob a0": "2:1: error[syntax]: 'frob' is no instruction here",
    "lw a0, 4096(a1)": "2:1: error[immediate-range]: 'lw' takes -2048..2047 here, got 4096",
    "  li a0, (1": "2:3: error[syntax]: a bracket is not closed",
    "hret": "2:1: error[syntax]: 'hret' has no form here: it was taken out",
    ".equiv f, 1": "2:1: error[syntax]: 'f' has a value already",
    ".altmacro\n.macro m a\n.endm\nm %x": "5:1: error[syntax]: % gives the value of an expression",
    "j 1b": "2:1: error[syntax]: there is no label 1 before this",
    ".section .init_array,\"aw\"\n.word f": "2:1: error[no-form]: nothing here calls what",
    ".include \"x\"": '2:1: error[syntax]: "x" cannot be read',
    ".incbin \"x\"": '2:1: error[syntax]: "x" cannot be read',
    ".insn b 0x0b, 0, a0, a1, f": "2:1: error[no-form]: this is no instruction here that goes",
    ".insn f 0x0b, 0": "2:1: error[no-form]: .insn f has no form here",
    "beq a0, a1, 0x10": "2:1: error[operand-kind]: 'beq' takes a label as its target, got the",
    ".reloc ., R_RISCV_RELAX": "2:1: error[no-form]: .reloc has no form here: a relocation",
    ".org 64": "2:1: error[no-form]: .org among instructions is counted from a label here",
    "call f\n.org f + 64": "3:1: error[no-form]: a size that hangs on a distance",
    "nop\n.org f + 2": "3:1: error[no-form]: .org goes back",
    ".macro m\nm\n.endm\nm": "3:1: error[too-large]: macros are used within each other",
    ".rept 1000000\n.endr": "2:1: error[too-large]: a repetition goes 0 to",
    ".if 1": "2:1: error[syntax]: a condition is not ended",
    ".rept 2": "2:1: error[syntax]: what begins here is not ended by .endr",
    "x: nop\nx: nop": "3:1: error[duplicate-label]: the label 'x' stands twice",
    "/* open": "2:1: error[syntax]: this comment is not closed",
    ".macro m a\nfrob \\a\n.endm\nm a0": "3:1: error[syntax]: 'frob' is no instruction here",
    ".skip f": "2:1: error[no-form]: the size of a space is no number here",
    "li a0, 1/0": "2:1: error[no-form]: a division by zero",
    ".error \"no\"": "2:1: error[syntax]: the source says: \"no\"",
    ".p2align 4,,7": "2:1: error[no-form]: alignment with a value or a limit",
    ".tls_common x": "2:1: error[no-form]: .tls_common has no form here",
}  # fmt: skip


@pytest.mark.parametrize("source", WRONG)
def test_a_mistake_is_told_at_its_place(source: str) -> None:
    with pytest.raises(AssemblyError) as raised:
        imported(f"f: nop\n{source}\n")
    assert raised.value.render().startswith(f"x.s:{WRONG[source]}"), raised.value.render()


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(AssemblyError) as raised:
        imported('frob\nnop\n.incbin "x"\nli a0, (\n')
    assert len(raised.value.diagnostics) == 3


HOSTILE = {
    "nested macros": "".join(
        f".macro m{n} a\nm{n + 1} \\a\\a\nm{n + 1} \\a\n.endm\n" for n in range(60)
    ) + "m0 x\n",
    "nested repetitions": ".rept 1000\n" * 40 + "nop\n" + ".endr\n" * 40,
    "open repetitions": ".rept 3\n" * 50_000,
    "brackets": "li a0, " + "(" * 100_000 + "\n",
    "operators": ".word " + "1+" * 100_000 + "1\n",
    "signs": ".word " + "-" * 100_000 + "1\n",
    "symbols in a circle": ".set a, b\n.set b, a\n.word a\n",
    "a chain of symbols": "".join(f".set a{n}, a{n + 1}\n" for n in range(3000)) + ".word a0\n",
    "labels at one place": "".join(f"l{n}:\n" for n in range(50_000)) + "nop\n",
    "a large space": ".data\n.skip 0x7fffffff\n.fill 1000000000, 4, 5\n",
    "functions that run on": "".join(f".globl f{n}\nf{n}: nop\n" for n in range(5000)),
    "functions that jump into each other": "".join(
        f".globl f{n}\nf{n}: nop\nl{n}: beqz a0, l{n * 7 % 3000}\nret\n" for n in range(3000)
    ),
    "strings": ".data\n.ascii " + '"a",' * 100_000 + '"a"\n',
    "quotes": '.ascii "' + "\\" * 100_001 + "\n",
    "controls": "nop\x00\x1b[31m\nli \u202e a0\n",
    "comments": "/*" * 100_000,
    "conditions": ".if 1\n" * 100_000,
    "a name": "l" * 200_000 + ": j " + "l" * 200_000 + "\n",
}  # fmt: skip
WORK = 40_000_000
"""Calls of the package's functions; the hardest of these sources takes a fraction of it."""


@pytest.mark.heavy
@pytest.mark.parametrize("source", HOSTILE)
def test_a_hostile_source_ends_in_bounded_work(source: str) -> None:
    calls = 0

    def profile(frame: FrameType, event: str, _: object) -> None:
        nonlocal calls
        calls += event == "call"
        assert calls < WORK

    sys.setprofile(profile)
    try:
        imported(HOSTILE[source])
    except AssemblyError as error:
        sys.setprofile(None)
        assert error.render()
    finally:
        sys.setprofile(None)


def test_the_command_writes_the_file_and_says_what_is_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, made = tmp_path / "x.s", tmp_path / "x.py"
    source.write_text(HEAD + "la a0, d\nret\n.data\nd: .word 1\n")
    assert main(["import", str(source), "-o", str(made)]) == 0
    assert capsys.readouterr().out == f"{made}: 1 function, 1 block of data\n"
    assert made.read_text().startswith('"""Imported from x.s."""\n')
    assert main(["import", str(source), "--", "-DX"]) == 2
    assert main(["import", str(tmp_path / "x.py")]) == 2
    assert main(["import", str(source), "--function", "g"]) == 2


def test_a_preprocessed_source_is_told_by_its_own_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "inc.h").write_text(
        "/* of the header */\n#define BAD frob\n.macro m\nwrong\n.endm\n"
    )
    source = tmp_path / "x.S"
    source.write_text('#include "inc.h"\n.globl f\n# said\nf: li a0, N // here\nBAD a0\nm\nret\n')
    assert main(["import", str(source), "--", "-DN=5", f"-I{tmp_path}"]) == 1
    said = capsys.readouterr().err
    assert "x.S:5:1: error[syntax]: 'frob' is no instruction here" in said
    assert (
        "x.S:1:1: error[syntax]: 'wrong' is no instruction here" in said and "inc.h, line 4" in said
    )
    source.write_text(source.read_text().replace("BAD a0\nm\n", ""))
    assert main(["import", str(source), "--", "-DN=5", f"-I{tmp_path}"]) == 0
    made = capsys.readouterr().out
    assert "li(a0, 5)" in made and "# here" in made and "# said" in made
    assert "of the header" not in made
    assert main(["import", str(source), "--", "-fplugin=x"]) == 1


@pytest.mark.parametrize("suffix", ["s", "S"])
def test_what_is_included_stands_in_its_place(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "inner.inc").write_text("# not of the source\n.equ N, 5\n")
    (tmp_path / "parts" / "two.inc").write_text('.include "inner.inc"\n.macro two\nnop\n.endm\n')
    path = tmp_path / f"f.{suffix}"
    source = '# of it\n .include "parts/two.inc" # why\nf: li a0, N\ntwo\nret\n'
    path.write_text(source)
    assert main(["import", str(path)]) == 0
    made = capsys.readouterr().out
    assert "N = 5" in made and "# of it\n# why\n" in made and "not of the source" not in made
    (tmp_path / "parts" / "inner.inc").write_text("\nfrob\n")
    path.write_text(f"{source}quux\n")
    assert main(["import", str(path)]) == 1
    wrong = capsys.readouterr().err
    assert f"{path}:2:2: error[syntax]: 'frob' is no instruction here" in wrong
    assert f"note: in {tmp_path / 'parts' / 'inner.inc'}, line 2" in wrong
    assert f"{path}:6:1: error[syntax]: 'quux' is no instruction here" in wrong
    path.write_text(f'.include "{path.name}"\n')
    assert main(["import", str(path)]) == 1
    assert f'"{path.name}" cannot be read' in capsys.readouterr().err


def test_the_preprocessor_knows_the_isa(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "f.S"
    path.write_text("f:\n#ifdef __riscv_zbb\nandn a0, a0, a1\n#endif\nadd a0, a0, a1\nret\n")
    assert main(["import", str(path), "--isa", "rv32imc_zbb"]) == 0
    assert "andn" in capsys.readouterr().out
    assert main(["import", str(path), "--", "-march=rv32im"]) == 0
    made = capsys.readouterr().out
    assert "andn" not in made and "@asm_rv32(compress=False)" in made


def test_nothing_of_the_source_is_executed(tmp_path: Path) -> None:
    source = tmp_path / "x.s"
    source.write_text(HEAD + 'ret\n.data\nd: .ascii "__import__(\'os\')"\n"a b\\"": .word d\n')
    done = subprocess.run(
        [sys.executable, "-m", "asm_rv32", "import", str(source)], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "beqz a0, .+6; addi a0, a0, 1; addi a1, a1, 1; mul a0, a0, a1; bnez t6, .-4",
        "beq a0, a1, .+8; addi a0, a0, 100; j .+4; addi a1, a1, 1; add a0, a1, a2; j .-4",
        ".option norvc; beqz a0, .+12; nop; bnez a1, .-4; .option rvc; nop",
        "x: li a0, 1; addi a1, a1, 1000; beqz a0, x + 2; j x",
    ],
)
def test_a_jump_by_a_number_of_bytes_goes_where_gnu_has_it(text: str) -> None:
    lines = ["f: ebreak", *text.split("; "), "ret"]
    theirs, refused = toolchain.gnu_assemble(lines)
    assert not refused
    assert assemble(imported("\n".join([*lines, ""]))).functions["f"].code == theirs


def test_what_cannot_be_counted_is_refused() -> None:
    for text in ("j .+10; li a0, 0x12345; nop", "j .+10; la a0, f; nop", "j .+1000", "j .+3; nop"):
        with pytest.raises(AssemblyError, match="a jump by a number of bytes"):
            imported(f"f: ebreak; {text}; ret")


def test_other_macros() -> None:
    """Names without a sign, LOCAL, and what `%`, `<` and `!` give, as GNU as has them."""
    text = """
f:      .altmacro
        .macro m reg, by, text
        LOCAL again, done
again:  addi reg, reg, by
        beqz reg, done
        bnez reg, again
done:
        .noaltmacro
        .irpc n, 12
        andi a2, a2, \\n + m
        .endr
        .altmacro
        .ascii "&text&by text"
        .endm
        m = 4
        m a0, %m * 2 - 1, <x, !> y>
        m a1, 3, z
        ret
"""
    theirs, refused = toolchain.gnu_assemble(text.splitlines())
    assert not refused
    assert assemble(imported(text)).functions["f"].code == theirs


def test_the_bytes_of_a_file_stand_in_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "logo").write_bytes(bytes(range(8)))
    (tmp_path.parent / "secret").write_bytes(b"secret")
    path = tmp_path / "f.s"
    head = '.macro embed name, more:vararg\n.incbin "\\name"\\more\n.endm\n.data\nd:\n'
    path.write_text(
        f'{head}embed parts/logo\nembed parts/logo, , 2 + 4\n.incbin "parts/logo",1,2\n'
    )
    assert main(["import", str(path)]) == 0
    made = capsys.readouterr().out
    for line in ('b"\\0\\x01\\x02\\x03\\x04\\x05\\x06\\x07"', 'b"\\x06\\x07"', 'b"\\x01\\x02"'):
        assert f"data(1, {line})\n" in made
    wrong = ("../secret", str(tmp_path / "parts" / "logo"), "none", "parts")
    for word in (".incbin", ".include"):
        for name in wrong:
            path.write_text(f'f: ret\n{word} "{name}"\n')
            assert main(["import", str(path)]) == 1
            assert f'"{name}" cannot be read' in capsys.readouterr().err
    path.write_text('.incbin "parts/logo", 4, 5\n')
    assert main(["import", str(path)]) == 1
    assert "has 8 bytes" in capsys.readouterr().err


def test_instructions_that_are_copied_from_data_are_data() -> None:
    text = HEAD + "la a0, g\nret\n.data\n.word 1\ng: j .\naddi a0, a0, 100\nh: .word 2\n"
    assert body(text, "values") == [
        "data(4, 1)", "label(g)", 'data(1, b"\\x01\\xa0")',
        'data(1, b"\\x13\\x05E\\x06")', "label(h)", "data(4, 2)",
    ]  # fmt: skip
