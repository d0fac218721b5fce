"""Which pieces of sections have to stand in one unit.

Input: `Stretch`es, the pieces between places where a section can be parted. Output: those that go
together, as groups.
Invariant: what a source tells apart by its distance stays at its distance; a function into whose
middle another jumps is one function with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from asm_rv32.importing.items import WRITABLE, Data, Item, Mark, Said, Section, Space
from asm_rv32.importing.operands import Code, Indirect, targets
from asm_rv32.importing.values import Expression, Name, Number, names


class Stretch:
    """A piece of a section between two places where it can be parted."""

    __slots__ = ("index", "is_code", "items", "label", "section")

    def __init__(self, section: Section, items: list[Item], label: str, index: int) -> None:
        self.section = section
        self.items = items
        self.label = label
        self.index = index
        self.is_code = any(isinstance(item.content, Code) for item in items)


def references(item: Item) -> Iterator[str]:
    """Every label that an item names."""
    content = item.content
    if isinstance(content, Code):
        for number, operand in enumerate(content.operands):
            if number not in content.words:
                yield from _names_of(operand)
    elif isinstance(content, Data):
        for value in content.values:
            if not isinstance(value, bytes):
                yield from names(value)
    elif isinstance(content, Space):
        yield from names(content.size)


def _names_of(operand: object) -> Iterator[str]:
    if isinstance(operand, Indirect):
        yield from names(operand.offset)
    elif isinstance(operand, _EXPRESSIONS):
        yield from names(operand)


_EXPRESSIONS = Expression.__args__


def controlled(item: Item) -> Iterator[str]:
    """Every label that an instruction may go to."""
    content = item.content
    if isinstance(content, Code):
        for number in targets(content):
            yield from _names_of(content.operands[number])


def joined(
    stretches: list[Stretch], first: Callable[[str], str], said: Said
) -> list[list[Stretch]]:
    """The groups, in order; `first` gives the label that stands for all at a label's place."""
    joining = _Joining(stretches, first)
    joining.anchored(said)
    joining.apart()
    joining.jumps()
    joining.tables()
    groups: dict[int, list[Stretch]] = {}
    for stretch in stretches:
        groups.setdefault(joining.root(stretch.index), []).append(stretch)
    return [parts for _, parts in sorted(groups.items())]


class _Joining:
    def __init__(self, stretches: list[Stretch], first: Callable[[str], str]) -> None:
        self.stretches = stretches
        self.first = first
        self.parents = list(range(len(stretches)))
        self.home = {
            item.content.name: stretch.index
            for stretch in stretches for item in stretch.items if isinstance(item.content, Mark)
        }  # fmt: skip

    def root(self, index: int) -> int:
        while self.parents[index] != index:
            self.parents[index] = self.parents[self.parents[index]]
            index = self.parents[index]
        return index

    def unite(self, one: int, other: int) -> None:
        one, other = sorted((self.root(one), self.root(other)))
        self.parents[other] = one

    def home_of(self, name: str) -> int | None:
        return self.home.get(self.first(name))

    def is_within(self, home: int, name: str) -> bool:
        """Whether a label of a function is not the one that it is called by."""
        stretch = self.stretches[home]
        return stretch.is_code and self.first(name) != stretch.label

    def anchored(self, said: Said) -> None:
        """A symbol that was given a place in a section of data reaches all behind it."""
        for expression in said.aliases.values():
            anchors = list(names(expression))
            if len(anchors) != 1 or not is_hidden(anchors[0]):
                continue
            home = self.home_of(anchors[0])
            if home is None or self.stretches[home].is_code:
                continue
            for stretch in self.stretches[home:]:
                if stretch.section is self.stretches[home].section:
                    self.unite(home, stretch.index)

    def apart(self) -> None:
        """Labels of data in one section whose distance matters."""
        for stretch in self.stretches:
            for group in (group for item in stretch.items for group in _together(item)):
                homes = {home for name in group if (home := self.home_of(name)) is not None}
                data = sorted(home for home in homes if not self.stretches[home].is_code)
                for one, other in pairwise(data):
                    if self.stretches[one].section is self.stretches[other].section:
                        self.unite(one, other)

    def jumps(self) -> None:
        """A function and what jumps into its middle."""
        for stretch in self.stretches:
            for name in (name for item in stretch.items for name in controlled(item)):
                home = self.home_of(name)
                if home is not None and self.is_within(home, name):
                    self.unite(stretch.index, home)

    def tables(self) -> None:
        """A table of places within a function that only the function knows."""
        users: dict[int, set[int]] = {}
        shown: dict[int, set[int]] = {}
        for stretch in self.stretches:
            own = self.root(stretch.index)
            for name in (name for item in stretch.items for name in references(item)):
                home = self.home_of(name)
                if home is None or self.root(home) == own:
                    continue
                users.setdefault(self.root(home), set()).add(own)
                if self.is_within(home, name):
                    shown.setdefault(own, set()).add(self.root(home))
        public = {self.root(each.index) for each in self.stretches if not _is_private(each)}
        for table, functions in shown.items():
            if table not in public and len(functions) == 1 and users.get(table) == functions:
                self.unite(table, *functions)


def _is_private(stretch: Stretch) -> bool:
    """True of data that is only read and that no other source knows."""
    is_data = not stretch.is_code and stretch.section.kind != WRITABLE
    return is_data and stretch.label.startswith(".L")


def is_hidden(name: str) -> bool:
    """True of a label that the source does not name."""
    return name.startswith((".here.", ".end.")) or "@" in name


def _together(item: Item) -> Iterator[list[str]]:
    """The labels of each expression in an item that has several."""
    content = item.content
    values: list[object] = []
    if isinstance(content, Code):
        values = [
            operand.offset if isinstance(operand, Indirect) else operand
            for operand in content.operands
        ]
    elif isinstance(content, Data):
        values = list(content.values)
    for value in values:
        if isinstance(value, _EXPRESSIONS) and not isinstance(value, (Name, Number)):
            found = list(names(value))
            if len(found) > 1:
                yield found
