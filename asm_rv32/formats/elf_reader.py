"""What ELF files of any origin hold.

Input: the bytes of a file. Output: its sections in memory with symbols and relocations.
Invariants: a file that is no RV32 ELF file, or is damaged, raises `ElfError`; nothing in it is
followed outside the file, and time and memory are bounded by its length: of what its sections
hold, and of the letters of names, no more is taken than a file has room for.
Source: System V ABI, Object Files; RISC-V ELF psABI, 1.0.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping

from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.references import Reference
from asm_rv32.isa.sets import DEFAULT_ISA, IsaError, isa_of_attribute
from asm_rv32.isa.text import Stretch

_IDENT = b"\x7fELF\x01\x01"
"""The magic number; 32 bits, little-endian."""
_EM_RISCV = 243
_EF_RVC, _EF_RVE = 1, 8
_HEADER = struct.Struct("<16s2H5I6H")
_SECTION = struct.Struct("<10I")
_SYMBOL = struct.Struct("<3I2BH")
_RELA = struct.Struct("<2Ii")
_ET_REL = 1
SHN_UNDEF, SHN_ABS, SHN_COMMON, _SHN_XINDEX = 0, 0xFFF1, 0xFFF2, 0xFFFF
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_MERGE, SHF_STRINGS, SHF_TLS = 1, 2, 4, 16, 32, 0x400
SHT_NOBITS = 8
_SHT_SYMTAB, _SHT_RELA, _SHT_SYMTAB_SHNDX, _SHT_RISCV_ATTRIBUTES = 2, 4, 18, 0x70000003
STB_LOCAL, STB_GLOBAL, STB_WEAK = 0, 1, 2
STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_SECTION, STT_FILE, STT_TLS = 0, 1, 2, 3, 4, 6


class ElfError(ValueError):
    """The file is no ELF file with RV32 code."""


class Section(NamedTuple):
    """A section that takes room in memory."""

    number: int
    """Its index in the file's table."""
    name: str
    kind: int
    flags: int
    address: int
    data: bytes
    """Nothing where it is zeros, of which the file has none."""
    size: int
    """Bytes in memory."""
    alignment: int
    relocations: tuple[Relocation, ...]
    """In order of their offsets."""
    entry_size: int
    """Bytes of each entry, where all have one size; else 0."""

    @property
    def is_code(self) -> bool:
        """Whether it may be executed."""
        return bool(self.flags & SHF_EXECINSTR) and self.kind != SHT_NOBITS


class Symbol(NamedTuple):
    """A symbol, of any kind."""

    name: str
    value: int
    size: int
    kind: int
    """STT_NOTYPE, ..."""
    binding: int
    """STB_LOCAL, ..."""
    section: int
    """Index of its section, or SHN_UNDEF, SHN_ABS, SHN_COMMON."""


class Relocation(NamedTuple):
    """A place that a linker fills in."""

    offset: int
    """Bytes into the section."""
    kind: int
    symbol: int
    """Index of the symbol."""
    addend: int


class ElfFile(NamedTuple):
    """What a file holds."""

    is_object: bool
    """True of what has still to be linked: every section's addresses begin at 0."""
    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]
    isa: str
    """As the file's attributes say, as far as it is known here."""
    unknown: tuple[str, ...]
    """The extensions that they name, and that are not known here."""


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
    unknown: tuple[str, ...] = ()
    """Extensions that the file is for, and that are not known here."""
    references: Mapping[int, Reference] = {}
    """Address → what is filled in there."""
    notes: Mapping[int, str] = {}
    """Address → what is filled in there and has no form, in words."""
    names: Mapping[int, str] = {}
    """Address → name of the function, fit for a source."""


class _Header(NamedTuple):
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


