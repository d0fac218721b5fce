"""Objects, archives and linked programs imported: each function is the code that it was.

The judges are gcc, GNU as and objdump; calls and addresses, which a linker fills in, are compared
by what they refer to.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from corpus import likeness, toolchain

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError, Source
from asm_rv32.commands.cli import main
from asm_rv32.formats.archive import ArchiveError
from asm_rv32.formats.elf_reader import STT_FUNC, read
from asm_rv32.importing.gnu import NoSuchFunction, Options, import_gnu
from asm_rv32.importing.naming import readable
from asm_rv32.importing.objects import import_object
from asm_rv32.isa.image import Image
from asm_rv32.machine.emulator import run
from asm_rv32.machine.memory import CODE

SHAPES = Path(__file__).parent / "shapes.c"
PROGRAMS = Path(__file__).parents[1] / "corpus" / "programs.c"
GCC = (f"{toolchain.GNU}gcc", "-march=rv32imac", "-mabi=ilp32")


def imported(path: Path, *functions: str) -> str:
    return import_object(path.name, path.read_bytes(), Options(functions=functions)).text


def gnu_object(source: str, folder: Path, *options: str) -> Path:
    (folder / "x.s").write_text(source)
    march = "-march=rv32imac_zicsr_zifencei"
    toolchain.run(
        f"{toolchain.GNU}as", march, "-mabi=ilp32", *options, "x.s", "-o", "x.o", folder=folder
    )
    return folder / "x.o"


def body(text: str, name: str) -> list[str]:
    """The statements of a function or a block."""
    found = re.search(rf"^def {name}\(.*\):\n((?:    .*\n)*)", text, re.MULTILINE)
    assert found, text
    return [line.strip() for line in found[1].splitlines()]


# ---- against the compiler's own code


def together(path: Path, folder: Path, *flags: str) -> Path:
    """An object with what another one has that it needs."""
    toolchain.run(*GCC, "-ffreestanding", *flags, "-c", str(path), "-o", "1.o", folder=folder)
    (folder / "more.c").write_text(
        "int shared; int elsewhere(int x) { return x - shared; } void stop() { for (;;) ; }\n"
    )
    toolchain.run(*GCC, *flags, "-c", "more.c", "-o", "2.o", folder=folder)
    ld = (f"{toolchain.GNU}ld", "-m", "elf32lriscv", "-r", "-o", "x.o")
    toolchain.run(*ld, "1.o", "2.o", str(toolchain.libgcc()), folder=folder)
    return folder / "x.o"


@pytest.mark.parametrize(
    ("level", "model"),
    [
        ("-Os", "-mcmodel=medany"),
        ("-O3", "-mcmodel=medlow"),
        pytest.param("-O1", "-mcmodel=medlow", marks=pytest.mark.heavy),
        pytest.param("-O1", "-mcmodel=medany", marks=pytest.mark.heavy),
        pytest.param("-Os", "-mcmodel=medlow", marks=pytest.mark.heavy),
        pytest.param("-O3", "-mcmodel=medany", marks=pytest.mark.heavy),
    ],
)
@pytest.mark.parametrize("path", [PROGRAMS, SHAPES], ids=lambda path: path.name)
def test_every_function_is_what_it_was(path: Path, level: str, model: str, tmp_path: Path) -> None:
    functions = assemble(imported(together(path, tmp_path, level, model))).functions
    # Branches of what is to be relaxed go to labels, of which many may have one name.
    toolchain.run(
        *GCC, "-ffreestanding", level, model, "-S", str(path), "-o", "x.s", folder=tmp_path
    )
    unrelaxed = likeness.assembled((tmp_path / "x.s").read_text(), tmp_path)
    beside = likeness.compared(functions, unrelaxed, {})
    assert [each for each in beside if each.difference] == []
    assert len(beside) >= 20


# ---- what is written


def test_objects_within_an_object_stay_at_their_distance(tmp_path: Path) -> None:
    """As clang has variables that it reaches from one place."""
    source = """
    .globl f
    f:  lui a5, %hi(.L_Merged)
        addi a5, a5, %lo(.L_Merged)
        lw a0, 8(a5)
        lw a1, 16(a5)
        sub a0, a0, a1
        ret
    .data
    .type .L_Merged, @object
    .L_Merged: .globl a, b, c
    .type a, @object
    a:  .word 1, 2
    .size a, 8
    .type b, @object
    b:  .word 30, 4
    .size b, 8
    .type c, @object
    c:  .word 5
    .size c, 4
    .size .L_Merged, 20
    .type d, @object
    d:  .word 6
    .size d, 4
    """
    text = imported(gnu_object(source, tmp_path))
    assert text.count("@asm_data") == 2
    assert run(assemble(text).functions["f"], ()).result == 25


def test_a_text_that_is_entered_in_its_middle_stays_whole(tmp_path: Path) -> None:
    source = """
    .globl f
