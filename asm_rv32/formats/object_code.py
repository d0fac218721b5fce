"""The code of an ELF file by functions, with what is told by names.

Input: the bytes of an ELF file. Output: `CodeSection`s whose functions and references are named.
Invariant: a function's name and the names by which others refer to it are the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import pairwise

from asm_rv32.analysis.flow import Meaning, meaning
from asm_rv32.formats.elf_reader import (
    SHN_ABS,
    STB_LOCAL,
    STT_FUNC,
    STT_NOTYPE,
    STT_OBJECT,
    CodeSection,
    ElfFile,
    Section,
    Symbol,
    code_section,
    read,
    symbols_of_sections,
)
from asm_rv32.formats.filled_in import NO_SYMBOL, Filled, filled_in
from asm_rv32.formats.program_symbols import ProgramSymbols
from asm_rv32.isa.effects import BRANCH, NEXT
from asm_rv32.isa.effects import CALL as CALLING
from asm_rv32.isa.meaning import Place as Here
from asm_rv32.isa.meaning import Write
from asm_rv32.isa.references import (
    CALL,
    LOWER,
    TARGET,
    UPPER,
    WORD,
    Reference,
    as_statement,
    open_operand,
)
from asm_rv32.isa.sets import InstructionSet, instruction_set
from asm_rv32.isa.text import Stretch, identifier, made_up_name

_SOME = Reference(UPPER[0], "")
Place = tuple[int, int]
"""A section's number, and an address in it."""


def code_sections(data: bytes) -> list[CodeSection]:
    """The executable sections of a file, in its order. Raises ElfError."""
    file = read(data)
    named = symbols_of_sections(file)
    every = [section for section in file.sections if section.is_code]
    objects = [symbol for symbol in file.symbols if symbol.kind == STT_OBJECT and symbol.size]
    filled = {section.number: list(filled_in(file, section)) for section in file.sections}
    called = _called(file, filled)
    found = []
    for section in every:
        symbols = named.get(section.number, [])
        cut = _with_data(section, code_section(section, symbols, file.isa), objects)
        targets = _targets(file, section, filled[section.number])
        starts = _starts(section, symbols, cut, targets, called)
        found.append(cut._replace(functions=starts, unknown=file.unknown))
    names = _block_names(every, found)
    places = _Places(file, named, names)
    return [
        _with_references(section, cut, filled[section.number], places, names)
        for section, cut in zip(every, found)
    ]


# ---- where functions start


def _with_data(section: Section, cut: CodeSection, objects: list[Symbol]) -> CodeSection:
    """The section with the data among its code, where the file says that there is some."""
    end = section.address + len(section.data)
    own = {
        each.value: each for each in objects
        if each.section == section.number and section.address <= each.value < end
    }  # fmt: skip
    if not own:
        return cut
    words = [(at - section.address, own[at].size) for at in sorted(own)]
    return cut._replace(
        symbols={**cut.symbols, **{at: each.name for at, each in own.items()}},
        functions={**cut.functions, **dict.fromkeys(own, 0)},
        stretches=tuple(parted(cut.stretches, words)),
    )


def _called(file: ElfFile, filled: Mapping[int, list[Filled]]) -> set[Place]:
    """What is called from anywhere, by what a linker fills in."""
    return {
        (file.symbols[each.symbol].section, file.symbols[each.symbol].value + each.addend)
        for places in filled.values() for each in places if each.part == CALL and each.symbol
    }  # fmt: skip


def _starts(
    section: Section,
    symbols: list[Symbol],
    cut: CodeSection,
    targets: Mapping[int, int],
    called: set[Place],
) -> dict[int, int]:
    """Where functions start, with their sizes: at symbols that say so, and at those without type
    that are global, or called and not run into."""
    starts = dict(cut.functions)
    sized = sorted((at, at + size) for at, size in starts.items() if size)
    loose = {
        symbol.value: symbol for symbol in symbols
        if symbol.kind == STT_NOTYPE and cut.symbols.get(symbol.value) == symbol.name
        and symbol.name[:1] not in ("", ".") and symbol.value not in starts
        and symbol.value < section.address + len(section.data)
        and not _is_inside(symbol.value, sized)
    }  # fmt: skip
    local = {at for at, symbol in loose.items() if symbol.binding == STB_LOCAL}
    starts.update((at, 0) for at in loose if at not in local)
    if local:
        ways = _Ways(section, cut, targets)
        reached = {at for number, at in called if number == section.number} | ways.called
        ends = sorted({*starts, *local, section.address + len(section.data)})
        for at, end in pairwise(ends):
            inner = any(not at <= source < end for source in ways.sources.get(at, ()))
            if at in local and at in reached and at not in ways.run_into and not inner:
                starts[at] = 0
    return starts


