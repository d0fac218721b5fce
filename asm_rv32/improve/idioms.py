"""The idioms: sequences of instructions that do the same, as `encodings/idioms.toml` has them.

Output: `Idiom`s, whose ways are read as steps over numbered names of registers and constants.
Invariant: what a statement does is what its row says; a name stands for the same word in all ways
of an idiom, so that a proof, a match and a replacement read the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, NamedTuple

from asm_rv32.isa.does import parse
from asm_rv32.isa.meaning import (
    Constant,
    Expression,
    Let,
    Read,
    Steps,
    Write,
    bind,
    simplified,
    within,
)
from asm_rv32.isa.operands import ABI_NAMES, ZERO, OperandKind
from asm_rv32.isa.reading import Reading, perform, value_of
from asm_rv32.isa.rows import Row
from asm_rv32.isa.sets import InstructionSet, everything
from asm_rv32.isa.tables import TableError, tables
from asm_rv32.isa.words import OPERATIONS, signed

RESULT, THERE = "d", "there"
"""The register that has what a way computes; the label that it branches to."""
FIRST = 100
"""Names are numbered from here on, beyond all registers."""
DECIMAL = 1 << 16
"""Numbers from here on are written in hexadecimal."""
_HOLDS = "holds"
_STATEMENT = re.compile(r"(\w+)\((.*)\)")
_NAME = re.compile(r"\b[a-z]\w*(?![\w(])")
_NAMED: Any = SimpleNamespace(is_register=True, unit=1)
"""The kind of whatever has a number: it is read as registers are."""


class Value(NamedTuple):
    """What stands for a row's variable: a name by its number, or a literal."""

    number: int
    """0 for a literal."""
    literal: int = 0


class Statement(NamedTuple):
    """A statement over names: its mnemonic as Python spells it, its operands as text."""

    name: str
    operands: tuple[str, ...]

    def row(self, instructions: InstructionSet) -> Row | None:
        """The row that takes it, in a set; None where that has none."""
        for row in instructions.rows(instructions.mnemonic_of.get(self.name, "")):
            if row.syntaxes[0].shape == "p" * len(self.operands) and not row.hint:
                return row
        return None

    def over(
        self, registers: Mapping[str, int], words: Mapping[str, int], instructions: InstructionSet
    ) -> str | None:
        """The statement over registers and constants; None where the set lacks it, or a field holds
        no such register or number. What has neither stays as it is."""
        row = self.row(instructions)
        if row is None:
            return None
        texts = []
        for (slot,), text in zip(row.syntaxes[0].operands(), self.operands):
            kind, value = row.kinds[slot.variable], registers.get(text)
            if text in words:
                value = signed(words[text])
                value = value if value in kind.values else words[text]
            if value is None:
                texts.append(text)
            elif value not in kind.values:
                return None
            else:
                texts.append(ABI_NAMES[value] if kind.is_register else _number(value, kind))
        return f"{self.name}({', '.join(texts)})"


def _number(value: int, kind: OperandKind) -> str:
    """A number as one writes it for an operand of a kind."""
    if abs(value) < DECIMAL:
        return str(value)
    return f"{value % (1 << kind.modulo) if kind.modulo else value:#x}"


class Numbers(dict[str, int]):
    """The number of each name, and of each expression over constants, of an idiom."""

    def __missing__(self, text: str) -> int:
        self[text] = found = FIRST + len(self)
        return found


class Way:
    """One of the sequences of an idiom."""

    def __init__(self, texts: Sequence[str], numbers: Numbers) -> None:
        self.statements = tuple(_statement(text) for text in texts)
        self.steps: list[Steps] = []
        """Of each instruction, in order; names are read as registers of their numbers."""
        self.constants: dict[str, Row] = {}
        """What stands for immediates, with a row whose field holds it."""
        self.goes = False
        """Whether it ends in a branch: then nothing else of it is read later."""
        for statement in self.statements:
            self._read(statement, numbers)
        written = {step.number for steps in self.steps for step in steps if isinstance(step, Write)}
        names = [name for name in numbers if name not in self.constants]
        self.own = tuple(n for n in names if numbers[n] in written and n != RESULT)
        """Registers that it writes, but for the result."""
        self.pattern = _pattern(self.steps, numbers[RESULT])
        """What it computes, or the condition of its branch."""
        self.inputs = tuple(n for n in names if Read(numbers[n]) in self.leaves)

    def over(
        self, registers: Mapping[str, int], words: Mapping[str, int], instructions: InstructionSet
    ) -> tuple[str, ...] | None:
        """Its statements over registers and constants; None where one cannot be written so."""
        found = [each.over(registers, words, instructions) for each in self.statements]
        lines = tuple(line for line in found if line is not None)
        return lines if len(lines) == len(found) else None

    @property
    def leaves(self) -> list[Read]:
        """The names that the pattern is of."""
        return [each for each in (self.pattern, *within(self.pattern)) if isinstance(each, Read)]

    def _read(self, statement: Statement, numbers: Numbers) -> None:
        row = statement.row(everything())
        if row is None:
            raise TableError(f"no instruction takes {statement}")
        values = [Value(0)] * len(row.variables)
        for (slot,), text in zip(row.syntaxes[0].operands(), statement.operands):
            kind, literal = row.kinds[slot.variable], _literal(text)
            if kind.is_target:
                self.goes = True
            elif literal is not None:
                values[slot.variable] = Value(0, literal)
            else:
                values[slot.variable] = Value(numbers[text])
                if not kind.is_register:
                    self.constants[text] = row
        self.steps += _steps(row, tuple(values))