f:  lui a0, %hi(.L0)
    addi a0, a0, %lo(.L0)
    lui a1, %hi(.L0 + 4)
    addi a1, a1, %lo(.L0 + 4)
    lui a2, %hi(.L1)
    addi a2, a2, %lo(.L1)
    sub a0, a1, a0
    lbu a1, (a1)
    lbu a2, (a2)
    add a0, a0, a1
    add a0, a0, a2
    ret
    .section .rodata.str1.4, "aMS", @progbits, 1
    .align 2
.L0: .string "first of two"
    .align 2
.L1: .string "second"
"""
    image = assemble(imported(gnu_object(source, tmp_path))).functions["f"]
    assert run(image, ()).result == 4 + ord("t") + ord("s")
    text = import_gnu(Source("x.s", source)).text
    assert run(assemble(text).functions["f"], ()).result == 4 + ord("t") + ord("s")
    assert text.count("@asm_data") == 2


def test_what_a_linker_fills_in_is_told_by_names(tmp_path: Path) -> None:
    source = """
    .globl f
    f:  addi sp, sp, -16
        sw ra, 12(sp)
        call g
        la a1, tab + 4
        lw a0, tab
        sw a0, tab + 8, t1
        lui a5, %hi(tab)
        lw a0, %lo(tab)(a5)
        addi a4, a5, %lo(tab)
        lw ra, 12(sp)
        addi sp, sp, 16
        beqz a0, 1f
        csrr a0, mstatus
        fence rw, w
        li a0, 0x12345678
        amoadd.w a0, a1, (a2)
    1:  jr a0
    .globl g
    g:  ret
    .data
    tab: .word 1234, f, tab + 4
    """
    text = imported(gnu_object(source, tmp_path))
    assert body(text, "f") == [
        "addi(sp, sp, -16)", "sw(ra, 12(sp))", "call(g)", "la(a1, tab + 4)", "lw(a0, tab)",
        "sw(a0, tab + 8, t1)", "lui(a5, hi(tab))", "lw(a0, lo(tab)(a5))",
        "addi(a4, a5, lo(tab))", "lw(ra, 12(sp))", "addi(sp, sp, 16)", "beqz(a0, L4a)",
        "csrr(a0, mstatus)", "fence(rw, w)", "li(a0, 0x12345678)", "amoadd_w(a0, a1, 0(a2))",
        "label(L4a)", "jr(a0)",
    ]  # fmt: skip
    assert body(text, "tab") == ["data(4, 1234)", "data(4, f)", "data(4, tab + 4)"]
    assert "@asm_data(writable=True)\ndef tab" in text


@pytest.mark.parametrize(
    ("source", "statements"),
    [
        ("mv a0, a1\nadd a0, zero, a1\naddi a0, a1, 0", ["mv(a0, a1)"] * 3),
        ("neg a0, a1\nnot a0, a0\nseqz a0, a0\nsnez a1, a0",
         ["neg(a0, a1)", "not_(a0, a0)", "seqz(a0, a0)", "snez(a1, a0)"]),
        ("nop\nli a0, -5\nli a0, 2047\nli a0, 4095\nlui a0, 1\nlui a0, 0x80000",
         ["nop()", "li(a0, -5)", "li(a0, 2047)", "li(a0, 0x1000)", "addi(a0, a0, -1)",
          "li(a0, 0x1000)", "li(a0, 0x80000000)"]),
        ("jalr a5\njalr t0, 4(a5)\nc.ebreak\nunimp",
         ["jalr(a5)", "jalr(t0, a5, 4)", "ebreak()", "unimp()"]),
        ("csrw mtvec, a0\ncsrs 0x7c0, a0\ncsrwi mstatus, 8\nfence.i\nfence",
         ["csrw(mtvec, a0)", "csrs(0x7c0, a0)", "csrwi(mstatus, 8)", "fence_i()", "fence()"]),
        ("lr.w a0, (a1)\nsc.w.rl a0, a2, (a1)", ["lr_w(a0, 0(a1))", "sc_w_rl(a0, a2, 0(a1))"]),
        ("c.slli zero, 3\nadd zero, zero, a0", ["c_slli(zero, 3)", "add(zero, zero, a0)"]),
        ("addi sp, sp, -64\nlw a0, 4(sp)\nsw s0, 0(a0)",
         ["addi(sp, sp, -64)", "lw(a0, 4(sp))", "sw(s0, 0(a0))"]),
    ],
)  # fmt: skip
def test_instructions_have_their_short_names(
    source: str, statements: list[str], tmp_path: Path
) -> None:
    path = gnu_object(f".globl f\nf:\n{source}\n ret\n", tmp_path)
    text = imported(path)
    assert body(text, "f") == [*statements, "ret()"]
    code = assemble(text).functions["f"].code
    data = path.read_bytes()
    assert len(code) <= len(data) and (code in data or "a1, 0" in source)


def test_data_is_written_as_it_is_meant(tmp_path: Path) -> None:
    source = r"""
    .section .rodata
    .globl text
    .type text, @object
    .size text, 7
    text: .string "hello\n"
    .balign 8
    .globl wide
    .type wide, @object
    .size wide, 8
    wide: .word 100000, -1
    .section .rodata.str1.4,"aMS",@progbits,1
    .balign 4
    .LC0: .string "a"
    .LC1: .string "bc"
    .bss
    .globl room
    .type room, @object
    .size room, 40
    room: .zero 40
    .comm shared, 12, 8
    .data
    .globl all
    all: .word .LC1, text + 2, shared, room
    """
    text = imported(gnu_object(source, tmp_path))
    assert body(text, "text")[-1].startswith(r'data(1, b"hello\n\0')
    assert body(text, "wide")[-1] == "data(4, 0x186a0, 0xffffffff)"
    assert "align(8)" in text
    assert body(text, "room") == ["space(40)"]
    assert body(text, "shared") == ["align(8)", "space(12)"]
    assert body(text, "all") == [
        "data(4, L2)", "data(4, text + 2)", "data(4, shared)", "data(4, room)"
    ]  # fmt: skip
    assemble(text)


def test_what_comes_from_a_table_of_addresses_is_the_address(tmp_path: Path) -> None:
    source = ".option pic\n.globl f\nf: la a0, x\n lw a0, (a0)\n ret\n.data\n.globl x\nx: .word 1\n"
    assert body(imported(gnu_object(source, tmp_path)), "f")[0] == "la(a0, x)"


def test_functions_go_on_in_others_and_have_several_names(tmp_path: Path) -> None:
    source = ".globl f, g, h\nf: addi a0, a0, 1\ng: addi a0, a0, 2\nh: ret\n .globl i\ni: j g\n"
    text = imported(gnu_object(source, tmp_path))
    images = assemble(text).functions
    assert {"f", "g", "h", "i"} <= set(images)

    assert run(images["f"], (1,)).result == 4
    assert run(images["i"], (1,)).result == 3


THREAD = """
.globl f
f:  lui a5, %tprel_hi(x)
    add a5, a5, tp, %tprel_add(x)
    lw a0, %tprel_lo(x)(a5)
    lui a4, %tprel_hi(y + 4)
