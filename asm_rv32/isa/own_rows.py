"""The form of a table of one's own: which keys it has, of which types, within which bounds.

Input: a TOML file's contents, which may be anything. Output: its `Content`, and what is wrong with
it, each with the key that it is wrong with.
Invariant: what is returned without a fault has the form of the tables in `encodings/`, so that
whoever reads those can read it. Whether a row is right is `isa.checking`'s matter.

    [extension]      name, as ISA strings have it: x..., title, implies; all may be left out
    [operands]       rows as in encodings/operands.toml
    [csr]            NAME = number, or { at, writable, reset }, which the emulator holds then
    [instructions]   rows as in encodings/, and how long they take: timing, category
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from keyword import iskeyword

from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.basis.toml_text import kind_of
from asm_rv32.isa.kinds import KINDS
from asm_rv32.isa.operands import EVERY_REGISTER, REGISTER_NAMES
from asm_rv32.isa.tables import listed

ROW_LIMIT = 500
"""Rows of a file, operands of a file, and registers of a file."""
ENCODINGS_LIMIT = 16
"""Rows of a mnemonic."""
TEXT_LIMIT = 1000
"""Characters of a text, and texts of a list a tenth of it."""
SECTIONS = ("extension", "operands", "csr", "instructions")
CATEGORIES = ("arithmetic", "memory", "control")

_EXTENSION = r"x[a-z][a-z0-9]{0,30}"
_WORD = r"[a-z][a-z0-9_]{0,30}"
_MNEMONIC = rf"{_WORD}(\.[a-z0-9_]{{1,30}}){{0,3}}"
_NUMBER = r"(0x[0-9a-f]{1,8}|0|[1-9]\d{0,9})"
_BIT = r"([12]?\d|3[01])"
_FIX = rf"{_BIT}(\.\.{_BIT})?={_NUMBER}"
_FIXED = rf"{_FIX}( {_FIX})*"
_RUN = rf"{_BIT}(:{_BIT})?"
_BITS = rf"{_RUN}(\[{_RUN}(\|{_RUN})*\])?( {_RUN}(\[{_RUN}(\|{_RUN})*\])?)*"
_OPERAND = rf"-?\w{{1,31}}(\({_WORD}\))?"
_SYNTAX = rf"({_OPERAND}(, {_OPERAND})*)?"

Wrong = tuple[str, tuple[str, ...], str]
"""A message, the key of the value that it is about, and a text within that value."""


class Content(NamedTuple):
    """What a file says, once its form is right."""

    extension: dict[str, Any]
    operands: dict[str, dict[str, Any]]
    csr: dict[str, Any]
    instructions: dict[str, Any]


def read_form(data: dict[str, Any]) -> tuple[Content, list[Wrong]]:
    """A file's content as far as its form is right, and what is wrong with it."""
    form = _Form()
    return form.content(data), form.wrong


