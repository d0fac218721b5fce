"""Every idiom is proved by z3: for all operands, and all constants that it is for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import z3
from isa.symbolic import Machine, in_range

from asm_rv32.improve.idioms import RESULT, Idiom, Way, idioms
from asm_rv32.isa.meaning import Constant, Operation, Read, within
from asm_rv32.isa.reading import perform
from asm_rv32.isa.sets import everything

EXPENSIVE = {"*", "high", "quotient", "remainder", "signed_quotient", "signed_remainder"}
"""Operations by a constant that z3 only decides where it knows the constant."""
BY_MAGIC = ("quotient-by-constant", "remainder-by-constant")


def after(idiom: Idiom, way: Way, constants: dict[str, int]) -> tuple[Any, list[Any]]:
    """What a way gives, and what is assumed of its constants."""
    machine = Machine()
    for name, word in constants.items():
        machine.registers[idiom.numbers[name]] = z3.BitVecVal(word, 32)
    known = [idiom.follow(machine) != 0]
    for statement in way.statements:
        row = statement.row(everything())
        for (slot,), text in zip(row.syntaxes[0].operands(), statement.operands):
            kind = row.kinds[slot.variable]
            if text in way.constants and kind.maximum < 1 << 31:
                known.append(in_range(machine.read(idiom.numbers[text]), kind))
    for steps in way.steps:
        perform(steps, machine)
    return (machine.left if way.goes else machine.read(idiom.numbers[RESULT])), known


def pairs(idiom: Idiom) -> Iterator[tuple[Way, Way]]:
    """Ways that are found, with those that take their place."""
    for one in idiom.ways:
        for other in idiom.ways:
            if one is not other and idiom.is_told_by(one):
                yield one, other


def differ(idiom: Idiom, one: Way, other: Way, constants: dict[str, int]) -> Any:
    """A model in which they do; None where there is none."""
    (ours, _), (theirs, known) = (after(idiom, way, constants) for way in (one, other))
    # A shift's amount is a constant modulo 32 where it is found.
    amounts = [
        z3.ULT(z3.BitVec(f"x{by.number}", 32), 32)
        for each in within(one.pattern) + [one.pattern]
        if isinstance(each, Operation) and each.name in ("shl", "shr", "sar")
        for by in each.operands[1:]
        if isinstance(by, Read) and by.number in {idiom.numbers[c] for c in one.constants}
    ]
    solver = z3.Solver()
    solver.set("timeout", 4_000)
    solver.add(*known, *amounts, ours != theirs)
    answer = solver.check()
    assert answer != z3.unknown, (idiom.name, constants)
    return solver.model() if answer == z3.sat else None


@pytest.mark.parametrize("idiom", idioms(), ids=lambda idiom: idiom.name)
def test_all_ways_do_the_same(idiom: Idiom) -> None:
    for one, other in pairs(idiom):
        assert differ(idiom, one, other, {}) is None
