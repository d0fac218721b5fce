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
from asm_rv32.isa.kinds import FENCE_BITS, operand_kind
from asm_rv32.isa.meaning import Template
from asm_rv32.isa.operands import REGISTER_NAMES, OperandKind

BASE_FILE, PSEUDO_FILE = "rv32i", "pseudo"


BASE_FILES = (BASE_FILE, "rv32m")
"""What sequences in `base` are made of."""


DIRECTIVES = ("label", "align", "data", "space", "within", "compress")
"""Words of the language beside the mnemonics."""


_MEANINGS, _ENCODINGS, _COMPRESSIONS, _SPELLINGS = (
    "_meanings", "_encodings", "_compressions", "_spellings"
)  # fmt: skip
"""What is derived of a file's rows, each in a part of its own."""
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
        bits = ((1 << max(width, 0)) - 1) << int(low or high)
        if width < 1 or mask & bits or int(value, 0) >> width:
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
    rows = tables["csr"]
    tables["_retired_csr"] = rows.pop("retired")
    tables["csr"] = {name: number for name, number, row in csr_rows(rows) if "of" not in row}
    tables["_csr_of"], tables["_states"] = csr_of(rows), csr_states(rows)
    tables["_part_of"] = _part_of(tables)
    tables.update(_parts(tables))
    tables["_files"] = files = _extension_files(tables)
    tables["_implied"] = _implied(tables)
    tables["_joined"] = _listed(tables["extensions"], "joins")
    tables["_excluded"] = _listed(tables["extensions"], "excludes")
    kinds = {name: operand_kind(name, row) for name, row in tables["operands"].items()}
    for name in files.values():
        tables.update(derived_rows(name, tables[name], kinds))
    return tables


def derived_rows(
    file: str, rows: Mapping[str, Any], kinds: Mapping[str, OperandKind]
) -> dict[str, Any]:
    """What decoding, compression and meanings need of a file's rows, a part each. Raises TableError
    where a meaning is missing or malformed."""
    return {
        f"{_COMPRESSIONS} {file}": _compressions(file, rows),
        f"{_ENCODINGS} {file}": _encodings(file, rows),
        f"{_MEANINGS} {file}": _meanings(rows, kinds),
        f"{_SPELLINGS} {file}": {python_name(name): name for name in rows},
    }


