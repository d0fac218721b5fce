"""ELF: functions as an executable or as an object for a linker.

Input: functions. Output: the bytes of the file.
Invariants: code is position-independent and needs no relocation; functions are global symbols,
labels local ones, and `$x` and `$d` mark where code and data begin.
Source: RISC-V ELF psABI 1.0, chapters "ELF Object Files" and "Attributes".
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING

from asm_rv32.formats.elf_writer import (
    ALLOC,
    EXECUTE,
    FUNCTION,
    Section,
    Symbol,
    elf_file,
)
from asm_rv32.formats.layout import ALIGNMENT, layout
from asm_rv32.isa.image import Image
from asm_rv32.isa.sets import parse_isa

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module

TEXT = ".text"
_EF_RVC, _EF_RVE = 1, 8
_RISCV_ATTRIBUTES = 0x7000_0003
_TAG_FILE, _TAG_STACK_ALIGN, _TAG_ARCH = 1, 4, 5

_ARCH_NAMES = {
    "rv32i": "i2p1", "rv32e": "e1p9", "rv32m": "m2p0", "rv32a": "a2p1", "rv32c": "c2p0",
    "zicsr": "zicsr2p0", "zifencei": "zifencei2p0",
}  # fmt: skip
"""Table file → extension with the version of its specification; of any other it is 1.0."""


def write(module: Module, whole: bool, debug: bool = False) -> bytes:
    """An executable whose entry point is the first function; `debug` adds tables of lines."""
    return elf(module.functions, executable=True, debug=debug)


def write_object(module: Module, whole: bool, debug: bool = False) -> bytes:
    """An object file; `debug` adds tables of lines."""
    return elf(module.functions, executable=False, debug=debug)


def arch_string(functions: Mapping[str, Image]) -> str:
    """The ISA of all functions together, with versions, as the attribute Tag_RISCV_arch has it."""
    bases: set[str] = set()
    files: set[str] = set()
    for image in functions.values():
        base, extensions = parse_isa(image.isa)
        bases.add(base)
        files.update(extensions)
    base = "rv32e" if bases == {"rv32e"} else "rv32i"
    letters = [_ARCH_NAMES[f"rv32{letter}"] for letter in "mac" if f"rv32{letter}" in files]
    names = sorted(_ARCH_NAMES.get(name, f"{name}1p0") for name in files if name[0] == "z")
    return "_".join([f"rv32{_ARCH_NAMES[base]}", *letters, *names])


def symbols(functions: Mapping[str, Image], offsets: Mapping[str, int]) -> list[Symbol]:
    """The symbols of the functions: local ones first, as the format demands."""
    found: list[Symbol] = []
    end = 0
    for name, image in functions.items():
        start = offsets[name]
        if start > end:
            found.append(Symbol("$d", TEXT, end))
        in_code = None
        for entry in image.entries:
            if entry.is_code != in_code:
                in_code = entry.is_code
                found.append(Symbol("$x" if in_code else "$d", TEXT, start + entry.address))
        found += [Symbol(label, TEXT, start + at) for label, at in image.symbols.items()]
        end = start + len(image.code)
    for name, image in functions.items():
        found.append(Symbol(name, TEXT, offsets[name], len(image.code), FUNCTION, True))
    return found


def elf(functions: Mapping[str, Image], *, executable: bool, debug: bool = False) -> bytes:
    """The file."""
    code, offsets = layout(functions)
    arch = arch_string(functions)
    sections = [
        Section(TEXT, code, ALLOC | EXECUTE, alignment=ALIGNMENT),
        Section(".riscv.attributes", _attributes(arch), kind=_RISCV_ATTRIBUTES),
    ]
    if debug:
        from asm_rv32.formats.dwarf import Placed, debug_sections

        placed = [Placed(name, TEXT, offsets[name], image) for name, image in functions.items()]
        sections += debug_sections(placed)
    flags = (_EF_RVC if "_c2p0" in arch else 0) | (_EF_RVE if arch[4] == "e" else 0)
    return elf_file(sections, symbols(functions, offsets), flags, executable=executable)


def _attributes(arch: str) -> bytes:
    content = bytes((_TAG_STACK_ALIGN, 16, _TAG_ARCH)) + arch.encode() + b"\0"
    of_file = bytes((_TAG_FILE,)) + struct.pack("<I", 5 + len(content)) + content
    vendor = b"riscv\0" + of_file
    return b"A" + struct.pack("<I", 4 + len(vendor)) + vendor
