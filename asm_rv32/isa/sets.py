"""The instructions that an ISA string such as `rv32imc_zba` selects.

Output: an immutable `InstructionSet`: mnemonic → rows, word → row, instruction → shorter rows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable, Iterator
from functools import cached_property, lru_cache

from asm_rv32.basis.derived import Parts
from asm_rv32.basis.records import Any
from asm_rv32.isa.kinds import operand_kind
from asm_rv32.isa.operands import EVERY_REGISTER, REGISTER_NAMES, OperandKind, Register
from asm_rv32.isa.rows import Pattern, Row, pattern_of
from asm_rv32.isa.tables import (
    BASE_FILES,
    Layered,
    Place,
    compressions,
    encodings,
    excluded_extensions,
    extension_files,
    extension_names,
    implied_extensions,
    joined_extensions,
    known_extensions,
    listed,
    parts_of_extensions,
    retired_csr_names,
    rivals_of,
    spellings,
    tables,
)

BASES = ("rv32i", "rv32e")


DEFAULT_ISA = "rv32imc"


class IsaError(ValueError):
    """The ISA string is malformed, or names what is not known; says what is known."""


class Isa(str):
    """An ISA string that brings tables of one's own along; else it is text as any.

    Two are the same where their tables are, too.
    """

    tables: Layered
    """These, laid over the package's."""

    def __eq__(self, other: object) -> bool:
        same = not isinstance(other, Isa) or self.tables is other.tables
        return same and str.__eq__(self, other)

    __hash__ = str.__hash__


def extended(isa: str, names: Iterable[str], like: str = "") -> str:
    """An ISA string with further extensions, and with the tables of one's own that it brings along,
    or that another does which it is `like`."""
    text = "_".join([isa, *names])
    found = tables_of_own(like or isa)
    if found is None:
        return text
    made = Isa(text)
    made.tables = found
    return made


def tables_of_own(isa: str) -> Layered | None:
    """The tables of one's own that an ISA string brings along."""
    return isa.tables if isinstance(isa, Isa) else None


def tables_of(isa: str) -> Parts:
    """The tables that the names in an ISA string are looked up in."""
    found = tables_of_own(isa)
    return tables() if found is None else found


def parse_isa(isa: str) -> tuple[str, tuple[str, ...]]:
    """The base (`rv32i` or `rv32e`) and the table files that an ISA string selects.

    Any order and case; Zicsr and Zifencei are implied. Raises IsaError.
    """
    text, found = isa.lower(), tables_of(isa)
    if text[:5] not in BASES:
        title = extension_title(text[4:5]) if text[:4] == BASES[0][:4] else ""
        why = f": {text[4]} is {title}" if title else ""
        raise IsaError(f"ISA {isa!r} does not begin with rv32i or rv32e{why}")
    wanted, names = extensions_in(text), extension_names(found)
    for name in wanted:
        if name not in names:
            known = ", ".join(names)
            title = extension_title(name)
            titled = f"{name!r}" + (f" ({title})" if title else "")
            raise IsaError(f"ISA {isa!r} names {titled}; known after rv32i or rv32e: {known}")
    files, file_of = _files(wanted, found), extension_files(found)
    for first, others in excluded_extensions().items():
        for other in others if file_of[first] in files else ():
            if file_of[other] in files:
                pair = f"{_titled(first)} and {_titled(other)}"
                message = f"ISA {isa!r} has {pair}, which have the same bits for"
                raise IsaError(f"{message} different instructions; name one of them")
    return text[:5], files


def check_isa(isa: str) -> None:
    """Raise IsaError as `parse_isa` does, but for extensions of one's own, x...: their tables may
    be found elsewhere."""
    known = [name for name in extensions_in(isa) if name[0] != "x" or name in extension_names()]
    parse_isa("_".join([isa[:5], *known]) if isa[:5].lower() in BASES else isa)


def _titled(name: str) -> str:
    return f"{name.capitalize()} ({extension_title(name)})"


def extensions_in(isa: str) -> list[str]:
    """The extensions behind the base, as they are named: letters, which a first longer name may
    follow, and names."""
    letters, *names = isa.lower()[5:].split("_")
    end = next((at for at, letter in enumerate(letters) if letter in "zx"), len(letters))
    return [*letters[:end], *([letters[end:]] if letters[end:] else []), *names]


def _files(names: Collection[str], found: Parts | None = None) -> tuple[str, ...]:
    """The table files of the base and of these extensions, with what they imply or join in."""
    implied = implied_extensions(found)
    chosen = {"i", "", *implied["i"]}
    for name in names:
        chosen |= {name, *implied.get(name, ())}
    chosen |= {name for name, joined in joined_extensions().items() if {*joined} <= {*names}}
    chosen -= {part for part, whole in parts_of_extensions().items() if whole in chosen}
    return tuple(file for name, file in extension_files(found).items() if name in chosen)


