"""Which row of a mnemonic its operands fit.

Input: the operands of an `Operation`, as letters for their kinds and a flat list of values.
Output: the values of the first row that takes them all.
Invariant: which rows the kinds of the operands can fit is found once for each combination.
"""

from __future__ import annotations

import re

from asm_rv32.ir import Memory, Operation, RegisterSet, Symbol, Value
from asm_rv32.operands import OperandKind, Register, listed_registers, stack_space
from asm_rv32.records import Any, NamedTuple
from asm_rv32.tables import InstructionSet, Row, Syntax

LETTERS: dict[type, str] = {
    int: "i", Register: "r", Symbol: "n", Memory: "m", RegisterSet: "s", bytes: "b",
}  # fmt: skip


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


_SORTS = {
    "reg": "r", "int": "i", "uint": "i", "pcrel": "n", "csr": "in", "ioset": "inr", "reglist": "s",
    "push": "i", "pop": "i",
}  # fmt: skip
"""Kind of operand → letters of the values that it can take."""


def plans(instructions: InstructionSet, mnemonic: str, letters: str) -> tuple[Plan, ...]:
    """The rows of a mnemonic that operands of these kinds can fit, in order of preference."""
    shape = _MEMORY.sub("m", letters)
    flat = letters.replace("m", "")
    found = []
    for row in instructions.rows(mnemonic):
        for syntax in row.syntaxes:
            if "".join("m" if letter == "m" else "p" for letter in shape) == syntax.shape:
                plan = _plan(row, syntax, flat)
                if plan is not None:
                    found.append(plan)
    return tuple(found)


_MEMORY = re.compile("m..")


def _plan(row: Row, syntax: Syntax, letters: str) -> Plan | None:
    literals, fields = [], []
    for position, ((variable, literal), letter) in enumerate(zip(syntax.slots, letters)):
        if variable < 0:
            if letter != ("r" if type(literal) is Register else "i"):
                return None
            literals.append((position, literal))
        else:
            kind = row.kinds[variable]
            if letter not in _SORTS[kind.kind]:
                return None
            if kind.kind != "pcrel":
                fields.append((position, variable, kind))
    # The letters of a fence are names that may stand for numbers elsewhere; what an adjustment of
    # the stack means depends on the registers beside it.
    remembered = all(kind.kind not in ("ioset", "push", "pop") for kind in row.kinds)
    return Plan(row, tuple(literals), tuple(fields), remembered)


def fit(
    plan: Plan, instructions: InstructionSet, letters: str, values: list[Any], item: Operation
) -> tuple[int, ...] | None:
    """The row's values, or None where one does not fit; a target's is 0 until it is placed.

    `letters` and `values` are as `flat` gives them.
    """
    for position, literal in plan.literals:
        if values[position] != literal:
            return None
    found = [0] * len(plan.row.kinds)
    sorts = ""
    for position, variable, kind in plan.fields:
        value = values[position]
        if not plan.remembered or value not in kind.values:
            sorts = sorts or letters.replace("m", "")
            value = operand_number(instructions, kind, sorts[position], value, item, position)
            if value not in kind.values:
                return None
        found[variable] = value
    if plan.row.distinct and not plan.row.accepts(tuple(found)):
        return None
    return tuple(found)


IOSET = {"i": 8, "o": 4, "r": 2, "w": 1}


def operand_number(
    instructions: InstructionSet, kind: OperandKind, letter: str, value: Any, item: Operation,
    index: int,
) -> int | None:  # fmt: skip
    """The number that the field takes for an operand, or None where it is of another sort."""
    sort = kind.kind
    if sort == "reg":
        return int(value) if letter == "r" else None
    if sort == "pcrel":
        return 0 if letter == "n" else None
    if sort == "csr" and letter == "n":
        return instructions.csr_numbers.get(value)
    if sort == "ioset":
        text = str(value)
        nodes = item.written.node.parts[1:]
        place = nodes[index].bare if index < len(nodes) else None
        if place is not None and place.kind == "name":
            text = item.written.tokens[place.first]
        if text and set(text) <= set(IOSET) and len(set(text)) == len(text):
            return sum(IOSET[character] for character in text)
        return 0 if letter == "i" and value == 0 else None
    if sort == "reglist":
        return register_list(value.registers) if letter == "s" else None
    if letter != "i":
        return None
    if sort in ("push", "pop"):
        return _beyond_registers(-value if sort == "push" else value, item)
    return value if value in kind.values else kind.normalize(value)


def register_list(registers: tuple[int, ...]) -> int | None:
    """Zcmp's number for {ra}, {ra, s0}, ... {ra, s0 - s11}: 4 and up; None for any other set."""
    for number in range(4, 16):
        if set(registers) == set(listed_registers(number)):
            return number
    return None


def _beyond_registers(adjustment: int, item: Operation) -> int | None:
    """What an adjustment has beyond the space of the registers beside it; 0 stands for none."""
    listed = item.operands[0]
    number = register_list(listed.registers) if isinstance(listed, RegisterSet) else None
    if number is None:
        return None
    return adjustment - stack_space(number) if adjustment else 0
