"""What a linker has to fill in, as ELF has it.

Input: areas, of which the open places name symbols. Output: ELF's relocations, against the symbols
of functions and data, of sections, and of what another object has.
Invariant: the kind of a relocation follows from the part of the value that an instruction has and
from the bits that it has it in; no instruction is known by its name.
Source: RISC-V ELF psABI 1.0, "Relocations".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from asm_rv32.basis.diagnostics import AssemblyError, Diagnostic
from asm_rv32.basis.records import NamedTuple
from asm_rv32.formats.elf_writer import (
    FUNCTION,
    OBJECT,
    R_WORD,
    Relocation,
    Symbol,
    of_section,
)
from asm_rv32.formats.layout import Area, Block
from asm_rv32.isa import image
from asm_rv32.isa.decode import decode
from asm_rv32.isa.image import MINUS_FIELD, PLUS_FIELD, WORD_FIELD
from asm_rv32.isa.operands import OperandKind
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import instruction_set

_NUMBERS = {
    (WORD_FIELD, 4): R_WORD,
    (PLUS_FIELD, 1): 33, (PLUS_FIELD, 2): 34, (PLUS_FIELD, 4): 35,
    (MINUS_FIELD, 1): 37, (MINUS_FIELD, 2): 38, (MINUS_FIELD, 4): 39,
}  # fmt: skip
"""Kind and size of a number among data → R_RISCV_32, ADD8 to ADD32, SUB8 to SUB32."""
R_CALL = 19
"""R_RISCV_CALL_PLT: both halves of a jump that reaches everything."""
_UPPER, _LOWER = "pcrel_hi", "pcrel_lo"
_KINDS = {
    ("hi", 0xFFFF_F000): 26, ("lo", 0xFFF0_0000): 27, ("lo", 0xFE00_0F80): 28,
    (_UPPER, 0xFFFF_F000): 23, (_LOWER, 0xFFF0_0000): 24, (_LOWER, 0xFE00_0F80): 25,
    ("pcrel_", 0xFE00_0F80): 16, ("pcrel_", 0xFFFF_F000): 17,
    ("pcrel_", 0x1C7C): 44, ("pcrel_", 0x1FFC): 45, ("hi", 0x107C): 46,
}  # fmt: skip
"""Part of the value, bits of the instruction that hold it → HI20, LO12_I, LO12_S, PCREL_HI20,
PCREL_LO12_I, PCREL_LO12_S, BRANCH, JAL, RVC_BRANCH, RVC_JUMP, RVC_LUI."""


def has_relocation(part: str) -> bool:
    """Whether a linker can fill in a part of an address somewhere."""
    return any(part == known for known, _ in _KINDS)


def is_filled_in(part: str, kind: OperandKind) -> bool:
    """Whether a linker can put a part of an address into the bits of an operand."""
    return (part, _bits_of(kind)) in _KINDS


class _Target(NamedTuple):
    """What a symbol of a program stands for."""

    symbol: Symbol
    offset: int = 0


def block_symbol(area: Area, block: Block) -> Symbol:
    """The symbol of a function or a block of data."""
    kind = FUNCTION if block.part.kind == image.FUNCTION else OBJECT
    address, size = block.part.address, block.part.size
    is_global, is_weak = block.is_global, block.unit.is_weak
    return Symbol(block.symbol, area.section, address, size, kind, is_global, is_weak)


def relocations(areas: Iterable[Area]) -> dict[str, list[Relocation]]:
    """Section → its relocations. Raises AssemblyError for what ELF has no relocation for."""
    areas = list(areas)
    known = _targets(areas)
    return {area.section: _Open(area, known).relocations() for area in areas if area.relocations}


def _targets(areas: Iterable[Area]) -> dict[str, _Target]:
    """What the program has itself, by its names."""
    found = {}
    for area in areas:
        for block in area.blocks:
            symbol = block_symbol(area, block)
            found[block.symbol] = _Target(symbol)
            for name, address in block.part.labels.items():
                found[f"{block.symbol}.{name}"] = _Target(symbol, address - block.part.address)
    return found


class _Open:
    """The open places of an area."""

    def __init__(self, area: Area, known: Mapping[str, _Target]) -> None:
        self.area = area
        self.known = known
        self.instructions = instruction_set(area.isa) if area.kind == image.FUNCTION else None

    def relocations(self) -> list[Relocation]:
        found: list[Relocation] = []
        uppers: dict[int, int] = {}
        """Address of an upper part → its index in `found`."""
        for each in self.area.relocations:
            symbol, addend = self._target(each)
            number = _NUMBERS.get((each.kind, each.field))
            if each.kind == MINUS_FIELD and addend:
                # Linkers differ in the sign of what is added to a subtrahend: the other end has it.
                found[-1] = found[-1]._replace(addend=found[-1].addend - addend)
                addend = 0
            if number is not None:
                found.append(Relocation(each.address, number, symbol, addend))
                continue
            instruction = self._instruction(each)
            kind = _KINDS.get((each.kind, _bits(instruction, each.field))) if instruction else None
            if kind is None or instruction is None:
                raise self._refused(each)
            if each.kind == _UPPER:
                uppers[each.address] = len(found)
            elif each.kind == _LOWER:
                at = uppers.get(each.value, -1)
                if at >= 0 and each.address == each.value + 4 and _jumps(instruction):
                    found[at] = found[at]._replace(kind=R_CALL)
                    continue
                symbol, addend = Symbol(f".L{each.value:x}", self.area.section, each.value), 0
            found.append(Relocation(each.address, kind, symbol, addend))
        return found

    def _target(self, each: image.Relocation) -> tuple[Symbol, int]:
        if not each.symbol:
            return of_section(self.area.section), each.value
        found = self.known.get(each.symbol)
        if found is None:
            return Symbol(each.symbol, None, is_global=True), each.value
        return found.symbol, found.offset + each.value

    def _instruction(self, each: image.Relocation) -> Instruction | None:
        is_number = each.kind in (WORD_FIELD, PLUS_FIELD, MINUS_FIELD)
        if is_number or self.instructions is None:
            return None
        word = int.from_bytes(self.area.code[each.address : each.address + 4], "little")
        return decode(word, self.instructions)

    def _refused(self, each: image.Relocation) -> AssemblyError:
        """That there is no such relocation, at its place."""
        area = self.area
        block = next(
            b for b in area.blocks
            if b.part.address <= each.address < b.part.address + b.part.size
        )  # fmt: skip
        entry = next(e for e in area.entries_of(block) if e.address + e.size > each.address)
        message = f"no linker can fill in {each.symbol or 'an address'} here"
        note = "help: la(rd, x), or lui(rd, hi(x)) and lo(x) where 12 bits are taken"
        found = Diagnostic("operand-kind", message, entry.span, (note,))
        return AssemblyError([found], block.part.source)


def _bits(instruction: Instruction, index: int) -> int:
    """The bits of an instruction that hold a value."""
    return _bits_of(instruction.row.kinds[index])


def _bits_of(kind: OperandKind) -> int:
    bits: int = kind.encode[kind.minimum] | kind.encode[kind.maximum]
    return bits


def _jumps(instruction: Instruction) -> bool:
    """Whether control goes where a register says."""
    return instruction.effects.computes_target
