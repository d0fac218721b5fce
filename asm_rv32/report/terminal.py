"""The report for a terminal, in tables that rich draws.

Input: a document. Output: text with the terminal's colours.
"""

from __future__ import annotations

from typing import Any

from asm_rv32.basis.diagnostics import harmless
from asm_rv32.basis.external import external
from asm_rv32.report import tables
from asm_rv32.report.document import OURS, Document
from asm_rv32.report.tables import Table
from asm_rv32.report.text import KEY


def terminal(found: Document) -> str:
    """Tables as wide as the terminal. Raises ToolMissing."""
    console_module = external("rich.console", "rich")
    console: Any = console_module.Console(force_terminal=True, highlight=False)
    with console.capture() as capture:
        for call in found["calls"]:
            _show(tables.totals(call), console)
            for note in tables.notes(call):
                console.print(harmless(note), style="dim", markup=False)
            for table in tables.source_lines(call):
                _show(table, console)
        summary = tables.reductions(found)
        if summary:
            _show(summary, console)
        for note in (KEY, *tables.core_notes(found)):
            console.print(harmless(note), style="dim", markup=False)
    return str(capture.get())


def _show(table: Table, console: Any) -> None:
    drawn = _drawn(table)
    # Wider than the terminal rather than with figures cut off.
    narrow = console.width
    unlimited = console.options.update(width=1 << 16)
    console.width = max(narrow, console.measure(drawn, options=unlimited).minimum)
    console.print(drawn)
    console.width = narrow


def _drawn(table: Table) -> Any:
    module = external("rich.table", "rich")
    text = external("rich.text", "rich").Text
    box = external("rich.box", "rich")
    drawn: Any = module.Table(
        title=text(harmless(table.title), style="bold"), title_justify="left", box=box.SIMPLE_HEAD
    )
    for at, name in enumerate(table.columns):
        justify = "left" if name in table.texts else "right"
        wraps = name == "why it waits"
        width = 30 if wraps else max(len(row[at]) for row in (table.columns, *table.rows))
        drawn.add_column(name, justify=justify, no_wrap=not wraps, min_width=width)
    for row in table.rows:
        drawn.add_row(*(text(harmless(cell)) for cell in row), style="bold" if OURS in row else "")
    return drawn
