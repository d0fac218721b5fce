"""Sums over a buffer: of signed words, and of bytes.

    asmrv32 run examples/sums.py 'sum_words(array("i", [1, 2, 3, -4]), 4)'
"""

from array import array

from asm_rv32 import asm_macro, asm_rv32, const, micropython
from asm_rv32.micropython import ptr8, ptr32
from asm_rv32.words import (
    Register,
    a0,
    a1,
    a2,
    a3,
    a4,
    a5,
    add,
    addi,
    and_,
    andi,
    beq,
    beqz,
    bleu,
    bne,
    bnez,
    label,
    lbu,
    li,
    lw,
    mv,
    ret,
    slli,
    sltu,
    srli,
    sub,
    t0,
    t1,
    t2,
    t3,
    t4,
    t5,
    t6,
    zext_h,
)

LANES = const(0x00FF00FF)
STRETCH = const(512)  # 128 words add at most 128 * 2 * 255 to each 16-bit lane
FEW = const(16)


@asm_macro
def add_words(total: Register, words: Register, count: int) -> None:
    """Add `count` words and move the pointer on; a2 to a5 are overwritten."""
    first = a2; second = a3; third = a4; fourth = a5
    lw(first, words[0])
    if count > 1:
        lw(second, words[4])
    for i in range(0, count, 2):
        # Each word is loaded two instructions before it is added: none is waited for.
        if i + 2 < count:
            lw(third, words[4 * i + 8])
            lw(fourth, words[4 * i + 12])
        else:
            addi(words, words, 4 * count)
        add(total, total, first)
        if count > 1:
            add(total, total, second)
        used = first; first = third; third = used
        used = second; second = fourth; fourth = used


@asm_rv32
def sum_words(words: "array[int]", count: int) -> int:
    """The sum of `count` words, modulo 2**32, read as signed."""
    end = t0
    stop = t1
    total = t2
    slli(end, count, 2)
    add(end, words, end)
    li(total, 0)
    for shift in range(4, -1, -2):
        at_once = 1 << shift  # 16, then 4, then one by one
        andi(stop, count, at_once - 1)
        slli(stop, stop, 2)
        sub(stop, end, stop)
        beq(words, stop, "fewer")
        label("again")
        add_words(total, words, at_once)
        bne(words, stop, "again")
        label("fewer")
    mv(a0, total)
    ret()


@asm_macro
def add_lanes(lanes: Register, mask: Register, data: Register, count: int) -> None:
    """Add the bytes of `count` words to both lanes, and move the pointer on; a2 to a4 are
    overwritten."""
    word = a2; next_ = a3
    lw(word, data[0])
    for i in range(4, 4 * count + 4, 4):
        if i < 4 * count:
            lw(next_, data[i])
        else:
            addi(data, data, 4 * count)
        and_(a4, word, mask)
        srli(word, word, 8)
        add(lanes, lanes, a4)
        and_(word, word, mask)
        add(lanes, lanes, word)
        used = word; word = next_; next_ = used


@asm_macro
def fold(total: Register, lanes: Register) -> None:
    """Add both lanes to the total; t6 is overwritten."""
    srli(t6, lanes, 16)
    zext_h(lanes, lanes)
    add(total, total, t6)
    add(total, total, lanes)


@asm_rv32
def sum_bytes(data: "bytes | bytearray", length: int) -> int:
    """The sum of `length` bytes, sixteen at a time: two 16-bit lanes a register."""
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
    bnez(t6, "tail")
    andi(t6, data, 3)
    beqz(t6, "aligned")
    label("head")
    lbu(t5, data[0])
    addi(data, data, 1)
    andi(t6, data, 3)
    add(total, total, t5)
    bnez(t6, "head")
    label("aligned")
    li(mask, LANES)
    sub(whole, end, data)
    andi(whole, whole, -16)
    add(whole, data, whole)  # where the sixteens end
    beq(data, whole, "words")
    label("stretch")
    sub(t6, whole, data)
    li(t5, STRETCH)
    mv(stop, whole)
    bleu(t6, t5, "start")
    add(stop, data, t5)
    label("start")
    li(lanes, 0)
    label("sixteen")
    add_lanes(lanes, mask, data, 4)
    bne(data, stop, "sixteen")
    fold(total, lanes)
    bne(data, whole, "stretch")
    label("words")
    sub(whole, end, data)
    andi(whole, whole, -4)
    add(whole, data, whole)
    beq(data, whole, "tail")
    li(lanes, 0)
    label("word")
    add_lanes(lanes, mask, data, 1)
    bne(data, whole, "word")
    fold(total, lanes)
    label("tail")
    beq(data, end, "done")
    label("one")
    lbu(t5, data[0])
    addi(data, data, 1)
    add(total, total, t5)
    bne(data, end, "one")
    label("done")
    mv(a0, total)
    ret()


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
def sum_words_python(words: "array[int]", count: int) -> int:
    total = sum(words[:count])
    return ((total & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


# prove: sum_bytes(any("B", 64), 64)
def sum_bytes_python(data: "bytes | bytearray", length: int) -> int:
    return sum(data[:length])