1:  add a5, a4, tp, %tprel_add(y + 4)
    sw a0, %tprel_lo(y + 4)(a5)
    beqz a1, 1b
    ret
.section .tdata, "awT", @progbits
.globl x
.type x, @object
.size x, 4
x:  .word 5
.section .tbss, "awT", @nobits
y:  .zero 8
"""


@pytest.mark.parametrize("kind", ["source", "object"])
def test_data_of_a_thread_are_there_once(kind: str, tmp_path: Path) -> None:
    if kind == "source":
        text = import_gnu(Source("x.s", THREAD)).text
    else:
        text = imported(gnu_object(THREAD, tmp_path))
    label = "L1" if kind == "source" else "L10"
    assert body(text, "f") == [
        "lui(a5, hi(x))", "lw(a0, lo(x)(a5))", "lui(a4, hi(y + 4))", f"label({label})",
        "mv(a5, a4)", "sw(a0, lo(y + 4)(a5))", f"beqz(a1, {label})", "ret()",
    ]  # fmt: skip
    assert body(text, "x") == ["data(4, 5)"] and body(text, "y") == ["space(8)"]
    assert text.count("# each thread's own in the source: here there is one for all\n") == 2
    assert run(assemble(text).functions["f"], (0, 1)).result == 5


# ---- archives and programs


def test_a_function_of_an_archive_comes_with_what_it_needs(tmp_path: Path) -> None:
    text = imported(toolchain.libgcc(), "__divdi3")
    images = assemble(text).functions
    assert "__divdi3" in images and "__adddf3" not in images
    with pytest.raises(NoSuchFunction, match="no function '__divdi'"):
        imported(gnu_object(".globl __divdi3\n__divdi3: ret\n", tmp_path), "__divdi")


def test_members_that_are_not_needed_are_not_read(tmp_path: Path) -> None:
    parts = {
        "one": ".globl f\nf: tail g",
        "two": ".globl g\ng: la a0, inner\nret\n.data\ninner: .word 7",
        "odd": ".globl h\nh: la.tls.gd a0, x\nret\ntail g",
    }
    for name, source in parts.items():
        gnu_object(f"{source}\n", tmp_path).rename(tmp_path / f"{name}.o")
    files = [f"{name}.o" for name in parts]
    toolchain.run(f"{toolchain.GNU}ar", "rc", "all.a", *files, folder=tmp_path)
    images = assemble(imported(tmp_path / "all.a", "f")).functions
    assert [*images] == ["f", "g"] and run(images["f"], ()).result != 0
    with pytest.raises(AssemblyError, match="data of a thread"):
        imported(tmp_path / "all.a")


def test_a_linked_program_comes_back(tmp_path: Path) -> None:
    source = """
    int table[] = {1, 2, 3, 4};
    int room[2000];
    const char *names[] = {"zero", "one"};
    int (*chosen)(int);
    __attribute__((noinline)) int square(int x) { return x * x + table[x & 3]; }
    __attribute__((noinline)) const char *name(int x) { room[x + 1500] = x; return names[x & 1]; }
    int kept(int x) { chosen = square; room[1999] += x; return chosen(x) + room[1999]; }
    void _start(void) { kept(1); name(2); for (;;) ; }
    """
    (tmp_path / "x.c").write_text(source)
    for flags in (("-mcmodel=medlow",), ("-mcmodel=medany", "-mno-relax"), ("-Wl,-q",)):
        toolchain.run(*GCC, "-O2", "-nostdlib", *flags, "x.c", "-o", "x.elf", folder=tmp_path)
        images = assemble(imported(tmp_path / "x.elf")).functions

        assert run(images["square"], (3,)).result == 13
        assert run(images["kept"], (2,)).result == 4 + 3 + 2
        image = images["name"]
        word = run(image, (1,)).word
        at = word - CODE
        assert image.code[at : at + 4] == b"one\0"


TEXTS = """
static int size(const char *text) { const char *at = text; while (*at) at++; return at - text; }
__attribute__((noinline)) int both(int by, const char *one, const char *other) {
    return by ? size(one) : size(other);
}
__attribute__((noinline)) int through(const char *text, int by) { return both(by, text, "xy"); }
__attribute__((noinline)) int number(int size) { return size + 1; }
int f(int by) { return through("three" + (by >> 8), by & 1) + 10 * number(0x1009c) ; }
void _start(void) { f(1); for (;;) ; }
"""


@pytest.mark.parametrize("relaxed", ["-mrelax", "-mno-relax"])
def test_what_a_function_reads_through_its_argument_is_an_address(
    relaxed: str, tmp_path: Path
) -> None:
    (tmp_path / "x.c").write_text(TEXTS)
    toolchain.run(*GCC, "-O1", relaxed, "-nostdlib", "x.c", "-o", "x.elf", folder=tmp_path)
    image = assemble(imported(tmp_path / "x.elf")).functions["f"]
    assert run(image, (1,)).result == 5 + 10 * 0x1009D
    assert run(image, (0,)).result == 2 + 10 * 0x1009D


def test_behind_a_call_that_does_not_return_a_register_is_that_of_another_way(
    tmp_path: Path,
) -> None:
    source = """
    .globl f, _start
