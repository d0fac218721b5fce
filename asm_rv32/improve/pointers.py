"""Rewrite: a pointer that a loop makes anew from an index goes on by a number each turn.

Input: a function. Output: candidates.
    slli(t1, i, 2)            slli(t1, i, 2); add(t1, words, t1)
    add(t1, words, t1)     →  label(loop)
    lw(t2, 0(t1))             lw(t2, 0(t1))
    addi(i, i, 1)             addi(i, i, 1); addi(t1, t1, 4)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from asm_rv32.analysis.flow import bits
from asm_rv32.basis.edits import indentation_of
from asm_rv32.basis.records import NamedTuple
from asm_rv32.improve.hoist import lines, replaced
from asm_rv32.improve.loops import Loop, loops
from asm_rv32.improve.operands import positions, roles
from asm_rv32.improve.places import Unproved
from asm_rv32.improve.reorder import shown
from asm_rv32.improve.simulation import difference
from asm_rv32.improve.statements import Function
from asm_rv32.improve.suggestion import Candidate
from asm_rv32.improve.unroll import free_register
from asm_rv32.isa.operands import Register

LONGEST = 4
"""Statements that make one pointer."""
MESSAGE = "a pointer goes on by a number each turn, and is not made from the index again"


class _Made(NamedTuple):
    """A value that is made from an index in each turn."""

    register: int
    source: int
    """The register that it is made from."""
    makers: tuple[int, ...]
    """Statements of the body, in order."""
    uses: tuple[int, ...]


def candidates(function: Function) -> Iterator[Candidate]:
    """For each loop and each such value, the loop with a pointer."""
    for loop in loops(function):
        if loop.is_plain:
            for made in _values(loop):
                found = _going_on(function, loop, made)
                if found is not None:
                    yield found


def _values(loop: Loop) -> Iterator[_Made]:
    """Values that something is loaded from or stored to by."""
    written, body, steps = loop.writes, loop.body, loop.steps
    for last, statement in enumerate(body):
        if bin(statement.writes).count("1") != 1 or statement.has_accesses:
            continue
        [register] = bits(statement.writes)
        found = None if register in steps else _makers(loop, last, written)
        if found is None or len(found[1]) != 1 or steps[found[1][0]][0] < last:
            continue
        uses = _uses(loop, last, register)
        if any(body[at].has_accesses for at in uses):
            yield _Made(register, found[1][0], found[0], uses)


def _uses(loop: Loop, maker: int, register: int) -> tuple[int, ...]:
    """The statements that read what one has written to a register."""
    found = []
    for at in range(maker + 1, len(loop.body)):
        if loop.body[at].reads >> register & 1:
            found.append(at)
        if loop.body[at].writes >> register & 1:
            break
    return tuple(found)


def _makers(
    loop: Loop, last: int, written: Mapping[int, Sequence[int]]
) -> tuple[tuple[int, ...], list[int]] | None:
    """The statements that make the value of one, and the indices that it comes from; None where it
    comes from anything else that changes."""
    makers, indices, waiting = {last}, set[int](), [last]
    while waiting:
        at = waiting.pop()
        for register in bits(loop.body[at].reads):
            if register in loop.steps:
                indices.add(register)
                continue
            before = [each for each in written.get(register, ()) if each < at]
            if not before and register in written:
                return None
            if before and before[-1] not in makers:
                if loop.body[before[-1]].has_accesses or len(makers) >= LONGEST:
                    return None
                makers.add(before[-1])
                waiting.append(before[-1])
    return tuple(sorted(makers)), sorted(indices)


def _going_on(function: Function, loop: Loop, made: _Made) -> Candidate | None:
    body, isa, live = loop.body, function.image.isa, function.live_at(loop.head.address)
    inner = {register for at in made.makers for register in bits(body[at].writes)}
    pointer = _pointer(function, loop, made)
    if pointer is None or any(live >> register & 1 for register in inner):
        return None
    try:
        nodes = [node for at in made.makers for node in body[at].nodes]
        step = difference(nodes, made.register, made.source, loop.steps[made.source][1])
    except Unproved:
        return None
    if step is None or not -2048 <= step < 2048:
        return None
    renamed: dict[int, dict[int, int]] = {}
    for at in (*made.makers, *made.uses):
        operation, role = body[at].operation, roles(body[at], isa)
        if operation is None or role is None:
            return None
        spots = positions(operation, made.register)
        if at not in made.makers:
            spots = [each for each in spots if each in role.read]
            if any(each in role.written for each in spots):
                return None
        renamed[at] = dict.fromkeys(spots, pointer) if pointer != made.register else {}
    first = [line for at in made.makers for line in shown(function, body[at], renamed[at])]
    gone = _gone(loop, made)
    rest = lines(function, [loop.head])
    for at, each in enumerate(body):
        if at not in gone:
            rest += shown(function, each, renamed[at] if at in made.uses else {})
    name = function.named(pointer, body) if pointer == made.register else str(Register(pointer))
    rest.append(f"{indentation_of(function.source, loop.head.line)}addi({name}, {name}, {step})")
    rest += lines(function, [loop.back])
    return replaced(function, loop, ("pointer", MESSAGE), first, rest)


def _pointer(function: Function, loop: Loop, made: _Made) -> int | None:
    """The register to keep the pointer in: its own, where nothing else is ever in that."""
    known = {*made.makers, *made.uses}
    others = [each for at, each in enumerate(loop.body) if at not in known]
    touched = loop.back.reads
    for each in others:
        touched |= each.reads | each.writes
    for at in made.uses:
        touched |= loop.body[at].writes
    if not touched >> made.register & 1:
        return made.register
    return free_register(function, loop)


def _gone(loop: Loop, made: _Made) -> set[int]:
    """The makers that nothing else needs."""
    found = {made.makers[-1]}
    for at in reversed(made.makers[:-1]):
        if all(set(_uses(loop, at, register)) <= found for register in bits(loop.body[at].writes)):
            found.add(at)
    return found
