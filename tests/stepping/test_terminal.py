"""Stepping in a terminal: what a session finds, and by Textual's pilot what is seen."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from corpus.sorting import SORT
from corpus.step_tasks import TASKS, Task
from corpus.step_tasks import recorded as record_of

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.commands.cli import main
from asm_rv32.stepping.recording import trace
from asm_rv32.stepping.session import FORMATS, Session
from asm_rv32.stepping.trace import Trace


def recorded(core: str | None = "hazard3") -> Trace:
    image = assemble(SORT, path="sort.py").functions["insertion_sort"]
    return trace(image, [array("i", [5, 3, 9, -1, 4]), 5], core)


def test_a_session_goes_where_the_trace_says() -> None:
    found = recorded()
    session = Session(found)
    session.break_at("place")
    session.break_at("8")
    assert [session.rows[at].number for at in sorted(session.breaks)] == [8, 17]
    lines = []
    for _ in range(4):
        session.run(1)
        lines.append(session.state.line)
    assert lines == [8, 17, 8, 17]
    session.run(-1)
    assert session.state.line == 8
    session.run_to(1)
    assert (session.state.line, session.notice) == (8, "")
    session.break_at("nothing")
    assert session.notice == "There is no line and no label nothing here."
    session.break_at("place")
    session.break_at("8")
    session.run(1)
    assert session.position == found.end and session.status()[2] == "Returned: 65"
    session.run_to(1)
    assert session.notice == "Control does not come there any more."
    session.run(-1)
    session.run_to(-1)
    assert session.notice == "Control does not come there before."
    session.line(1)
    assert session.state.line == 4


def test_a_session_finds_writes_one_after_the_other() -> None:
    found = recorded()
    session = Session(found)
    session.go(found.end)
    session.choose_register(6)
    seen = []
    while not session.notice.startswith("Nothing"):
        session.last_write()
        seen.append(session.position - 1)
    writes = [step.number for step in found if any(c.name == "t1" for c in step.registers)]
    assert seen[:-1] == writes[::-1]
    session.go(found.end)
    session.choose_byte(0x4000_0000)
    session.last_write()
    assert 0x4000_0000 in session.stored
    assert session.state.read(0x4000_0000, 4) == b"\xff\xff\xff\xff"


def test_values_are_written_in_each_way() -> None:
    shown = {name: show(0xFF42_4180, 32) for name, show in FORMATS.items()}
    assert shown == {
        "hex": "ff424180",
        "signed": str(0xFF42_4180 - (1 << 32)),
        "unsigned": str(0xFF42_4180),
        "character": "·AB·",
        "binary": "11111111 01000010 01000001 10000000",
    }


def test_the_command_says_what_it_needs(capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    path = tmp_path / "sort.py"
    path.write_text(SORT)
    assert main(["step", str(path), "insertion_sort(bytearray(4), 1)"]) == 2
    assert "there is no terminal to step in; write a page: -o OUT.html" in capsys.readouterr().err


def in_terminal(
    width: int, height: int, do: Callable[[Any, Any], Awaitable[None]],
    core: str | None = "hazard3", found: Trace | None = None,
) -> None:  # fmt: skip
    """Do something in a terminal of a size, with the application and its pilot."""
    from asm_rv32.stepping.terminal import Stepper

    async def run() -> None:
        app = Stepper(found or recorded(core), "insertion_sort(...)")
        async with app.run_test(size=(width, height)) as pilot:
            await do(app, pilot)

    asyncio.run(run())


def seen(app: Any) -> str:
    """What stands on the screen."""
    return "\n".join(
        "".join(segment.text for segment in strip)
        for strip in app.screen._compositor.render_strips()
    )


async def shows(app: Any, pilot: Any, *texts: str) -> None:
    """All of the texts come to stand on the screen."""
    for _ in range(200):
        if all(text in seen(app) for text in texts):
            return
        await pilot.pause(0.02)
    raise AssertionError(f"{texts} in\n{seen(app)}")


@pytest.mark.heavy
@pytest.mark.parametrize(("width", "height"), [(80, 24), (140, 40)])
def test_keys_do_in_a_terminal_what_they_say(width: int, height: int) -> None:
    async def do(app: Any, pilot: Any) -> None:
        session, found = app.session, app.session.trace
        await shows(app, pilot, "? keys", "q quit")
        for key, position in (("right", 1), ("s", 2), ("left", 1), ("S", 0), ("n", 1), ("n", 2),
                              ("p", 1), ("end", found.end), ("home", 0)):  # fmt: skip
            await pilot.press(key)
            assert session.position == position, key
            await shows(app, pilot, f"{position} of {found.end} executed")
        await pilot.press("l", *"place", "enter", "c")
        assert session.position == found.next_at("place")
        await shows(app, pilot, "●", "Next: line 17")
        await pilot.press("b", "up", "up", "up", "up", "g")
        assert session.state.line == 13 and not session.breaks
        await pilot.press("G", "r")
        assert session.position == 0
        await pilot.press("end", "w")
        assert session.position == found.end - 1
        await pilot.press("f", "f", "f", "f")
        await shows(app, pilot, "a0  00000000000000000000000001000001", "  21  ")
        await pilot.press("f", "?")
        await shows(app, pilot, "set or clear a breakpoint there")
        await pilot.press("escape", "2")
        await shows(app, pilot, "ff ff ff ff 03 00 00 00")
        await pilot.press("m", "m", "3")
        await shows(app, pilot, "own work", *["Memory of the stack"] * (width >= 110))
        widths = {len(line) for line in seen(app).split("\n")}
        assert widths == {width}

    in_terminal(width, height, do)


LONG = """
@asm_rv32
def long(words, count):
    label(the_first_of_the_loops)
    lw(t1, 4(words))
    for word in range(20):
        addi(t0, t0, word)  # of which there are many, and one says much of them at its end
    addi(count, count, -1)
    bltu(zero, count, the_first_of_the_loops)
    mv(a0, t0)
