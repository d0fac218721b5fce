"""The SHA-256 compression function (FIPS 180-4, section 6.2.2) on one block of 64 bytes.

    asmrv32 run examples/sha256.py 'sha256_block(array("I", [0]*8), bytes(64))'
    asmrv32 run examples/sha256.py 'sha256_block_zknh(array("I", [0]*8), bytes(64))'
"""

from array import array

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
    and_,
    bne,
    data,
    la,
    label,
    li,
    lw,
    mv,
    or_,
    ret,
    rev8,
    sha256sig0,
    sha256sig1,
    sha256sum0,
    sha256sum1,
    slli,
    sp,
    srli,
    sw,
    t0,
    t1,
    t2,
    t3,
    t4,
    t5,
    t6,
    xor,
)

FRAME = const(80)
HALVES = const(0x00FF00FF)


# The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
CUBE_ROOTS = (
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5,
    0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3,
    0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC,
    0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7,
    0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13,
    0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3,
    0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5,
    0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208,
    0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
)


@asm_rv32
def sha256_block(state: "array[int]", block: "bytes | bytearray") -> None:
    """Take 64 bytes at a multiple of 4 into the 8 words of `state`. Returns nothing of use."""
    constants = t0
    word = t1
    first = t2
    second = t3
    b_xor_c = t4
    last = t5
    addi(sp, sp, -FRAME)
    sw(state, sp[64])
    # The block's words, most significant byte first, go onto the stack.
    li(last, HALVES)
    for i in range(16):
        lw(word, block[4 * i])
        srli(first, word, 8)
        and_(first, first, last)
        and_(word, word, last)
        slli(word, word, 8)
        or_(word, word, first)
        srli(first, word, 16)
        slli(word, word, 16)
        or_(word, word, first)
        sw(word, sp[4 * i])
    la(constants, "table")
    addi(last, constants, 4 * 48)
    # a to h of the standard in a0 to a7; from round to round the names move on, not the words.
    a = a0; b = a1; c = a2; d = a3; e = a4; f = a5; g = a6; h = a7
    lw(h, state[28])
    lw(g, state[24])
    lw(f, state[20])
    lw(e, state[16])
    lw(d, state[12])
    lw(c, state[8])
    lw(b, state[4])
    lw(a, state[0])
    xor(b_xor_c, b, c)
    for pass_ in range(2):
        label("rounds")
        for i in range(16):
            lw(word, sp[4 * i])
            lw(first, constants[4 * i])
            add(h, h, word)
            xor(second, f, g)
            add(h, h, first)
            and_(second, second, e)
            xor(second, second, g)
            add(h, h, second)
            # Rotations by 6, 11 and 25: each is taken on from the one before.
            srli(first, e, 14)
            slli(second, e, 18)
            or_(first, first, second)
            xor(first, first, e)
            srli(second, first, 5)
            slli(first, first, 27)
            or_(first, first, second)
            xor(first, first, e)
            srli(second, first, 6)
            slli(first, first, 26)
            or_(first, first, second)
            add(h, h, first)
            add(d, d, h)
            srli(first, a, 9)
            slli(second, a, 23)
            or_(first, first, second)
            xor(first, first, a)
            srli(second, first, 11)
            slli(first, first, 21)
            or_(first, first, second)
            xor(first, first, a)
            srli(second, first, 2)
            slli(first, first, 30)
            or_(first, first, second)
            add(h, h, first)
            # The majority is b where a and b agree, else c: and a ^ b serves the next round.
            xor(first, a, b)
            and_(b_xor_c, b_xor_c, first)
            xor(b_xor_c, b_xor_c, b)
            add(h, h, b_xor_c)
            mv(b_xor_c, first)
            if pass_ == 0:
                # The word that is used sixteen rounds on.
                lw(first, sp[4 * ((i + 1) % 16)])
                lw(t6, sp[4 * ((i + 9) % 16)])
                srli(second, first, 11)
                add(word, word, t6)
                slli(t6, first, 21)
                or_(second, second, t6)
                xor(second, second, first)
                srli(t6, second, 7)
                slli(second, second, 25)
                or_(second, second, t6)
                srli(first, first, 3)
                xor(second, second, first)
                lw(first, sp[4 * ((i + 14) % 16)])
                add(word, word, second)
                srli(second, first, 2)
                slli(t6, first, 30)
                or_(second, second, t6)
                xor(second, second, first)
                srli(t6, second, 17)
                slli(second, second, 15)
                or_(second, second, t6)
                srli(first, first, 10)
                xor(second, second, first)
                add(word, word, second)
                sw(word, sp[4 * i])
            moved = h; h = g; g = f; f = e; e = d; d = c; c = b; b = a; a = moved
        if pass_ == 0:
            addi(constants, constants, 64)
            bne(constants, last, "rounds")
    lw(word, sp[64])
    addi(sp, sp, FRAME)
    sums = t1
    for i in range(8):
        lw(first, sums[4 * i])
        add(first, first, a)
        sw(first, sums[4 * i])
        moved = a; a = b; b = c; c = d; d = e; e = f; f = g; g = h; h = moved
    ret()
    # The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    align(4)
    label("table")
    data(4, 0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5)
    data(4, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5)
    data(4, 0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3)
    data(4, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174)
    data(4, 0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC)
    data(4, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA)
    data(4, 0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7)
    data(4, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967)
    data(4, 0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13)
    data(4, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85)
    data(4, 0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3)
    data(4, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070)
    data(4, 0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5)
    data(4, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3)
    data(4, 0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208)
    data(4, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2)


