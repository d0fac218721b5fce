"""The report as one HTML page that needs nothing else: no network, and no script to be read.

Input: a document. Output: HTML.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources

from asm_rv32.basis.external import external
from asm_rv32.basis.records import Any
from asm_rv32.report import answers, charts, tables
from asm_rv32.report.document import OURS, Document, reason_text
from asm_rv32.report.text import KEY
from asm_rv32.timing.cost import CATEGORIES


def prepare() -> Callable[[Document], str]:
    """What makes the page, once it is known that it can. Raises ToolMissing."""
    jinja2: Any = external("jinja2", "jinja2")
    external("pygal", "pygal")
    folder = resources.files("asm_rv32.report")
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    template = environment.from_string((folder / "page.html").read_text("utf-8"))
    safe = jinja2.utils.markupsafe.Markup
    style = safe((folder / "page.css").read_text("utf-8"))
    scripts = [(folder / name).read_text("utf-8") for name in ("page.js", "waves.js")]

    def page(found: Document) -> str:
        has_waves = any("waveforms" in call for call in found["calls"])
        return str(
            template.render(
                report=found,
                key=KEY,
                headings=tables.HEADINGS,
                over_all=answers.over_all(found),
                summary=tables.reductions(found),
                core_notes=tables.core_notes(found),
                calls=[_call(call, safe) for call in found["calls"]],
                style=style,
                script=safe("".join(scripts[: 1 + has_waves])),
            )
        )

    return page


def _call(call: dict[str, Any], safe: Any) -> dict[str, Any]:
    """What the template shows of a call."""
    names = [cost["core"] for cost in call["variants"][0]["costs"]]
    placements = {variant["placement"] for variant in call["variants"]}
    drawn = []
    for index, core in enumerate(names):
        rows = [
            (_name(variant, placements), variant["costs"][index]["by_category"])
            for variant in call["variants"]
        ]
        drawn.append(safe(charts.stacked_bars(f"{core}: cycles of a warm call", rows)))
    return {
        "title": tables.call_title(call),
        "answers": answers.sentences(call),
        "file": call["file"],
        "totals": tables.totals(call),
        "charts": drawn,
        "notes": tables.notes(call),
        "cores": names,
        "waves": [_wave(wave) for wave in call.get("waveforms", ())],
        "listings": [
            {
                "name": _name(variant, placements),
                "is_ours": variant["name"] == OURS,
                "title": variant["title"],
                "path": variant["path"],
                "rows": _rows(variant),
            }
            for variant in call["variants"]
        ],
    }


WIDTHS_SHOWN = 1000


def _wave(wave: dict[str, Any]) -> dict[str, Any]:
    """What the template shows of the pins on a core."""
    rows = []
    for pin in wave["pins"]:
        since, level = 0, pin["start"]
        for cycle, after in [*pin["edges"], (wave["cycles"], None)]:
            rows.append((pin["name"], level, since, cycle - since, _time(cycle - since, wave)))
            since, level = cycle, after
    at = f" at {wave['clock'] / 1e6:g} MHz" if wave["clock"] else ""
    return {
        "title": f"{wave['core']}: pins in the first call{at}",
        "data": json.dumps(wave, separators=(",", ":")),
        "rows": rows[:WIDTHS_SHOWN],
        "more": max(0, len(rows) - WIDTHS_SHOWN),
    }


def _time(cycles: int, wave: dict[str, Any]) -> str:
    """Nanoseconds, where the clock is known."""
    return f"{cycles * 1e9 / wave['clock']:.2f}" if wave["clock"] else "–"


def _name(variant: dict[str, Any], placements: set[int]) -> str:
    return (
        f"{variant['name']} at {variant['placement']}"
        if len(placements) > 1
        else str(variant["name"])
    )


def _rows(variant: dict[str, Any]) -> list[dict[str, Any]]:
    """An instruction each, beside its source line, with its cost on each core."""
    costs = [
        (
            {each["address"]: each for each in cost["by_instruction"]},
            max(each["cycles"] for each in cost["by_instruction"]),
        )
        for cost in variant["costs"]
    ]
    rows: list[dict[str, Any]] = []
    for code in variant["code"]:
        cells: list[dict[str, Any] | None] = []
        executions = 0
        for by_address, most in costs:
            cost = by_address.get(code["address"])
            if cost is None:
                cells.append(None)
                continue
            executions = cost["executions"]
            cells.append(
                {
                    "cycles": cost["cycles"],
                    "heat": _heat(cost["cycles"], most),
                    "why": _why(cost),
                }
            )
        line = code["line"]
        same = bool(rows) and rows[-1]["line"] == line and line is not None
        first = rows[-1]["first"] if same else len(rows)
        rows.append(
            {
                "address": f"{code['address']:x}",
                "bytes": code["bytes"],
                "text": code["text"],
                "labels": variant["labels"].get(str(code["address"]), ()),
                "line": line,
                "source": "" if line is None else variant["source"][str(line)],
                "executions": executions,
                "cells": cells,
                "first": first,
                "span": 1,
                **_line(variant, line),
            }
        )
        if same:
            rows[first]["span"] += 1
    return rows


def _line(variant: dict[str, Any], line: int | None) -> dict[str, Any]:
    """How hot a source line is on the first core, and what it costs on each."""
    costs = variant["costs"]
    cycles = [(cost["core"], cost["by_line"].get(str(line), 0), cost["warm"]) for cost in costs]
    most = max(costs[0]["by_line"].values(), default=0)
    each = "; ".join(f"{core} {spent:,} of {all_:,} cycles" for core, spent, all_ in cycles)
    return {
        "line_heat": _heat(cycles[0][1], most),
        "line_why": f"line {line}: {each}" if any(spent for _, spent, _ in cycles) else "",
    }


def _heat(cycles: int, most: int) -> str:
    """How near it comes to the hottest place, as CSS takes it."""
    return f"{cycles / max(1, most):.2f}".removeprefix("0")


def _why(cost: dict[str, Any]) -> str:
    """What an instruction's cycles went to, where something waited; else nothing."""
    reasons = [reason_text(reason, n) for reason, n in cost["reasons"].items()]
    if not reasons:
        return ""
    split = [
        f"{tables.HEADINGS[name]} {cost['by_category'][name]:,}"
        for name in CATEGORIES
        if cost["by_category"][name]
    ]
    times = "once" if cost["executions"] == 1 else f"{cost['executions']:,} times"
    text = f"{cost['cycles']:,} cycles, executed {times}: {', '.join(split)}"
    return ". ".join([text, *reasons])
