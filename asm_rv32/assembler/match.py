"""Which row of a mnemonic its operands fit.

Input: the operands of an `Operation`, as letters for their kinds and a flat list of values.
Output: the values of the first row that takes them all.
Invariant: which rows the kinds of the operands can fit is found once for each combination.
"""

from __future__ import annotations

from asm_rv32.assembler.ir import Operation
from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.isa.operands import (
    Beside,
    LabelSum,
    Memory,
    OperandKind,
    Register,
    RegisterSet,
    Symbol,
    Value,
)
from asm_rv32.isa.rows import Row, Syntax
from asm_rv32.isa.sets import InstructionSet

LETTERS: dict[type, str] = {
    int: "i", Register: "r", Symbol: "n", Memory: "m", RegisterSet: "s", bytes: "b",
    LabelSum: "a",
}  # fmt: skip
TYPES = {letter: sort for sort, letter in LETTERS.items()}


NESTED = "x"
"""A memory operand as a part of another one: no form has that."""


def flat(operands: tuple[Value, ...]) -> tuple[str, list[Any]]:
    """The operands' kinds as letters, a memory operand as `m` and its two parts; their values."""
    letters = ""
    values: list[Any] = []
    for value in operands:
        letter = LETTERS[type(value)]
        letters += letter
        if letter == "m":
            for part in value:  # type: ignore[union-attr]
                letter = LETTERS[type(part)]
                letters += letter if letter != "m" else NESTED
                values.append(part)
        else:
            values.append(value)
    return letters, values


class Plan(NamedTuple):
    """How operands of certain kinds fill a row."""

    row: Row
    literals: tuple[tuple[int, int], ...]
    """(position, what must stand there)"""
    fields: tuple[tuple[int, int, OperandKind], ...]
    """(position, index of the variable, its kind)"""
    remembered: bool
    """False where the values alone do not tell what was written."""


def plans(instructions: InstructionSet, mnemonic: str, letters: str) -> tuple[Plan, ...]:
    """The rows of a mnemonic that operands of these kinds can fit, in order of preference."""
    plain, *rest = letters.split("m")
    shape = "p" * len(plain) + "".join(["m" + "p" * (len(each) - 2) for each in rest])
    flat = letters.replace("m", "")
    found = []
    for row in instructions.rows(mnemonic):
        for syntax in row.syntaxes:
            if shape == syntax.shape:
                plan = _plan(row, syntax, flat)
                if plan is not None:
                    found.append(plan)
    return tuple(found)


def _plan(row: Row, syntax: Syntax, letters: str) -> Plan | None:
    literals, fields = [], []
    for position, ((variable, literal), letter) in enumerate(zip(syntax.slots, letters)):
        if variable < 0:
            if letter != LETTERS[type(literal)]:
                return None
            literals.append((position, literal))
        else:
            kind = row.kinds[variable]
            if TYPES.get(letter) not in kind.takes:
                return None
            if not kind.is_target:
                fields.append((position, variable, kind))
    remembered = all(kind.by_value for kind in row.kinds)
    return Plan(row, tuple(literals), tuple(fields), remembered)


def fit(
    plan: Plan, instructions: InstructionSet, values: list[Any], item: Operation
) -> tuple[int, ...] | None:
    """The row's values, or None where one does not fit; a target's is 0 until it is placed.

    `values` are as `flat` gives them.
    """
    for position, literal in plan.literals:
        if values[position] != literal:
            return None
    found = plan.row.defaults[:]
    for position, variable, kind in plan.fields:
        value = values[position]
        if not plan.remembered or value not in kind.values:
            value = kind.read(value, beside(instructions, item, position))
            if value not in kind.values:
                return None
        found[variable] = value
    if plan.row.distinct and not plan.row.accepts(tuple(found)):
        return None
    return tuple(found)


def beside(instructions: InstructionSet, item: Operation, position: int) -> Beside:
    """What stands beside the operand at a position."""
    nodes = item.written.node.parts[1:]
    place = nodes[position].bare if position < len(nodes) else None
    name = item.written.tokens[place.first] if place and place.kind == "name" else ""
    _, name = item.scope.home(name) or (None, "")
    return Beside(instructions.csr_numbers, name, item.operands[0])


def takes_name(
    instructions: InstructionSet, mnemonic: str, position: int, alone: bool = False
) -> bool:
    """Whether a form of a mnemonic takes a name in a place; `alone`: a label in every form."""
    kinds = [
        row.kinds[slots[0].variable]
        for row in instructions.rows(mnemonic) for syntax in row.syntaxes
        if len(listed := [*syntax.operands()]) > position
        and (slots := listed[position])[0].variable >= 0
    ]  # fmt: skip
    if alone:
        return bool(kinds) and all(kind.is_target for kind in kinds)
    return any(Symbol in kind.takes for kind in kinds)
