"""Files of machine code: written, read by independent readers, and damaged ones refused."""

from __future__ import annotations

import io
import json
import random
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from corpus.hostile import FILES
from elftools.elf.elffile import ELFFile
from hypothesis import given, settings
from hypothesis import strategies as st
from intelhex import IntelHex

from asm_rv32.assembler.pipeline import Module, assemble
from asm_rv32.formats import FORMATS, FormatError, find_format, intel_hex, object_code
from asm_rv32.formats.elf_reader import ElfError, sections
from asm_rv32.formats.elf_writer import BASE_ADDRESS
from asm_rv32.formats.file_kinds import JSON, ROMFS, refusal
from asm_rv32.formats.listing import lines, listing
from asm_rv32.formats.machine_code import InputError, blocks, kind_of
from asm_rv32.isa.text import Stretch

SOURCE = """\
import micropython

@micropython.asm_rv32
def first(a, n) -> uint:
    mv(t0, a)
    label(loop)
    addi(n, n, -1)
    bnez(n, loop)
    j(end)
    data(1, 1, 2, 3, 4)
    label(end)
    mv(a0, t0)

@micropython.asm_rv32
def odd():
    ret()
    data(1, 0xff)

@micropython.asm_rv32
def big():
    li(a0, 0x12345678)
    j(out)
    label(table)
    space(100)
    data(2, 1, 2)
    label(out)
    la(a1, table)
"""


@pytest.fixture(scope="module")
def module() -> Module:
    return assemble(SOURCE, path="source.py")


# ---------------------------------------------------------------- the registry


def test_a_format_is_found_by_its_name_and_its_suffix() -> None:
    for suffix, known in FORMATS.items():
        assert find_format(known.name) == find_format(suffix) == find_format(suffix[1:]) == suffix
    assert find_format("nonsense") is None


# ---------------------------------------------------------------- binary and hex


def test_functions_start_at_multiples_of_four(module: Module) -> None:
    code = FORMATS[".bin"].write(module)
    at = 0
    for image in module.functions.values():
        at += -at % 4
        assert code[at : at + len(image.code)] == image.code
        at += len(image.code)
    assert len(code) == at


@settings(deadline=None, max_examples=50, derandomize=True)
@given(st.binary(max_size=300))
def test_hex_is_read_by_intelhex_and_by_us(code: bytes) -> None:
    text = intel_hex.records(code)
    theirs = IntelHex(io.StringIO(text))
    assert theirs.tobinstr() == code
    assert intel_hex.read(text.encode()) == ([(0, code)] if code else [])


def test_hex_beyond_64_kib() -> None:
    code = random.Random(1).randbytes(200_001)
    text = intel_hex.records(code)
    assert IntelHex(io.StringIO(text)).tobinstr() == code
    assert intel_hex.read(text.encode()) == [(0, code)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "is missing"),
        (b":00000001FE\n", "line 1: the checksum is FE, should be FF$"),
        (b":0100100005E9\n", "line 1: the checksum is E9, should be EA$"),
        (b":0000000\n", "line 1: not a record"),
        (b":00000001FF\xff\n", "line 1: not a record"),
        (b"\n:05000000AA\n", "line 2: the record's length"),
        (b":00000009F7\n", "no such record"),
        (b":0100000000FF\n:0100000000FF\n:00000001FF\n", "two records"),
    ],
)
def test_wrong_hex_is_refused(text: bytes, message: str) -> None:
    with pytest.raises(intel_hex.HexError, match=message):
        intel_hex.read(text)


# ---------------------------------------------------------------- listing and JSON


def test_the_lines_of_a_listing_are_the_code(module: Module) -> None:
    for image in module.functions.values():
        found = list(lines(image))
        assert b"".join(line.data for line in found) == image.code
        assert [line.address for line in found] == sorted(line.address for line in found)
        for line in found:
            assert image.line_at(line.address) == line.line


def test_listing_shows_address_bytes_text_and_source(module: Module) -> None:
    shown = listing(module.functions["first"])
    rows = [" ".join(row.split()) for row in shown.splitlines()]
    assert rows[0].startswith("first(a, n): 16 bytes, 6 instructions")
    assert "loop:" in rows
    assert "2 fd15 c_addi(a1, -1) 7 addi(n, n, -1)" in rows
    assert "8 01020304 data(4, 0x04030201) 10 data(1, 1, 2, 3, 4)" in rows


