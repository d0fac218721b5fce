"""A row of `encodings/`: how an instruction is written, its bits, what it expands to and does.

Input: a row as data, and the `InstructionSet` that it is of. Output: `Row`, and `Instruction`s.
Invariant: a row is read when it is first asked for; what it says is checked by `isa.checking`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

from asm_rv32.basis.records import TYPE_CHECKING, Any, NamedTuple
from asm_rv32.isa import effects as touching
from asm_rv32.isa.meaning import Steps, Template, bind
from asm_rv32.isa.tables import Place, TableError, fixed_bits, literal_of, meanings, number_of

SCRATCH = ("scratch", "scratch2", "scratch3")
"""Registers that a sequence may spoil beside what its row writes; never one of the row's own."""

ANY = "any"
"""An operand of an `also` that does not matter; two of them are the same."""

if TYPE_CHECKING:
    from asm_rv32.isa.sets import InstructionSet


class Slot(NamedTuple):
    """One value of an operand: the row's variable of that index, or a literal."""

    variable: int
    """-1 for a literal."""
    literal: int = 0


class Syntax(NamedTuple):
    """How operands are written: `shape` has a letter an operand, `m` for `offset(base)`."""

    shape: str
    slots: tuple[Slot, ...]
    """A memory operand has two: the offset, then the base."""

    def operands(self) -> Iterator[tuple[Slot, ...]]:
        """The slots of each operand: one, or the two of a memory operand."""
        slots = iter(self.slots)
        for letter in self.shape:
            yield (next(slots), next(slots)) if letter == "m" else (next(slots),)

    def fill(self, texts: Iterable[str]) -> list[str]:
        """The operands as they are written, from a text for each slot."""
        rest = iter(texts)
        return [
            f"{next(rest)}({next(rest)})" if letter == "m" else next(rest) for letter in self.shape
        ]


class Instruction(NamedTuple):
    """A row with the values of its variables, in the row's order."""

    row: Row
    values: tuple[int, ...]

    @property
    def steps(self) -> Steps:
        """What it does, with these values; a compressed one does what it expands to."""
        row, values = self.row.base_instruction(self.values)
        named = dict(zip(row.variables, values))
        return bind(row.meaning, dict(zip(row.variables, row.kinds)), named, self.row.size)

    @property
    def effects(self) -> touching.Effects:
        """What it touches."""
        return touching.effects(self.steps, self.row.size)

    def in_base(self, scratch: Sequence[int]) -> tuple[Instruction, ...]:
        """The sequence of its row's `base`, with these registers for SCRATCH; else nothing."""
        row, values = self.row.base_instruction(self.values)
        spoiled = dict(zip(SCRATCH, scratch))
        return tuple(
            Instruction(
                step.row,
                tuple([
                    spoiled[term.part] if term.part in spoiled else bound(term, values)
                    for term in step.terms
                ]),
            )
            for step in row.base
        )  # fmt: skip


class Term(NamedTuple):
    """One operand value of an expansion: a variable, a literal, or a part of a variable."""

    variable: int
    literal: int = 0
    part: str = ""
    """"" for the value itself; `hi` or `lo`, its upper 20 or lower 12 bits; `end`; ANY; of
    SCRATCH."""


class Step(NamedTuple):
    """One instruction of an expansion."""

    row: Row
    terms: tuple[Term, ...]


