"""ELF as a container: sections, symbols and relocations as a file.

Input: what the file is to hold, by name. Output: the bytes of a 32-bit little-endian file for
RISC-V: an object, or an executable with one segment.
Invariants: sections stand in their order, each at its alignment; local symbols come first, as the
format demands; an executable keeps no relocation: each is carried out.
Source: System V ABI, chapters 4 and 5; RISC-V ELF psABI 1.0, "ELF Object Files".
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from asm_rv32.basis.records import NamedTuple

BASE_ADDRESS = 0x10000
"""Where an executable's file is mapped, as by GNU ld; what it loads follows behind the headers."""
PROGBITS, SYMTAB, STRTAB, RELA = 1, 2, 3, 4
WRITE, ALLOC, EXECUTE, INFO_LINK = 1, 2, 4, 0x40
"""Flags of sections."""
NOTYPE, OBJECT, FUNCTION, SECTION = range(4)
"""Kinds of symbols."""
R_WORD = 1
"""R_RISCV_32: the target's address and the addend, in four bytes."""
_PAGE = 0x1000
_EM_RISCV = 243
_ET_REL, _ET_EXEC = 1, 2
_PT_LOAD, _PF_X, _PF_W, _PF_R = 1, 1, 2, 4
_LOCAL, _GLOBAL, _WEAK = 0, 1, 2
_HEADER, _SEGMENT, _SECTION, _SYMBOL, _RELA = 52, 32, 40, 16, 12
_WORD = 0xFFFF_FFFF


class Symbol(NamedTuple):
    """A name for a place; two that are equal are one."""

    name: str
    section: str | None
    """The section's name; None of a symbol that another object has."""
    value: int = 0
    """Offset in the section, in bytes."""
    size: int = 0
    kind: int = NOTYPE
    is_global: bool = False
    is_weak: bool = False
    """Of a global one: another object's takes its place."""


class Relocation(NamedTuple):
    """A place in a section whose value the linker knows."""

    offset: int
    """In the section, in bytes."""
    kind: int
    """As the psABI numbers them."""
    target: Symbol
    addend: int = 0


class Section(NamedTuple):
    """A named part of the file."""

    name: str
    data: bytes
    flags: int = 0
    kind: int = PROGBITS
    alignment: int = 1
    entry_size: int = 0
    relocations: Sequence[Relocation] = ()


def load_address(alignment: int) -> int:
    """Where an executable's first section lies, at a multiple of its alignment."""
    return _aligned(BASE_ADDRESS + _HEADER + _SEGMENT, alignment)


def _aligned(at: int, alignment: int) -> int:
    return at + -at % alignment


def of_section(name: str) -> Symbol:
    """The symbol that stands for a section itself."""
    return Symbol("", name, kind=SECTION)


class _Header(NamedTuple):
    """A section header, Elf32_Shdr, but for the place of its name and of its contents."""

    name: str
    kind: int
    flags: int
    address: int
    data: bytes
    link: int
    info: int
    alignment: int
    entry_size: int


class _Names:
    """A string table; a name that was added before keeps its place."""

    def __init__(self) -> None:
        self.data = bytearray(1)
        self._known = {"": 0}

    def add(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = len(self.data)
            self.data += name.encode() + b"\0"
        return self._known[name]


def elf_file(
    sections: Sequence[Section], symbols: Iterable[Symbol], flags: int, *, executable: bool,
    base: int | None = None,
) -> bytes:  # fmt: skip
    """The file; `flags` are those of its header.

    What an executable loads, the sections with ALLOC, come first; its entry is the first byte.
    `base`: where that is loaded, alone; by default with the headers, where the file can be mapped.
    """
    start = _HEADER + (_SEGMENT if executable else 0)
    addresses = _addresses(sections, start, base) if executable else {}
    listed = _listed(sections, symbols, executable)
    if executable:
        sections = [_relocated(section, addresses) for section in sections]
    headers = [
        _Header(each.name, each.kind, each.flags, addresses.get(each.name, 0), each.data, 0, 0,
                each.alignment, each.entry_size)
        for each in sections
    ]  # fmt: skip
    table = len(headers) + 1 + sum(bool(each.relocations) for each in sections)
    if not executable:
        headers += _relocations(sections, listed, table)
    names = _Names()
    local = 1 + sum(not symbol.is_global for symbol in listed)
    data = _symbol_table(listed, sections, addresses, names)
    headers.append(_Header(".symtab", SYMTAB, 0, 0, data, len(headers) + 2, local, 4, _SYMBOL))
    headers.append(_Header(".strtab", STRTAB, 0, 0, bytes(names.data), 0, 0, 1, 0))
    body, written = _contents(headers, start)
    entry = addresses[sections[0].name] if executable else 0
    head = b"\x7fELF\x01\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIIIIIHHHHHH", _ET_EXEC if executable else _ET_REL, _EM_RISCV, 1, entry,
        _HEADER if executable else 0, start + len(body), flags, _HEADER,
        _SEGMENT if executable else 0, int(executable), _SECTION, len(headers) + 2,
        len(headers) + 1,
    )  # fmt: skip
    segment = _segment(sections, addresses, start, base) if executable else b""
    return head + segment + body + written


