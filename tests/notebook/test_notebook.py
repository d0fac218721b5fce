"""What notebooks show: by a kernel that nbclient runs, and as HTML that holds nothing but text."""

from __future__ import annotations

from array import array
from html.parser import HTMLParser
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from asm_rv32 import assemble
from asm_rv32.formats.listing import lines
from asm_rv32.formats.markup import ROWS_SHOWN, Column, listing, table
from asm_rv32.report.pricing import cycles
from asm_rv32.stepping import recording

LOADED = "%load_ext asm_rv32"
TOTAL = """@asm_rv32
def total(words, n):
    mv(t0, a0)
    li(a0, 0)
    label(again)
    lw(t1, 0(t0))
    add(a0, a0, t1)
    addi(t0, t0, 4)
    addi(a1, a1, -1)
    bnez(a1, again)
"""


class Cells(HTMLParser):
    """The rows of a table; any tag that a table does not have is refused."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("table", "caption", "thead", "tbody", "tr", "th", "td", "code", "p"), tag
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def test_a_function_is_its_listing() -> None:
    image = assemble(TOTAL).functions["total"]
    rows = Cells(listing(image)).rows[1:]
    code = [row for row in rows if row[0]]
    assert [row[:3] for row in code] == [
        [f"{each.address:x}", each.data.hex(), each.text] for each in lines(image)
    ]
    assert ["", "", "again:", "", ""] in rows
    assert [row[4] for row in code if row[4]][1] == "li(a0, 0)"


def test_texts_stay_texts() -> None:
    rows = [("<script>alert(1)</script>", '"&\x1b[31m')] * (ROWS_SHOWN + 5)
    text = table("<b>", [Column("<i>"), Column("x", is_code=True)], rows)
    found = Cells(text)
    assert found.rows[1][0] == "<script>alert(1)</script>"
    assert "\x1b" not in text and "and 5 more" in text and len(found.rows) == 1 + ROWS_SHOWN


def test_reports_and_traces() -> None:
    image = assemble(TOTAL).functions["total"]
    words = array("i", [1, 2, 3])
    report: Any = cycles(image, (words, 3), "hazard3")
    rows = Cells(report._repr_html_()).rows[1:]
    assert sum(int(row[2]) for row in rows) == report.warm
    assert "lw(t1, 0(t0))" in [row[1] for row in rows]
    trace: Any = recording.trace(image, (words, 3), "hazard3")
    rows = Cells(trace._repr_html_()).rows[1:]
    assert len(rows) == len(trace) and [row[4] for row in rows].count("t1 = 0x3") == 1


def outputs(*cells: str) -> list[list[str]]:
    """What a kernel shows for each cell: HTML where there is some, else text."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
    NotebookClient(book, timeout=120, kernel_name="python3", allow_errors=True).execute()
    return [
        [
            each["data"].get("text/html") or each["data"]["text/plain"] if "data" in each
            else "\n".join(each.get("traceback", [])) or each.get("text", "")
            for each in cell.outputs
        ]
        for cell in book.cells
    ]  # fmt: skip


@pytest.mark.heavy
def test_in_a_kernel() -> None:
    setup = "from array import array\nwords = array('i', range(100))"
    shown = outputs(
        LOADED, setup, f"%%asm_rv32 --core hazard3 'total(words, 100)'\n{TOTAL}",
        "total(words, 100)", "total", "total.cycles(words, 4)",
        "%%asm_rv32\n@asm_rv32\ndef wrong(a):\n    nonsense(a0)\n    addi(a0, a0, 5000)\n",
        "@asm_rv32\ndef wrong(a):\n    nonsense(a0)\n",
        "%%asm_rv32 'nobody(1)'\npass", "%%asm_rv32 --core nowhere 'total(words, 1)'\npass",
        "%%asm_rv32 --nonsense\npass",
    )  # fmt: skip
    assert "total(words, n): " in shown[2][0] and "606 cycles" in shown[2][1]
    assert shown[3] == ["4950"]
    assert "<table" in shown[4][0] and "hazard3: " in shown[5][0]
    (wrong,) = shown[6]
    assert "nonsense" in wrong and "5000" in wrong and "Traceback" not in wrong
    assert "nonsense" in shown[7][0] and "Traceback" not in shown[7][0]
    assert "is no call of an assembler function" in shown[8][0]
    assert "nowhere" in shown[9][0] and "usage" in shown[10][0]
