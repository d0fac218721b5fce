"""The word at a place, and what it stands for there.

Input: a `Document` and an offset. Output: `Word`, `Call`; None where nothing of ours stands.
"""

from __future__ import annotations

from typing import NamedTuple

from asm_rv32.basis.diagnostics import Span
from asm_rv32.editor.document import Document
from asm_rv32.editor.outline import Block, Line


class Word(NamedTuple):
    """A token of a block, or a name outside of all."""

    text: str
    span: Span
    block: Block | None
    line: Line | None
    at: int
    """Of the token in its line."""

    @property
    def is_attribute(self) -> bool:
        """Whether it is what stands behind a dot."""
        return self.line is not None and self.at > 0 and self.line.tokens[self.at - 1] == "."

    @property
    def is_keyword(self) -> bool:
        """Whether it is the name of an argument: `at_most` of `within(..., at_most=4)`."""
        if self.line is None or not self.at:
            return False
        tokens = self.line.tokens
        before, behind = tokens[self.at - 1], tokens[self.at + 1 : self.at + 2]
        return before in ("(", ",") and behind == ["="]


class Call(NamedTuple):
    """A call that is being written."""

    name: str
    argument: int
    """Which of its arguments the place is in, from 0."""
    block: Block


def word_at(document: Document, offset: int) -> Word | None:
    """The word that an offset is in, or right behind."""
    block = document.outline.block_at(offset)
    if block is not None and offset >= block.body:
        for line in block.lines:
            if line.spans[0].start <= offset <= line.spans[-1].end:
                return _in_line(line, offset, block)
        return None
    return _outside(document, offset, block)


def _in_line(line: Line, offset: int, block: Block) -> Word | None:
    for at, (token, span) in enumerate(zip(line.tokens, line.spans)):
        if span.start <= offset <= span.end:
            if token[0] in "\"'" and len(token) > 2 and token[1:-1].isidentifier():
                token, span = token[1:-1], Span(span.start + 1, span.end - 1)
            elif not token.isidentifier():
                continue
            return Word(token, span, block, line, at)
    return None


def _outside(document: Document, offset: int, block: Block | None) -> Word | None:
    text = document.source.text
    start = end = max(0, min(offset, len(text)))
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    found = text[start:end]
    return Word(found, Span(start, end), block, None, 0) if found.isidentifier() else None


def call_at(document: Document, offset: int) -> Call | None:
    """The statement whose brackets an offset is in, as far as it is written."""
    block = document.outline.block_at(offset)
    if block is None or offset < block.body:
        return None
    line = next((each for each in reversed(block.lines) if each.spans[0].start < offset), None)
    if line is None or "\n" in document.source.text[line.spans[-1].end : offset]:
        return None
    open_calls: list[list[int]] = []  # the index of each bracket's name or -1, and its commas
    for at, token in enumerate(line.tokens):
        if line.spans[at].start >= offset or token[0] == "#":
            break
        if token in ("(", "[", "{"):
            starts = token == "(" and (at == 1 or (at > 1 and line.tokens[at - 2] in (";", ":")))
            open_calls.append([at - 1 if starts else -1, 0])
        elif token in (")", "]", "}"):
            del open_calls[-1:]
        elif token == "," and open_calls:
            open_calls[-1][1] += 1
        elif token == ";":
            open_calls.clear()
    for at, commas in open_calls[:1]:
        if at >= 0 and line.tokens[at].isidentifier():
            return Call(line.tokens[at], commas, block)
    return None


def is_statement_start(document: Document, offset: int) -> bool:
    """Whether nothing stands in front of the word at an offset in its statement."""
    text = document.source.text
    line = text[text.rfind("\n", 0, offset) + 1 : offset]
    before = line.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")
    return not before.strip() or before.rstrip()[-1] in ";:"