def _targets(file: ElfFile, section: Section, filled: list[Filled]) -> dict[int, int]:
    """Where instructions go to in their own section, as a linker fills it in."""
    return {
        section.address + each.offset: file.symbols[each.symbol].value + each.addend
        for each in filled
        if each.part == TARGET and each.symbol
        and file.symbols[each.symbol].section == section.number
    }  # fmt: skip


def _is_inside(address: int, ranges: list[tuple[int, int]]) -> bool:
    at = bisect_right(ranges, (address, 1 << 33)) - 1
    return at >= 0 and ranges[at][0] < address < ranges[at][1]


class _Ways:
    """How control goes through a section."""

    def __init__(self, section: Section, cut: CodeSection, targets: Mapping[int, int]) -> None:
        self.called: set[int] = set()
        """Addresses that something calls by its distance."""
        self.sources: dict[int, list[int]] = {}
        """Address → the first and the last place that branches or jumps to it."""
        self.run_into: set[int] = set()
        """Addresses of names behind which control comes from the instruction ahead."""
        instructions = instruction_set(cut.isa)
        every = _instructions(section.data, section.address, cut.stretches, instructions)
        for at, size, found in every:
            effects = found.effects
            behind = at + size
            if behind in cut.symbols and effects.control in (NEXT, BRANCH, CALLING):
                self.run_into.add(behind)
            to = targets.get(at)
            if to is None and found.distance is not None:
                to = at + found.distance
            if to is None or to not in cut.symbols:
                continue
            if effects.links:
                self.called.add(to)
            else:
                self.sources.setdefault(to, [at, at])[1] = at


def _instructions(
    code: bytes, address: int, stretches: tuple[Stretch, ...], instructions: InstructionSet
) -> Iterator[tuple[int, int, Meaning]]:
    """The instructions of a section: address, size, what each does."""
    for start, end, is_code in stretches:
        at = start if is_code else end
        while at + 2 <= end:
            size = 4 if code[at] & 3 == 3 else 2
            found = meaning(int.from_bytes(code[at : at + size], "little"), instructions)
            if found is not None and at + size <= end:
                yield address + at, size, found
            at += size


# ---- names


def _block_names(every: list[Section], cuts: list[CodeSection]) -> dict[Place, str]:
    """The names of functions, no two the same."""
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    names: dict[Place, str] = {}
    for section, cut in zip(every, cuts):
        first = {section.address} if section.address not in cut.functions else set()
        for at in sorted(first | cut.functions.keys()):
            wanted = cut.symbols.get(at, cut.name) if at in cut.functions else cut.name
            number = 1
            name = identifier(wanted, taken)
            while not name and number < 4:
                number += 1
                name = identifier(f"{wanted[:200]}_{number}", taken)
            name = name or _numbered(made_up_name(at).replace("L", "f", 1), taken, numbers)
            taken.add(name)
            names[section.number, at] = name
    return names


def _numbered(name: str, taken: set[str], numbers: dict[str, int]) -> str:
    """The name, or with a number behind it; `numbers` says up to where a name has some."""
    found = name
    while found in taken:
        numbers[name] = numbers.get(name, 1) + 1
        found = f"{name}_{numbers[name]}"
    return found


class _Places:
    """The names of places in a file, for references."""

    def __init__(
        self, file: ElfFile, named: dict[int, list[Symbol]], functions: dict[Place, str]
    ) -> None:
        self.is_object = file.is_object
        self.sections = {section.number: section for section in file.sections}
        self.functions = functions
        self.starts: dict[int, list[int]] = {}
        for number, at in functions:
            self.starts.setdefault(number, []).append(at)
        self.symbols = file.symbols
        self.program = ProgramSymbols(file)
        self.data: dict[Place, str] = {}
        for symbol in file.symbols:
            if symbol.kind in (STT_OBJECT, STT_NOTYPE, STT_FUNC) and symbol.name[:1] not in (
                "",
                "$",
            ):
                self.data.setdefault((symbol.section, symbol.value), symbol.name)

    def symbol(self, index: int) -> Symbol:
        """The symbol of an index, of which 0 is a number."""
        return self.symbols[index] if index else NO_SYMBOL

    def name(self, symbol: Symbol, addend: int) -> tuple[str, int]:
        """A name for a place, and how far behind it the place is."""
        number, at = symbol.section, symbol.value + addend
        if (number, at) in self.functions:
            return self.functions[number, at], 0
        if number in self.starts:
            starts = self.starts[number]
            start = starts[max(0, bisect_right(starts, at) - 1)]
            return self.functions[number, start], at - start
        section = self.sections.get(number)
        if not symbol.name and number == SHN_ABS:
            return "", at
        if section is None or symbol.name:
            return identifier(symbol.name) or f"symbol_{symbol.name[:20].encode().hex()}", addend
        exact = self.data.get((number, at))
        if exact:
            return identifier(exact) or f"s_{at:x}", 0
        return identifier(section.name) or f"section_{number}", at - section.address


