"""ELF: a program as an executable or as an object for a linker.

Input: a module. Output: the bytes of the file.
Invariants: functions and blocks of data are symbols, global ones where they stand in the module's
own source and `__all__` has them, labels local ones, and `$x` and `$d` mark where code and data
begin. An executable lies in one segment, as it was laid out; of an object, code is relaxed and data
apart from it.
Source: RISC-V ELF psABI 1.0, chapters "ELF Object Files" and "Attributes".
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence

from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.formats.elf_writer import (
    ALLOC,
    EXECUTE,
    WRITE,
    Section,
    Symbol,
    elf_file,
    load_address,
)
from asm_rv32.formats.layout import ALIGNMENT, Area, areas, layout, program
from asm_rv32.formats.relocations import block_symbol, relocations
from asm_rv32.isa.image import DATA, FUNCTION, WRITABLE, Entry, Image
from asm_rv32.isa.sets import parse_isa
from asm_rv32.isa.tables import joined_extensions

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module

FLAGS = {FUNCTION: ALLOC | EXECUTE, DATA: ALLOC, WRITABLE: ALLOC | WRITE}
"""Kind of an area → flags of its section."""
_TEXT = ".text"
_EF_RVC, _EF_RVE = 1, 8
_RISCV_ATTRIBUTES = 0x7000_0003
_TAG_FILE, _TAG_STACK_ALIGN, _TAG_ARCH = 1, 4, 5

_ARCH_NAMES = {
    "rv32i": "i2p1", "rv32e": "e1p9", "rv32m": "m2p0", "rv32a": "a2p1", "rv32f": "f2p2",
    "rv32c": "c2p0",
    "zicsr": "zicsr2p0", "zifencei": "zifencei2p0",
}  # fmt: skip
"""Table file → extension with the version of its specification; of any other it is 1.0."""


def write(
    module: Module, whole: bool, debug: bool = False, base: int | None = None
) -> bytes:  # fmt: skip
    """An executable whose entry point is the first function; `debug` adds tables of lines.

    `base`: the address at which it lies, by default one at which the file can be mapped.
    """
    area = program(module, load_address if base is None else lambda alignment: base)
    flags = ALLOC | EXECUTE | FLAGS[area.kind]
    section = Section(area.section, area.code, flags, alignment=area.alignment)
    return _file([area], [section], executable=True, debug=debug, base=base)


def write_object(
    module: Module, whole: bool, debug: bool = False, function_sections: bool = False
) -> bytes:
    """An object file; `debug` adds tables of lines, `function_sections` gives each function and
    each block of data a section of its own."""
    found = areas(module, apart=function_sections, whole=whole)
    open_places = relocations(found)
    sections = [
        Section(
            area.section, area.code, FLAGS[area.kind], alignment=area.alignment,
            relocations=open_places.get(area.section, ()),
        )
        for area in found
    ]  # fmt: skip
    return _file(found, sections, executable=False, debug=debug)


def disassembled(functions: Mapping[str, Image]) -> bytes:
    """An object file of the code of images alone, one behind the other, for a disassembler."""
    code, offsets = layout(functions)
    marks = [
        mark for name, image in functions.items()
        for mark in _marks(image.entries, _TEXT, offsets[name])
    ]  # fmt: skip
    section = Section(_TEXT, code, FLAGS[FUNCTION], alignment=ALIGNMENT)
    arch = arch_string(image.isa for image in functions.values())
    return elf_file([section, _attributes(arch)], marks, _flags(arch), executable=False)


def _file(
    found: Sequence[Area], sections: list[Section], *, executable: bool, debug: bool,
    base: int | None = None,
) -> bytes:  # fmt: skip
    arch = arch_string(area.isa for area in found if area.blocks and area.has_code)
    every = [*sections, _attributes(arch)]
    if debug:
        from asm_rv32.formats.dwarf import debug_sections

        every += debug_sections(found)
    symbols = [symbol for area in found for symbol in _symbols(area)]
    return elf_file(every, symbols, _flags(arch), executable=executable, base=base)


def arch_string(isas: Iterable[str]) -> str:
    """Several ISAs together, with versions, as the attribute Tag_RISCV_arch has it."""
    bases: set[str] = set()
    files: set[str] = set()
    for isa in isas:
        base, extensions = parse_isa(isa)
        bases.add(base)
        files.update(extensions)
    base = "rv32e" if bases == {"rv32e"} else "rv32i"
    letters = [letter for letter in "mafc" if f"rv32{letter}" in files]
    # What letters bring with them by themselves, not every assembler has a name for.
    files -= {name for name, joined in joined_extensions().items() if {*joined} <= {*letters}}
    named = sorted(
        name for name in files if name[:2] != "rv" and "." not in name and name != "pseudo"
    )
    names = [_ARCH_NAMES.get(name, f"{name}1p0") for name in sorted(named, key=_by_rank)]
    versions = [_ARCH_NAMES[f"rv32{letter}"] for letter in letters]
    return "_".join([f"rv32{_ARCH_NAMES[base]}", *versions, *names])


def _by_rank(name: str) -> bool:
    """Unprivileged extensions come before those of the Privileged ISA, and these before makers'."""
    return name[0] != "z"


def isa_names(isas: Iterable[str], without: Iterable[str] = ()) -> str:
    """Several ISAs together as assemblers take them, without versions, some extensions, and those
    of makers."""
    names = arch_string(isas).split("_")
    base, *more = (
        re.sub(r"\d+p\d+$", "", name)
        for name in names if name[:-3] not in without and name[0] != "x"
    )  # fmt: skip
    letters = "".join(name for name in more if len(name) == 1)
    return "_".join([base + letters, *(name for name in more if len(name) > 1)])


def _flags(arch: str) -> int:
    return (_EF_RVC if "_c2p0" in arch else 0) | (_EF_RVE if arch[4] == "e" else 0)


def _symbols(area: Area) -> Iterator[Symbol]:
    """What the blocks of an area are called, the labels in them, and where code and data begin."""
    end = 0
    for block in area.blocks:
        part = block.part
        if part.address > end:
            yield Symbol("$d", area.section, end)
        yield from _marks(area.entries_of(block), area.section)
        prefix = "" if part.kind == FUNCTION else f"{block.symbol}."
        for label, address in part.labels.items():
            yield Symbol(prefix + label, area.section, address)
        end = part.address + part.size
    for block in area.blocks:
        yield block_symbol(area, block)


def _marks(entries: Iterable[Entry], section: str, start: int = 0) -> Iterator[Symbol]:
    in_code = None
    for entry in entries:
        if entry.is_code != in_code:
            in_code = entry.is_code
            yield Symbol("$x" if in_code else "$d", section, start + entry.address)


def _attributes(arch: str) -> Section:
    content = bytes((_TAG_STACK_ALIGN, 16, _TAG_ARCH)) + arch.encode() + b"\0"
    of_file = bytes((_TAG_FILE,)) + struct.pack("<I", 5 + len(content)) + content
    vendor = b"riscv\0" + of_file
    data = b"A" + struct.pack("<I", 4 + len(vendor)) + vendor
    return Section(".riscv.attributes", data, kind=_RISCV_ATTRIBUTES)
