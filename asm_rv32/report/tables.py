"""The tables that the text formats have in common, cells as texts.

Input: a document. Output: `Table`s. Invariant: a cell is made here once, for every format.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from asm_rv32.isa.image import NOTHING
from asm_rv32.report.document import OURS, Document, reason_text
from asm_rv32.timing.cost import CATEGORIES

HEADINGS = {
    "arithmetic": "arithmetic",
    "memory": "memory",
    "control": "control",
    "stalls": "load-use",
    "fetch": "fetch",
}
"""Category → how a table's head calls it."""
WIDE = 80
"""Characters of a call that are shown."""


class Table(NamedTuple):
    """A table of texts; the columns named in `texts` are not numbers."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    texts: frozenset[str]


def shortened(text: str) -> str:
    """The text, cut where it is very long, without what would control a terminal."""
    shown = text if len(text) <= WIDE else text[: WIDE - 3] + "..."
    return "".join(each if each.isprintable() else " " for each in shown)


def percent(value: float | None) -> str:
    """A reduction: `18.2 %`; a dash where there was nothing to reduce."""
    return "–" if value is None else f"{value:.1f} %"


def call_title(call: dict[str, Any]) -> str:
    """`gcd(6, 4) = 2`; of what returns nothing, the call alone."""
    shown = shortened(call["call"])
    return shown if call["result"] == NOTHING else f"{shown} = {shortened(call['result'])}"


def totals(call: dict[str, Any]) -> Table:
    """Every core, placement and variant of a call: its cycles, and their split."""
    timed = any("nanoseconds" in each for each in call["variants"][0]["costs"])
    columns = ("core", "at", "variant", "cold", "warm", *(("ns",) if timed else ()))
    columns += (*HEADINGS.values(), "instructions", "CPI", "bytes", "saved")
    rows = []
    for core in [cost["core"] for cost in call["variants"][0]["costs"]]:
        for variant in call["variants"]:
            cost = next(each for each in variant["costs"] if each["core"] == core)
            saved = cost["reduction"]
            rows.append(
                (
                    core,
                    str(variant["placement"]),
                    variant["name"],
                    str(cost["cold"]),
                    str(cost["warm"]),
                    *((f"{cost['nanoseconds']:.1f}" if "nanoseconds" in cost else "",) * timed),
                    *[str(cost["by_category"][name]) for name in CATEGORIES],
                    str(variant["instructions"]),
                    f"{cost['cpi']:.2f}",
                    str(variant["bytes"]),
                    "" if saved is None else percent(saved["total"]),
                )
            )
    return Table(call_title(call), columns, rows, frozenset(("core", "variant")))


def reductions(found: Document) -> Table | None:
    """The mean reductions; None where nothing was compared."""
    if not found["summary"]:
        return None
    columns = ("against", "core", "at", "calls", *HEADINGS.values(), "total", "slower")
    rows = [
        (
            row["variant"],
            row["core"],
            str(row["placement"]),
            str(row["calls"]),
            *[percent(row["reduction"][name]) for name in (*CATEGORIES, "total")],
            str(row["slower"]),
        )
        for row in found["summary"]
    ]
    title = "Cycles saved over all calls, each counting the same (warm)"
    return Table(title, columns, rows, frozenset(("against", "core")))


def source_lines(call: dict[str, Any]) -> Iterator[Table]:
    """What each source line of the function costs, on each core, at the first placement."""
    own = call["variants"][0]
    assert own["name"] == OURS
    columns = ["line", "source"]
    for cost in own["costs"]:
        columns.append(cost["core"])
    alone = len(own["costs"]) == 1
    columns += ["%"] * alone
    columns.append("why it waits")
    rows = []
    for line, text in sorted(own["source"].items(), key=lambda item: int(item[0])):
        cells = [line, shortened(text)]
        why: dict[str, None] = {}
        for cost in own["costs"]:
            cycles = cost["by_line"].get(line, 0)
            cells.append(str(cycles))
            if alone:
                cells.append(f"{100 * cycles / cost['warm']:.0f}")
            for reason, times in cost["reasons"].get(line, {}).items():
                why[reason_text(reason, times)] = None
        cells.append("; ".join(why))
        rows.append(tuple(cells))
    title = f"Cycles by source line, {own['path']}, warm, at {own['placement']}"
    yield Table(title, tuple(columns), rows, frozenset(("source", "why it waits")))


def notes(call: dict[str, Any]) -> list[str]:
    """What a reader of a call's figures must know."""
    found = []
    for variant in call["variants"]:
        if variant["name"] == OURS:
            continue
        text = f"{variant['name']}: {variant['title']}"
        if not variant["result_compared"]:
            text += "; it returns nothing, so only buffers were compared"
        if variant["runtime_calls"]:
            calls = ", ".join(f"{name} {n}×" for name, n in variant["runtime_calls"].items())
            text += f"; calls into the runtime, not priced: {calls}"
        if text not in found:
            found.append(text)
    return found


def core_notes(found: Document) -> list[str]:
    """Each core, and what its figures rest on."""
    lines = []
    for name, core in found["cores"].items():
        checked = core["validated"]
        if checked:
            error = checked["max_error"]
            basis = (
                f"checked against {checked['against']} over {checked['instructions']:,} "
                f"instructions, largest error {error} cycles"
            )
        else:
            basis = "NOT RTL-checked"
        lines.append(
            f"{name}: {core['title']}; {core['configuration']}; {basis} ({core['source']})"
        )
    if found["wait_states"]:
        lines.append(f"instruction memory with {found['wait_states']} wait states")
    return lines