class _Form:
    def __init__(self) -> None:
        self.wrong: list[Wrong] = []

    def content(self, data: dict[str, Any]) -> Content:
        self.keys((), data, SECTIONS)
        parts: dict[str, dict[str, Any]] = {}
        for section in SECTIONS:
            found = data.get(section, {})
            if not isinstance(found, dict):
                self.blame(f"[{section}] is a table, got {kind_of(found)}", section)
                found = {}
            elif len(found) > ROW_LIMIT:
                self.blame(f"[{section}] has more than {ROW_LIMIT} entries", section)
                found = {}
            parts[section] = found
        if not parts["instructions"] and not self.wrong:
            self.blame("there is no [instructions] with a row in it")
        return Content(
            self.row(("extension",), parts["extension"], _OF_EXTENSION),
            {name: row for name, row in parts["operands"].items() if self.operand(name, row)},
            {name: {"at": row} if type(row) is int else row
             for name, row in parts["csr"].items() if self.register(name, row)},
            {name: rows for name, rows in parts["instructions"].items()
             if self.instruction(name, rows)},
        )  # fmt: skip

    def operand(self, name: str, row: Any) -> bool:
        """Whether a row of [operands] has the form of one."""
        key, before = ("operands", name), len(self.wrong)
        if not re.fullmatch(_WORD, name) or name in REGISTER_NAMES:
            self.blame(f"{name!r} is no name for an operand: small letters, digits and _", *key)
        if self.is_table(key, row):
            self.row(key, row, _OF_OPERAND)
            for wanted in ("kind", "bits"):
                if wanted not in row:
                    self.blame(f"the operand {name!r} has no {wanted!r}", *key)
        return len(self.wrong) == before

    def register(self, name: str, row: Any) -> bool:
        """Whether a row of [csr] has the form of one."""
        key, before = ("csr", name), len(self.wrong)
        if not re.fullmatch(_WORD, name) or name in REGISTER_NAMES:
            self.blame(f"{name!r} is no name for a register: small letters, digits and _", *key)
        if type(row) is int:
            row = {"at": row}
        if self.is_table(key, row):
            self.row(key, row, _OF_REGISTER)
            if "at" not in row:
                self.blame(f"the register {name!r} has no number: {name} = 0x7c0", *key)
        return len(self.wrong) == before

    def instruction(self, name: str, rows: Any) -> bool:
        """Whether the rows of a mnemonic have the form of such."""
        key, before = ("instructions", name), len(self.wrong)
        if not re.fullmatch(_MNEMONIC, name) or iskeyword(name):
            self.blame(
                f"{name!r} is no mnemonic: words of small letters, digits and _, with dots between",
                *key,
            )
        if isinstance(rows, list) and not 1 <= len(rows) <= ENCODINGS_LIMIT:
            self.blame(f"{name!r} takes 1 to {ENCODINGS_LIMIT} rows, got {len(rows)}", *key)
            return False
        for row in listed(rows):
            if not self.is_table(key, row):
                continue
            self.row(key, row, _OF_INSTRUCTION)
            if "syntax" not in row:
                self.blame(f"{name!r} has no 'syntax': its operands, \"\" for none", *key)
            if ("does" in row) == ("expands" in row):
                self.blame(f"{name!r} says what it does either by 'does' or by 'expands'", *key)
            if "fixed" not in row and "expands" not in row:
                self.blame(f"{name!r} has no 'fixed': the bits that are always the same", *key)
            if "fixed" in row and isinstance(row.get("expands"), list):
                self.blame(f"{name!r}: what has bits of its own expands to one instruction", *key)
            if "category" in row and not isinstance(row.get("timing"), dict):
                self.blame(f"{name!r}: 'category' goes with cycles of its own in 'timing'", *key)
        return len(self.wrong) == before

    def is_table(self, key: tuple[str, ...], row: Any) -> bool:
        """Whether a row is a table."""
        if not isinstance(row, dict):
            self.blame(f"{key[-1]!r} takes a table, got {kind_of(row)}", *key)
        return isinstance(row, dict)

    def row(
        self, key: tuple[str, ...], row: dict[str, Any], known: dict[str, _Check]
    ) -> dict[str, Any]:
        """The values of a row that are what their keys take."""
        self.keys(key, row, tuple(known))
        kept = {}
        for name, value in row.items():
            if name in known:
                wrong = list(known[name](value))
                for message in wrong:
                    word = value if isinstance(value, str) else ""
                    self.blame(f"{name!r} {message}", *key, word=word)
                if not wrong:
                    kept[name] = value
        return kept

    def keys(self, key: tuple[str, ...], row: dict[str, Any], known: tuple[str, ...]) -> None:
        """Blame what stands in a table and is not known there."""
        for name in row:
            if name not in known:
                where = f" in {'.'.join(key)}" if key else ""
                self.blame(f"there is no {name!r}{where}; known: {', '.join(known)}", *key, name)

    def blame(self, message: str, *key: str, word: str = "") -> None:
        self.wrong.append((message, key, word))


_Check = Callable[[Any], Iterator[str]]
"""What is wrong with a value, in words that go behind its key."""


def _text(pattern: str, wanted: str) -> _Check:
    """A text of a form."""

    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"takes a text, got {kind_of(value)}"
        elif len(value) > TEXT_LIMIT:
            yield f"is longer than {TEXT_LIMIT} characters"
        elif not re.fullmatch(pattern, value):
            yield f"takes {wanted}, got {value!r}"

    return check


def _texts(pattern: str, wanted: str, alone: bool = True) -> _Check:
    """A list of texts of a form, or such a text `alone`."""
    each = _text(pattern, wanted)

    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, list):
            yield from each(value) if alone else ["takes a list of texts"]
        elif not 1 <= len(value) <= TEXT_LIMIT // 10:
            yield f"takes 1 to {TEXT_LIMIT // 10} texts, got {len(value)}"
        else:
            yield from (message for one in value for message in each(one))

    return check