@asm_rv32(isa="rv32imc_zbkb_zknh")
def sha256_block_zknh(state: "array[int]", block: "bytes | bytearray") -> None:
    """The same by Zknh, which has the four functions of rotations, and rev8 of Zbkb."""
    constants = t0
    word = t1
    first = t2
    second = t3
    b_xor_c = t4
    last = t5
    addi(sp, sp, -FRAME)
    sw(state, sp[64])
    for i in range(16):
        lw(word, block[4 * i])
        rev8(word, word)
        sw(word, sp[4 * i])
    la(constants, CUBE_ROOTS)
    addi(last, constants, 4 * 48)
    a = a0; b = a1; c = a2; d = a3; e = a4; f = a5; g = a6; h = a7
    lw(h, state[28])
    lw(g, state[24])
    lw(f, state[20])
    lw(e, state[16])
    lw(d, state[12])
    lw(c, state[8])
    lw(b, state[4])
    lw(a, state[0])
    xor(b_xor_c, b, c)
    for pass_ in range(2):
        label("rounds")
        for i in range(16):
            lw(word, sp[4 * i])
            lw(first, constants[4 * i])
            add(h, h, word)
            xor(second, f, g)
            add(h, h, first)
            and_(second, second, e)
            xor(second, second, g)
            add(h, h, second)
            sha256sum1(first, e)
            add(h, h, first)
            add(d, d, h)
            sha256sum0(first, a)
            add(h, h, first)
            xor(first, a, b)
            and_(b_xor_c, b_xor_c, first)
            xor(b_xor_c, b_xor_c, b)
            add(h, h, b_xor_c)
            mv(b_xor_c, first)
            if pass_ == 0:
                lw(first, sp[4 * ((i + 1) % 16)])
                lw(t6, sp[4 * ((i + 9) % 16)])
                sha256sig0(first, first)
                add(word, word, t6)
                lw(t6, sp[4 * ((i + 14) % 16)])
                add(word, word, first)
                sha256sig1(t6, t6)
                add(word, word, t6)
                sw(word, sp[4 * i])
            moved = h; h = g; g = f; f = e; e = d; d = c; c = b; b = a; a = moved
        if pass_ == 0:
            addi(constants, constants, 64)
            bne(constants, last, "rounds")
    lw(word, sp[64])
    addi(sp, sp, FRAME)
    sums = t1
    for i in range(8):
        lw(first, sums[4 * i])
        add(first, first, a)
        sw(first, sums[4 * i])
        moved = a; a = b; b = c; c = d; d = e; e = f; f = g; g = h; h = moved


