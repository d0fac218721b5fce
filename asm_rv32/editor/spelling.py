"""The two spellings of a function: MicroPython's, and that which Python's checkers take.

    lw(t0, 4(a1))    bnez(a0, loop)      label(loop)      plain
    lw(t0, a1[4])    bnez(a0, "loop")    label("loop")    for checkers

    data(4, case - table)                                           plain
    data(4, address_of("case") - address_of("table"))               for checkers

Input: an outline. Output: `Change`s, which lead from one spelling to the other.
Invariant: both are assembled to the same bytes. What has one spelling only is left as it is: names
that are a label's and something else's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from asm_rv32.assembler.reading.expressions import OF_PLACES
from asm_rv32.assembler.reading.grammar import TREES, Node
from asm_rv32.assembler.reading.lines import LETTERS
from asm_rv32.basis.diagnostics import Diagnostic, Source, Span
from asm_rv32.editor.imports import with_import
from asm_rv32.editor.outline import (
    DATA_NAME,
    FUNCTION_NAME,
    LABEL,
    Block,
    Line,
    Outline,
    outline,
)
from asm_rv32.editor.returns import endings
from asm_rv32.isa.operands import EVERY_REGISTER

PLAIN, CHECKED = SPELLINGS = ("plain", "checkers")
CODE = "spelling"
ADDRESS = "address_of"
"""What a place is written in, in a sum: to checkers the address is an integer."""


class Change(NamedTuple):
    """A stretch of a text, and what is written in its place."""

    span: Span
    text: str


def changes(source: Source, spelling: str) -> Iterator[Change]:
    """What to change for a spelling, in the order of the text."""
    file = outline(source)
    for block in file.blocks:
        for line in block.lines:
            yield from sorted(_of_line(file, block, line, spelling))


def findings(source: Source, spelling: str) -> list[Diagnostic]:
    """A note for each thing that is in the other spelling."""
    return [
        Diagnostic(
            CODE, f"{_FOR[spelling]} this is written {each.text}", each.span, severity="warning"
        )
        for each in changes(source, spelling)
    ]


_FOR = {PLAIN: "as MicroPython has it,", CHECKED: "for Python's type checkers"}


def respelled(source: Source, spelling: str) -> str:
    """The text in a spelling; that for checkers has the words imported which it uses, and a `ret()`
    where a function with a result ends."""
    changed = [*changes(source, spelling)]
    if spelling == CHECKED:
        changed = sorted(changed + [Change(*each) for each in endings(outline(source))])
    parts, at = [], 0
    for span, text in changed:
        parts += [source.text[at : span.start], text]
        at = span.end
    text = "".join((*parts, source.text[at:]))
    return with_import(Source(source.path, text), spelling == CHECKED)


def _of_line(file: Outline, block: Block, line: Line, spelling: str) -> Iterator[Change]:
    tree = TREES["".join(LETTERS[token] for token in line.tokens)]
    if not isinstance(tree, Node):
        return
    queue = [tree]
    while queue:
        node = queue.pop()
        statement = node.parts[0] if node.kind == "expression" and node.parts else None
        if statement is not None and statement.kind == "call":
            reader = _Statement(file, block, line, statement)
            yield from reader.checked() if spelling == CHECKED else reader.plain()
        elif node.kind in ("line", "suite", "for", "if", "elif", "else"):
            queue += node.parts


class _Statement:
    """One statement, a call."""

    def __init__(self, file: Outline, block: Block, line: Line, call: Node) -> None:
        self.block, self.line, self.call = block, line, call
        self.outside, self.text = file.names, file.source.text
        self.name = line.tokens[call.first]

    def checked(self) -> Iterator[Change]:
        """To the checkers' spelling."""
        for node in self.call.parts[1:]:
            memory = None if self.is_data else self._memory(node)
            if memory is not None:
                offset, base = memory
                yield Change(self._span(node), f"{base}[{offset}]")
            elif node.kind == "name" and self._is_label(node) and not self.is_data:
                yield Change(self._span(node), f'"{self._written(node)}"')
            else:
                yield from self._places(node, within=False)

    def _places(self, node: Node, within: bool) -> Iterator[Change]:
        """Labels, functions and data in a sum, `within` one or by themselves: their addresses."""
        if node.kind == "name":
            name = self._written(node)
            if self._is_label(node):
                yield Change(self._span(node), f'{ADDRESS}("{name}")')
            elif within and self._names_place(name):
                yield Change(self._span(node), f"{ADDRESS}({name})")
        elif node.kind == "string" and within:
            text = self._written(node)
            if text[0] in "\"'" and len(text) == 3:  # to Python no number
                yield Change(self._span(node), f"ord({text})")
        elif node.kind == "call":
            name = self._written(node.parts[0])
            if name in OF_PLACES and len(node.parts) == 2 and self._is_label(node.parts[1]):
                yield Change(self._span(node.parts[1]), f'"{self._written(node.parts[1])}"')
        elif node.kind in ("binary", "unary", "group"):
            for part in node.parts:
                yield from self._places(part, within or node.kind == "binary")

    def plain(self) -> Iterator[Change]:
        """To MicroPython's spelling."""
        for node in self.call.parts[1:]:
            token = self.line.tokens[node.first]
            if node.kind == "subscript" and self._is_register(node.parts[0]) and not self.is_data:
                offset = self._written(node.parts[1])
                simple = node.parts[1].kind in ("number", "name") or offset.lstrip("-").isdigit()
                offset = offset if simple else f"({offset})"
                yield Change(self._span(node), f"{offset}({self._written(node.parts[0])})")
            elif node.kind == "string" and node.first == node.last and not self.is_data:
                name = token[1:-1]
                if name.isidentifier() and self._names_label(name):
                    yield Change(self._span(node), name)
            else:
                yield from self._bare_places(node)

    def _bare_places(self, node: Node) -> Iterator[Change]:
        """Names in the place of their addresses, and of strings that name labels."""
        if node.kind == "call" and len(node.parts) == 2:
            name, place = self._written(node.parts[0]), node.parts[1]
            bare = self._written(place)
            if place.kind == "string" and self._names_label(bare[1:-1]):
                bare = bare[1:-1]
            elif place.kind != "name":
                return
            if name == ADDRESS:
                yield Change(self._span(node), bare)
            elif name in OF_PLACES and place.kind == "string":
                yield Change(self._span(place), bare)
        elif node.kind in ("binary", "unary", "group"):
            for part in node.parts:
                yield from self._bare_places(part)

    @property
    def is_data(self) -> bool:
        """Whether its strings are bytes."""
        return self.name == "data" or (self.block.sort == DATA_NAME and self.name != "label")

    def _memory(self, node: Node) -> tuple[str, str] | None:
        """Offset and base of `4(a1)`, `-4(a1)`, `(a1)`."""
        sign = ""
        if node.kind == "unary" and self.line.tokens[node.first] in "+-":
            sign, node = self.line.tokens[node.first], node.parts[1]
        if node.kind == "group" and not sign and self._is_register(node.parts[0]):
            return "0", self._written(node.parts[0])
        if node.kind != "call" or len(node.parts) != 2 or not self._is_register(node.parts[1]):
            return None
        offset, base = node.parts
        if offset.kind in ("name", "attribute") and self.line.tokens[offset.first] == self.name:
            return None
        return f"{sign}{self._written(offset.bare)}", self._written(base)

    def _is_register(self, node: Node) -> bool:
        """Whether a node is the name of a register, of a parameter, or of an alias."""
        if node.kind != "name":
            return False
        name = self.line.tokens[node.first]
        found = self.block.names.get(name)
        return name in EVERY_REGISTER or (found is not None and found.sort != LABEL)

    def _is_label(self, node: Node) -> bool:
        return self._names_label(self.line.tokens[node.first])

    def _names_place(self, name: str) -> bool:
        """Whether a name is that of a function or of data of the file."""
        found = self.outside.get(name) if name not in self.block.names else None
        return found is not None and found.sort in (FUNCTION_NAME, DATA_NAME)

    def _names_label(self, name: str) -> bool:
        """Whether a name is a label of the block's; a macro's parameter stays what it is."""
        found = self.block.names.get(name)
        return found is not None and found.sort == LABEL

    def _written(self, node: Node) -> str:
        return self.text[slice(*self._span(node))]

    def _span(self, node: Node) -> Span:
        spans = self.line.spans
        return Span(spans[node.first].start, spans[node.last].end)
