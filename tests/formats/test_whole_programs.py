"""Programs of several functions with data as files: linked by ld, run by qemu, read by binutils."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus.shell import Shell
from corpus.toolchain import GNU, run
from elftools.elf.elffile import ELFFile

from asm_rv32.assembler.link import Place, Resolve
from asm_rv32.assembler.pipeline import Module, assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.formats import FORMATS, FormatError
from asm_rv32.formats.layout import areas
from asm_rv32.isa.image import FUNCTION

SOURCE = """
@asm_rv32
def start(n):
    addi(sp, sp, -16)
    sw(ra, 12(sp))
    sw(s0, 8(sp))
    mv(s0, a0)
    jal(ra, one)
    add(s0, s0, a0)
    li(a0, 5)
    beq(a0, a0, two)
    label(back)
    lui(t0, hi(state + 4))
    sw(s0, lo(state + 4)(t0))
    label(upper)
    auipc(t1, pcrel_hi(state))
    sw(a0, pcrel_lo(upper)(t1))
    lw(a0, state)
    lw(t0, tables)
    jalr(t0)
    la(t1, tables.distance)
    lw(t0, 0(t1))
    add(t1, t1, t0)
    jalr(t1)
    lw(ra, 12(sp))
    lw(s0, 8(sp))
    addi(sp, sp, 16)
    j(one)

@asm_rv32
def one(n):
    addi(a0, n, 1)

@asm_rv32
def two(n):
    addi(a0, n, 2)
    j(start.back)

@asm_rv32
def unused():
    li(a0, 7)

@asm_data
def tables():
    data(4, one)
    label(distance)
    data(4, one - distance)

@asm_data
def exported():
    data(1, 9)

@asm_data(writable=True)
def state():
    data(4, 0, 0)
