"""The lines of a source, one after the other, and the body of an assembler function: statements,
loops and conditions, by their indentation.

Input: a `Source`; for a block, the cursor behind the line that it belongs to. Output: the mistakes
in order; a block's `Statement`s.
Invariants: statements, words and depth are bounded by the limits below. Lines that are no line of
the language are kept as they are; they are told in words once all is read, and only then is that
loaded which finds the words.
"""

from __future__ import annotations

from collections.abc import Iterator

from asm_rv32.assembler.reading.grammar import TREES, Mismatch, Node
from asm_rv32.assembler.reading.lines import LogicalLine, logical_lines, token_span
from asm_rv32.assembler.reading.program import For, If, Statement, Written
from asm_rv32.basis.diagnostics import ERROR_LIMIT, Diagnostic, Source, Span

STATEMENT_LIMIT = 500_000
"""The assembler functions of a source have at most so many statements, each head counting as one:
a loop's, a condition's, the function's own."""
WORD_LIMIT = 2 << 20
"""They have at most so many tokens."""
BLOCK_DEPTH_LIMIT = 20
"""Blocks nest at most so deep, as in CPython."""


class Misread:
    """A line that the grammar does not know."""

    __slots__ = ("line", "mismatch")

    def __init__(self, line: LogicalLine, mismatch: Mismatch) -> None:
        self.line = line
        self.mismatch = mismatch


class Cursor:
    """The line that is read next."""

    def __init__(self, source: Source, offset: int) -> None:
        self.source = source
        self.found: list[Diagnostic | Misread | None] = []
        """What is wrong; None stands behind so many mistakes that reading stops."""
        self._lines: Iterator[LogicalLine] = logical_lines(source.text, offset)
        self.line: LogicalLine | None = next(self._lines, None)
        self.behind = offset
        """Where the line that was read last ends: what follows of it are comments."""

    def advance(self) -> None:
        """Go on to the next line."""
        if self.line is not None:
            self.behind = self.line.end
        self.line = next(self._lines, None)

    def report(self, code: str, message: str, span: Span, *notes: str) -> None:
        """Report a mistake."""
        self._add(Diagnostic(code, message, span, notes))

    def _add(self, found: Diagnostic | Misread) -> None:
        self.found.append(found)
        if len(self.found) >= ERROR_LIMIT:
            self.stop(None)

    def wrong_line(self, line: LogicalLine, mismatch: Mismatch) -> None:
        """Report a line that the grammar does not know."""
        self._add(Misread(line, mismatch))

    def stop(self, last: Diagnostic | None) -> None:
        """Report `last`, None for too many mistakes, and read no further."""
        self.found.append(last)
        self.line = None
        self._lines = iter(())

    def token_span(self, line: LogicalLine, first: int, last: int | None = None) -> Span:
        """Where tokens of a line stand."""
        return token_span(self.source.text, line, first, last)

    def skip(self, indent: int) -> None:
        """Leave out the lines that are indented more."""
        while self.line is not None and self.line.indent > indent:
            self.advance()

    def diagnostics(self) -> list[Diagnostic]:
        """What is wrong, in words."""
        told: list[Diagnostic] = []
        for found in self.found:
            if found is None:
                message = f"{ERROR_LIMIT} mistakes: reading stops here"
                told.append(Diagnostic("too-many-errors", message, told[-1].span))
            elif isinstance(found, Misread):
                from asm_rv32.assembler.reading.wrong import explain

                told.append(explain(self.source.text, found.line, found.mismatch))
            else:
                told.append(found)
        return told


