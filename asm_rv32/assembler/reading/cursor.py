"""A cursor over the logical lines of a source, and what is found wrong on the way.

Input: a `Source`. Output: its lines, one after the other, and the mistakes in order.
Invariant: lines that are no line of the language are kept as they are; they are told in words once
all is read, and only then is that loaded which finds the words.
"""

from __future__ import annotations

from collections.abc import Iterator

from asm_rv32.assembler.reading.grammar import Mismatch
from asm_rv32.assembler.reading.lines import LogicalLine, logical_lines, token_span
from asm_rv32.basis.diagnostics import ERROR_LIMIT, Diagnostic, Source, Span


class Misread:
    """A line that the grammar does not know."""

    __slots__ = ("line", "mismatch")

    def __init__(self, line: LogicalLine, mismatch: Mismatch) -> None:
        self.line = line
        self.mismatch = mismatch


class Cursor:
    """The line that is read next."""

    def __init__(self, source: Source, offset: int) -> None:
        self.source = source
        self.found: list[Diagnostic | Misread | None] = []
        """What is wrong; None stands behind so many mistakes that reading stops."""
        self._lines: Iterator[LogicalLine] = logical_lines(source.text, offset)
        self.line: LogicalLine | None = next(self._lines, None)
        self.behind = offset
        """Where the line that was read last ends: what follows of it are comments."""

    def advance(self) -> None:
        """Go on to the next line."""
        if self.line is not None:
            self.behind = self.line.end
        self.line = next(self._lines, None)

    def report(self, code: str, message: str, span: Span, *notes: str) -> None:
        """Report a mistake."""
        self._add(Diagnostic(code, message, span, notes))

    def _add(self, found: Diagnostic | Misread) -> None:
        self.found.append(found)
        if len(self.found) >= ERROR_LIMIT:
            self.stop(None)

    def wrong_line(self, line: LogicalLine, mismatch: Mismatch) -> None:
        """Report a line that the grammar does not know."""
        self._add(Misread(line, mismatch))

    def stop(self, last: Diagnostic | None) -> None:
        """Report `last`, None for too many mistakes, and read no further."""
        self.found.append(last)
        self.line = None
        self._lines = iter(())

    def token_span(self, line: LogicalLine, first: int, last: int | None = None) -> Span:
        """Where tokens of a line stand."""
        return token_span(self.source.text, line, first, last)

    def skip(self, indent: int) -> None:
        """Leave out the lines that are indented more."""
        while self.line is not None and self.line.indent > indent:
            self.advance()

    def diagnostics(self) -> list[Diagnostic]:
        """What is wrong, in words."""
        told: list[Diagnostic] = []
        for found in self.found:
            if found is None:
                message = f"{ERROR_LIMIT} mistakes: reading stops here"
                told.append(Diagnostic("too-many-errors", message, told[-1].span))
            elif isinstance(found, Misread):
                from asm_rv32.assembler.reading.wrong import explain

                told.append(explain(self.source.text, found.line, found.mismatch))
            else:
                told.append(found)
        return told
