"""Where warnings stand, and how places are named in them.

Input: nodes and spans. Output: spans and texts.
"""

from __future__ import annotations

from collections.abc import Iterable

from asm_rv32.analysis.flow import Flow, Node, appended
from asm_rv32.basis.diagnostics import Source, Span
from asm_rv32.basis.records import Any
from asm_rv32.isa.image import Image

SHOWN = 5
"""So many places are named in one message."""


def trimmed(source: Source, span: Span) -> Span:
    """A statement's span without the comment and the line's end behind it."""
    text = source.text[span.start : span.end]
    end = len(text.partition("#")[0].rstrip()) if "\n" not in text.strip() else len(text.rstrip())
    return Span(span.start, span.start + max(1, end))


def lines(image: Image, spans: Iterable[Span]) -> str:
    """`line 3`, or `lines 3, 7 and 9`."""
    numbers = sorted({image.source.locate(span.start)[0] for span in spans})
    shown = [str(number) for number in numbers[:SHOWN]]
    if len(numbers) > SHOWN:
        shown.append(f"{len(numbers) - SHOWN} more")
    if len(shown) == 1:
        return f"line {shown[0]}"
    return f"lines {', '.join(shown[:-1])} and {shown[-1]}"


def return_place(flow: Flow, events: Iterable[Any]) -> str:
    """The returns of these events."""
    ends = [flow.nodes[event.node] for event in events]
    written = [node.span for node in ends if not appended(flow.image, node)]
    places = [f"the return in {lines(flow.image, written)}"] if written else []
    if len(written) < len(ends):
        places.append("the end of the function")
    return " and ".join(places)


def place_of(flow: Flow, event: Any, register: int) -> Span:
    """Where the event's node stands; for an appended return, the last that wrote the register."""
    node: Node = flow.nodes[event.node]
    if not appended(flow.image, node):
        return node.span
    writers = [each for each in flow.nodes if each.effects.writes >> register & 1]
    return writers[-1].span if writers else node.span


def label_ahead(image: Image, offset: int) -> tuple[str, int]:
    """The last label at an offset or ahead of it, or what else of a program starts there; and where
    it stands."""
    part = image.part_at(offset)
    if part is not None and offset == part.address != image.entry:
        return part.name, offset
    labels = image.symbols if part is None else part.labels
    ahead = [(at, name) for name, at in labels.items() if at <= offset]
    at, name = max(ahead, default=(0, ""))
    return name.partition(".")[0], at
