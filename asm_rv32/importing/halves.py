"""The upper words of distances that are written with eight bytes.

Input: sections. Output: the same, with 0 or -1 for each of them.
Invariant: what the distance is need not be known, only which of the two labels stands first.
"""

from __future__ import annotations

from asm_rv32.basis.diagnostics import Diagnostic
from asm_rv32.importing.items import Align, Bracket, Data, Mark, Remark, Section
from asm_rv32.importing.values import Binary, Expression, Number, ValueFault, itself, reduce

HALF = Number(32, "32")
Places = dict[str, tuple[int, int]]
"""Label → the number of its section, and how many items with bytes stand in front of it there."""


def halves(found: Expression) -> list[Expression]:
    """A value of eight bytes as two words. Raises ValueFault."""
    total = reduce(found, itself)
    factors = sorted(factor for _, factor in total.terms)
    if factors == [1]:
        return [found, Number(0, "0")]
    if factors == [-1, 1]:
        return [found, Binary(">>", found, HALF)]
    if total.terms:
        raise ValueFault("eight bytes are a number, an address or a distance")
    value = total.constant % (1 << 64)
    return [Number(half, f"{half:#x}") for half in (value % (1 << 32), value >> 32)]


def with_signs(sections: list[Section], wrong: list[Diagnostic]) -> list[Section]:
    """The sections with a number for each upper half."""
    if not any(_has_halves(item.content) for section in sections for item in section.items):
        return sections
    places = _places(sections)
    made = []
    for section in sections:
        items = []
        for item in section.items:
            content = item.content
            if isinstance(content, Data) and _has_halves(content):
                try:
                    values = tuple(_settled(each, places) for each in content.values)
                    item = item._replace(content=content._replace(values=values))
                except ValueFault as fault:
                    wrong.append(Diagnostic("no-form", str(fault), item.span))
            items.append(item)
        made.append(section._replace(items=items))
    return made


def _is_half(value: object) -> bool:
    return isinstance(value, Binary) and value.operator == ">>" and value.right is HALF


def _has_halves(content: object) -> bool:
    return isinstance(content, Data) and any(_is_half(each) for each in content.values)


def _places(sections: list[Section]) -> Places:
    places: Places = {}
    for number, section in enumerate(sections):
        before = 0
        for item in section.items:
            if isinstance(item.content, Mark):
                places.setdefault(item.content.name, (number, before))
            elif not isinstance(item.content, (Remark, Bracket, Align)):
                before += 1
    return places


def _settled(value: Expression | bytes, places: Places) -> Expression | bytes:
    """0 or -1 for an upper half. Raises ValueFault."""
    if isinstance(value, bytes) or not _is_half(value):
        return value
    assert isinstance(value, Binary)
    total = reduce(value.left, itself)
    to, start = (next(name for name, n in total.terms if n == factor) for factor in (1, -1))
    if to not in places or start not in places or places[to][0] != places[start][0]:
        raise ValueFault("a distance of eight bytes is one within a section")
    order = places[to][1] - places[start][1]
    if order >= 0 <= total.constant:
        return Number(0, "0")
    if order <= 0 and total.constant <= -(order == 0):
        return Number(0xFFFF_FFFF, "0xffffffff")
    raise ValueFault("whether this distance of eight bytes is negative is not certain")
