"""Random and boundary instructions over every row, in our spelling and in GNU as's.

Input: an instruction set and a seed. Output: rows with values, and their texts.
Invariant: values are drawn from what the operand's kind accepts; ends and neighbours of zero come
up far more often than chance would have it.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Collection, Iterable, Iterator
from functools import cache

from asm_rv32.isa.kinds import ROUNDING_MODES
from asm_rv32.isa.operands import ALL_NAMES, FFLAGS, OperandKind
from asm_rv32.isa.rows import Instruction, Row, Syntax
from asm_rv32.isa.sets import InstructionSet
from asm_rv32.isa.tables import python_name

BATCH = 20_000
"""Instructions that other programs are asked of at once."""


def edge_values(kind: OperandKind) -> list[int]:
    """The ends of what the field takes, what stands next to them, and the powers of two."""
    unit = kind.unit
    near = {0, kind.minimum, kind.maximum}
    near |= {sign << bit for bit in range(kind.maximum.bit_length()) for sign in (1, -1)}
    edges = {value + step for value in near for step in (-unit, 0, unit)}
    return sorted(value for value in edges if value in kind.values)


def draw(kind: OperandKind, choice: random.Random) -> int:
    """A value that the field takes."""
    while True:
        if choice.random() < 0.3 and not kind.is_register:
            return choice.choice(edge_values_of(kind))
        if kind.parts:
            value = kind.decode(choice.getrandbits(32))
        else:
            value = choice.randrange(kind.minimum, kind.maximum + 1)
        if value in kind.values:
            return value


def draw_all(row: Row, choice: random.Random) -> tuple[int, ...]:
    """Values that the row takes together."""
    while True:
        values = tuple([draw(kind, choice) for kind in row.kinds])
        if row.accepts(values):
            return values


_EDGES: dict[OperandKind, list[int]] = {}


def edge_values_of(kind: OperandKind) -> list[int]:
    """`edge_values`, kept."""
    if kind not in _EDGES:
        _EDGES[kind] = edge_values(kind)
    return _EDGES[kind]


@cache
def rows_within(instructions: InstructionSet) -> dict[str, list[Row]]:
    """Mnemonic → the rows that its words are read as where they fit."""
    found: dict[str, list[Row]] = {}
    for row in instructions.encodings:
        if "within" in row.data:
            found.setdefault(row.data["within"], []).append(row)
    return found


def is_read_as_itself(instruction: Instruction, instructions: InstructionSet) -> bool:
    """False for what a row that is `within` this one's takes."""
    narrower = rows_within(instructions).get(instruction.row.name)
    if not narrower:
        return True
    word = instruction.row.encode(instruction.values)
    return not any(word & row.mask == row.match for row in narrower)


def instructions_of(row: Row, count: int, seed: int) -> Iterator[Instruction]:
    """All instructions of a row, or so many different ones where it has more."""
    choice = random.Random(f"{seed} {row.extension} {row.name} {row.match}")
    every = math.prod(len(kind.values) for kind in row.kinds)
    values: Collection[tuple[int, ...]]
    if every <= 4 * count:
        values = [each for each in itertools.product(*(kind.values for kind in row.kinds))
                  if row.accepts(each)]  # fmt: skip
        if len(values) > count:
            values = choice.sample(values, count)
    else:
        drawn = dict[tuple[int, ...], None]()
        while len(drawn) < count:
            drawn[draw_all(row, choice)] = None
        values = drawn
    for each in values:
        if is_read_as_itself(found := Instruction(row, each), row.instructions):
            yield found


def boundary_instructions(instructions: InstructionSet) -> Iterator[Instruction]:
    """Every row with each operand at each of its edges, the others drawn, as it is read."""
    for found in _at_edges(instructions):
        if is_read_as_itself(found, instructions):
            yield found


def _at_edges(instructions: InstructionSet) -> Iterator[Instruction]:
    choice = random.Random(1)
    for row in instructions.encodings:
        if not row.kinds:
            yield Instruction(row, ())
        for index, kind in enumerate(row.kinds):
            edges = range(FFLAGS) if kind.is_register else edge_values_of(kind)
            for edge in edges:
                if edge in kind.values:
                    values = list(draw_all(row, choice))
                    values[index] = edge
                    if row.accepts(tuple(values)):
                        yield Instruction(row, tuple(values))


def random_instructions(
    instructions: InstructionSet, count: int, seed: int
) -> Iterator[Instruction]:
    """So many instructions; each row is as likely as any other."""
    choice = random.Random(seed)
    while count:
        row = choice.choice(instructions.encodings)
        found = Instruction(row, draw_all(row, choice))
        if is_read_as_itself(found, instructions):
            count -= 1
            yield found


def batches(items: Iterable[Instruction]) -> Iterator[list[Instruction]]:
    """Chunks, each sorted by size so that .option changes twice."""
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, BATCH)):
        yield sorted(batch, key=lambda found: found.row.size)


def _operands(row: Row, syntax: Syntax, values: list[str]) -> list[str]:
    """The operands as a syntax orders them; `values` by variable."""
    texts = [values[s.variable] if s.variable >= 0 else repr(s.literal) for s in syntax.slots]
    operands, at = [], 0
    for letter in syntax.shape:
        if letter == "m":
            operands.append(f"{texts[at]}({texts[at + 1]})")
            at += 1
        else:
            operands.append(texts[at])
        at += 1
    return operands


def _set_text(value: int) -> str:
    return "".join(
        letter for bit, letter in ((8, "i"), (4, "o"), (2, "r"), (1, "w")) if value & bit
    )


def python_text(instruction: Instruction, target: str, syntax: int = 0) -> str:
    """The instruction as a statement of asm_rv32; a label stands for the displacement."""
    row, values = instruction
    texts = [_python_value(kind, value, target) for kind, value in zip(row.kinds, values)]
    operands = _operands(row, row.syntaxes[syntax % len(row.syntaxes)], texts)
    return f"{python_name(row.name)}({', '.join(operands)})"


def _python_value(kind: OperandKind, value: int, target: str) -> str:
    if kind.is_register:
        return ALL_NAMES[value]
    if kind.kind == "rounding":
        return next(name for name, number in ROUNDING_MODES.items() if number == value)
    if kind.kind == "pcrel":
        return target
    if kind.kind == "ioset":
        # `or` is a word of Python's own; the letters may stand in any order.
        return {"or": "ro", "": "0"}.get(_set_text(value), _set_text(value))
    return str(value)


def gnu_operands(instruction: Instruction, target: str) -> list[str]:
    """The operands in the order and spelling of GNU as."""
    row, values = instruction
    texts = []
    for kind, value in zip(row.kinds, values):
        if kind.modulo:
            # as and objdump write the upper part as an unsigned number of 20 bits.
            texts.append(hex(value & ((1 << kind.modulo) - 1)))
        elif kind.kind == "ioset":
            texts.append(_set_text(value) or "0")
        else:
            texts.append(_python_value(kind, value, target))
    return _operands(row, row.gnu, texts)


def gnu_text(instruction: Instruction, target: str) -> str:
    """The instruction as GNU as reads it."""
    return f"{instruction.row.name} {','.join(gnu_operands(instruction, target))}"
