"""CRC-32 (ISO-HDLC: zlib, Ethernet, PNG), bit by bit, with a table built at compile time, and by
carry-less multiplication.

    asmrv32 run examples/crc32.py 'crc32(b"123456789", 9)'
    asmrv32 run examples/crc32.py 'crc32_table(b"123456789", 9)'
    asmrv32 run examples/crc32.py 'crc32_zbc(b"123456789", 9)'
"""

from asm_rv32 import asm_rv32, const, micropython, uint
from asm_rv32.micropython import ptr8, ptr32
from asm_rv32.words import (
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
    align,
    andi,
    beq,
    beqz,
    bgeu,
    bltu,
    bne,
    bnez,
    clmul,
    clmulr,
    j,
    la,
    label,
    lbu,
    li,
    lw,
    not_,
    ret,
    slli,
    srli,
    t0,
    t1,
    t2,
    t3,
    t4,
    xor,
    zext_b,
)

POLYNOMIAL = const(0xEDB88320)  # bit-reversed
INVERSE = const(0xF7011641)  # its product with the polynomial and its x**32 is 1, modulo x**32


@asm_rv32
def crc32(data: "bytes | bytearray", length: int) -> uint:
    """The CRC-32 of `length` bytes without a table in memory.

    What a byte makes of the sum is the XOR of what its bits make of it, and for each of the eight
    that stands in a register.
    """
    end = a1
    crc = a2
    byte_ = a3
    r0 = a4; r1 = a5; r2 = a6; r3 = a7; r4 = t0; r5 = t1; r6 = t2; r7 = t3
    li(crc, -1)
    add(end, data, length)
    beq(data, end, "done")
    for bit in range(8):
        value = 1 << bit
        for _ in range(8):
            value = value >> 1 ^ (POLYNOMIAL if value & 1 else 0)
        li(r0, value)
        first = r0; r0 = r1; r1 = r2; r2 = r3; r3 = r4; r4 = r5; r5 = r6; r6 = r7; r7 = first
    label("byte")
    lbu(byte_, data[0])
    addi(data, data, 1)
    xor(byte_, byte_, crc)
    srli(crc, crc, 8)
    for bit in range(8):
        andi(t4, byte_, 1 << bit)
        beqz(t4, "clear")
        xor(crc, crc, r0)
        label("clear")
        first = r0; r0 = r1; r1 = r2; r2 = r3; r3 = r4; r4 = r5; r5 = r6; r6 = r7; r7 = first
    bne(data, end, "byte")
    label("done")
    not_(a0, crc)
    ret()


@asm_rv32
def crc32_table(data: "bytes | bytearray", length: int) -> uint:
    """The CRC-32 of `length` bytes, a word at a time through a table of 256 words."""
    end = a1
    crc = a2
    table_ = a3
    last = a6
    add(end, data, length)
    li(crc, -1)
    la(table_, "table")
    addi(last, end, -3)
    label("head")
    beq(data, end, "done")
    andi(a4, data, 3)
    beqz(a4, "aligned")
    lbu(a4, data[0])
    addi(data, data, 1)
    xor(a4, a4, crc)
    zext_b(a4, a4)
    slli(a4, a4, 2)
    add(a4, a4, table_)
    lw(a4, a4[0])
    srli(crc, crc, 8)
    xor(crc, crc, a4)
    j("head")
    label("aligned")
    bgeu(data, last, "tail")
    label("word")
    lw(a4, data[0])
    addi(data, data, 4)
    xor(crc, crc, a4)
    for byte in range(4):
        zext_b(a4, crc)
        slli(a4, a4, 2)
        add(a4, a4, table_)
        lw(a4, a4[0])
        srli(crc, crc, 8)
        xor(crc, crc, a4)
    bltu(data, last, "word")
    label("tail")
    beq(data, end, "done")
    label("one")
    lbu(a4, data[0])
    addi(data, data, 1)
    xor(a4, a4, crc)
    zext_b(a4, a4)
    slli(a4, a4, 2)
    add(a4, a4, table_)
    lw(a4, a4[0])
    srli(crc, crc, 8)
    xor(crc, crc, a4)
    bne(data, end, "one")
    label("done")
    not_(a0, crc)
    ret()
    # Constants can be given new values: this loop runs while the function is assembled.
    align(4)
    label("table")
    for byte in range(256):
        value = byte
        for bit in range(8):
            value = value >> 1 ^ (POLYNOMIAL if value & 1 else 0)
        data(4, value)