def _parts(tables: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Name of a part → the rows that an extension shares with another, or has like it, as if there
    was a file of them; a row also stands for itself with a suffix, as of ordering."""
    found = {}
    for name, row in tables["extensions"].items():
        if "instead" in row:
            given = dict(pair.split("=") for pair in row["instead"].split())
            left_out = row["without"].split()
            found[_file_of(name)] = {
                mnemonic: _instead(each, given)
                for mnemonic, each in tables[_file_of(row["like"])].items()
                if mnemonic not in left_out
            }
        for whole, words in row.get("shares", {}).items():
            rows = tuple(words.split())
            found[_part_name(name, whole, tables)] = {
                mnemonic: row for mnemonic, row in tables[_file_of(whole)].items()
                if any(mnemonic == word or mnemonic.startswith(word + ".") for word in rows)
            }  # fmt: skip
    return found


def _instead(row: Any, given: Mapping[str, str]) -> Any:
    """A row, or what stands in it, with other operands in the place of some."""
    if isinstance(row, str):
        return re.sub(r"\w+", lambda name: given.get(name[0], name[0]), row)
    if isinstance(row, list):
        return [_instead(each, given) for each in row]
    return {key: _instead(value, given) for key, value in row.items()}


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


def _listed(extensions: dict[str, Any], key: str) -> dict[str, tuple[str, ...]]:
    """Extension → those that a field of its row names, as ISA strings do."""
    return {
        name.lower(): tuple(row[key].lower().split())
        for name, row in extensions.items() if key in row
    }  # fmt: skip


def _implied(tables: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Extension → those that come with it, and with these, and their parts of others."""
    direct = {name: list(names) for name, names in _listed(tables["extensions"], "implies").items()}
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


def csr_rows(rows: Mapping[str, Any]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Name, number and row of every register."""
    for name, row in rows.items():
        if isinstance(row, int):
            yield name, row, {}
        elif "first" not in row:
            yield name, row["at"], row
        else:
            for index in range(row["first"], row["last"] + 1):
                yield name.replace("*", str(index)), row["at"] + index - row["first"], row


def csr_of(rows: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Extension → the registers whose names are known with it alone."""
    found: dict[str, dict[str, int]] = {}
    for name, number, row in csr_rows(rows):
        if "of" in row:
            found.setdefault(row["of"].lower(), {})[name] = number
    return found


def csr_states(rows: Mapping[str, Any]) -> dict[str, dict[int, tuple[int, int]]]:
    """Extension → the registers that the emulator holds with it: the bits that can be written, and
    what they hold at first."""
    found: dict[str, dict[int, tuple[int, int]]] = {}
    for _, number, row in csr_rows(rows):
        if "writable" in row:
            held = found.setdefault((row.get("of") or row["with"]).lower(), {})
            held[number] = row["writable"], row.get("reset", 0)
    return found


def _compressions(file: str, rows: Mapping[str, Any]) -> dict[str, list[list[Any]]]:
    """Base mnemonic → [compressed mnemonic, number of its row, expansion]."""
    found: dict[str, list[list[Any]]] = {}
    shortened = [
        (name, number, row) for (_, name, number), row in _encoded_rows(file, rows)
        if "expands" in row and not row.get("hint")
    ]  # fmt: skip
    for name, number, row in shortened:
        found.setdefault(row["expands"].partition(" ")[0], []).append(
            [name, number, row["expands"]]
        )
    for name, number, row in shortened:
        for text in row.get("also", ()):
            found.setdefault(text.partition(" ")[0], []).append([name, number, text])
    return found


def _encodings(file: str, rows: Mapping[str, Any]) -> list[Encoding]:
    """(mask, match, the extension that the row needs, its place) of every row with an encoding."""
    found = []
    for place, row in _encoded_rows(file, rows):
        match, mask = fixed_bits(row["fixed"])
        found.append((mask, match, row.get("needs", file), place))
    return found


def _meanings(
    rows: Mapping[str, Any], kinds: Mapping[str, OperandKind]
) -> dict[str, list[Template]]:
    """Mnemonic → what each of its rows does; nothing where it is told by `expands`."""
    return {name: [meaning_of(name, row, kinds) for row in listed(found)]
            for name, found in rows.items()}  # fmt: skip


def meaning_of(name: str, row: dict[str, Any], kinds: Mapping[str, OperandKind]) -> Template:
    """What a row says that it does; nothing where it expands. Raises TableError."""
    from asm_rv32.isa.does import MeaningError, parse  # only where tables are made anew

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


def _encoded_rows(file: str, rows: Mapping[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    for name, found in rows.items():
        for number, row in enumerate(listed(found)):
            if "fixed" in row:
                yield (file, name, number), row


def listed(rows: Any) -> list[dict[str, Any]]:
    """The rows of a mnemonic: one, or a list of them."""
    return rows if isinstance(rows, list) else [rows]


@lru_cache(maxsize=1)
def tables() -> Parts:
    """The tables as plain data, one entry a file."""
    folder = tables_folder()
    files = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    here, suffix = os.path.dirname(__file__), os.path.splitext(__file__)[1]
    made_by = (*(name + suffix for name in ("tables", "does", "meaning")), "meaning.lark")
    inputs = [*(os.path.join(here, name) for name in made_by), *files]
    return derived_parts("tables", inputs, _read_tables)


def retired_csr_names() -> dict[str, int]:
    """Name of a control and status register that no manual has any more → its number."""
    return tables()["_retired_csr"]  # type: ignore[no-any-return]


class Layered(Parts):
    """Tables laid over the package's own: what they do not have is looked up there."""

    def __init__(self, parts: Mapping[str, Any], own: tuple[Any, ...]) -> None:
        """`own`: the `own_tables.OwnTable`s that they come from."""
        super().__init__({}, b"", dict)
        self.update(parts)
        self.own = own

    def __missing__(self, name: str) -> Any:
        return tables()[name]

    __hash__ = object.__hash__  # type: ignore[assignment]

    __eq__ = object.__eq__


def meanings(file: str, found: Parts) -> dict[str, list[Template]]:
    """Mnemonic → what each of its rows in a file does; nothing where it is told by `expands`."""
    return found[f"{_MEANINGS} {file}"]  # type: ignore[no-any-return]


def spellings(file: str, found: Parts) -> dict[str, str]:
    """Python spelling → mnemonic, of the rows in a file."""
    return found[f"{_SPELLINGS} {file}"]  # type: ignore[no-any-return]


def encodings(file: str, found: Parts) -> list[tuple[int, int, str, Place]]:
    """(mask, match, the extension that the row needs, its place) of each row in a file."""
    return found[f"{_ENCODINGS} {file}"]  # type: ignore[no-any-return]


def compressions(file: str, found: Parts) -> dict[str, list[list[Any]]]:
    """Base mnemonic → [compressed mnemonic, number of its row, expansion] of a file."""
    return found[f"{_COMPRESSIONS} {file}"]  # type: ignore[no-any-return]


def extension_files(found: Parts | None = None) -> dict[str, str]:
    """Name in an ISA string → file of rows, in order of preference; `i` is the base, and ``
    the pseudo-instructions."""
    return (tables() if found is None else found)["_files"]  # type: ignore[no-any-return]


def known_extensions(found: Parts | None = None) -> tuple[str, ...]:
    """The extensions that there is a file of, apart from the base."""
    parts = parts_of_extensions()
    return tuple(name for name in extension_files(found) if name not in ("i", "", *parts))


def extension_names(found: Parts | None = None) -> tuple[str, ...]:
    """What an ISA string can name, apart from the base: these, their parts, and several at once."""
    named = (*known_extensions(found), *implied_extensions(found), *parts_of_extensions())
    return tuple(name for name in dict.fromkeys(named) if name != "i" and "." not in name)


def parts_of_extensions() -> dict[str, str]:
    """Part of an extension → the extension. One that has rows of its own, too, has its part of the
    other by a name with a dot."""
    return tables()["_part_of"]  # type: ignore[no-any-return]


def joined_extensions() -> dict[str, tuple[str, ...]]:
    """Extension → those with which it comes where an ISA string names all of them."""
    return tables()["_joined"]  # type: ignore[no-any-return]


def excluded_extensions() -> dict[str, tuple[str, ...]]:
    """Extension → those whose bits mean something else with it; of two, one stands here."""
    return tables()["_excluded"]  # type: ignore[no-any-return]


def rivals_of(name: str) -> set[str]:
    """The extensions whose bits mean something else with this one."""
    stated = excluded_extensions()
    return {*stated.get(name, ()), *(other for other, names in stated.items() if name in names)}


def implied_extensions(found: Parts | None = None) -> dict[str, tuple[str, ...]]:
    """Extension → those that come with it; `i` has what comes with every base."""
    return (tables() if found is None else found)["_implied"]  # type: ignore[no-any-return]