"""
MAIN = """
extern int start(int);
extern int state[];
extern const unsigned char exported[];
void _start(void) {
    int right = start(3) == 10 && state[0] == 7 && state[1] == 7 && exported[0] == 9;
    register int a0 __asm__("a0") = right ? 42 : 1;
    register int a7 __asm__("a7") = 93;
    __asm__ volatile("ecall" : : "r"(a0), "r"(a7));
}
"""
GCC = (f"{GNU}gcc", "-march=rv32imc", "-mabi=ilp32", "-ffreestanding", "-nostdlib")


@pytest.fixture(scope="module")
def module() -> Module:
    return assemble(SOURCE, path="x.py")


def addresses(path: Path) -> dict[str, int]:
    """Function or data → where an executable has it."""
    with open(path, "rb") as stream:
        table = ELFFile(stream).get_section_by_name(".symtab")
        return {
            symbol.name: symbol["st_value"]
            for symbol in table.iter_symbols()
            if symbol["st_info"]["type"] in ("STT_FUNC", "STT_OBJECT")
        }


def check_lines(name: str, module: Module, folder: Path) -> None:
    """addr2line tells function and line of all code of an executable."""
    found = addresses(folder / name)
    asked, wanted = [], []
    for area in areas(module, apart=True):
        for block in area.blocks if area.kind == FUNCTION else ():
            for entry in area.entries_of(block) if block.symbol in found else ():
                asked.append(hex(found[block.symbol] + entry.address))
                line = block.part.source.locate(entry.span.start)[0]
                wanted.append((block.symbol, f"x.py:{line}"))
    said = run(f"{GNU}addr2line", "-sfe", name, *asked, folder=folder).stdout.splitlines()
    assert [*zip(said[::2], said[1::2])] == wanted


@pytest.mark.parametrize("function_sections", [False, True])
def test_an_object_is_linked_with_c_and_runs(
    function_sections: bool, module: Module, tmp_path: Path
) -> None:
    written = FORMATS[".o"].write(module, debug=True, function_sections=function_sections)
    (tmp_path / "x.o").write_bytes(written)
    (tmp_path / "main.c").write_text(MAIN)
    run(*GCC, "-Wl,--gc-sections", "-g", "-o", "all", "main.c", "x.o", folder=tmp_path)
    assert run("qemu-riscv32", "all", folder=tmp_path, may_fail=True).returncode == 42
    # What nothing needs is left out where the linker can tell it apart.
    assert ("unused" in addresses(tmp_path / "all")) == (not function_sections)
    if function_sections:
        check_lines("all", module, tmp_path)
    shown = run(f"{GNU}objdump", "-dlr", "x.o", folder=tmp_path)
    assert not shown.stderr and "/x.py:6\n" in shown.stdout
    for tool in (f"{GNU}readelf", "llvm-dwarfdump"):
        options = ("-aW", "--debug-dump") if tool.endswith("readelf") else ("--verify",)
        assert not run(tool, *options, "x.o", folder=tmp_path).stderr


def test_symbols_have_their_sections_and_kinds(module: Module, tmp_path: Path) -> None:
    (tmp_path / "x.o").write_bytes(FORMATS[".o"].write(module))
    with open(tmp_path / "x.o", "rb") as stream:
        file = ELFFile(stream)
        found = {
            symbol.name: (
                symbol["st_info"]["type"], symbol["st_info"]["bind"],
                file.get_section(symbol["st_shndx"]).name, symbol["st_size"],
            )
            for symbol in file.get_section_by_name(".symtab").iter_symbols()
            if symbol.name and symbol.name[0] not in "$."
        }  # fmt: skip
        flags = {section.name: section["sh_flags"] for section in file.iter_sections()}
    size = {name: image.parts[0].size for name, image in module.functions.items()}
    code = {name: ("STT_FUNC", "STB_GLOBAL", ".text", size[name]) for name in size}
    assert found == {
        **code,
        "back": ("STT_NOTYPE", "STB_LOCAL", ".text", 0),
        "upper": ("STT_NOTYPE", "STB_LOCAL", ".text", 0),
        "tables": ("STT_OBJECT", "STB_GLOBAL", ".rodata", 8),
        "tables.distance": ("STT_NOTYPE", "STB_LOCAL", ".rodata", 0),
        "exported": ("STT_OBJECT", "STB_GLOBAL", ".rodata", 1),
        "state": ("STT_OBJECT", "STB_GLOBAL", ".data", 8),
    }
    assert (flags[".text"], flags[".rodata"], flags[".data"]) == (6, 2, 3)


def test_an_executable_holds_the_program_at_its_address(tmp_path: Path) -> None:
    leave = "@asm_rv32\ndef leave():\n    li(a0, 3)\n    call(start)\n    li(a7, 93)\n    ecall()\n"
    module = assemble(leave + SOURCE, path="x.py")
    path = tmp_path / "x.elf"
    path.write_bytes(FORMATS[".elf"].write(module, debug=True))
    path.chmod(0o755)
    assert run("qemu-riscv32", "x.elf", folder=tmp_path, may_fail=True).returncode == 10
    assert not run(f"{GNU}readelf", "-aW", "--debug-dump", "x.elf", folder=tmp_path).stderr
    assert "No errors." in run("llvm-dwarfdump", "--verify", "x.elf", folder=tmp_path).stdout
    assert set(addresses(path)) == {*module.functions, "tables", "state"}


def test_far_jumps_to_other_functions_are_calls_to_a_linker(module: Module, tmp_path: Path) -> None:
    (tmp_path / "x.o").write_bytes(FORMATS[".o"].write(module, function_sections=True))
    shown = run(f"{GNU}readelf", "-rW", "x.o", folder=tmp_path).stdout
    kinds = [line.split()[2] for line in shown.splitlines() if "R_RISCV" in line]
    assert kinds.count("R_RISCV_CALL_PLT") == 4  # one, two, one, start.back
    assert {*kinds} == {
        "R_RISCV_CALL_PLT", "R_RISCV_PCREL_HI20", "R_RISCV_PCREL_LO12_I", "R_RISCV_PCREL_LO12_S",
        "R_RISCV_HI20", "R_RISCV_LO12_S", "R_RISCV_32", "R_RISCV_ADD32", "R_RISCV_SUB32",
    }  # fmt: skip


def test_what_no_linker_can_fill_in_is_an_error_with_its_place(tmp_path: Path) -> None:
    text = (
        "@asm_rv32\ndef f():\n    lui(a1, hi(g))\n    c_lw(a0, lo(g)(a1))\n"
        "@asm_data\ndef g():\n    data(4, 1)\n"
    )
    module = assemble(text, path="x.py")
    with pytest.raises(AssemblyError) as caught:
        FORMATS[".o"].write(module)
    assert caught.value.render().startswith("x.py:4:5: error[")


def test_two_functions_have_two_symbols(tmp_path: Path) -> None:
    text = '@asm_rv32(symbol="g")\ndef f():\n    ret()\n@asm_rv32\ndef g():\n    ret()\n'
    for suffix in (".o", ".s", ".elf"):
        with pytest.raises(FormatError, match="have the symbol 'g'"):
            FORMATS[suffix].write(assemble(text))
    with pytest.raises(AssemblyError, match="'a b' is no symbol"):
        assemble('@asm_rv32(symbol="a b")\ndef f():\n    ret()\n')


# ---------------------------------------------------------------- what another object has

GUEST = """
@asm_rv32
def go(a, b):
    addi(sp, sp, -16)
    sw(ra, 12(sp))
    call(host_add)
    la(t0, host_total)
    sw(a0, 4(t0))
    lui(t1, hi(host_total + 4))
    lw(a0, lo(host_total + 4)(t1))
    lw(ra, 12(sp))
    addi(sp, sp, 16)
    beq(a0, a0, host_twice)
    li(a0, 0)

@asm_data
def words():
    data(4, host_add, host_total + 8, host_add - go, go - words)

@asm_rv32
def host_add():
    ret()

@asm_rv32
def host_twice():
    ret()

@asm_data(writable=True)
def host_total():
    space(16)