class Blocks(Cursor):
    """Reads blocks."""

    def __init__(self, source: Source, offset: int) -> None:
        super().__init__(source, offset)
        self.statements_read = 0
        self.tokens_read = 0
        self.words: set[str] | None = None
        """The tokens of the function being read, where constants stand around it."""
        self._has_tabs = "\t" in source.text

    def _tabs(self, line: LogicalLine, head: LogicalLine, first: LogicalLine) -> None:
        """Report a line in the block of `head` that only with tabs of eight is where `first` is."""
        if not self._narrow(head) < self._narrow(line) == self._narrow(first):
            message = "tabs and spaces are mixed: how far this is indented depends on the tab"
            self.report("indentation", message, self.token_span(line, 0))

    def _narrow(self, line: LogicalLine) -> int:
        """Indentation with tabs as wide as a blank, which Python compares, too."""
        text = self.source.text
        start = text.rfind("\n", 0, line.start) + 1
        return line.start - max(start, text.rfind("\f", start, line.start) + 1)

    def block(
        self, head: LogicalLine, indent: int, depth: int
    ) -> tuple[tuple[Statement, ...], int]:
        """The statements indented more than the line `head`, which ends in a colon."""
        first = self._opened(head, indent, depth)
        if first is None:
            return (), indent
        line: LogicalLine | None = first
        inner = odd = first.indent
        statements: list[Statement] = []
        add = statements.append
        trees = TREES
        while line is not None and line.indent > indent:
            if line.indent not in (inner, odd):
                message = "the indentation fits no enclosing block"
                self.report("indentation", message, self.token_span(line, 0))
                odd = line.indent
            elif self._has_tabs:
                self._tabs(line, head, first)
            if self.words is not None:
                self.words.update(line.tokens)
            self.tokens_read += len(line.shape)
            if self.tokens_read > WORD_LIMIT:
                message = f"the source has more than {WORD_LIMIT} words and signs of assembler"
                self.stop(Diagnostic("too-large", message, self.token_span(line, 0)))
                break
            tree = trees[line.shape]
            if isinstance(tree, Mismatch):
                self.wrong_line(line, tree)
                self.advance()
                if line.tokens[-1] == ":":
                    # What a wrong head stands over is no mistake of its own.
                    self.skip(line.indent)
            elif tree.kind == "line":
                self.count(line, len(tree.parts))
                for node in tree.parts:
                    if node.kind != "pass":
                        add(Written(node, line.tokens, line.start, line.end))
                self.behind = line.end
                self.line = next(self._lines, None)
            else:
                statement = self._compound(line, tree, depth)
                if statement is not None:
                    add(statement)
            line = self.line
        return tuple(statements), inner

    def _opened(self, head: LogicalLine, indent: int, depth: int) -> LogicalLine | None:
        """The first line of a block; None, and reported, where there is none to be read."""
        line = self.line
        if line is None or line.indent <= indent:
            span = self.token_span(head, len(head.tokens) - 1)
            self.report("indentation", "an indented block must follow", span)
            return None
        if depth > BLOCK_DEPTH_LIMIT:
            message = f"blocks nest at most {BLOCK_DEPTH_LIMIT} deep"
            self.report("nesting", message, self.token_span(line, 0))
            self.skip(indent)
            return None
        return line

    def count(self, line: LogicalLine, statements: int) -> None:
        """Count statements that stand on `line`; with too many, nothing further is read."""
        before = self.statements_read
        self.statements_read += statements
        if before <= STATEMENT_LIMIT < self.statements_read:
            message = f"the source has more than {STATEMENT_LIMIT} statements of assembler"
            self.stop(Diagnostic("too-large", message, self.token_span(line, 0)))

    def simple_statements(self, line: LogicalLine, suite: Node) -> tuple[Statement, ...]:
        """The statements of a line, or of what stands behind a colon."""
        self.count(line, len(suite.parts))
        return tuple(
            Written(node, line.tokens, line.start, line.end)
            for node in suite.parts
            if node.kind != "pass"
        )

    def _suite(self, line: LogicalLine, tree: Node, depth: int) -> tuple[Statement, ...]:
        self.advance()
        if tree.parts and tree.parts[-1].kind == "suite":
            statements = self.simple_statements(line, tree.parts[-1])
        else:
            statements, _ = self.block(line, line.indent, depth + 1)
        self.count(line, 1)
        return statements

    def _compound(self, line: LogicalLine, tree: Node, depth: int) -> Statement | None:
        written = Written(tree, line.tokens, line.start, line.end)
        if tree.kind == "for":
            return For(written, self._suite(line, tree, depth))
        if tree.kind == "if":
            return self._if(line, tree, depth)
        if tree.kind in ("elif", "else"):
            span = self.token_span(line, 0)
            self.report("syntax", f"'{tree.kind}' without an 'if' before it", span)
        elif tree.kind in ("def", "decorator"):
            message = "a function cannot stand inside an assembler function"
            note = "help: put it beside this one; call(label) goes to a label of the same function"
            self.report("syntax", message, self.token_span(line, 0), note)
        self.advance()
        self.skip(line.indent)
        return None

    def _if(self, line: LogicalLine, tree: Node, depth: int) -> If:
        branches: list[tuple[Written | None, tuple[Statement, ...]]] = []
        indent = line.indent
        while True:
            written = Written(tree, line.tokens, line.start, line.end)
            condition = None if tree.kind == "else" else written.part(tree.parts[0])
            branches.append((condition, self._suite(line, tree, depth)))
            following = self.line
            if condition is None or following is None or following.indent != indent:
                break
            next_tree = TREES[following.shape]
            if isinstance(next_tree, Mismatch) or next_tree.kind not in ("elif", "else"):
                break
            line, tree = following, next_tree
        return If(tuple(branches))
