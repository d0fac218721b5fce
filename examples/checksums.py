"""Adler-32, the checksum of zlib's streams.

    asmrv32 run examples/checksums.py 'adler32(b"Wikipedia", 9)'
"""

from asm_rv32 import asm_macro, asm_rv32, const, micropython, uint
from asm_rv32.micropython import ptr8
from asm_rv32.words import (
    Register,
    a0,
    a1,
    a2,
    a3,
    a4,
    a5,
    a6,
    a7,
    add,
    addi,
    and_,
    andi,
    beq,
    beqz,
    bleu,
    bne,
    label,
    lbu,
    li,
    lw,
    mv,
    or_,
    remu,
    ret,
    slli,
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

MODULUS = const(65521)
STRETCH = const(5504)  # so many bytes fit 32 bits before the sums must be reduced; blocks of 64
BLOCK = const(64)  # more words, and the sums of sums would leave their 16 bits
LANES = const(0x00FF00FF)


@asm_macro
def add_bytes(low: Register, high: Register, data: Register, count: int) -> None:
    """Add `count` bytes, 1 or an even number, and move the pointer on; a6 and a7 are overwritten."""
    for i in range(0, count, 2):
        lbu(a6, data[i])
        if i + 1 < count:
            lbu(a7, data[i + 1])
        if i + 2 >= count:
            addi(data, data, count)
        add(low, low, a6)
        add(high, high, low)
        if i + 1 < count:
            add(low, low, a7)
            add(high, high, low)


@asm_macro
def add_block(low: Register, high: Register, data: Register, mask: Register) -> None:
    """Add a block's words, of each word two bytes at once; a4 to a7, t5 and t6 are overwritten."""
    even = a4
    odd = a5
    before = t5  # the sum of what both were before each word
    word = a6
    for i in range(0, BLOCK, 4):
        lw(word, data[i])
        if i == 0:
            # low counts once more for each byte that follows.
            slli(t6, low, 6)
            add(high, high, t6)
            and_(even, word, mask)
            srli(odd, word, 8)
            and_(odd, odd, mask)
            li(before, 0)
        else:
            add(before, before, even)
            add(before, before, odd)
            and_(a7, word, mask)
            srli(word, word, 8)
            and_(word, word, mask)
            add(even, even, a7)
            add(odd, odd, word)
    addi(data, data, BLOCK)
    # The sums of the first to fourth bytes of the words count 4, 3, 2 and 1 times.
    srli(a6, before, 16)
    zext_h(before, before)
    add(before, before, a6)
    slli(before, before, 2)
    add(high, high, before)
    srli(a6, even, 16)
    zext_h(even, even)
    srli(a7, odd, 16)
    zext_h(odd, odd)
    add(high, high, even)
    add(even, even, odd)
    add(high, high, even)
    add(even, even, a6)
    add(high, high, even)
    add(even, even, a7)
    add(high, high, even)
    add(low, low, even)


@asm_rv32
def adler32(data: "bytes | bytearray", length: int) -> uint:
    """The Adler-32 checksum of `length` bytes."""
    end = a1
    low = a2
    high = a3
    stop = t0
    blocks = t1
    mask = t2
    add(end, data, length)
    li(low, 1)
    li(high, 0)
    beq(data, end, "done")
    li(mask, LANES)
    label("stretch")
    sub(t3, end, data)
    li(t4, STRETCH)
    bleu(t3, t4, "start")
    mv(t3, t4)
    label("start")
    add(stop, data, t3)
    label("head")
    andi(t4, data, 3)
    beqz(t4, "aligned")
    add_bytes(low, high, data, 1)
    bne(data, stop, "head")
    label("aligned")
    # Blocks of 64, then eight at once, then one by one.
    sub(t3, stop, data)
    andi(t4, t3, -BLOCK)
    add(blocks, data, t4)
    beq(data, blocks, "no_block")
    label("block")
    add_block(low, high, data, mask)
    bne(data, blocks, "block")
    label("no_block")
    andi(t4, t3, BLOCK - 8)
    add(blocks, data, t4)
    beq(data, blocks, "no_eight")
    label("eight")
    add_bytes(low, high, data, 8)
    bne(data, blocks, "eight")
    label("no_eight")
    beq(data, stop, "reduce")
    label("one")
    add_bytes(low, high, data, 1)
    bne(data, stop, "one")
    label("reduce")
    li(t3, MODULUS)
    remu(low, low, t3)
    remu(high, high, t3)
    bne(data, end, "stretch")
    label("done")
    slli(high, high, 16)
    or_(a0, high, low)
    ret()


@micropython.viper
def adler32_viper(data: ptr8, length: int) -> uint:
    low = 1
    high = 0
    i = 0
    while i < length:
        low += data[i]
        if low >= 65521:
            low -= 65521
        high += low
        if high >= 65521:
            high -= 65521
        i += 1
    return uint(high << 16 | low)


# prove: adler32(any("B", 16), 16)
def adler32_python(data: "bytes | bytearray", length: int) -> int:
    from zlib import adler32

    return adler32(data[:length])
