"""Tables in HTML for notebooks, which bring a style of their own.

Input: texts. Output: HTML in which they are text and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from asm_rv32.basis.diagnostics import harmless
from asm_rv32.basis.records import NamedTuple
from asm_rv32.formats.listing import ListingLine, head, labelled
from asm_rv32.isa.image import Image

ROWS_SHOWN = 1000


class Column(NamedTuple):
    """How a column looks."""

    name: str
    is_number: bool = False
    is_code: bool = False


def table(caption: str, columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> str:
    """An HTML table; of very many rows the first, and how many there are."""
    heads = "".join(f'<th style="{_style(each)}">{_text(each.name)}</th>' for each in columns)
    shown: list[str] = []
    more = 0
    for row in rows:
        if len(shown) == ROWS_SHOWN:
            more += 1
            continue
        cells = "".join(_cell(column, value) for column, value in zip(columns, row))
        shown.append(f"<tr>{cells}</tr>")
    foot = f"<p>and {more:,} more</p>" if more else ""
    return (
        f'<table><caption style="text-align:left">{_text(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(shown)}</tbody></table>{foot}"
    )


def _text(value: object) -> str:
    return escape(harmless(str(value)))


def _style(column: Column) -> str:
    return f"text-align:{'right' if column.is_number else 'left'}"


def _cell(column: Column, value: object) -> str:
    shown = _text("" if value is None else f"{value:,}" if isinstance(value, int) else value)
    if column.is_code and shown:
        shown = f"<code>{shown}</code>"
    return f'<td style="{_style(column)}">{shown}</td>'


def listing(image: Image) -> str:
    """Address, bytes, instruction and source line of everything in an image, as a table."""
    columns = (
        Column("address", True), Column("bytes", is_code=True), Column("instruction", is_code=True),
        Column("line", True), Column("source", is_code=True),
    )  # fmt: skip
    return table(head(image), columns, map(_row, labelled(image)))


def _row(found: str | tuple[ListingLine, str | None]) -> tuple[str, ...]:
    if isinstance(found, str):
        return "", "", f"{found}:", "", ""
    (address, data, shown, line, _), source = found
    return f"{address:x}", data.hex(), shown, str(line) if source else "", source or ""
