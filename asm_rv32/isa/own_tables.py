"""Instructions of one's own: a TOML file of rows as those in `encodings/`, laid over these.

Input: the path of such a file, or its bytes. Output: `OwnTable`s, and ISA strings that bring them
along.
Invariant: a file is data, whatever it holds: nothing of it is executed, and its size and all that
is made of it are bounded. Whoever has an `OwnTable` has one whose rows are right by themselves; an
ISA that `with_tables` gives has no word that decodes as two instructions.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from asm_rv32.basis.diagnostics import (
    DIAGNOSTIC_LIMIT,
    AssemblyError,
    Diagnostic,
    Source,
    Span,
)
from asm_rv32.basis.records import Any
from asm_rv32.basis.toml_text import NoToml, contents, place_of
from asm_rv32.isa.checking import check_row, overlap
from asm_rv32.isa.kinds import operand_kind
from asm_rv32.isa.operands import REGISTER_NAMES, OperandKind
from asm_rv32.isa.own_rows import Content, Wrong, read_form
from asm_rv32.isa.rows import Row
from asm_rv32.isa.sets import InstructionSet, Isa, everything, extensions_in, instruction_set
from asm_rv32.isa.tables import (
    DIRECTIVES,
    Layered,
    Place,
    TableError,
    csr_of,
    csr_rows,
    csr_states,
    derived_rows,
    extension_names,
    fixed_bits,
    listed,
    meaning_of,
    python_name,
    tables,
)

SIZE_LIMIT = 1 << 18
"""Bytes of a file."""
SUFFIX = ".toml"
_TAKEN = frozenset((*DIRECTIVES, "hi", "lo", "range", "len", "ord"))
"""Words of the language that no instruction can have."""


class OwnTable:
    """The extension that one file describes; the same as another only where it is that."""

    def __init__(self, source: Source, content: Content, name: str) -> None:
        self.source = source
        self.name = name
        """As ISA strings have it; the rows' file has that name, too."""
        self.content = content

    def timed(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The mnemonics that say how long they take, each with its first row that does."""
        for name, rows in self.content.instructions.items():
            row = next((row for row in listed(rows) if "timing" in row), None)
            if row is not None:
                yield name, row

    def __repr__(self) -> str:
        return f"OwnTable({self.source.path!r}, {self.name})"


def own_table(path: str | os.PathLike[str], shown: str | None = None) -> OwnTable:
    """The table in a file. Raises AssemblyError with all that is wrong in it, OSError.

    `shown`: what the file is called in messages.
    """
    name = shown or os.fspath(path)
    with open(path, "rb", opener=_opened) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise tables_error(
                Source(name, ""), [("it is no file that can be read as TOML", (), "")]
            )
        data = file.read(SIZE_LIMIT + 1)
    return read_table(name, data)


def _opened(path: str, flags: int) -> int:
    """A file that is open at once: neither a device nor a pipe is waited for."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


@lru_cache(maxsize=32)
def read_table(name: str, data: bytes) -> OwnTable:
    """The table in the bytes of a file of that name. Raises AssemblyError."""
    source = Source(name, data.decode("utf-8", "replace"))
    if len(data) > SIZE_LIMIT:
        message = f"it is larger than {SIZE_LIMIT >> 10} KiB"
        raise tables_error(Source(name, ""), [(message, (), "")], "too-large")
    try:
        found = contents(source, data)
    except NoToml as error:
        raise AssemblyError([Diagnostic("tables", error.message, error.span)], source) from None
    content, wrong = read_form(found)
    extension = content.extension.get("name") or _name_of(name)
    if not wrong:
        wrong = [*_clashes(content, extension), *_unfit(content), *_mistimed(content)]
    if wrong:
        raise tables_error(source, wrong)
    return OwnTable(source, content, extension)


def _name_of(path: str) -> str:
    """The extension of a file that names none: `mine.toml` → `xmine`."""
    stem = os.path.basename(path).lower().removesuffix(SUFFIX)
    letters = "".join(c for c in stem if c.isascii() and c.isalnum())
    return (letters if letters.startswith("x") else f"x{letters}")[:32]


def tables_error(source: Source, wrong: Sequence[Wrong], code: str = "tables") -> AssemblyError:
    """All that is wrong with a file, each with its place."""
    found = [
        Diagnostic(code, message, place_of(key, source.text, word) if key else Span(0, 0))
        for message, key, word in wrong[:DIAGNOSTIC_LIMIT]
    ]
    return AssemblyError(found, source)


# ---- a file by itself


def _clashes(content: Content, extension: str) -> Iterator[Wrong]:
    """Names that stand for something already."""
    if extension in {*extension_names(), *map(str.lower, tables()["extensions"])}:
        yield f"the extension {extension!r} is there already", ("extension", "name"), ""
    for name in content.extension.get("implies", "").lower().split():
        if name not in extension_names():
            message = f"there is no extension {name!r}; known: {', '.join(extension_names())}"
            yield message, ("extension", "implies"), ""
    for name in content.operands:
        if name in tables()["operands"]:
            yield f"the operand {name!r} is there already", ("operands", name), ""
    numbers = {number: name for name, number in tables()["csr"].items()}
    for name, at, _ in csr_rows(content.csr):
        if name in tables()["csr"]:
            yield f"the register {name!r} is there already", ("csr", name), ""
        elif at in numbers:
            yield f"the register {at:#x} is there already: {numbers[at]}", ("csr", name), ""
        numbers[at] = name
    known = everything().mnemonic_of
    spelled: dict[str, str] = {}
    for name in content.instructions:
        python = python_name(name)
        key = ("instructions", name)
        if python in known:
            yield f"the instruction {name!r} is there already, as {known[python]!r}", key, ""
        elif python in spelled:
            yield f"{name!r} and {spelled[python]!r} are both written {python}(...)", key, ""
        elif python in _TAKEN or python in REGISTER_NAMES:
            yield f"{name!r} is a word of the language", key, ""
        spelled[python] = name


def _mistimed(content: Content) -> Iterator[Wrong]:
    """Classes that are not known, or that an instruction cannot be of."""
    classes = tables()["timing"]
    going = [name for name, row in classes.items() if row.get("goes")]
    for name, rows in content.instructions.items():
        for row in listed(rows):
            timing, key = row.get("timing"), ("instructions", name)
            goes = re.search(r"\bgoto\b", row.get("does", ""))
            if isinstance(timing, str) and timing not in classes:
                message = f"there is no timing class {timing!r}; known: {', '.join(classes)}"
                yield message, key, timing
            elif timing is not None and (timing in going) != bool(goes):
                message = (
                    f"{name} goes elsewhere: its timing is one of {', '.join(going)}"
                    if goes
                    else f"{name} goes nowhere else: {timing} is not its timing"
                )
                yield message, key, str(timing)


def _unfit(content: Content) -> Iterator[Wrong]:
    """Operands and meanings that are wrong whatever stands beside them."""
    kinds: dict[str, OperandKind] = {}
    for name, row in tables()["operands"].items():
        kinds[name] = operand_kind(name, row)
    for name, row in content.operands.items():
        try:
            kinds[name] = _kind(name, row)
        except ValueError as error:
            yield f"the operand {name!r}: {error}", ("operands", name), str(row["bits"])
    for name, rows in content.instructions.items():
        for row in listed(rows):
            for key, check in (("fixed", _check_fixed), ("does", meaning_of)):
                try:
                    check(name, row, kinds)
                except TableError as error:
                    yield str(error), ("instructions", name), str(row.get(key, ""))


def _check_fixed(name: str, row: dict[str, Any], kinds: dict[str, OperandKind]) -> None:
    """Raise TableError where fixed bits overlap."""
    fixed_bits(row.get("fixed", ""))


def _kind(name: str, row: dict[str, Any]) -> OperandKind:
    """The kind of operand of a row. Raises ValueError."""
    if row["kind"] in ("reglist", "push", "pop"):
        raise ValueError(f"{row['kind']!r} belongs to Zcmp's rows")
    found = operand_kind(name, row)
    bits = sum(((1 << part.width) - 1) << part.value_low for part in found.parts)
    if bits // (bits & -bits) & (bits // (bits & -bits) + 1):
        raise ValueError("a bit of the value between two others is nowhere in the word")
    fields = 1 << sum(part.width for part in found.parts)
    if found.holds and len(set(found.holds)) != fields:
        raise ValueError(f"'holds' takes {fields} values, one for each of its bits'")
    if (row["kind"] == "named") != bool(found.names) or len(set(found.names)) > fields:
        raise ValueError(f"'names' goes with the kind 'named', and has at most {fields} words")
    is_in_place = 0 <= found.base - found.first <= 32 - fields
    if found.is_register and not found.holds and not is_in_place:
        raise ValueError(f"from {found.base} on there are no {fields} registers")
    if found.is_target and found.unit < 2:
        raise ValueError("a label is a multiple of 2 away: its value begins with bit 1")
    if any(each not in range(found.minimum, found.maximum + 1) for each in found.only):
        raise ValueError("'only' has a value that its bits do not hold")
    return found


# ---- beside the instructions of an ISA


def with_tables(isa: str, own: Iterable[OwnTable]) -> str:
    """The ISA string with these tables' extensions in it. Raises AssemblyError, with the place in
    its file, where a row does not go with the others; IsaError."""
    held = isa.tables.own if isinstance(isa, Isa) else ()
    every = tuple(dict.fromkeys((*held, *own)))
    if every == held:
        return isa
    return _with_tables(str(isa), every)


@lru_cache(maxsize=64)
def _with_tables(isa: str, own: tuple[OwnTable, ...]) -> Isa:
    _require_distinct(own)
    named = extensions_in(isa)
    found = Isa("_".join([isa, *(each.name for each in own if each.name not in named)]))
    found.tables = layered(own)
    instructions = instruction_set(found)
    for check in (_beside, _ambiguous):  # whether a word is of two rows hangs on right ones
        for each in own:
            wrong = list(check(each, instructions))
            if wrong:
                raise tables_error(each.source, wrong)
    return found


def _require_distinct(own: tuple[OwnTable, ...]) -> None:
    """Two files describe two extensions, and no word twice."""
    taken: dict[tuple[str, str], OwnTable] = {}
    for each in own:
        names = [("extension", each.name)]
        names += [("operands", name) for name in each.content.operands]
        names += [("csr", name) for name in each.content.csr]
        names += [("instructions", name) for name in each.content.instructions]
        for key in names:
            other = taken.setdefault(key, each)
            if other is not each:
                message = f"{key[1]!r} stands in {other.source.path}, too"
                raise tables_error(each.source, [(message, key, key[1])])


@lru_cache(maxsize=32)
def layered(own: tuple[OwnTable, ...]) -> Layered:
    """The tables of all of these over the package's."""
    base = tables()
    operands = dict(base["operands"])
    files, implied = dict(base["_files"]), dict(base["_implied"])
    titles, parts = dict(base["extensions"]), dict[str, Any]()
    pseudo = files.pop("")
    csr_of_own, states = dict(base["_csr_of"]), dict(base["_states"])
    for each in own:
        content = each.content
        operands.update(content.operands)
        rows = {name: row | {"of": each.name} for name, row in content.csr.items()}
        csr_of_own |= csr_of(rows)
        states |= csr_states(rows)
        files[each.name] = each.name
        implied[each.name] = tuple(content.extension.get("implies", "").lower().split())
        titles[each.name] = {"title": content.extension.get("title", "one's own")}
        parts[each.name] = content.instructions
    kinds = {name: operand_kind(name, row) for name, row in operands.items()}
    for each in own:
        parts |= derived_rows(each.name, each.content.instructions, kinds)
    parts |= {
        "operands": operands, "_csr_of": csr_of_own, "_states": states,
        "_files": {**files, "": pseudo}, "_implied": implied,
        "extensions": titles,
    }  # fmt: skip
    return Layered(parts, own)


def _rows(own: OwnTable, instructions: InstructionSet) -> Iterator[tuple[Place, dict[str, Any]]]:
    """The places of a table's rows that an ISA has, and the rows."""
    for name, written in own.content.instructions.items():
        for number, data in enumerate(listed(written)):
            if data.get("needs", own.name) in instructions.extensions:
                yield (own.name, name, number), data


def _beside(own: OwnTable, instructions: InstructionSet) -> Iterator[Wrong]:
    """What is wrong with the rows of a table, with the instructions of an ISA to expand to."""
    for place, data in _rows(own, instructions):
        key = ("instructions", place[1])
        try:
            row = instructions.row_at(place)
            _require_whole(row)
            check_row(row)
        except TableError as error:
            yield str(error), key, _blamed(str(error), data)


def _ambiguous(own: OwnTable, instructions: InstructionSet) -> Iterator[Wrong]:
    """The rows of a table that have a word of another."""
    rows = [instructions.row_at(place) for place, _ in _rows(own, instructions)]
    encoded = [row for row in rows if not row.is_pseudo]
    others = [row for row in instructions.encodings if row.extension != own.name]
    for at, row in enumerate(encoded):
        rival = next((each for each in (*others, *encoded[:at]) if overlap(row, each)), None)
        if rival is not None:
            of = f"{rival.name!r} ({rival.extension})"
            message = f"{row.name}: a word of it is one of {of}, too"
            yield message, ("instructions", row.name), str(row.data["fixed"])


def _require_whole(row: Row) -> None:
    """A row with bits of its own does something by itself, or is short for what does."""
    if row.size == 4 and "expands" in row.data:
        raise TableError(f"{row.name}: 32 bits expand to nothing shorter: say what it does, 'does'")
    within = row.data.get("within")
    if within is not None and not row.instructions.rows(within):
        raise TableError(f"{row.name}: there is no {within!r} whose words these are")
    if row.size == 2 and not row.instructions.compressed:
        raise TableError(f'{row.name}: 16 bits need the extension C: implies = "C"')


def _blamed(message: str, data: dict[str, Any]) -> str:
    """The text of a row that a message is about, as far as it can be told."""
    texts: list[str] = []
    for key in ("expands", "also", "base", "far", "meant", "within", "syntax", "gnu", "fixed"):
        found = data.get(key, ())
        texts += [found] if isinstance(found, str) else found
    return next((text for text in texts if text and repr(text) in message), "")
