"""Loops as they are written: a label, statements, and a branch back to it at the end.

Input: a function. Output: its innermost loops of that form, and how their turns are counted.
Invariant: what is counted is read from meanings; what does not fit is no loop here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
    def is_straight(self) -> bool:
        """Whether its body has no way out and no choice."""
        return all(each.is_plain for each in self.body)


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
                    (each.is_branch or each.is_jump) and at.get(each.target, -1) >= first
                    for each in inner
                ):
                    yield Loop(stretch, first, index)


def steps(body: Stretch) -> dict[int, int] | None:
    """Register → by how much it is greater after the body, 0 where it is what it was; without
    those of which that is not known."""
    chain = Chain()
    for statement in body:
        for node in statement.nodes:
            chain.touched(node)
    return {
        number: at for number, (root, at) in enumerate(chain.values) if root == number and number
    }


def count(loop: Loop) -> Count | None:
    """How the turns of a loop with a straight body are counted; None where it is not known."""
    node = loop.back.node
    if node is None or not isinstance(node.effects.condition, Operation):
        return None
    condition = node.effects.condition
    if condition.name not in ("ne", "ltu", "geu", "lts", "ges"):
        return None
    known = steps(loop.body) or {}
    numbers = [
        each.number if isinstance(each, Read) else 0 if each == Constant(0) else None
        for each in condition.operands
    ]
    for register, bound in (numbers, numbers[::-1]):
        if register and bound is not None and known.get(register):
            if bound == 0 or known.get(bound) == 0:
                return Count(register, known[register], bound, condition)
    return None


def fresh_label(function: Function, name: str) -> str:
    """A label that the function does not have yet."""
    words = set(re.findall(r"\w+", function.source.text))
    number = 2
    found = name
    while found in words:
        found = f"{name}_{number}"
        number += 1
    return found