def extension_title(name: str, found: Parts | None = None) -> str:
    """What an extension is, in words, by its name in an ISA string; "" for one without title."""
    rows = (tables() if found is None else found)["extensions"].items()
    return str(next((row["title"] for each, row in rows if each.lower() == name), ""))


def isa_of_attribute(arch: str) -> tuple[str, tuple[str, ...]]:
    """An ISA string and the extensions that are unknown here, of the text of Tag_RISCV_arch.

    `rv32i2p1_m2p0_zmmul1p0_f2p2` is `rv32im`, without `f`. What the rest selects is left out.
    Raises IsaError for another base.
    """
    arch = arch.lower().replace("rv32g", "rv32imafd", 1)
    first, *rest = [re.sub(r"\d+p\d+$", "", name) for name in arch.split("_")]
    base, _ = parse_isa(first[:5])
    names = extensions_in("_".join([first, *rest]))
    known = [name for name in extension_names() if name in names]
    for name in known:
        rest = [each for each in known if each != name]
        if len(name) > 1 and _files(rest) == _files(known):
            known = rest
    letters = "".join(name for name in known if len(name) == 1)
    isa = "_".join([base + letters, *(name for name in known if len(name) > 1)])
    return isa, tuple(n for n in dict.fromkeys(names) if n and n not in extension_names())


def known_isa(isa: str) -> str:
    """The part of an ISA string that there are tables of. Raises IsaError for another base."""
    return isa_of_attribute(isa)[0]


def common_isa(isa: str, other: str) -> str:
    """An ISA string that has the instructions which both have; the first where it is that.

    Raises IsaError.
    """
    (base, files), (other_base, others) = parse_isa(isa), parse_isa(other)
    wholes = {part: extension_files()[whole] for part, whole in parts_of_extensions().items()}
    # Of two, one may have an extension and the other a part of it.
    common = {file for file in files if file in others or wholes.get(file) in others}
    common |= {file for file in others if wholes.get(file) in files}
    if common.issuperset(files) and (base == other_base or base == BASES[1]):
        return isa
    return isa_of_files(BASES[1] if BASES[1] in (base, other_base) else base, common)


def isa_of_files(base: str, files: Container[str]) -> str:
    """The ISA string of a base and of these table files. A part of another extension comes with the
    one that has it, and is no name by itself."""
    names = [name for name, file in extension_files().items()
             if file in files and name not in "i" and "." not in name]  # fmt: skip
    return base + "".join(f"_{name}" if len(name) > 1 else name for name in sorted(names, key=len))


def instruction_set(isa: str = DEFAULT_ISA) -> InstructionSet:
    """The instructions of an ISA string. Raises IsaError."""
    return _instruction_set_of(isa, tables_of_own(isa))


@lru_cache(maxsize=64)
def _instruction_set_of(isa: str, found: Layered | None) -> InstructionSet:
    return _instruction_set(*parse_isa(isa), found)


@lru_cache(maxsize=64)
def _instruction_set(
    base: str, extensions: tuple[str, ...], found: Layered | None = None
) -> InstructionSet:
    return InstructionSet(base, extensions, found)


