"""Instructions of a GNU source: their operands, and the row and the words here that they are.

Input: a mnemonic and the text of its operands. Output: `Code`.
Invariant: which rows take which operands is read from `encodings/`: rows first, then what GNU as
takes beyond them, in gnu.toml.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from asm_rv32.formats.relocations import has_relocation, is_filled_in
from asm_rv32.importing.values import (
    Expression,
    Name,
    Number,
    Relocated,
    ValueFault,
    constant,
    itself,
    names,
    parse,
    reduce,
)
from asm_rv32.isa.effects import Effects
from asm_rv32.isa.kinds import FENCE_BITS, ROUNDING_MODES
from asm_rv32.isa.operands import (
    FLOAT_REGISTER_NAMES,
    REGISTER_NAMES,
    REGISTERS,
    OperandKind,
    Register,
    Symbol,
)
from asm_rv32.isa.rows import Instruction, Row, Slot, Syntax, bound
from asm_rv32.isa.sets import InstructionSet
from asm_rv32.isa.tables import python_name, retired_csr_names, tables

IGNORED = -2
"""In a slot: a register that is named there and not here."""
_REGISTERS = {**REGISTER_NAMES, "fp": REGISTER_NAMES["s0"]}
_BASED = re.compile(r"\(\s*([A-Za-z.][\w.$]*)\s*\)$")
ARGUMENT = ".arg."
"""What the name of a macro's parameter begins with, in the macro itself."""
_SPLIT = re.compile(r"""[^,"'(){}]+|"(?:[^"\\]|\\.)*"?|'(?:\\.|[^\\])'?|.""", re.DOTALL)


class Indirect(NamedTuple):
    """`offset(base)`."""

    offset: Expression
    base: Register | Name
    """A name only of a macro's parameter."""


class Listed(NamedTuple):
    """Registers in braces, as text."""

    text: str


Operand = Register | Indirect | Listed | Expression


class Code(NamedTuple):
    """An instruction: how it is written here, and what it does as far as its form tells."""

    name: str
    """As Python spells it."""
    operands: tuple[Operand, ...]
    row: Row | None
    """None where nothing fits: the assembler says what is wrong."""
    values: tuple[int, ...]
    """Of the row's variables; 0 where they are no registers and no numbers."""
    words: tuple[int, ...]
    """Which operands are words, of a CSR or a fence, and no symbols."""


def parted(text: str) -> list[str]:
    """What stands between the commas outside of brackets, braces and quotes."""
    parts: list[str] = []
    depth, found = 0, ""
    for piece in _SPLIT.findall(text):
        if piece == "," and depth <= 0:
            parts.append(found.strip())
            found = ""
            continue
        depth += (piece in ("(", "{")) - (piece in (")", "}"))
        found += piece
    parts.append(found.strip())
    return parts if text.strip() else []


def operand(text: str) -> Operand:
    """An operand. Raises ValueFault."""
    register = _REGISTERS.get(text)
    if register is not None:
        return register
    if text.startswith("{"):
        return Listed(re.sub(r"\s*-\s*", " - ", re.sub(r"\s*,\s*", ", ", text)))
    based = _BASED.match(text)
    if based and (base := _base(based[1])) is not None:
        return Indirect(Number(0, "0"), base)
    found, rest = parse(text)
    if not rest:
        return found
    based = _BASED.match(rest)
    base = _base(based[1]) if based else None
    if base is None:
        raise ValueFault(f"{rest[:20]!r} cannot stand there")
    return Indirect(found, base)


def _base(text: str) -> Register | Name | None:
    """What stands in the brackets of a memory operand; None of what is no register."""
    return Name(text) if text.startswith(ARGUMENT) else _REGISTERS.get(text)


def is_argument(found: Operand) -> bool:
    """Whether an operand is what a macro's use gives for a parameter, or has it as its base."""
    if isinstance(found, Indirect):
        return isinstance(found.base, Name)
    return isinstance(found, Name) and found.name.startswith(ARGUMENT)


def resolved(found: Operand, resolve: Callable[[Expression], Expression]) -> Operand:
    """An operand with what symbols stand for in their place."""
    if isinstance(found, Indirect):
        return Indirect(resolve(found.offset), found.base)
    return found if isinstance(found, (Register, Listed)) else resolve(found)


Given = dict[int, "Register | Listed | Expression"]
"""What stands for the variables of a row, by index."""


class Form(NamedTuple):
    """A way to write an instruction in GNU's syntax, and how it is written here."""

    there: Syntax
    row: Row
    """Whose kinds the slots of `there` are of."""
    name: str
    here: Syntax

    @property
    def target(self) -> int:
        """Which operand there is the place that control goes to or an address is of; -1: none."""
        for number, slots in enumerate(self.there.operands()):
            if len(slots) == 1 and slots[0].variable == self.row.target:
                return number
        return -1


