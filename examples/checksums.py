"""Adler-32, the checksum of zlib's streams.

    asmrv32 run examples/checksums.py 'adler32(b"Wikipedia", 9)'
"""

from asm_rv32 import asm_rv32, const, micropython, uint
from asm_rv32.micropython import ptr8

MODULUS = const(65521)
STRETCH = const(5552)  # so many bytes fit 32 bits before the sums must be reduced


@asm_rv32
def adler32(data, length) -> uint:
    """The Adler-32 checksum of `length` bytes."""
    end = a1
    low = a2
    high = a3
    stop = a4
    eights = a7
    add(end, data, length)
    li(low, 1)
    li(high, 0)
    beq(data, end, done)
    li(t0, MODULUS)
    li(t1, STRETCH)
    label(stretch)
    sub(t2, end, data)
    mv(stop, end)
    bleu(t2, t1, start)
    add(stop, data, t1)
    label(start)
    sub(t2, stop, data)
    andi(t2, t2, -8)
    add(eights, data, t2)
    beq(data, eights, rest)
    label(eight)
    for i in range(0, 8, 2):
        lbu(a5, (i)(data))
        lbu(a6, (i + 1)(data))
        if i == 6:
            addi(data, data, 8)
        add(low, low, a5)
        add(high, high, low)
        add(low, low, a6)
        add(high, high, low)
    bne(data, eights, eight)
    beq(data, stop, reduce)
    label(rest)
    lbu(a5, 0(data))
    addi(data, data, 1)
    add(low, low, a5)
    add(high, high, low)
    bne(data, stop, rest)
    label(reduce)
    remu(low, low, t0)
    remu(high, high, t0)
    bne(data, end, stretch)
    label(done)
    slli(high, high, 16)
    or_(a0, high, low)


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
def adler32_python(data, length):
    from zlib import adler32

    return adler32(data[:length])
