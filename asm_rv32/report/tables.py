"""The tables that the text formats have in common, cells as texts.

Input: a document. Output: `Table`s. Invariant: a cell is made here once, for every format.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from asm_rv32.basis.records import Any, NamedTuple
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
WRAPPED = {"why it waits": 30}
"""A column whose texts may be wrapped, and the least characters that they need."""


class Table(NamedTuple):
    """A table of texts; the columns named in `texts` are not numbers."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    texts: frozenset[str]
    optional: tuple[str, ...] = ()
    """What a narrow place leaves out, the first of them first."""

    def without(self, left_out: Collection[str]) -> Table:
        """The same with fewer columns."""
        kept = [at for at, name in enumerate(self.columns) if name not in left_out]
        return self._replace(
            columns=tuple(self.columns[at] for at in kept),
            rows=[tuple(row[at] for at in kept) for row in self.rows],
        )

    def width(self, name: str) -> int:
        """Characters of a column."""
        at = self.columns.index(name)
        return max(len(row[at]) for row in (self.columns, *self.rows))

    def fitted(self, width: int, gap: int) -> tuple[Table, tuple[str, ...]]:
        """The same in `width` characters, `gap` of them between two columns, as far as leaving
        out columns brings it there; and the columns left out."""
        widths = {name: min(self.width(name), WRAPPED.get(name, WIDE)) for name in self.columns}
        total = sum(widths.values()) + gap * len(widths)
        left_out: list[str] = []
        for name in self.optional:
            if total <= width:
                break
            left_out.append(name)
            total -= widths[name] + gap
        return self.without(left_out), tuple(left_out)


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
    columns = ("core", "variant", "warm", *(("ns",) if timed else ()), "saved")
    columns += (*HEADINGS.values(), "cold", "instructions", "CPI", "bytes", "at")
    rows = []
    for core in [cost["core"] for cost in call["variants"][0]["costs"]]:
        for variant in call["variants"]:
            cost = next(each for each in variant["costs"] if each["core"] == core)
            saved = cost["reduction"]
            rows.append(
                (
                    core,
                    variant["name"],
                    str(cost["warm"]),
                    *((f"{cost['nanoseconds']:.1f}" if "nanoseconds" in cost else "",) * timed),
                    "" if saved is None else percent(saved["total"]),
                    *[str(cost["by_category"][name]) for name in CATEGORIES],
                    str(cost["cold"]),
                    str(variant["instructions"]),
                    f"{cost['cpi']:.2f}",
                    str(variant["bytes"]),
                    str(variant["placement"]),
                )
            )
    optional = ("CPI", "cold", *_unused(columns, rows), "instructions", "bytes", *HEADINGS.values())
    # What the sentence above says comes last.
    optional += () if len({row[-1] for row in rows}) > 1 else ("at",)
    optional += () if len({row[0] for row in rows}) > 1 else ("core",)
    optional += ("ns",) * timed
    table = Table(
        f"Cycles of {shortened(call['call'])}", columns, rows, frozenset(("core", "variant")),
        tuple(dict.fromkeys(optional)),
    )  # fmt: skip
    return table if len(call["variants"]) > 1 else table.without(("saved",))


def _unused(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    """The categories in which nothing costs a cycle."""
    for name in HEADINGS.values():
        at = columns.index(name)
        if all(row[at] == "0" for row in rows):
            yield name


def reductions(found: Document) -> Table | None:
    """The mean reductions; None where nothing was compared."""
    if not found["summary"]:
        return None
    columns = ("against", "core", "total", "slower", *HEADINGS.values(), "calls", "at")
    rows = [
        (
            row["variant"],
            row["core"],
            percent(row["reduction"]["total"]),
            str(row["slower"]),
            *[percent(row["reduction"][name]) for name in CATEGORIES],
            str(row["calls"]),
            str(row["placement"]),
        )
        for row in found["summary"]
    ]
    title = "Cycles saved over all calls, each counting the same (warm)"
    optional = ("at", "calls", *reversed(HEADINGS.values()))
    return Table(title, columns, rows, frozenset(("against", "core")), optional)


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
    labels = _labels(own)
    rows = []
    for line, text in sorted(own["source"].items(), key=lambda item: int(item[0])):
        rows += [("", f"{name}:", *[""] * (len(columns) - 2)) for name in labels.get(line, ())]
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
    cores = [cost["core"] for cost in own["costs"]]
    yield Table(
        title, tuple(columns), rows, frozenset(("source", "why it waits")),
        ("%", *reversed(cores[1:]), "why it waits"),
    )  # fmt: skip


def _labels(variant: dict[str, Any]) -> dict[str, list[str]]:
    """Source line → the labels ahead of its first instruction."""
    found: dict[str, list[str]] = {}
    begun: set[int] = set()
    for code in variant["code"]:
        line = code["line"]
        if line is not None and line not in begun:
            begun.add(line)
            found[str(line)] = variant["labels"].get(str(code["address"]), [])
    return found


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