"""
HOST = """
extern int go(int, int);
extern const int words[];
int host_total[4];
int host_add(int a, int b) { return a + b; }
int host_twice(int n) { return 2 * n; }
void _start(void) {
    int right = go(3, 4) == 14 && host_total[1] == 7 && words[0] == (int)host_add
        && words[1] == (int)&host_total[2] && words[2] == (int)host_add - (int)go
        && words[3] == (int)go - (int)words;
    register int a0 __asm__("a0") = right ? 42 : 1;
    register int a7 __asm__("a7") = 93;
    __asm__ volatile("ecall" : : "r"(a0), "r"(a7));
}
"""


def guest() -> Module:
    """`go` and `words`; what is called host_... is another object's."""
    module = assemble(GUEST, path="x.py")

    def elsewhere(resolve: Resolve) -> Resolve:
        def found(name: str) -> Place | None:
            place = resolve(name)
            unit = place.unit if place is not None else None
            outside = unit is not None and unit.name.startswith("host_")
            return Place(None, symbol=unit.name) if outside and unit is not None else place

        return found

    for unit in (*module.functions.units.values(), *module.blocks.values()):
        unit.resolve = elsewhere(unit.resolve)
    words = {"words": module.blocks["words"]}
    return module._replace(functions=module.functions.only(["go"]), blocks=words)


@pytest.mark.parametrize("form", ["together", "apart", "source"])
def test_what_another_object_has_is_found_by_the_linker(form: str, tmp_path: Path) -> None:
    module = guest()
    (tmp_path / "host.c").write_text(HOST)
    name = "x.s" if form == "source" else "x.o"
    options = {"function_sections": form == "apart"} if name == "x.o" else {}
    (tmp_path / name).write_bytes(FORMATS[name[1:]].write(module, **options))
    run(*GCC, "-o", "all", "host.c", name, folder=tmp_path)
    assert run("qemu-riscv32", "all", folder=tmp_path, may_fail=True).returncode == 42


DATA_ALONE = """
from asm_rv32 import asm_data

@asm_data
def squares():
    data(4, 0, 1, 4, 9)

@asm_data(writable=True)
def chosen():
    data(4, squares + 12)
"""
READS_DATA = """
extern const int squares[4], *chosen;
void _start(void) {
    chosen -= 1;
    register int a0 __asm__("a0") = *chosen + squares[3] + 29;
    register int a7 __asm__("a7") = 93;
    __asm__ volatile("ecall" : : "r"(a0), "r"(a7));
}
"""


@pytest.mark.parametrize("suffix", [".o", ".s"])
def test_data_alone_is_linked_with_c(suffix: str, tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.write("d.py", DATA_ALONE)
    shell.write("main.c", READS_DATA)
    assert shell("compile", "d.py", "-o", f"d{suffix}").returncode == 0
    run(*GCC, "-o", "all", "main.c", f"d{suffix}", folder=tmp_path)
    assert run("qemu-riscv32", "all", folder=tmp_path, may_fail=True).returncode == 42
    done = shell("compile", "d.py", "-o", "d.bin")
    assert done.returncode == 1
    assert "error[no-function]" in done.stderr


@pytest.mark.parametrize("suffix", [".elf", ".bin", ".hex"])
def test_what_another_object_has_is_in_no_finished_program(suffix: str) -> None:
    with pytest.raises(FormatError, match="host_add"):
        FORMATS[suffix].write(guest())


WEAK = """
@asm_rv32
def go():
    addi(sp, sp, -16)
    sw(ra, 12(sp))
    call(handler)
    lw(a1, amount)
    add(a0, a0, a1)
    lw(ra, 12(sp))
    addi(sp, sp, 16)

@asm_rv32(weak=True)
def handler():
    li(a0, 1)

@asm_data(writable=True, weak=True)
def amount():
    data(4, 10)
"""


@pytest.mark.parametrize("name", ["x.o", "x.s"])
def test_what_is_weak_gives_way_to_another_objects(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FORMATS[name[1:]].write(assemble(WEAK)))
    leave = '__asm__ volatile("mv a0, %0; li a7, 93; ecall" : : "r"(go()) : "a0", "a7");'
    (tmp_path / "host.c").write_text(f"int go(void); void _start(void) {{ {leave} }}")
    (tmp_path / "own.c").write_text("int amount = 30; int handler(void) { return 2; }")
    for files, answer in ((["host.c"], 11), (["host.c", "own.c"], 32)):
        run(*GCC, "-o", "all", *files, name, folder=tmp_path)
        assert run("qemu-riscv32", "all", folder=tmp_path, may_fail=True).returncode == answer


def test_an_object_of_data_alone(tmp_path: Path) -> None:
    source = '__all__ = ["rows"]\n\n@asm_data\ndef rows():\n    data(4, 1, 2)\n'
    (tmp_path / "x.o").write_bytes(FORMATS[".o"].write(assemble(source)))
    with (tmp_path / "x.o").open("rb") as file:
        elf = ELFFile(file)
        (symbol,) = elf.get_section_by_name(".symtab").get_symbol_by_name("rows")
        section = elf.get_section(symbol["st_shndx"])
        assert section.data() == bytes([1, 0, 0, 0, 2, 0, 0, 0])
