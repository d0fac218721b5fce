"""What the places and symbols of objects are called.

Input: `ElfFile`s, the members of an archive among them. Output: names, and what is said of them.
Invariants: symbols of one name that only their own file knows are told apart; every place that
something names is a label.
"""

from __future__ import annotations

from asm_rv32.basis.diagnostics import ERROR_LIMIT, Diagnostic, Span
from asm_rv32.formats.elf_reader import (
    SHN_ABS,
    SHN_COMMON,
    SHN_UNDEF,
    STB_GLOBAL,
    STB_WEAK,
    STT_FILE,
    STT_FUNC,
    STT_OBJECT,
    STT_SECTION,
    STT_TLS,
    ElfFile,
    Section,
    Symbol,
)
from asm_rv32.formats.program_symbols import ProgramSymbols
from asm_rv32.importing.items import Said
from asm_rv32.importing.values import Binary, Expression, Name, Number
from asm_rv32.isa.image import NAME_LIMIT

NOWHERE = Span(0, 1)
_ANCHOR = ".LANCHOR"
"""How gcc calls a place from which it reaches everything behind it."""


class Objects:
    """What the files say together."""

    def __init__(self) -> None:
        self.said = Said(set(), set(), set(), set(), {}, {}, {})
        self.wrong: list[Diagnostic] = []
        self.constants: dict[str, int] = {}
        self.names: dict[str, int] = {}
        """Name → the last number with which it was given."""
        self.section_names: dict[str, int] = {}
        self.guesses = True
        """Whether what only its value says to be an address is one."""
        self.guessed = 0
        """How many there are."""
        self.contents: list[str] | None = None
        """What is read, a line a section, where mistakes are to be shown there."""
        self.length = 0

    def own_name(self, name: str) -> str:
        """The name, or one of its kind that no other symbol has."""
        return _apart(name, self.names)

    def line(self, text: str) -> Span:
        """The place of what is made of a section."""
        if self.contents is None:
            return NOWHERE
        start = self.length
        self.contents.append(text)
        self.length += len(text) + 1
        return Span(start, start + len(text))

    def section_name(self, name: str) -> str:
        """The name of a section, unlike every other."""
        return _apart(name, self.section_names)

    def report(self, message: str) -> None:
        """What has no form."""
        if len(self.wrong) < ERROR_LIMIT:
            self.wrong.append(Diagnostic("no-form", message, NOWHERE))


def _apart(name: str, taken: dict[str, int]) -> str:
    """The name, or that with the first number with which it is not taken; both are taken then."""
    number = taken.get(name, 0) + 1
    found = name if number == 1 else f"{name[:NAME_LIMIT]}.{number}"
    while found in taken and number > 1:
        number += 1
        found = f"{name[:NAME_LIMIT]}.{number}"
    taken[name] = number
    taken.setdefault(found, 1)
    return found


