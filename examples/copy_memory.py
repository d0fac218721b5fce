"""Copy a buffer, by words where both ends allow it.

    asmrv32 run examples/copy_memory.py 'copy_memory(bytearray(5), b"hello", 5)'
"""

from asm_rv32 import asm_rv32, const, micropython
from asm_rv32.micropython import ptr8

BLOCK = const(64)


@asm_rv32
def copy_memory(target, source, length):
    """Copy `length` bytes that do not overlap; any alignment. Returns nothing of use."""
    end = a2
    last = a3
    add(end, source, length)
    addi(last, end, -(BLOCK - 1))
    xor(t0, target, source)
    andi(t0, t0, 3)
    bnez(t0, tail)  # the two never come to a word boundary together
    bgeu(source, last, few)
    label(head)
    andi(t0, source, 3)
    beqz(t0, block)
    lb(t1, 0(source))
    addi(source, source, 1)
    sb(t1, 0(target))
    addi(target, target, 1)
    j(head)
    label(block)
    bgeu(source, last, few)
    label(next_block)
    for i in range(0, BLOCK, 16):
        lw(t0, (i)(source))
        lw(t1, (i + 4)(source))
        lw(t2, (i + 8)(source))
        lw(t3, (i + 12)(source))
        sw(t0, (i)(target))
        sw(t1, (i + 4)(target))
        sw(t2, (i + 8)(target))
        sw(t3, (i + 12)(target))
    addi(source, source, BLOCK)
    addi(target, target, BLOCK)
    bltu(source, last, next_block)
    label(few)
    or_(t0, target, source)
    andi(t0, t0, 3)
    bnez(t0, tail)
    addi(last, end, -3)
    bgeu(source, last, tail)
    label(word)
    lw(t0, 0(source))
    addi(source, source, 4)
    addi(target, target, 4)
    sw(t0, -4(target))
    bltu(source, last, word)
    label(tail)
    beq(source, end, done)
    label(byte)
    lb(t1, 0(source))
    addi(source, source, 1)
    addi(target, target, 1)
    sb(t1, -1(target))
    bne(source, end, byte)
    label(done)


@micropython.viper
def copy_memory_viper(target: ptr8, source: ptr8, length: int):
    i = 0
    while i < length:
        target[i] = source[i]
        i += 1


# prove: copy_memory(any("B", 64), any("B", 64), 61)
def copy_memory_python(target, source, length):
    target[:length] = source[:length]
