"""The instruction set: every row of `encodings/`, validated, and selected by an ISA string.

Input: the TOML files, and an ISA string such as `rv32imc_zba`.
Output: an immutable `InstructionSet`: mnemonic → rows, word → row, instruction → shorter rows.
Invariant: every bit of an encoding is covered exactly once, no two rows decode the same word, and
every expansion names a row that exists, with operands that fit it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache

from asm_rv32.basis.derived import derived
from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.isa import effects as touching
from asm_rv32.isa.kinds import FENCE_BITS, operand_kind
from asm_rv32.isa.meaning import MeaningError, Steps, Template, bind, parse
from asm_rv32.isa.operands import REGISTER_NAMES, ZERO, OperandKind

BASES = ("rv32i", "rv32e")
BASE_FILE, PSEUDO_FILE = "rv32i", "pseudo"
BASE_FILES = (BASE_FILE, "rv32m")
"""What sequences in `base` are made of."""
DEFAULT_ISA = "rv32imc"
SCRATCH = ("scratch", "scratch2")
"""Registers that a sequence may spoil beside what its row writes; never one of the row's own."""
DIRECTIVES = ("label", "align", "data", "space")
"""Words of the language beside the mnemonics."""
_NAME = re.compile(r"\w+")


Place = tuple[str, str, int]
"""Where a row stands: its file, its mnemonic, its number among those of the mnemonic."""


class TableError(ValueError):
    """A row of `encodings/` is wrong: a fault of the tables, never of a user's input."""


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
    """"" for the value itself; `hi` or `lo`, its upper 20 or lower 12 bits; `end`; of SCRATCH."""


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
        "_set",
        "data",
        "distinct",
        "extension",
        "gnu",
        "hint",
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
        self.extension, self.name = place[:2]
        self.data = data
        self._set = instructions
        self.hint: bool = data.get("hint", False)
        self.distinct: bool = data.get("distinct", False)
        self.variables: list[str] = []
        written = data["syntax"] if isinstance(data["syntax"], list) else [data["syntax"]]
        self.syntaxes = tuple(self._parse_syntax(text) for text in written)
        self.gnu = self._parse_syntax(data["gnu"]) if "gnu" in data else self.syntaxes[0]
        self.kinds = tuple(instructions.kinds[variable] for variable in self.variables)
        self.match, self.mask = _fixed_bits(data.get("fixed", ""))
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
        literal = _literal(name)
        if literal is not None:
            return Slot(-1, literal)
        if name not in self._set.kinds:
            raise TableError(f"{self.name}: {name!r} is not in operands.toml")
        if name not in self.variables:
            self.variables.append(name)
        return Slot(self.variables.index(name))

    def parse_steps(self, texts: str | list[str]) -> tuple[Step, ...]:
        """The instructions of an expansion, their operands bound to this row's variables."""
        return tuple(
            self._parse_step(text) for text in ([texts] if isinstance(texts, str) else texts)
        )

    def _parse_step(self, text: str) -> Step:
        name, _, written = text.partition(" ")
        operands: list[str] = []
        shape = ""
        for operand in written.replace(" ", "").split(",") if written else ():
            head, bracket, base = operand.partition("(")
            if bracket and head not in ("hi", "lo"):
                operands += [head, base.rstrip(")")]
                shape += "m"
            else:
                operands.append(operand)
                shape += "p"
        for row in self._set.rows(name):
            syntax = row.syntaxes[0]
            if not row.is_pseudo and not row.hint and syntax.shape == shape:
                terms = [Term(-1)] * len(row.variables)
                for slot, operand in zip(syntax.slots, operands):
                    terms[slot.variable] = self._term(operand)
                return Step(row, tuple(terms))
        raise TableError(f"{self.name}: no row fits the expansion {text!r}")

    def _term(self, text: str) -> Term:
        literal = _literal(text)
        if literal is not None:
            return Term(-1, literal)
        if text in (".end", *SCRATCH):
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
            self._base = self.parse_steps(self.data.get("base", []))
        return self._base

    @property
    def meant(self) -> tuple[tuple[int, ...], ...]:
        """Values with which it changes nothing and is meant: hints that have a name."""
        return tuple(tuple(map(_number, text.split(", "))) for text in self.data.get("meant", ()))

    @property
    def meaning(self) -> Template:
        """What the instruction does, over its operands' names; of a base instruction."""
        file, name, number = self.place
        return tables()["_meanings"][file][name][number]  # type: ignore[no-any-return]

    @property
    def shorter(self) -> tuple[tuple[Row, Pattern], ...]:
        """Compressed rows that stand for this one, each with the pattern to read backwards."""
        if self._kin is None:
            self._kin = tuple(self._set.compressions(self))
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
    """For each variable of the compressed row: index of its value, and what its field holds."""


