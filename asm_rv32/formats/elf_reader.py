"""Code out of ELF files of any origin.

Input: the bytes of a file. Output: its executable sections with their symbols.
Invariants: a file that is no RV32 ELF file, or is damaged, raises `ElfError`; nothing in it is
followed outside the file, and time and memory are bounded by its length: of what its sections
hold, and of the letters of names, no more is taken than a file has room for.
Source: System V ABI, Object Files; RISC-V ELF psABI, 1.0.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from asm_rv32.isa.sets import DEFAULT_ISA, IsaError, parse_isa
from asm_rv32.isa.tables import implied_extensions, known_extensions
from asm_rv32.isa.text import Stretch

_IDENT = b"\x7fELF\x01\x01"
"""The magic number; 32 bits, little-endian."""
_EM_RISCV = 243
_EF_RVC, _EF_RVE = 1, 8
_HEADER = struct.Struct("<16s2H5I6H")
_SECTION = struct.Struct("<10I")
_SYMBOL = struct.Struct("<3I2BH")
_SHN_XINDEX = 0xFFFF
_SHF_EXECINSTR = 4
_SHT_SYMTAB, _SHT_NOBITS, _SHT_RISCV_ATTRIBUTES = 2, 8, 0x70000003
_STT_NOTYPE, _STT_FUNC = 0, 2


class ElfError(ValueError):
    """The file is no ELF file with RV32 code."""


class CodeSection(NamedTuple):
    """An executable section."""

    name: str
    address: int
    code: bytes
    symbols: dict[int, str]
    """Address → name, functions before other symbols."""
    functions: dict[int, int]
    """Address at which a function starts → its size in bytes; 0 where the file does not tell."""
    stretches: tuple[Stretch, ...]
    """What is code and what data, by the mapping symbols."""
    isa: str
    """As the file's attributes say, as far as it is known here."""


class _Section(NamedTuple):
    """A section header: Elf32_Shdr."""

    name: int
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    entry_size: int


class _Symbol(NamedTuple):
    value: int
    name: str
    size: int
    is_function: bool


class _File:
    """A file's bytes, and how much has been taken of them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.letters = self.room = len(data)
        """How many letters of names, and bytes of its sections' contents, it may still give."""
        self._names: dict[int, str] = {}
        """Offset in the file → name: assemblers give many symbols one."""

    def contents(self, section: _Section) -> bytes:
        if section.kind == _SHT_NOBITS:
            return b""
        end = section.offset + section.size
        if end > len(self.data):
            raise ElfError("a damaged ELF file: a section ends behind the file")
        self.room -= section.size
        if self.room < 0:
            raise ElfError("a damaged ELF file: its sections hold more than it has room for")
        return self.data[section.offset : end]

    def name(self, table: _Section | None, at: int) -> str:
        if table is None or table.kind == _SHT_NOBITS or at >= table.size:
            return ""
        start = table.offset + at
        found = self._names.get(start)
        if found is None:
            end = self.data.find(b"\0", start, table.offset + table.size)
            if end < 0:
                raise ElfError("a damaged ELF file: a name runs into the end of its table")
            self.letters -= end - start
            if self.letters < 0:
                raise ElfError("a damaged ELF file: more names than it has room for")
            found = self._names[start] = self.data[start:end].decode("utf-8", "replace")
        return found


def sections(data: bytes) -> list[CodeSection]:
    """The executable sections of a file, in its order. Raises ElfError."""
    if len(data) < _HEADER.size or data[:4] != _IDENT[:4]:
        raise ElfError("not an ELF file")
    _, _, machine, _, _, _, at, flags, _, _, _, size, count, names = _HEADER.unpack_from(data)
    if machine != _EM_RISCV or data[: len(_IDENT)] != _IDENT:
        raise ElfError("an ELF file, but not for 32-bit RISC-V")
    every = _section_headers(data, at, size, count)
    if names == _SHN_XINDEX and every:
        names = every[0].link
    file = _File(data)
    symbols = _symbols(file, every)
    isa = _isa(file, flags, every)
    found = []
    for index, section in enumerate(every):
        if section.flags & _SHF_EXECINSTR and section.kind != _SHT_NOBITS:
            code = file.contents(section)
            name = file.name(_at(every, names), section.name)
            found.append(_code_section(name, section.address, code, symbols.get(index, []), isa))
    return found


