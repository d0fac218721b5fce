"""What macros and repetitions made, folded back into uses and loops where they say the same.

Input: the items of a unit, with brackets around what a macro or a repetition made. Output: the
same with `Repeat` and `Call` in place of what they stand for.
Invariant: nothing is folded on trust: what a loop or a use stands for is compared, item by item,
with what GNU as made of the source.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from asm_rv32.importing.items import (
    Bracket,
    Content,
    Data,
    Item,
    Mark,
    Origin,
    Remark,
    Space,
)
from asm_rv32.importing.joining import references
from asm_rv32.importing.macros import Macro, Use, substituted
from asm_rv32.importing.operands import ARGUMENT, Code, Indirect, Listed, Operand, operand
from asm_rv32.importing.sections import Builder
from asm_rv32.importing.statements import Program, body_statements
from asm_rv32.importing.values import Expression, Name, Number, ValueFault, names, replaced
from asm_rv32.isa.operands import Register

NUMBER = 9_999_999
"""What stands for `\\@` in the body of a macro that is kept."""


class Repeat(NamedTuple):
    """Items so many times."""

    rounds: int
    items: list[Folded]
    opening: Item


class Call(NamedTuple):
    """A use of a macro."""

    macro: Macro
    operands: tuple[Operand, ...]
    opening: Item


class Group(NamedTuple):
    """What a use made, between its brackets."""

    opening: Item
    items: list[Item | Group]
    closing: Item


Folded = Item | Repeat | Call
Names = dict[str, Operand]


class Templates:
    """The macros of a source as items with parameters in them, each made when it is asked for."""

    def __init__(self, program: Program, isa: str) -> None:
        self.program = program
        self.isa = isa
        self._made: dict[int, list[Item] | None] = {}
        self.kept: dict[int, Macro] = {}
        """The macros that a use was found for, in order."""

    def of(self, macro: Macro) -> list[Item] | None:
        """The items of a macro's body; None where it is more than a list of them."""
        key = id(macro)
        if key not in self._made:
            self._made[key] = self._items(macro)
        return self._made[key]

    def defaults(self, macro: Macro) -> list[Operand | None]:
        """What stands for each parameter that a use leaves out, from the last that has none on."""
        found: list[Operand | None] = []
        for parameter in reversed(macro.parameters):
            default = None
            if parameter.default and None not in found:
                with suppress(ValueFault):
                    default = operand(parameter.default)
            is_plain = isinstance(default, (Register, Number))
            found.append(default if is_plain else None)
        return found[::-1]

    def _items(self, macro: Macro) -> list[Item] | None:
        given = {parameter.name: ARGUMENT + parameter.name for parameter in macro.parameters}
        if any(parameter.sort == "vararg" for parameter in macro.parameters):
            return None
        lines = [line._replace(text=substituted(line.text, given, NUMBER)) for line in macro.body]
        made = body_statements(lines, self.program)
        if made.wrong or made.symbols.given:
            return None
        builder = Builder(made, self.isa, f"{len(self._made)}.")
        compress = builder.compress
        found = builder.run()
        said = found.said
        if found.wrong or len(found.sections) > 1 or builder.compress != compress:
            return None
        if said.globals or said.weak or said.functions or said.objects or said.common:
            return None
        items = found.sections[0].items
        bound = [item for item in items if isinstance(item.content, Mark)]
        if any(ARGUMENT in str(item.content) for item in bound):
            return None
        return items


class Folder:
    """Folds units of one source."""

    def __init__(
        self, templates: Templates, items: Iterable[Item], first: Callable[[str], str] = str
    ) -> None:
        """`first` gives the label that stands for all at a label's place."""
        self.templates = templates
        self.first = first
        self.uses = Counter(first(name) for item in items for name in references(item))
        """Label → how many name it, or another one of its place, in the whole source."""

    def fold(self, items: Sequence[Item], keep: bool) -> list[Folded]:
        """The items of a unit; `keep`: uses of macros, too."""
        return self.folded(_nested(items), keep)

    def folded(self, items: Sequence[Item | Group], keep: bool) -> list[Folded]:
        found: list[Folded] = []
        for each in items:
            if isinstance(each, Item):
                found.append(each)
                continue
            made = self.group(each, keep)
            inner = [] if made else self.folded(each.items, keep)
            if made is not None:
                found.append(made)
            elif any(not isinstance(item.content, Mark) for item in _flat(each.items)):
                found += [each.opening, *inner, each.closing]
            else:
                found += inner
        return found

    def group(self, group: Group, keep: bool) -> Repeat | Call | None:
        """The loop or the use that a group is; None where it is to stand as it is."""
        opening = group.opening.content
        assert isinstance(opening, Bracket)
        flat = list(_flat(group.items))
        if not flat or not self.is_closed(flat):
            return None
        if opening.use.rounds:
            return self.loop(group, opening.use, keep)
        if not keep:
            return None
        template = self.templates.of(opening.use.macro)
        given = {ARGUMENT + name: operand for name, operand in opening.operands}
        if template is None or len(given) != len(opening.use.macro.parameters):
            return None
        if not _alike([item for item in template if _counts(item)], flat, given):
            return None
        macro = opening.use.macro
        self.templates.kept.setdefault(id(macro), macro)
        return Call(macro, tuple(operand for _, operand in opening.operands), group.opening)

    def loop(self, group: Group, use: Use, keep: bool) -> Repeat | None:
        """The loop whose rounds are all alike."""
        count = use.rounds
        size, rest = divmod(len(group.items), count)
        if rest or count < 2:
            return None
        rounds = [group.items[at : at + size] for at in range(0, len(group.items), size)]
        first = list(_flat(rounds[0]))
        if not first or not all(_alike(first, list(_flat(each)), {}) for each in rounds[1:]):
            return None
        return Repeat(count, self.folded(rounds[0], keep), group.opening)

    def is_closed(self, items: list[Item]) -> bool:
        """Whether nothing outside names a label among the items."""
        first = self.first
        labels = {first(item.content.name) for item in items if isinstance(item.content, Mark)}
        named = (first(name) for item in items for name in references(item))
        inside = Counter(name for name in named if name in labels)
        return all(inside[label] == self.uses[label] for label in labels)


