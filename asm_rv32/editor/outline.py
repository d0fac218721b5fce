"""Where the words of a file stand: its assembler functions, macros and data, and what they name.

Input: a source, be it ever so unfinished. Output: `Outline`: blocks with their lines and the names
that are defined in them, and the names that the file gives outside.
Invariant: nothing is executed, and nothing has to be right: a line counts by its tokens alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from asm_rv32.assembler.reading.lines import LogicalLine, logical_lines, token_spans
from asm_rv32.assembler.reading.parser import BLOCK, DECORATORS, MACRO
from asm_rv32.basis.diagnostics import Source, Span

LABEL, ALIAS, PARAMETER, LOOP = "label", "alias", "parameter", "loop variable"
FUNCTION_NAME, MACRO_NAME, DATA_NAME = "function", "macro", "data"
CONSTANT, IMPORT, PYTHON = "constant", "import", "Python function"
SORT_OF_BLOCK = {MACRO: MACRO_NAME, BLOCK: DATA_NAME}
LIMIT = 1 << 20
"""Characters; a longer file is not outlined."""


class Line(NamedTuple):
    """A logical line of a block."""

    tokens: list[str]
    spans: list[Span]
    indent: int


class Definition(NamedTuple):
    """Where a name is given its meaning first."""

    name: str
    span: Span
    sort: str
    text: str
    """The line that does it."""


class Block(NamedTuple):
    """A function, a macro or a block of data under one of our decorators."""

    sort: str
    """FUNCTION_NAME, MACRO_NAME or DATA_NAME."""
    name: str
    name_span: Span
    decorator: str
    """The text of its decorator's line."""
    parameters: tuple[str, ...]
    span: Span
    """From the first decorator to the start of the line behind its end."""
    body: int
    """Offset at which its body starts."""
    annotations: frozenset[str]
    """The names in the annotations of its parameters, and of what else its `def` has."""
    has_result: bool
    """Whether its `def` names a type for what it returns, other than None."""
    lines: list[Line]
    names: dict[str, Definition]
    """Labels, aliases, parameters and loop variables."""
    document: str
    """Its docstring's first token, as it is written; empty without one."""

    @property
    def form(self) -> str:
        """How it is used."""
        return f"{self.name}({', '.join(self.parameters)})"


class Outline(NamedTuple):
    """A file."""

    source: Source
    blocks: tuple[Block, ...]
    names: dict[str, Definition]
    """What the module's own lines name: blocks, constants, imports, functions of Python's."""

    def block_at(self, offset: int) -> Block | None:
        """The block that holds an offset, its decorators included."""
        for block in self.blocks:
            if block.span.start <= offset < block.span.end:
                return block
        return None

    def definition(self, name: str, block: Block | None) -> Definition | None:
        """What a name stands for in a block, or outside."""
        own = block.names.get(name) if block is not None else None
        return own or self.names.get(name)