def _section_headers(data: bytes, at: int, size: int, count: int) -> list[_Section]:
    if not at:
        return []
    if size != _SECTION.size or at + size > len(data):
        raise ElfError("a damaged ELF file: its section headers have no sense")
    # With so many sections that 16 bits do not hold their number, it stands in the first one.
    count = count or _Section._make(_SECTION.unpack_from(data, at)).size
    if at + count * size > len(data):
        raise ElfError("a damaged ELF file: more sections than it has room for")
    every = _SECTION.iter_unpack(data[at : at + count * size])
    return [_Section._make(header) for header in every]


def _at(every: list[_Section], index: int) -> _Section | None:
    return every[index] if index < len(every) else None


def _code_section(
    name: str, address: int, code: bytes, symbols: list[_Symbol], isa: str
) -> CodeSection:
    end = address + len(code)
    names: dict[int, str] = {}
    starts: dict[int, int] = {}
    marks: dict[int, str] = {}
    for symbol in sorted(symbols, key=lambda symbol: not symbol.is_function):
        if not address <= symbol.value <= end:
            continue
        if symbol.name[:2] in ("$x", "$d"):
            marks[symbol.value - address] = symbol.name
        elif symbol.name and not symbol.name.startswith("$"):
            names.setdefault(symbol.value, symbol.name)
            if symbol.is_function:
                starts.setdefault(symbol.value, symbol.size)
    return CodeSection(name, address, code, names, starts, tuple(_stretches(marks, len(code))), isa)


def _symbols(file: _File, every: list[_Section]) -> dict[int, list[_Symbol]]:
    """Section → the functions and the places named in it."""
    found: dict[int, list[_Symbol]] = {}
    for section in every:
        if section.kind != _SHT_SYMTAB:
            continue
        if section.size % _SYMBOL.size or section.entry_size != _SYMBOL.size:
            raise ElfError("a damaged ELF file: its symbol table has no sense")
        table = _at(every, section.link)
        for name, value, size, info, _, index in _SYMBOL.iter_unpack(file.contents(section)):
            if info & 0xF in (_STT_NOTYPE, _STT_FUNC) and 0 < index < len(every):
                is_function = info & 0xF == _STT_FUNC
                symbol = _Symbol(value, file.name(table, name), size, is_function)
                found.setdefault(index, []).append(symbol)
    return found


def _stretches(marks: dict[int, str], size: int) -> Iterator[Stretch]:
    """Runs of code and data; what no mark covers is code."""
    start, is_code = 0, True
    for offset, name in sorted(marks.items()):
        marked = name.startswith("$x")
        if marked == is_code or offset >= size:
            continue
        if offset > start:
            yield Stretch(start, offset, is_code)
        start, is_code = offset, marked
    if start < size:
        yield Stretch(start, size, is_code)


def _isa(file: _File, flags: int, every: list[_Section]) -> str:
    for section in every:
        if section.kind == _SHT_RISCV_ATTRIBUTES:
            match = re.search(rb"rv32[a-z0-9_]+", file.contents(section)[:4096])
            if match:
                return _known_isa(match.group().decode("ascii"))
    base = "rv32e" if flags & _EF_RVE else "rv32i"
    return f"{base}m{'c' if flags & _EF_RVC else ''}"


def _known_isa(arch: str) -> str:
    """`rv32i2p1_m2p0_zicsr2p0` as an ISA string, without what is not known here."""
    names = [re.sub(r"\d+p\d+$", "", name) for name in arch[4:].split("_")]
    base, rest = names[0][:1], [*names[0][1:], *names[1:]]
    known = known_extensions()
    letters = "".join(name for name in rest if len(name) == 1 and name in known)
    implied = implied_extensions()["i"]
    longer = [n for n in rest if len(n) > 1 and n in known and n not in implied]
    isa = "_".join([f"rv32{base}{letters}", *longer])
    try:
        parse_isa(isa)
    except IsaError:
        return DEFAULT_ISA
    return isa