def _nested(items: Sequence[Item]) -> list[Item | Group]:
    """The items with those between two brackets of one use as a group."""
    levels: list[tuple[Item | None, list[Item | Group]]] = [(None, [])]
    for item in items:
        content = item.content
        if isinstance(content, Bracket) and content.opens:
            levels.append((item, []))
        elif isinstance(content, Bracket):
            opened = levels[-1][0]
            if opened is not None and opened.content.use is content.use:  # type: ignore[union-attr]
                _, inner = levels.pop()
                levels[-1][1].append(Group(opened, inner, item))
        else:
            levels[-1][1].append(item)
    while len(levels) > 1:
        # What begins here ends in another unit.
        opened, inner = levels.pop()
        assert opened is not None
        levels[-1][1].extend([opened, *inner])
    return levels[0][1]


def _counts(item: Item) -> bool:
    """Whether an item is more than what is said of others."""
    return not isinstance(item.content, (Remark, Bracket))


def _flat(items: Iterable[Item | Group]) -> Iterable[Item]:
    for each in items:
        if isinstance(each, Group):
            yield from _flat(each.items)
        elif _counts(each):
            yield each


def _alike(items: list[Item], others: list[Item], given: Names) -> bool:
    """Whether items, with operands for their parameters, are others but for names of labels."""
    if len(items) != len(others):
        return False
    labels: dict[str, Operand] = dict(given)
    for item, other in zip(items, others):
        if isinstance(item.content, Mark):
            if not isinstance(other.content, Mark):
                return False
            labels[item.content.name] = Name(other.content.name)
    try:
        return all(
            _plain(_filled(item.content, labels)) == _plain(other.content)
            for item, other in zip(items, others)
        )
    except ValueFault:
        return False


def _plain(content: Content) -> Content:
    """The content without what hangs on the forms of an instruction."""
    if isinstance(content, Code):
        return content._replace(row=None, values=(), words=())
    return content


def _filled(content: Content, given: Names) -> Content:
    """The content with operands for names. Raises ValueFault where one cannot stand there."""
    if isinstance(content, Code):
        return content._replace(operands=tuple(_operand(each, given) for each in content.operands))
    if isinstance(content, Data):
        values = tuple(
            each if isinstance(each, bytes) else _expression(each, given) for each in content.values
        )
        return content._replace(values=values)
    if isinstance(content, Space):
        return content._replace(size=_expression(content.size, given))
    if isinstance(content, Origin):
        raise ValueFault("a place in a section")
    if isinstance(content, Mark):
        found = given[content.name]
        assert isinstance(found, Name)
        return Mark(found.name)
    return content


def _operand(operand: Operand, given: Names) -> Operand:
    if isinstance(operand, Name):
        return given.get(operand.name, operand)
    if isinstance(operand, (Register, Listed)):
        return operand
    if not isinstance(operand, Indirect):
        return _expression(operand, given)
    base: Operand = operand.base
    if isinstance(base, Name):
        base = given.get(base.name, base)
    if not isinstance(base, (Register, Name)):
        raise ValueFault("no register")
    return Indirect(_expression(operand.offset, given), base)


def _expression(expression: Expression, given: Names) -> Expression:
    def change(name: str) -> Expression:
        found = given.get(name, Name(name))
        if isinstance(found, (Register, Indirect, Listed)):
            raise ValueFault("no number")
        return found

    return replaced(expression, change) if any(True for _ in names(expression)) else expression
