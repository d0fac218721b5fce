"""Rewrite: a loop that asks at its top whether to go on asks at its bottom, and jumps once a turn.

Input: a function. Output: candidates.
    label(loop)               beq(a, end, done)
    beq(a, end, done)         label(loop)
    ...                  →    ...
    j(loop)                   bne(a, end, loop)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from asm_rv32.basis.edits import Edit, indentation_of
from asm_rv32.improve.loops import unless
from asm_rv32.improve.relations import Relation
from asm_rv32.improve.statements import Function, Stretch
from asm_rv32.improve.suggestion import Candidate

LONGEST = 4
"""Statements ahead of the question, which then stand twice."""


def candidates(function: Function) -> Iterator[Candidate]:
    """For each loop that asks at its top, one that asks at its bottom."""
    named = Counter[str]()
    for stretch in function.stretches:
        named.update(each.target for each in stretch if each.is_branch or each.is_jump)
    for stretch in function.stretches:
        at = {each.label: index for index, each in enumerate(stretch) if each.label}
        for last, statement in enumerate(stretch):
            first = at.get(statement.target, last) if statement.is_jump else last
            if first < last and named[statement.target] == 1:
                found = _candidate(function, stretch, first, last)
                if found is not None:
                    yield found


def _candidate(function: Function, stretch: Stretch, first: int, last: int) -> Candidate | None:
    head, jump = stretch[first], stretch[last]
    asks = first + 1
    while asks < last and stretch[asks].is_plain:
        asks += 1
    branch, tested = stretch[asks], stretch[first + 1 : asks]
    if not branch.is_branch or asks + 1 >= last or len(tested) > LONGEST:
        return None
    within = [each.label for each in stretch[first:last] if each.label]
    if branch.target in within:
        return None
    deep = indentation_of(function.source, head.line)
    after = stretch[last + 1] if last + 1 < len(stretch) else None
    bottom = [each.said() for each in tested]
    bottom.append(unless(function, branch, head.label, stretch[first:last]))
    if after is None or after.label != branch.target:
        bottom.append(f"j({branch.target})")
    edits = (
        Edit(head.line, 1, ()),
        Edit(branch.last + 1, 0, (f"{deep}label({head.label})",)),
        Edit(jump.line, jump.last - jump.line + 1, tuple(deep + each for each in bottom)),
    )
    message = "the loop asks at its bottom whether to go on, and jumps once a turn"
    relation = Relation(stretch[asks + 1].line)
    return Candidate("rotate", head.span, message, edits, {branch.last: relation})