class _File:
    """A file's bytes, and how much has been taken of them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.letters = self.room = len(data)
        """How many letters of names, and bytes of its sections' contents, it may still give."""
        self._names: dict[int, str] = {}
        """Offset in the file → name: assemblers give many symbols one."""

    def contents(self, section: _Header) -> bytes:
        if section.kind == SHT_NOBITS:
            return b""
        end = section.offset + section.size
        if end > len(self.data):
            raise ElfError("a damaged ELF file: a section ends behind the file")
        self.room -= section.size
        if self.room < 0:
            raise ElfError("a damaged ELF file: its sections hold more than it has room for")
        return self.data[section.offset : end]

    def name(self, table: _Header | None, at: int) -> str:
        if table is None or table.kind == SHT_NOBITS or at >= table.size:
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


def read(data: bytes) -> ElfFile:
    """The sections that take room in memory, and the symbols. Raises ElfError."""
    if len(data) < _HEADER.size or data[:4] != _IDENT[:4]:
        raise ElfError("not an ELF file")
    _, kind, machine, _, _, _, at, flags, _, _, _, size, count, names = _HEADER.unpack_from(data)
    if machine != _EM_RISCV or data[: len(_IDENT)] != _IDENT:
        raise ElfError("an ELF file, but not for 32-bit RISC-V")
    every = _section_headers(data, at, size, count)
    if names == _SHN_XINDEX and every:
        names = every[0].link
    file = _File(data)
    tables = [index for index, each in enumerate(every) if each.kind == _SHT_SYMTAB]
    if len(tables) > 1:
        raise ElfError("a damaged ELF file: it has more than one symbol table")
    table = tables[0] if tables else 0
    symbols = tuple(_symbols(file, every, table)) if table else ()
    isa, unknown = _isa(file, flags, every)
    relocations = _relocations(file, every, table, len(symbols), kind == _ET_REL)
    found = []
    for index, header in enumerate(every):
        if header.flags & SHF_ALLOC or header.flags & SHF_EXECINSTR:
            name = file.name(_at(every, names), header.name)
            content = file.contents(header)
            filled_in = relocations.get(index, [])
            filled_in.sort(key=lambda each: each.offset)
            found.append(
                Section(
                    index, name, header.kind, header.flags, header.address, content,
                    header.size, header.alignment, tuple(filled_in), header.entry_size,
                )
            )  # fmt: skip
    return ElfFile(kind == _ET_REL, tuple(found), symbols, isa, unknown)


def sections(data: bytes) -> list[CodeSection]:
    """The executable sections of a file, in its order. Raises ElfError."""
    file = read(data)
    named = symbols_of_sections(file)
    return [
        code_section(section, named.get(section.number, []), file.isa)
        for section in file.sections if section.is_code
    ]  # fmt: skip


def symbols_of_sections(file: ElfFile) -> dict[int, list[Symbol]]:
    """Section → the functions and the places named in it, functions first."""
    found: dict[int, list[Symbol]] = {}
    for symbol in file.symbols:
        if symbol.kind in (STT_NOTYPE, STT_FUNC) and symbol.section:
            found.setdefault(symbol.section, []).append(symbol)
    for symbols in found.values():
        symbols.sort(key=lambda symbol: symbol.kind != STT_FUNC)
    return found


def _section_headers(data: bytes, at: int, size: int, count: int) -> list[_Header]:
    if not at:
        return []
    if size != _SECTION.size or at + size > len(data):
        raise ElfError("a damaged ELF file: its section headers have no sense")
    # With so many sections that 16 bits do not hold their number, it stands in the first one.
    count = count or _Header._make(_SECTION.unpack_from(data, at)).size
    if at + count * size > len(data):
        raise ElfError("a damaged ELF file: more sections than it has room for")
    every = _SECTION.iter_unpack(data[at : at + count * size])
    return [_Header._make(header) for header in every]


def _at(every: list[_Header], index: int) -> _Header | None:
    return every[index] if index < len(every) else None