@micropython.viper
def sha256_block_viper(state: ptr32, block: ptr8) -> object:
    # Viper code has no arrays of its own: the last sixteen words of the schedule move through
    # sixteen variables, and the constants are a string.
    constants = ptr32(
        b"\x98\x2f\x8a\x42\x91\x44\x37\x71\xcf\xfb\xc0\xb5\xa5\xdb\xb5\xe9"
        b"\x5b\xc2\x56\x39\xf1\x11\xf1\x59\xa4\x82\x3f\x92\xd5\x5e\x1c\xab"
        b"\x98\xaa\x07\xd8\x01\x5b\x83\x12\xbe\x85\x31\x24\xc3\x7d\x0c\x55"
        b"\x74\x5d\xbe\x72\xfe\xb1\xde\x80\xa7\x06\xdc\x9b\x74\xf1\x9b\xc1"
        b"\xc1\x69\x9b\xe4\x86\x47\xbe\xef\xc6\x9d\xc1\x0f\xcc\xa1\x0c\x24"
        b"\x6f\x2c\xe9\x2d\xaa\x84\x74\x4a\xdc\xa9\xb0\x5c\xda\x88\xf9\x76"
        b"\x52\x51\x3e\x98\x6d\xc6\x31\xa8\xc8\x27\x03\xb0\xc7\x7f\x59\xbf"
        b"\xf3\x0b\xe0\xc6\x47\x91\xa7\xd5\x51\x63\xca\x06\x67\x29\x29\x14"
        b"\x85\x0a\xb7\x27\x38\x21\x1b\x2e\xfc\x6d\x2c\x4d\x13\x0d\x38\x53"
        b"\x54\x73\x0a\x65\xbb\x0a\x6a\x76\x2e\xc9\xc2\x81\x85\x2c\x72\x92"
        b"\xa1\xe8\xbf\xa2\x4b\x66\x1a\xa8\x70\x8b\x4b\xc2\xa3\x51\x6c\xc7"
        b"\x19\xe8\x92\xd1\x24\x06\x99\xd6\x85\x35\x0e\xf4\x70\xa0\x6a\x10"
        b"\x16\xc1\xa4\x19\x08\x6c\x37\x1e\x4c\x77\x48\x27\xb5\xbc\xb0\x34"
        b"\xb3\x0c\x1c\x39\x4a\xaa\xd8\x4e\x4f\xca\x9c\x5b\xf3\x6f\x2e\x68"
        b"\xee\x82\x8f\x74\x6f\x63\xa5\x78\x14\x78\xc8\x84\x08\x02\xc7\x8c"
        b"\xfa\xff\xbe\x90\xeb\x6c\x50\xa4\xf7\xa3\xf9\xbe\xf2\x78\x71\xc6"
    )
    w0 = uint(block[0]) << 24 | uint(block[1]) << 16 | uint(block[2]) << 8 | uint(block[3])
    w1 = uint(block[4]) << 24 | uint(block[5]) << 16 | uint(block[6]) << 8 | uint(block[7])
    w2 = uint(block[8]) << 24 | uint(block[9]) << 16 | uint(block[10]) << 8 | uint(block[11])
    w3 = uint(block[12]) << 24 | uint(block[13]) << 16 | uint(block[14]) << 8 | uint(block[15])
    w4 = uint(block[16]) << 24 | uint(block[17]) << 16 | uint(block[18]) << 8 | uint(block[19])
    w5 = uint(block[20]) << 24 | uint(block[21]) << 16 | uint(block[22]) << 8 | uint(block[23])
    w6 = uint(block[24]) << 24 | uint(block[25]) << 16 | uint(block[26]) << 8 | uint(block[27])
    w7 = uint(block[28]) << 24 | uint(block[29]) << 16 | uint(block[30]) << 8 | uint(block[31])
    w8 = uint(block[32]) << 24 | uint(block[33]) << 16 | uint(block[34]) << 8 | uint(block[35])
    w9 = uint(block[36]) << 24 | uint(block[37]) << 16 | uint(block[38]) << 8 | uint(block[39])
    w10 = uint(block[40]) << 24 | uint(block[41]) << 16 | uint(block[42]) << 8 | uint(block[43])
    w11 = uint(block[44]) << 24 | uint(block[45]) << 16 | uint(block[46]) << 8 | uint(block[47])
    w12 = uint(block[48]) << 24 | uint(block[49]) << 16 | uint(block[50]) << 8 | uint(block[51])
    w13 = uint(block[52]) << 24 | uint(block[53]) << 16 | uint(block[54]) << 8 | uint(block[55])
    w14 = uint(block[56]) << 24 | uint(block[57]) << 16 | uint(block[58]) << 8 | uint(block[59])
    w15 = uint(block[60]) << 24 | uint(block[61]) << 16 | uint(block[62]) << 8 | uint(block[63])
    a = uint(state[0])
    b = uint(state[1])
    c = uint(state[2])
    d = uint(state[3])
    e = uint(state[4])
    f = uint(state[5])
    g = uint(state[6])
    h = uint(state[7])
    i = 0
    while i < 64:
        first = (e >> 6 | e << 26) ^ (e >> 11 | e << 21) ^ (e >> 25 | e << 7)
        first = first + h + (e & f ^ ~e & g) + uint(constants[i]) + w0
        second = (a >> 2 | a << 30) ^ (a >> 13 | a << 19) ^ (a >> 22 | a << 10)
        second = second + (a & b ^ a & c ^ b & c)
        h = g
        g = f
        f = e
        e = d + first
        d = c
        c = b
        b = a
        a = first + second
        first = (w1 >> 7 | w1 << 25) ^ (w1 >> 18 | w1 << 14) ^ w1 >> 3
        second = (w14 >> 17 | w14 << 15) ^ (w14 >> 19 | w14 << 13) ^ w14 >> 10
        first = first + second + w0 + w9
        w0 = w1
        w1 = w2
        w2 = w3
        w3 = w4
        w4 = w5
        w5 = w6
        w6 = w7
        w7 = w8
        w8 = w9
        w9 = w10
        w10 = w11
        w11 = w12
        w12 = w13
        w13 = w14
        w14 = w15
        w15 = first
        i += 1
    state[0] = int(state[0]) + int(a)
    state[1] = int(state[1]) + int(b)
    state[2] = int(state[2]) + int(c)
    state[3] = int(state[3]) + int(d)
    state[4] = int(state[4]) + int(e)
    state[5] = int(state[5]) + int(f)
    state[6] = int(state[6]) + int(g)
    state[7] = int(state[7]) + int(h)
    return None


