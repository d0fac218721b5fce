"""Stepping through a trace in a terminal.

Input: a `Trace` and the call's text. Output: an application of Textual.
Invariant: what is shown follows from the `Session`; keys and the mouse change that alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Static

from asm_rv32.basis.diagnostics import harmless
from asm_rv32.stepping.panes import CodePane, CyclePane, MemoryPane, RegisterPane, StatusPane
from asm_rv32.stepping.session import Session
from asm_rv32.stepping.trace import Trace

BESIDE, WIDE = 110, 140
"""Columns from which on all panes stand side by side, and from which on with all they have."""
KEYS = """\
→ ←        one instruction forward, back; so do s and S
n p        to the next, the previous source line
c r        continue, run back, to a breakpoint or the end
Home End   to the start, to the end
↓ ↑        choose a line of the code; a click does
g G        run to the chosen line, or back to it; a double click does
b          set or clear a breakpoint there; a click on its number does
l          set or clear a breakpoint at a line or a label
w          to the last write of the chosen register or byte
f          registers as hex, signed, unsigned, character, binary
m          the next memory: code, stack, each argument's
Tab        to registers and memory, where arrows choose; a click does
1 2 3      in a narrow terminal: registers, memory, cycles
t          light or dark
q          leave"""


class Keys(ModalScreen[None]):
    """What the keys do."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss", "Close")
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog"):
            yield Static(KEYS, markup=False)
        yield Footer()


class Place(ModalScreen[str]):
    """Asks for a line or a label."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss('')", "Close")]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Breakpoint at a line or a label:")
            yield Input(placeholder="12, or loop")
        yield Footer()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())


def _key(keys: str, action: str, words: str, show: bool = True, display: str = "") -> Binding:
    return Binding(keys, action, words, show=show, key_display=display or None)


class Stepper(App[None]):
    """The application."""

    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (BESIDE, "-beside"), (WIDE, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("right,s", "step(1)", "step", display="→"),
        _key("left,S", "step(-1)", "back", display="←"),
        _key("n", "line(1)", "line"),
        _key("p", "line(-1)", "line back", show=False),
        _key("c", "run(1)", "run"),
        _key("r", "run(-1)", "run back", show=False),
        _key("g", "run_to(1)", "here"),
        _key("G", "run_to(-1)", "back to here", show=False),
        _key("b", "toggle_break", "break"),
        _key("l", "ask", "break at", show=False),
        _key("w", "last_write", "write"),
        _key("f", "next_format", "format"),
        _key("m", "next_region", "memory", show=False),
        _key("home", "end(-1)", "start", show=False),
        _key("end", "end(1)", "end", show=False),
        *(_key(str(at), f"pane({at})", "pane", show=False) for at in (1, 2, 3)),
        _key("t", "theme", "light or dark", show=False),
        _key("question_mark", "keys", "keys", display="?"),
        _key("q", "quit", "quit"),
    ]
    CSS = """
    #panes { height: 1fr; layout: horizontal; }
    #side { width: 52; }
    .-wide #side { width: 78; }
    CodePane { width: 1fr; height: 1fr; border: round $foreground 40%; }
    RegisterPane { height: auto; border: round $foreground 40%; }
    MemoryPane { height: 1fr; min-height: 5; border: round $foreground 40%; }
    CyclePane { height: 1fr; min-height: 5; border: round $foreground 40%; }
    Pane { border-title-color: $foreground; border-subtitle-color: $foreground; }
    CodePane:focus, RegisterPane:focus, MemoryPane:focus { border: round $accent; }
    StatusPane { height: auto; padding: 0 1; }
    .-narrow #panes { layout: vertical; }
    .-narrow #side { width: 100%; height: auto; max-height: 60%; }
    .-narrow MemoryPane, .-narrow CyclePane { height: 10; }
    .-narrow RegisterPane { max-height: 10; }
    .-narrow #side .away { display: none; }
    .dialog {
      width: 76; max-width: 96%; height: auto; max-height: 90%; padding: 1 2;
      border: round $accent; background: $surface;
    }
    Keys, Place { align: center middle; }
    """

    def __init__(self, trace: Trace, call: str) -> None:
        super().__init__()
        self.session = Session(trace)
        self.title = harmless(call)
        self._side: list[Any] = []

    def compose(self) -> ComposeResult:
        session = self.session
        yield StatusPane(session, str(self.title))
        self._side = [RegisterPane(session), MemoryPane(session)]
        if session.trace.core is not None:
            self._side.append(CyclePane(session))
        with Container(id="panes"):
            yield CodePane(session)
            with Container(id="side"):
                yield from self._side
        yield Footer(compact=True)

    def on_resize(self) -> None:
        named = list(enumerate(("registers", "memory", "cycles"), 1))[: len(self._side)]
        others = "  ".join(f"{key} {name}" for key, name in named)
        for pane in self._side:
            pane.border_subtitle = others if self.size.width < BESIDE else None

    def on_mount(self) -> None:
        self.action_pane(1)
        self.query_one(CodePane).focus()
        self.show()

    def show(self) -> None:
        """Draw all anew."""
        self.query_one(CodePane).follow()
        for each in (StatusPane, CodePane, RegisterPane, MemoryPane, CyclePane):
            for pane in self.query(each):
                pane.refresh(layout=each is StatusPane)

    def _did(self, do: Callable[..., None], *arguments: int) -> None:
        self.session.notice = ""
        do(*arguments)
        self.show()

    def action_step(self, by: int) -> None:
        self._did(self.session.step, by)

    def action_line(self, direction: int) -> None:
        self._did(self.session.line, direction)

    def action_run(self, direction: int) -> None:
        self._did(self.session.run, direction)

    def action_run_to(self, direction: int) -> None:
        self._did(self.session.run_to, direction)

    def action_end(self, direction: int) -> None:
        trace = self.session.trace
        self._did(self.session.go, trace.end if direction > 0 else trace.first)

    def action_toggle_break(self) -> None:
        self._did(self.session.toggle)

    def action_last_write(self) -> None:
        self._did(self.session.last_write)

    def action_next_format(self) -> None:
        self._did(self.session.next_format)
        self.query_one(RegisterPane).refresh(layout=True)

    def action_next_region(self) -> None:
        self._did(self.session.next_region)

    def action_pane(self, number: int) -> None:
        """Which of the panes at the side a narrow terminal shows."""
        for at, pane in enumerate(self._side, 1):
            pane.set_class(at != min(number, len(self._side)), "away")

    def action_theme(self) -> None:
        self.theme = "textual-light" if self.current_theme.dark else "textual-dark"
        self.show()

    def action_keys(self) -> None:
        self.push_screen(Keys())

    def action_ask(self) -> None:
        def done(text: str | None) -> None:
            if text:
                self.session.notice = ""
                self.session.break_at(text)
                self.show()

        self.push_screen(Place(), done)
