"""Macros of GNU as: what a definition says, and its body with arguments in place.

Input: texts of definitions, bodies and uses. Output: `Macro`, arguments, substituted texts.
Source: Using as, 7.79 (.macro) and gas/macro.c.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from asm_rv32.basis.diagnostics import Span
from asm_rv32.importing.lines import Line

_NAME = r"[A-Za-z_.$][\w.$]*"
_PARAMETER = re.compile(
    rf"\s*,?\s*({_NAME})(?:\s*:\s*(\w+))?(?:\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^,\s]*))?"
)
_KEYWORD = re.compile(rf"({_NAME})\s*=(?!=)\s*")
_PARAMETERS_USE = re.compile(
    rf"""(?P<string>"(?:[^"\\]|\\.)*"?)|(?P<kept>'(?:\\.|[^\\\n])'?)
    |\\(?:(?P<nothing>\(\))|(?P<number>@)|(?P<name>{_NAME}))""",
    re.VERBOSE | re.DOTALL,
)
_IN_STRING = re.compile(rf"\\(?:(?P<nothing>\(\))|(?P<number>@)|(?P<name>{_NAME}))")
_ALTERNATE = re.compile(rf"{_IN_STRING.pattern}|(?P<word>&?[\w.$]+)")
_LOCAL = re.compile(r"local\b(.*)", re.IGNORECASE | re.DOTALL)
_JOINED = re.compile(r"\s*([-+*/%&|^<>=!~])\s*")
_QUOTED = re.compile(r'("(?:[^"\\]|\\.)*"?)')


Evaluate = Callable[[str], tuple[str, str]]
"""From a text to the value of the expression that it begins with, decimal, and what stands behind:
what `%` in front of an argument means behind `.altmacro` (Using as, 7.3)."""


class MacroFault(Exception):
    """A definition or a use is wrong; the text says why."""


class Parameter(NamedTuple):
    """A parameter of a macro: `sort` is "", "req" or "vararg"."""

    name: str
    default: str
    sort: str


class Macro(NamedTuple):
    """A definition."""

    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Line, ...]
    place: Span
    comment: str


class Use:
    """Where a macro is used, with what for its parameters; or a repetition, with its rounds."""

    __slots__ = ("arguments", "depth", "macro", "outer", "place", "rounds")

    def __init__(
        self, macro: Macro, arguments: Mapping[str, str], place: Span, outer: Use | None,
        rounds: int = 0,
    ) -> None:  # fmt: skip
        self.macro = macro
        self.arguments = arguments
        self.place = place
        self.outer = outer
        self.rounds = rounds
        """How often a repetition goes; 0 for a macro."""
        self.depth: int = outer.depth + 1 if outer else 1


def parameters(text: str) -> tuple[Parameter, ...]:
    """The parameters that a definition names. Raises MacroFault."""
    found: list[Parameter] = []
    at = 0
    while text[at:].strip(" \t,"):
        match = _PARAMETER.match(text, at)
        if match is None:
            raise MacroFault(f"{text[at:].strip()[:20]!r} is no parameter of a macro")
        name, sort, default = match.groups("")
        if sort not in ("", "req", "vararg"):
            raise MacroFault(f"a parameter is :req or :vararg, not :{sort}")
        if any(name == other.name for other in found):
            raise MacroFault(f"the parameter {name!r} stands twice")
        found.append(Parameter(name, _unquoted(default), sort))
        at = match.end()
    return tuple(found)


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def collapsed(text: str) -> str:
    """The text as GNU as sees it: blanks around an operator away, others as one."""
    parts = _QUOTED.split(text)
    return "".join(
        part if part.startswith('"') else re.sub(r"\s+", " ", _JOINED.sub(r"\1", part))
        for part in parts
    ).strip()


def words(text: str, evaluate: Evaluate | None = None) -> list[str]:
    """Arguments, parted by commas or blanks, none of them within brackets; with `evaluate` as
    behind `.altmacro`."""
    found: list[str] = []
    at, text = 0, collapsed(text)
    while at < len(text):
        end, word = _word(text, at, evaluate)
        found.append(word)
        at = end
        while at < len(text) and text[at] == " ":
            at += 1
        if at < len(text) and text[at] == ",":
            at += 1
            while at < len(text) and text[at] == " ":
                at += 1
            if at == len(text):
                found.append("")
    return found


def _word(text: str, at: int, evaluate: Evaluate | None) -> tuple[int, str]:
    """The end of the argument that starts at `at`, and its text without quotes."""
    if evaluate is not None and text[at] in '%<"':
        return _alternate_word(text, at, evaluate)
    start, depth, parts = at, 0, []
    while at < len(text) and text[at] != "," and (depth > 0 or text[at] != " "):
        if text[at] == '"':
            match = _QUOTED.match(text, at)
            assert match is not None
            parts += [text[start:at], _unquoted(match[0]) if start == at else match[0]]
            at = start = match.end()
            continue
        depth += (text[at] in "([") - (text[at] in ")]")
        at += 1
    return at, "".join([*parts, text[start:at]])


def _alternate_word(text: str, at: int, evaluate: Evaluate) -> tuple[int, str]:
    """As `_word`, of what `.altmacro` gives a meaning: `%` and an expression, `<` and a text up to
    `>` in which `!` lets a character stand, a string that keeps its quotes."""
    if text[at] == "%":
        value, rest = evaluate(text[at + 1 :])
        return len(text) - len(rest), value
    if text[at] == '"':
        match = _QUOTED.match(text, at)
        assert match is not None
        return match.end(), match[0]
    found, depth, at = "", 1, at + 1
    while at < len(text):
        escaped = text[at] == "!"
        at += escaped
        letter = text[at : at + 1]
        depth += 0 if escaped else (letter == "<") - (letter == ">")
        at += 1
        if not depth:
            break
        found += letter
    return at, re.sub(r"\s*,\s*", ",", found)


def arguments(macro: Macro, text: str, evaluate: Evaluate | None = None) -> dict[str, str]:
    """What each parameter stands for in a use. Raises MacroFault."""
    given: dict[str, str] = {}
    names = {parameter.name: parameter for parameter in macro.parameters}
    text, place = collapsed(text), 0
    while text:
        keyword = _KEYWORD.match(text)
        if keyword and keyword[1] in names:
            name = keyword[1]
            text = text[keyword.end() :]
        elif place < len(macro.parameters):
            name = macro.parameters[place].name
            place += 1
        else:
            raise MacroFault(f"{macro.name} takes {len(names)} arguments, here are more")
        if names[name].sort == "vararg":
            given[name], text = text, ""
            break
        end, word = _word(text, 0, evaluate)
        given[name] = word
        text = text[end:].lstrip(" ")
        text = text[1:].lstrip(" ") if text.startswith(",") else text
    found = {}
    for parameter in macro.parameters:
        value = given.get(parameter.name, "")
        if not value and parameter.sort == "req":
            raise MacroFault(f"{macro.name} needs a value for its parameter {parameter.name}")
        found[parameter.name] = value or parameter.default
    return found


def with_locals(
    body: tuple[Line, ...], given: Mapping[str, str], fresh: Callable[[], str]
) -> tuple[list[Line], dict[str, str]]:
    """A body without its lines of LOCAL, and what stands for each name: `fresh` ones for those of
    LOCAL."""
    found: list[Line] = []
    values = dict(given)
    for line in body:
        local = _LOCAL.match(line.text)
        if local is None:
            found.append(line)
            continue
        values |= {name.strip(): fresh() for name in local[1].split(",")}
    return found, values


def substituted(
    text: str, values: Mapping[str, str], number: int, *, alternate: bool = False
) -> str:
    """A line of a body with its arguments; `number` is what `\\@` stands for. `alternate`: names
    stand for arguments without a sign in front, too, as behind `.altmacro`."""
    if alternate:
        return _ALTERNATE.sub(lambda match: _named(match, values, number), text)
    if "\\" not in text:
        return text

    def plain(match: re.Match[str]) -> str:
        return _named(match, values, number)

    def outside(match: re.Match[str]) -> str:
        if match["string"]:
            return _IN_STRING.sub(plain, match[0])
        return match[0] if match["kept"] else plain(match)

    return _PARAMETERS_USE.sub(outside, text)


def _named(match: re.Match[str], values: Mapping[str, str], number: int) -> str:
    """What stands in a line in place of a parameter."""
    if match["nothing"]:
        return ""
    if match["number"]:
        return str(number)
    name = match["name"] or match["word"].removeprefix("&")
    return values.get(name, match[0])
