"""What stands in the terminal's panes: the code, registers, memory, cycles.

Input: a `Session`. Output: widgets of Textual that draw what fits, and take clicks and arrows.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import Any, ClassVar, NamedTuple

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.widget import Widget

from asm_rv32.basis.diagnostics import harmless
from asm_rv32.isa.operands import SP
from asm_rv32.machine.judge import POISON
from asm_rv32.stepping.session import FORMATS, Row, Session, character

QUIET, CHOSEN = "dim", "reverse"
GUTTER = 7
"""Columns of the code's breakpoints, line numbers and gaps."""
BYTES = 9
"""Columns of an instruction's bytes and the gap behind them."""
SOURCE, MACHINE = 24, 18
"""Columns of source, and of machine code beside it, at the least."""
BESIDE_VALUE = 2
"""Columns of a register's mark and the gap behind it."""
PLACE = 28
"""Columns of an instruction beside its cycles, where half of the pane is less."""
NAME = 4
"""Columns of a register's name and the gap behind it, at least."""


class Colours(NamedTuple):
    """Of what is marked, in a theme."""

    next: str
    """What is executed next."""
    done: str
    """What was just executed."""
    changed: str
    work: str
    stall: str
    fetch: str


DARK = Colours(
    "bold on #5c4d12", "on #17452f", "bold #ff9a6b", "#5c9be6", "#ff7a3d", "#e0b040"
)  # fmt: skip
LIGHT = Colours(
    "bold on #ffe58a", "on #c9ecd4", "bold #a8320a", "#2f6fba", "#d9480f", "#b88600"
)  # fmt: skip


