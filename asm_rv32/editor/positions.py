"""Places in a text as editors count them: lines from 0, columns in units of an encoding.

Source: Language Server Protocol 3.17, Position and PositionEncodingKind.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from asm_rv32.basis.diagnostics import Source, Span

UTF_16 = "utf-16"
_BYTES = {"utf-8": 1, UTF_16: 2, "utf-32": 4}
"""Encoding → bytes of a unit."""


class Position(NamedTuple):
    """A place between two characters."""

    line: int
    """Counted from 0."""
    column: int
    """Units in front of it on its line: of UTF-16, where a character outside of the first 65,536
    is two, unless another encoding was agreed on."""


class Range(NamedTuple):
    """A stretch of text, the end exclusive."""

    start: Position
    end: Position


def position(source: Source, offset: int, encoding: str = UTF_16) -> Position:
    """The place of an offset in characters."""
    starts = source.line_starts
    offset = max(0, min(offset, len(source.text)))
    line = bisect_right(starts, offset) - 1
    before = source.text[starts[line] : offset]
    return Position(line, len(before) if before.isascii() else _units(before, encoding))


def span_range(source: Source, span: Span, encoding: str = UTF_16) -> Range:
    """The place of a span."""
    start, end = (position(source, offset, encoding) for offset in span)
    return Range(start, end)


def offset_of(source: Source, at: Position, encoding: str = UTF_16) -> int:
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
        units += _units(character, encoding)
    return starts[at.line] + len(line)


def _units(text: str, encoding: str) -> int:
    name = encoding if encoding == "utf-8" else f"{encoding}-le"
    return len(text.encode(name, "surrogatepass")) // _BYTES[encoding]