class Row:
    """One way to encode, or to expand, a mnemonic."""

    __slots__ = (
        "_base",
        "_expansion",
        "_far",
        "_kin",
        "data",
        "defaults",
        "distinct",
        "extension",
        "gnu",
        "hint",
        "instructions",
        "kinds",
        "mask",
        "match",
        "name",
        "place",
        "size",
        "syntaxes",
        "target",
        "variables",
    )  # fmt: skip

    def __init__(self, place: Place, data: dict[str, Any], instructions: InstructionSet) -> None:
        self.place = place
        file, self.name, _ = place
        self.extension = file.partition(".")[0]
        self.data = data
        self.instructions = instructions
        self.hint: bool = data.get("hint", False)
        self.distinct: bool = data.get("distinct", False)
        self.variables: list[str] = []
        written = data["syntax"] if isinstance(data["syntax"], list) else [data["syntax"]]
        self.syntaxes = tuple(self._parse_syntax(text) for text in written)
        self.gnu = self._parse_syntax(data["gnu"]) if "gnu" in data else self.syntaxes[0]
        self.kinds = tuple(instructions.kinds[variable] for variable in self.variables)
        self.defaults = [kind.default or 0 for kind in self.kinds]
        """The values of operands that are not written, in the variables' order."""
        if self.kinds and self.kinds[-1].default is not None:
            full = self.syntaxes[0]
            self.syntaxes += (Syntax(full.shape[:-1], full.slots[:-1]),)
        self.match, self.mask = fixed_bits(data.get("fixed", ""))
        self.size = 0 if "fixed" not in data else 4 if self.match & 3 == 3 else 2
        self.target = next((i for i, kind in enumerate(self.kinds) if kind.is_target), -1)
        """Index of the variable that is a label, or -1."""
        self._expansion: tuple[Step, ...] | None = None
        self._far: tuple[Step, ...] | None = None
        self._base: tuple[Step, ...] | None = None
        self._kin: tuple[tuple[Row, Pattern], ...] | None = None

    def __repr__(self) -> str:
        return f"Row({self.name} {self.data['syntax']})"

    @property
    def is_pseudo(self) -> bool:
        """True where the row has no encoding of its own."""
        return self.size == 0

    def _parse_syntax(self, text: str) -> Syntax:
        shape, slots = "", []
        for operand in text.replace(" ", "").split(",") if text else ():
            offset, bracket, base = operand.partition("(")
            names = (offset, base.rstrip(")")) if bracket else (offset,)
            shape += "m" if bracket else "p"
            slots += [self._slot(name) for name in names]
        return Syntax(shape, tuple(slots))

    def _slot(self, name: str) -> Slot:
        literal = literal_of(name)
        if literal is not None:
            return Slot(-1, literal)
        if name not in self.instructions.kinds:
            raise TableError(f"{self.name}: {name!r} is in no table of operands")
        if name not in self.variables:
            self.variables.append(name)
        return Slot(self.variables.index(name))

    def parse_steps(
        self, texts: str | list[str], instructions: InstructionSet | None = None
    ) -> tuple[Step, ...]:
        """The instructions of an expansion, of the row's own set or another, their operands bound
        to this row's variables."""
        found = instructions or self.instructions
        listed = [texts] if isinstance(texts, str) else texts
        return tuple([self._parse_step(text, found) for text in listed])

    def _parse_step(self, text: str, instructions: InstructionSet) -> Step:
        name, _, written = text.partition(" ")
        operands: list[str] = []
        shape = ""
        for operand in written.replace(" ", "").split(",") if written else ():
            head, bracket, base = operand.rpartition("(")
            if bracket and head not in ("hi", "lo"):
                operands += [head, base.rstrip(")")]
                shape += "m"
            else:
                operands.append(operand)
                shape += "p"
        for row in instructions.rows(name):
            syntax = row.syntaxes[0]
            if not row.is_pseudo and not row.hint and syntax.shape == shape:
                terms = [Term(-1)] * len(row.variables)
                found = [self._term(operand) for operand in operands]
                for slot, term in zip(syntax.slots, found):
                    if slot.variable >= 0:
                        terms[slot.variable] = term
                    elif term != Term(-1, slot.literal):
                        break
                else:
                    return Step(row, tuple(terms))
        raise TableError(f"{self.name}: no row fits the expansion {text!r}")

    def _term(self, text: str) -> Term:
        literal = literal_of(text)
        if literal is not None:
            return Term(-1, literal)
        if text in (".end", ANY, *SCRATCH):
            return Term(-1, 0, text.lstrip("."))
        part, bracket, name = text.partition("(")
        name, part = (name.rstrip(")"), part) if bracket else (text, "")
        if name not in self.variables:
            raise TableError(f"{self.name}: {name!r} is not an operand of it")
        return Term(self.variables.index(name), 0, part)

    @property
    def expansion(self) -> tuple[Step, ...]:
        """What a pseudo- or compressed instruction stands for; empty for a base instruction."""
        if self._expansion is None:
            self._expansion = self.parse_steps(self.data.get("expands", []))
        return self._expansion

    @property
    def far(self) -> tuple[Step, ...]:
        """The sequence that reaches further than the row itself; empty where there is none."""
        if self._far is None:
            self._far = self.parse_steps(self.data.get("far", []))
        return self._far

    @property
    def base(self) -> tuple[Step, ...]:
        """The sequence of RV32IM instructions that does the same, for a machine that lacks the
        row; empty where there is none. It runs straight through, and may spoil SCRATCH."""
        if self._base is None:
            self._base = self.parse_steps(self.data.get("base", []), self.instructions.of_base)
        return self._base

    @property
    def meant(self) -> tuple[tuple[int, ...], ...]:
        """Values with which it changes nothing, or traps, and is meant: hints that have a name."""
        return tuple(tuple(map(number_of, text.split(", "))) for text in self.data.get("meant", ()))

    @property
    def meaning(self) -> Template:
        """What the instruction does, over its operands' names; of a base instruction."""
        file, name, number = self.place
        return meanings(file, self.instructions.tables)[name][number]

    @property
    def shorter(self) -> tuple[tuple[Row, Pattern], ...]:
        """Compressed rows that stand for this one, each with the pattern to read backwards."""
        if self._kin is None:
            self._kin = tuple(self.instructions.compressions(self))
        return self._kin

    def accepts(self, values: tuple[int, ...]) -> bool:
        """True where every value is one that its field can carry, beside the others."""
        fits = all(value in kind.values for kind, value in zip(self.kinds, values))
        return fits and not (self.distinct and len(set(values)) < len(values))

    def encode(self, values: tuple[int, ...]) -> int:
        """The word, values in the order of `variables`, each checked before."""
        word = self.match
        for kind, value in zip(self.kinds, values):
            word |= kind.encode[value]
        return word

    def decode(self, word: int) -> tuple[int, ...] | None:
        """The values in `word`, or None where one of them is not allowed there."""
        values = tuple([kind.decode(word) for kind in self.kinds])
        return values if self.accepts(values) else None

    def base_instruction(self, values: tuple[int, ...]) -> Instruction:
        """The 32-bit instruction that this one executes as; itself where it is one."""
        if self.size != 2 or not self.expansion:
            return Instruction(self, values)
        row, terms = self.expansion[0]
        return Instruction(row, tuple([bound(term, values) for term in terms]))


