"""Where the items of a section without instructions stand.

Input: a section. Output: the offset of each item and label, with sizes that hang on places made
numbers and gaps made bytes.
"""

from __future__ import annotations

from typing import NamedTuple

from asm_rv32.basis.diagnostics import Diagnostic
from asm_rv32.importing.items import Align, Data, Item, Mark, Origin, Section, Space
from asm_rv32.importing.operands import Code
from asm_rv32.importing.values import Number, Sum, ValueFault, constant, itself, reduce

SIZE_LIMIT = 16 << 20
"""Bytes of a section."""


class Layout(NamedTuple):
    """A section whose places are known."""

    items: list[Item]
    offsets: list[int]
    labels: dict[str, int]


def is_code(section: Section) -> bool:
    """True where an instruction stands in it, whose size only the assembler knows."""
    return any(isinstance(item.content, Code) for item in section.items)


def lay_out(section: Section, wrong: list[Diagnostic]) -> Layout:
    """The places in a section without instructions."""
    found = Layout([], [], {})
    at = 0
    for item in section.items:
        try:
            made = _fixed(item, at, found.labels)
        except ValueFault as fault:
            wrong.append(Diagnostic("no-form", str(fault), item.span))
            continue
        if isinstance(made.content, Mark):
            found.labels[made.content.name] = at
        found.items.append(made)
        found.offsets.append(at)
        at += size_of(made, at)
        if at > SIZE_LIMIT:
            message = f"the section has more than {SIZE_LIMIT} bytes"
            wrong.append(Diagnostic("too-large", message, item.span))
            break
    return found


def size_of(item: Item, at: int) -> int:
    """Bytes of an item that stands at an offset."""
    content = item.content
    if isinstance(content, Data):
        return sum(
            content.size if not isinstance(value, bytes) else len(value) for value in content.values
        )
    if isinstance(content, Space):
        return constant(reduce(content.size, itself))
    return -at % content.multiple if isinstance(content, Align) else 0


def _fixed(item: Item, at: int, labels: dict[str, int]) -> Item:
    """The item with numbers for what hangs on places. Raises ValueFault."""

    def known(first: str, second: str) -> int | None:
        return labels[first] - labels[second] if {first, second} <= labels.keys() else None

    content = item.content
    if isinstance(content, Space):
        size = constant(reduce(content.size, itself, known))
        if not 0 <= size <= SIZE_LIMIT:
            raise ValueFault(f"a space has 0 to {SIZE_LIMIT} bytes, not {size}")
        plain = isinstance(content.size, Number)
        return item if plain else item._replace(
            content=Space(Number(size, str(size)), content.fill))  # fmt: skip
    if isinstance(content, Origin):
        # From the section's start: a label stands for its own offset there.
        place = reduce(content.offset, lambda name: Sum(labels.get(name, -1)))
        gap = constant(place) - at
        if gap < 0:
            raise ValueFault(".org goes back")
        return item._replace(content=Space(Number(gap, str(gap)), content.fill))
    if isinstance(content, Align) and (content.limit or content.fill):
        gap = -at % content.multiple
        if content.limit and gap > content.limit:
            gap = 0
        return item._replace(content=content.filling(gap))
    return item
