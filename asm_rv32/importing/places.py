"""Places in a text that a preprocessor made, as places in the source that it made it from.

Input: the text's lines of markers, and the source. Output: diagnostics over the source.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from asm_rv32.basis.diagnostics import Diagnostic, Source, Span
from asm_rv32.importing.lines import Marker


class Origin:
    """Where the lines of a preprocessed text come from."""

    def __init__(self, made: Source, markers: Sequence[Marker], path: str, source: Source) -> None:
        """`path` is what the preprocessor calls the source."""
        self.made = made
        self.markers = markers
        self.offsets = [marker.offset for marker in markers]
        self.path = path
        self.source = source

    def of(self, found: Diagnostic) -> Diagnostic:
        """The diagnostic where the source, or what the source includes, has it."""
        at = bisect_right(self.offsets, found.span.start) - 1
        if at < 0:
            return found._replace(span=Span(0, 1))
        line, column = self.made.locate(found.span.start)
        marker = self.markers[at]
        number = marker.line + line - self.made.locate(marker.offset)[0]
        if marker.path == self.path:
            return found._replace(span=self.in_line(number, line, column, found.span))
        note = f"note: in {marker.path}, line {number}"
        return found._replace(span=self.including(at), notes=(*found.notes, note))

    def in_line(self, number: int, line: int, column: int, span: Span) -> Span:
        """The place in a line of the source: the same column where the text is the same there."""
        if not 1 <= number <= len(self.source.line_starts):
            return Span(0, 1)
        start = self.source.line_starts[number - 1]
        text, made = self.source.line(number), self.made.line(line)
        length = span.end - span.start
        if text[column - 1 : column - 1 + length] == made[column - 1 : column - 1 + length]:
            return Span(start + column - 1, start + column - 1 + length)
        first = len(text) - len(text.lstrip())
        return Span(start + first, start + max(len(text.rstrip()), first + 1))

    def including(self, at: int) -> Span:
        """The line of the source that leads to the file of a marker."""
        for place in range(at - 1, -1, -1):
            marker = self.markers[place]
            if marker.path == self.path:
                behind = self.made.locate(self.markers[place + 1].offset)[0] - 1
                number = marker.line + behind - self.made.locate(marker.offset)[0]
                return self.in_line(number, 0, 1, Span(0, 1))
        return Span(0, 1)
