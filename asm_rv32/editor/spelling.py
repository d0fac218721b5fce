"""The two spellings of a function: MicroPython's, and that which Python's checkers take.

    lw(t0, 4(a1))    bnez(a0, loop)      label(loop)      plain
    lw(t0, a1[4])    bnez(a0, "loop")    label("loop")    for checkers

Input: an outline. Output: `Change`s, which lead from one spelling to the other.
Invariant: both are assembled to the same bytes. What has one spelling only is left as it is: sums
with labels, and names that are a label's and something else's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from asm_rv32.assembler.reading.grammar import TREES, Node
from asm_rv32.assembler.reading.lines import LETTERS
from asm_rv32.basis.diagnostics import Diagnostic, Source, Span
from asm_rv32.editor.imports import with_import
from asm_rv32.editor.outline import DATA_NAME, LABEL, Block, Line, outline
from asm_rv32.isa.operands import EVERY_REGISTER

PLAIN, CHECKED = SPELLINGS = ("plain", "checkers")
CODE = "spelling"


class Change(NamedTuple):
    """A stretch of a text, and what is written in its place."""

    span: Span
    text: str


def changes(source: Source, spelling: str) -> Iterator[Change]:
    """What to change for a spelling, in the order of the text."""
    for block in outline(source).blocks:
        for line in block.lines:
            yield from sorted(_of_line(block, line, source.text, spelling))


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
    """The text in a spelling; that for checkers has the words imported which it uses."""
    text = _replaced(source, spelling)
    return with_import(Source(source.path, text), spelling == CHECKED)


def _replaced(source: Source, spelling: str) -> str:
    parts, at = [], 0
    for span, text in changes(source, spelling):
        parts += [source.text[at : span.start], text]
        at = span.end
    return "".join((*parts, source.text[at:]))


def _of_line(block: Block, line: Line, text: str, spelling: str) -> Iterator[Change]:
    tree = TREES["".join(LETTERS[token] for token in line.tokens)]
    if not isinstance(tree, Node):
        return
    queue = [tree]
    while queue:
        node = queue.pop()
        statement = node.parts[0] if node.kind == "expression" and node.parts else None
        if statement is not None and statement.kind == "call":
            reader = _Statement(block, line, text, statement)
            yield from reader.checked() if spelling == CHECKED else reader.plain()
        elif node.kind in ("line", "suite", "for", "if", "elif", "else"):
            queue += node.parts


class _Statement:
    """One statement, a call."""

    def __init__(self, block: Block, line: Line, text: str, call: Node) -> None:
        self.block, self.line, self.text, self.call = block, line, text, call
        self.name = line.tokens[call.first]

    def checked(self) -> Iterator[Change]:
        """To the checkers' spelling."""
        for node in self._operands():
            memory = self._memory(node)
            if memory is not None:
                offset, base = memory
                yield Change(self._span(node), f"{base}[{offset}]")
            elif node.kind == "name" and self._is_label(node):
                name = self.line.tokens[node.first]
                yield Change(self._span(node), f'"{name}"')

    def plain(self) -> Iterator[Change]:
        """To MicroPython's spelling."""
        for node in self._operands():
            token = self.line.tokens[node.first]
            if node.kind == "subscript" and self._is_register(node.parts[0]):
                offset = self._written(node.parts[1])
                simple = node.parts[1].kind in ("number", "name") or offset.lstrip("-").isdigit()
                offset = offset if simple else f"({offset})"
                yield Change(self._span(node), f"{offset}({self._written(node.parts[0])})")
            elif node.kind == "string" and node.first == node.last:
                name = token[1:-1]
                if name.isidentifier() and self._names_label(name):
                    yield Change(self._span(node), name)

    def _operands(self) -> tuple[Node, ...]:
        """The operands in which there is anything to spell; data hold strings of their own."""
        holds = self.name == "data" or (self.block.sort == DATA_NAME and self.name != "label")
        return () if holds else self.call.parts[1:]

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

    def _names_label(self, name: str) -> bool:
        """Whether a name is a label of the block's; a macro's parameter stays what it is."""
        found = self.block.names.get(name)
        return found is not None and found.sort == LABEL

    def _written(self, node: Node) -> str:
        return self.text[slice(*self._span(node))]

    def _span(self, node: Node) -> Span:
        spans = self.line.spans
        return Span(spans[node.first].start, spans[node.last].end)
