"""The page that steps through a call, in a real browser: by keys, by mouse, and what is seen."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from corpus.sorting import SORT
from corpus.step_tasks import FIRST, TASKS, Task
from corpus.step_tasks import recorded as record_of
from window import sized

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.stepping import document
from asm_rv32.stepping.page import page as page_of
from asm_rv32.stepping.recording import trace
from asm_rv32.stepping.trace import Trace

pytestmark = pytest.mark.browser
HOSTILE = '# </script><script>document.title = "wrong"</script>'
TEXT = SORT.replace("done)\n    lw", f"done)  {HOSTILE}\n    lw")
WORDS = [5, 3, 9, -1, 4]


@pytest.fixture(scope="module")
def recorded() -> Trace:
    from array import array

    image = assemble(TEXT, path="sort.py").functions["insertion_sort"]
    return trace(image, [array("i", WORDS), len(WORDS)], "hazard3")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, recorded: Trace) -> Path:
    path = tmp_path_factory.mktemp("step") / "step.html"
    path.write_text(page_of(recorded, f"insertion_sort(array('i', {WORDS}), 5)"))
    return path


def press(driver: Any, *keys: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    for key in keys:
        ActionChains(driver).send_keys(key).perform()


def arrow(name: str) -> str:
    from selenium.webdriver.common.keys import Keys

    return str(getattr(Keys, f"ARROW_{name}"))


def position(driver: Any) -> int:
    return int(driver.find_element("id", "position").get_attribute("value"))


def registers(driver: Any) -> dict[str, str]:
    return dict(
        driver.execute_script(
            "return [...document.querySelectorAll('#registers button')].map("
            "each => [...each.children].map(part => part.textContent))"
        )
    )


def bytes_shown(driver: Any) -> list[str]:
    return list(
        driver.execute_script(
            "return [...document.querySelectorAll('#memory td.byte')].map(each => each.textContent)"
        )
    )


def text(driver: Any, name: str) -> str:
    return str(driver.find_element("id", name).text)


def test_each_step_shows_what_the_trace_has(opened: Any, recorded: Trace) -> None:
    state = recorded.state()
    for number in (*range(24), 23, 22, 5, recorded.end):
        while position(opened) < number:
            press(opened, arrow("RIGHT"))
        while position(opened) > number:
            press(opened, arrow("LEFT"))
        state.go(number)
        shown = registers(opened)
        assert shown == {name: f"{state[name]:08x}" for name in shown}
        assert f"{number} of {recorded.end} executed, {state.cycles} cycles on hazard3" in text(
            opened, "status"
        )
        marked = opened.find_elements("css selector", "#registers .changed span")
        changed = recorded.registers_of(number - 1) if number else ()
        assert {each.text for each in marked} == {
            change.name for change in changed if change.old != change.new
        }
        assert bytes.fromhex("".join(bytes_shown(opened))) == state.read(0x4000_0000, 20)
        if number < recorded.end:
            assert f"Next: line {state.line}:" in text(opened, "status")
    assert "Returned: 65" in text(opened, "status")


def test_registers_that_nobody_has_set_are_faint(opened: Any, recorded: Trace) -> None:
    press(opened, arrow("RIGHT"), arrow("RIGHT"))
    faint = opened.find_elements("css selector", "#registers .unset span")
    state = recorded.state(2)
    assert {each.text for each in faint} == {
        name for number, name in enumerate(recorded.names) if state[name] == 0x5EED0000 + number
    }
    assert "a0" not in {each.text for each in faint} and len(faint) > 20


def test_lines_and_breakpoints_are_run_to(opened: Any, recorded: Trace) -> None:
    press(opened, "s", "s", "S", "p", "n", "l")
    assert position(opened) == 1
    box = opened.find_element("id", "break-at")
    for what in ("place", "8"):  # a label, and a line
        box.send_keys(what + "\t")
    assert text(opened, "breaks") == "8 ×\n17 ×"
    found = 1
    for key, search in (("c", recorded.next_at), ("c", recorded.next_at), ("c", recorded.next_at),
                        ("r", recorded.previous_at)):  # fmt: skip
        opened.find_element("css selector", "h2").click()
        press(opened, key)
        near = [each for each in (search(8, found), search(17, found)) if each is not None]
        found = min(near) if key == "c" else max(near)
        assert position(opened) == found
    for _ in range(2):
        opened.find_element("css selector", "#breaks button").click()
    opened.find_element("css selector", "h2").click()
    press(opened, "c")
    assert position(opened) == recorded.end
    row = opened.find_element("css selector", 'tr[data-line="14"] .source')
    row.click()
    press(opened, "G")
    assert position(opened) == recorded.previous_at(14)
    opened.find_element("css selector", '[data-key="Home"]').click()
    opened.find_element("css selector", '#controls ~ * [data-key="g"]').click()
    assert position(opened) == recorded.next_at(14)
    opened.find_element("css selector", 'tr[data-line="3"] .mark').click()
    press(opened, "r")
    assert position(opened) == 0


def test_the_last_write_of_a_register_and_of_a_byte_is_found(
    opened: Any, recorded: Trace
) -> None:  # fmt: skip
    from selenium.webdriver.common.keys import Keys

    press(opened, Keys.END)
    button = next(
        each for each in opened.find_elements("css selector", "#registers button")
        if each.text.startswith("t1")
    )  # fmt: skip
    button.click()
    press(opened, "w")
    found = recorded.last_write("t1")
    assert found is not None and position(opened) == found + 1
    press(opened, "w")
    assert position(opened) == (recorded.last_write("t1", found) or 0) + 1
    assert "wrote t1" in text(opened, "notice")
    press(opened, Keys.END)
    opened.find_elements("css selector", "#memory td.byte")[4].click()
    opened.find_element("id", "byte-write").click()
    assert position(opened) == (recorded.last_write(0x4000_0004) or 0) + 1
    pane = opened.find_element("id", "memory")
    pane.send_keys(arrow("RIGHT") * 3)
    assert "40000007" in text(opened, "byte-detail")


def test_values_are_shown_in_each_way(opened: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    press(opened, Keys.END)
    for value in ("65", "65", "A···"):
        press(opened, "f")
        assert registers(opened)["a0"] == value
    region = opened.find_element("id", "region")
    shown = [region.get_property("value")]
    for _ in range(3):
        press(opened, "m")
        shown.append(region.get_property("value"))
    assert shown == ["2", "0", "1", "2"]
    detail = text(opened, "register-detail")
    assert "hex 00000041" in detail and "binary 00000000 00000000 00000000 01000001" in detail
    unit = opened.find_element("id", "unit")
    unit.send_keys("s")
    assert bytes_shown(opened) == [str(each) for each in sorted(WORDS)]


def test_the_diagram_shows_what_each_instruction_waited_for(opened: Any, recorded: Trace) -> None:
    press(opened, *[arrow("RIGHT")] * 3)
    rows = opened.find_elements("css selector", "#cycles .row")
    assert len(rows) == 18
    scale = None
    for step, row in zip(recorded, rows):
        bars = row.find_elements("css selector", ".work, .stall, .fetch")
        length = sum(float(bar.get_attribute("width")) for bar in bars)
        assert step.cycles is not None
        scale = scale or length / step.cycles
        assert length == pytest.approx(scale * step.cycles)
        shown = row.find_element("css selector", "title").get_attribute("textContent")
        assert shown.endswith(f", {step.reason}" if step.reason else "s") or step.cycles == 1
    assert any(step.reason for step in list(recorded)[:18])
    rows[9].click()
    assert position(opened) == 10


def do_task(driver: Any, task: Task) -> None:
    """Do what a task says: by keys, and by clicks where a terminal has arrows."""
    from selenium.webdriver.common.keys import Keys

    for action, what in task.does:
        if action == "key":
            named = arrow(str(what).upper()) if what in ("left", "right") else Keys.END
            press(driver, str(what) if len(str(what)) == 1 else named)
        elif action == "break":
            driver.find_element("id", "break-at").send_keys(f"{what}\t")
            driver.find_element("css selector", "h2").click()
        elif action == "line":
            driver.find_element("css selector", f'tr[data-line="{what}"] .source').click()
        elif action == "register":
            cells = driver.find_elements("css selector", "#registers button")
            next(each for each in cells if each.text.split()[0] == what).click()
        elif action == "byte":
            at = int(what) - FIRST
            driver.find_elements("css selector", "#memory td.byte")[at].click()
        else:
            assert action == "pane"  # a page shows all


@pytest.mark.parametrize("task", TASKS, ids=[task.title for task in TASKS])
def test_a_task_is_done(shared: Any, tmp_path: Path, task: Task) -> None:
    path = tmp_path / "task.html"
    path.write_text(page_of(record_of(task.call), task.call))
    with sized(shared, (400, 1280)[TASKS.index(task) % 2]):
        shared.get(path.as_uri())
        do_task(shared, task)
        assert position(shared) == task.position
        seen = shared.find_element("css selector", "body").text.replace("\n", " ")
        for each in task.shows:
            assert each in seen
        assert not [each for each in shared.get_log("browser") if each["level"] == "SEVERE"]


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_accessible_and_fits(opened: Any, width: int, theme: str) -> None:
    """No violation of axe-core's rules, nothing wider than the window, in both themes."""
    with sized(opened, width):
        opened.refresh()
        opened.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
        press(opened, "b", "?", *[arrow("RIGHT")] * 12)
        opened.find_elements("css selector", "#memory td.byte")[2].click()
        wide = opened.execute_script("return document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
        opened.execute_script(axe())
        found = opened.execute_async_script(
            "axe.run().then(found => arguments[0](found.violations.map("
            "each => [each.id, each.nodes.map(node => node.html)])))"
        )
        assert found == []


CALLER = (
    """\
@asm_rv32
def third(value):
    srai(a0, value, 2)


@asm_rv32
def caller(words, count):
    mv(t3, ra)
    label(the_head_of_the_loop_over_all_of_the_words)
    lw(a0, 0(words))
"""
    + "    addi(t2, t2, 1)\n" * 30
    + """\
    call(third)
    addi(a1, a1, -1)
    bltu(zero, a1, the_head_of_the_loop_over_all_of_the_words)
    jr(t3)
"""
)


@pytest.mark.parametrize("width", [400, 950, 1280])
def test_what_comes_next_is_in_sight_and_nothing_is_cut(
    shared: Any, tmp_path: Path, width: int
) -> None:
    found = trace(assemble(CALLER).functions["caller"], [bytes(4), 1])
    assert document.blocks(found)[0].lines[0].number == 6
    path = tmp_path / "caller.html"
    path.write_text(page_of(found, "caller(bytes(4), 1)"))
    with sized(shared, width):
        shared.get(path.as_uri())
        press(shared, *[arrow("RIGHT")] * (found.next_at(3) or 0))
        assert shared.execute_script(
            "const pane = document.getElementById('code');"
            "const [at, next] = [pane, pane.querySelector('.op.next')]"
            "  .map(each => each.getBoundingClientRect());"
            "return at.top <= next.top && next.bottom <= at.bottom"
        )
        wide = shared.execute_script(
            "return [...document.querySelectorAll('#code, #code td, #memory')]"
            ".filter(each => each.scrollWidth > each.clientWidth).map(each => each.outerHTML)"
        )
        assert wide == []


def axe() -> str:
    try:
        return resources.files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
    except ModuleNotFoundError:
        pytest.fail("axe-core is missing: pip install -r requirements-full.txt")


def test_nothing_is_fetched_and_no_source_is_markup(opened: Any, page: Path) -> None:
    asked = []
    for entry in opened.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.append(message["params"]["request"]["url"])
    outside = ("http:", "https:", "ws:", "wss:", "file:")
    assert {url for url in asked if url.startswith(outside)} == {page.as_uri()}
    assert opened.title.startswith("Step: insertion_sort(")
    assert 'document.title = "wrong"' in text(opened, "code")
    assert len(re.findall("</script>", page.read_text())) == 2


def test_a_call_that_is_stopped_is_shown_up_to_there(
    browser: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from selenium.webdriver.common.keys import Keys

    source = SORT.replace("lw(t1, -4(a3))", "lw(t1, -64(a3))")
    image = assemble(source, path="sort.py").functions["insertion_sort"]
    monkeypatch.setattr(document, "SHOWN", 4)  # and of a long call its end
    path = tmp_path / "stopped.html"
    path.write_text(page_of(trace(image, [bytearray(8), 2]), "insertion_sort(bytearray(8), 2)"))
    driver = browser()
    driver.get(path.as_uri())
    assert "The first 2 instructions are not in this page" in text(driver, "notice")
    assert not driver.find_element("id", "cycle-pane").is_displayed()
    press(driver, Keys.END)
    assert "6 of 6 executed" in text(driver, "status")
    assert "Stopped at line 11: lw(t1, -64(a3)): load of 4 bytes" in text(driver, "status")
    press(driver, Keys.HOME)
    assert "2 of 6 executed" in text(driver, "status")
    assert not [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