def code(
    mnemonic: str, text: str, sets: tuple[InstructionSet, ...],
    resolve: Callable[[Expression], Expression],
) -> Code:  # fmt: skip
    """The instruction, by the first of the sets that has a form for its operands.

    `resolve` puts what symbols stand for in their place. Raises ValueFault, also where no set
    knows the mnemonic.
    """
    texts = parted(text)
    taken = tuple(resolved(operand(part), resolve) for part in texts)
    if any(map(is_argument, taken)):
        return Code(python_name(mnemonic), taken, None, (), ())
    known = False
    for instructions in sets:
        for form in forms(mnemonic, instructions):
            known = True
            found = _fitted(form, _with_symbols(form, taken, texts, resolve))
            if found is not None:
                return found
    if not known and (mend := tables()["gnu"]["refused"].get(mnemonic)):
        raise ValueFault(f"{mnemonic!r} has no form here: {mend}")
    if not known:
        raise ValueFault(f"{mnemonic!r} is no instruction here")
    for each in taken:
        part = each.offset if isinstance(each, Indirect) else each
        if isinstance(part, Relocated) and has_relocation(part.function):
            raise ValueFault(f"{mnemonic!r} has no place for %{part.function}")
    return Code(python_name(mnemonic), taken, None, (), ())


@lru_cache(maxsize=4096)
def forms(mnemonic: str, instructions: InstructionSet) -> tuple[Form, ...]:
    """Every form of a mnemonic in GNU's syntax, in order of preference."""
    found = []
    for row in instructions.rows(mnemonic):
        if row.gnu in row.syntaxes:
            found += [Form(each, row, row.name, each) for each in row.syntaxes]
        else:
            # GNU's order of the operands is another one.
            found.append(Form(row.gnu, row, row.name, row.syntaxes[0]))
    return (*found, *_further(mnemonic, instructions))


def _further(mnemonic: str, instructions: InstructionSet) -> Iterator[Form]:
    """The forms that gnu.toml has."""
    for there, here in tables()["gnu"]["forms"].get(mnemonic, {}).items():
        name, _, written = here.partition(" ")
        for row in instructions.rows(name):
            if row.syntaxes[0].shape != shape_of(written):
                continue
            named = [operand.strip() for operand in written.split(",")] if written else []
            places = {
                text: slot for text, slot in zip(named, row.syntaxes[0].slots) if slot.variable >= 0
            }
            slots = tuple(
                places.get(each.strip(), Slot(IGNORED)) for each in there.split(",") if there
            )
            literal = tuple(
                Slot(-1, number) if (number := _literal(text)) is not None else slot
                for text, slot in zip(named, row.syntaxes[0].slots)
            )
            yield Form(Syntax("p" * len(slots), slots), row, name,
                       row.syntaxes[0]._replace(slots=literal))  # fmt: skip


def _literal(text: str) -> int | None:
    if text in REGISTER_NAMES:
        return REGISTER_NAMES[text]
    return int(text) if text.isdecimal() else None


def shape_of(written: str) -> str:
    """A letter an operand, as `Syntax.shape` has it."""
    return "".join("m" if "(" in each else "p" for each in written.split(",")) if written else ""


def _with_symbols(
    form: Form, taken: tuple[Operand, ...], texts: list[str],
    resolve: Callable[[Expression], Expression],
) -> tuple[Operand, ...]:  # fmt: skip
    """The operands with symbols for registers where a form has its target: such a word is none."""
    place = form.target if form.row.target >= 0 else -1
    if not 0 <= place < len(taken) or not isinstance(taken[place], Register):
        return taken
    return (*taken[:place], resolve(Name(texts[place])), *taken[place + 1 :])


def _fitted(form: Form, taken: tuple[Operand, ...]) -> Code | None:
    """The instruction in a form; None where the operands do not fit it."""
    shape = "".join("m" if isinstance(each, Indirect) else "p" for each in taken)
    if shape != form.there.shape:
        return None
    parts: list[Register | Listed | Expression] = []
    for each in taken:
        parts += [each.offset, each.base] if isinstance(each, Indirect) else [each]
    given: Given = {}
    kinds = form.row.kinds
    for (variable, literal), part in zip(form.there.slots, parts):
        if variable < 0:
            if not _is_literal(part, variable, literal):
                return None
            continue
        kind = kinds[variable]
        if kind.is_register and isinstance(part, Name):
            part = FLOAT_REGISTER_NAMES.get(part.name, part)  # a name like any other elsewhere
        if kind.is_register != isinstance(part, Register):
            return None
        if isinstance(part, Register) and part not in kind.values:
            return None
        if kind.is_target and not isinstance(part, (Register, Listed)) and not any(names(part)):
            return None
        given[variable] = part
    if form.row.is_pseudo and any(isinstance(part, Relocated) for part in given.values()):
        form, given = _in_base(form, given)
    if not all(_has_room(form.row.kinds[index], part) for index, part in given.items()):
        return None
    values = tuple(
        _value(given[index]) if index in given else default
        for index, default in enumerate(form.row.defaults)
    )
    operands, words = _written(form, given)
    return Code(python_name(form.name), operands, form.row, values, words)


