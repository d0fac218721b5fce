"""Functions in the spelling that Python's checkers take: none of them may have a complaint."""

from __future__ import annotations

from array import array

from asm_rv32 import asm_data, asm_macro, asm_rv32, uint
from asm_rv32.words import (
    Register,
    a0,
    a1,
    a5,
    add,
    addi,
    beq,
    bne,
    bnez,
    call,
    csrr,
    data,
    fence,
    iorw,
    j,
    jr,
    la,
    label,
    li,
    lw,
    mcycle,
    mv,
    neg,
    ra,
    ret,
    slli,
    sp,
    srai,
    sw,
    t0,
    t1,
    xor,
)

ROUNDS = 4


@asm_data
def table() -> None:
    """Two words."""
    label("first")
    data(4, 1, 0x80)


@asm_macro
def bump(register: Register, size: int = 4) -> None:
    """Add to a register."""
    addi(register, register, size)


@asm_rv32
def sum_words(words: array[int], count: int) -> int:
    """The sum of `count` words."""
    slli(a1, count, 2)
    add(a1, words, a1)
    li(t0, 0)
    beq(words, a1, "done")
    label("loop")
    lw(t1, words[0])
    addi(words, words, 4)
    add(t0, t0, t1)
    bne(words, a1, "loop")
    label("done")
    mv(a0, t0)
    ret()


@asm_rv32(isa="rv32imc")
def mixed(value: int) -> uint:
    """What the words of the assembler are used for beside instructions."""
    total = t0
    addi(sp, sp, -16)
    sw(value, sp[12])
    li(total, "A")
    la(a5, table.first)
    lw(a5, a5[4])
    csrr(t1, mcycle)
    csrr(t1, "mcycle")
    fence(iorw, iorw)
    for _ in range(ROUNDS):
        srai(a5, a5, 1)
        bump(total)
        bump(total, size=-4)
    xor(a0, value, a0)
    bnez(a0, "again")
    label("again")
    neg(a0, total)
    addi(sp, sp, 16)
    j("out")
    label("out")
    ret()


@asm_rv32
def leave(to: int) -> None:
    """Go where the argument says."""
    jr(to)


@asm_rv32
def around(value: int) -> int:
    """Call another function."""
    addi(sp, sp, -16)
    sw(ra, sp[12])
    call(mixed)
    lw(ra, sp[12])
    addi(sp, sp, 16)
    ret()


TOTAL: int = sum_words(array("i", [1, 20, 300]), 3)
