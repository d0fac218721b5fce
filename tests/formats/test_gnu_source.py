"""GNU source: GNU as makes the same program of it, and ld and qemu run it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

import pytest
from corpus import board
from corpus.instructions import random_instructions
from corpus.toolchain import run
from elftools.elf.elffile import ELFFile
from hypothesis import given, settings
from hypothesis import strategies as st

from asm_rv32.assembler.pipeline import Module, assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.formats import FORMATS
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.text import text

BINUTILS = "riscv64-unknown-elf-"
EVERYTHING = "rv32imac_zba_zbb_zbs_zicond_zcb_zcmp"
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))
PROGRAM = """
@asm_rv32
def start(n):
    addi(sp, sp, -16)
    sw(ra, 12(sp))
    call(twice)
    la(t0, rows)
    lw(t1, 0(t0))
    add(a0, a0, t1)
    la(t2, twice)
    jalr(t2)
    la(t0, rows.second)
    lw(t0, 0(t0))
    jalr(t0)
    lui(t0, hi(state))
    addi(t0, t0, lo(state))
    sw(a0, 4(t0))
    call(down)
    lw(ra, 12(sp))
    addi(sp, sp, 16)
    j(last)

@asm_rv32
def twice(n):
    slli(a0, n, 1)

@asm_rv32
def down(n):
    beqz(n, done)
    addi(n, n, -1)
    tail(down)
    label(done)

@asm_rv32
def last(n):
    la(t0, state)
    lw(a0, 4(t0))

@asm_data
def rows():
    data(4, 5)
    data(4, start)
    label(second)
    data(4, twice)
    data(4, second)
    data(4, state + 4)
    data(4, second + 2, second - 4, twice + 1)
    data(4, twice - second, last - twice, second - rows.second, second + 3 - start)
    data(2, start - second)
    data(1, 1)

@asm_data(writable=True)
def state():
    data(4, 7, 8)
