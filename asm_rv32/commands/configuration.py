"""What a project's pyproject.toml says of how its files are assembled and checked.

    [tool.asm_rv32]
    isa = "rv32imc_zba"         # as --isa
    dialect = "micropython"     # as --dialect
    core = "hazard3"            # as --core
    tables = ["chip.toml"]      # as --tables, of the file's folder and below
    board = "rp2350"            # as --board

    [tool.asm_rv32.lint]
    ignore = ["hint"]           # as --ignore

Input: the path of a source file. Output: its `Configuration`, of the nearest pyproject.toml with
such a table in the file's folder or one around it.
Invariants: what a command's options say goes first; a file without the table is not read as TOML,
nor is its reader loaded; a wrong one raises `ConfigurationError` with every mistake and its place.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from asm_rv32.basis.diagnostics import AssemblyError, Diagnostic, Source, Span, did_you_mean
from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.commands.console import STANDARD, CommandError

FILE = "pyproject.toml"
SIZE_LIMIT = 1 << 20
"""Bytes of a file."""
LATER: tuple[str, ...] = ()
"""Keys that are kept for what there is not yet."""
_TABLE = ("tool", "asm_rv32")
_KEYS = ("isa", "dialect", "core", "board", "tables", "lint")
_MENTIONED = rb"""(?m)^[\s\["']*(?:tool["']?\s*\.\s*["']?)?asm_rv32"""
"""A line that can begin the table, or a part of it."""


class Configuration(NamedTuple):
    """What a project asks for; None, or nothing, where it does not."""

    path: str | None = None
    """The file that says it."""
    isa: str | None = None
    dialect: str | None = None
    core: str | None = None
    """One that `cores` describes, be it by its registers alone."""
    ignore: tuple[str, ...] = ()
    """Codes of findings to leave out."""
    tables: tuple[str, ...] = ()
    """Paths of files of instructions of one's own."""
    board: str | None = None

    def heeded(self, found: Iterable[Diagnostic]) -> list[Diagnostic]:
        """The diagnostics but for the findings that are left out; an error always stays."""
        return [each for each in found if each.severity == "error" or each.code not in self.ignore]


class ConfigurationError(AssemblyError):
    """A pyproject.toml whose table is wrong, with all that is wrong in it."""


def configuration(path: str) -> Configuration:
    """The configuration of a source file; of standard input, `-`, that of the current directory.

    Raises ConfigurationError, CommandError.
    """
    try:
        folder = os.getcwd() if path == STANDARD else os.path.dirname(os.path.abspath(path))
    except (FileNotFoundError, ValueError):
        return Configuration()  # the current directory is gone; no path is like that
    while True:
        file = os.path.join(folder, FILE)
        data = _contents(file)
        # Most files do not name the package at all, and need no pattern.
        mentioned = b"asm_rv32" in data and re.search(_MENTIONED, data)
        found = _read(file, data) if mentioned else None
        if found is not None:
            return found
        folder, inner = os.path.dirname(folder), folder
        if folder == inner:
            return Configuration()


def _contents(path: str) -> bytes:
    """The bytes of a file; none where there is no file of that name."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return b""
        with open(path, "rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror or error}", code="file") from None
    if len(data) > SIZE_LIMIT:
        raise CommandError(f"{path} is larger than {SIZE_LIMIT >> 20} MiB", code="too-large")
    return data


@lru_cache(maxsize=16)
def _read(path: str, data: bytes) -> Configuration | None:
    """What the file says; None where it only mentions the table's name elsewhere."""
    from asm_rv32.basis.toml_text import NoToml, contents

    source = Source(path, data.decode("utf-8", "replace"))
    try:
        found: Any = contents(source, data)
    except NoToml as error:
        raise _error(source, [(error.message, error.span, ())]) from None
    for name in _TABLE:
        if not isinstance(found, dict) or name not in found:
            return None
        found = found[name]
    return _Reader(source).configuration(found)


_Wrong = tuple[str, Span, tuple[str, ...]]
"""A message, its place and its notes."""


def _error(source: Source, wrong: Iterable[_Wrong]) -> ConfigurationError:
    return ConfigurationError([Diagnostic("configuration", *each) for each in wrong], source)