@lru_cache(maxsize=4)
def outline(source: Source) -> Outline:
    """The outline of a source."""
    if len(source.text) > LIMIT:
        return Outline(source, (), {})
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.blocks: list[Block] = []
        self.names: dict[str, Definition] = {}
        self.lines: Iterator[LogicalLine] = logical_lines(source.text)
        self.line: LogicalLine | None = next(self.lines, None)

    def read(self) -> Outline:
        while (line := self.line) is not None:
            if line.tokens[0] == "@":
                self._decorated(line)
            else:
                if line.indent == 0:
                    self._outside(line)
                self._advance()
        return Outline(self.source, tuple(self.blocks), self.names)

    def _advance(self) -> None:
        self.line = next(self.lines, None)

    def _line(self, line: LogicalLine) -> Line:
        return Line(line.tokens, token_spans(self.source.text, line.start, line.end), line.indent)

    def _decorated(self, first: LogicalLine) -> None:
        sort, text = "", ""
        while (line := self.line) is not None and line.tokens[0] == "@":
            found = _decorator(line.tokens)
            if found:
                sort, text = found, self.source.text[line.start : line.end].strip()
            self._advance()
        if line is None or line.tokens[0] != "def" or len(line.tokens) < 2 or not sort:
            return
        self._block(first, line, SORT_OF_BLOCK.get(sort, FUNCTION_NAME), text)

    def _block(self, first: LogicalLine, head: LogicalLine, sort: str, decorator: str) -> None:
        line = self._line(head)
        names: dict[str, Definition] = {}
        text = self.source.text
        for at in _parameters(line.tokens):
            _define(names, line, at, PARAMETER, text)
        parameters = tuple(names)
        lines: list[Line] = []
        start = head.end
        self._advance()
        while self.line is not None and self.line.indent > head.indent:
            lines.append(self._line(self.line))
            self._advance()
        end = self.line.start - self.line.indent if self.line is not None else len(text)
        end = text.rfind("\n", 0, self.line.start) + 1 if self.line is not None else len(text)
        document = ""
        for at, each in enumerate(lines):
            if at == 0 and len(each.tokens) == 1 and each.tokens[0][-1] in "\"'":
                document = each.tokens[0]
            _names_of(names, each, text)
        name, span = head.tokens[1], line.spans[1]
        self.blocks.append(
            Block(sort, name, span, decorator, parameters, Span(first.start, end), start,
                  frozenset(head.tokens[2:]) - set(parameters), _has_result(head.tokens), lines,
                  names, document)
        )  # fmt: skip
        if first.indent == 0:
            _define(self.names, line, 1, sort, text)

    def _outside(self, line: LogicalLine) -> None:
        tokens, text = line.tokens, self.source.text
        if tokens[0] in ("def", "class") and len(tokens) > 1:
            _define(self.names, self._line(line), 1, PYTHON, text)
        elif len(tokens) > 2 and tokens[1] in ("=", ":") and tokens[0].isidentifier():
            _define(self.names, self._line(line), 0, CONSTANT, text)
        elif tokens[0] in ("from", "import"):
            start = tokens.index("import") + 1 if "import" in tokens else len(tokens)
            placed = self._line(line)
            for at in range(start, len(tokens)):
                last = at + 1 == len(tokens) or tokens[at + 1] in (",", ")")
                if tokens[at].isidentifier() and last:
                    _define(self.names, placed, at, IMPORT, text)


def _decorator(tokens: list[str]) -> str:
    end = tokens.index("(") if "(" in tokens else len(tokens)
    return tokens[end - 1] if end >= 2 and tokens[end - 1] in DECORATORS else ""


def _has_result(tokens: list[str]) -> bool:
    at = len(tokens) - 1 - tokens[::-1].index("->") if "->" in tokens else len(tokens)
    return tokens[at + 1 : at + 2] not in ([], ["None"])


def _parameters(tokens: list[str]) -> Iterator[int]:
    """The indices of a head's parameters."""
    depth = 0
    for at, token in enumerate(tokens):
        if token in "([{":
            depth += 1
            if depth == 1 and at != 2:
                return
        elif token in ")]}":
            depth -= 1
            if depth == 0:
                return
        elif depth == 1 and tokens[at - 1] in ("(", ",") and token.isidentifier():
            yield at


def _names_of(names: dict[str, Definition], line: Line, text: str) -> None:
    """What a line of a body names."""
    tokens = line.tokens
    for at, token in enumerate(tokens):
        starts = at == 0 or tokens[at - 1] in (";", ":")
        if not starts:
            continue
        if token == "label" and tokens[at + 1 : at + 2] == ["("] and len(tokens) > at + 2:
            _define(names, line, at + 2, LABEL, text)
        elif token == "for" and len(tokens) > at + 1:
            _define(names, line, at + 1, LOOP, text)
        elif tokens[at + 1 : at + 2] == ["="]:
            _define(names, line, at, ALIAS, text)


def _define(names: dict[str, Definition], line: Line, at: int, sort: str, text: str) -> None:
    name, span = line.tokens[at], line.spans[at]
    if name[0] in "\"'" and len(name) > 2:
        name, span = name.strip("\"'"), Span(span.start + 1, span.end - 1)
    if name.isidentifier() and name not in names:
        shown = text[line.spans[0].start : line.spans[-1].end]
        names[name] = Definition(name, span, sort, shown)
