"""All ways of an idiom give the same of drawn words; tests/improve/test_idioms.py proves it."""

from __future__ import annotations

import random
from itertools import permutations
from typing import Any

import pytest

from asm_rv32.improve.idioms import RESULT, Idiom, Way, Words, idioms
from asm_rv32.isa.meaning import Operation, Read, within
from asm_rv32.isa.operands import OperandKind
from asm_rv32.isa.reading import perform
from asm_rv32.isa.sets import everything

EDGES = [0, 1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 20, 24, 31, 32, 33, 127, 128, 255, 256, 0x7FF, 0x800,
         0xFFF, 0x1000, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_8000,
         0xFFFF_F800, 0xFFFF_FF80, 0xFFFF_FFFE, 0xFFFF_FFFF, 0x00FF_00FF, 0xFF00_FF00]  # fmt: skip
DRAWS = 3000
WANTED = 40
"""So many draws for which an idiom is are compared."""


class Sample(Words):
    """As it is executed: registers and constants as words, and whether control left."""

    left = False

    def goto(self, target: Any, condition: Any) -> None:
        self.left = bool(condition)

    def place(self, distance: int) -> int:
        return 0


def drawn(choose: random.Random) -> int:
    """A word: an edge, a power of two or a difference of two, or any."""
    power = 1 << choose.randrange(32)
    return choose.choice((
        choose.choice(EDGES), power, power - 1, power - (1 << choose.randrange(32)),
        power + (1 << choose.randrange(32)), -power, choose.getrandbits(choose.randrange(1, 33)),
    )) & 0xFFFF_FFFF  # fmt: skip


def fields(way: Way) -> list[tuple[str, OperandKind]]:
    """The constants of a way that stand in an immediate, with what it holds."""
    found = []
    for statement in way.statements:
        row = statement.row(everything())
        assert row is not None
        kinds = [row.kinds[slot.variable] for (slot,) in row.syntaxes[0].operands()]
        found += [
            (text, kind) for text, kind in zip(statement.operands, kinds)
            if text in way.constants and kind.maximum < 1 << 31
        ]  # fmt: skip
    return found


def holds(kind: OperandKind, word: int) -> bool:
    """Whether an immediate can be a word."""
    return (word - (1 << 32) if kind.minimum < 0 and word >> 31 else word) in kind.values


def amounts(idiom: Idiom, way: Way) -> set[int]:
    """The constants that a shift is by: they are found modulo 32."""
    constants = {idiom.numbers[name] for name in way.constants}
    return {
        by.number for each in (way.pattern, *within(way.pattern))
        if isinstance(each, Operation) and each.name in ("shl", "shr", "sar")
        for by in each.operands[1:] if isinstance(by, Read) and by.number in constants
    }  # fmt: skip


def given(idiom: Idiom, way: Way, words: dict[int, int]) -> Any:
    """What a way gives of these words, by number."""
    sample = Sample(dict(words))
    for steps in way.steps:
        perform(steps, sample)
    return sample.left if way.goes else sample.known[idiom.numbers[RESULT]]


@pytest.mark.parametrize("idiom", idioms(), ids=lambda idiom: idiom.name)
def test_all_ways_give_the_same(idiom: Idiom) -> None:
    choose = random.Random(idiom.name)
    ways = idiom.ways
    told = [way for way in range(len(ways)) if idiom.is_told_by(ways[way])]
    compared = {(one, other): 0 for one, other in permutations(range(len(ways)), 2) if one in told}
    held, shifts = [fields(way) for way in ways], [amounts(idiom, way) for way in ways]
    for _ in range(DRAWS):
        known = idiom.known({idiom.numbers[name]: drawn(choose) for name in idiom.constants})
        if known is None:
            continue
        words = {number: drawn(choose) for number in idiom.numbers.values()} | known
        results = [given(idiom, way, words) for way in ways]
        for one, other in compared:
            if all(known[number] < 32 for number in shifts[one]) and all(
                holds(kind, words[idiom.numbers[text]]) for text, kind in held[other]
            ):
                assert results[one] == results[other], (ways[one], ways[other], words)
                compared[one, other] += 1
        if min(compared.values(), default=WANTED) >= WANTED:
            break
    assert all(compared.values()), compared


@pytest.mark.parametrize("idiom", idioms(), ids=lambda idiom: idiom.name)
def test_a_name_is_a_register_in_all_ways_or_a_constant(idiom: Idiom) -> None:
    for way in idiom.ways:
        assert not {*way.inputs} & {*idiom.constants}
