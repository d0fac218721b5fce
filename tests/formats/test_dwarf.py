"""Tables of lines, by what reads them: binutils, LLVM, pyelftools; and ld, which moves code."""

from __future__ import annotations

import io
import os
import re
import subprocess
import time
from pathlib import Path

import pytest
from corpus.toolchain import find, run
from elftools.elf.elffile import ELFFile
from hypothesis import given
from hypothesis import strategies as st

from asm_rv32.assembler.pipeline import Module, assemble
from asm_rv32.basis.diagnostics import Source, Span
from asm_rv32.formats import FORMATS
from asm_rv32.formats.dwarf import debug_sections
from asm_rv32.formats.elf_writer import ALLOC, EXECUTE, Section, elf_file
from asm_rv32.formats.layout import areas
from asm_rv32.isa.image import Entry, Image

BINUTILS = "riscv64-unknown-elf-"
SOURCE = """
@asm_rv32
def first(a, n) -> uint:
    for i in range(3):
        lw(t0, (4 * i)(a)); addi(t0, t0, 1)
        sw(t0, (4 * i)(a))
    beqz(n, done)

    li(a0, 0x12345678)
    ret()
    data(1, 1, 2, 3)
    align(4)
    label(done)



    mv(a0, zero)

class Pin:
    @asm_rv32
    def set(bool) -> None:
        mv(a0, bool)
        data(1, 1)
        space(3000)

@asm_rv32
def last() -> bool:
    li(a0, 1)
"""
OTHER = (
    "\n" * 300 + "@asm_rv32\ndef other(x, y, z) -> object:\n    add(a0, x, y)\n    add(a0, a0, z)\n"
)


def written(module: Module, suffix: str, folder: Path, name: str = "x") -> str:
    """The name of a file in the folder with tables of lines."""
    (folder / f"{name}{suffix}").write_bytes(FORMATS[suffix].write(module, debug=True))
    return f"{name}{suffix}"


def lines_of(image: Image) -> list[tuple[int, int]]:
    """Offset and line of each byte of an image."""
    return [(at, image.line_at(at) or 0) for at in range(len(image.code))]


def starts(path: Path) -> dict[str, int]:
    """Function → address, in an executable."""
    with open(path, "rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        return {
            symbol.name: symbol["st_value"]
            for symbol in table.iter_symbols()
            if symbol["st_info"]["type"] == "STT_FUNC"
        }


def check_places(program: str, modules: dict[str, Module], folder: Path) -> None:
    """addr2line tells function, file and line of each byte of an executable's code."""
    found = starts(folder / program)
    asked, wanted = [], []
    for path, module in modules.items():
        for name, image in module.functions.items():
            for offset, line in lines_of(image):
                asked.append(hex(found[name] + offset))
                wanted.append((name, f"{os.path.join(os.getcwd(), path)}:{line}"))
    (folder / "asked").write_text("\n".join(asked))
    said = run("sh", "-c", f"{BINUTILS}addr2line -fe {program} < asked", folder=folder).stdout
    assert [*zip(*[iter(said.splitlines())] * 2)] == wanted


# ---------------------------------------------------------------- who reads them


def test_addr2line_finds_each_byte_of_an_executable(tmp_path: Path) -> None:
    module = assemble(SOURCE, path="some/x.py")
    check_places(written(module, ".elf", tmp_path), {"some/x.py": module}, tmp_path)


def test_a_linker_moves_them_along(tmp_path: Path) -> None:
    modules = {"x.py": assemble(SOURCE, path="x.py"), "y.py": assemble(OTHER, path="y.py")}
    objects = [written(module, ".o", tmp_path, path[0]) for path, module in modules.items()]
    run(f"{BINUTILS}ld", "-m", "elf32lriscv", "-e", "first", "-o", "all", *objects[::-1],
        folder=tmp_path)  # fmt: skip
    check_places("all", modules, tmp_path)


@pytest.mark.parametrize("suffix", [".o", ".elf"])
def test_objdump_shows_the_lines(suffix: str, tmp_path: Path) -> None:
    module = assemble(SOURCE, path="x.py")
    file = written(module, suffix, tmp_path)
    shown = run(f"{BINUTILS}objdump", "-dl", file, folder=tmp_path)
    assert not shown.stderr
    assert [int(line) for line in re.findall(r"/x\.py:(\d+)$", shown.stdout, re.M)][:9] == [
        5, 6, 5, 6, 5, 6, 7, 9, 10,
    ]  # fmt: skip
    shown = run("llvm-objdump", "-dl", file, folder=tmp_path)
    assert not shown.stderr and "/x.py:9\n" in shown.stdout


@pytest.mark.parametrize("suffix", [".o", ".elf"])
def test_readers_find_nothing_to_complain_of(suffix: str, tmp_path: Path) -> None:
    file = written(assemble(SOURCE, path="x.py"), suffix, tmp_path)
    shown = run(f"{BINUTILS}readelf", "-a", "-W", "--debug-dump", file, folder=tmp_path)
    assert not shown.stderr
    said = run("llvm-dwarfdump", "--verify", file, folder=tmp_path)
    assert "No errors." in said.stdout