class Outside:
    """The places in code that have a name, or stand behind one."""

    def __init__(self, found: list[CodeSection]) -> None:
        self.found = found
        self.together = _apart(found)
        self.every = _Within(found) if self.together else None

    def of(self, section: CodeSection) -> Mapping[int, str]:
        """Those that the addresses in a section can mean: of the whole file once it is linked."""
        return self.every or _Within([section])


def _apart(found: list[CodeSection]) -> bool:
    """Whether no address is in two sections, as in what is linked."""
    ranges = sorted((each.address, each.address + len(each.code)) for each in found if each.code)
    return all(one[1] <= other[0] for one, other in pairwise(ranges))


class _Within(Mapping[int, str]):
    """Address → name of a function, or how far behind one."""

    def __init__(self, found: list[CodeSection]) -> None:
        self.names = {at: name for each in found for at, name in each.names.items()}
        self.starts = sorted(self.names)
        self.ends = sorted((each.address, each.address + len(each.code)) for each in found)

    def __contains__(self, at: object) -> bool:
        if at in self.names:
            return True
        if not isinstance(at, int):
            return False
        section = bisect_right(self.ends, (at, 1 << 33)) - 1
        return section >= 0 and at < self.ends[section][1]

    def __getitem__(self, at: int) -> str:
        if at in self.names:
            return self.names[at]
        if at not in self:
            raise KeyError(at)
        start = self.starts[bisect_right(self.starts, at) - 1]
        return f"{self.names[start]} + {at - start}"

    def __iter__(self) -> Iterator[int]:
        return iter(self.starts)

    def __len__(self) -> int:
        return len(self.starts)


def _with_references(
    section: Section,
    cut: CodeSection,
    filled: list[Filled],
    places: _Places,
    functions: dict[Place, str],
) -> CodeSection:
    references: dict[int, Reference] = {}
    notes: dict[int, str] = {}
    if not places.is_object:
        references.update(_found_addresses(section, cut, places))
    for each in filled:
        at = section.address + each.offset
        if not each.part:
            notes[at] = each.told
            continue
        minus = None
        if each.minus is not None:
            minus = _reference(WORD, places.symbol(each.minus), each.less, section, places)
        elif each.from_here:
            minus = Reference(WORD, "", 0, at)
        symbol = places.symbol(each.symbol)
        found = _reference(each.part, symbol, each.addend, section, places)
        references[at] = found._replace(minus=minus, size=each.size)
    words = [(at - section.address, each.size) for at, each in references.items()
             if each.part == WORD]  # fmt: skip
    return cut._replace(
        references=references,
        notes=notes,
        stretches=tuple(parted(cut.stretches, words)),
        names={at: functions[section.number, at] for at in places.starts.get(section.number, ())},
    )


def _found_addresses(
    section: Section, cut: CodeSection, places: _Places
) -> Iterator[tuple[int, Reference]]:
    """Where two neighbours make an address from the place that they stand at, if it has a name."""
    instructions = instruction_set(cut.isa)
    file_symbols = places.symbols
    ahead: tuple[int, Meaning, int] | None = None
    for at, _, found in _instructions(section.data, section.address, cut.stretches, instructions):
        if ahead is not None:
            first, upper, distance = ahead
            pair = as_statement(upper.instruction, found.instruction, _SOME, instructions)
            if pair is not None and at == first + 4:
                lower = found.instruction.values[open_operand(found.instruction)]
                address = first + distance + lower & 0xFFFF_FFFF
                index = places.program.near(address)
                if index:
                    symbol = file_symbols[index]
                    part = CALL if pair.row.target >= 0 and found.effects.target else UPPER[0]
                    beyond = address - symbol.value
                    yield first, _reference(part, symbol, beyond, section, places)
                    if part != CALL:
                        yield at, Reference(LOWER, "", 0, first)
        step = found.steps[0] if len(found.steps) == 1 else None
        is_upper = isinstance(step, Write) and isinstance(step.value, Here)
        ahead = (at, found, step.value.distance) if is_upper else None  # type: ignore[union-attr]


def _reference(
    part: str, symbol: Symbol, addend: int, section: Section, places: _Places
) -> Reference:
    function = places.functions.get((symbol.section, symbol.value))
    if function is not None and addend and part != TARGET:
        return Reference(part, function, addend)
    name, beyond = places.name(symbol, addend)
    at = symbol.value + addend if symbol.section == section.number else None
    return Reference(part, name, beyond, at)


def parted(stretches: tuple[Stretch, ...], words: list[tuple[int, int]]) -> Iterator[Stretch]:
    """Stretches in which the words, offset and size, are data."""
    following = iter(words)
    word = next(following, None)
    for start, end, is_code in stretches:
        while word is not None and word[0] < end:
            at, size = word
            word = next(following, None)
            if not is_code or at < start:
                continue
            if start < at:
                yield Stretch(start, at, True)
            yield Stretch(at, min(at + size, end), False)
            start = at + size
        if start < end:
            yield Stretch(start, end, is_code)
