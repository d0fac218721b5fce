"""Which bits of a result lint takes for undefined, against all fillings and against a run."""

from __future__ import annotations

import random

import pytest

from asm_rv32.analysis.undefined import _undefined
from asm_rv32.analysis.values import constant
from asm_rv32.isa.words import OPERATIONS, WORD, arity
from asm_rv32.machine.definedness import MISSING, Bits

WIDER = ["eq", "ne", "lts", "ges", "ltu", "geu", "if", "or_combine", "permute4", "permute8"]
"""Of these lint takes all that may hang on undefined bits; a run, which knows the words, less."""
MASKS = [0xFF00, 1 << 31, 1, WORD, 0x8000, 0xFFFF_0000, 0x80]


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_bits_that_undefined_ones_decide(name: str) -> None:
    choose, count = random.Random(name), arity(name)
    for turn in range(100):
        words = [choose.choice((0, 3, choose.getrandbits(32))) for _ in range(count)]
        masks, at = [0] * count, turn % count
        masks[at] = choose.choice((*MASKS, choose.getrandbits(32)))
        both = tuple((constant(word), mask) for word, mask in zip(words, masks))
        found = _undefined(name, both)
        filled = [word ^ mask & choose.getrandbits(32) for word, mask in zip(words, masks)]
        differ = OPERATIONS[name](*words) ^ OPERATIONS[name](*filled)
        assert not differ & ~found, (words, masks, filled)
        if name in MISSING:
            in_a_run = MISSING[name](*map(Bits, words, masks))
            assert found == in_a_run or name in WIDER, (words, masks)
            assert not in_a_run & ~found, (words, masks)
        if name in ("lts", "ges") and words[1] == 0 and not at:
            assert found == masks[0] >> 31


@pytest.mark.parametrize("name", OPERATIONS)
def test_of_defined_operands_all_is_defined(name: str) -> None:
    assert _undefined(name, ((constant(5), 0),) * arity(name)) == 0