@asm_rv32(isa="rv32imc_zbc")
def crc32_zbc(data: "bytes | bytearray", length: int) -> uint:
    """The CRC-32 of `length` bytes, a word at a time by two carry-less multiplications: one finds
    the multiple of the polynomial that ends as the word does, the other what is left of both."""
    end = a1
    crc = a2
    polynomial = a3
    inverse = a6
    last = a7
    add(end, data, length)
    li(crc, -1)
    li(polynomial, POLYNOMIAL)
    li(inverse, INVERSE)
    addi(last, end, -3)
    label("head")
    beq(data, end, "done")
    andi(a4, data, 3)
    bnez(a4, "one")
    bgeu(data, last, "one")
    label("word")
    lw(a4, data[0])
    addi(data, data, 4)
    xor(crc, crc, a4)
    clmul(crc, crc, inverse)
    clmulr(crc, crc, polynomial)
    bltu(data, last, "word")
    j("head")
    label("one")
    lbu(a4, data[0])
    addi(data, data, 1)
    xor(a4, a4, crc)
    slli(a4, a4, 24)
    clmul(a4, a4, inverse)
    clmulr(a4, a4, polynomial)
    srli(crc, crc, 8)
    xor(crc, crc, a4)
    j("head")
    label("done")
    not_(a0, crc)
    ret()


@micropython.viper
def crc32_viper(data: ptr8, length: int) -> uint:
    crc = uint(0xFFFFFFFF)
    polynomial = uint(0xEDB88320)
    i = 0
    while i < length:
        crc = crc ^ uint(data[i])
        bit = 8
        while bit:
            if int(crc) & 1:
                crc = (crc >> 1) ^ polynomial
            else:
                crc = crc >> 1
            bit -= 1
        i += 1
    return crc ^ uint(0xFFFFFFFF)


@micropython.viper
def crc32_table_viper(data: ptr8, length: int) -> uint:
    # Viper code has no tables but strings: sixteen words, for half a byte at a time.
    table = ptr32(
        b"\x00\x00\x00\x00\x64\x10\xb7\x1d\xc8\x20\x6e\x3b\xac\x30\xd9\x26"
        b"\x90\x41\xdc\x76\xf4\x51\x6b\x6b\x58\x61\xb2\x4d\x3c\x71\x05\x50"
        b"\x20\x83\xb8\xed\x44\x93\x0f\xf0\xe8\xa3\xd6\xd6\x8c\xb3\x61\xcb"
        b"\xb0\xc2\x64\x9b\xd4\xd2\xd3\x86\x78\xe2\x0a\xa0\x1c\xf2\xbd\xbd"
    )
    crc = uint(0xFFFFFFFF)
    i = 0
    while i < length:
        crc = crc ^ uint(data[i])
        crc = (crc >> 4) ^ uint(table[int(crc) & 15])
        crc = (crc >> 4) ^ uint(table[int(crc) & 15])
        i += 1
    return crc ^ uint(0xFFFFFFFF)


# prove: crc32(any("B", 16), 16)
def crc32_python(data: "bytes | bytearray", length: int) -> int:
    crc = 0xFFFFFFFF
    for byte in data[:length]:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (POLYNOMIAL if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


# prove: crc32_table(any("B", 16), 15)
# prove: crc32_zbc(any("B", 32), 31)
crc32_table_python = crc32_zbc_python = crc32_python