def bound(term: Term, values: tuple[int, ...]) -> int:
    """The value of a term whose variables have these values."""
    if term.variable < 0:
        return term.literal
    value = values[term.variable]
    if term.part == "hi":
        return upper_part(value)
    return lower_part(value) if term.part == "lo" else value


def upper_part(value: int) -> int:
    """The signed 20 bits that `lui` or `auipc` add so that `lower_part` completes `value`."""
    upper = ((value + 0x800) >> 12) & 0xFFFFF
    return upper - 0x100000 if upper & 0x80000 else upper


def lower_part(value: int) -> int:
    """The lower 12 bits of `value`, signed."""
    return ((value + 0x800) & 0xFFF) - 0x800


class Pattern(NamedTuple):
    """An expansion as compression reads it: what an instruction's values must be."""

    literals: tuple[tuple[int, int], ...]
    """(index of the value, what it must be)"""
    repeats: tuple[tuple[int, int], ...]
    """Values that must be the same, by index."""
    fields: tuple[tuple[int, Container[int]], ...]
    """For each variable of the compressed row: index of its value, or -1 where it has to be 0, and
    what its field holds."""


def pattern_of(row: Row, terms: tuple[Term, ...]) -> Pattern:
    """The pattern of an expansion of one instruction, for `read_backwards`."""
    literals, repeats = [], []
    first: dict[int, int] = {}
    for index, term in enumerate(terms):
        if term.variable < 0 and term.part != ANY:
            literals.append((index, term.literal))
        elif term.variable in first:
            repeats.append((first[term.variable], index))
        else:
            first[term.variable] = index
    fields = tuple(
        (first.get(variable, -1), kind.values) for variable, kind in enumerate(row.kinds)
    )
    return Pattern(tuple(literals), tuple(repeats), fields)


def read_backwards(pattern: Pattern, values: tuple[int, ...]) -> tuple[int, ...] | None:
    """The values of the compressed row whose expansion has `values`, or None where none fit."""
    for index, literal in pattern.literals:
        if values[index] != literal:
            return None
    for index, other in pattern.repeats:
        if values[index] != values[other]:
            return None
    found = []
    for index, held in pattern.fields:
        value = values[index] if index >= 0 else 0
        if value not in held:
            return None
        found.append(value)
    return tuple(found)
