"""Rewrite: what is the same in each turn of a loop, computed or loaded, stands ahead of it.

Input: a function. Output: candidates.
A load goes ahead only where the first turn surely comes to it, and where what it reads is known to
be memory: how often a device is read counts. So is the stack, and a buffer that calls pass; but a
loop that reads one place again and again and no other waits for somebody else to write there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from asm_rv32.analysis.flow import bits
from asm_rv32.basis.edits import Edit
from asm_rv32.improve.loops import Loop, loops
from asm_rv32.improve.relations import Relation
from asm_rv32.improve.reorder import shown
from asm_rv32.improve.statements import Function, Statement
from asm_rv32.improve.suggestion import Candidate
from asm_rv32.isa.operands import SP


def candidates(function: Function) -> Iterator[Candidate]:
    """For each loop and each value that it need not compute again, the loop without it."""
    for loop in loops(function):
        if loop.is_plain:
            written = loop.writes
            for at, statement in enumerate(loop.body):
                if not _is_constant(function, loop, statement, written):
                    continue
                if not statement.has_accesses or _may_load(function, loop, at, written):
                    yield _ahead(function, loop, at)


def _is_constant(
    function: Function, loop: Loop, statement: Statement, written: Mapping[int, Sequence[int]]
) -> bool:
    """Whether a statement gives the same each time, and nothing else is ever in its register."""
    if not statement.is_plain or statement.stores or not statement.writes:
        return False
    if any(register in written for register in bits(statement.reads)):
        return False
    live = function.live_at(loop.head.address)
    return all(
        len(written[register]) == 1 and not live >> register & 1
        for register in bits(statement.writes)
    )


def _may_load(function: Function, loop: Loop, at: int, written: Mapping[int, object]) -> bool:
    """Whether a load may be done once; that nobody stores there in between is left to the proof."""
    memory = {SP, *function.memory}
    return (
        not any(each.is_branch for each in loop.body[:at])
        and all(base in memory for base in _bases(loop.body[at]))
        and any(base in written for each in loop.body for base in _bases(each))
    )


def _bases(statement: Statement) -> list[int]:
    """The registers that its accesses go through; -1 for one whose address is not of that form."""
    found = (access.base for node in statement.nodes for access in node.effects.accesses)
    return [-1 if base is None else base[0] for base in found]


def lines(function: Function, statements: Sequence[Statement]) -> list[str]:
    """Statements as they are written, with their comments."""
    return [line for each in statements for line in shown(function, each, {})]


def _ahead(function: Function, loop: Loop, at: int) -> Candidate:
    """The loop with one of its statements ahead of it."""
    statement = loop.body[at]
    rest = [loop.head, *loop.body[:at], *loop.body[at + 1 :], loop.back]
    message = "what is the same in each turn is computed once, ahead of the loop"
    first = lines(function, [statement])
    return replaced(function, loop, ("hoist", message), first, lines(function, rest))


def replaced(
    function: Function, loop: Loop, told: tuple[str, str], first: list[str], rest: list[str]
) -> Candidate:
    """A loop in other lines, ahead of which some have been done that need not be done again."""
    head = loop.head
    edit = Edit(head.start, loop.back.last - head.start + 1, (*first, *rest))
    ahead = tuple(range(head.start, head.start + len(first)))
    relation = Relation(head.line, done=ahead)
    line = head.line + len(first)
    return Candidate(told[0], head.span, told[1], (edit,), {line: relation})