def rotated(word: int, count: int) -> int:
    return (word >> count | word << 32 - count) & 0xFFFFFFFF


def cube_roots() -> list[int]:
    """The 64 constants: bits 0 to -31 of the cube roots of the primes from 2 to 311."""
    found: list[int] = []
    for number in range(2, 312):
        if all(number % divisor for divisor in range(2, number)):
            low, high = 0, 1 << 36
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if middle**3 <= number << 96 else (low, middle)
            found.append(low & 0xFFFFFFFF)
    return found


CONSTANTS = tuple(cube_roots())


# prove: sha256_block(any("I", 8), any("B", 64))
def sha256_block_python(state: "array[int]", block: "bytes | bytearray") -> None:
    w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for i in range(16, 64):
        near, far = w[i - 2], w[i - 15]
        w.append(
            (rotated(near, 17) ^ rotated(near, 19) ^ near >> 10)
            + (rotated(far, 7) ^ rotated(far, 18) ^ far >> 3)
            + w[i - 7]
            + w[i - 16]
            & 0xFFFFFFFF
        )
    a, b, c, d, e, f, g, h = state
    for constant, word in zip(CONSTANTS, w):
        h += (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + (e & f ^ ~e & g) + constant + word
        d = d + h & 0xFFFFFFFF
        h += (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = h & 0xFFFFFFFF, a, b, c, d, e, f, g
    for i, value in enumerate((a, b, c, d, e, f, g, h)):
        state[i] = state[i] + value & 0xFFFFFFFF


# prove: sha256_block_zknh(any("I", 8), any("B", 64))
sha256_block_zknh_python = sha256_block_python