f:  addi sp, sp, -16
    sw ra, 12(sp)
    lui a5, %hi(wanted)
    beqz a0, 1f
    sw a0, %lo(wanted)(a5)
    call stop
1:  lw a0, %lo(wanted)(a5)
    lw ra, 12(sp)
    addi sp, sp, 16
    ret
    .type stop, @function
stop: j stop
_start: j f
    .data
    .globl wanted
    .type wanted, @object
    .size wanted, 4
wanted: .word 7
"""
    (tmp_path / "y.s").write_text(source)
    toolchain.run(*GCC, "-nostdlib", "-Wl,--no-relax", "y.s", "-o", "x.elf", folder=tmp_path)
    assert run(assemble(imported(tmp_path / "x.elf")).functions["f"], (0,)).result == 7


def test_an_upper_part_may_be_copied(tmp_path: Path) -> None:
    source = """
    .globl f, _start
f:  lui a5, %hi(wanted)
    lw a0, %lo(wanted)(a5)
    mv a4, a5
    beqz a0, 1f
    addi a0, a0, 1
    sw a0, %lo(wanted)(a4)
1:  lw a0, %lo(wanted)(a5)
    ret
_start: j f
    .bss
    .skip 4096
    .globl wanted
    .type wanted, @object
    .size wanted, 4
    .data