def code_section(section: Section, symbols: list[Symbol], isa: str) -> CodeSection:
    """A section with the names in it; functions are those that are said to be."""
    names: dict[int, str] = {}
    starts: dict[int, int] = {}
    address, code = section.address, section.data
    for symbol in symbols:
        if not address <= symbol.value <= address + len(code):
            continue
        if symbol.name and not symbol.name.startswith("$"):
            names.setdefault(symbol.value, symbol.name)
            if symbol.kind == STT_FUNC:
                starts.setdefault(symbol.value, symbol.size)
    return CodeSection(section.name, address, code, names, starts, stretches(section, symbols), isa)


def stretches(section: Section, symbols: list[Symbol]) -> tuple[Stretch, ...]:
    """Runs of code and data in a section, by the marks among its symbols."""
    marks = {
        symbol.value - section.address: symbol.name
        for symbol in symbols if symbol.name[:2] in ("$x", "$d")
    }  # fmt: skip
    return tuple(_stretches(marks, len(section.data)))


def _symbols(file: _File, every: list[_Header], index: int) -> Iterator[Symbol]:
    header = every[index]
    if header.size % _SYMBOL.size or header.entry_size != _SYMBOL.size:
        raise ElfError("a damaged ELF file: its symbol table has no sense")
    names = _at(every, header.link)
    # With more sections than 16 bits can name, the number stands in a table beside this one.
    numbers = next((h for h in every if h.kind == _SHT_SYMTAB_SHNDX and h.link == index), None)
    wide = file.contents(numbers) if numbers is not None else b""
    entries = _SYMBOL.iter_unpack(file.contents(header))
    for number, (name, value, size, info, _, section) in enumerate(entries):
        if section == _SHN_XINDEX:
            section = int.from_bytes(wide[4 * number : 4 * number + 4], "little")
        elif section >= len(every) and section not in (SHN_ABS, SHN_COMMON):
            section = SHN_UNDEF
        yield Symbol(file.name(names, name), value, size, info & 0xF, info >> 4, section)


def _relocations(
    file: _File, every: list[_Header], table: int, count: int, is_object: bool
) -> dict[int, list[Relocation]]:
    """Section in memory → what is filled in there; `count`: of the symbols in `table`."""
    found: dict[int, list[Relocation]] = {}
    for header in every:
        if header.kind != _SHT_RELA or header.link != table or not 0 < header.info < len(every):
            continue
        section = every[header.info]
        if not section.flags & (SHF_ALLOC | SHF_EXECINSTR):
            continue
        if header.size % _RELA.size or header.entry_size != _RELA.size:
            raise ElfError("a damaged ELF file: its relocations have no sense")
        base = 0 if is_object else section.address
        for place, info, addend in _RELA.iter_unpack(file.contents(header)):
            if info >> 8 < count and 0 <= place - base < section.size:
                each = Relocation(place - base, info & 0xFF, info >> 8, addend)
                found.setdefault(header.info, []).append(each)
    return found


def _stretches(marks: dict[int, str], size: int) -> Iterator[Stretch]:
    """Runs of code and data; what no mark covers is code."""
    start, is_code = 0, True
    for offset, name in sorted(marks.items()):
        marked = name.startswith("$x")
        if marked == is_code or not 0 <= offset < size:
            continue
        if offset > start:
            yield Stretch(start, offset, is_code)
        start, is_code = offset, marked
    if start < size:
        yield Stretch(start, size, is_code)


def _isa(file: _File, flags: int, every: list[_Header]) -> tuple[str, tuple[str, ...]]:
    for header in every:
        if header.kind == _SHT_RISCV_ATTRIBUTES:
            match = re.search(rb"rv32[a-z0-9_]+", file.contents(header)[:4096])
            if match:
                try:
                    return isa_of_attribute(match.group().decode("ascii"))
                except IsaError:
                    return DEFAULT_ISA, ()
    base = "rv32e" if flags & _EF_RVE else "rv32i"
    return f"{base}m{'c' if flags & _EF_RVC else ''}", ()