def _pattern(row: Row, terms: tuple[Term, ...]) -> Pattern:
    literals, repeats = [], []
    first: dict[int, int] = {}
    for index, term in enumerate(terms):
        if term.variable < 0:
            literals.append((index, term.literal))
        elif term.variable in first:
            repeats.append((first[term.variable], index))
        else:
            first[term.variable] = index
    fields = tuple((first[variable], kind.values) for variable, kind in enumerate(row.kinds))
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
        value = values[index]
        if value not in held:
            return None
        found.append(value)
    return tuple(found)


def _literal(text: str) -> int | None:
    if text in REGISTER_NAMES:
        return REGISTER_NAMES[text]
    if text in ("iorw", "r", "w"):
        return sum(FENCE_BITS[letter] for letter in text)
    try:
        return int(text, 0)
    except ValueError:
        return None


def _number(text: str) -> int:
    found = _literal(text)
    if found is None:
        raise TableError(f"{text!r} is neither a register nor a number")
    return found


def _fixed_bits(notation: str) -> tuple[int, int]:
    match = mask = 0
    for item in notation.split():
        place, _, value = item.partition("=")
        high, _, low = place.partition("..")
        width = int(high) - int(low or high) + 1
        bits = ((1 << width) - 1) << int(low or high)
        if mask & bits or int(value, 0) >> width:
            raise TableError(f"fixed bits {item!r} overlap, or exceed their place")
        mask |= bits
        match |= int(value, 0) << int(low or high)
    return match, mask


def python_name(mnemonic: str) -> str:
    """The mnemonic as it is spelled in Python: `c.mv` → `c_mv`, `and` → `and_`."""
    name = mnemonic.replace(".", "_")
    return name + "_" if name in ("and", "or", "not") else name


def tables_folder() -> str:
    """Where the TOML files are: in the installed package, or in the checkout beside it."""
    package = os.path.dirname(os.path.dirname(__file__))
    packaged = os.path.join(package, "_tables")
    if os.path.isdir(packaged):
        return packaged
    return os.path.join(os.path.dirname(package), "encodings")


def _read_tables() -> dict[str, Any]:
    import tomllib

    tables: dict[str, Any] = {}
    for name in sorted(os.listdir(tables_folder())):
        if name.endswith(".toml"):
            with open(os.path.join(tables_folder(), name), "rb") as file:
                tables[name.removesuffix(".toml")] = tomllib.load(file)
    tables["csr"] = dict(_csr_numbers(tables["csr"]))
    tables["_files"] = _extension_files(tables)
    tables["_compressions"] = _compressions(tables)
    tables["_encodings"] = _encodings(tables)
    tables["_meanings"] = _meanings(tables)
    return tables


def _extension_files(tables: dict[str, Any]) -> dict[str, str]:
    """Name in an ISA string → file of rows, in order of preference: the base comes first, and an
    instruction before a pseudo-instruction of its name."""
    named = {name.lower(): f"rv32{name.lower()}" if len(name) == 1 else name.lower()
             for name in tables["extensions"]}  # fmt: skip
    return {
        "i": BASE_FILE,
        **{name: file for name, file in named.items() if file in tables},
        "": PSEUDO_FILE,
    }


def _csr_numbers(rows: dict[str, Any]) -> Iterator[tuple[str, int]]:
    for name, number in rows.items():
        if isinstance(number, int):
            yield name, number
        else:
            for index in range(number["first"], number["last"] + 1):
                yield name.replace("*", str(index)), number["at"] + index - number["first"]


