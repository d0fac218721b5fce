"""Rewrite: heads of loops at whole words, so that no turn begins with half an instruction.

Input: a function. Output: candidates.
A gap ahead of the loop is gone through once for each time that it is entered; an instruction ahead
of it that takes four bytes in place of two costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from asm_rv32.basis.edits import Edit, indentation_of
from asm_rv32.improve.statements import Function, Stretch
from asm_rv32.improve.suggestion import Candidate

WORD = 4
"""Bytes that are fetched at once."""
SHORT = 2
"""Bytes of an instruction that may take more."""
TRIED = 3
"""Instructions ahead of a loop that may be longer."""
MESSAGE = "the loop begins at a whole word: its head is fetched at once"


def candidates(function: Function) -> Iterator[Candidate]:
    """For each head of a loop that lies between words, ways to have it at one."""
    if not any(entry.size == SHORT for entry in function.image.entries):
        return
    for stretch in function.stretches:
        seen: dict[str, int] = {}
        for index, statement in enumerate(stretch):
            if statement.label:
                seen[statement.label] = index
            elif (statement.is_branch or statement.is_jump) and statement.target in seen:
                at = seen.pop(statement.target)
                if stretch[at].address % WORD:
                    yield from _aligned(function, stretch, at)


def _aligned(function: Function, stretch: Stretch, at: int) -> Iterator[Candidate]:
    head = stretch[at]
    indent = indentation_of(function.source, head.line)
    gap = Edit(head.start, 0, (f"{indent}align({WORD})",))
    yield Candidate("align", head.span, MESSAGE, (gap,))
    short = (each for each in reversed(stretch[:at]) if each.node and each.node.size == SHORT)
    for each in islice(short, TRIED):
        edits = (
            Edit(each.line, 0, (f"{indent}compress(False)",)),
            Edit(each.last + 1, 0, (f"{indent}compress(True)",)),
        )
        yield Candidate("align", head.span, f"{MESSAGE}, for one ahead of it is longer", edits)