class _Reader:
    """Takes a table apart; `wrong` is what does not fit."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.wrong: list[_Wrong] = []

    def configuration(self, table: Any) -> Configuration:
        """The table as a configuration. Raises ConfigurationError."""
        from asm_rv32.assembler.dialects import DIALECTS
        from asm_rv32.boards import board_names
        from asm_rv32.cores import described

        keys = self.table(_TABLE, table, _KEYS, LATER)
        lint = self.table((*_TABLE, "lint"), keys.get("lint", {}), ("ignore",))
        made = Configuration(
            self.source.path,
            self.word(keys, "isa", _known_isa),
            self.word(keys, "dialect", _one_of("dialect", lambda: DIALECTS)),
            self.word(keys, "core", _one_of("core", described)),
            self.codes(lint),
            self.files(keys),
            self.word(keys, "board", _one_of("board", board_names)),
        )
        if self.wrong:
            raise _error(self.source, self.wrong)
        return made

    def table(
        self, name: tuple[str, ...], value: Any, known: tuple[str, ...], later: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """The known keys of a table."""
        shown = f"[{'.'.join(name)}]"
        if not isinstance(value, dict):
            self.blame(f"{shown} is a table of {', '.join(known)}", name)
            return {}
        for key in value:
            if key in later:
                self.blame(f"{key!r} is not known yet; known in {shown}: {', '.join(known)}",
                           (*name, key))  # fmt: skip
            elif key not in known:
                message = f"there is no {key!r} in {shown}; known: {', '.join(known)}"
                self.blame(message, (*name, key), did_you_mean(key, known))
        return {key: value[key] for key in value if key in known}

    def word(
        self, keys: dict[str, Any], key: str, check: Callable[[str], Iterator[str]]
    ) -> str | None:
        """The text that a key has, once `check` finds nothing wrong with it."""
        value = keys.get(key)
        if value is None:
            return None
        place = (*_TABLE, key)
        if not isinstance(value, str):
            self.blame(f"{key!r} takes a string, got {_kind(value)}", place)
            return None
        message, *notes = [*check(value)] or [""]
        if message:
            self.blame(message, place, tuple(notes), value)
        return value

    def files(self, keys: dict[str, Any]) -> tuple[str, ...]:
        """The paths of `tables`, which lie in the folder of the file or below."""
        value, place = keys.get("tables", []), (*_TABLE, "tables")
        named = [value] if isinstance(value, str) else value
        if not isinstance(named, list) or any(not isinstance(each, str) for each in named):
            self.blame(f"'tables' takes a path or a list of paths, got {_kind(value)}", place)
            return ()
        folder = os.path.realpath(os.path.dirname(self.source.path))
        found = []
        for name in named:
            path = os.path.join(folder, name) if "\0" not in name else "/"
            if (
                os.path.isabs(name)
                or os.path.commonpath((folder, os.path.realpath(path))) != folder
            ):
                self.blame(f"'tables' names {name!r}, which is outside of this folder", place,
                           (), name)  # fmt: skip
            found.append(os.path.join(os.path.dirname(self.source.path), name))
        return tuple(found)

    def codes(self, lint: dict[str, Any]) -> tuple[str, ...]:
        """The codes of `ignore`."""
        value = lint.get("ignore", [])
        place = (*_TABLE, "lint", "ignore")
        if not isinstance(value, list):
            self.blame(f"'ignore' takes a list of codes, got {_kind(value)}", place)
            return ()
        for code in value:
            if not isinstance(code, str):
                self.blame(f"'ignore' takes strings, got {_kind(code)}", place)
            else:
                message, *notes = [*_known_code(code)] or [""]
                if message:
                    self.blame(message, place, tuple(notes), code)
        return tuple(code for code in value if isinstance(code, str))

    def blame(
        self, message: str, key: tuple[str, ...], notes: tuple[str, ...] = (), word: str = ""
    ) -> None:
        from asm_rv32.basis.toml_text import place_of  # few files have a mistake

        self.wrong.append((message, place_of(key, self.source.text, word), notes))


def _kind(value: Any) -> str:
    """What a value is in TOML's words."""
    from asm_rv32.basis.toml_text import kind_of

    return kind_of(value)


def _known_isa(text: str) -> Iterator[str]:
    from asm_rv32.isa.sets import IsaError, check_isa

    try:
        check_isa(text)
    except IsaError as error:
        yield str(error)


def _one_of(what: str, known: Callable[[], Iterable[str]]) -> Callable[[str], Iterator[str]]:
    def check(text: str) -> Iterator[str]:
        names = tuple(known())
        if text not in names:
            yield f"there is no {what} {text!r}; known: {', '.join(names)}"
            yield from did_you_mean(text, names)

    return check


def _known_code(text: str) -> Iterator[str]:
    from asm_rv32.basis.diagnostics import CODES

    if text not in CODES:
        yield f"there is no code {text!r}"
        yield from did_you_mean(text, CODES)
