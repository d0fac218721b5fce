"""Which symbol an address of a linked program belongs to.

Input: an `ElfFile`. Output: symbols by addresses.
Invariant: an address that no symbol has, or has room for, belongs to none.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from asm_rv32.formats.elf_reader import ElfFile, Section, Symbol


class ProgramSymbols:
    """The symbols of a program, by what they cover; sorted when first asked."""

    def __init__(self, file: ElfFile) -> None:
        self.file = file

    @cached_property
    def _named(self) -> list[tuple[int, Symbol]]:
        """Index and symbol of what has a name, what covers least first."""
        numbers = {section.number for section in self.file.sections}
        found = [
            (index, symbol) for index, symbol in enumerate(self.file.symbols)
            if symbol.section in numbers and symbol.name[:1] not in ("", "$", ".")
        ]  # fmt: skip
        return sorted(found, key=lambda item: item[1].size)

    @cached_property
    def _exact(self) -> dict[int, int]:
        return {symbol.value: index for index, symbol in self._named}

    @cached_property
    def _sized(self) -> list[tuple[int, int]]:
        return sorted((symbol.value, index) for index, symbol in self._named if symbol.size)

    @cached_property
    def _sections(self) -> list[Section]:
        return sorted(self.file.sections, key=lambda section: section.address)

    def near(self, address: int) -> int:
        """The index of the symbol that stands there, or whose place it is in; 0 for none."""
        if address in self._exact:
            return self._exact[address]
        at = bisect_right(self._sized, address, key=lambda item: item[0]) - 1
        if at < 0:
            return 0
        index = self._sized[at][1]
        symbol = self.file.symbols[index]
        return index if address - symbol.value < symbol.size else 0

    def section_at(self, address: int) -> Section | None:
        """The section that an address is in."""
        at = bisect_right(self._sections, address, key=lambda section: section.address) - 1
        found = self._sections[at] if at >= 0 else None
        return found if found and address - found.address < found.size else None

    def named(self, name: str) -> int | None:
        """The value of a symbol."""
        return next((each.value for each in self.file.symbols if each.name == name), None)