def test_json_has_the_documented_keys(module: Module) -> None:
    value = json.loads(FORMATS[".json"].write(module))
    assert list(value) == ["functions"]
    assert list(value["functions"]) == ["first", "odd", "big"]
    for name, image in module.functions.items():
        found = value["functions"][name]
        assert found.pop("listing") == [
            {"address": l.address, "bytes": l.data.hex(), "text": l.text, "line": l.line}
            for l in lines(image)
        ]
        assert found == {
            "code": image.code.hex(),
            "size": len(image.code),
            "instructions": image.instruction_count,
            "parameters": list(image.parameters),
            "returns": image.returns,
            "symbols": image.symbols,
        }


# ---------------------------------------------------------------- ELF


@pytest.mark.parametrize("suffix", [".elf", ".o"])
def test_elf_is_read_by_pyelftools(module: Module, suffix: str) -> None:
    data = FORMATS[suffix].write(module)
    file = ELFFile(io.BytesIO(data))
    base = BASE_ADDRESS + 84 if suffix == ".elf" else 0
    assert file["e_machine"] == "EM_RISCV" and file.elfclass == 32 and file.little_endian
    assert file["e_type"] == ("ET_EXEC" if suffix == ".elf" else "ET_REL")
    assert file["e_entry"] == base
    assert file["e_flags"] == 1
    text = file.get_section_by_name(".text")
    code = FORMATS[".bin"].write(module)
    assert text.data() == code and text["sh_addr"] == base
    symbols = list(file.get_section_by_name(".symtab").iter_symbols())
    functions = {s.name: s for s in symbols if s["st_info"]["type"] == "STT_FUNC"}
    assert list(functions) == list(module.functions)
    for name, image in module.functions.items():
        at = functions[name]["st_value"] - base
        assert functions[name]["st_info"]["bind"] == "STB_GLOBAL"
        assert functions[name]["st_size"] == len(image.code)
        assert code[at : at + len(image.code)] == image.code
        for label, offset in image.symbols.items():
            found = [s for s in symbols if s.name == label]
            assert [s["st_value"] - base for s in found] == [at + offset]
            assert found[0]["st_info"]["bind"] == "STB_LOCAL"
    attributes = file.get_section_by_name(".riscv.attributes").data()
    assert b"rv32i2p1_m2p0_c2p0_zicsr2p0_zifencei2p0\0" in attributes
    if suffix == ".elf":
        segment = file.get_segment(0)
        assert segment["p_offset"] % segment["p_align"] == segment["p_vaddr"] % segment["p_align"]


