"""Stacked bars of cycles by category, as SVG that takes its colours from the page.

Input: rows of names and cycles by category. Output: an <svg> element as text.
Invariant: pygal decides where everything stands; no style, script or date of its own stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from asm_rv32.basis.external import external
from asm_rv32.basis.records import Any
from asm_rv32.report.tables import HEADINGS

WIDTH = 560
ROW, AROUND = 30, 62
"""Pixels of a bar with its gap, and of what is above and below all bars."""
_SVG = "{http://www.w3.org/2000/svg}"


def stacked_bars(title: str, rows: Sequence[tuple[str, Mapping[str, int]]]) -> str:
    """A bar a row, the first on top. Raises ToolMissing."""
    pygal = external("pygal", "pygal")
    style = external("pygal.style", "pygal").Style
    chart: Any = pygal.HorizontalStackedBar(
        width=WIDTH,
        height=AROUND + ROW * len(rows),
        title=title,
        show_legend=False,
        js=[],
        css=[],
        no_prefix=True,
        truncate_label=-1,
        margin=8,
        margin_left=16,
        style=style(label_font_size=11, major_label_font_size=11, title_font_size=13),
        spacing=4,
        x_labels_major_count=5,
        show_minor_x_labels=False,
        value_formatter=lambda value: f"{value:,.0f}",
    )
    # pygal draws the first from below.
    upwards = list(reversed(rows))
    chart.x_labels = [name for name, _ in upwards]
    for category, heading in HEADINGS.items():
        values = []
        for name, cycles in upwards:
            share = 100 * cycles[category] / max(1, sum(cycles.values()))
            label = f"{name}: {heading} {cycles[category]:,} cycles, {share:.0f} %"
            values.append({"value": cycles[category] or None, "label": label})
        chart.add(heading, values)
    root = chart.render_tree()
    _strip(root)
    root.attrib.pop("id", None)
    root.set("role", "group")
    root.set("aria-label", title)
    for bars in [each for each in root.iter() if each.get("class") == "bars"]:
        for bar in list(bars):
            if any(each.get("width") for each in bar):
                _explain(bar)
            else:
                # Of nothing: pygal gives it a place and no width.
                bars.remove(bar)
    text = ElementTree.tostring(root, encoding="unicode")
    return text.replace("xmlns:ns0=", "xmlns=").replace("<ns0:", "<").replace("</ns0:", "</")


def _strip(parent: ElementTree.Element) -> None:
    """Take away what the page has its own of, and a chart's own tooltips."""
    for child in list(parent):
        kind = child.get("class", "")
        if (
            not isinstance(child.tag, str)
            or child.tag in ("defs", "title")
            or child.tag.removeprefix(_SVG) in ("style", "script")
            or "tooltip" in kind.split()
            or "overlay" in kind
        ):
            parent.remove(child)
        else:
            _strip(child)


def _explain(bar: ElementTree.Element) -> None:
    """Make the label of a bar what is shown over it, and read for it."""
    label = next((each.text for each in bar if each.get("class") == "label"), None)
    for each in list(bar):
        if each.tag == "desc":
            bar.remove(each)
        elif label:
            each.attrib.update({"tabindex": "0", "role": "img", "aria-label": label})
            ElementTree.SubElement(each, "title").text = label
