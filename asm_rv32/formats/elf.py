"""ELF: functions as an executable or as an object for a linker.

Input: functions. Output: the bytes of a 32-bit little-endian file for RISC-V.
Invariants: code is position-independent and needs no relocation; functions are global symbols,
labels local ones, and `$x` and `$d` mark where code and data begin.
Source: System V ABI, chapters 4 and 5; RISC-V ELF psABI 1.0, chapters "ELF Object Files" and
"Attributes".
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from asm_rv32.formats.layout import layout
from asm_rv32.isa.image import Image
from asm_rv32.isa.sets import parse_isa

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module

BASE_ADDRESS = 0x10000
"""Where an executable's file is mapped, as by GNU ld; the code follows behind the headers."""
_PAGE = 0x1000
_EM_RISCV = 243
_ET_REL, _ET_EXEC = 1, 2
_EF_RVC, _EF_RVE = 1, 8
_SHT_PROGBITS, _SHT_SYMTAB, _SHT_STRTAB = 1, 2, 3
_SHT_RISCV_ATTRIBUTES = 0x7000_0003
_SHF_ALLOC, _SHF_EXECINSTR = 2, 4
_PT_LOAD, _PF_R_X = 1, 5
_STB_GLOBAL, _STT_FUNC = 1, 2
_HEADER, _SEGMENT, _SECTION, _SYMBOL = 52, 32, 40, 16
_TAG_FILE, _TAG_STACK_ALIGN, _TAG_ARCH, _TAG_UNALIGNED = 1, 4, 5, 6

_ARCH_NAMES = {
    "rv32i": "i2p1", "rv32e": "e1p9", "rv32m": "m2p0", "rv32a": "a2p1", "rv32c": "c2p0",
    "zicsr": "zicsr2p0", "zifencei": "zifencei2p0",
}  # fmt: skip
"""Table file → extension with the version of its specification; of any other it is 1.0."""


class Symbol(NamedTuple):
    """An entry of the symbol table; `value` is an offset into the code."""

    name: str
    value: int
    size: int = 0
    kind: int = 0
    is_global: bool = False


def write(module: Module, whole: bool) -> bytes:
    """An executable whose entry point is the first function."""
    return elf(module.functions, executable=True)


def write_object(module: Module, whole: bool) -> bytes:
    """An object file."""
    return elf(module.functions, executable=False)


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
            found.append(Symbol("$d", end))
        in_code = None
        for entry in image.entries:
            if entry.is_code != in_code:
                in_code = entry.is_code
                found.append(Symbol("$x" if in_code else "$d", start + entry.address))
        found += [Symbol(label, start + at) for label, at in image.symbols.items()]
        end = start + len(image.code)
    for name, image in functions.items():
        found.append(Symbol(name, offsets[name], len(image.code), _STT_FUNC, True))
    return found


def elf(functions: Mapping[str, Image], *, executable: bool) -> bytes:
    """The file: header, code, attributes, symbols, names, section headers."""
    code, offsets = layout(functions)
    arch = arch_string(functions)
    start = _HEADER + (_SEGMENT if executable else 0)
    base = BASE_ADDRESS + start if executable else 0
    names = _Names()
    marks = symbols(functions, offsets)
    table = bytes(_SYMBOL) + b"".join(
        struct.pack(
            "<IIIBBH", names.add(s.name), base + s.value, s.size,
            (_STB_GLOBAL if s.is_global else 0) << 4 | s.kind, 0, 1,
        )
        for s in marks
    )  # fmt: skip
    local = 1 + sum(not mark.is_global for mark in marks)
    section_names = _Names()
    text_flags = _SHF_ALLOC | _SHF_EXECINSTR
    # name, type, flags, address, contents, link, info, alignment, size of an entry
    sections = (
        (".text", _SHT_PROGBITS, text_flags, base, code, 0, 0, 4, 0),
        (".riscv.attributes", _SHT_RISCV_ATTRIBUTES, 0, 0, _attributes(arch), 0, 0, 1, 0),
        (".symtab", _SHT_SYMTAB, 0, 0, table, 4, local, 4, _SYMBOL),
        (".strtab", _SHT_STRTAB, 0, 0, names.data, 0, 0, 1, 0),
    )
    body, headers = bytearray(), bytearray(_SECTION)
    for name, kind, flags, address, data, link, info, alignment, size in sections:
        body += bytes(-(start + len(body)) % alignment)
        headers += struct.pack(
            "<10I", section_names.add(name), kind, flags, address, start + len(body), len(data),
            link, info, alignment, size,
        )  # fmt: skip
        body += data
    own = section_names.add(".shstrtab")
    at = start + len(body)
    size = len(section_names.data)
    headers += struct.pack("<10I", own, _SHT_STRTAB, 0, 0, at, size, 0, 0, 1, 0)
    body += section_names.data
    body += bytes(-(start + len(body)) % 4)
    flags = (_EF_RVC if "_c2p0" in arch else 0) | (_EF_RVE if arch[4] == "e" else 0)
    head = b"\x7fELF\x01\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIIIIIHHHHHH", _ET_EXEC if executable else _ET_REL, _EM_RISCV, 1, base,
        _HEADER if executable else 0, start + len(body), flags, _HEADER,
        _SEGMENT if executable else 0, int(executable), _SECTION, len(sections) + 2,
        len(sections) + 1,
    )  # fmt: skip
    if executable:
        # Place in the file and in memory must be equal modulo the page, so that it can be mapped.
        size = start + len(code)
        head += struct.pack(
            "<8I", _PT_LOAD, 0, BASE_ADDRESS, BASE_ADDRESS, size, size, _PF_R_X, _PAGE
        )
    return head + bytes(body) + bytes(headers)


def _attributes(arch: str) -> bytes:
    content = bytes((_TAG_STACK_ALIGN, 16, _TAG_ARCH)) + arch.encode() + b"\0"
    of_file = bytes((_TAG_FILE,)) + struct.pack("<I", 5 + len(content)) + content
    vendor = b"riscv\0" + of_file
    return b"A" + struct.pack("<I", 4 + len(vendor)) + vendor


class _Names:
    """A string table; a name that was added before keeps its place."""

    def __init__(self) -> None:
        self.data = bytearray(1)
        self._known: dict[str, int] = {}

    def add(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = len(self.data)
            self.data += name.encode() + b"\0"
        return self._known[name]
