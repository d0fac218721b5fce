"""What a report says first: a sentence for each core, and a bar for each variant.

Input: a call of a document. Output: texts, and the bars as numbers for whoever draws them.
"""

from __future__ import annotations

from collections.abc import Iterator

from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.report import tables
from asm_rv32.report.document import Document
from asm_rv32.report.tables import HEADINGS
from asm_rv32.timing.cost import CATEGORIES

MARKS = dict(zip(CATEGORIES, "#=>.~"))
"""Category → what a cycle of it is drawn as where there are no colours."""
BAR = 40
"""Characters of the longest bar."""
SHOWN_SOURCE = 40
"""Characters of the hottest line that are shown."""


class Bar(NamedTuple):
    """The warm cycles of a variant on a core, and the characters that each category gets."""

    core: str
    variant: str
    cycles: int
    parts: dict[str, int]


def _at(call: dict[str, Any], core: str, placement: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each variant's name and cost, the function's own first."""
    for variant in call["variants"]:
        if variant["placement"] == placement:
            yield variant["name"], next(c for c in variant["costs"] if c["core"] == core)


def _places(call: dict[str, Any]) -> Iterator[tuple[str, int, str]]:
    """Each core and placement, and what it is called: the placement only where there are two."""
    placements = list(dict.fromkeys(variant["placement"] for variant in call["variants"]))
    for cost in call["variants"][0]["costs"]:
        for placement in placements:
            shown = f"{cost['core']} at {placement}" if len(placements) > 1 else cost["core"]
            yield cost["core"], placement, shown


def sentences(call: dict[str, Any]) -> list[str]:
    """For each core: how many cycles, how many less than the alternatives, and where they went."""
    own = call["variants"][0]
    found = []
    for core, placement, shown in _places(call):
        (_, cost), *others = _at(call, core, placement)
        text = f"{shown}: {cost['warm']:,} cycles"
        if "nanoseconds" in cost:
            text += f", {cost['nanoseconds']:,.1f} ns"
        for name, other in others:
            text += f", {_compared(cost['warm'], other['warm'])} {name}"
        found.append(f"{text}. {_where(cost, own['source'])}")
    return found


def over_all(found: Document) -> list[str]:
    """Of several calls, for each core: how many cycles less than the alternatives, each call
    counting the same."""
    if len(found["calls"]) < 2:
        return []
    several = len({row["placement"] for row in found["summary"]}) > 1
    parts: dict[str, list[str]] = {}
    for row in found["summary"]:
        share = row["reduction"]["total"]
        if share is not None:
            core = f"{row['core']} at {row['placement']}" if several else row["core"]
            more_or_less = "less" if share >= 0 else "more"
            text = f"{tables.percent(abs(share))} {more_or_less} than {row['variant']}"
            parts.setdefault(core, []).append(text)
    return [f"{core}, over all calls: {', '.join(texts)}" for core, texts in parts.items()]


def _compared(mine: int, its: int) -> str:
    """`25.3 % less than the 497 of`."""
    if mine == its:
        return f"as the {its:,} of"
    share = f"{100 * abs(its - mine) / its:.1f} %" if its else "all"
    return f"{share} {'less' if mine < its else 'more'} than the {its:,} of"


def _where(cost: dict[str, Any], source: dict[str, str]) -> str:
    """The category and the line that take most."""
    total = cost["warm"]
    name, most = max(cost["by_category"].items(), key=lambda item: item[1])
    text = f"{100 * most / total:.0f} % is {HEADINGS[name]}"
    by_line = {line: n for line, n in cost["by_line"].items() if line in source}
    if len(by_line) > 1:
        line, spent = max(by_line.items(), key=lambda item: item[1])
        written = source[line]
        if len(written) > SHOWN_SOURCE:
            written = written[: SHOWN_SOURCE - 3] + "..."
        text += f"; line {line} takes {100 * spent / total:.0f} %: {written}"
    return text


def bars(call: dict[str, Any]) -> list[Bar]:
    """A bar for each variant on each core, all of one scale: a cycle is as long in each."""
    found = []
    for core, placement, shown in _places(call):
        for name, cost in _at(call, core, placement):
            found.append((shown, name, cost["warm"], cost["by_category"]))
    most = max(cycles for _, _, cycles, _ in found)
    return [
        Bar(core, name, cycles, _lengths(split, cycles, max(1, round(BAR * cycles / most))))
        for core, name, cycles, split in found
    ]


def _lengths(split: dict[str, int], cycles: int, length: int) -> dict[str, int]:
    """Characters of each category: their ends are rounded, so that their sum is the bar's."""
    found, spent, drawn = {}, 0, 0
    for name in CATEGORIES:
        spent += split[name]
        end = round(length * spent / cycles)
        found[name], drawn = end - drawn, end
    return found


def bar_rows(found: list[Bar]) -> Iterator[tuple[str, Bar]]:
    """What stands ahead of each bar, in columns, and the bar."""
    alone = len({bar.core for bar in found}) == 1
    cores = 0 if alone else max(len(bar.core) for bar in found)
    names = max(len(bar.variant) for bar in found)
    figures = max(len(f"{bar.cycles:,}") for bar in found)
    for bar in found:
        core = "" if alone else bar.core.ljust(cores) + "  "
        yield f"  {core}{bar.variant:<{names}}  {bar.cycles:>{figures},}  ", bar


def marked(bar: Bar) -> str:
    """A bar in characters that tell the categories apart."""
    return "".join(MARKS[name] * length for name, length in bar.parts.items())


def drawn(found: list[Bar]) -> list[str]:
    """The categories that the bars show, which their key has to tell."""
    return [name for name in CATEGORIES if any(bar.parts[name] for bar in found)]
