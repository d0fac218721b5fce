"""Jumps to so many bytes from a label, `.+8`, as jumps to labels of their own.

Input: the items of a section of code. Output: the same, with a label where such a jump goes to.
Invariant: bytes are counted as GNU as lays them out; where that is not certain the jump is refused,
for here other instructions may be shorter.
"""

from __future__ import annotations

from asm_rv32.basis.diagnostics import Diagnostic
from asm_rv32.importing.items import Align, Content, Item, Mark, Origin
from asm_rv32.importing.joining import references
from asm_rv32.importing.layout import size_of
from asm_rv32.importing.operands import Code, effects_of, targets
from asm_rv32.importing.shortening import short_jump, size_alone
from asm_rv32.importing.values import Expression, Name, ValueFault, itself, reduce
from asm_rv32.isa.effects import BRANCH, CALL, JUMP

REACH = 4096
"""Items that are counted over at the most."""


def counted(items: list[Item], isa: str, wrong: list[Diagnostic]) -> list[Item]:
    """The items with labels in place of distances; what cannot be counted is added to `wrong`."""
    jumps = [(at, place) for at, item in enumerate(items) for place in _counting(item)]
    if not jumps:
        return items
    labels = {item.content.name: at for at, item in enumerate(items)
              if isinstance(item.content, Mark)}  # fmt: skip
    items = list(items)
    marks: dict[int, str] = {}
    for at, place in jumps:
        item = items[at]
        content = item.content
        assert isinstance(content, Code)
        try:
            found = reduce(content.operands[place], itself)  # type: ignore[arg-type]
            ((name, _),) = found.terms
            own = _own_size(item, found.constant)
            there = _at_distance(items, labels[name], found.constant, {at: own}, isa)
        except (ValueFault, KeyError, ValueError):
            message = "a jump by a number of bytes has no form here: their number may be another"
            note = "help: put a label there, and name it"
            wrong.append(Diagnostic("no-form", message, item.span, (note,)))
            continue
        mark = marks.setdefault(there, f".here.to{there}.")
        operands = (*content.operands[:place], Name(mark), *content.operands[place + 1 :])
        items[at] = item._replace(content=content._replace(operands=operands))
    made: list[Item] = []
    for at, item in enumerate(items):
        if at in marks:
            made.append(item._replace(content=Mark(marks[at]), comment=""))
        made.append(item)
    if len(items) in marks:
        made.append(items[-1]._replace(content=Mark(marks[len(items)]), comment=""))
    return made


def _counting(item: Item) -> list[int]:
    """The operands of a jump that are a label and a number of bytes."""
    if not isinstance(item.content, Code):
        return []
    found = []
    for place in targets(item.content):
        operand = item.content.operands[place]
        if not isinstance(operand, _EXPRESSIONS) or isinstance(operand, Name):
            continue
        try:
            total = reduce(operand, itself)
        except ValueFault:
            continue
        if total.constant and goes(item.content):
            found.append(place)
    return found


def goes(content: Code) -> bool:
    """Whether the instruction jumps, and does not only make an address, or go by one."""
    found = effects_of(content)
    return found is not None and found.control in (BRANCH, CALL, JUMP)


_EXPRESSIONS = Expression.__args__


def _own_size(item: Item, distance: int) -> int:
    """The bytes of a jump that goes so far, about."""
    assert isinstance(item.content, Code)
    return 2 if item.compress and short_jump(item.content, distance) is not None else 4


def _at_distance(
    items: list[Item], start: int, distance: int, sizes: dict[int, int], isa: str
) -> int:
    """The item that so many bytes lie in front of, from another on. Raises ValueFault.

    `sizes` has those that are known.
    """
    at, left = start, abs(distance)
    for _ in range(REACH):
        if left == 0:
            return at
        if distance > 0:
            if at >= len(items):
                break
            left -= sizes[at] if at in sizes else certain_size(items[at], isa)
            at += 1
        else:
            if at == 0:
                break
            at -= 1
            left -= sizes[at] if at in sizes else certain_size(items[at], isa)
        if left < 0:
            break
    raise ValueFault("no instruction begins there")


def certain_size(item: Item, isa: str) -> int:
    """The bytes that GNU as gives an item, wherever it stands. Raises ValueFault."""
    content: Content = item.content
    if isinstance(content, (Align, Origin)):
        raise ValueFault("a gap")
    if not isinstance(content, Code):
        return size_of(item, 0)
    row = content.row
    if any(True for _ in references(item)):
        if row is None or (row.meaning and row.is_pseudo) or item.compress:
            raise ValueFault("a size that hangs on a distance")
        return row.size or row.expansion[0].row.size
    return size_alone(content, isa, item.compress)
