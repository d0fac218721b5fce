"""A dot product by instructions of one's own, which dot4.toml describes, and without them."""

from asm_rv32 import micropython
from asm_words import (
    a0,
    a2,
    add,
    addi,
    bne,
    bnez,
    dot4_add,
    dot4_swap,
    label,
    lb,
    li,
    lw,
    mul,
    mv,
    ret,
    slli,
    t0,
    t1,
    t2,
    zero,
)


@micropython.asm_rv32(tables="dot4.toml", core="picorv32")
def dot(a: "bytes | bytearray", b: "bytes | bytearray", words: int) -> int:
    dot4_swap(zero, zero)
    label("loop")
    lw(t0, a[0])
    lw(t1, b[0])
    addi(a, a, 4)
    addi(b, b, 4)
    dot4_add(t0, t1)
    addi(words, words, -1)
    bnez(words, "loop")
    dot4_swap(a0, zero)
    ret()


@micropython.asm_rv32(core="picorv32")
def dot_by_mul(a: "bytes | bytearray", b: "bytes | bytearray", words: int) -> int:
    slli(a2, words, 2)
    add(a2, a2, a)
    li(t2, 0)
    label("loop")
    lb(t0, a[0])
    lb(t1, b[0])
    addi(a, a, 1)
    addi(b, b, 1)
    mul(t0, t0, t1)
    add(t2, t2, t0)
    bne(a, a2, "loop")
    mv(a0, t2)
    ret()