class Pane(Widget, can_focus=True):
    """A part of the picture."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    @property
    def colours(self) -> Colours:
        """Those of the theme."""
        return DARK if self.app.current_theme.dark else LIGHT

    def show(self) -> None:
        """Draw all anew."""
        app: Any = self.app
        app.show()


class StatusPane(Pane, can_focus=False):
    """How far one is."""

    def __init__(self, session: Session, call: str) -> None:
        super().__init__(session)
        self.call = call

    def render(self) -> Text:
        head, *more = self.session.status()
        found = Text(no_wrap=True, overflow="ellipsis")
        found.append(f"{self.call}\n", "bold")
        found.append(head, "bold")
        for line in more:
            found.append("\n" + harmless(line))
        last = self.session.notice or self.session.detail(self.size.width)
        found.append("\n" + harmless(last), QUIET)
        return found

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 5


def _within(room: int, text: str) -> str:
    """A text for so many columns; one that is longer says so at its end."""
    text = harmless(text)
    return text if len(text) <= room else text[: room - 1] + "…"


def _more(row: Row) -> str:
    """How many instructions a line has beside the one that is shown."""
    return f" +{len(row.code) - 1}" if len(row.code) > 1 else ""


class CodePane(Pane):
    """Source and machine code; a window of it that follows what comes next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "choose(1)", show=False),
        Binding("up", "choose(-1)", show=False),
        Binding("pagedown", "choose(20)", show=False),
        Binding("pageup", "choose(-20)", show=False),
    ]
    top = 0
    """Index of the first row that is shown."""
    _followed: tuple[int, int] | None = None

    def follow(self) -> None:
        """Show what moved last: the next instruction's row, or the chosen one."""
        session, height = self.session, max(1, self.size.height)
        now = session.position, session.chosen
        before, self._followed = self._followed, now
        wanted = session.row_of.get(session.state.address)
        if before is not None and before[0] == now[0]:
            wanted = session.chosen if before[1] != now[1] else None
        if wanted is not None and not self.top + 2 <= wanted < self.top + height - 2:
            self.top = wanted - height // 2
        self.top = max(0, min(len(session.rows) - height, self.top))

    def on_resize(self) -> None:
        self._followed = None
        self.follow()
        self.refresh()

    @cached_property
    def _widths(self) -> tuple[int, int]:
        """The longest line of source that has instructions, without what is said of it, and the
        longest text of machine code."""
        found = [(row, code) for row in self.session.rows for code in row.code if code.is_code]
        sources = {len(row.text.expandtabs().partition("  #")[0]) for row, _ in found}
        texts = {len(f"{code.text}{_more(row)}") for row, code in found}
        return max(sources, default=0), max(texts, default=0)

    def _columns(self, width: int) -> tuple[int, bool]:
        """Columns for the text of machine code, and whether its bytes are there, too: both where
        nothing is cut for it, else as much text as leaves room for source."""
        source, text = self._widths
        if GUTTER + source + 1 + BYTES + text <= width:
            return text, True
        room = width - GUTTER - 1 - max(SOURCE, min(source, width // 2))
        return (min(text, room) if room >= MACHINE else 0), False

    def render(self) -> Text:
        session, (width, height) = self.session, self.size
        trace = session.trace
        following = session.state.address
        done = trace.address_at(session.position - 1) if session.position > trace.first else None
        machine, with_bytes = self._columns(width)
        found = Text(no_wrap=True, overflow="crop")
        for at in range(self.top, min(len(session.rows), self.top + height)):
            row = session.rows[at]
            chosen = CHOSEN if at == session.chosen else ""
            if row.number is None:
                found.append(harmless(row.text)[:width] + "\n", "bold")
                continue
            found.append("●" if at in session.breaks else " ", self.colours.changed)
            found.append(f"{row.number:>4} ", chosen or QUIET)
            here = {trace.base + code.offset: code for code in row.code if code.is_code}
            style = chosen
            if following in here or done in here:
                style = self.colours.next if following in here else self.colours.done
            room = width - GUTTER - (machine and 1 + machine + BYTES * with_bytes)
            found.append(_within(room, row.text.expandtabs()).ljust(room), style)
            if machine and row.code:
                shown = here.get(following) or here.get(done or -1) or row.code[0]
                raw = f"{_within(BYTES - 1, shown.bytes):<{BYTES}}" if with_bytes else ""
                text = shown.text if shown.is_code else ""  # what data is, the source tells
                more = _more(row)
                found.append(f" {raw}{_within(machine - len(more), text)}{more}", QUIET)
            found.append("\n")
        return found

    def action_choose(self, by: int) -> None:
        self.session.choose(self.session.chosen + by)
        self.show()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        self.session.choose(self.top + offset.y)
        if offset.x < 6:
            self.session.toggle()
        elif event.chain == 2:
            self.session.run_to(1)
        self.show()

    def on_mouse_scroll_down(self) -> None:
        self.top = max(0, min(len(self.session.rows) - self.size.height, self.top + 3))
        self.refresh()

    def on_mouse_scroll_up(self) -> None:
        self.top = max(0, self.top - 3)
        self.refresh()


class RegisterPane(Pane):
    """All registers, the changed ones marked, those that nobody has set faint."""

    BORDER_TITLE = "Registers"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "choose(1)", show=False),
        Binding("up", "choose(-1)", show=False),
        Binding("right", "choose_column(1)", show=False),
        Binding("left", "choose_column(-1)", show=False),
    ]

    def _digits(self) -> int:
        return {"hex": 8, "signed": 11, "unsigned": 10, "character": 4, "binary": 32}[
            self.session.format
        ]

    def _columns(self, width: int) -> tuple[int, list[int]]:
        """Of as many columns of registers as fit: their rows, and the width of each."""
        names = self.session.trace.names[1:]
        for columns in range(max(1, width // (NAME + self._digits() + BESIDE_VALUE)), 0, -1):
            rows = -(-len(names) // columns)
            widths = [
                max(NAME, *(len(name) + 1 for name in names[first : first + rows]))
                + self._digits() + BESIDE_VALUE
                for first in range(0, len(names), rows)
            ]  # fmt: skip
            if sum(widths) <= width:
                break
        return rows, widths

    def _rows(self, width: int) -> int:
        return self._columns(width)[0]

    def _top(self) -> int:
        """The first row that is shown, so that the chosen register is."""
        rows, height = self._rows(self.size.width), self.size.height
        return max(0, min((self.session.register - 1) % rows - height // 2, rows - height))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self._rows(width)

    def render(self) -> Text:
        session, top = self.session, self._top()
        registers, changed = session.state.registers, session.changed
        show, (rows, widths) = FORMATS[session.format], self._columns(self.size.width)
        found = Text(no_wrap=True, overflow="crop")
        for row in range(top, min(rows, top + self.size.height)):
            for number, width in zip(range(1 + row, len(registers), rows), widths):
                chosen = number == session.register and not session.in_memory
                name = session.trace.names[number]
                found.append(name, CHOSEN if chosen else QUIET)
                value = show(registers[number], 32).replace(" ", "")
                left = width - BESIDE_VALUE - len(name)
                text = f"{value:>{left}}{'*' if number in changed else ' '}"
                unset = QUIET if registers[number] == POISON + number else ""
                found.append(text, self.colours.changed if number in changed else unset)
                found.append(" ")
            found.append("\n")
        return found

    def action_choose(self, by: int) -> None:
        self.session.choose_register(self.session.register + by)
        self.show()

    def action_choose_column(self, by: int) -> None:
        self.action_choose(by * self._rows(self.size.width))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None:
            rows, widths = self._columns(self.size.width)
            column = bisect_right(list(accumulate(widths)), offset.x)
            self.session.choose_register(1 + self._top() + offset.y + column * rows)
            self.show()


class MemoryPane(Pane):
    """The bytes of one region, those just stored marked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "choose(1)", show=False),
        Binding("left", "choose(-1)", show=False),
        Binding("down", "choose_row(1)", show=False),
        Binding("up", "choose_row(-1)", show=False),
    ]
    top: int | None = None
    """Address of the first row, where the chosen byte keeps it."""

    @property
    def _wide(self) -> int:
        return 16 if self.size.width >= 75 else 8

    def _first(self) -> int:
        """The address at which the first row begins."""
        session, wide = self.session, self._wide
        region, height = session.memory, max(1, self.size.height)
        low = region.address - region.address % wide
        last = max(low, low + wide * (-(-(region.end - low) // wide) - height))
        sp = session.state.registers[SP]
        if session.byte is None:
            self.top = None
            inside = region.address <= sp <= region.end
            first = sp - sp % wide - 2 * wide if inside else low
        else:
            first = low if self.top is None else self.top
            at = session.byte - session.byte % wide
            first = max(min(first, at), at - (height - 1) * wide)
            self.top = first
        return max(low, min(last, first))

    def render(self) -> Text:
        session, wide = self.session, self._wide
        region, stored = session.memory, session.stored
        sp = session.state.registers[SP]
        self.border_title = f"Memory of {harmless(region.name)}"
        found = Text(no_wrap=True, overflow="crop")
        first = self._first()
        for at in range(first, min(region.end, first + wide * self.size.height), wide):
            found.append(f"{at:08x} ", QUIET)
            text = ""
            for byte in range(at, at + wide):
                if not region.address <= byte < region.end:
                    found.append("   ")
                    text += " "
                    continue
                value = session.state.read(byte, 1)[0]
                style = self.colours.changed if byte in stored else ""
                if byte == session.byte:
                    style = CHOSEN
                elif not style and region is session.trace.regions[1] and byte < sp:
                    style = QUIET
                found.append(" ")
                found.append(f"{value:02x}", style)
                text += character(value)
            found.append("  " + text + "\n", QUIET)
        if not region.size:
            found.append("It is empty.", QUIET)
        return found

    def action_choose(self, by: int) -> None:
        byte = self.session.byte
        self.session.choose_byte(self._first() if byte is None else byte + by)
        self.show()

    def action_choose_row(self, by: int) -> None:
        self.action_choose(by * self._wide)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and 10 <= offset.x < 10 + 3 * self._wide:
            at = self._first() + offset.y * self._wide + (offset.x - 10) // 3
            if self.session.memory.holds(at, 1):
                self.session.choose_byte(at)
                self.show()


class CyclePane(Pane, can_focus=False):
    """Cycles against instructions: what each waited for, then its own work."""

    def render(self) -> Text:
        session, (width, height) = self.session, self.size
        whole = ("█ own work", "▒ waits for a result", "░ waits for instruction words")
        short = ("█ own", "▒ waits", "░ waits for words")
        fits = len("Cycles: " + "  ".join(whole)) + 4 <= width
        self.border_title = f"Cycles: {'  '.join(whole if fits else short)}"
        trace, position = session.trace, session.position
        first = max(trace.first, min(position - height // 2, trace.end - height))
        last = min(trace.end, first + height)
        start, end = trace.cycles_before(first) or 0, trace.cycles_before(last) or 0
        places = [session.place(number) for number in range(first, last)]
        column = min(max(map(len, places), default=0), max(PLACE, width // 2))
        room = max(8, width - column - 2)
        scale = min(1.0, room / max(1, end - start))
        found = Text(no_wrap=True, overflow="crop")
        for number, place in enumerate(places, first):
            cost = trace.cost(number)
            if cost is None:
                break
            begin = (trace.cycles_before(number) or 0) - start
            stalled = min(cost.split.stalls, cost.waits)
            marks = {position: self.colours.next, position - 1: self.colours.done}
            found.append(_within(column, place).ljust(column), marks.get(number, ""))
            drawn, cycle = round(begin * scale), begin
            found.append(" " + " " * drawn)
            for mark, cycles, colour in (
                ("░", cost.waits - stalled, self.colours.fetch),
                ("▒", stalled, self.colours.stall),
                ("█", cost.cycles - cost.waits, self.colours.work),
            ):
                cycle += cycles
                until = round(cycle * scale)
                found.append(mark * (until - drawn), colour)
                drawn = until
            left = room - drawn
            found.append((f" {_within(left, cost.reason)}" if left > 1 else "") + "\n", QUIET)
        return found

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None:
            trace, height = self.session.trace, self.size.height
            first = max(trace.first, min(self.session.position - height // 2, trace.end - height))
            self.session.go(first + offset.y + 1)
            self.show()
