"""Objects and linked programs disassembled: what a linker fills in, by names, in both syntaxes.

The judge is objdump: an object shown in GNU's syntax, assembled again by GNU as, has the same
instructions and the same relocations.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from corpus import toolchain

from asm_rv32.commands.cli import main
from asm_rv32.formats.machine_code import blocks

Disassemble = Callable[..., list[str]]
AS = f"{toolchain.GNU}as"
MARCH = "-march=rv32imac_zicsr_zifencei"


def gnu_object(source: str, folder: Path, *options: str) -> Path:
    (folder / "x.s").write_text(source)
    toolchain.run(AS, MARCH, "-mabi=ilp32", *options, "x.s", "-o", "x.o", folder=folder)
    return folder / "x.o"


@pytest.fixture
def shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Disassemble:
    """The statements, without addresses and bytes, of a GNU source's object."""

    def disassemble(source: str, *options: str) -> list[str]:
        path = gnu_object(source, tmp_path)
        assert main(["disasm", str(path), *options]) == 0
        lines = capsys.readouterr().out.splitlines()
        return [
            re.sub(r" +#  *[0-9a-f]+  [0-9a-f]+\b(?: bytes)?", "", line).strip() for line in lines
        ]

    return disassemble


RELOCATIONS = """
.globl f
f:  call g
    tail g
    call t0, ext
    la a1, tab
    lw a0, tab + 4
    sw a0, tab + 4, t1
    lui a5, %hi(tab + 8)
    addi a4, a4, 1
    lw a0, %lo(tab + 8)(a5)
    sb a0, %lo(tab - 1)(a5)
    addi a0, a5, %lo(tab)
    jal ra, g
    jal ext
    beqz a0, g
    bne a0, a1, ext
    jump ext, t2
.Lp: auipc a3, %pcrel_hi(tab)
    addi a4, a4, 1
    sw a0, %pcrel_lo(.Lp)(a3)
.option pic
    la a0, tab
.option nopic
    j 1f
    nop
1:  ret
.globl g
g:  ret
.data
tab: .word 1, 2
"""


def test_each_relocation_is_shown_by_a_name(shown: Disassemble) -> None:
    found = shown(RELOCATIONS)
    assert [line for line in found if "addi(a4" not in line] == [
        '@micropython.asm_rv32(isa="rv32imac")', "def f():",
        "call(g)", "tail(g)", "call(t0, ext)", "la(a1, tab)", "lw(a0, tab + 4)",
        "sw(a0, tab + 4, t1)", "lui(a5, hi(tab + 8))",
        "lw(a0, lo(tab + 8)(a5))", "sb(a0, lo(tab - 1)(a5))", "addi(a0, a5, lo(tab))",
        "jal(ra, g)", "jal(ra, ext)", "c_beqz(a0, g)", "beq(a0, a1, L_0054)", "jal(zero, ext)",
        "label(L_0054)", "auipc(t2, pcrel_hi(ext))",
        "jalr(zero, t2, pcrel_lo(L_0054))",
        "label(Lp)", "auipc(a3, pcrel_hi(tab))", "sw(a0, pcrel_lo(Lp)(a3))",
        "la(a0, tab)  through the global offset table",
        "c_j(L_0072)", "c_nop()", "label(L_0072)", "c_jr(ra)", "",
        '@micropython.asm_rv32(isa="rv32imac")', "def g():", "c_jr(ra)",
    ]  # fmt: skip


def test_gnu_syntax_names_what_a_linker_fills_in(shown: Disassemble) -> None:
    found = shown(RELOCATIONS, "--syntax", "gnu")
    for line in (
        "call g", "tail g", "call t0,ext", "la a1,tab", "lw a0,tab+4", "sw a0,tab+4,t1",
        "lui a5,%hi(tab+8)", "lw a0,%lo(tab+8)(a5)", "sw a0,%pcrel_lo(Lp)(a3)",
    ):  # fmt: skip
        assert line in found


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (".word ext", "data(4, ext)"),
        (".word ext + 4", "data(4, ext + 4)"),
        (".word ext - f", "data(4, ext - f)"),
        (".word g", "data(4, g)"),
        (".byte g - f", "data(1, g - f)"),
        (".half g - f + 1", "data(2, g + 1 - f)"),
        (".word g - (f + 1)", "data(4, g - 1 - f)"),
        (".word ext - .Lp", "data(4, ext - (f + 2))"),
        (".word 0x12345678", "data(4, 0x12345678)"),
    ],
)
def test_data_among_code(written: str, text: str, shown: Disassemble) -> None:
    source = ".globl f\nf: nop\n.Lp: ret\n.balign 4\n.globl g\ng: ret\n nop\n"
    assert text in shown(f"{source}{written}\n")