def test_headers_are_as_gnu_as_and_ld_write_them(
    module: Module, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    """What does not depend on what stands in the file."""
    (tmp_path / "a.s").write_text(".option norelax\n.globl f\nf: .word 0x8067\n1: j 1b\n")
    gas = [tool("riscv64-unknown-elf-as"), "-march=rv32imc", "-mabi=ilp32"]
    subprocess.run([*gas, "-o", "a.o", "a.s"], cwd=tmp_path, check=True)
    ld = [tool("riscv64-unknown-elf-ld"), "-m", "elf32lriscv", "-e", "f", "-z", "noseparate-code"]
    subprocess.run([*ld, "-o", "a.elf", "a.o"], cwd=tmp_path, check=True)
    for suffix in (".o", ".elf"):
        ours = ELFFile(io.BytesIO(FORMATS[suffix].write(module)))
        theirs = ELFFile(io.BytesIO((tmp_path / f"a{suffix}").read_bytes()))
        of = {"e_ident", "e_version", "e_ehsize", "e_phentsize", "e_shentsize", "e_type"}
        assert {key: ours[key] for key in of} == {key: theirs[key] for key in of}
        for section in ours.iter_sections():
            other = theirs.get_section_by_name(section.name)
            for key in ("sh_type", "sh_flags", "sh_entsize"):
                assert section[key] == other[key], (suffix, section.name, key)
            linked = [file.get_section(each["sh_link"]).name
                      for file, each in ((ours, section), (theirs, other))]  # fmt: skip
            assert linked[0] == linked[1]
            assert not section["sh_offset"] % max(section["sh_addralign"], 1)
        table = ours.get_section_by_name(".symtab")
        binds = [symbol["st_info"]["bind"] for symbol in table.iter_symbols()]
        assert binds == sorted(binds, key=lambda bind: bind == "STB_GLOBAL")
        assert binds.index("STB_GLOBAL") == table["sh_info"]
    [segment] = ours.iter_segments()
    text = ours.get_section_by_name(".text")
    assert (segment["p_type"], segment["p_flags"]) == ("PT_LOAD", 5)
    assert segment["p_filesz"] == segment["p_memsz"] == text["sh_offset"] + text["sh_size"]
    assert segment["p_vaddr"] == segment["p_paddr"] == text["sh_addr"] - text["sh_offset"]
    assert segment["p_offset"] == 0


def test_flags_follow_from_the_isa() -> None:
    source = "@asm_rv32\ndef f():\n    ret()\n"
    for isa, flags, arch in (
        ("rv32im", 0, b"rv32i2p1_m2p0_zicsr2p0_zifencei2p0\0"),
        ("rv32ec", 9, b"rv32e1p9_c2p0_zicsr2p0_zifencei2p0\0"),
        ("rv32imac_zba_zcb", 1, b"rv32i2p1_m2p0_a2p1_c2p0_zba1p0_zcb1p0_zicsr2p0_zifencei2p0\0"),
    ):
        data = FORMATS[".o"].write(assemble(source, isa=isa))
        assert ELFFile(io.BytesIO(data))["e_flags"] == flags
        assert arch in data


@pytest.mark.parametrize("suffix", [".elf", ".o"])
def test_elf_is_disassembled_by_objdump(
    module: Module, suffix: str, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    path = tmp_path / f"code{suffix}"
    path.write_bytes(FORMATS[suffix].write(module))
    done = subprocess.run(
        [tool("riscv64-unknown-elf-objdump"), "-d", "-M", "no-aliases", path],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert not done.stderr
    for part in ("<first>:", "<loop>:", "c.addi\ta1,-1", "lui\ta0,0x12345", "<table>:"):
        assert part in done.stdout
    # The bytes 1, 2, 3, 4 are marked as data.
    assert ".word\t0x04030201" in done.stdout


def test_an_executable_runs(tmp_path: Path, tool: Callable[[str], str]) -> None:
    source = "@asm_rv32\ndef leave():\n    li(a0, 42)\n    li(a7, 93)\n    ecall()\n"
    path = tmp_path / "leave.elf"
    path.write_bytes(FORMATS[".elf"].write(assemble(source)))
    path.chmod(0o755)
    assert subprocess.run([tool("qemu-riscv32"), path], check=False).returncode == 42


def test_an_object_links(tmp_path: Path, tool: Callable[[str], str]) -> None:
    library = "@asm_rv32\ndef answer():\n    li(a0, 42)\n"
    (tmp_path / "answer.o").write_bytes(FORMATS[".o"].write(assemble(library)))
    (tmp_path / "start.s").write_text(
        ".globl _start\n_start: call answer\n li a7, 93\n ecall\n", encoding="ascii"
    )
    march = ["-march=rv32imc_zicsr_zifencei", "-mabi=ilp32"]
    for command in (
        [tool("riscv64-unknown-elf-as"), *march, "-o", "start.o", "start.s"],
        [tool("riscv64-unknown-elf-ld"), "-m", "elf32lriscv", "-o", "all", "start.o", "answer.o"],
    ):
        subprocess.run(command, cwd=tmp_path, check=True)
    done = subprocess.run([tool("qemu-riscv32"), tmp_path / "all"], check=False)
    assert done.returncode == 42


# ---------------------------------------------------------------- reading back


@pytest.mark.parametrize("suffix", [".elf", ".o"])
def test_code_of_our_elf_is_found_again(module: Module, suffix: str) -> None:
    found = {block.name: block for block in blocks(FORMATS[suffix].write(module), "elf")}
    assert list(found) == list(module.functions)
    for name, image in module.functions.items():
        block = found[name]
        assert block.code == image.code
        assert set(image.symbols) == set(block.labels.values())
        assert block.isa == "rv32imc"
        data = {at for entry in image.entries if not entry.is_code
                for at in range(entry.address, entry.address + entry.size)}  # fmt: skip
        marked = {at for start, end, is_code in block.stretches if not is_code
                  for at in range(start, end)}  # fmt: skip
        assert marked == data


def test_code_of_our_mpy_is_found_again(module: Module) -> None:
    found = {block.name: block for block in blocks(FORMATS[".mpy"].write(module), "mpy")}
    assert {name: block.code for name, block in found.items()} == {
        name: image.code for name, image in module.functions.items()
    }
    assert found["first"].parameters == 2 and found["first"].returns == "uint"


def test_the_kind_of_a_file() -> None:
    assert kind_of("", b"\x7fELF...") == "elf"
    assert kind_of(".bin", b"\x7fELF...") == "elf"
    assert kind_of(".HEX", b":00") == "hex"
    assert kind_of("", b"M\x06\x2f\x1f") == "mpy"
    assert kind_of(".txt", b"") is None


@pytest.mark.parametrize("suffix", [".elf", ".o", ".mpy", ".hex"])
def test_damaged_files_are_refused_or_read(module: Module, suffix: str) -> None:
    """Nothing but InputError, whatever the bytes are."""
    whole = FORMATS[suffix].write(module)
    choose = random.Random(suffix)
    kind = kind_of(suffix, whole)
    assert kind is not None
    refused = 0
    for _ in range(1500):
        data = bytearray(whole)
        for _ in range(choose.choice((1, 1, 2, 8))):
            at = choose.randrange(min(len(data), choose.choice((64, len(data)))))
            data[at] = choose.choice((0, 1, 0x7F, 0x80, 0xFF, choose.randrange(256)))
        if choose.random() < 0.2:
            del data[choose.randrange(len(data)) :]
        try:
            blocks(bytes(data), kind)
        except InputError:
            refused += 1
    assert refused > 50


def pyelftools_sections(data: bytes) -> list[tuple[str, int, bytes, dict[int, set[str]]]]:
    """Name, address, contents and the names at each address of every executable section."""
    file = ELFFile(io.BytesIO(data))
    found = []
    for index, section in enumerate(file.iter_sections()):
        if not section["sh_flags"] & 4:
            continue
        names: dict[int, set[str]] = {}
        for symbol in file.get_section_by_name(".symtab").iter_symbols():
            kind = symbol["st_info"]["type"]
            named = symbol.name and symbol.name[0] != "$"
            if symbol["st_shndx"] == index and kind in ("STT_NOTYPE", "STT_FUNC") and named:
                names.setdefault(symbol["st_value"], set()).add(symbol.name)
        found.append((section.name, section["sh_addr"], section.data(), names))
    return found


@pytest.mark.parametrize("suffix", [".elf", ".o"])
def test_elf_is_read_as_pyelftools_reads_it(module: Module, suffix: str) -> None:
    compare_with_pyelftools(FORMATS[suffix].write(module))


def compare_with_pyelftools(data: bytes) -> None:
    ours, theirs = sections(data), pyelftools_sections(data)
    assert [(s.name, s.address, s.code) for s in ours] == [section[:3] for section in theirs]
    for section, (_, _, _, names) in zip(ours, theirs):
        assert section.symbols.keys() == names.keys()
        assert all(name in names[at] for at, name in section.symbols.items())


def test_an_object_of_gnu_as_is_read_as_pyelftools_reads_it(
    tmp_path: Path, tool: Callable[[str], str]
) -> None:
    """Many sections, many symbols of one name, and relocations."""
    source = "".join(
        f'.section .text.{index}, "ax"\n.type f{index}, @function\n.globl f{index}\n'
        f"f{index}:\n la a0, f{index}\n 1: bnez a0, 1b\n.byte 1, 2\n.balign 4\n ret\n"
        f".size f{index}, .-f{index}\n"
        for index in range(80)
    )
    (tmp_path / "a.s").write_text(source)
    gas = [tool("riscv64-unknown-elf-as"), "-march=rv32imc", "-mabi=ilp32"]
    subprocess.run([*gas, "-o", "a.o", "a.s"], cwd=tmp_path, check=True)
    data = (tmp_path / "a.o").read_bytes()
    assert len(sections(data)) > 80
    compare_with_pyelftools(data)


@pytest.mark.parametrize("suffix", [".elf", ".o"])
@pytest.mark.parametrize("name", ["", "$irst", "$", "$xyz", "$d.1"])
def test_symbols_without_a_name_of_their_own_name_nothing(
    module: Module, suffix: str, name: str
) -> None:
    """`first` made one that has no name, or one of the names that assemblers keep to themselves."""
    data = bytearray(FORMATS[suffix].write(module))
    file = ELFFile(io.BytesIO(bytes(data)))
    table = file.get_section_by_name(".symtab")
    names = file.get_section(table["sh_link"])
    [index] = [i for i, each in enumerate(table.iter_symbols()) if each.name == "first"]
    at = table["sh_offset"] + index * table["sh_entsize"]
    if name:
        start = names["sh_offset"] + int.from_bytes(data[at : at + 4], "little")
        data[start : start + 6] = name.encode().ljust(6, b"\0")
    else:
        data[at : at + 4] = bytes(4)
    found = [name for section in sections(bytes(data)) for name in section.symbols.values()]
    assert not {"first", name} & set(found) and {"odd", "big"} <= set(found)
    compare_with_pyelftools(bytes(data))
    assert not {"first", name} & {block.name for block in blocks(bytes(data), "elf")}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sections of the same code", "sections hold more"),
        ("symbol tables over one", "more than one symbol table"),
        ("symbols of names in names", "more names"),
    ],
)
def test_elf_files_that_take_a_byte_more_than_once_are_refused(name: str, message: str) -> None:
    _, make = FILES[name]
    with pytest.raises(ElfError, match=message):
        sections(make(100_000))


class Counting(Sequence[Stretch]):
    """Stretches, and how often one was taken."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self.stretches, self.taken = stretches, 0

    def __len__(self) -> int:
        return len(self.stretches)

    def __getitem__(self, at: Any) -> Any:
        self.taken += 1
        return self.stretches[at]


def test_the_marks_of_a_function_are_found_without_passing_all_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, make = FILES["functions with marks"]
    (section,) = object_code.code_sections(make(35_000))
    counting = Counting(section.stretches)
    changed = section._replace(stretches=counting)  # type: ignore[arg-type]
    monkeypatch.setattr(object_code, "code_sections", lambda _: [changed])
    found = blocks(b"", "elf")
    assert len(found) == 500
    assert {each.stretches for each in found} == {(Stretch(0, 2, True), Stretch(2, 4, False))}
    assert counting.taken <= 4 * len(counting)


def test_other_elf_files_are_refused() -> None:
    data = bytearray(FORMATS[".o"].write(assemble("@asm_rv32\ndef f():\n    ret()\n")))
    data[18] = 62
    with pytest.raises(ElfError, match="not for 32-bit RISC-V"):
        sections(bytes(data))


def test_mpy_refuses_what_a_board_cannot_call() -> None:
    source = "@asm_rv32\ndef f(a, b, c, d, e):\n    ret()\n"
    with pytest.raises(FormatError, match="at most 4"):
        FORMATS[".mpy"].write(assemble(source))


def test_machine_code_for_an_address() -> None:
    source = (
        "@asm_rv32\ndef f():\n    lw(a0, table)\n    jr(a0)\n"
        "@asm_data\ndef table():\n    data(4, f, table + 4)\n"
    )
    module = assemble(source)
    table = module.program().symbols["table"]
    for base in (0, 0x2000_0000, 0xFFFF_0000):
        code = FORMATS[".bin"].write(module, base=base)
        words = [int.from_bytes(code[at : at + 4], "little") for at in (table, table + 4)]
        assert words == [base, base + table + 4]
        ((start, data),) = intel_hex.read(FORMATS[".hex"].write(module, base=base))
        assert (start, data) == (base, code)


def test_a_file_of_another_kind_is_told_by_its_name_and_standard_input_as_such() -> None:
    told = f"is {ROMFS.title}"
    for path, shown in (("-", "standard input"), ("a.json", "a.json")):
        found = refusal(path, b"\xd2\xcd\x31", JSON)
        assert found is not None and found.startswith(f"{shown} {told}, not JSON: ")
    assert refusal("a.json", b"{}", JSON) is None
