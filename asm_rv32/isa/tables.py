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


_MEANINGS, _ENCODINGS = "_meanings ", "_encodings "
_NAME = re.compile(r"\w+")


Place = tuple[str, str, int]
"""Where a row stands: its file, its mnemonic, its number among those of the mnemonic."""
Encoding = tuple[int, int, str, Place]


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
    tables["csr"] = dict(_csr_numbers(tables["csr"]))
    tables.update(_parts(tables))
    tables["_part_of"] = _part_of(tables["extensions"])
    tables["_files"] = files = _extension_files(tables)
    tables["_names"] = {file: (*tables[file],) for file in files.values()}
    tables["_implied"] = _named_in(tables["extensions"], "implies")
    tables["_joined"] = _named_in(tables["extensions"], "joins")
    tables["_excluded"] = _named_in(tables["extensions"], "excludes")
    tables["_compressions"] = _compressions(tables)
    tables |= {f"{_ENCODINGS}{file}": rows for file, rows in _encodings(tables).items()}
    return tables | {f"{_MEANINGS}{file}": rows for file, rows in _meanings(tables).items()}


def _parts(tables: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Extension that is a part of another, or like one → its rows, as if it had a file; a row also
    stands for itself with a suffix, as of ordering."""
    found = {}
    for name, row in tables["extensions"].items():
        if "instead" in row:
            given = dict(pair.split("=") for pair in row["instead"].split())
            left_out = row["without"].split()
            whole = tables[_file_of(row["like"])]
            found[_file_of(name)] = {
                mnemonic: _instead(row, given) for mnemonic, row in whole.items()
                if mnemonic not in left_out
            }  # fmt: skip
        if "part_of" in row:
            rows = tuple(row["rows"].split())
            whole = tables[_file_of(row["part_of"])]
            found[_file_of(name)] = {
                mnemonic: row for mnemonic, row in whole.items()
                if any(mnemonic == word or mnemonic.startswith(word + ".") for word in rows)
            }  # fmt: skip
    return found


def _instead(row: Any, given: Mapping[str, str]) -> Any:
    """A row, or what stands in it, with other operands in the place of some."""
    if isinstance(row, str):
        return _NAME.sub(lambda name: given.get(name[0], name[0]), row)
    if isinstance(row, list):
        return [_instead(each, given) for each in row]
    return {key: _instead(value, given) for key, value in row.items()}


def _part_of(extensions: dict[str, Any]) -> dict[str, str]:
    rows = extensions.items()
    return {name.lower(): row["part_of"].lower() for name, row in rows if "part_of" in row}


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
        "": PSEUDO_FILE,
    }


def _named_in(extensions: dict[str, Any], field: str) -> dict[str, tuple[str, ...]]:
    """Extension → those that a field of its row names, as ISA strings do."""
    return {
        name.lower(): tuple(row[field].lower().split())
        for name, row in extensions.items() if field in row
    }  # fmt: skip


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


def _encodings(tables: dict[str, Any]) -> dict[str, list[Encoding]]:
    """File → (mask, match, the extension that the row needs, its place) of every row with an
    encoding."""
    found: dict[str, list[Encoding]] = {file: [] for file in tables["_files"].values()}
    for place, row in _encoded_rows(tables):
        match, mask = fixed_bits(row["fixed"])
        found[place[0]].append((mask, match, row.get("needs", place[0]), place))
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
def tables() -> Parts:
    """The tables as plain data, one entry a file."""
    folder = tables_folder()
    files = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    made_by = (__file__, meaning.__file__, meaning.GRAMMAR)
    return derived_parts("tables", [*made_by, *files], _read_tables)


def meanings(file: str) -> dict[str, list[Template]]:
    """Mnemonic → what each of its rows in a file does; nothing where it is told by `expands`."""
    return tables()[f"{_MEANINGS}{file}"]  # type: ignore[no-any-return]


def encodings(file: str) -> list[Encoding]:
    """Mask, match, the extension that is needed, and the place of each row with an encoding."""
    return tables()[f"{_ENCODINGS}{file}"]  # type: ignore[no-any-return]


def extension_files() -> dict[str, str]:
    """Name in an ISA string → file of rows, in order of preference; `i` is the base, and ``
    the pseudo-instructions."""
    return tables()["_files"]  # type: ignore[no-any-return]


def known_extensions() -> tuple[str, ...]:
    """The extensions that there is a file of, apart from the base."""
    parts = parts_of_extensions()
    return tuple(name for name in extension_files() if name not in ("i", "", *parts))


def joint_extensions() -> tuple[str, ...]:
    """As many of these as an ISA can have at once: of two that exclude each other, the one that is
    named first."""
    return tuple(name for name in known_extensions() if name not in excluded_extensions())


@lru_cache(maxsize=1)
def extension_names() -> tuple[str, ...]:
    """What an ISA string can name, apart from the base: these, their parts, and several at once."""
    named = (*known_extensions(), *implied_extensions(), *parts_of_extensions())
    return tuple(name for name in dict.fromkeys(named) if name != "i")


def parts_of_extensions() -> dict[str, str]:
    """Extension → the one that it is a part of."""
    return tables()["_part_of"]  # type: ignore[no-any-return]


def joined_extensions() -> dict[str, tuple[str, ...]]:
    """Extension → those with which it comes where an ISA string names all of them."""
    return tables()["_joined"]  # type: ignore[no-any-return]


def excluded_extensions() -> dict[str, tuple[str, ...]]:
    """Extension → those whose words it gives another meaning."""
    return tables()["_excluded"]  # type: ignore[no-any-return]


def implied_extensions() -> dict[str, tuple[str, ...]]:
    """Extension → those that come with it; `i` has what comes with every base."""
    return tables()["_implied"]  # type: ignore[no-any-return]
