"""The text below a command's options, for a terminal that is narrower than it was written for.

Input: lines. Output: lines. Invariant: an example, which is there to be copied, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import wrap

_GAP = re.compile(r"(?<=\S) {2,}(?=\S)")
_BELOW = 6
"""Columns ahead of what stood beside an example and does not fit there."""


def folded(text: str, width: int) -> str:
    """The text in `width` columns: paragraphs are filled anew, what stands beside an example or a
    word goes on below itself, or below the example."""
    found: list[str] = []
    lines = text.splitlines()
    while lines:
        head, beside, column = _parts(lines.pop(0))
        while lines and lines[0] and beside and _parts(lines[0]) == ("", lines[0].strip(), column):
            beside += f" {lines.pop(0).strip()}"
        found += _filled(head, beside, column, width)
    return "\n".join(found)


def _parts(line: str) -> tuple[str, str, int]:
    """What is not folded, what may be, and the column in which that begins."""
    gap = _GAP.search(line)
    column = gap.end() if gap else len(line) - len(line.lstrip())
    if not gap and re.match(r"\s+(asmrv32 |--|@|def )", line):
        return line, "", 0
    return line[: gap.start()] if gap else "", line[column:], column


def _filled(head: str, text: str, column: int, width: int) -> Iterator[str]:
    if head and text and column > width // 2 and column + len(text) > width:
        yield head
        head, column = "", _BELOW
    if not text:
        yield head
    yield from wrap(text, width, initial_indent=head.ljust(column), subsequent_indent=" " * column)