def test_what_has_no_form_is_said_in_words(shown: Disassemble) -> None:
    found = shown("lui a5, %tprel_hi(x)\nadd a5, a5, tp, %tprel_add(x)\nlw a0, %tprel_lo(x)(a5)\n")
    assert found[2:] == [
        "lui(a5, tprel_hi(x))  thread-local: only a linker knows it",
        "add(a5, a5, tp)  with tprel_add(x)",
        "lw(a0, tprel_lo(x)(a5))  thread-local: only a linker knows it",
    ]
    assert "add a5,a5,tp,%tprel_add(x)" in shown("add a5, a5, tp, %tprel_add(x)", "--syntax", "gnu")
    assert any("left out: R_RISCV_64 x" in line for line in shown("nop\n.reloc 0, R_RISCV_64, x\n"))


# ---- what is a function


@pytest.mark.parametrize(
    ("source", "names"),
    [
        # Without types: what is global, and what is called.
        (".globl f\nf: call h\n ret\nh: ret\nlast: ret\n", ["f", "h"]),
        (".globl f\nf: nop\nh: call h\n ret\n", ["f"]),  # run into
        (".globl f\nf: beqz a0, h\n ret\nh: jal h\n ret\n", ["f"]),  # also branched to
        (".globl f\nf: ret\nh: beqz a0, h\n call h\n ret\n", ["f", "h"]),  # a loop of its own
        (".globl f\nf: ret\nh: ret\n.data\n.word h\n", ["f"]),
        ("start: nop\n.globl f\nf: ret\n", ["text", "f"]),
        # What lies inside a function whose size is known is a label.
        (".type f, @function\nf: nop\n.globl g\ng: call g\n ret\n.size f, .-f\n", ["f"]),
        # Data that is said to be an object.
        (".globl f\nf: ret\n.balign 4\n.type t, @object\n.size t, 4\nt: .word 1\n", ["f", "t"]),
        # Names of one section each, and one name twice.
        ('.globl f\nf: ret\n.section .text.b,"ax"\n.globl f.1\nf.1: ret\n.globl f_1\nf_1: ret\n',
         ["f", "f_1", "f_1_2"]),
    ],
)  # fmt: skip
def test_functions_of_an_object(source: str, names: list[str], tmp_path: Path) -> None:
    data = gnu_object(source, tmp_path).read_bytes()
    assert [block.name for block in blocks(data, "elf")] == names


def test_calls_between_functions_without_relocations(shown: Disassemble) -> None:
    """GNU as resolves them where nothing is to be relaxed."""
    source = (
        ".option norelax\n.globl f\nf: jal ra, g\n j g + 4\n beqz a0, f\n ret\n"
        ".globl g\ng: nop\n nop\n jal ra, f\n jal ra, g\n"
    )
    found = shown(source)
    assert "jal(ra, g)" in found and "c_j(g + 4)" in found
    assert "jal(ra, f)" in found and "label(L_0000)" in found


def test_places_of_a_linked_program_have_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = (
        ".option norelax\n.globl f\nf: call g\n la a0, tab + 4\n sw a1, tab, t0\n"
        " la a2, none\n ret\n"
        '.section .text.g,"ax"\n.globl g\ng: tail f\n'
        ".data\n.type tab, @object\n.size tab, 8\ntab: .word 1, 2\n.set none, tab + 0x100\n"
    )
    path = gnu_object(source, tmp_path)
    ld = [f"{toolchain.GNU}ld", "-m", "elf32lriscv", "-e", "f", "-o", str(tmp_path / "x.elf")]
    subprocess.run([*ld, str(path)], check=True)
    assert main(["disasm", str(tmp_path / "x.elf")]) == 0
    found = capsys.readouterr().out
    for text in ("call(g)", "la(a0, tab + 4)", "sw(a1, tab, t0)", "la(a2, none)", "tail(f)"):
        assert f"    {text} " in found


