"""The HTML report in a real browser: sorting, explanations, themes, and what is to be seen."""

from __future__ import annotations

import io
import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from window import sized

from asm_rv32.commands.cli import main

pytestmark = pytest.mark.browser
EXAMPLES = Path(__file__).parent.parent.parent / "examples"
CALLS = [
    str(EXAMPLES / "gcd.py"), "gcd(462, 1071)",
    str(EXAMPLES / "copy_memory.py"), "copy_memory(bytearray(50), bytes(50), 50)",
]  # fmt: skip
LIGHT, DARK = (255, 255, 255), (18, 22, 28)
"""The page's background in both themes."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on two calls, three cores, two alternatives."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    arguments = ["report", *CALLS, "--against", "gcc", "--against", "uncompressed"]
    for core in ("hazard3", "ibex-small", "picorv32"):
        arguments += ["--core", core]
    assert main([*arguments, "-o", str(path)]) == 0
    return path


def column(driver: Any, table: int, name: str) -> list[str]:
    """The cells of a column of a sortable table, top to bottom."""
    return list(driver.execute_script(
        "const table = document.querySelectorAll('table.sortable')[arguments[0]];"
        "const at = [...table.tHead.rows[0].cells].findIndex("
        "  cell => cell.textContent.trim() === arguments[1]);"
        "return [...table.tBodies[0].rows].map(row => row.cells[at].textContent.trim());",
        table, name,
    ))  # fmt: skip


def head(driver: Any, table: int, name: str) -> Any:
    tables = driver.find_elements("css selector", "table.sortable")
    buttons = tables[table].find_elements("css selector", "th button")
    return next(each for each in buttons if each.get_property("textContent").strip() == name)


def test_a_table_sorts_by_each_column_both_ways(opened: Any) -> None:
    opened.set_window_size(1900, 1000)
    before = column(opened, 1, "warm")
    assert len(before) == 9
    for name in ("warm", "cold", "bytes", "control", "CPI"):
        head(opened, 1, name).click()
        found = [float(cell) for cell in column(opened, 1, name)]
        assert found == sorted(found)
        assert head(opened, 1, name).find_element("xpath", "..").get_attribute("aria-sort") == (
            "ascending"
        )
        head(opened, 1, name).click()
        found = [float(cell) for cell in column(opened, 1, name)]
        assert found == sorted(found, reverse=True)
    head(opened, 1, "variant").click()
    assert column(opened, 1, "variant") == sorted(column(opened, 1, "variant"))
    assert sorted(column(opened, 1, "warm")) == sorted(before)
    assert len(opened.find_elements("css selector", "th[aria-sort]")) == 1


def test_a_table_sorts_from_the_keyboard(opened: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    head(opened, 1, "warm").send_keys(Keys.ENTER)
    found = [int(cell) for cell in column(opened, 1, "warm")]
    assert found == sorted(found)


def test_hovering_explains_a_stall(opened: Any) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    tip = opened.find_element("id", "tip")
    assert not tip.is_displayed()
    waits = opened.find_element("css selector", "details[open] td.waits")
    opened.execute_script("arguments[0].scrollIntoView({block: 'center'})", waits)
    ActionChains(opened).move_to_element(waits).perform()
    assert tip.is_displayed()
    assert "cycles, executed once: control 3, fetch 1" in tip.text
    assert "the next instruction lies across two words (1×)" in tip.text
    ActionChains(opened).move_to_element(opened.find_element("css selector", "h1")).perform()
    assert not tip.is_displayed()


def test_keyboard_focus_explains_a_bar(opened: Any) -> None:
    opened.set_window_size(1280, 400)
    bar = opened.find_elements("css selector", "svg .rect")[-1]
    opened.execute_script("arguments[0].focus()", bar)  # and the page scrolls to it
    opened.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 50))")
    assert opened.execute_script("return scrollY") > 0
    tip = opened.find_element("id", "tip")
    assert tip.is_displayed()
    between = opened.execute_script(
        "const [bar, tip] = [...arguments].map(each => each.getBoundingClientRect());"
        "return Math.max(tip.top - bar.bottom, bar.top - tip.bottom);",
        bar, tip,
    )  # fmt: skip
    assert between == pytest.approx(6, abs=1)
    assert " cycles, " in tip.text
    assert bar.get_attribute("aria-label") == tip.text


def test_bars_are_as_long_as_the_cycles_they_stand_for(opened: Any) -> None:
    chart = opened.find_element("css selector", "figure svg")
    bars = chart.find_elements("css selector", ".rect")
    assert len(bars) >= 6
    scales = []
    for bar in bars:
        cycles = int(bar.get_attribute("aria-label").split(" cycles")[0].split()[-1])
        scales.append(float(bar.get_attribute("width")) / cycles)
    assert max(scales) - min(scales) < 0.01 * max(scales)
    labels = [text.text for text in chart.find_elements("css selector", ".axis.y text")]
    assert sorted(labels) == ["asm_rv32", "gcc", "uncompressed"]


def test_details_open_and_hold_source_beside_machine_code(opened: Any) -> None:
    details = opened.find_elements("css selector", "section[id^=call] details")
    assert [each.get_attribute("open") is not None for each in details] == (
        [True, False, False] * 2
    )
    assert "remu(a, a, b)" in details[0].text
    assert "remu(a0, a0, a1)" in details[0].text
    assert "3375b502" in details[0].text
    details[1].find_element("css selector", "summary").click()
    assert "while (b) {" in details[1].text
    heat = details[0].find_elements("css selector", "td.heat")
    colours = {cell.value_of_css_property("background-color") for cell in heat}
    assert len(colours) > 3


def test_the_theme_switches_and_is_seen(opened: Any, tmp_path: Path) -> None:
    theme = opened.find_element("id", "theme")
    assert theme.text == "Dark"
    light = pixels(opened)
    theme.click()
    assert theme.text == "Light"
    dark = pixels(opened)
    theme.click()
    again = pixels(opened)
    assert light.most_common(1)[0][0] == again.most_common(1)[0][0] == LIGHT
    assert dark.most_common(1)[0][0] == DARK


def test_the_operating_systems_theme_is_followed(page: Path, browser: Callable[..., Any]) -> None:
    driver = browser()
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": dark})
    driver.get(page.as_uri())
    assert pixels(driver).most_common(1)[0][0] == DARK
    assert driver.find_element("id", "theme").text == "Light"


def test_a_screenshot_shows_bars_in_their_colours(opened: Any) -> None:
    chart = opened.find_element("css selector", "figure svg")
    opened.execute_script("arguments[0].scrollIntoView({block: 'center'})", chart)
    seen = pixels_of(chart.screenshot_as_png)
    for category in ("arithmetic", "control", "fetch"):
        colour = opened.execute_script(
            "return getComputedStyle(document.documentElement).getPropertyValue(arguments[0])",
            f"--{category}",
        ).strip()
        assert seen[tuple(bytes.fromhex(colour[1:]))] > 10, category
    # A bar of two hundred cycles' division is mostly arithmetic.
    assert seen.most_common(2)[1][0] == (0x2F, 0x6F, 0xBA)


def test_it_reads_without_javascript(page: Path, browser: Callable[..., Any]) -> None:
    driver = browser(javascript=False)
    driver.get(page.as_uri())
    assert not driver.find_elements("css selector", "th button")
    assert not driver.find_element("id", "theme").is_displayed()
    rows = driver.find_elements("css selector", "table.sortable tbody tr")
    assert len(rows) == 6 + 9 + 9
    assert all(row.is_displayed() and row.text for row in rows)
    waits = driver.find_element("css selector", "td.waits")
    assert "cycles, executed" in waits.get_attribute("title")
    assert driver.find_elements("css selector", "svg .bar title")


def test_nothing_is_fetched(opened: Any, page: Path) -> None:
    asked = []
    for entry in opened.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.append(message["params"]["request"]["url"])
    assert asked.count(page.as_uri()) == 1
    outside = ("http:", "https:", "ws:", "wss:", "file:")
    assert {url for url in asked if url.startswith(outside)} == {page.as_uri()}


def test_what_does_not_fit_a_window_is_left_out_column_by_column(opened: Any) -> None:
    """Neither the page nor a table is cut; the answer and what is saved stay."""
    opened.execute_script(
        "for (const cell of document.querySelectorAll('.sortable td'))"
        " if (cell.textContent === 'gcc') cell.textContent = 'gcc:firmware/source/kernels.c:-Os'"
    )
    shown = []
    for width in (400, 1280, 1900):
        with sized(opened, width):
            for each in opened.find_elements("css selector", "details:not([open]) summary"):
                opened.execute_script("arguments[0].click()", each)
            until = time.monotonic() + 10
            while (over := opened.execute_script(TOO_WIDE)) and time.monotonic() < until:
                time.sleep(0.05)
            assert over == [], width
            heads = [head(opened, 1, name).is_displayed() for name in ("warm", "saved", "CPI")]
            note = opened.find_elements("css selector", ".scroll .left")[1].text
            shown.append((heads, note.startswith("a wider window shows CPI, cold, ")))
    assert [heads for heads, _ in shown] == [
        [True, True, False], [True, True, False], [True, True, True],
    ]  # fmt: skip
    assert [note for _, note in shown] == [True, True, False]


TOO_WIDE = """
return [document.documentElement, ...document.querySelectorAll(".scroll")].filter(
  (each) => each.scrollWidth > each.clientWidth).map((each) => each.ariaLabel ?? "the page")
"""


def pixels(driver: Any) -> Counter[tuple[int, ...]]:
    return pixels_of(driver.get_screenshot_as_png())


def pixels_of(png: bytes) -> Counter[tuple[int, ...]]:
    """Colour → how many pixels have it."""
    from PIL import Image

    image = Image.open(io.BytesIO(png)).convert("RGB")
    return Counter({colour: n for n, colour in image.getcolors(1 << 24) or []})