def _compressions(tables: dict[str, Any]) -> dict[str, list[list[Any]]]:
    """Base mnemonic → [extension, compressed mnemonic, number of its row, expansion]."""
    found: dict[str, list[list[Any]]] = {}
    for place, row in _encoded_rows(tables):
        if "expands" in row and not row.get("hint"):
            for text in (row["expands"], *row.get("also", ())):
                found.setdefault(text.partition(" ")[0], []).append([*place, text])
    return found


def _encodings(tables: dict[str, Any]) -> list[tuple[int, int, str, Place]]:
    """(mask, match, the extension that the row needs, its place) of every row with an encoding."""
    found = []
    for place, row in _encoded_rows(tables):
        match, mask = _fixed_bits(row["fixed"])
        found.append((mask, match, row.get("needs", place[0]), place))
    return found


def _meanings(tables: dict[str, Any]) -> dict[str, dict[str, list[Template]]]:
    """File → mnemonic → what each of its rows does; nothing where it is told by `expands`."""
    kinds = {name: operand_kind(name, row) for name, row in tables["operands"].items()}
    found: dict[str, dict[str, list[Template]]] = {}
    for file in tables["_files"].values():
        for name, rows in tables[file].items():
            for row in rows if isinstance(rows, list) else [rows]:
                found.setdefault(file, {}).setdefault(name, []).append(_meaning(name, row, kinds))
    return found


def _meaning(name: str, row: dict[str, Any], kinds: Mapping[str, OperandKind]) -> Template:
    if "does" not in row:
        if "expands" in row:
            return ()
        raise TableError(f"{name}: the row does not say what it does")
    written = row["syntax"] if isinstance(row["syntax"], str) else row["syntax"][0]
    used = {variable: kinds[variable] for variable in _NAME.findall(written) if variable in kinds}
    try:
        return parse(row["does"], used)
    except MeaningError as error:
        raise TableError(f"{name}: {error}") from None


