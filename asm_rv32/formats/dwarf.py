"""What a debugger wants to know: which line of the source each instruction came from.

Input: areas, with the functions and blocks of data in them. Output: the sections of DWARF for an
ELF file: a compile unit with a subprogram for each function, its parameters as the registers that
they name, and a table of lines.
Invariants: every address is a relocation against the function's section, so that a linker moves it
along; code is laid out already and is not relaxed any more, so distances within a function are
numbers. Data of a function has the line of its statement, too.
Source: DWARF 4, sections 2, 3.1, 3.3, 6.2 and 7; RISC-V DWARF specification 1.0, "Registers".
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator, Sequence

from asm_rv32.assembler.expand import parameter_registers
from asm_rv32.basis import VERSION
from asm_rv32.basis.diagnostics import Source
from asm_rv32.basis.records import NamedTuple
from asm_rv32.formats.elf_writer import R_WORD, Relocation, Section, of_section
from asm_rv32.formats.layout import Area, Block

INFO, ABBREVIATIONS, LINES, RANGES = ".debug_info", ".debug_abbrev", ".debug_line", ".debug_ranges"
_VERSION = 4
_COMPILE_UNIT, _SUBPROGRAM, _PARAMETER, _BASE_TYPE = 0x11, 0x2E, 0x05, 0x24
_NAME, _STATEMENTS, _LOW, _HIGH, _LANGUAGE, _DIRECTORY = 0x03, 0x10, 0x11, 0x12, 0x13, 0x1B
_PRODUCER, _LOCATION, _SIZE, _ENCODING, _FILE, _LINE = 0x25, 0x02, 0x0B, 0x3E, 0x3A, 0x3B
_EXTERNAL, _TYPE, _RANGES = 0x3F, 0x49, 0x55
_ADDRESS, _TWO_BYTES, _FOUR_BYTES, _STRING, _ONE_BYTE = 0x01, 0x05, 0x06, 0x08, 0x0B
_NUMBER, _REFERENCE, _OFFSET, _EXPRESSION, _PRESENT = 0x0F, 0x13, 0x17, 0x18, 0x19
_ASSEMBLER = 0x8001
"""DW_LANG_Mips_Assembler, which GNU as uses for every processor."""
_TYPES = {"int": 5, "uint": 7, "bool": 2, "object": 7}
"""What a function returns → the encoding of its type; each is a word."""
_OF_REGISTER = 0x50
"""DW_OP_reg0; RISC-V's x registers have the numbers 0 to 31."""
_UNIT, _FUNCTION, _VOID_FUNCTION, _ARGUMENT, _KIND = range(1, 6)
"""Numbers of our abbreviations."""
_ABBREVIATED = {
    _UNIT: (_COMPILE_UNIT, True, [
        (_PRODUCER, _STRING), (_LANGUAGE, _TWO_BYTES), (_NAME, _STRING), (_DIRECTORY, _STRING),
        (_LOW, _ADDRESS), (_RANGES, _OFFSET), (_STATEMENTS, _OFFSET),
    ]),
    _FUNCTION: (_SUBPROGRAM, True, [
        (_NAME, _STRING), (_EXTERNAL, _PRESENT), (_FILE, _NUMBER), (_LINE, _NUMBER),
        (_LOW, _ADDRESS), (_HIGH, _FOUR_BYTES), (_TYPE, _REFERENCE),
    ]),
    _VOID_FUNCTION: (_SUBPROGRAM, True, [
        (_NAME, _STRING), (_EXTERNAL, _PRESENT), (_FILE, _NUMBER), (_LINE, _NUMBER),
        (_LOW, _ADDRESS), (_HIGH, _FOUR_BYTES),
    ]),
    _ARGUMENT: (_PARAMETER, False, [
        (_NAME, _STRING), (_TYPE, _REFERENCE), (_LOCATION, _EXPRESSION),
    ]),
    _KIND: (_BASE_TYPE, False, [(_NAME, _STRING), (_ENCODING, _ONE_BYTE), (_SIZE, _ONE_BYTE)]),
}  # fmt: skip
"""Number → tag, whether it has children, attributes with their forms."""

_OPCODES = bytes((0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1))
"""How many operands each standard opcode of a line program has, from 1 on."""
_ADVANCE_PC, _ADVANCE_LINE, _SET_FILE, _SET_COLUMN = 2, 3, 4, 5
_END_SEQUENCE, _SET_ADDRESS = 1, 2
_LINE_BASE, _LINE_RANGE, _FIRST_SPECIAL = -5, 14, 13


class _Bytes:
    """The contents of a section as they grow, with their relocations."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.relocations: list[Relocation] = []

    def number(self, value: int) -> None:
        """An unsigned LEB128."""
        while value > 0x7F:
            self.data.append(value & 0x7F | 0x80)
            value >>= 7
        self.data.append(value)

    def signed(self, value: int) -> None:
        """A signed LEB128."""
        while not -0x40 <= value < 0x40:
            self.data.append(value & 0x7F | 0x80)
            value >>= 7
        self.data.append(value & 0x7F)

    def text(self, value: str) -> None:
        self.data += value.encode() + b"\0"

    def word(self, value: int) -> None:
        self.data += struct.pack("<I", value)

    def place(self, section: str, offset: int = 0) -> None:
        """Four bytes for an address, or for a place in another section of DWARF."""
        self.relocations.append(Relocation(len(self.data), R_WORD, of_section(section), offset))
        self.word(0)

    def section(self, name: str) -> Section:
        return Section(name, bytes(self.data), relocations=self.relocations)


class Placed(NamedTuple):
    """A function and the area that it stands in."""

    area: Area
    block: Block

    @property
    def source(self) -> Source:
        return self.block.part.source

    @property
    def start(self) -> int:
        """Its offset in the section, in bytes."""
        return self.block.part.address

    @property
    def size(self) -> int:
        return self.block.part.size

    def rows(self) -> Iterator[tuple[int, int, int]]:
        """Offset in the function, line and column wherever a statement's code begins."""
        last = (0, 0)
        for entry in self.area.entries_of(self.block):
            place = self.source.locate(entry.span.start)
            if place != last:
                yield (entry.address - self.start, *place)
                last = place


