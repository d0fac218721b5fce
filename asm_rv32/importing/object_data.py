"""A section of data of an object as items.

Input: a section, and the names of its file. Output: labels, numbers, text and addresses.
Invariant: every byte stands in one item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from asm_rv32.formats.elf_reader import (
    SHF_STRINGS,
    SHT_NOBITS,
    STT_FUNC,
    STT_OBJECT,
    Section,
)
from asm_rv32.formats.filled_in import Filled, filled_in
from asm_rv32.importing.items import Align, Content, Data, Mark, Space
from asm_rv32.importing.object_names import Object
from asm_rv32.importing.values import Expression, Name, Number
from asm_rv32.isa.references import WORD

Piece = tuple[Content, str]
"""An item's content, and its comment."""
USUAL = 4
"""What every block is aligned to."""
ZEROS = 16
"""So many zeros are a space."""
TEXT = 4
"""A string has at least so many characters, where nothing says that it is one."""
SMALL = 4096
"""Numbers below are written in decimal."""
_LINE = re.compile(rb"[^\0]*\0+|[^\0]+")
GUESSED = "by its value an address"


def value_of(filled: Filled, section: Section, names: Object) -> Expression:
    """What is filled in at a place of data."""
    found = names.expression(filled.symbol, filled.addend)
    if filled.minus is not None:
        found = names.minus(found, filled.minus, filled.less)
    elif filled.from_here:
        here = names.label(section.number, section.address + filled.offset)
        found = names.without(found, Name(here))
    return found


class DataReader:
    """Reads a section: first what it names, then, once all is named, its items."""

    def __init__(self, names: Object, section: Section) -> None:
        self.names = names
        self.section = section
        self.filled: dict[int, tuple[int, Expression]] = {}
        """Address → size and value."""
        self.guessed: set[int] = set()
        """Addresses at which nothing but the value tells."""
        for each in filled_in(names.file, section):
            at = section.address + each.offset
            if each.part != WORD or section.kind == SHT_NOBITS:
                names.report(section, at, each.told or "code is filled in among data")
            else:
                self.filled[at] = each.size, value_of(each, section, names)
        if not names.file.is_object and not section.relocations and names.objects.guesses:
            self.find_addresses()

    def find_addresses(self) -> None:
        """Words of a linked program that are the address of something that has a symbol."""
        section, program = self.section, self.names.program
        at = -section.address % 4
        for offset in range(at, len(section.data) - 3, 4):
            word = int.from_bytes(section.data[offset : offset + 4], "little")
            index = program.near(word) if word > SMALL else 0
            is_meant = self.is_meant(index, word) if index else self.is_start(word)
            value = self.names.address(word, index) if is_meant else None
            if value is not None:
                self.filled[section.address + offset] = 4, value
                self.guessed.add(section.address + offset)
                self.names.objects.guessed += 1

    def is_start(self, word: int) -> bool:
        """Whether a word may be the address of text without a name."""
        found = self.names.program.section_at(word) if word > SMALL else None
        if found is None or found.is_code or found.kind == SHT_NOBITS:
            return False
        at = word - found.address
        return at == 0 or found.data[at - 1] == 0 != found.data[at]

    def is_meant(self, index: int, word: int) -> bool:
        """Whether a word is an address: it is the start of something, or a place in code."""
        symbol = self.names.file.symbols[index]
        if word == symbol.value:
            return symbol.kind in (STT_FUNC, STT_OBJECT)
        return symbol.kind == STT_FUNC and word % 2 == 0

    def items(self) -> Iterator[Piece]:
        """The section from its start to its end."""
        section = self.section
        start, end = section.address, section.address + section.size
        marks = dict(self.names.marks(section))
        cuts = sorted({start, end, *(at for at in marks if start <= at <= end), *self.filled})
        if section.alignment > 1:
            yield Align(section.alignment, None, 0), ""
        at = start
        for cut, after in zip(cuts, [*cuts[1:], end]):
            if cut > start and (step := alignment(section, cut)) > USUAL and cut in marks:
                yield Align(step, None, 0), ""
            for key in marks.get(cut, ()):
                yield Mark(key), ""
            if cut < at:
                self.names.report(section, cut, "a name stands inside of what is filled in")
                continue
            size, value = self.filled.get(cut, (0, None))
            if value is not None:
                yield Data(size, (value,)), GUESSED if cut in self.guessed else ""
            at = cut + size
            if after > at:
                yield from self.plain(at, after)
                at = after

    def plain(self, start: int, end: int) -> Iterator[Piece]:
        """Bytes that nothing is filled into."""
        if self.section.kind == SHT_NOBITS:
            yield Space(Number(end - start, str(end - start)), 0), ""
            return
        base = self.section.address
        data = self.section.data[start - base : end - base]
        is_text = bool(self.section.flags & SHF_STRINGS)
        yield from ((content, "") for content in bytes_as_items(data, start, is_text))


def alignment(section: Section, at: int) -> int:
    """The greatest power of two that a section's alignment gives a place in it."""
    own, offset = section.alignment, at - section.address
    return min(own & -own, offset & -offset) if offset else own & -own


def bytes_as_items(data: bytes, at: int, is_text: bool) -> Iterator[Content]:
    """Bytes that stand at an address, as text, numbers or zeros."""
    if is_text or is_string(data):
        for line in _LINE.findall(data):
            yield Data(1, (line,))
        return
    if len(data) >= ZEROS and not any(data):
        yield Space(Number(len(data), str(len(data))), 0)
        return
    width = 4 if at % 4 == 0 and len(data) >= 4 else 2 if at % 2 == 0 and len(data) >= 2 else 1
    whole = len(data) - len(data) % width
    values = (data[index : index + width] for index in range(0, whole, width))
    yield Data(width, tuple(map(number, values)))
    if data[whole:]:
        yield from bytes_as_items(data[whole:], at + whole, False)


def is_string(data: bytes) -> bool:
    """Whether bytes are one line of text that ends in a NUL."""
    text = data.rstrip(b"\0")
    return len(text) >= TEXT and data[len(text) :] != b"" and all(
        32 <= byte < 127 or byte in b"\t\n\r" for byte in text
    )  # fmt: skip


def number(data: bytes) -> Number:
    """A number as it is written in data."""
    value = int.from_bytes(data, "little")
    return Number(value, str(value) if value < SMALL else f"{value:#x}")