class Object:
    """One file: first what is named, then the items."""

    def __init__(self, objects: Objects, name: str, file: ElfFile) -> None:
        self.objects = objects
        self.file = file
        self.name = name
        self.program = ProgramSymbols(file)
        self.by_number = {section.number: section for section in file.sections}
        self.inside: dict[int, list[Symbol]] = {}
        """Section → its symbols."""
        self.keys: dict[int, str] = {}
        """Index of a symbol → what it is called."""
        self.at: dict[int, dict[int, list[str]]] = {}
        """Section → address → the symbols there, of which the first stands for the place."""
        self.ends: dict[int, set[int]] = {}
        """Section → the ends of functions whose sizes are known."""
        for index, symbol in enumerate(file.symbols):
            self.inside.setdefault(symbol.section, []).append(symbol)
            self.define(index, symbol)

    def define(self, index: int, symbol: Symbol) -> None:
        """Give a symbol its name, and note what is said of it."""
        said = self.objects.said
        name, place = symbol.name, symbol.section
        if symbol.kind in (STT_SECTION, STT_FILE) or not name or name[0] == "$":
            return
        if place == SHN_UNDEF:
            self.keys[index] = name
            if symbol.binding == STB_WEAK:
                said.weak.add(name)
            return
        if place == SHN_COMMON:
            self.keys[index] = name
            said.common.setdefault(name, (symbol.size, max(symbol.value, 1)))
            return
        is_anchor = name.startswith(_ANCHOR)
        has_contents = symbol.kind == STT_OBJECT and symbol.size > 0
        if name.startswith(".L") and not is_anchor and not has_contents:
            return
        if place == SHN_ABS:
            self.keys[index] = key = self.objects.own_name(name)
            self.objects.constants[key] = symbol.value
            return
        section = self.by_number.get(place)
        if section is None or (symbol.kind == STT_TLS and not self.file.is_object):
            self.keys[index] = name
            return
        self.place_symbol(index, symbol, is_anchor)

    def place_symbol(self, index: int, symbol: Symbol, is_anchor: bool) -> None:
        said = self.objects.said
        key = self.objects.own_name(symbol.name)
        if is_anchor:
            # Each member has one of this name.
            anchor, key = key, f".here.{key.removeprefix('.')}"
            said.aliases[anchor] = Name(key)
        self.keys[index] = key
        self.at.setdefault(symbol.section, {}).setdefault(symbol.value, []).append(key)
        if symbol.binding == STB_GLOBAL:
            said.globals.add(key)
        elif symbol.binding == STB_WEAK:
            said.weak.add(key)
        if symbol.kind == STT_FUNC:
            said.functions.add(key)
        elif symbol.kind in (STT_OBJECT, STT_TLS) and not is_anchor:
            said.objects.add(key)
        if symbol.size:
            said.sized[key] = symbol.size
            if symbol.kind == STT_FUNC:
                self.ends.setdefault(symbol.section, set()).add(symbol.value + symbol.size)

    # ---- places

    def label(self, section: int, address: int) -> str:
        """What a place is called; it becomes a label where it is none."""
        places = self.at.setdefault(section, {})
        if address not in places:
            places[address] = [self.objects.own_name(f".L{address:x}")]
        return places[address][0]

    def expression(self, index: int, addend: int) -> Expression:
        """A symbol, and what is added to it."""
        symbol = self.file.symbols[index] if index else None
        if symbol is None:
            return Number(addend, str(addend))
        section = self.by_number.get(symbol.section)
        key = self.keys.get(index)
        if key is not None and key in self.objects.constants:
            return _plus(Number(symbol.value, str(symbol.value), key), addend)
        if key is not None and (section is None or not addend or not section.is_code):
            return _plus(Name(key), addend)
        if section is None:
            return _plus(Name(symbol.name or f".L{index}"), addend)
        address = symbol.value + addend
        if section.address <= address <= section.address + section.size:
            return Name(self.label(section.number, address))
        return _plus(Name(self.label(section.number, section.address)), address - section.address)

    def address(self, address: int, index: int = 0) -> Expression | None:
        """An address of a linked program, by a symbol; None where nothing stands there."""
        index = index or self.program.near(address)
        if index:
            return self.expression(index, address - self.file.symbols[index].value)
        section = self.program.section_at(address)
        return Name(self.label(section.number, address)) if section is not None else None

    def keep_together(self, index: int, address: int) -> None:
        """What a symbol stands for and what stands at an address of its section, which is reached
        from it, stay at their distance."""
        other = self.program.near(address)
        low, high = sorted((index, other), key=lambda each: self.file.symbols[each].value)
        first, last = self.file.symbols[low], self.file.symbols[high]
        key = self.keys.get(low)
        if not other or key is None or first.section != last.section or first.value == last.value:
            return
        said = self.objects.said
        said.objects.add(key)
        size = last.value + max(last.size, 1) - first.value
        known = said.sized.get(key, 0)
        said.sized[key] = max(size, known) if isinstance(known, int) else size

    def minus(self, one: Expression, index: int, addend: int) -> Expression:
        """An expression without a symbol, and what is added to that."""
        return self.without(one, self.expression(index, addend))

    def without(self, one: Expression, other: Expression) -> Expression:
        """A difference."""
        return Binary("-", one, other)

    def marks(self, section: Section) -> list[tuple[int, list[str]]]:
        """The labels of a section by their addresses, in order."""
        return sorted(self.at.get(section.number, {}).items())

    def report(self, section: Section, address: int, what: str) -> None:
        """What has no form, and where it stands."""
        place = f"{self.name}: {section.name[:80]} + {address - section.address:#x}"
        self.objects.report(f"{place}: {what}")


def _plus(expression: Expression, addend: int) -> Expression:
    if not addend:
        return expression
    number = Number(abs(addend), str(abs(addend)))
    return Binary("-" if addend < 0 else "+", expression, number)