class InstructionSet:
    """The rows that an ISA has. Rows come to be when they are first asked for."""

    def __init__(
        self, base: str, extensions: tuple[str, ...], found: Layered | None = None
    ) -> None:
        """`found`: the tables that the rows stand in, where they are not the package's alone."""
        self.base = base
        self.extensions = extensions
        self.tables = tables() if found is None else found
        self.kinds = _KindsOnDemand(self.tables["operands"], embedded=base == "rv32e")
        self.compressed = "rv32c" in extensions
        self.has_float_registers = "rv32f" in extensions
        self.has_fcsr = self.has_float_registers or "zfinx" in extensions
        self.unit = 2 if self.compressed else 4
        """Bytes, whose multiples instructions stand at."""
        self._rows: dict[str, tuple[Row, ...]] = {}
        self._made: dict[tuple[str, str, int], Row] = {}

    @cached_property
    def register_names(self) -> dict[str, Register]:
        """The words that are registers, and nothing else."""
        return EVERY_REGISTER if self.has_float_registers else REGISTER_NAMES

    @cached_property
    def csr_numbers(self) -> dict[str, int]:
        """CSR name → number, retired names included; those of one maker where the set has that
        maker's extension."""
        found: dict[str, int] = self.tables["csr"] | retired_csr_names()
        of = self.tables["_csr_of"]
        own = [of[extension] for extension in self.extensions if extension in of]
        return {name: at for each in (found, *own) for name, at in each.items()} if own else found

    @cached_property
    def csr_given(self) -> frozenset[int]:
        """The numbers of the registers that come with a maker's extension, whatever the core."""
        of = self.tables["_csr_of"]
        return frozenset(at for name in self.extensions for at in of.get(name, {}).values())

    def csr_names(self, standard: bool) -> dict[int, str]:
        """CSR number → its name; of several names, the first in the table. `standard`: without
        those of makers' extensions, which other assemblers do not know."""
        return self._csr_names[standard]

    @cached_property
    def _csr_names(self) -> tuple[dict[int, str], dict[int, str]]:
        every, standard = dict[int, str](), dict[int, str]()
        for names, numbers in ((every, self.csr_numbers), (standard, self.tables["csr"])):
            for name, number in numbers.items():
                if name not in retired_csr_names():
                    names.setdefault(number, name)
        return every, standard

    @cached_property
    def csr_states(self) -> dict[int, tuple[int, int]]:
        """Registers that the set's extensions add to a machine: number → the bits that can be
        written, and what it holds at first."""
        of = self.tables["_states"]
        return {number: held for extension in self.extensions
                for number, held in of.get(extension, {}).items()}  # fmt: skip

    @property
    def of_base(self) -> InstructionSet:
        """What the sequences in `base` are made of, whatever this set has."""
        return _instruction_set(BASES[0], BASE_FILES)

    @cached_property
    def mnemonics(self) -> tuple[str, ...]:
        """Every mnemonic, as the manuals spell it."""
        return tuple(self.mnemonic_of.values())

    @cached_property
    def mnemonic_of(self) -> dict[str, str]:
        """Python spelling → mnemonic."""
        found: dict[str, str] = {}
        for file in self.extensions:
            found |= spellings(file, self.tables)
        return found

    def rows(self, mnemonic: str) -> tuple[Row, ...]:
        """The rows of a mnemonic, in order of preference; empty where the ISA has none."""
        found = self._rows.get(mnemonic)
        if found is None:
            found = tuple(
                self._row(file, mnemonic, number)
                for file in self.extensions
                for number, row in enumerate(self._listed(file, mnemonic))
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
            self._made[key] = Row(key, self._listed(file, mnemonic)[number], self)
        return self._made[key]

    def _listed(self, file: str, mnemonic: str) -> list[dict[str, Any]]:
        return listed(self.tables[file].get(mnemonic, []))

    def compressions(self, base: Row) -> Iterator[tuple[Row, Pattern]]:
        """The compressed rows that stand for `base`, in order of preference."""
        if not self.compressed:
            return
        for file in self.extensions:
            for name, number, text in compressions(file, self.tables).get(base.name, ()):
                row = self._row(file, name, number)
                step = row.parse_steps(text)[0]
                if step.row is base:
                    yield row, pattern_of(row, step.terms)

    @cached_property
    def encodings(self) -> tuple[Row, ...]:
        """Every row that has an encoding."""
        rows = (row for name in self.mnemonics for row in self.rows(name))
        return tuple(row for row in rows if not row.is_pseudo)

    @cached_property
    def by_mask(self) -> tuple[tuple[int, dict[int, tuple[Place, ...]]], ...]:
        """(mask, match → places of rows), the masks with most bits first, for decoding."""
        groups: dict[int, dict[int, tuple[Place, ...]]] = {}
        for file in self.extensions:
            for mask, match, needed, place in encodings(file, self.tables):
                if needed in self.extensions:
                    group = groups.setdefault(mask, {})
                    group[match] = (*group.get(match, ()), place)
        return tuple(sorted(groups.items(), key=lambda item: -item[0].bit_count()))


@lru_cache(maxsize=1)
def widest_isa(base: str = BASES[0]) -> str:
    """An ISA string of as many extensions as can stand together, those named first in the tables
    before others."""
    chosen: list[str] = []
    for name in known_extensions():
        if rivals_of(name).isdisjoint(chosen):
            chosen.append(name)
    letters = "".join(name for name in chosen if len(name) == 1)
    return "_".join([base + letters, *(name for name in chosen if len(name) > 1)])


@lru_cache(maxsize=1)
def everything() -> InstructionSet:
    """The words of every extension there is. Some extensions have the same bits for different
    instructions: nothing can be decoded by this set."""
    return _instruction_set(BASES[0], (*extension_files().values(),))


class _KindsOnDemand(dict[str, OperandKind]):
    def __init__(self, rows: dict[str, Any], embedded: bool) -> None:
        self.rows = rows
        self.embedded = embedded

    def __contains__(self, name: object) -> bool:
        return name in self.rows

    def __missing__(self, name: str) -> OperandKind:
        kind = operand_kind(name, self.rows[name])
        if self.embedded:
            kind.embed()
        self[name] = kind
        return kind