"""


@pytest.mark.heavy
@pytest.mark.parametrize("width", [80, 110, 140, 200])
def test_of_machine_code_as_much_is_shown_as_fits(width: int) -> None:
    found = trace(assemble(LONG).functions["long"], [bytes(8), 1], "hazard3")
    whole = ["c_addi(t0, 2) +19", "lw(t1, 4(a0))", "addi(t0, t0, word)"]

    async def do(app: Any, pilot: Any) -> None:
        await pilot.press("right", "right", "right")
        await shows(app, pilot, "Next: line 7", *whole)
        assert ("03234500" in seen(app)) == (width == 200)
        cut = [line for line in seen(app).splitlines() if "bltu(zero, a1" in line]
        await pilot.press("end", "3")
        await shows(app, pilot, "line 9: bltu(")
        cut += [line for line in seen(app).splitlines() if "line 9: bltu(" in line]
        assert all("the_first_of_the_loops)" in line or "…" in line for line in cut)

    in_terminal(width, 60, do, found=found)


async def do_task(app: Any, pilot: Any, task: Task) -> None:
    """Do what a task says, by keys; what is chosen without a key of its own, by arrows."""
    session = app.session
    for action, what in task.does:
        if action in ("key", "pane"):
            await pilot.press(str(what))
        elif action == "break":
            await pilot.press("l", *str(what), "enter")
        elif action == "line":
            row = next(at for at, row in enumerate(session.rows) if row.number == what)
            await pilot.press(*["down"] * (row - session.chosen), *["up"] * (session.chosen - row))
        elif action == "register":
            await pilot.press("1", "tab")
            way = session.trace.names.index(what) - session.register
            await pilot.press(*["down" if way > 0 else "up"] * abs(way), "shift+tab")
        else:
            assert action == "byte"
            await pilot.press("2", "tab", "tab" if app.size.width >= 110 else "right", "left")
            way = int(what) - (session.byte or 0)
            await pilot.press(*["right"] * way)


@pytest.mark.heavy
@pytest.mark.parametrize("task", TASKS, ids=[task.title for task in TASKS])
def test_a_task_is_done_by_keys(task: Task) -> None:
    async def do(app: Any, pilot: Any) -> None:
        await do_task(app, pilot, task)
        assert app.session.position == task.position
        await shows(app, pilot, *task.shows)

    # Both sizes in turn, each of half of the tasks.
    size = ((80, 24), (140, 40))[TASKS.index(task) % 2]
    in_terminal(*size, do, found=record_of(task.call))


@pytest.mark.heavy
def test_the_mouse_and_focus_choose() -> None:
    from asm_rv32.stepping.panes import CodePane, MemoryPane, RegisterPane

    async def do(app: Any, pilot: Any) -> None:
        session = app.session
        row = next(at for at, row in enumerate(session.rows) if row.number == 13)
        assert await pilot.click(CodePane, offset=(2, 1 + row))
        assert session.breaks == {row}
        assert await pilot.click(CodePane, offset=(20, 2 + row), times=2)
        assert session.state.line == 14
        assert await pilot.click(RegisterPane, offset=(3, 2))
        assert session.register == 2
        await pilot.press("right", "down")
        assert session.register == 10
        assert await pilot.click(MemoryPane, offset=(12 + 3 * 4, 1))
        assert session.byte == 0x4000_0004
        await pilot.press("right", "down", "w")
        assert session.byte == 0x4000_0013  # the last one
        before = session.position
        await pilot.press("t", "1", "3")
        assert session.position == before
        await pilot.press("q")

    in_terminal(140, 40, do)


@pytest.mark.heavy
def test_without_a_core_there_are_no_cycles() -> None:
    async def do(app: Any, pilot: Any) -> None:
        await pilot.press("3", "right")
        await shows(app, pilot, "1 of ", "Memory of")  # the last that there is
        assert "cycles" not in seen(app)

    in_terminal(80, 24, do, core=None)
