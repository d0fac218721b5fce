"""The text of a GNU source as statements and comments.

Input: the text. Output: `Line`s in order, each a statement or a comment on a line of its own.
Invariants: a statement's text keeps the offsets of its characters, comments in it being blanks; the
time is linear in the text. Syntax: Using as, 3 (Syntax) and 9.41 (RISC-V Dependent Features).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from asm_rv32.basis.diagnostics import Diagnostic, Source, Span

_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*" | "(?:[^"\\\n]|\\.)*) | (?P<letter>'(?:\\.|[^\\\n])'?)
    | (?P<comment>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)) | (?P<end>[;\n])""",
    re.VERBOSE | re.DOTALL,
)
MARKER = re.compile(r'#\s*(?:line\s+)?(\d+)\s+"((?:[^"\\]|\\.)*)"')
"""A preprocessor's line: the number of the line behind it, and the file that it is of."""
_TOOLS_OWN = re.compile(r"#\s*(NO_)?APP\s*$")
"""What gcc writes around the text of an asm statement."""


class Marker(NamedTuple):
    """From `offset` of the text on, what stands there comes from another file's line."""

    offset: int
    path: str
    line: int


class Line(NamedTuple):
    """A statement with the comment behind it, or, without a text, a comment on its own."""

    text: str
    """Without blanks around it."""
    start: int
    """Offset of the text's first character."""
    comment: str
    """Its words alone, lines of them parted by line ends."""
    length: int
    """Characters of it in the source; a macro's arguments change the text only."""

    @property
    def span(self) -> Span:
        """Where it stands."""
        return Span(self.start, self.start + max(self.length, 1))


class Text(NamedTuple):
    """A source, parted."""

    lines: list[Line]
    markers: list[Marker]
    wrong: list[Diagnostic]


def read(source: Source, path: str = "") -> Text:
    """Every statement and comment of the text.

    `path`: of a text that a preprocessor made, what it calls the source. Comments of other files,
    which it put in, are left out.
    """
    found = Text([], [], [])
    own = True
    text = source.text
    parts: list[str] = []
    """The statement so far, its comments as blanks."""
    comments: list[str] = []
    at = first = 0
    is_blank = True
    """Whether nothing but comments stands in the statement so far."""
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        parts.append(text[at : token.start()])
        is_blank = is_blank and not parts[-1].strip()
        at = token.end()
        if kind == "comment":
            leads = is_blank
            if leads and (marker := _marker(token)):
                found.markers.append(marker)
                own = not path or marker.path == path
            elif own and not (leads and _TOOLS_OWN.match(token[0])):
                _comment(token, comments, found)
            parts.append(" " * (at - token.start()))
        elif kind != "end":
            parts.append(token[0])
            is_blank = False
        elif token[0] == "\n" or text[at - 1] == ";":
            found.lines.extend(_line("".join(parts), first, comments))
            parts, comments, first, is_blank = [], [], at, True
    found.lines.extend(_line("".join([*parts, text[at:]]), first, comments))
    return found


def _marker(token: re.Match[str]) -> Marker | None:
    """What a line of a preprocessor says of the lines behind it."""
    marker = MARKER.match(token[0])
    if marker is None:
        return None
    path = marker[2].replace('\\"', '"').replace("\\\\", "\\")
    return Marker(token.end() + 1, path, int(marker[1][:9]))


def _comment(token: re.Match[str], comments: list[str], found: Text) -> None:
    written = token[0]
    if written.startswith("/*") and (not written.endswith("*/") or len(written) < 4):
        span = Span(token.start(), token.start() + 2)
        notes = ("help: end it with */",)
        found.wrong.append(Diagnostic("syntax", "this comment is not closed", span, notes))
    comments.append(_words(written))


def _words(comment: str) -> str:
    """A comment without the marks around it."""
    if not comment.startswith("/*"):
        return comment.lstrip("#" if comment[0] == "#" else "/").strip()
    lines = [line.strip() for line in comment[2:].removesuffix("*/").splitlines()]
    lines = [re.sub(r"^\*+(\s|$)", "", line).strip("*-=").strip() for line in lines]
    return "\n".join(lines).strip("\n")


def _line(text: str, first: int, comments: list[str]) -> Iterator[Line]:
    stripped = text.strip()
    comment = "\n".join(comments)
    if stripped or comment:
        start = first + (len(text) - len(text.lstrip()) if stripped else 0)
        yield Line(stripped, start, comment, len(stripped))