def _statement(text: str) -> Statement:
    found = _STATEMENT.fullmatch(text)
    if found is None:
        raise TableError(f"{text!r} is no statement of an idiom")
    return Statement(found[1], tuple(each.strip() for each in found[2].split(",")))


def _literal(text: str) -> int | None:
    """The value of what is no name: a number, or the register that is always 0."""
    if text == "zero":
        return ZERO
    try:
        return int(text, 0)
    except ValueError:
        return None


def _steps(row: Row, values: tuple[Value, ...]) -> Iterator[Steps]:
    """What a statement does, of each of its instructions."""
    if row.meaning:
        given = list(zip(row.variables, row.kinds, values))
        kinds = {name: _NAMED if value.number else kind for name, kind, value in given}
        words = {name: value.number or value.literal for name, _, value in given}
        yield bind(row.meaning, kinds, words, 4)
        return
    for step in row.expansion:
        terms = [values[t.variable] if t.variable >= 0 else Value(0, t.literal) for t in step.terms]
        yield from _steps(step.row, tuple(terms))


class _Composed(Reading):
    """Values as expressions over what names stand for ahead of all steps."""

    def __init__(self) -> None:
        self.registers: dict[int, Expression] = {}
        self.condition: Expression | None = None

    def constant(self, word: int) -> Expression:
        return Constant(word)

    def read(self, number: int) -> Expression:
        return self.registers.get(number, Read(number))

    def operation(self, name: str, operands: tuple[Expression, ...]) -> Expression:
        return simplified(name, operands)

    def write(self, number: int, value: Expression) -> None:
        self.registers[number] = value

    def goto(self, target: Any, condition: Expression) -> None:
        self.condition = condition


def _pattern(sequence: list[Steps], result: int) -> Expression:
    composed = _Composed()
    for steps in sequence:
        perform(steps, composed)
    return composed.condition or composed.read(result)


class Words(Reading):
    """Names as known words."""

    def __init__(self, known: dict[int, int]) -> None:
        self.known = known

    def constant(self, word: int) -> int:
        return word

    def read(self, number: int) -> int:
        return self.known[number]

    def operation(self, name: str, operands: tuple[int, ...]) -> int:
        return OPERATIONS[name](*operands)

    def write(self, number: int, value: int) -> None:
        self.known[number] = value


class Idiom:
    """Ways that do the same, for the constants of which something holds."""

    def __init__(self, name: str, data: dict[str, Any]) -> None:
        self.name = name
        self.what: str = data["what"]
        self.numbers = Numbers()
        self.numbers[RESULT]
        self.ways = tuple(Way(texts, self.numbers) for texts in data["ways"])
        texts = dict.fromkeys(text for way in self.ways for text in way.constants)
        told = [data["let"]] if "let" in data else []
        told.append(f"{_HOLDS} = {data.get('if', '1')}")
        names = dict.fromkeys(_NAME.findall("; ".join([*told, *texts])))
        derived = [each.partition(" = ")[0] for each in told[0].split("; ")] if told[1:] else []
        self.constants = tuple(each for each in names if each not in (*derived, _HOLDS))
        """Those that all others follow from."""
        known = dict.fromkeys(self.constants, _NAMED)
        self._told = self._lets("; ".join(told), known)
        known |= dict.fromkeys(derived, _NAMED)
        self._texts = [
            (text, self._lets(f"it = {text}", known)[0].value)
            for text in (*derived, *texts) if text not in self.constants
        ]  # fmt: skip

    def _lets(self, text: str, known: dict[str, Any]) -> tuple[Let, ...]:
        steps = bind(parse(text, known), known, {name: self.numbers[name] for name in known}, 4)
        return tuple(step for step in steps if isinstance(step, Let))

    def follow(self, reading: Reading) -> Any:
        """Give a reading that knows `constants` all that follows from them; what `if` says."""
        named: dict[str, Any] = {}
        for step in self._told:
            named[step.name] = value_of(step.value, reading, named)
            if step.name != _HOLDS:
                reading.write(self.numbers[step.name], named[step.name])
        for text, value in self._texts:
            reading.write(self.numbers[text], value_of(value, reading, {}))
        return named[_HOLDS]

    def known(self, bound: dict[int, int]) -> dict[int, int] | None:
        """All constants by number, from those that a match has bound; None where they are others
        than the idiom is for."""
        words = Words({self.numbers[name]: bound[self.numbers[name]] for name in self.constants})
        if not self.follow(words) or any(words.known[at] != word for at, word in bound.items()):
            return None
        return words.known

    def is_told_by(self, way: Way) -> bool:
        """Whether a way is a pattern that tells all constants."""
        held = {each.number for each in way.leaves}
        if isinstance(way.pattern, Read):
            held &= {self.numbers[name] for name in way.constants}
        return bool(held) and all(self.numbers[name] in held for name in self.constants)


@lru_cache(maxsize=1)
def idioms() -> tuple[Idiom, ...]:
    """All of them, in the table's order."""
    return tuple(Idiom(name, data) for name, data in tables()["idioms"].items())