"""
MAIN = """
extern int start(int);
extern int state[];
void _start(void) {
    register int a0 __asm__("a0") = start(3) == 44 && state[0] == 7 && state[1] == 44 ? 42 : 1;
    register int a7 __asm__("a7") = 93;
    __asm__ volatile("ecall" : : "r"(a0), "r"(a7));
}
"""


class Placed(NamedTuple):
    """A symbol of a linked program."""

    address: int
    binding: str
    code: str


def linked(name: str, folder: Path) -> dict[str, Placed]:
    """The functions and data of an object as ld places them."""
    run(f"{BINUTILS}ld", "-m", "elf32lriscv", "-e", "0", "--no-warnings", "-o", f"{name}.elf",
        f"{name}.o", folder=folder)  # fmt: skip
    found = {}
    with open(folder / f"{name}.elf", "rb") as stream:
        file = ELFFile(stream)
        for symbol in file.get_section_by_name(".symtab").iter_symbols():
            if symbol["st_info"]["type"] in ("STT_FUNC", "STT_OBJECT"):
                section = file.get_section(symbol["st_shndx"])
                at = symbol["st_value"] - section["sh_addr"]
                code = section.data()[at : at + symbol["st_size"]].hex()
                found[symbol.name] = Placed(symbol["st_value"], symbol["st_info"]["bind"], code)
    return found


def check(module: Module, folder: Path, base: str = "rv32i") -> None:
    """What GNU as makes of the source is what our object holds, each with a section a function.

    What the base alone has is told to GNU as: the source asks for the rest.
    """
    (folder / "ours.o").write_bytes(FORMATS[".o"].write(module, function_sections=True))
    (folder / "theirs.s").write_bytes(FORMATS[".s"].write(module))
    abi = "ilp32e" if base == "rv32e" else "ilp32"
    done = run(f"{BINUTILS}as", f"-march={base}", f"-mabi={abi}", "-o", "theirs.o", "theirs.s",
               folder=folder)  # fmt: skip
    assert not done.stderr
    ours, theirs = linked("ours", folder), linked("theirs", folder)
    assert set(ours) >= set(module.functions)
    if "align(" in module.source.text:
        # GNU as fills a section up to its alignment: what lies behind it moves.
        ours, theirs = ({n: p._replace(address=0) for n, p in each.items()}
                        for each in (ours, theirs))  # fmt: skip
    assert theirs == ours


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples(path: Path, tmp_path: Path) -> None:
    check(assemble(path.read_text(), path=path.name), tmp_path)


@pytest.mark.parametrize("isa", ["rv32i", "rv32imc", "rv32ec", EVERYTHING])
def test_every_instruction(isa: str, tmp_path: Path) -> None:
    choice = random.Random(isa)
    source = []
    for number in range(20):
        source += ["@asm_rv32", f"def f{number}():", "    label(start)"]
        for each in random_instructions(instruction_set(isa), 60, choice.getrandbits(30)):
            if each.row.target < 0:
                source.append(f"    {text(each)}")
        source += ["    bnez(a0, end)", "    j(start)", "    label(end)"]
    for compress in (True, False):
        module = assemble("\n".join(source), isa=isa, compress=compress)
        check(module, tmp_path, isa[:5])


def test_what_a_board_assembles(tmp_path: Path) -> None:
    choice = random.Random(7)
    functions = []
    for number in range(60):
        make = board.function if number % 8 else board.long_function
        source = make(f"f{number}", choice)
        try:
            assemble(source, isa=board.ISA, dialect="micropython")
        except AssemblyError:
            continue
        functions.append(source)
    assert len(functions) > 30
    check(assemble("".join(functions), isa=board.ISA, dialect="micropython"), tmp_path)


JUMPS = ("beq(a0, a1, {})", "beqz(a0, {})", "bnez(t0, {})", "j({})", "jal(a0, {})")
GAPS = st.sampled_from([2, 60, 124, 126, 128, 244, 250, 252, 254, 256, 1022, 2040, 2046, 4090])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(JUMPS), st.integers(0, 9), GAPS), max_size=10))
def test_jumps_that_only_just_reach(
    tmp_path_factory: pytest.TempPathFactory, jumps: list[tuple[str, int, int]]
) -> None:
    """GNU as settles on longer forms where several jumps reach only if all are short."""
    lines = []
    for at, (jump, to, gap) in enumerate(jumps):
        lines += [f"label(l{at})", jump.format(f"l{to % len(jumps)}"), f"space({gap - 2})"]
    source = "@asm_rv32\ndef f():\n    nop()\n" + "".join(f"    {line}\n" for line in lines)
    check(assemble(source), tmp_path_factory.mktemp("jumps"))


def test_jumps_of_which_each_reaches_only_if_the_other_is_short(tmp_path: Path) -> None:
    """GNU as, left to choose, has the longer form of both: it begins with them and stays there."""
    lines = []
    for gap in range(230, 262, 2):
        lines += [f"label(back{gap})", f"beqz(a0, on{gap})", f"space({gap})"]
        lines += [f"bnez(a1, back{gap})", f"label(on{gap})"]
    for gap in range(4070, 4100, 2):
        lines += [f"label(back{gap})", f"beq(a0, a1, on{gap})", f"space({gap})"]
        lines += [f"bne(a1, a2, back{gap})", f"label(on{gap})"]
    check(assemble("@asm_rv32\ndef f():\n" + "".join(f"    {x}\n" for x in lines)), tmp_path)


def test_a_program_with_calls_and_data(tmp_path: Path) -> None:
    module = assemble(PROGRAM)
    check(module, tmp_path)
    (tmp_path / "main.c").write_text(MAIN)
    gcc = [f"{BINUTILS}gcc", "-march=rv32imc", "-mabi=ilp32", "-ffreestanding", "-nostdlib"]
    (tmp_path / "whole.o").write_bytes(FORMATS[".o"].write(module))
    for name in ("theirs.s", "ours.o", "whole.o"):
        run(*gcc, "-o", "all", "main.c", name, folder=tmp_path)
        assert run("qemu-riscv32", "all", folder=tmp_path, may_fail=True).returncode == 42


def test_names_and_lines_of_any_letters(tmp_path: Path) -> None:
    source = (
        "class A:\n    @asm_rv32\n    def größe(a): li(a0, 1) # 5 /* \f;\x0b \x85 \u2028 */\n"
        "def outer():\n    @asm_rv32\n    def f(a):\n        label(anfang_ä)\n        j(anfang_ä)\n"
        "@asm_rv32\ndef f():\n    ret()\n@asm_rv32\ndef f():\n    call(f)\n"
    )
    module = assemble(source, path='7 "x".py\n\t.error')
    assert set(module.functions) == {"A.größe", "outer.<locals>.f", "f", "f#2"}
    check(module, tmp_path)


def test_the_source_shows_where_it_comes_from() -> None:
    module = assemble("@asm_rv32\ndef f(a):\n    addi(a0, a, 1)\n    ret()\n", path="x.py")
    written = FORMATS[".s"].write(module).decode()
    assert written.startswith("# From x.py, by asmrv32\n\t.option\tnorelax\n")
    assert "\tc.addi\ta0,1" in written
    assert "# 3  addi(a0, a, 1)\n" in written and "# 4  ret()\n" in written
