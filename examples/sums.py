"""Sums over a buffer: of signed words, and of bytes.

    asmrv32 run examples/sums.py 'sum_words(array("i", [1, 2, 3, -4]), 4)'
"""

from asm_rv32 import asm_rv32, const, micropython
from asm_rv32.micropython import ptr8, ptr32

LANES = const(0x00FF00FF)
STRETCH = const(512)  # 128 words add at most 128 * 2 * 255 to each 16-bit lane
FEW = const(16)


@asm_rv32
def sum_words(words, count):
    """The sum of `count` words, modulo 2**32, read as signed."""
    end = a1
    total = t0
    last = t1
    few = t2
    sltiu(few, count, 8)
    slli(end, count, 2)
    add(end, words, end)
    addi(last, end, -28)  # up to here, eight words are left
    li(total, 0)
    bnez(few, rest)
    label(eight)
    # Each load stands two instructions or more ahead of its use: none is waited for.
    lw(a2, 0(words))
    lw(a3, 4(words))
    lw(a4, 8(words))
    lw(a5, 12(words))
    add(total, total, a2)
    add(total, total, a3)
    lw(a2, 16(words))
    lw(a3, 20(words))
    add(total, total, a4)
    add(total, total, a5)
    lw(a4, 24(words))
    lw(a5, 28(words))
    add(total, total, a2)
    add(total, total, a3)
    addi(words, words, 32)
    add(total, total, a4)
    add(total, total, a5)
    bltu(words, last, eight)
    label(rest)
    beq(words, end, done)
    label(one)
    lw(a2, 0(words))
    addi(words, words, 4)
    add(total, total, a2)
    bne(words, end, one)
    label(done)
    mv(a0, total)


@asm_rv32
def sum_bytes(data, length):
    """The sum of `length` bytes, eight at a time: two 16-bit lanes a register."""
    end = a1
    total = t0
    lanes = t1
    mask = t2
    whole = t3
    stop = t4
    # A few bytes, and those up to the first word boundary, one by one.
    li(t5, FEW)
    sltu(t6, length, t5)
    add(end, data, length)
    li(total, 0)
    bnez(t6, tail)
    andi(t6, data, 3)
    beqz(t6, aligned)
    label(head)
    lbu(t5, 0(data))
    addi(data, data, 1)
    andi(t6, data, 3)
    add(total, total, t5)
    bnez(t6, head)
    label(aligned)
    li(mask, LANES)
    sub(whole, end, data)
    andi(whole, whole, -8)
    add(whole, data, whole)  # where the eights end
    label(stretch)
    sub(t6, whole, data)
    li(t5, STRETCH)
    mv(stop, whole)
    bleu(t6, t5, start)
    add(stop, data, t5)
    label(start)
    li(lanes, 0)
    label(eight)
    lw(a2, 0(data))
    lw(a4, 4(data))
    addi(data, data, 8)
    and_(a3, a2, mask)
    srli(a2, a2, 8)
    and_(a2, a2, mask)
    add(lanes, lanes, a3)
    and_(a5, a4, mask)
    srli(a4, a4, 8)
    and_(a4, a4, mask)
    add(lanes, lanes, a2)
    add(lanes, lanes, a5)
    add(lanes, lanes, a4)
    bne(data, stop, eight)
    srli(t5, lanes, 16)
    zext_h(lanes, lanes)
    add(total, total, t5)
    add(total, total, lanes)
    bne(data, whole, stretch)
    label(tail)
    beq(data, end, done)
    label(one)
    lbu(t5, 0(data))
    addi(data, data, 1)
    add(total, total, t5)
    bne(data, end, one)
    label(done)
    mv(a0, total)


@micropython.viper
def sum_words_viper(words: ptr32, count: int) -> int:
    total = 0
    i = 0
    while i < count:
        total += words[i]
        i += 1
    return total


@micropython.viper
def sum_bytes_viper(data: ptr8, length: int) -> int:
    total = 0
    i = 0
    while i < length:
        total += data[i]
        i += 1
    return total


# prove: sum_words(any("i", 64), 64)
def sum_words_python(words, count):
    total = sum(words[:count])
    return ((total & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


# prove: sum_bytes(any("B", 64), 64)
def sum_bytes_python(data, length):
    return sum(data[:length])
