"""One who goes through a trace: where they are, their breakpoints, what they look at.

Input: a `Trace`, and what is asked for. Output: the position, and what to say of it.
Invariant: nothing here draws; the terminal's widgets show what stands here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from asm_rv32.isa.operands import A0
from asm_rv32.machine.memory import Region
from asm_rv32.stepping.document import Code, blocks
from asm_rv32.stepping.trace import State, Trace


class Row(NamedTuple):
    """A line of the code as it is shown."""

    number: int | None
    """Of the source, counted from 1; None for the name of a function."""
    text: str
    code: tuple[Code, ...]
    places: tuple[int, ...]
    """The addresses at which control comes to it."""


def as_hex(word: int, bits: int) -> str:
    return f"{word:0{bits // 4}x}"


def as_signed(word: int, bits: int) -> str:
    return str((word ^ 1 << bits - 1) - (1 << bits - 1))


def as_unsigned(word: int, bits: int) -> str:
    return str(word)


def as_characters(word: int, bits: int) -> str:
    """The lowest byte first, as it stands in memory."""
    return "".join(character(byte) for byte in word.to_bytes(bits // 8, "little"))


def as_binary(word: int, bits: int) -> str:
    text = f"{word:0{bits}b}"
    return " ".join(text[at : at + 8] for at in range(0, bits, 8))


def character(byte: int) -> str:
    """A byte as ASCII, what is none as a dot."""
    return chr(byte) if 32 <= byte < 127 else "·"


FORMATS: dict[str, Callable[[int, int], str]] = {
    "hex": as_hex,
    "signed": as_signed,
    "unsigned": as_unsigned,
    "character": as_characters,
    "binary": as_binary,
}
"""Name → from an unsigned word and its bits to text."""


class Session:
    """Goes through a trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.state: State = trace.state()
        self.rows = _rows(trace)
        self.row_of = {
            trace.base + code.offset: at
            for at, row in enumerate(self.rows) for code in row.code if code.is_code
        }  # fmt: skip
        self._starts = frozenset(place for row in self.rows for place in row.places)
        self.breaks: set[int] = set()
        """Indices of rows."""
        self.chosen = self.row_of.get(self.state.address, 0)
        """Index of a row."""
        self.register = int(A0)
        self.format = "hex"
        self.region = min(2, len(trace.regions) - 1)
        """Index of the memory that is shown."""
        self.byte: int | None = None
        """The address of the chosen byte."""
        self.in_memory = False
        """Whether a byte was chosen last, and no register."""
        self.notice = ""

    @property
    def position(self) -> int:
        """How many instructions are executed."""
        return self.state.position

    def go(self, position: int, notice: str = "") -> None:
        """To a position, or to the end that is nearest to it."""
        self.state.go(max(self.trace.first, min(self.trace.end, position)))
        self.notice = notice

    def step(self, by: int) -> None:
        """So many instructions on, or back where that is negative."""
        self.go(self.position + by)

    def line(self, direction: int) -> None:
        """To the next source line, or with -1 to the one before."""
        self._to(self._starts, direction)

    def run(self, direction: int) -> None:
        """On, or with -1 back, to a breakpoint, else to the end."""
        places = frozenset(place for at in self.breaks for place in self.rows[at].places)
        if not self._to(places, direction) and self.breaks:
            self.notice = "No breakpoint on the way."

    def run_to(self, direction: int) -> None:
        """On, or with -1 back, to the chosen line."""
        row = self.runnable(self.chosen)
        places = frozenset(() if row is None else self.rows[row].places)
        found = self.trace.nearest(places, self.position, direction)
        if found is None:
            when = "any more" if direction > 0 else "before"
            self.notice = f"Control does not come there {when}."
        else:
            self.go(found)

    def _to(self, places: frozenset[int], direction: int) -> bool:
        """To the nearest of places, else to the end; whether there is one."""
        found = self.trace.nearest(places, self.position, direction)
        end = self.trace.end if direction > 0 else self.trace.first
        self.go(end if found is None else found)
        return found is not None

    # ---- the code

    def choose(self, at: int) -> None:
        """A row of the code."""
        self.chosen = max(0, min(len(self.rows) - 1, at))

    def runnable(self, at: int) -> int | None:
        """A row, or the next below it, that became instructions."""
        return next((row for row in range(at, len(self.rows)) if self.rows[row].places), None)

    def toggle(self) -> None:
        """Set or clear a breakpoint at the chosen line."""
        row = self.runnable(self.chosen)
        if row is None:
            self.notice = "No instruction stands there."
            return
        self.breaks ^= {row}
        self.notice = ""

    def break_at(self, text: str) -> None:
        """Set or clear a breakpoint at a line or a label."""
        symbols = self.trace.image.symbols
        if text in symbols:
            row = self.row_of.get(self.trace.base + symbols[text])
        else:
            row = next((at for at, row in enumerate(self.rows) if str(row.number) == text), None)
        if row is None:
            self.notice = f"There is no line and no label {text} here."
            return
        self.choose(row)
        self.toggle()

    # ---- registers and memory

    @property
    def changed(self) -> dict[int, int]:
        """The registers that the instruction just executed changed → what they held before."""
        if self.position == self.trace.first:
            return {}
        found = self.trace.registers_of(self.position - 1)
        return {each.register: each.old for each in found if each.old != each.new}

    @property
    def stored(self) -> frozenset[int]:
        """The addresses that the instruction just executed stored to."""
        if self.position == self.trace.first:
            return frozenset()
        found = self.trace.stores_of(self.position - 1)
        return frozenset(at + n for at, old, _ in found for n in range(len(old)))

    def choose_register(self, number: int) -> None:
        """The one whose value is shown in each way, but x0."""
        self.register = max(1, min(len(self.state.registers) - 1, number))
        self.in_memory = False

    def choose_byte(self, address: int) -> None:
        """The one whose value is shown in each way."""
        region = self.memory
        if region.size:
            self.byte = max(region.address, min(region.end - 1, address))
            self.in_memory = True

    @property
    def memory(self) -> Region:
        """What is shown of memory."""
        return self.trace.regions[self.region]

    def next_region(self) -> None:
        """Show the next memory: code, stack, each argument's."""
        self.region = (self.region + 1) % len(self.trace.regions)
        self.byte, self.in_memory = None, False

    def next_format(self) -> None:
        """Show registers in the next way."""
        names = list(FORMATS)
        self.format = names[(names.index(self.format) + 1) % len(names)]

    def last_write(self) -> None:
        """Behind the last write, ahead of the instruction just executed, of what is chosen."""
        before = max(self.trace.first, self.position - 1)
        what: str | int = self.trace.names[self.register]
        name = str(what)
        if self.in_memory and self.byte is not None:
            what, name = self.byte, f"the byte at {self.byte:#x}"
        found = self.trace.last_write(what, before)
        if found is None:
            self.notice = f"Nothing wrote {name} before."
        else:
            self.go(found + 1, f"The instruction just executed wrote {name}.")

    # ---- words

    def place(self, position: int) -> str:
        """Where control is at a position, in words."""
        address = self.trace.address_at(position)
        row = self.row_of.get(address)
        if row is None:
            return "outside of the code"
        text = next(
            code.text for code in self.rows[row].code if self.trace.base + code.offset == address
        )
        return f"line {self.rows[row].number}: {text}"

    def status(self) -> list[str]:
        """Three lines: how far one is, what was just executed, what comes next."""
        trace, position = self.trace, self.position
        head = f"{position:,} of {trace.end:,} executed"
        if trace.core is not None:
            head += f", {self.state.cycles:,} cycles on {trace.core}"
        if trace.first:
            head += f"; the first {trace.first:,} are not kept"
        just = ""
        if position > trace.first:
            just = f"Just executed: {self.place(position - 1)}"
            cost = trace.cost(position - 1)
            if cost is not None:
                just += f", {cost.cycles} cycle{'s' * (cost.cycles != 1)}"
                just += f": {cost.reason}" if cost.reason else ""
        if position < trace.end:
            following = f"Next: {self.place(position)}"
        elif trace.error is not None:
            fault = trace.error.fault
            following = f"Stopped at {self.place(position)}: {fault.message} ({fault.code})"
        else:
            following = f"Returned: {trace.result!r}"
        return [head, just, following]

    def detail(self, width: int) -> str:
        """The chosen register or byte in each way, with the ways' names where there is room; else
        without what says the same again."""
        if self.in_memory and self.byte is not None:
            value, bits, name = self.state.read(self.byte, 1)[0], 8, f"{self.byte:#x}"
        else:
            value, bits = self.state.registers[self.register], 32
            name = self.trace.names[self.register]
        ways = {each: show(value, bits) for each, show in FORMATS.items()}
        whole = "  ".join([name, *(f"{each} {text}" for each, text in ways.items())])
        if len(whole) <= width:
            return whole
        if ways["signed"] == ways["unsigned"]:
            del ways["unsigned"]
        short = "  ".join([name, *ways.values()])
        return short if len(short) <= width else short.rpartition("  ")[0]


def _rows(trace: Trace) -> list[Row]:
    found: list[Row] = []
    for block in blocks(trace):
        found.append(Row(None, f"{block.name} in {block.path}", (), ()))
        found += [Row(line.number, line.text, line.code, ()) for line in block.lines]
    order = sorted(
        (code.offset, at)
        for at, row in enumerate(found) for code in row.code if code.is_code
    )  # fmt: skip
    last = None
    for offset, at in order:
        if at != last:
            row = found[at]
            found[at] = row._replace(places=(*row.places, trace.base + offset))
        last = at
    return found
