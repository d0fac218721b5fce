"""Copy a buffer, by words where both ends allow it.

    asmrv32 run examples/copy_memory.py 'copy_memory(bytearray(5), b"hello", 5)'
"""

from asm_rv32 import asm_rv32, const, micropython
from asm_rv32.micropython import ptr8
from asm_rv32.words import (
    a2,
    a3,
    add,
    addi,
    andi,
    beq,
    beqz,
    bgeu,
    bltu,
    bne,
    bnez,
    j,
    label,
    lb,
    lw,
    or_,
    sb,
    sw,
    t0,
    t1,
    t2,
    t3,
    xor,
)

BLOCK = const(64)


@asm_rv32
def copy_memory(target: bytearray, source: "bytes | bytearray", length: int) -> None:
    """Copy `length` bytes that do not overlap; any alignment. Returns nothing of use."""
    end = a2
    last = a3
    add(end, source, length)
    addi(last, end, -(BLOCK - 1))
    xor(t0, target, source)
    andi(t0, t0, 3)
    bnez(t0, "tail")  # the two never come to a word boundary together
    bgeu(source, last, "few")
    label("head")
    andi(t0, source, 3)
    beqz(t0, "block")
    lb(t1, source[0])
    addi(source, source, 1)
    sb(t1, target[0])
    addi(target, target, 1)
    j("head")
    label("block")
    bgeu(source, last, "few")
    label("next_block")
    for i in range(0, BLOCK, 16):
        lw(t0, source[i])
        lw(t1, source[i + 4])
        lw(t2, source[i + 8])
        lw(t3, source[i + 12])
        sw(t0, target[i])
        sw(t1, target[i + 4])
        sw(t2, target[i + 8])
        sw(t3, target[i + 12])
    addi(source, source, BLOCK)
    addi(target, target, BLOCK)
    bltu(source, last, "next_block")
    label("few")
    or_(t0, target, source)
    andi(t0, t0, 3)
    bnez(t0, "tail")
    addi(last, end, -3)
    bgeu(source, last, "tail")
    label("word")
    lw(t0, source[0])
    addi(source, source, 4)
    addi(target, target, 4)
    sw(t0, target[-4])
    bltu(source, last, "word")
    label("tail")
    beq(source, end, "done")
    label("byte")
    lb(t1, source[0])
    addi(source, source, 1)
    addi(target, target, 1)
    sb(t1, target[-1])
    bne(source, end, "byte")
    label("done")


@micropython.viper
def copy_memory_viper(target: ptr8, source: ptr8, length: int) -> object:
    i = 0
    while i < length:
        target[i] = source[i]
        i += 1
    return None


# prove: copy_memory(any("B", 64), any("B", 64), 61)
def copy_memory_python(target: bytearray, source: "bytes | bytearray", length: int) -> None:
    target[:length] = source[:length]