def test_functions_have_their_parameters_and_results(tmp_path: Path) -> None:
    module = assemble(SOURCE, path="x.py")
    file = ELFFile(io.BytesIO(FORMATS[".elf"].write(module, debug=True)))
    [unit] = file.get_dwarf_info().iter_CUs()
    top = unit.get_top_DIE()
    assert top.attributes["DW_AT_name"].value == b"x.py"
    assert top.attributes["DW_AT_comp_dir"].value == os.getcwd().encode()
    sizes = [len(image.code) for image in module.functions.values()]
    found = {}
    for each in top.iter_children():
        if each.tag == "DW_TAG_subprogram":
            parameters = {
                inner.attributes["DW_AT_name"].value.decode(): inner.attributes["DW_AT_location"]
                for inner in each.iter_children()
            }
            result = "DW_AT_type" in each.attributes and each.get_DIE_from_attribute("DW_AT_type")
            found[each.attributes["DW_AT_name"].value.decode()] = (
                {name: place.value for name, place in parameters.items()},
                result and result.attributes["DW_AT_name"].value,
                each.attributes["DW_AT_decl_line"].value,
                each.attributes["DW_AT_high_pc"].value,
            )
    assert found == {
        "first": ({"a": [0x5A], "n": [0x5B]}, b"uint", 2, sizes[0]),
        "Pin.set": ({"bool": [0x5A]}, False, 20, sizes[1]),
        "last": ({}, b"bool", 26, 4),
    }


def test_without_being_asked_for_there_are_none() -> None:
    module = assemble(SOURCE)
    for suffix in (".o", ".elf"):
        assert b".debug_" not in FORMATS[suffix].write(module)


# ---------------------------------------------------------------- whatever the distances

STEPS = st.integers(1, 9) | st.sampled_from([16, 17, 18, 127, 128, 300, 70_000])
PLACES = st.integers(0, 40) | st.sampled_from([63, 64, 65, 200, 8191, 8192, 9000])


@given(st.lists(st.tuples(STEPS, PLACES, st.integers(0, 3)), min_size=1, max_size=12))
def test_every_row_is_read_back(rows: list[tuple[int, int, int]]) -> None:
    [area] = areas(assemble("@asm_rv32\ndef f():\n    ret()\n"), apart=False)
    text = (" " * 4 + "\n") * 9001
    entries, address, wanted = [], 0x40, []
    for size, line, column in rows:
        at = 5 * line + column
        entries.append(Entry(address, size, Span(at, at + 1), True))
        place = (line + 1, column + 1)
        if not wanted or wanted[-1][1:] != place:
            wanted.append((address, *place))
        address += size
    [block] = area.blocks
    part = block.part._replace(source=Source("x.py", text), address=0x40, size=address - 0x40)
    area = area._replace(entries=tuple(entries), blocks=(block._replace(part=part),))
    sections = [Section(".text", bytes(address), ALLOC | EXECUTE, alignment=4)]
    sections += debug_sections([area])
    file = ELFFile(io.BytesIO(elf_file(sections, [], 0, executable=True)))
    base = file.get_section_by_name(".text")["sh_addr"]
    info = file.get_dwarf_info()
    [unit] = info.iter_CUs()
    states = [each.state for each in info.line_program_for_CU(unit).get_entries() if each.state]
    *found, end = [(each.address - base, each.line, each.column) for each in states]
    assert found == wanted
    assert end[0] == address and states[-1].end_sequence


# ---- a debugger

DEBUGGED = """from asm_rv32 import asm_rv32


@asm_rv32
def start():
    li(a0, 5)
    call(triple)
    addi(a0, a0, 27)
    li(a7, 93)
    ecall()


@asm_rv32
def triple(n):
    slli(t0, n, 1)
    add(a0, t0, n)
"""
ASKED = (
    "break prog.py:15", "continue", "print $a0", "print n", "step", "print/x $t0", "backtrace 1",
    "finish", "print $pc == start + 4", "continue",
)  # fmt: skip
SAID = (
    "Breakpoint 1, triple (n=5) at prog.py:15", "15\t    slli(t0, n, 1)", "$1 = 5", "$2 = 5",
    "16\t    add(a0, t0, n)", "$3 = 0xa", "#0  triple (n=5) at prog.py:16",
    "8\t    addi(a0, a0, 27)", "$5 = 1", "exited with code 052",
)  # fmt: skip


@pytest.mark.heavy
def test_gdb_stops_at_lines_of_python_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text(DEBUGGED)
    program = tmp_path / written(assemble(DEBUGGED, path="prog.py"), ".elf", tmp_path, "prog")
    program.chmod(0o755)
    socket = tmp_path / "gdb"
    qemu = subprocess.Popen([find("qemu-riscv32"), "-g", str(socket), str(program)], cwd=tmp_path)
    try:
        deadline = time.monotonic() + 30
        while not socket.exists():
            assert time.monotonic() < deadline and qemu.poll() is None
            time.sleep(0.02)
        asked = [word for each in (f"target remote {socket}", *ASKED) for word in ("-ex", each)]
        said = run("gdb-multiarch", "-nx", "-batch", *asked, program.name, folder=tmp_path).stdout
        assert qemu.wait(30) == 42
    finally:
        qemu.kill()
    at = 0
    for each in SAID:
        at = said.find(each, at)
        assert at >= 0, (each, said)
