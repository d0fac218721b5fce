"""Ten tasks of a student and of a firmware engineer, to be done in a terminal and on a page.

Input: `TASKS`. Output: of each the call, what is done, and what is to be seen then.
Each action is one that both have: keys, a breakpoint, a chosen line, register or byte.
"""

from __future__ import annotations

from array import array
from functools import cache
from typing import NamedTuple

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.stepping.recording import trace
from asm_rv32.stepping.trace import Trace
from corpus.sorting import SORT

CRITICAL = """\
@asm_rv32
def critical(count, n):
    csrrci(t0, mstatus, 8)
    csrw(mscratch, count)
    lw(t1, 0(count))
    add(t1, t1, n)
    sw(t1, 0(count))
    csrs(mstatus, t0)
    csrr(a0, mscratch)
"""
WORDS = (5, 3, 9, -1, 4)
FIRST = 0x4000_0000
"""Where the first argument's bytes are."""


@cache
def recorded(call: str) -> Trace:
    """The record of one of the calls that tasks are about."""
    if call == "critical":
        image = assemble(CRITICAL, path="critical.py").functions["critical"]
        return trace(image, [bytearray(8), 7], "hazard3")
    text = SORT.replace("lw(t1, -4(a3))", "lw(t1, -64(a3))") if call == "wild" else SORT
    image = assemble(text, path="sort.py").functions["insertion_sort"]
    return trace(image, [array("i", WORDS), len(WORDS)], "hazard3")


class Task(NamedTuple):
    """What someone wants to know, and how it is found."""

    title: str
    call: str
    does: tuple[tuple[str, str | int], ...]
    """Pairs: ("key", name), ("break", line or label), ("line", number), ("register", name),
    ("byte", address), ("pane", number of the pane, which a narrow terminal hides)."""
    position: int
    """Where that leads."""
    shows: tuple[str, ...]
    """What is to be read then."""


def keys(*names: str) -> tuple[tuple[str, str | int], ...]:
    return tuple(("key", name) for name in names)


_SORTED = recorded("sort")
_PLACE = _SORTED.next_at("place") or 0
_BACK = _SORTED.previous_at(14) or 0
_STORED = _SORTED.last_write(FIRST + 4) or 0
TASKS = (
    # ---- a student's
    Task("see what a statement does to its registers", "sort", keys("right", "right"), 2,
         ("2 of 64 executed", "40000014", "Just executed: line 4")),
    Task("go back to what was overwritten", "sort", keys("end", "left", "left"), _SORTED.end - 2,
         (f"{_SORTED.end - 2} of 64 executed",)),
    Task("read a negative number", "sort",
         (("break", "place"), *keys("c", "c", "c"), ("register", "t0"), *keys("f")), 40,
         ("-1",)),
    Task("see an instruction wait for a load", "sort",
         (*keys(*["right"] * 8), ("pane", 3)), 8, ("waits for the load before it",)),
    Task("see the array when it is sorted", "sort",
         (*keys("end"), ("pane", 2)), _SORTED.end, ("ff ff ff ff", "Returned: 65")),
    # ---- a firmware engineer's
    Task("stop at a label each time round", "sort",
         (("break", "place"), *keys("c", "c", "r")), _PLACE, (f"{_PLACE} of 64 executed",)),
    Task("find what wrote a byte", "sort",
         (*keys("end"), ("byte", FIRST + 4), *keys("w")), _STORED + 1,
         ("wrote the byte at 0x40000004",)),
    Task("find the last pass of a line from the end", "sort",
         (*keys("end"), ("line", 14), *keys("G")), _BACK, ("Next: line 14",)),
    Task("see where a wild load stops the call", "wild", keys("end"), 6,
         ("Stopped at line 11", "load of 4 bytes")),
    Task("see whether interrupts are off, and what mscratch holds", "critical",
         (*keys("right", "right"), ("register", "mscratch")), 2,
         ("mstatus", "mscratch", "40000000")),
)  # fmt: skip
