"""The instructions that an ISA string such as `rv32imc_zba` selects.

Output: an immutable `InstructionSet`: mnemonic → rows, word → row, instruction → shorter rows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property, lru_cache

from asm_rv32.basis.records import Any
from asm_rv32.isa.kinds import operand_kind
from asm_rv32.isa.operands import EVERY_REGISTER, REGISTER_NAMES, OperandKind, Register
from asm_rv32.isa.rows import Pattern, Row, pattern_of
from asm_rv32.isa.tables import (
    BASE_FILES,
    Place,
    encodings,
    excluded_extensions,
    extension_files,
    extension_names,
    implied_extensions,
    joined_extensions,
    known_extensions,
    parts_of_extensions,
    python_name,
    tables,
)

BASES = ("rv32i", "rv32e")


DEFAULT_ISA = "rv32imc"


class IsaError(ValueError):
    """The ISA string is malformed, or names what is not known; says what is known."""


def parse_isa(isa: str) -> tuple[str, tuple[str, ...]]:
    """The base (`rv32i` or `rv32e`) and the table files that an ISA string selects.

    Any order and case; Zicsr and Zifencei are implied. Raises IsaError.
    """
    text = isa.lower()
    if text[:5] not in BASES:
        raise IsaError(f"ISA {isa!r} does not begin with rv32i or rv32e")
    wanted = _names(text[5:].split("_"))
    for name in wanted:
        if name not in extension_names():
            known = ", ".join(extension_names())
            title = extension_title(name)
            titled = f"{name!r}" + (f" ({title})" if title else "")
            raise IsaError(f"ISA {isa!r} names {titled}; known after rv32i or rv32e: {known}")
    files = _files(wanted)
    for name, others in excluded_extensions().items():
        for other in others:
            if {extension_files()[name], extension_files()[other]} <= {*files}:
                raise IsaError(
                    f"ISA {isa!r} names both {name!r} ({extension_title(name)}) and {other!r} "
                    f"({extension_title(other)}), which have the same words: name one of them"
                )
    return text[:5], files


def _names(written: list[str]) -> list[str]:
    """The extensions behind the base: letters, which a first longer name may follow, and names."""
    letters, *names = written
    single, z, rest = letters.partition("z")
    return [*single, *([z + rest] if z else []), *names]


def _files(names: Collection[str]) -> tuple[str, ...]:
    """The table files of the base and of these extensions, with what they imply or join in."""
    chosen = {"i", "", *implied_extensions()["i"]}
    for name in names:
        chosen |= {name, *implied_extensions().get(name, ())}
    chosen |= {name for name, joined in joined_extensions().items() if {*joined} <= {*names}}
    chosen -= {part for part, whole in parts_of_extensions().items() if whole in chosen}
    return tuple(file for name, file in extension_files().items() if name in chosen)


def extension_title(name: str) -> str:
    """What an extension is, in words, by its name in an ISA string; "" for one without title."""
    titles = (row["title"] for each, row in tables()["extensions"].items() if each.lower() == name)
    return str(next(titles, ""))


_VERSION = re.compile(r"\d+p\d+$")


def isa_of_attribute(arch: str) -> tuple[str, tuple[str, ...]]:
    """An ISA string and the extensions that are unknown here, of the text of Tag_RISCV_arch.

    `rv32i2p1_m2p0_zmmul1p0_f2p2` is `rv32im`, without `f`. What the rest selects is left out.
    Raises IsaError for another base.
    """
    first, *rest = [_VERSION.sub("", name) for name in arch.lower().split("_")]
    base, _ = parse_isa(first[:5])
    names = _names([first[5:], *rest])
    known = [name for name in extension_names() if name in names]
    for name in known:
        rest = [each for each in known if each != name]
        if len(name) > 1 and _files(rest) == _files(known):
            known = rest
    letters = "".join(name for name in known if len(name) == 1)
    isa = "_".join([base + letters, *(name for name in known if len(name) > 1)])
    return isa, tuple(n for n in dict.fromkeys(names) if n and n not in extension_names())


def joined_isa(isas: Iterable[str]) -> str:
    """An ISA string that has the instructions of all of these."""
    wanted = list(dict.fromkeys(isas))
    if len(wanted) == 1:
        return wanted[0]
    parsed = [parse_isa(isa) for isa in wanted]
    base = "rv32e" if all(base == "rv32e" for base, _ in parsed) else "rv32i"
    files = {file for _, found in parsed for file in found}
    names = [name for name, file in extension_files().items() if file in files and name not in "i"]
    return base + "".join(f"_{name}" if len(name) > 1 else name for name in sorted(names, key=len))


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
        self.has_float_registers = "rv32f" in extensions
        self.has_fcsr = self.has_float_registers or "zfinx" in extensions
        self.unit = 2 if self.compressed else 4
        """Bytes, whose multiples instructions stand at."""
        self._rows: dict[str, tuple[Row, ...]] = {}
        self._made: dict[tuple[str, str, int], Row] = {}

    def __repr__(self) -> str:
        return f"InstructionSet({self.base}, {', '.join(self.extensions)})"

    @cached_property
    def register_names(self) -> dict[str, Register]:
        """The words that are registers, and nothing else."""
        return EVERY_REGISTER if self.has_float_registers else REGISTER_NAMES

    @property
    def csr_numbers(self) -> dict[str, int]:
        """CSR name → number."""
        return tables()["csr"]  # type: ignore[no-any-return]

    @property
    def of_base(self) -> InstructionSet:
        """What the sequences in `base` are made of, whatever this set has."""
        return _instruction_set(BASES[0], BASE_FILES)

    @cached_property
    def mnemonics(self) -> tuple[str, ...]:
        """Every mnemonic, as the manuals spell it."""
        names = tables()["_names"]
        return tuple(dict.fromkeys(name for file in self.extensions for name in names[file]))

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
            for mask, match, needed, place in encodings(file):
                if needed in self.extensions:
                    group = groups.setdefault(mask, {})
                    group[match] = (*group.get(match, ()), place)
        return tuple(sorted(groups.items(), key=lambda item: -item[0].bit_count()))


def _row_list(file: str, mnemonic: str) -> list[dict[str, Any]]:
    rows = tables()[file].get(mnemonic, [])
    return rows if isinstance(rows, list) else [rows]


@lru_cache(maxsize=1)
def everything() -> InstructionSet:
    """The instruction set with every extension there is, though none has those that exclude each
    other."""
    return _instruction_set("rv32i", _files(known_extensions()))


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
