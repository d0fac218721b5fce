"""The text of a TOML file that someone wrote: its contents, and where in it what stands.

Input: the bytes of a file. Output: its contents as plain data, and `Span`s of its values.
Invariant: whatever the bytes are, what is wrong with them has a place.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

from asm_rv32.basis.diagnostics import Source, Span


class NoToml(ValueError):
    """The bytes are no TOML."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


def contents(source: Source, data: bytes) -> dict[str, Any]:
    """What the bytes of a source say. Raises NoToml."""
    try:
        data.decode("utf-8")
        return tomllib.loads(source.text)
    except UnicodeDecodeError as error:
        at = len(data[: error.start].decode("utf-8"))
        raise NoToml("the file is no UTF-8", Span(at, at + 1)) from None
    except tomllib.TOMLDecodeError as error:
        raise _no_toml(error, source) from None
    except RecursionError:
        raise NoToml("it is nested too deeply", Span(0, 0)) from None


def _no_toml(error: ValueError, source: Source) -> NoToml:
    """What tomllib says, which names the place in words: `... (at line 3, column 1)`."""
    message, _, place = str(error).partition(" (at ")
    numbers = [int(digits) for digits in re.findall(r"\d+", place)]
    at = len(source.text)
    if len(numbers) == 2 and numbers[0] <= len(source.line_starts):
        at = min(source.line_starts[numbers[0] - 1] + numbers[1] - 1, at)
    return NoToml(f"this is no TOML: {message}", Span(at, at + 1))


def kind_of(value: Any) -> str:
    """What a value is in TOML's words."""
    kinds = {str: "a string", bool: "a boolean", int: "an integer", float: "a number",
             list: "a list", dict: "a table"}  # fmt: skip
    return kinds.get(type(value), "a date or a time")


_STRING = r"\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'"
_SKIPPED = (
    rf"(?s)(?P<long>\"\"\"(?:\\.|[^\\])*?\"\"\"+|'''.*?'''+)|(?P<kept>{_STRING})"
    r"|(?P<comment>#[^\n]*)"
)
_NAME = rf"(?:[\w-]+|{_STRING})"
_NAMES = rf"{_NAME}(?:[ \t]*\.[ \t]*{_NAME})*"
_STATEMENT = (
    rf"(?m)^[ \t]*(?:\[+[ \t]*(?P<table>{_NAMES})[ \t]*\]+[ \t\r]*$|(?P<key>{_NAMES})[ \t]*=)"
)


def place_of(key: tuple[str, ...], text: str, word: str = "") -> Span:
    """Where a TOML file, which is known to be well-formed, gives a key its value.

    With `word` it is that text in the value. What stands in an inline table has that table's place.
    """
    blank = re.compile(r"[^\n]")
    plain = re.sub(_SKIPPED, lambda m: m[0] if m["kept"] else blank.sub(" ", m[0]), text)
    best, length = Span(0, 0), 0
    table: tuple[str, ...] = ()
    for found in re.finditer(_STATEMENT, plain):
        names = found["table"] or found["key"]
        at = tuple(_plain(name) for name in re.findall(_NAME, names))
        if found["table"]:
            table = at
        else:
            at = (*table, *at)
        common = min(len(at), len(key))
        if length < common and at[:common] == key[:common]:
            best, length = Span(*found.span("table" if found["table"] else "key")), common
    if word:
        start = max(plain.find(quote + word + quote, best.end) for quote in "\"'")
        if start >= 0:
            return Span(start + 1, start + 1 + len(word))
    return best


def _plain(name: str) -> str:
    return name[1:-1] if name[0] in "\"'" else name
