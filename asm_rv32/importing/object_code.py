"""A section of code of an object as items: instructions by their short names.

Input: a section, and the names of its file. Output: labels, instructions and data.
Invariant: every byte stands in one item, but for what aligns a function or fills the end.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise

from asm_rv32.analysis.flow import ARGUMENTS, CLOBBERED, meaning
from asm_rv32.assembler.constants import shortest_constant
from asm_rv32.formats.elf_reader import (
    STT_FUNC,
    STT_NOTYPE,
    STT_OBJECT,
    Section,
    stretches,
)
from asm_rv32.formats.filled_in import GPREL, alignments, filled_in
from asm_rv32.formats.object_code import parted
from asm_rv32.importing.instructions import (
    added_to,
    added_to_itself,
    address_made,
    code,
    constant,
    constant_of,
    upper_row,
    written,
)
from asm_rv32.importing.items import Align, Data, Mark
from asm_rv32.importing.object_addresses import Addresses, Use
from asm_rv32.importing.object_data import (
    GUESSED,
    USUAL,
    Piece,
    alignment,
    bytes_as_items,
    number,
    value_of,
)
from asm_rv32.importing.object_names import Object
from asm_rv32.importing.operands import Code
from asm_rv32.importing.values import ONE_FOR_ALL, Expression, Name, Relocated
from asm_rv32.isa.decode import Decoded, decode_all
from asm_rv32.isa.operands import RA
from asm_rv32.isa.references import (
    CALL,
    GOT,
    LOWER,
    TARGET,
    UPPER,
    WORD,
    Pair,
    Reference,
    as_statement,
    open_operand,
    symbolic,
)
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.tables import tables
from asm_rv32.isa.text import Stretch, target
from asm_rv32.isa.words import WORD as WORD_MASK
from asm_rv32.isa.words import signed

_FILLING = (b"\x01\x00", b"\x13\x00\x00\x00", b"\x00\x00")
"""What fills a gap: instructions that do nothing, and zeros."""
GLOBAL_POINTER, GP, TP = "__global_pointer$", 3, 4
"""The symbol of what gp holds in a program, its number, and that of the thread pointer."""
_THREAD_ADDED = "tprel_add"
"""The part that marks the addition of the thread pointer."""
_HINTS = (_THREAD_ADDED, GPREL)
"""Parts that only tell a linker what it may leave out, and what the code tells by itself."""


class CodeReader:
    """Reads a section: first what it names, then, once all is named, its items."""

    def __init__(self, names: Object, section: Section) -> None:
        self.names = names
        self.section = section
        self.instructions = instruction_set(names.file.isa)
        self.compresses = self.instructions.compressed
        self.values: dict[int, Expression] = {}
        """Address → what is filled in there."""
        self.sizes: dict[int, int] = {}
        """Address of data that is filled in → its size."""
        self.references: dict[int, Reference] = {}
        self.thread_added: set[int] = set()
        """Addresses of additions of the thread pointer: here there is one place for all threads."""
        self.read_references()
        self.gaps = {section.address + each.offset: each for each in alignments(section)}
        self.guessed: set[int] = set()
        """Addresses of what only its value says to be an address."""
        self.constants: list[tuple[int, int]] = []
        """Offset and size of data without symbols between the functions of a program."""
        self.replaced: dict[int, Code] = {}
        """Address → what stands in the place of an instruction."""
        self.touched: list[tuple[int, int]] | None = None
        self.lines: list[Decoded] = []
        """Every instruction, at its address in the section."""
        self.decode()
        if not names.file.is_object:
            addresses = self.addresses()
            self.constants = list(self.data_without_symbols(addresses))
            if self.constants:
                self.decode()
                addresses = self.addresses()
            self.find_addresses(addresses)
        self.name_targets()
        names_at = {at: keys[0] for at, keys in names.marks(section)}
        found = symbolic(
            section.data, section.address, self.instructions, self.references, names_at
        )
        self.pairs = found.pairs
        self.single = found.references
        for at, reference in self.single.items():
            if reference.part == LOWER and reference.address is not None:
                self.values[at] = Name(names.label(section.number, reference.address))
        self.numbers = {line.address: number for number, line in enumerate(self.lines)}

    def read_references(self) -> None:
        names, section = self.names, self.section
        uppers = set()
        for each in filled_in(names.file, section):
            at = section.address + each.offset
            if each.part == WORD:
                self.values[at] = value_of(each, section, names)
                self.sizes[at] = each.size
            elif each.part == LOWER:
                # It names the place of its upper half.
                symbol = names.file.symbols[each.symbol]
                self.references[at] = Reference(LOWER, "", 0, symbol.value)
                uppers.add(symbol.value)
            elif each.part == _THREAD_ADDED:
                self.thread_added.add(at)
            elif each.part and each.part not in _HINTS:
                self.values[at] = names.expression(each.symbol, each.addend)
                part = ONE_FOR_ALL.get(each.part, each.part)
                self.references[at] = Reference(part, "")
            elif not each.part:
                names.report(section, at, each.told)

    def of_code_and_data(self) -> Iterator[Stretch]:
        """What is code and what data."""
        section = self.section
        named = self.names.inside.get(section.number, [])
        words = [(at - section.address, size) for at, size in self.sizes.items()]
        words += self.constants
        words += [
            (each.value - section.address, each.size) for each in named
            if each.kind == STT_OBJECT and each.size
        ]  # fmt: skip
        yield from parted(stretches(section, named), sorted(words))

    def decode(self) -> None:
        """The instructions."""
        section = self.section
        self.lines = []
        self.stretches = list(self.of_code_and_data())
        for start, end, is_code in self.stretches:
            if not is_code:
                continue
            for line in decode_all(section.data[start:end], self.instructions):
                at = section.address + start + line.address
                self.lines.append(line._replace(address=at))

    def name_targets(self) -> None:
        """Where an instruction goes by its distance becomes a label."""
        for line in self.lines:
            if line.instruction is None or line.address in self.references:
                continue
            to = target(line.instruction, line.address)
            if to is not None:
                self.values[line.address] = Name(self.names.label(*self.home(to)))

    def home(self, to: int) -> tuple[int, int]:
        """The section that an address of code is in, and the address."""
        if self.names.file.is_object:
            return self.section.number, to
        found = self.names.program.section_at(to)
        return (found or self.section).number, to

    def addresses(self) -> Addresses:
        """What the instructions of a linked program make, in place of relocations."""
        found = Addresses(self.lines, self.instructions, self.names.program)
        found.follow(
            each.value for each in self.names.inside.get(self.section.number, ())
            if each.kind in (STT_FUNC, STT_NOTYPE)
        )  # fmt: skip
        return found

    def data_without_symbols(self, found: Addresses) -> Iterator[tuple[int, int]]:
        """Offset and size of what stands behind functions whose ends are known, has no symbol, is
        read, and where control does not come to."""
        base, end = self.section.address, self.section.address + len(self.section.data)
        marks = sorted({end, *(at for at, _ in self.names.marks(self.section))})
        gaps = [
            (start, marks[bisect_left(marks, start)]) for start in sorted(self.ends())
            if base <= start < end and marks[bisect_left(marks, start)] > start
        ]  # fmt: skip
        read = sorted(found.read_or_written())
        gaps = [(start, to) for start, to in gaps if _any_within(read, start, to)]
        if not gaps:
            return
        targets = sorted(
            to for number, to in found.gone_to()
            if not _is_within(self.lines[number].address, gaps)
        )  # fmt: skip
        for start, to in gaps:
            if not _any_within(targets, start, to):
                yield start - base, to - start

    def find_addresses(self, found: Addresses) -> None:
        """Refer to what the instructions make the addresses of."""
        for use in found.found():
            at = self.lines[use.number].address
            # With relocations, which a linker was told to keep, what has none is a number.
            is_told = bool(self.section.relocations) and not use.upper.from_place
            is_guess = not found.is_certain(use)
            if at in self.references or is_told or (is_guess and not self.names.objects.guesses):
                continue
            symbol = found.symbol(use)
            value = self.names.address(use.address, symbol)
            if value is None:
                self.names.report(self.section, at, f"nothing stands at {use.address:#x}")
                continue
            if is_guess:
                self.guessed.add(at)
                self.names.objects.guessed += 1
            for address in found.beyond(use):
                self.names.keep_together(symbol, address)
            self.refer(at, use, value)
        pointer = self.names.program.named(GLOBAL_POINTER)
        if pointer is not None:
            for number, address in found.beside(GP, pointer):
                self.beside_pointer(self.lines[number], address)

    def refer(self, at: int, use: Use, value: Expression) -> None:
        """An address that is made by several instructions."""
        uppers = [self.lines[origin].address for origin in use.upper.origins]
        if not use.upper.from_place:
            for upper in uppers:
                self.references.setdefault(upper, Reference("hi", ""))
                self.values.setdefault(upper, value)
            self.references[at], self.values[at] = Reference("lo", ""), value
            return
        (upper,) = uppers
        if self.values.setdefault(upper, value) != value:
            self.names.report(self.section, at, "two addresses are made of one upper part")
            return
        does = meaning(int.from_bytes(self.word(at), "little"), self.instructions)
        if does is not None and does.effects.computes_target and at == upper + 4:
            self.references[upper] = Reference(CALL, "")
            return
        self.references[upper] = Reference(UPPER[0], "")
        self.references[at] = Reference(LOWER, "", 0, upper)

    def word(self, at: int) -> bytes:
        """The bytes of an instruction."""
        start = at - self.section.address
        return self.section.data[start : start + 4]

    def beside_pointer(self, line: Decoded, address: int) -> None:
        """An instruction that counts from the global pointer, which a program here has not."""
        value = self.names.address(address)
        if value is None or line.instruction is None or line.address in self.references:
            return
        row, values = line.instruction.row.base_instruction(line.instruction.values)
        register = self.temporary(line)
        changed = tuple(
            register if kind.is_register and given == GP else given
            for kind, given in zip(row.kinds, values)
        )
        upper = Instruction(upper_row(self.instructions), (register, 0))
        some = Reference(UPPER[0], "")
        pair = as_statement(upper, Instruction(row, changed), some, self.instructions)
        if pair is None:
            what = "what counts from the global pointer has no form"
            self.names.report(self.section, line.address, what)
            return
        self.replaced[line.address] = code(
            pair.row, pair.row.syntaxes[0], pair.values, {pair.operand: value}
        )

    def temporary(self, line: Decoded) -> int:
        """A register that may hold an address: the one that is written, or one that the function
        does not touch and its callers do not keep."""
        assert line.instruction is not None
        written_to = line.instruction.effects.writes
        if written_to:
            return written_to.bit_length() - 1
        if self.touched is None:
            self.touched = self.touched_by_functions()
        at = bisect_right(self.touched, line.address, key=lambda item: item[0]) - 1
        free = CLOBBERED & ~ARGUMENTS & ~(1 << RA) & ~self.touched[at][1]
        return (free & -free).bit_length() - 1 if free else int(RA)

    def touched_by_functions(self) -> list[tuple[int, int]]:
        """The start of each function, and the registers that its instructions name."""
        starts = sorted({self.section.address, *(
            each.value for each in self.names.inside.get(self.section.number, ())
            if each.kind == STT_FUNC
        )})  # fmt: skip
        found = [[start, 0] for start in starts]
        for line in self.lines:
            if line.instruction is not None:
                effects = line.instruction.effects
                at = bisect_right(starts, line.address) - 1
                found[at][1] |= effects.reads | effects.writes
        return [(start, registers) for start, registers in found]

    # ---- items

    def items(self) -> Iterator[Piece]:
        """The section from its start to its end."""
        section = self.section
        if section.alignment > USUAL:
            yield Align(section.alignment, None, 0), ""
        self.marks = dict(self.names.marks(section))
        self.places = sorted(self.marks)
        self.skip_to = section.address
        line = 0
        for start, end, is_code in self.stretches:
            if not is_code:
                yield from self.data(section.address + start, section.address + end)
                continue
            while line < len(self.lines) and self.lines[line].address < section.address + end:
                found = self.lines[line]
                line += 1
                if found.address >= self.skip_to:
                    yield from self.one(found)
        yield from self.labels(section.address + len(section.data))

    def labels(self, at: int) -> Iterator[Piece]:
        for key in self.marks.get(at, ()):
            yield Mark(key), ""

    def one(self, line: Decoded) -> Iterator[Piece]:
        """An instruction, with its labels ahead."""
        at, base = line.address, self.section.address
        if at in self.ends():
            self.skip_to = self.behind_filling(at)
            if self.skip_to > at:
                return
        yield from self.labels(at)
        gap = self.gaps.get(at)
        if gap is not None:
            yield Align(gap.multiple, None, 0), ""
            self.skip_to = at + gap.size
            return
        end = at + line.size
        if any(at < place < end for place in self.between(at, end)):
            yield from self.data(at, end, labelled=False)
            return
        pair = self.pairs.get(at)
        if pair is not None:
            self.skip_to = at + pair.size
            yield self.pair(pair, at), ""
            return
        whole = self.constant(line)
        if whole is not None:
            yield whole, ""
            return
        if line.instruction is None:
            data = self.section.data[at - base : end - base]
            # At the end of a section there may be less than an instruction.
            plain = len(data) in (1, 2, 4)
            item = Data(len(data), (number(data),)) if plain else Data(1, (data,))
            yield item, "no instruction that is known here"
            return
        if at in self.thread_added:
            yield from self.without_thread(line.instruction, at)
            return
        yield self.statement(line.instruction, at), GUESSED if at in self.guessed else ""

    def without_thread(self, instruction: Instruction, at: int) -> Iterator[Piece]:
        """The addition of the thread pointer, without it."""
        found = added_to(TP, instruction)
        if found is None:
            self.names.report(self.section, at, "the thread pointer is not added here")
        elif found[0] != found[1]:
            row, *_ = self.instructions.rows(tables()["gnu"]["words"]["copies"])
            yield code(row, row.syntaxes[0], found, {}), ""

    def constant(self, line: Decoded) -> Code | None:
        """A number that this instruction and the next make together, as one statement."""
        behind = line.address + line.size
        number = self.numbers.get(behind)
        if line.instruction is None or number is None or behind in self.marks:
            return None
        second = self.lines[number].instruction
        if second is None or not {line.address, behind}.isdisjoint(self.values):
            return None
        made, more = constant_of(line.instruction), added_to_itself(second)
        if made is None or more is None or made[0] != more[0] or made[1] & 0xFFF:
            return None
        word = made[1] + more[1] & WORD_MASK
        halves = [half for _, half in shortest_constant(word, made[0], self.compresses)]
        if halves != [signed(made[1]) >> 12, signed(more[1])]:
            # There is a shorter way, which whoever wrote this did not take.
            return None
        self.skip_to = behind + self.lines[number].size
        return constant(made[0], word, self.instructions)

    def between(self, start: int, end: int) -> list[int]:
        """The labelled places from behind `start` to before `end`."""
        first = bisect_left(self.places, start + 1)
        return self.places[first : bisect_left(self.places, end)]

    def ends(self) -> set[int]:
        """Where functions end whose sizes are known."""
        return self.names.ends.get(self.section.number, set())

    def behind_filling(self, at: int) -> int:
        """The end of what only fills the gap behind a function."""
        base, data = self.section.address, self.section.data
        following = bisect_left(self.places, at)
        end = self.places[following] if following < len(self.places) else base + len(data)
        left = data[at - base : end - base]
        while left:
            piece = next((piece for piece in _FILLING if left.startswith(piece)), None)
            if piece is None:
                return at
            left = left[len(piece) :]
        return end

    def data(self, start: int, end: int, labelled: bool = True) -> Iterator[Piece]:
        """Bytes among the code."""
        base = self.section.address
        cuts = sorted({start, end, *self.between(start, end),
                       *(at for at in self.sizes if start <= at < end)})  # fmt: skip
        for cut, after in pairwise(cuts):
            if self.constants and cut in self.marks and (step := alignment(self.section, cut)) > 1:
                yield Align(step, None, 0), ""
            if labelled or cut > start:
                yield from self.labels(cut)
            size = self.sizes.get(cut, 0)
            if size:
                yield Data(size, (self.values[cut],)), ""
            if cut + size < after:
                plain = self.section.data[cut + size - base : after - base]
                yield from ((content, "") for content in bytes_as_items(plain, cut + size, False))

    # ---- instructions

    def pair(self, pair: Pair, at: int) -> Code:
        """Two instructions that are one statement."""
        filled = {pair.operand: self.values[at]}
        return code(pair.row, pair.row.syntaxes[0], pair.values, filled)

    def statement(self, instruction: Instruction, at: int) -> Code:
        """An instruction."""
        if at in self.replaced:
            return self.replaced[at]
        reference = self.single.get(at)
        part = reference.part if reference is not None else ""
        value = self.values.get(at)
        if part == LOWER and reference is not None and self.is_table(reference.address):
            instruction = address_made(instruction, self.instructions)
        if value is None:
            return written(instruction, {}, False, self.instructions)
        operand = instruction.row.target if part in ("", TARGET) else open_operand(instruction)
        if operand < 0:
            self.names.report(self.section, at, "what is filled in has no place here")
            return written(instruction, {}, False, self.instructions)
        if part not in ("", TARGET):
            value = Relocated(UPPER[0] if part == GOT else part, value)
        far = isinstance(value, Name) and value.name in self.names.objects.said.functions
        return written(instruction, {operand: value}, far, self.instructions)

    def is_table(self, upper: int | None) -> bool:
        """Whether the upper half that stands there is of a place in the global offset table."""
        found = self.single.get(upper) if upper is not None else None
        return found is not None and found.part == GOT


def _any_within(places: list[int], start: int, end: int) -> bool:
    """Whether any of the places, which are in order, is from `start` to before `end`."""
    return bisect_left(places, start) < bisect_left(places, end)


def _is_within(place: int, gaps: list[tuple[int, int]]) -> bool:
    """Whether a place is in one of the gaps, which are in order."""
    at = bisect_right(gaps, place, key=lambda gap: gap[0]) - 1
    return at >= 0 and place < gaps[at][1]
