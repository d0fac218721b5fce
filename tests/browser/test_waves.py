"""The logic analyser of the HTML report in a real browser: it draws, zooms and measures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asm_rv32.commands.cli import main

pytestmark = pytest.mark.browser
SOURCE = """
@asm_rv32
def blink(n):
    lui(t0, 0x60004)
    li(t1, 2)
    label(loop)
    sw(t1, 8(t0))
    sw(t1, 12(t0))
    addi(n, n, -1)
    bnez(n, loop)
"""


@pytest.fixture
def opened(tmp_path: Path, browser: Callable[..., Any]) -> Any:
    source, page = tmp_path / "blink.py", tmp_path / "blink.html"
    source.write_text(SOURCE)
    arguments = ["report", str(source), "blink(9)", "--device", "gpio@esp32c3", "-o", str(page)]
    arguments += ["--core", "ibex-small", "--core", "picorv32", "--clock", "100000000"]
    assert main(arguments) == 0
    driver = browser()
    driver.set_window_size(1280, 1000)
    driver.get(page.as_uri())
    yield driver
    wrong = [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
    assert not wrong


def path(figure: Any) -> str:
    return str(figure.find_element("css selector", "path.signal").get_attribute("d"))


def click(driver: Any, figure: Any, pulse: int, *, shift: bool = False) -> None:
    """Set a cursor where a pulse of the signal begins."""
    steps = path(figure).split("H")[1:]
    driver.execute_script(
        "const [svg, x, shiftKey] = arguments; const r = svg.getBoundingClientRect();"
        "const at = {clientX: r.left + x, clientY: r.top + 30, shiftKey, bubbles: true};"
        "svg.dispatchEvent(new PointerEvent('pointerdown', at));"
        "dispatchEvent(new PointerEvent('pointerup', at));",
        figure.find_element("css selector", "svg"), float(steps[2 * pulse].split("V")[0]), shift,
    )  # fmt: skip


def test_it_draws_zooms_and_measures(opened: Any) -> None:
    figures = opened.find_elements("css selector", "figure.analyser")
    assert len(figures) == 2
    figure = figures[0]
    assert path(figure).count("V") == 2 * 9
    assert figure.find_element("css selector", "text.pin").text == "GPIO1"
    click(opened, figure, 0)
    click(opened, figure, 3, shift=True)
    # lui, li; a round takes 2 + 2 + 1 + 3 cycles, and one as its first store lies across words.
    said = figure.find_element("css selector", "output").text
    assert said == "A 2 (20 ns); B 29 (290 ns); B − A 27 cycles, 270 ns"
    for _ in range(2):
        figure.find_element("css selector", "[data-act=in]").click()
    assert 0 < path(figure).count("V") < 9
    assert figure.find_elements("css selector", "text.width")
    figure.find_element("css selector", "[data-act=fit]").click()
    figure.find_element("css selector", "[data-act=clear]").click()
    assert path(figure).count("V") == 2 * 9
    assert not figure.find_element("css selector", "output").text


def test_widths_are_a_table_too(opened: Any) -> None:
    rows = opened.find_elements("css selector", "table.widths")[0].find_elements(
        "css selector", "tbody tr"
    )
    cells = [
        [cell.get_attribute("textContent") for cell in row.find_elements("tag name", "td")]
        for row in rows[:3]
    ]
    assert cells == [
        ["GPIO1", "0", "0", "2", "20.00"], ["GPIO1", "1", "2", "2", "20.00"],
        ["GPIO1", "0", "4", "7", "70.00"],
    ]  # fmt: skip