def _integer(low: int, high: int) -> _Check:
    def check(value: Any) -> Iterator[str]:
        if type(value) is not int:
            yield f"takes a whole number, got {kind_of(value)}"
        elif not low <= value <= high:
            yield f"takes {low}..{high}, got {value}"

    return check


def _truth(value: Any) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"takes true or false, got {kind_of(value)}"


def _registers(value: Any) -> Iterator[str]:
    if not isinstance(value, str) or not 1 <= len(value.split()) <= 32:
        yield "takes names of registers with blanks between, as 'zero sp'"
    else:
        unknown = [name for name in value.split() if name not in REGISTER_NAMES]
        yield from (f"names {name!r}, which is no register" for name in unknown)


def _numbers(value: Any) -> Iterator[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= TEXT_LIMIT // 10:
        yield f"takes a list of 1 to {TEXT_LIMIT // 10} whole numbers"
    elif any(type(each) is not int or abs(each) > 0xFFFF_FFFF for each in value):
        yield "takes whole numbers of at most 32 bits"


def _timing(value: Any) -> Iterator[str]:
    """A class that there is, or cycles for each core."""
    if not isinstance(value, dict):
        yield from _text(_WORD, "a class as alu or mul, or { CORE = cycles }")(value)
    else:
        for core, cycles in value.items():
            if type(cycles) is not int or not 1 <= cycles <= 1 << 20:
                yield f"takes cycles from 1 to {1 << 20} of a core, got {cycles!r} of {core!r}"


_OF_EXTENSION: dict[str, _Check] = {
    "name": _text(_EXTENSION, "a name as 'xmine': x, a letter, then letters and digits"),
    "title": _text(r"[^\n]{1,80}", "a line of at most 80 characters"),
    "implies": _text(r"\w+( \w+)*", "names of extensions with blanks between"),
}
_OF_OPERAND: dict[str, _Check] = {
    "kind": _text("|".join(KINDS), f"one of {', '.join(KINDS)}"),
    "bits": _text(_BITS, "runs of bits as '31:25[11:5] 11:7[4:0]'"),
    "nonzero": _truth,
    "modulo": _integer(1, 32),
    "except": _registers,
    "base": _text("|".join(EVERY_REGISTER), "a register"),
    "only": _numbers,
    "holds": lambda value: (_numbers if isinstance(value, list) else _registers)(value),
    "least": _integer(0, 0xFFFF_FFFF),
    "names": _text(rf"{_WORD}( {_WORD}){{0,31}}", "at most 32 words with blanks between"),
}
_OF_REGISTER: dict[str, _Check] = {
    "at": _integer(0, 0xFFF),
    "writable": _integer(0, 0xFFFF_FFFF),
    "reset": _integer(0, 0xFFFF_FFFF),
}
_STATEMENT = r"[a-z][^\n]*"
_OF_INSTRUCTION: dict[str, _Check] = {
    "syntax": _texts(_SYNTAX, "operands as 'rd, rs1, imm12' or 'rd, imm12(rs1)'"),
    "gnu": _text(_SYNTAX, "operands as 'rd, rs1, imm12' or 'rd, imm12(rs1)'"),
    "fixed": _text(_FIXED, "bits as '31..25=0x10 14..12=2 6..0=0x33'"),
    "does": _text(r"[^\n]+", "a meaning as 'rd = rs1 + rs2'"),
    "expands": _texts(_STATEMENT, "instructions as 'addi rd, rs1, 0'"),
    "also": _texts(_STATEMENT, "instructions as 'addi rd, rs1, 0'", alone=False),
    "base": _texts(_STATEMENT, "instructions as 'addi scratch, rs1, 0'"),
    "far": _texts(_STATEMENT, "instructions as 'jal zero, branch13'"),
    "meant": _texts(_SYNTAX, "operands as 'zero, zero, 0'", alone=False),
    "hint": _truth,
    "distinct": _truth,
    "needs": _text(_WORD, "a table file as 'rv32m'"),
    "within": _text(_MNEMONIC, "a mnemonic"),
    "timing": _timing,
    "category": _text("|".join(CATEGORIES), f"one of {', '.join(CATEGORIES)}"),
}
