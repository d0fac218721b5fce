"""The report for a terminal, in tables that rich draws.

Input: a document. Output: text with the terminal's colours.
"""

from __future__ import annotations

from typing import Any

from asm_rv32.formats.external import external
from asm_rv32.report import tables
from asm_rv32.report.document import OURS, Document
from asm_rv32.report.tables import Table
from asm_rv32.report.text import KEY


def terminal(found: Document) -> str:
    """Tables as wide as the terminal. Raises ToolMissing."""
    console_module = external("rich.console", "rich", "report")
    console: Any = console_module.Console(force_terminal=True, highlight=False)
    with console.capture() as capture:
        for call in found["calls"]:
            console.print(_drawn(tables.totals(call)))
            for note in tables.notes(call):
                console.print(note, style="dim", markup=False)
            for table in tables.source_lines(call):
                console.print(_drawn(table))
        summary = tables.reductions(found)
        if summary:
            console.print(_drawn(summary))
        for note in (KEY, *tables.core_notes(found)):
            console.print(note, style="dim", markup=False)
    return str(capture.get())


def _drawn(table: Table) -> Any:
    module = external("rich.table", "rich", "report")
    text = external("rich.text", "rich", "report").Text
    box = external("rich.box", "rich", "report")
    drawn: Any = module.Table(
        title=text(table.title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD
    )
    for name in table.columns:
        justify = "left" if name in table.texts else "right"
        drawn.add_column(name, justify=justify, no_wrap=name != "why it waits")
    for row in table.rows:
        drawn.add_row(*map(text, row), style="bold" if OURS in row else "")
    return drawn