wanted: .word 7
"""
    (tmp_path / "y.s").write_text(source)
    toolchain.run(*GCC, "-nostdlib", "-Wl,--no-relax", "y.s", "-o", "x.elf", folder=tmp_path)
    assert run(assemble(imported(tmp_path / "x.elf")).functions["f"], ()).result == 8


# ---- what cannot be


def test_with_its_relocations_a_number_of_a_linked_program_stays_one(tmp_path: Path) -> None:
    """Even one that would be the address of something."""
    (tmp_path / "x.c").write_text(
        "char heap[200000];\nint size(void) { return 0x30d40; }\n"
        "char *start(int i) { return &heap[i]; }\n"
    )
    link = ("-nostdlib", "-Wl,-Ttext=0x10000,--emit-relocs,-e,start", "x.c", "-o", "x.elf")
    toolchain.run(*GCC, "-O1", *link, folder=tmp_path)
    symbols = {each.name: each.value for each in read((tmp_path / "x.elf").read_bytes()).symbols}
    assert symbols["heap"] <= 0x30D40 < symbols["heap"] + 200_000
    text = imported(tmp_path / "x.elf")
    assert not any("heap" in line for line in body(text, "size"))
    assert any("heap" in line for line in body(text, "start"))
    assert run(assemble(text).functions["size"], ()).result == 0x30D40


def linked(source: str, layout: str, folder: Path, *flags: str) -> Path:
    """A program of a GNU source, with its output sections placed so."""
    gnu_object(source, folder, *flags)
    (folder / "x.ld").write_text(f"SECTIONS {{ {layout} }}\n")
    link = ("-m", "elf32lriscv", "-T", "x.ld", "-e", "f", "x.o", "-o", "x.elf")
    toolchain.run(f"{toolchain.GNU}ld", *link, folder=folder)
    return folder / "x.elf"


def test_what_only_its_value_says_to_be_an_address_is_marked(tmp_path: Path) -> None:
    source = """
    .globl f, g, bytes, words
    .type f, @function
    f:  lui a5, 0x12
        lw a0, 0x344(a5)        # read: it is one
        lui a4, 0x12
        addi a4, a4, 0x348
        slli a1, a1, 2
        add a4, a4, a1
        lw a4, (a4)             # read, with an index
        add a0, a0, a4
        ret
    .size f, .-f
    .type g, @function
    g:  li a0, 0x12348          # may be one
        li a1, 0x10004          # a place within f, to which nothing goes
        li a2, 0x10000          # all of it in one
        ret
    .size g, .-g
    .data
    .type words, @object
    words: .word 5, 6, 0x12344, 0x12348
    .size words, 16
    """
    layout = ".text 0x10000 : { *(.text) } .data 0x12344 : { *(.data) }"
    path = linked(source, layout, tmp_path)
    text = imported(path)
    marked = [line.split("#")[0].split("(")[0].strip() for line in text.splitlines()
              if "by its value an address" in line]  # fmt: skip
    assert marked == ["addi", "data"], text
    assert "values are some: 2," in text
    images = assemble(text).functions
    assert run(images["f"], (0, 0)).result == 11

    plain = import_object("x.elf", path.read_bytes(), Options(guesses=False)).text
    assert "by its value" not in plain
    assert "li(a0, 0x12348)" in plain
    assert run(assemble(plain).functions["f"], (0, 0)).result == 11


def test_a_program_without_symbols_is_read(tmp_path: Path) -> None:
    source = """
    .globl f
    f:  lla a5, words
        lw a0, 4(a5)
        ret
    .data
    words: .word 5, 6
    """
    path = linked(source, ".text 0x10000 : { *(.text) } .data 0x12344 : { *(.data) }", tmp_path)
    toolchain.run(f"{toolchain.GNU}strip", "x.elf", folder=tmp_path)
    [image] = assemble(imported(path)).functions.values()
    assert run(image, ()).result == 6


def test_constants_without_symbols_behind_functions_stay_aligned(tmp_path: Path) -> None:
    """As where a linker puts the constants of doubles with the code."""
    source = """
    .globl f, g
    .type f, @function
    f:  addi sp, sp, -16
        addi a1, a0, 0
        lui a5, %hi(.LC)
        lw a0, %lo(.LC)(a5)
        add a0, a0, a1
        lw a1, %lo(.LC + 4)(a5)
        add a0, a0, a1
        addi sp, sp, 16
        ret
        .size f, .-f
    .section .rodata
    .align 3
    .LC: .word 0x00050513, 0x00150513     # instructions that could be shorter
    .section .text.g
    .align 2
    .type g, @function
    g:  j f
        .size g, .-g
    """
    layout = ".text 0x10000 : { *(.text) *(.rodata) *(.text.g) }"
    for flags in ((), ("-mno-relax",)):
        text = imported(linked(source, layout, tmp_path, *flags))
        images = assemble(text).functions
        assert run(images["f"], (1,)).word == 0x000A0A26 + 0x00100000 + 1
        assert run(images["g"], (1,)).word == 0x000A0A26 + 0x00100000 + 1


def test_what_is_reached_from_an_anchor_stays_there_in_each_member(tmp_path: Path) -> None:
    for name, value in (("f", 5), ("g", 6)):
        source = f"""
        .globl {name}
        {name}: lui a5, %hi(.LANCHOR0)
            addi a5, a5, %lo(.LANCHOR0)
            lw a0, 16(a5)
            ret
        .section .rodata
        .align 3
        .set .LANCHOR0, . + 0
        .type one, @object
        .size one, 8
        one: .word 1, 2
        .type two, @object
        .size two, 12
        two: .word 3, 4, {value}
        """
        gnu_object(source, tmp_path).rename(tmp_path / f"{name}.o")
    ar = f"{toolchain.GNU}ar"
    toolchain.run(ar, "rc", "all.a", "f.o", "g.o", folder=tmp_path)
    text = imported(tmp_path / "all.a")
    assert text.count("@asm_data") == 2
    functions = assemble(text).functions
    assert [run(functions[name], ()).result for name in "fg"] == [5, 6]


@pytest.mark.parametrize("flags", [(), ("-mno-relax",)])
def test_the_halves_of_a_constant_stay_together(flags: tuple[str, ...], tmp_path: Path) -> None:
    """Code that has the upper part of the address of one reads both."""
    source = """
    .globl f
    f:  lui a5, %hi(.LC1)
        lw a0, %lo(.LC1)(a5)
        lw a1, %lo(.LC1 + 4)(a5)
        lw a2, .LC0
        ret
    .section .rodata.cst8, "aM", @progbits, 8
    .align 3
    .LC0: .word 1, 2
    .LC1: .word 3, 4
    """
    text = imported(gnu_object(source, tmp_path, *flags))
    blocks = re.findall(r"^@asm_data\n((?:.+\n)+)", text, re.MULTILINE)
    assert [block.count("data(") + block.count("label(") for block in blocks] == [1, 3]
    assert all("align(8)" in block for block in blocks)


@pytest.mark.parametrize("objects", [".type a, @object; .size a, 4; .type b, @object; .size b, 8"])
def test_what_is_reached_from_another_object_stays_beside_it(objects: str, tmp_path: Path) -> None:
    source = f"""
    .globl f, a, b, c
    f:  lui a5, %hi(a)
        addi a5, a5, %lo(a)
        lw a0, 0(a5)
        lw a1, 8(a5)
        sub a0, a0, a1
        ret
    .data
    {objects}
    .type c, @object
    .size c, 4
    a:  .word 7
    b:  .word 1, 2
    c:  .word 3
    """
    layout = ".text 0x10000 : { *(.text) } .data 0x12340 : { *(.data) }"
    text = imported(linked(source, layout, tmp_path))
    assert text.count("@asm_data") == 2
    assert run(assemble(text).functions["f"], ()).result == 5


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (".reloc 0, R_RISCV_64, x\nf: nop\n", r"x.o: .text \+ 0x0: left out: R_RISCV_64 x"),
        (".data\n.reloc 0, R_RISCV_SET6, x\n.word 1\n", r"x.o: .data \+ 0x0: left out"),
    ],
)
def test_what_has_no_form_is_an_error_with_its_place(
    source: str, message: str, tmp_path: Path
) -> None:
    path = gnu_object(source, tmp_path)
    with pytest.raises(AssemblyError, match=message):
        imported(path)


@pytest.mark.parametrize("count", range(1, 6))
def test_a_section_may_end_within_an_instruction(count: int, tmp_path: Path) -> None:
    path = gnu_object(".globl f\nf: nop\n ret\n", tmp_path)
    wanted = bytes.fromhex("01008280") + b"\x7f" * count
    (tmp_path / "raw").write_bytes(wanted)
    longer = (f"{toolchain.GNU}objcopy", "--update-section", ".text=raw", "x.o")
    toolchain.run(*longer, folder=tmp_path)
    assert assemble(imported(path)).functions["f"].code.startswith(wanted)


def test_the_command_reads_what_the_file_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = gnu_object(".globl f\nf: mv a0, a1\n ret\n", tmp_path)
    out = tmp_path / "out.py"
    assert main(["import", str(path), "-o", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}: 1 function\n"
    assert "mv(a0, a1)" in out.read_text()
    for name, data, status in (
        ("x.o", b"\x7fELF", 1), ("x.a", b"!<arch>\nnonsense", 1), ("x.a", b"!<thin>\n", 1),
        ("x.bin", b"\x01\x02", 2), ("x.elf", b"nothing", 2),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(data)
        assert main(["import", str(tmp_path / name)]) == status
        assert name in capsys.readouterr().err


# ---- whole libraries


def library(archive: Path, folder: Path) -> Path:
    """All members of an archive in one object, with a function for each that they lack."""
    toolchain.run(f"{toolchain.GNU}ar", "x", str(archive), folder=folder)
    every = sorted(path.name for path in folder.glob("*.o"))
    ld = (f"{toolchain.GNU}ld", "-m", "elf32lriscv", "-r", "-S", "-z", "muldefs")
    toolchain.run(*ld, *every, "-o", "part.elf", folder=folder)
    done = toolchain.run(f"{toolchain.GNU}nm", "-u", "part.elf", folder=folder)
    lacking = re.findall(r"\b[Uwv] (\S+)", done.stdout)
    stubs = "".join(f".globl {name}\n.type {name}, @function\n{name}: ret\n" for name in lacking)
    stub = gnu_object(stubs, folder)
    toolchain.run(*ld, "part.elf", stub.name, "-o", "all.elf", folder=folder)
    return folder / "all.elf"


def code_of(image: Image, name: str) -> bytes:
    """The instructions of a part of a program, without what a table beside them holds."""
    part = next(part for part in image.parts if part.name == name)
    end = part.address + part.size
    return b"".join(
        image.code[entry.address : entry.address + entry.size]
        for entry in image.entries
        if part.address <= entry.address < end and entry.is_code
    )


@pytest.mark.heavy
@pytest.mark.parametrize(("name", "least"), [("libgcc", 240), ("picolibc", 900)])
def test_every_function_of_a_library_comes_out_and_is_no_larger(
    name: str, least: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = toolchain.libgcc() if name == "libgcc" else toolchain.picolibc("rv32imac")
    path = library(archive, tmp_path)
    images = assemble(imported(path)).functions
    file = read(path.read_bytes())
    sections = {section.number: section for section in file.sections}
    named = Counter(symbol.name for symbol in file.symbols if symbol.kind == STT_FUNC)
    counts: Counter[str] = Counter()
    larger = []
    for symbol in file.symbols:
        if symbol.kind != STT_FUNC or symbol.section not in sections or not symbol.size:
            continue
        section = sections[symbol.section]
        start = symbol.value - section.address
        theirs = section.data[start : start + symbol.size]
        image = images.get(readable(symbol.name))
        if image is None or named[symbol.name] > 1:
            counts["by another name"] += 1
            continue
        ours = code_of(image, readable(symbol.name))
        verdict = "same" if ours == theirs else "as long"
        if len(ours) < len(theirs):
            verdict = "smaller"
        elif len(ours) > len(theirs):
            verdict = "larger"
            larger.append((symbol.name, len(theirs), len(ours)))
        counts[verdict] += 1
    with capsys.disabled():
        print(f"\n{name}: {dict(counts)}")
    assert not larger
    assert counts.total() >= least


def test_a_member_that_is_no_object_is_told(tmp_path: Path) -> None:
    gnu_object(".globl f\nf: mv a0, a1\n ret\n", tmp_path)
    (tmp_path / "a_file_with_a_long_name.txt").write_text("notes")
    ar = (f"{toolchain.GNU}ar", "rcS", "x.a", "x.o", "a_file_with_a_long_name.txt")
    toolchain.run(*ar, folder=tmp_path)
    text = imported(tmp_path / "x.a")
    assert "# Its member a_file_with_a_long_name.txt is left out: not an ELF file.\n" in text
    assert "mv(a0, a1)" in text
    toolchain.run(f"{toolchain.GNU}ar", "d", "x.a", "x.o", folder=tmp_path)
    with pytest.raises(ArchiveError, match="without an object"):
        imported(tmp_path / "x.a")


def test_a_mistake_is_shown_with_its_section(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = '.section .text.f,"ax"\n.globl f\nf: la.tls.ie a0, x\n add a0, a0, tp\n ret\n'
    assert main(["import", str(gnu_object(source, tmp_path))]) == 1
    said = capsys.readouterr().err
    assert "error[no-form]: data of a thread by a table" in said and "x.o: .text.f" in said
    assert "-ftls-model=local-exec" in said
