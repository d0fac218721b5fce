"""The report as plain text and as Markdown.

Input: a document. Output: harmless text, the same wherever it is written to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from asm_rv32.basis.diagnostics import harmless
from asm_rv32.report import answers, tables
from asm_rv32.report.document import Document
from asm_rv32.report.tables import Table

KEY = "cold: the first call; warm: the second; at: where the code starts, modulo 4"


GAP = 2
"""Characters between columns."""


def plain(found: Document, width: int | None = None) -> str:
    """The answers, then tables in columns: whole for a pipe or a file, or `width` wide."""
    lines = answers.over_all(found)
    lines += [""] * bool(lines)
    for call in found["calls"]:
        lines += [tables.call_title(call), *answers.sentences(call)]
        bars = answers.bars(call)
        lines += [head + answers.marked(bar) for head, bar in answers.bar_rows(bars)]
        key = (f"{answers.MARKS[name]} {tables.HEADINGS[name]}" for name in answers.drawn(bars))
        lines += ["  " + "  ".join(key), ""]
    summary = tables.reductions(found)
    if summary:
        lines += [*_columns(summary, width), ""]
    for call in found["calls"]:
        lines += [*_columns(tables.totals(call), width), *tables.notes(call), ""]
        for table in tables.source_lines(call):
            lines += [*_columns(table, width), ""]
    return harmless("\n".join([*lines, KEY, *tables.core_notes(found)])) + "\n"


def _columns(table: Table, width: int | None) -> Iterator[str]:
    left_out: tuple[str, ...] = ()
    if width is not None:
        table, left_out = table.fitted(width, GAP)
    widths = [table.width(name) for name in table.columns]
    yield table.title
    for row in (table.columns, *table.rows):
        cells = [
            cell.ljust(width) if name in table.texts else cell.rjust(width)
            for name, cell, width in zip(table.columns, row, widths)
        ]
        yield (" " * GAP).join(cells).rstrip()
    if left_out:
        yield left_out_text(left_out)


def left_out_text(names: Iterable[str]) -> str:
    """That a table has more columns."""
    return f"(a wider terminal shows {', '.join(names)}, too)"


def markdown(found: Document) -> str:
    """Headings, tables and lists."""
    lines = ["# Cycles", ""]
    if over_all := answers.over_all(found):
        lines += [*(f"- {_escaped(sentence)}" for sentence in over_all), ""]
    for call in found["calls"]:
        lines += [f"## {_code(tables.call_title(call))}", ""]
        lines += [f"- {_escaped(sentence)}" for sentence in answers.sentences(call)]
        lines += ["", *piped(tables.totals(call)), ""]
        lines += [f"- {_escaped(note)}" for note in tables.notes(call)]
        for table in tables.source_lines(call):
            lines += ["", f"### {_escaped(table.title)}", "", *piped(table), ""]
    summary = tables.reductions(found)
    if summary:
        lines += [f"## {summary.title}", "", *piped(summary), ""]
    lines += ["## Cores", "", KEY + ".", ""]
    lines += [f"- {_escaped(note)}" for note in tables.core_notes(found)]
    return harmless("\n".join(lines)) + "\n"


def piped(table: Table) -> Iterator[str]:
    """A table as Markdown has it, a line each."""
    yield "| " + " | ".join(table.columns) + " |"
    yield "|" + "|".join("---" if name in table.texts else "--:" for name in table.columns) + "|"
    for row in table.rows:
        cells = [
            _code(cell) if name == "source" and cell else _escaped(cell)
            for name, cell in zip(table.columns, row)
        ]
        yield "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _code(text: str) -> str:
    """A code span, which nothing in the text leaves: its ends are longer than any like them."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    end, space = "`" * (longest + 1), " " if longest else ""
    return f"{end}{space}{text}{space}{end}"


def _escaped(text: str) -> str:
    for character in "\\`*_<>[]#&~":
        text = text.replace(character, "\\" + character)
    return text