def debug_sections(areas: Iterable[Area]) -> list[Section]:
    """The sections for the functions of areas; the first one's source names the compile unit."""
    functions = [
        Placed(area, block)
        for area in areas for block in area.blocks if block.function is not None
    ]  # fmt: skip
    paths = dict.fromkeys(each.source.path for each in functions)
    files = {path: number for number, path in enumerate(paths, 1)}
    return [
        _info(functions, files).section(INFO),
        _abbreviations().section(ABBREVIATIONS),
        _lines(functions, files).section(LINES),
        _ranges(functions).section(RANGES),
    ]


def _abbreviations() -> _Bytes:
    out = _Bytes()
    for number, (tag, has_children, attributes) in _ABBREVIATED.items():
        out.number(number)
        out.number(tag)
        out.data.append(has_children)
        for attribute in attributes:
            for value in attribute:
                out.number(value)
        out.data += b"\0\0"
    out.data.append(0)
    return out


def _info(functions: Sequence[Placed], files: dict[str, int]) -> _Bytes:
    out = _Bytes()
    out.word(0)  # its length, in the end
    out.data += struct.pack("<H", _VERSION)
    out.place(ABBREVIATIONS)
    out.data.append(4)  # the size of an address
    out.number(_UNIT)
    out.text(f"asmrv32 {VERSION}")
    out.data += struct.pack("<H", _ASSEMBLER)
    out.text(next(iter(files), ""))
    out.text(_directory())
    out.word(0)
    out.place(RANGES)
    out.place(LINES)
    types = {}
    for name, encoding in _TYPES.items():
        types[name] = len(out.data)
        out.number(_KIND)
        out.text(name)
        out.data += bytes((encoding, 4))
    for each in functions:
        _subprogram(out, each, files, types)
    out.data.append(0)
    struct.pack_into("<I", out.data, 0, len(out.data) - 4)
    return out


def _subprogram(out: _Bytes, placed: Placed, files: dict[str, int], types: dict[str, int]) -> None:
    function = placed.block.function
    assert function is not None
    result = types.get(function.returns)
    out.number(_VOID_FUNCTION if result is None else _FUNCTION)
    out.text(placed.block.symbol)
    out.number(files[placed.source.path])
    out.number(placed.source.locate(function.span.start)[0])
    out.place(placed.area.section, placed.start)
    out.word(placed.size)
    if result is not None:
        out.word(result)
    for parameter, register in zip(function.parameters, parameter_registers(function)):
        out.number(_ARGUMENT)
        out.text(parameter.name)
        out.word(types["int"])
        out.data += bytes((1, _OF_REGISTER + register))
    out.data.append(0)


def _ranges(functions: Iterable[Placed]) -> _Bytes:
    """Where the unit's code is; the end is two zeros."""
    out = _Bytes()
    for each in functions:
        if each.size:
            out.place(each.area.section, each.start)
            out.place(each.area.section, each.start + each.size)
    out.word(0)
    out.word(0)
    return out


def _lines(functions: Iterable[Placed], files: dict[str, int]) -> _Bytes:
    out = _Bytes()
    out.word(0)
    out.data += struct.pack("<HI", _VERSION, 0)
    # Smallest instruction, operations in one, lines being statements, and how a byte has both.
    out.data += struct.pack("<BBBbBB", 1, 1, 1, _LINE_BASE, _LINE_RANGE, _FIRST_SPECIAL)
    out.data += _OPCODES + b"\0"  # no directories
    for path in files:
        out.text(path)
        out.data += bytes(3)  # its directory is the unit's, its time and size are not told
    out.data.append(0)
    struct.pack_into("<I", out.data, 6, len(out.data) - 10)
    for each in functions:
        _sequence(out, each, files[each.source.path])
    struct.pack_into("<I", out.data, 0, len(out.data) - 4)
    return out


def _sequence(out: _Bytes, placed: Placed, file: int) -> None:
    """The rows of a function: from one to the next, address and line advance."""
    out.data += bytes((0, 5, _SET_ADDRESS))
    out.place(placed.area.section, placed.start)
    out.data.append(_SET_FILE)
    out.number(file)
    address, line, column = 0, 1, 0
    for at, to, place in placed.rows():
        if place != column:
            out.data.append(_SET_COLUMN)
            out.number(place)
        _row(out, at - address, to - line)
        address, line, column = at, to, place
    out.data.append(_ADVANCE_PC)
    out.number(placed.size - address)
    out.data += bytes((0, 1, _END_SEQUENCE))


def _row(out: _Bytes, address: int, line: int) -> None:
    """A row so many bytes and lines further on: in one byte where both are small."""
    if not _LINE_BASE <= line < _LINE_BASE + _LINE_RANGE:
        out.data.append(_ADVANCE_LINE)
        out.signed(line)
        line = 0
    special = line - _LINE_BASE + _LINE_RANGE * address + _FIRST_SPECIAL
    if special > 0xFF:
        out.data.append(_ADVANCE_PC)
        out.number(address)
        special = line - _LINE_BASE + _FIRST_SPECIAL
    out.data.append(special)


def _directory() -> str:
    """The current directory, which paths of sources are relative to."""
    try:
        return os.getcwd()
    except OSError:
        return "."  # it is gone
