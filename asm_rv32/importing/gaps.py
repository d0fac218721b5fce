"""Gaps among instructions whose size hangs on places: .org, and alignment up to so many bytes.

Input: the items of a section of code. Output: the same, with spaces, alignment, or nothing for
them.
Invariant: bytes are counted only over what has the same size wherever it is placed; a gap that
hangs on anything else is refused.
"""

from __future__ import annotations

from collections.abc import Container

from asm_rv32.basis.diagnostics import Diagnostic
from asm_rv32.importing.counting import REACH, certain_size
from asm_rv32.importing.items import Align, Content, Item, Mark, Origin, Space
from asm_rv32.importing.values import Number, ValueFault, itself, reduce

START = 4
"""What the start of a function is a multiple of."""


def settled(
    items: list[Item], starts: Container[str], isa: str, wrong: list[Diagnostic]
) -> list[Item]:
    """The items with a known size for each gap; what has none is added to `wrong`.

    `starts`: the labels at which functions begin.
    """
    if not any(_hangs(item.content) for item in items):
        return items
    made: list[Item] = []
    for item, after in zip(items, [*items[1:], None]):
        content = item.content
        is_last = after is not None and isinstance(after.content, Mark) and (
            after.content.name in starts)  # fmt: skip
        if not _hangs(content) or (is_last and isinstance(content, Align)):
            made.append(item)  # what fills a gap in front of a function is nobody's
            continue
        try:
            if isinstance(content, Origin):
                found: Content | None = _space(_gap(made, content, isa), content.fill)
            else:
                assert isinstance(content, Align)
                found = _aligned(made, content, starts, isa)
        except ValueFault as fault:
            wrong.append(Diagnostic("no-form", str(fault), item.span))
            continue
        if found is not None:
            made.append(item._replace(content=found))
    return made


def _hangs(content: Content) -> bool:
    return isinstance(content, Origin) or (
        isinstance(content, Align) and (content.fill is not None or content.limit > 0)
    )


def _space(size: int, fill: int) -> Content:
    return Space(Number(size, str(size)), fill)


def _gap(before: list[Item], content: Origin, isa: str) -> int:
    """The bytes up to the place that `.org` names. Raises ValueFault."""
    place = reduce(content.offset, itself)
    label = place.terms[0][0] if place.terms else ""
    if len(place.terms) > 1 or (label and place.terms[0][1] != 1):
        raise ValueFault(".org takes a label and a number, or a number")
    if not label and any(isinstance(item.content, Mark) for item in before):
        raise ValueFault(
            ".org among instructions is counted from a label here: functions are placed one by one"
        )
    size = 0
    for item in before[: -REACH - 1 : -1]:
        if label and isinstance(item.content, Mark) and item.content.name == label:
            break
        size += certain_size(item, isa)
    else:
        if label or len(before) > REACH:
            raise ValueFault(f".org is too far behind {label!r}")
    if place.constant < size:
        raise ValueFault(".org goes back")
    return place.constant - size


def _aligned(
    before: list[Item], content: Align, starts: Container[str], isa: str
) -> Content | None:
    """What alignment with a value or a limit comes to, or the same where that is not certain."""
    try:
        gap = -_offset(before, content.multiple, starts, isa) % content.multiple
    except ValueFault:
        return content
    if content.limit and gap > content.limit:
        return None
    if content.fill is None:
        return Align(content.multiple, None, 0)
    return content.filling(gap)


def _offset(before: list[Item], multiple: int, starts: Container[str], isa: str) -> int:
    """The place behind some items modulo a power of two. Raises ValueFault."""
    size = 0
    for item in before[: -REACH - 1 : -1]:
        found = item.content
        if isinstance(found, Align) and found.multiple >= multiple:
            return size
        if isinstance(found, Mark) and found.name in starts:
            break
        size += certain_size(item, isa)
    if multiple > START or len(before) > REACH:
        raise ValueFault("no alignment of so many bytes in front")
    return size
