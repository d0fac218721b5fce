"""Which lines of a GNU source are carried out: .if and its kin, within each other.

Input: directives with their operands, in order; what their expressions are. Output: whether what
follows is carried out.
Source: Using as, 7.45 (.if).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from asm_rv32.basis.diagnostics import Span
from asm_rv32.importing.lines import Line
from asm_rv32.importing.macros import collapsed

_COMPARED: dict[str, Callable[[int], bool]] = {
    ".if": lambda value: value != 0,
    ".ifne": lambda value: value != 0,
    ".ifeq": lambda value: value == 0,
    ".ifge": lambda value: value >= 0,
    ".ifgt": lambda value: value > 0,
    ".ifle": lambda value: value <= 0,
    ".iflt": lambda value: value < 0,
}
_OPENING = (
    *_COMPARED, ".ifdef", ".ifndef", ".ifnotdef", ".ifb", ".ifnb", ".ifc", ".ifnc", ".ifeqs",
    ".ifnes",
)  # fmt: skip
WORDS = (*_OPENING, ".else", ".elseif", ".endif")


class Asked(NamedTuple):
    """What conditions are decided by."""

    number: Callable[[str, Line], int | None]
    """The value of an expression; None, and reported, where it has none."""
    is_known: Callable[[str], bool]
    """Whether a symbol is defined so far."""
    report: Callable[[str, Span], None]


class _Open:
    """An open condition: whether its branch is carried out, and whether none of the rest is."""

    __slots__ = ("holds", "is_done", "place")

    def __init__(self, holds: bool, is_done: bool, place: Span) -> None:
        self.holds = holds
        self.is_done = is_done
        self.place = place


class Conditions:
    """Those that are open."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.open: list[_Open] = []

    @property
    def active(self) -> bool:
        """Whether the lines here are carried out."""
        return not self.open or self.open[-1].holds

    def close_to(self, count: int) -> None:
        """Leave those open that were when there were so many."""
        del self.open[count:]

    def take(self, name: str, rest: str, line: Line, outer: int) -> None:
        """Carry out one of WORDS; `outer`: how many were open where its lines began."""
        if name in (".else", ".elseif", ".endif"):
            if len(self.open) <= outer:
                self.asked.report(f"{name} stands without .if", line.span)
            elif name == ".endif":
                self.open.pop()
            else:
                last = self.open[-1]
                last.holds = not last.is_done and (name == ".else" or self.holds(".if", rest, line))
                last.is_done = last.is_done or last.holds
            return
        # Within what is not carried out, nothing is.
        holds = self.active and self.holds(name, rest, line)
        self.open.append(_Open(holds, holds or not self.active, line.span))

    def holds(self, name: str, rest: str, line: Line) -> bool:
        if name in _COMPARED:
            value = self.asked.number(rest, line)
            return value is not None and _COMPARED[name](value)
        rest = rest.strip()
        if name in (".ifdef", ".ifndef", ".ifnotdef"):
            return self.asked.is_known(rest) == (name == ".ifdef")
        if name in (".ifb", ".ifnb"):
            return (not rest) == (name == ".ifb")
        first, comma, second = _parted(rest)
        if not comma:
            self.asked.report(f"{name} compares two texts", line.span)
        alike = collapsed(first.strip()) == collapsed(second.strip())
        return alike == (name in (".ifc", ".ifeqs"))


def _parted(text: str) -> tuple[str, str, str]:
    """Both sides of the first comma outside of quotes."""
    match = re.match(r"""((?:[^",']|"(?:[^"\\]|\\.)*"|'[^']*')*)(,?)""", text)
    assert match is not None
    first, second = match[1].strip(), text[match.end() :].strip()
    if first[:1] == first[-1:] == "'" and len(first) > 1:
        first, second = first[1:-1], second.strip("'")
    return first, match[2], second