def _has_room(kind: OperandKind, part: Register | Listed | Expression) -> bool:
    """False of a part of an address where no linker fills one in."""
    if not isinstance(part, Relocated) or not has_relocation(part.function):
        return True
    return is_filled_in(part.function, kind)


def _in_base(form: Form, given: Given) -> tuple[Form, Given]:
    """A pseudo-instruction as what it stands for: an address's part goes into an instruction."""
    if len(form.row.data["expands"]) == 0 or not isinstance(form.row.data["expands"], str):
        return form, given
    step = form.row.expansion[0] if form.row.target < 0 and not form.row.meaning else None
    if step is None:
        return form, given
    own: Given = {}
    for index, term in enumerate(step.terms):
        kind = step.row.kinds[index]
        if term.variable >= 0:
            own[index] = given.get(term.variable, Number(0, "0"))
        else:
            own[index] = REGISTERS[term.literal] if kind.is_register else _plain(term.literal)
    here = step.row.syntaxes[0]
    return Form(here, step.row, step.row.name, here), own


def _plain(value: int) -> Number:
    return Number(value, str(value))


def _is_literal(part: Register | Listed | Expression, variable: int, literal: int) -> bool:
    if isinstance(part, Register):
        return variable == IGNORED or part == literal
    return isinstance(part, Number) and part.value == literal


def _value(part: Register | Listed | Expression) -> int:
    if isinstance(part, Register):
        return int(part)
    if isinstance(part, Listed):
        return 0
    try:
        value = constant(reduce(part, itself))
    except ValueFault:
        return 0
    return value if -1 << 31 <= value < 1 << 32 else 0


def _written(form: Form, given: Given) -> tuple[tuple[Operand, ...], tuple[int, ...]]:
    """The operands in the order in which they stand here, and which of them are words."""
    operands: list[Operand] = []
    words = []
    for slots in form.here.operands():
        found: list[Register | Listed | Expression] = []
        for variable, literal in slots:
            if variable in given:
                part = given[variable]
                found.append(part)
                if _is_word(form.row.kinds[variable], part):
                    words.append(len(operands))
            elif isinstance(literal, Register):
                found.append(literal)
            else:
                found.append(Number(literal, str(literal)))
        if len(found) == 2:
            offset, base = found
            assert isinstance(base, (Register, Name))
            assert not isinstance(offset, (Register, Listed))
            operands.append(Indirect(offset, base))
        else:
            operands.append(found[0])
    return tuple(operands), tuple(words)


def _is_word(kind: OperandKind, part: Register | Listed | Expression) -> bool:
    """True of the name of a CSR or of a rounding mode, and of a fence's letters."""
    if not isinstance(part, Name) or kind.is_target or Symbol not in kind.takes:
        return False
    return (
        part.name in tables()["csr"]
        or part.name in retired_csr_names()
        or part.name in ROUNDING_MODES
        or set(part.name) <= set(FENCE_BITS)
    )


def effects_of(code: Code) -> Effects | None:
    """What the instruction does to registers and control; None where its form is not known.

    Of several instructions that it stands for, all reads and writes, and where the last goes.
    """
    return None if code.row is None else _effects(code.row, code.values)


@lru_cache(maxsize=1 << 14)
def _effects(row: Row, values: tuple[int, ...]) -> Effects:
    if not row.is_pseudo or row.meaning:
        return Instruction(row, values).effects
    reads = writes = 0
    for step in row.expansion:
        found = Instruction(step.row, tuple(bound(term, values) for term in step.terms)).effects
        reads |= found.reads & ~writes
        writes |= found.writes
    return found._replace(reads=reads, writes=writes)


def targets(code: Code) -> Iterator[int]:
    """Which operands, by number, are places that control may go to."""
    if code.row is None or code.row.target < 0:
        return
    for number, slots in enumerate(code.row.syntaxes[0].operands()):
        if any(slot.variable == code.row.target for slot in slots):
            yield number
