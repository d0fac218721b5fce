"""An instruction of machine code as it is written by hand: without `c.`, and by its short name.

Input: an `Instruction`, and what a linker fills into it. Output: `Code`.
Invariant: what it is called is read from the rows, an expansion backwards; assembled again it is no
longer than it was. No instruction is known by its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.importing.operands import Code, Indirect, Listed, Operand
from asm_rv32.importing.values import Expression, Name, Number
from asm_rv32.isa.meaning import Constant, Operation, Read, Write
from asm_rv32.isa.operands import FLOAT, REGISTERS, Place, Register, RegisterSet, Symbol
from asm_rv32.isa.reading import Reading, perform
from asm_rv32.isa.rows import Instruction, Row, Slot, Step, Syntax, bound
from asm_rv32.isa.sets import InstructionSet
from asm_rv32.isa.tables import python_name
from asm_rv32.isa.words import OPERATIONS, WORD, signed

Filled = Mapping[int, Expression]
"""Index of a value → what is filled in there."""
PLAIN = 4096
"""Numbers below are written in decimal."""


class Short(NamedTuple):
    """A pseudo-instruction that stands for one instruction."""

    row: Row
    step: Step


@lru_cache(maxsize=8)
def _shorts(instructions: InstructionSet) -> dict[Row, tuple[Short, ...]]:
    """Row → the pseudo-instructions that stand for it, those that say most first."""
    found: dict[Row, list[Short]] = {}
    for mnemonic in instructions.mnemonics:
        for row in instructions.rows(mnemonic):
            if row.is_pseudo and isinstance(row.data["expands"], str) and "does" not in row.data:
                (step,) = row.expansion
                found.setdefault(step.row, []).append(Short(row, step))
    for shorts in found.values():
        shorts.sort(key=lambda short: len(short.row.variables))
    return {row: tuple(shorts) for row, shorts in found.items()}


@lru_cache(maxsize=8)
def _constant_row(instructions: InstructionSet) -> Row:
    """The row that stands for whatever makes a constant."""
    return next(
        row
        for mnemonic in instructions.mnemonics
        for row in instructions.rows(mnemonic)
        if row.data.get("expands") == "constant"
    )


def written(
    instruction: Instruction, filled: Filled, goes_far: bool, instructions: InstructionSet
) -> Code:
    """The instruction by the shortest name. `goes_far`: its target is another function."""
    row, values = instruction
    if row.hint:
        # Nothing is shortened to a hint.
        return code(row, row.syntaxes[0], values, filled)
    if not filled and (found := constant_of(instruction)) is not None:
        register, value = found
        return constant(register, value, instructions)
    for base, given, open_ in _alternatives(instruction, filled):
        for short in _shorts(instructions).get(base, ()):
            if bool(short.row.data.get("anywhere")) != goes_far and base.target >= 0:
                continue
            made = _shortened(short, base, given, open_)
            if made is not None:
                return made
    base, given, open_ = next(_alternatives(instruction, filled))
    return code(base, base.syntaxes[0], given, open_)


def _alternatives(instruction: Instruction, filled: Filled) -> Any:
    """The instructions of 32 bits that one stands for, itself where it is one."""
    row, values = instruction
    if row.size != 2 or not row.expansion:
        yield row, values, filled
        return
    also = row.data.get("also", [])
    for step in (row.expansion[0], *row.parse_steps(also)):
        open_ = {
            index: filled[term.variable]
            for index, term in enumerate(step.terms) if term.variable in filled
        }  # fmt: skip
        yield step.row, tuple([bound(term, values) for term in step.terms]), open_


def _shortened(short: Short, base: Row, values: tuple[int, ...], filled: Filled) -> Code | None:
    """The pseudo-instruction with these values of what it stands for; None where none fits."""
    found: dict[int, int] = {}
    open_: dict[int, Expression] = {}
    for index, (term, value) in enumerate(zip(short.step.terms, values)):
        if term.variable < 0 or term.part:
            if index in filled or term.part or term.literal != value:
                return None
        elif index in filled:
            open_[term.variable] = filled[index]
            found[term.variable] = value
        elif found.setdefault(term.variable, value) != value:
            return None
    row = short.row
    given = tuple(found.get(index, 0) for index in range(len(row.variables)))
    if any(value not in kind.values and index not in open_ and not kind.is_target
           for index, (value, kind) in enumerate(zip(given, row.kinds))):  # fmt: skip
        return None
    for syntax in row.syntaxes:
        shown = {slot.variable for slot in syntax.slots}
        left_out = [index for index in range(len(given)) if index not in shown]
        if any(given[index] or index in open_ for index in left_out):
            continue
        if len(syntax.slots) < len(base.syntaxes[0].slots):
            return code(row, syntax, given, open_)
    return None


def constant(register: int, value: int, instructions: InstructionSet) -> Code:
    """The statement that puts a word into a register."""
    row = _constant_row(instructions)
    number = signed(value)
    text = str(number) if -PLAIN < number < PLAIN else f"{value & WORD:#x}"
    shown = Number(number, text)
    return Code(
        python_name(row.name), (REGISTERS[register], shown), row, (register, value & WORD), ()
    )


class _Constants(Reading):
    """Words that hang on no register."""

    def __init__(self) -> None:
        self.written: list[tuple[int, int | None]] = []
        self.is_plain = True

    def constant(self, word: int) -> int:
        return word

    def operation(self, name: str, operands: tuple[int | None, ...]) -> int | None:
        known = [word for word in operands if word is not None]
        return OPERATIONS[name](*known) if len(known) == len(operands) else None

    def write(self, number: int, value: int | None) -> None:
        self.written.append((number, value))

    def store(self, size: int, address: int | None, value: int | None) -> None:
        self.is_plain = False

    def goto(self, target: int | None, condition: int | None) -> None:
        self.is_plain = False

    def act(self, name: str, operands: tuple[int | None, ...]) -> None:
        self.is_plain = False


def constant_of(instruction: Instruction) -> tuple[int, int] | None:
    """The integer register and the word of an instruction that does nothing but put it there."""
    reading = _Constants()
    steps = instruction.steps
    if len(steps) != 1 or not isinstance(steps[0], Write):
        return None
    perform(steps, reading)
    if len(reading.written) != 1 or not reading.is_plain:
        return None
    register, value = reading.written[0]
    return None if value is None or register >= FLOAT else (register, value)


def added_to_itself(instruction: Instruction) -> tuple[int, int] | None:
    """The register and the number of an instruction that does nothing but add it to that."""
    steps = instruction.steps
    if len(steps) != 1 or not isinstance(steps[0], Write):
        return None
    register, value = steps[0].number, steps[0].value
    if isinstance(value, Operation) and value.name == "+" and value.operands[0] == Read(register):
        more = value.operands[1]
        return (register, more.value) if isinstance(more, Constant) else None
    return None


def added_to(number: int, instruction: Instruction) -> tuple[int, int] | None:
    """The register that is written and the one that is read of an instruction that does nothing but
    add the register of this number to that."""
    steps = instruction.steps
    if len(steps) != 1 or not isinstance(steps[0], Write):
        return None
    value = steps[0].value
    if isinstance(value, Operation) and value.name == "+" and Read(number) in value.operands:
        one, other = value.operands
        left = one if other == Read(number) else other
        return (steps[0].number, left.number) if isinstance(left, Read) else None
    return None


def code(row: Row, syntax: Syntax, values: tuple[int, ...], filled: Filled) -> Code:
    """A row with its values, in one of its syntaxes."""
    if values and values[-1] == row.kinds[-1].default:
        syntax = row.syntaxes[-1]  # the one without the operand that need not be written
    place = Place(0, {}, row.instructions.csr_names(False), values, False)
    words: list[int] = []
    operands: list[Operand] = []
    for slots in syntax.operands():
        parts = [_part(row, slot, values, filled, place) for slot in slots]
        if len(parts) == 2:
            offset, base = parts
            assert isinstance(base, Register) and not isinstance(offset, (Register, Listed))
            operands.append(Indirect(offset, base))
            continue
        if isinstance(parts[0], Name) and slots[0].variable not in filled:
            words.append(len(operands))
        operands.append(parts[0])
    return Code(python_name(row.name), tuple(operands), row, values, tuple(words))


def _part(
    row: Row, slot: Slot, values: tuple[int, ...], filled: Filled, place: Place
) -> Register | Listed | Expression:
    variable, literal = slot
    if variable < 0:
        return literal if isinstance(literal, Register) else Number(literal, str(literal))
    if variable in filled:
        return filled[variable]
    kind, value = row.kinds[variable], values[variable]
    if kind.is_register:
        return REGISTERS[value]
    text = kind.show(value, place)
    if RegisterSet in kind.takes:
        return Listed(text)
    if Symbol in kind.takes and not text[:1].isdigit():
        return Name(text)
    return Number(int(text, 0), text)


def _table_row(instructions: InstructionSet) -> Row:
    """The row that loads an address from the global offset table."""
    return next(
        row
        for mnemonic in instructions.mnemonics
        for row in instructions.rows(mnemonic)
        if "got" in row.data
    )


def upper_row(instructions: InstructionSet) -> Row:
    """The row of the upper half of an address."""
    return _table_row(instructions).expansion[0].row


def address_made(load: Instruction, instructions: InstructionSet) -> Instruction:
    """The addition that makes an address, in place of its load from the global offset table."""
    step = _table_row(instructions).expansion[-1]
    effects = load.effects
    base = effects.accesses[0].base if effects.accesses else None
    if base is None or not effects.writes:
        return load
    given = iter((effects.writes.bit_length() - 1, base[0]))
    return Instruction(step.row, tuple(0 if term.part else next(given) for term in step.terms))
