"""Rewrite: heads of loops at whole words, so that no turn begins with half an instruction."""

from __future__ import annotations

from collections.abc import Iterator

from asm_rv32.basis.edits import Edit, indentation_of
from asm_rv32.improve.statements import Function
from asm_rv32.improve.suggestion import Candidate

WORD = 4
"""Bytes that are fetched at once."""


def candidates(function: Function) -> Iterator[Candidate]:
    """For each head of a loop that lies between words, one with it aligned."""
    if not function.image.code or not any(entry.size == 2 for entry in function.image.entries):
        return
    for stretch in function.stretches:
        seen: dict[str, int] = {}
        for index, statement in enumerate(stretch):
            if statement.label:
                seen[statement.label] = index
            elif (statement.is_branch or statement.is_jump) and statement.target in seen:
                head = stretch[seen.pop(statement.target)]
                if head.address % WORD:
                    indent = indentation_of(function.source, head.line)
                    message = "the loop begins at a whole word: its head is fetched at once"
                    edit = Edit(head.start, 0, (f"{indent}align({WORD})",))
                    yield Candidate("align", head.span, message, (edit,))
