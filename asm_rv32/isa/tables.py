"""The TOML files of `encodings/` as plain data, and what is derived from all of them.

Output: one entry a file; and what decoding, compression and meanings need, computed once.
Invariant: a row whose meaning is missing or malformed is refused here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from asm_rv32.basis.derived import Parts, derived_parts
from asm_rv32.basis.records import Any
from asm_rv32.isa import meaning
from asm_rv32.isa.kinds import FENCE_BITS, operand_kind
from asm_rv32.isa.meaning import MeaningError, Template, parse
from asm_rv32.isa.operands import REGISTER_NAMES, OperandKind

BASE_FILE, PSEUDO_FILE = "rv32i", "pseudo"


BASE_FILES = (BASE_FILE, "rv32m")
"""What sequences in `base` are made of."""


DIRECTIVES = ("label", "align", "data", "space")
"""Words of the language beside the mnemonics."""


_MEANINGS = "_meanings "
Place = tuple[str, str, int]
"""Where a row stands: its file, its mnemonic, its number among those of the mnemonic."""


class TableError(ValueError):
    """A row of `encodings/` is wrong: a fault of the tables, never of a user's input."""


def literal_of(text: str) -> int | None:
    """The value of a literal operand of a row: a register, a fence's letters, a number."""
    if text in REGISTER_NAMES:
        return REGISTER_NAMES[text]
    if text in ("iorw", "r", "w"):
        return sum(FENCE_BITS[letter] for letter in text)
    try:
        return int(text, 0)
    except ValueError:
        return None


def number_of(text: str) -> int:
    """The value of an operand that has to be a literal. Raises TableError."""
    found = literal_of(text)
    if found is None:
        raise TableError(f"{text!r} is neither a register nor a number")
    return found


def fixed_bits(notation: str) -> tuple[int, int]:
    """Match and mask of `31..25=0x20 6..0=0x33`. Raises TableError where bits overlap."""
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
    tables["_retired_csr"] = tables["csr"].pop("retired")
    tables["csr"] = dict(_csr_numbers(tables["csr"]))
    tables["_part_of"] = _part_of(tables)
    tables.update(_parts(tables))
    tables["_files"] = files = _extension_files(tables)
    tables["_names"] = {file: (*tables[file],) for file in files.values()}
    tables["_implied"] = _implied(tables)
    tables["_compressions"] = _compressions(tables)
    tables["_encodings"] = _encodings(tables)
    return tables | {f"{_MEANINGS}{file}": rows for file, rows in _meanings(tables).items()}


def _parts(tables: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Name of a part → the rows that an extension shares with another, as if there was a file of
    them; a row also stands for itself with a suffix, as of ordering."""
    found = {}
    for name, row in tables["extensions"].items():
        for whole, words in row.get("shares", {}).items():
            rows = tuple(words.split())
            found[_part_name(name, whole, tables)] = {
                mnemonic: row for mnemonic, row in tables[_file_of(whole)].items()
                if any(mnemonic == word or mnemonic.startswith(word + ".") for word in rows)
            }  # fmt: skip
    return found


def _part_name(name: str, whole: str, tables: dict[str, Any]) -> str:
    """The extension's name, or where it has a file of its own, one that no ISA string has."""
    return f"{_file_of(name)}.{whole.lower()}" if _file_of(name) in tables else name.lower()


def _part_of(tables: dict[str, Any]) -> dict[str, str]:
    return {
        _part_name(name, whole, tables): whole.lower()
        for name, row in tables["extensions"].items() for whole in row.get("shares", ())
    }  # fmt: skip


def _file_of(extension: str) -> str:
    """The file of an extension's rows, should there be one: `M` → `rv32m`."""
    return f"rv32{extension.lower()}" if len(extension) == 1 else extension.lower()


def _extension_files(tables: dict[str, Any]) -> dict[str, str]:
    """Name in an ISA string → file of rows, in order of preference: the base comes first, and an
    instruction before a pseudo-instruction of its name."""
    named = {name.lower(): _file_of(name) for name in tables["extensions"]}
    return {
        "i": BASE_FILE,
        **{name: file for name, file in named.items() if file in tables},
        **{part: part for part in tables["_part_of"]},
        "": PSEUDO_FILE,
    }


def _implied(tables: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Extension → those that come with it, and with these, and their parts of others."""
    direct = {
        name.lower(): row["implies"].lower().split()
        for name, row in tables["extensions"].items() if "implies" in row
    }  # fmt: skip
    for part in tables["_part_of"]:
        name, of_another, _ = part.partition(".")
        if of_another:
            direct.setdefault(name, []).append(part)
    found = {}
    for name, names in direct.items():
        every = dict.fromkeys(names)
        for each in names:  # which grows while it is gone through
            names += [more for more in direct.get(each, ()) if more not in every]
            every.update(dict.fromkeys(names))
        found[name] = tuple(every)
    return found


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
    rows = [each for each in _encoded_rows(tables)
            if "expands" in each[1] and not each[1].get("hint")]  # fmt: skip
    for place, row in rows:
        found.setdefault(row["expands"].partition(" ")[0], []).append([*place, row["expands"]])
    for place, row in rows:
        for text in row.get("also", ()):
            found.setdefault(text.partition(" ")[0], []).append([*place, text])
    return found


def _encodings(tables: dict[str, Any]) -> list[tuple[int, int, str, Place]]:
    """(mask, match, the extension that the row needs, its place) of every row with an encoding."""
    found = []
    for place, row in _encoded_rows(tables):
        match, mask = fixed_bits(row["fixed"])
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
    used = {
        variable: kinds[variable] for variable in re.findall(r"\w+", written) if variable in kinds
    }
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
def tables() -> Parts:
    """The tables as plain data, one entry a file."""
    folder = tables_folder()
    files = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    made_by = (__file__, meaning.__file__, meaning.GRAMMAR)
    return derived_parts("tables", [*made_by, *files], _read_tables)


def retired_csr_names() -> dict[str, int]:
    """Name of a control and status register that no manual has any more → its number."""
    return tables()["_retired_csr"]  # type: ignore[no-any-return]


def meanings(file: str) -> dict[str, list[Template]]:
    """Mnemonic → what each of its rows in a file does; nothing where it is told by `expands`."""
    return tables()[f"{_MEANINGS}{file}"]  # type: ignore[no-any-return]


def extension_files() -> dict[str, str]:
    """Name in an ISA string → file of rows, in order of preference; `i` is the base, and ``
    the pseudo-instructions."""
    return tables()["_files"]  # type: ignore[no-any-return]


def known_extensions() -> tuple[str, ...]:
    """The extensions that there is a file of, apart from the base."""
    parts = parts_of_extensions()
    return tuple(name for name in extension_files() if name not in ("i", "", *parts))


@lru_cache(maxsize=1)
def extension_names() -> tuple[str, ...]:
    """What an ISA string can name, apart from the base: these, their parts, and several at once."""
    named = (*known_extensions(), *implied_extensions(), *parts_of_extensions())
    return tuple(name for name in dict.fromkeys(named) if name != "i" and "." not in name)


def parts_of_extensions() -> dict[str, str]:
    """Part of an extension → the extension. One that has rows of its own, too, has its part of the
    other by a name with a dot."""
    return tables()["_part_of"]  # type: ignore[no-any-return]


def implied_extensions() -> dict[str, tuple[str, ...]]:
    """Extension → those that come with it; `i` has what comes with every base."""
    return tables()["_implied"]  # type: ignore[no-any-return]
