"""Loops as they are written: a label, statements, and a branch back to it at the end.

Input: a function. Output: its innermost loops of that form, and how their turns are counted.
Invariant: what is counted is read from meanings; what does not fit is no loop here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from asm_rv32.analysis.flow import bits
from asm_rv32.basis.records import NamedTuple
from asm_rv32.improve.order import Chain
from asm_rv32.improve.statements import Function, Statement, Stretch
from asm_rv32.isa.meaning import Constant, Operation, Read


class Loop(NamedTuple):
    """A loop of which nothing but its body lies between its label and its branch."""

    stretch: Stretch
    first: int
    """Index of the label."""
    last: int
    """Index of the branch back."""

    @property
    def head(self) -> Statement:
        """The label."""
        return self.stretch[self.first]

    @property
    def body(self) -> Stretch:
        """What stands between."""
        return self.stretch[self.first + 1 : self.last]

    @property
    def back(self) -> Statement:
        """The branch."""
        return self.stretch[self.last]

    @property
    def behind(self) -> Statement | None:
        """What stands behind it in the stretch."""
        return self.stretch[self.last + 1] if self.last + 1 < len(self.stretch) else None

    @property
    def inside(self) -> dict[str, int]:
        """Its labels, but for that at its head → index in the body."""
        return {each.label: at for at, each in enumerate(self.body) if each.label}

    @property
    def is_plain(self) -> bool:
        """Whether its body has nothing but plain statements, branches that go on to a label of it
        or leave it, and those labels."""
        inside = self.inside
        return all(
            each.is_plain or each.label or (each.is_branch and inside.get(each.target, at) >= at)
            for at, each in enumerate(self.body)
        )

    @property
    def always(self) -> list[bool]:
        """Of each statement of the body, whether every whole turn comes to it."""
        inside, skipped, found = self.inside, -1, []
        for at, each in enumerate(self.body):
            found.append(at >= skipped)
            if each.is_branch:
                skipped = max(skipped, inside.get(each.target, -1))
        return found

    @property
    def writes(self) -> dict[int, list[int]]:
        """Register → the indices of the statements of the body that write it."""
        found: dict[int, list[int]] = {}
        for at, each in enumerate(self.body):
            for register in bits(each.writes):
                found.setdefault(register, []).append(at)
        return found

    @property
    def steps(self) -> dict[int, tuple[int, int]]:
        """Register that every turn adds a number to, and does nothing else to → the index of the
        statement that does, and the number."""
        found = {}
        for register, places in self.writes.items():
            step = bump(self.body[places[0]])
            if len(places) == 1 and step is not None and self.always[places[0]]:
                found[register] = places[0], step[1]
        return found


class Count(NamedTuple):
    """A register that goes by a step each turn, until a condition with a bound fails."""

    register: int
    step: int
    bound: int
    """Another register, which stays as it is; x0 for 0."""
    condition: Operation
    """On both, under which the loop turns again."""


def loops(function: Function) -> Iterator[Loop]:
    """The innermost loops, in order."""
    for stretch in function.stretches:
        at: dict[str, int] = {}
        for index, statement in enumerate(stretch):
            if statement.label:
                at[statement.label] = index
            elif statement.is_branch and statement.target in at:
                first = at[statement.target]
                inner = stretch[first + 1 : index]
                if not any(
                    (each.is_branch or each.is_jump) and first <= at.get(each.target, -1) <= place
                    for place, each in enumerate(inner, first + 1)
                ):
                    yield Loop(stretch, first, index)


def bump(statement: Statement) -> tuple[int, int] | None:
    """Register and number, of a statement that adds a number to a register and does no more."""
    if statement.node is None or statement.has_accesses or not statement.is_plain:
        return None
    chain = Chain()
    chain.touched(statement.node)
    for register in range(1, 32):
        root, at = chain.values[register]
        if statement.writes == 1 << register and root == register and at:
            return register, at
    return None


def count(loop: Loop) -> Count | None:
    """How the turns of a loop are counted; None where it is not known."""
    node = loop.back.node
    if node is None or not isinstance(node.effects.condition, Operation):
        return None
    condition = node.effects.condition
    if condition.name not in ("ne", "ltu", "geu", "lts", "ges"):
        return None
    steps, written = loop.steps, loop.writes
    numbers = [
        each.number if isinstance(each, Read) else 0 if each == Constant(0) else None
        for each in condition.operands
    ]
    for register, bound in (numbers, numbers[::-1]):
        if register and bound is not None and register in steps and bound not in written:
            return Count(register, steps[register][1], bound, condition)
    return None


def unless(function: Function, branch: Statement, label: str, near: Stretch) -> str:
    """The text of a branch to a label where another branch would not be taken."""
    node = branch.node
    assert node is not None
    row, values = node.meaning.base
    named = dict(zip(row.variables, values))
    one, other = (function.named(int(named[each]), (branch, *near)) for each in ("rs1", "rs2"))
    return f"{row.far[0].row.name}({one}, {other}, {label})"


def fresh_label(function: Function, name: str) -> str:
    """A label that the function does not have yet."""
    words = set(re.findall(r"\w+", function.source.text))
    number = 2
    found = name
    while found in words:
        found = f"{name}_{number}"
        number += 1
    return found
