"""Changes of the text that take a diagnostic away.

Input: a `Document`, and a span that someone asks about. Output: `Mend`s.
Invariant: a mend is what a diagnostic's own note says, or a change of lint's `--fix`, which is
offered only where the source still assembles with it and lint finds less.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from asm_rv32.analysis.lint.fix import offered
from asm_rv32.assembler.pipeline import Module, examine
from asm_rv32.basis.diagnostics import AssemblyError, Diagnostic, Help, Source, Span
from asm_rv32.editor.document import Document


class Mend(NamedTuple):
    """One edit."""

    title: str
    span: Span
    text: str
    """What is written in its place."""
    codes: tuple[str, ...]
    """Of the diagnostics that it takes away."""
    place: Span | None = None
    """Of the one that it belongs to."""


def mends(document: Document, span: Span) -> Iterator[Mend]:
    """The changes that are offered for what is wrong within a span."""
    within = [
        each for each in document.diagnostics
        if each.span.start <= span.end and span.start <= each.span.end
    ]  # fmt: skip
    for found in within:
        yield from _of_notes(document, found)
    if any(each.severity != "error" for each in within) and not any(
        each.severity == "error" for each in document.diagnostics
    ):
        yield from _of_lint(document, span)


def _of_notes(document: Document, found: Diagnostic) -> Iterator[Mend]:
    text = document.source.text
    for note in found.notes:
        if not isinstance(note, Help):
            continue
        for choice in note.choices:
            title = f"write {choice}"
            if note.wrong:
                start = text.find(note.wrong, found.span.start, max(found.span.end, 0))
                place = Span(start, start + len(note.wrong)) if start >= 0 else None
            else:
                place = _statement(document, found.span.start)
                choice = _on_lines(choice, text, place) if place is not None else choice
            if place is not None:
                yield Mend(title, place, choice, (found.code,), found.span)


def _statement(document: Document, offset: int) -> Span | None:
    """The statement that holds an offset."""
    block = document.outline.block_at(offset)
    for line in block.lines if block is not None else ():
        if not line.spans[0].start <= offset < line.spans[-1].end:
            continue
        start = line.spans[0].start
        for token, span in zip(line.tokens, line.spans):
            if token == ";":
                if offset < span.start:
                    return Span(start, text_end(document.source.text, start, span.start))
                start = span.end + 1
            elif token == ":" and span.end < offset and line.tokens[0] in ("for", "if", "else"):
                start = span.end + 1
        return Span(start, line.spans[-1].end)
    return None


def text_end(text: str, start: int, end: int) -> int:
    """The end of a text without the blanks in front of it."""
    return start + len(text[start:end].rstrip())


def _on_lines(choice: str, text: str, place: Span) -> str:
    """Several statements on lines of their own, where the one in whose place they come has its."""
    first = text.rfind("\n", 0, place.start) + 1
    indentation = text[first : place.start]
    if indentation.strip() or "; " not in choice:
        return choice
    return f"\n{indentation}".join(choice.split("; "))


def _of_lint(document: Document, span: Span) -> Iterator[Mend]:
    project = document.project

    def assembled(source: Source) -> Module:
        module = examine(
            source.text, path=source.path, isa=project.isa, dialect=project.dialect,
            tables=project.tables, board=project.board,
        )  # fmt: skip
        if any(each.severity == "error" for each in module.diagnostics):
            raise AssemblyError(module.diagnostics, module.source)
        return module

    changes = offered(
        document.source, assembled,
        lambda image: image.span.start <= span.end and span.start < image.span.end,
    )  # fmt: skip
    try:
        for title, codes, text in changes:
            place, written = difference(document.source.text, text)
            yield Mend(title, place, written, codes)
    except (AssemblyError, RecursionError, MemoryError):
        return


def difference(before: str, after: str) -> tuple[Span, str]:
    """The one stretch in which two texts differ, and what the second has there."""
    shorter = min(len(before), len(after))
    start = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    shorter -= start
    tail = next((at for at in range(shorter) if before[~at] != after[~at]), shorter)
    return Span(start, len(before) - tail), after[start : len(after) - tail]
