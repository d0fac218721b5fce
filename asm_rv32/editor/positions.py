"""Places in a text as editors count them: lines from 0, columns in UTF-16 units.

Source: Language Server Protocol 3.17, Position.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from asm_rv32.basis.diagnostics import Source, Span


class Position(NamedTuple):
    """A place between two characters."""

    line: int
    """Counted from 0."""
    column: int
    """UTF-16 units in front of it on its line; one outside of the first 65,536 characters is two."""


class Range(NamedTuple):
    """A stretch of text, the end exclusive."""

    start: Position
    end: Position


def position(source: Source, offset: int) -> Position:
    """The place of an offset in characters."""
    starts = source.line_starts
    offset = max(0, min(offset, len(source.text)))
    line = bisect_right(starts, offset) - 1
    before = source.text[starts[line] : offset]
    return Position(line, len(before) if before.isascii() else _units(before))


def span_range(source: Source, span: Span) -> Range:
    """The place of a span."""
    return Range(position(source, span.start), position(source, span.end))


def offset(source: Source, at: Position) -> int:
    """The offset of a place; of one behind the end of a line or the text, that end's."""
    starts = source.line_starts
    if at.line >= len(starts):
        return len(source.text)
    line = source.line(at.line + 1)
    if line.isascii():
        return starts[at.line] + min(max(at.column, 0), len(line))
    units = 0
    for index, character in enumerate(line):
        if units >= at.column:
            return starts[at.line] + index
        units += _units(character)
    return starts[at.line] + len(line)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
