# Integer expressions stand wherever an immediate does.

@asm_rv32
def arithmetic():
    li(a0, (1 + 2) * 3 - 4 // 3 % 5)  # = 2145 / 13058000
    li(a0, 1 << 4 | 2 ^ 3 & ~1)  # = 4145 / 13050001
    li(a0, -(-5) + +3 - ~4)  # = 3545 / 1305d000
    li(a0, 2 ** 5 - 2 ** 0)  # = 7d45 / 1305f001
    li(a0, -7 // 2)  # = 7155 / 1305c0ff
    li(a0, -7 % 3)  # = 0945 / 13052000
    li(a0, -1 >> 3)  # = 7d55 / 1305f0ff
    li(a0, 0x1F if 3 > 2 >= 2 else 5)  # = 7d45 / 1305f001
    li(a0, 1 < 2 < 2)  # = 0145 / 13050000
    li(a0, not 0 and 7 or 9)  # = 1d45 / 13057000
    li(a0, True + True)  # = 0945 / 13052000
    li(a0, 0b101 + 0o17 + 1_0)  # = 7945 / 1305e001
    ret()


@asm_rv32
def parts():
    lui(a0, hi(0x12345FFF))  # = 37653412
    addi(a0, a0, lo(0x12345FFF))  # = 7d158280 / 1305f5ff67800000
    # run() -> 305422335


@asm_rv32
def memory(a):
    lw(a1, (4 * 1)(a))  # = 4c41 / 83254500
    lw(a1, 4(a))  # = 4c41 / 83254500
    lw(a1, -4(sp))  # = 8325c1ff
    lw(a1, (a))  # = 0c41 / 83250500
    lw(a1, (0)(a))  # = 0c41 / 83250500
    lw(a1, -(4 + 4)(sp))  # = 832581ff
    sw(a1, (2 - 2)(a))  # = 0cc1 / 2320b500
    c_lw(a1, (4 + 4)(a))  # = 0c45
    ret()


@asm_rv32
def unsigned_spellings():
    li(a0, 0xFFFFFFFF)  # = 7d55 / 1305f0ff
    addi(a0, zero, 0xFFFFFFFF)  # = 7d55 / 1305f0ff
    andi(a0, a0, 0xFFFFFFF0)  # = 4199 / 137505ff
    lui(a0, 0xFFFFF)  # = 7d75 / 37f5ffff
    lui(a0, -1)  # = 7d75 / 37f5ffff
    c_lui(a0, 0xFFFFF)  # = 7d75
    c_lui(a0, -1)  # = 7d75
    ret()