def _addresses(
    sections: Sequence[Section], start: int, base: int | None
) -> dict[str, int]:  # fmt: skip
    """Section → where it is loaded: from `base` on, or at its place in the file."""
    found = {}
    at = BASE_ADDRESS + start if base is None else base
    for section in sections:
        if section.flags & ALLOC:
            at = _aligned(at, section.alignment)
            found[section.name] = at
            at += len(section.data)
    return found


def _listed(
    sections: Sequence[Section], symbols: Iterable[Symbol], executable: bool
) -> list[Symbol]:
    """All symbols of the file, local ones first; those of sections where relocations name them."""
    targets: list[Symbol] = []
    if not executable:
        targets += [each.target for section in sections for each in section.relocations]
    of_sections = [target for target in targets if target.kind == SECTION]
    every = dict.fromkeys([*of_sections, *symbols, *targets])
    return sorted(every, key=lambda symbol: symbol.is_global)


def _relocated(section: Section, addresses: dict[str, int]) -> Section:
    """The section of an executable with the values of its relocations."""
    data = bytearray(section.data)
    for offset, kind, target, addend in section.relocations:
        assert kind == R_WORD and target.section is not None
        # A section that is not loaded counts from 0.
        value = addresses.get(target.section, 0) + target.value + addend
        struct.pack_into("<I", data, offset, value & _WORD)
    return section._replace(data=bytes(data), relocations=())


def _relocations(
    sections: Sequence[Section], listed: Sequence[Symbol], table: int
) -> list[_Header]:
    """The sections of relocations; `table` is the number of the symbol table's header."""
    index = {symbol: number for number, symbol in enumerate(listed, 1)}
    found = []
    for number, section in enumerate(sections, 1):
        if section.relocations:
            data = b"".join(
                struct.pack("<IIi", offset, index[target] << 8 | kind, addend)
                for offset, kind, target, addend in section.relocations
            )
            name = f".rela{section.name}"
            found.append(_Header(name, RELA, INFO_LINK, 0, data, table, number, 4, _RELA))
    return found


def _symbol_table(
    listed: Iterable[Symbol],
    sections: Sequence[Section],
    addresses: dict[str, int],
    names: _Names,
) -> bytes:
    number = {section.name: at for at, section in enumerate(sections, 1)}
    table = bytearray(_SYMBOL)
    for symbol in listed:
        home = 0 if symbol.section is None else number[symbol.section]
        value = addresses.get(symbol.section or "", 0) + symbol.value
        bind = (_WEAK if symbol.is_weak else _GLOBAL) if symbol.is_global else _LOCAL
        table += struct.pack(
            "<IIIBBH", names.add(symbol.name), value, symbol.size, bind << 4 | symbol.kind, 0, home
        )
    return bytes(table)


def _contents(headers: Sequence[_Header], start: int) -> tuple[bytes, bytes]:
    """The sections' contents, the first of which stands at `start` in the file, and the headers,
    which follow them."""
    names = _Names()
    body, written = bytearray(), bytearray(_SECTION)
    shared = _Header(".shstrtab", STRTAB, 0, 0, b"", 0, 0, 1, 0)
    for each in (*headers, shared):
        body += bytes(-(start + len(body)) % each.alignment)
        name = names.add(each.name)
        data = bytes(names.data) if each is shared else each.data
        written += struct.pack(
            "<10I", name, each.kind, each.flags, each.address, start + len(body), len(data),
            each.link, each.info, each.alignment, each.entry_size,
        )  # fmt: skip
        body += data
    body += bytes(-(start + len(body)) % 4)
    return bytes(body), bytes(written)


def _segment(
    sections: Sequence[Section], addresses: dict[str, int], start: int, base: int | None
) -> bytes:
    """The program header: all that is loaded, without a `base` with the headers ahead of it."""
    loaded = [section for section in sections if section.flags & ALLOC]
    end = addresses[loaded[-1].name] + len(loaded[-1].data)
    flags = _PF_R | _PF_X | (_PF_W if any(each.flags & WRITE for each in loaded) else 0)
    first, offset, page = BASE_ADDRESS, 0, _PAGE
    if base is not None:
        first, page = addresses[loaded[0].name], loaded[0].alignment
        offset = _aligned(start, page)
    size = end - first
    return struct.pack("<8I", _PT_LOAD, offset, first, first, size, size, flags, page)
