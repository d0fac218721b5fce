"""The report for a terminal, in tables that rich draws.

Input: a document. Output: text with the terminal's colours.
"""

from __future__ import annotations

from asm_rv32.basis.diagnostics import harmless
from asm_rv32.basis.external import external
from asm_rv32.basis.records import Any
from asm_rv32.report import answers, tables
from asm_rv32.report.document import OURS, Document
from asm_rv32.report.tables import Table
from asm_rv32.report.text import KEY, left_out_text


def terminal(found: Document) -> str:
    """Tables as wide as the terminal. Raises ToolMissing."""
    console_module = external("rich.console", "rich")
    console: Any = console_module.Console(force_terminal=True, highlight=False)
    with console.capture() as capture:
        for sentence in (over_all := answers.over_all(found)):
            console.print(harmless(sentence), style="bold", markup=False)
        if over_all:
            console.print()
        for call in found["calls"]:
            _answer(call, console)
        summary = tables.reductions(found)
        if summary:
            _show(summary, console)
        for call in found["calls"]:
            _show(tables.totals(call), console)
            for note in tables.notes(call):
                console.print(harmless(note), style="dim", markup=False)
            for table in tables.source_lines(call):
                _show(table, console)
        for note in (KEY, *tables.core_notes(found)):
            console.print(harmless(note), style="dim", markup=False)
    return str(capture.get())


COLOURS = {
    "arithmetic": "blue", "memory": "green", "control": "magenta", "stalls": "red",
    "fetch": "yellow",
}  # fmt: skip
GAP = 3
"""Characters between columns, as rich draws them."""


def _answer(call: dict[str, Any], console: Any) -> None:
    """What there is to know first: sentences, and bars in colours."""
    text: Any = external("rich.text", "rich").Text
    console.print(text(harmless(tables.call_title(call)), style="bold"))
    for sentence in answers.sentences(call):
        console.print(text(harmless(sentence)))
    bars = answers.bars(call)
    for head, bar in answers.bar_rows(bars):
        line = text(harmless(head))
        for name, length in bar.parts.items():
            line.append("█" * length, style=COLOURS[name])
        console.print(line, no_wrap=True, crop=True)
    key = text("  ")
    for name in answers.drawn(bars):
        key.append("█ ", style=COLOURS[name])
        key.append(f"{tables.HEADINGS[name]}  ")
    console.print(key)
    console.print()


def _show(table: Table, console: Any) -> None:
    fitted, left_out = table.fitted(console.width, GAP)
    drawn = _drawn(fitted)
    # Wider than the terminal rather than with figures cut off.
    narrow = console.width
    unlimited = console.options.update(width=1 << 16)
    console.width = max(narrow, console.measure(drawn, options=unlimited).minimum)
    console.print(drawn)
    console.width = narrow
    if left_out:
        console.print(left_out_text(left_out), style="dim", markup=False)


def _drawn(table: Table) -> Any:
    module = external("rich.table", "rich")
    text = external("rich.text", "rich").Text
    box = external("rich.box", "rich")
    drawn: Any = module.Table(
        title=text(harmless(table.title), style="bold"), title_justify="left", box=box.SIMPLE_HEAD
    )
    for name in table.columns:
        justify = "left" if name in table.texts else "right"
        wraps = name in tables.WRAPPED
        width = tables.WRAPPED[name] if wraps else table.width(name)
        drawn.add_column(name, justify=justify, no_wrap=not wraps, min_width=width)
    for row in table.rows:
        drawn.add_row(*(text(harmless(cell)) for cell in row), style="bold" if OURS in row else "")
    return drawn