def test_extensions_that_are_not_known_are_told(shown: Disassemble) -> None:
    found = shown('.attribute arch, "rv32imafdc"\nfld fa0, 0(a0)\nret\n')
    said = "which is not known here: what is of it stands as data"
    assert found[:2] == [
        f"# the file is for d (double-precision floating point), {said}",
        '@micropython.asm_rv32(isa="rv32imafc")',
    ]
    assert "data(2, 0x2108)" in found


# ---- against objdump


def dumped(path: Path) -> list[tuple[str, tuple[str, ...]]]:
    """Each instruction: its word, or where something is filled in its name, and what is."""
    done = toolchain.run(
        f"{toolchain.GNU}objdump", "-dr", "-z", "-M", "no-aliases", str(path), folder=path.parent
    )
    found: list[tuple[str, list[str]]] = []
    for line in done.stdout.splitlines():
        if instruction := re.match(r"^ *[0-9a-f]+:\t([0-9a-f ]+?) *\t(\S+)", line):
            found.append((instruction[1].strip() + " " + instruction[2], []))
        elif relocation := re.match(r"^\t+ *[0-9a-f]+: R_RISCV_(?!RELAX|ALIGN)(\S+)", line):
            found[-1][1].append(relocation[1].removesuffix("_PLT"))
    while found and found[-1][0] in ("0000 c.unimp", "0001 c.nop", "00000013 addi"):
        found.pop()  # what aligns the end
    return [(_said(text, filled), tuple(map(_said_of, filled))) for text, filled in found]


def _said(text: str, filled: list[str]) -> str:
    return (filled and _said_of(filled[0])) or text


def _said_of(name: str) -> str:
    """GNU as takes the long form of a branch where the short one just reaches."""
    return name.removeprefix("RVC_").replace("JUMP", "JAL")


def members(archive: Path, folder: Path) -> Iterator[Path]:
    toolchain.run(f"{toolchain.GNU}ar", "x", str(archive), folder=folder)
    yield from sorted(folder.glob("*.o"))


def agree(path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> int:
    """An object in GNU's syntax assembles to itself; how many instructions it has."""
    expected = dumped(path)
    if not expected:
        return 0
    assert main(["disasm", str(path), "--syntax", "gnu"]) == 0
    again = gnu_object(capsys.readouterr().out, folder)
    assert dumped(again) == expected, path.name
    return len(expected)


def test_an_object_in_gnu_syntax_has_its_relocations(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "again").mkdir()
    # Of a branch that is too short, GNU as makes two instructions; `jump` and an address from the
    # global offset table have no form by themselves.
    source = RELOCATIONS.replace("bne a0, a1, ext", "").replace("jump ext, t2", "")
    source = source.replace(".option pic", "")
    path = gnu_object(source, tmp_path)
    assert agree(path, tmp_path / "again", capsys) > 20


AT_A_LIMIT = ("libm_ld_e_lgammal_r.c.o", "libm_ld_e_powl.c.o", "libm_ld_s_atanl.c.o")
"""Each with a branch to the end of its reach, where GNU as, which does not know yet how long what
lies between becomes, takes the longer one."""


@pytest.mark.parametrize(
    ("library", "step", "least"),
    [
        pytest.param("libgcc", 4, 2_000, id="libgcc"),
        pytest.param("libgcc", 1, 9_000, id="all of libgcc", marks=pytest.mark.heavy),
        pytest.param("libc", 1, 50_000, id="picolibc", marks=pytest.mark.heavy),
    ],
)
def test_a_library_in_gnu_syntax_has_its_relocations(
    library: str, step: int, least: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = toolchain.libgcc() if library == "libgcc" else toolchain.picolibc("rv32imac")
    (tmp_path / "again").mkdir()
    paths = [path for path in members(archive, tmp_path) if path.name not in AT_A_LIMIT][::step]
    assert sum(agree(path, tmp_path / "again", capsys) for path in paths) > least