def _encoded_rows(tables: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    for extension in tables["_files"].values():
        for name, rows in tables[extension].items():
            for number, row in enumerate(rows if isinstance(rows, list) else [rows]):
                if "fixed" in row:
                    yield (extension, name, number), row


@lru_cache(maxsize=1)
def tables() -> dict[str, Any]:
    """The tables as plain data, one entry a file."""
    folder = tables_folder()
    files = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    return derived("tables", [__file__, *files], _read_tables)  # type: ignore[no-any-return]


class IsaError(ValueError):
    """The ISA string is malformed, or names what is not known; says what is known."""


def extension_files() -> dict[str, str]:
    """Name in an ISA string → file of rows, in order of preference; `i` is the base, and ``
    the pseudo-instructions."""
    return tables()["_files"]  # type: ignore[no-any-return]


def known_extensions() -> tuple[str, ...]:
    """The extensions that an ISA string can name, apart from the base."""
    return tuple(name for name in extension_files() if name not in ("i", ""))


@lru_cache(maxsize=1)
def implied_extensions() -> dict[str, tuple[str, ...]]:
    """Extension → those that come with it; `i` has what comes with every base."""
    return {
        name.lower(): tuple(row["implies"].lower().split())
        for name, row in tables()["extensions"].items() if "implies" in row
    }  # fmt: skip


def parse_isa(isa: str) -> tuple[str, tuple[str, ...]]:
    """The base (`rv32i` or `rv32e`) and the table files that an ISA string selects.

    Any order and case; Zicsr and Zifencei are implied. Raises IsaError.
    """
    text = isa.lower()
    if text[:5] not in BASES:
        raise IsaError(f"ISA {isa!r} does not begin with rv32i or rv32e")
    letters, *names = text[5:].split("_")
    single, z, rest = letters.partition("z")
    wanted = [*single, *([z + rest] if z else []), *names]
    chosen = {"i", "", *implied_extensions()["i"]}
    for name in wanted:
        if name not in known_extensions():
            known = ", ".join(known_extensions())
            titles = {each.lower(): row["title"] for each, row in tables()["extensions"].items()}
            titled = f"{name!r}" + (f" ({titles[name]})" if name in titles else "")
            raise IsaError(f"ISA {isa!r} names {titled}; known after rv32i or rv32e: {known}")
        chosen |= {name, *implied_extensions().get(name, ())}
    return text[:5], tuple(file for name, file in extension_files().items() if name in chosen)


@lru_cache(maxsize=64)
def instruction_set(isa: str = DEFAULT_ISA) -> InstructionSet:
    """The instructions of an ISA string. Raises IsaError."""
    base, extensions = parse_isa(isa)
    return _instruction_set(base, extensions)


@lru_cache(maxsize=64)
def _instruction_set(base: str, extensions: tuple[str, ...]) -> InstructionSet:
    return InstructionSet(base, extensions)


class InstructionSet:
    """The rows that an ISA has. Rows come to be when they are first asked for."""

    def __init__(self, base: str, extensions: tuple[str, ...]) -> None:
        self.base = base
        self.extensions = extensions
        self.kinds = _KindsOnDemand(embedded=base == "rv32e")
        self.compressed = "rv32c" in extensions
        self.unit = 2 if self.compressed else 4
        """Bytes, whose multiples instructions stand at."""
        self._rows: dict[str, tuple[Row, ...]] = {}
        self._made: dict[tuple[str, str, int], Row] = {}

    def __repr__(self) -> str:
        return f"InstructionSet({self.base}, {', '.join(self.extensions)})"

    @property
    def csr_numbers(self) -> dict[str, int]:
        """CSR name → number."""
        return tables()["csr"]  # type: ignore[no-any-return]

    @cached_property
    def mnemonics(self) -> tuple[str, ...]:
        """Every mnemonic, as the manuals spell it."""
        return tuple(dict.fromkeys(name for file in self.extensions for name in tables()[file]))

    @cached_property
    def mnemonic_of(self) -> dict[str, str]:
        """Python spelling → mnemonic."""
        return {python_name(name): name for name in self.mnemonics}

    def rows(self, mnemonic: str) -> tuple[Row, ...]:
        """The rows of a mnemonic, in order of preference; empty where the ISA has none."""
        found = self._rows.get(mnemonic)
        if found is None:
            found = tuple(
                self._row(file, mnemonic, number)
                for file in self.extensions
                for number, row in enumerate(_row_list(file, mnemonic))
                if row.get("needs", file) in self.extensions
            )
            self._rows[mnemonic] = found
        return found

    def row(self, mnemonic: str) -> Row:
        """The first row of a mnemonic that the ISA has."""
        return self.rows(mnemonic)[0]

    def row_at(self, place: Place) -> Row:
        """The row at a place in the tables."""
        return self._row(*place)

    def _row(self, file: str, mnemonic: str, number: int) -> Row:
        key = (file, mnemonic, number)
        if key not in self._made:
            self._made[key] = Row(key, _row_list(file, mnemonic)[number], self)
        return self._made[key]

    def compressions(self, base: Row) -> Iterator[tuple[Row, Pattern]]:
        """The compressed rows that stand for `base`, in order of preference."""
        if not self.compressed:
            return
        for file, name, number, text in tables()["_compressions"].get(base.name, ()):
            if file in self.extensions:
                row = self._row(file, name, number)
                step = row.parse_steps(text)[0]
                if step.row is base:
                    yield row, _pattern(row, step.terms)

    @cached_property
    def encodings(self) -> tuple[Row, ...]:
        """Every row that has an encoding."""
        rows = (row for name in self.mnemonics for row in self.rows(name))
        return tuple(row for row in rows if not row.is_pseudo)

    @cached_property
    def by_mask(self) -> tuple[tuple[int, dict[int, tuple[Place, ...]]], ...]:
        """(mask, match → places of rows), the masks with most bits first, for decoding."""
        groups: dict[int, dict[int, tuple[Place, ...]]] = {}
        for mask, match, needed, place in tables()["_encodings"]:
            if place[0] in self.extensions and needed in self.extensions:
                group = groups.setdefault(mask, {})
                group[match] = (*group.get(match, ()), place)
        return tuple(sorted(groups.items(), key=lambda item: -item[0].bit_count()))


def _row_list(file: str, mnemonic: str) -> list[dict[str, Any]]:
    rows = tables()[file].get(mnemonic, [])
    return rows if isinstance(rows, list) else [rows]


def everything() -> InstructionSet:
    """The instruction set with every extension there is."""
    return instruction_set("_".join(["rv32i", *known_extensions()]))


class _KindsOnDemand(dict[str, OperandKind]):
    def __init__(self, embedded: bool) -> None:
        self.embedded = embedded

    def __contains__(self, name: object) -> bool:
        return name in tables()["operands"]

    def __missing__(self, name: str) -> OperandKind:
        kind = operand_kind(name, tables()["operands"][name])
        if self.embedded:
            kind.embed()
        self[name] = kind
        return kind


def validate(instructions: InstructionSet) -> None:
    """Check every row of the set; raises TableError with the first that is wrong."""
    for row in instructions.encodings:
        covered = row.mask
        for kind in row.kinds:
            if covered & kind.mask:
                raise TableError(f"{row.name}: {kind.name} overlaps other bits")
            covered |= kind.mask
        if covered != (1 << (8 * row.size)) - 1:
            raise TableError(f"{row.name}: bits {covered:#x} of {8 * row.size} are covered")
        for step in (*row.expansion, *row.far, *row.base):
            _check_step(row, step)
        _check_base(row)
    for first in instructions.encodings:
        for second in instructions.encodings:
            if first is second or first.size != second.size or not _overlap(first, second):
                continue
            raise TableError(f"{first!r} and {second!r} decode the same word")
    for name in instructions.mnemonics:
        for row in instructions.rows(name):
            if row.is_pseudo and row.data["expands"] != "constant":
                for step in row.expansion:
                    _check_step(row, step)


def _check_step(row: Row, step: Step) -> None:
    if any(kind.is_register and term.part in ("hi", "lo")
           for kind, term in zip(step.row.kinds, step.terms)):  # fmt: skip
        raise TableError(f"{row.name}: a register has no upper or lower part")
    for kind, term in zip(step.row.kinds, step.terms):
        if term.variable < 0:
            if not term.part and kind.normalize(term.literal) not in kind.values:
                raise TableError(f"{row.name}: {term.literal} does not fit {kind.name}")
            continue
        own = row.kinds[term.variable]
        if own.is_register != kind.is_register:
            raise TableError(f"{row.name}: {own.name} is no {kind.name}")
        if row.size and not term.part:
            ends = (own.minimum, own.maximum) if not own.is_register else ()
            if any(end not in kind.values for end in ends if end or not kind.nonzero):
                raise TableError(f"{row.name}: {own.name} exceeds {kind.name}")


def _check_base(row: Row) -> None:
    """A sequence can stand anywhere: plain instructions, none of which goes elsewhere."""
    for step in row.base:
        kinds = [kind.kind for kind in step.row.kinds]
        if step.row.extension not in BASE_FILES or step.row.target >= 0 or step.row.base:
            raise TableError(f"{row.name}: {step.row.name} is not to stand in its base sequence")
        for kind, term in zip(kinds, step.terms):
            if term.part == "end" or (term.part in SCRATCH and kind != "reg"):
                raise TableError(f"{row.name}: {term.part} is no operand of {step.row.name}")


def _overlap(first: Row, second: Row) -> bool:
    """True where a word decodes as both rows: their fixed bits agree, and their fields allow it."""
    if (first.match ^ second.match) & first.mask & second.mask:
        return False
    for one, other in ((first, second), (second, first)):
        # A field that the other row fixes wholly must exclude the value fixed there.
        for kind in one.kinds:
            if kind.mask & ~other.mask == 0 and kind.decode(other.match) not in kind.values:
                return False
    for one, other in ((first, second), (second, first)):
        for kind in one.kinds:
            for rival in other.kinds:
                if kind.mask == rival.mask and kind.base == rival.base == ZERO:
                    shared = [v for v in range(kind.minimum, kind.maximum + 1) if v in kind.values]
                    if kind.kind == rival.kind and not any(v in rival.values for v in shared):
                        return False
    return True
