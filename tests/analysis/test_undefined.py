"""Which bits of a result lint takes for undefined, against all fillings and against a run."""

from __future__ import annotations

import random

import pytest

from asm_rv32.analysis.lint import lint
from asm_rv32.analysis.undefined import _undefined
from asm_rv32.analysis.values import constant
from asm_rv32.assembler.pipeline import assemble
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


FRAME = "addi(sp, sp, -32)", "sw(ra, 28(sp))", "sw(s0, 24(sp))"
BACK = "lw(s0, 24(sp))", "lw(ra, 28(sp))", "addi(sp, sp, 32)"
USES = [
    # A whole word that somebody else may read.
    ("lw(a0, 0(sp)); jalr(ra, 0(b)); li(a0, 0)", True),
    ("lw(a7, 0(sp)); jalr(ra, 0(b)); li(a0, 0)", True),
    ("lw(t0, 0(sp)); jalr(ra, 0(b)); li(a0, 0)", False),
    ("lbu(a0, 0(sp)); jalr(ra, 0(b)); li(a0, 0)", False),
    ("lw(a0, 0(sp)); ecall(); li(a0, 0)", True),
    ("lw(a7, 0(sp)); ecall()", True),
    ("lw(t0, 0(sp)); ecall()", False),
    ("lbu(a0, 0(sp)); ecall(); slli(a0, a0, 24); beqz(a0, out); li(a0, 1); label(out)", False),
    ("lbu(a1, 0(sp)); ecall(); beqz(a1, out); li(a0, 1); label(out)", True),
    ("lw(a0, 0(sp))", True), ("lw(s1, 0(sp)); mv(a0, zero)", True), ("lbu(a0, 0(sp))", False),
    ("lw(s0, 0(sp)); li(a0, 0)", False),
    # What a call overwrites is another's matter, and what it does not come back from is none's.
    ("lw(t0, 0(sp)); jalr(ra, 0(b)); mv(a0, t0)", False),
    ("lw(t0, 0(sp)); jal(never); mv(a0, t0)", False),
    ("lw(t0, 0(sp)); jal(leaf); mv(a0, t0)", True),
    ("lw(t1, 0(sp)); jal(leaf); mv(a0, t1)", False),
    ("lw(t0, 0(sp)); beqz(b, out); jal(never); label(out); mv(a0, t0)", True),
    # A CSR, an address, a branch, memory that is not the function's own.
    ("lw(t0, 0(sp)); csrw(mscratch, t0); li(a0, 0)", True),
    ("lw(t0, 0(sp)); csrr(a0, mscratch)", False),
    ("lbu(t0, 0(sp)); csrs(mscratch, t0); li(a0, 0)", True),
    ("lw(t0, 0(sp)); sw(t0, 0(b)); li(a0, 0)", True),
    ("lbu(t0, 0(sp)); sw(t0, 0(b)); li(a0, 0)", False),
    ("lbu(t0, 0(sp)); sb(t0, 0(b)); li(a0, 0)", True),
    ("lw(t0, 0(sp)); sw(t0, 8(sp)); li(a0, 0)", False),
    ("lw(t0, 0(sp)); sw(t0, 8(sp)); lw(a0, 8(sp))", True),
    ("lw(t0, 0(sp)); sw(zero, 0(t0)); li(a0, 0)", True),
    ("lw(t0, 0(sp)); lw(a0, 0(t0))", True),
    ("lbu(t0, 0(sp)); add(t1, b, t0); jr(t1)", True),
    ("lw(t0, 0(sp)); beqz(b, one); bnez(t0, out); label(one); beqz(t0, out); label(out); "
     "li(a0, 0)", True),
]  # fmt: skip
"""What a function does with a word that nothing stored, and whether that shows."""


@pytest.mark.parametrize(("body", "is_used"), USES)
def test_what_a_use_is(body: str, is_used: bool) -> None:
    lines = (*FRAME, *body.split("; "), *BACK, "ret()", "label(leaf)", "li(t1, 5)", "ret()",
             "label(never)", "j(never)")  # fmt: skip
    text = "".join(f"    {line}\n" for line in lines)
    image = assemble(f"@asm_rv32\ndef f(a, b):\n{text}").functions["f"]
    assert ("unwritten-stack" in [found.code for found in lint(image)]) == is_used
