"""The SHA-256 compression function (FIPS 180-4, section 6.2.2) on one block of 64 bytes.

    asmrv32 run examples/sha256.py 'sha256_block(array("I", [0]*8), bytes(64))'
"""

from asm_rv32 import asm_rv32, const

FRAME = const(80)
HALVES = const(0x00FF00FF)


@asm_rv32
def sha256_block(state, block):
    """Take 64 bytes at a multiple of 4 into the 8 words of `state`. Returns nothing of use."""
    constants = t0
    word = t1
    first = t2
    second = t3
    b_xor_c = t4
    last = t5
    addi(sp, sp, -FRAME)
    sw(state, 64(sp))
    # The block's words, most significant byte first, go onto the stack.
    li(last, HALVES)
    for i in range(16):
        lw(word, (4 * i)(block))
        srli(first, word, 8)
        and_(first, first, last)
        and_(word, word, last)
        slli(word, word, 8)
        or_(word, word, first)
        srli(first, word, 16)
        slli(word, word, 16)
        or_(word, word, first)
        sw(word, (4 * i)(sp))
    la(constants, table)
    addi(last, constants, 4 * 48)
    # a to h of the standard in a0 to a7; from round to round the names move on, not the words.
    a = a0; b = a1; c = a2; d = a3; e = a4; f = a5; g = a6; h = a7
    lw(h, 28(state))
    lw(g, 24(state))
    lw(f, 20(state))
    lw(e, 16(state))
    lw(d, 12(state))
    lw(c, 8(state))
    lw(b, 4(state))
    lw(a, 0(state))
    xor(b_xor_c, b, c)
    for pass_ in range(2):
        label(rounds)
        for i in range(16):
            lw(word, (4 * i)(sp))
            lw(first, (4 * i)(constants))
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
                lw(first, (4 * ((i + 1) % 16))(sp))
                lw(t6, (4 * ((i + 9) % 16))(sp))
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
                lw(first, (4 * ((i + 14) % 16))(sp))
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
                sw(word, (4 * i)(sp))
            moved = h; h = g; g = f; f = e; e = d; d = c; c = b; b = a; a = moved
        if pass_ == 0:
            addi(constants, constants, 64)
            bne(constants, last, rounds)
    lw(word, 64(sp))
    addi(sp, sp, FRAME)
    state = t1
    for i in range(8):
        lw(first, (4 * i)(state))
        add(first, first, a)
        sw(first, (4 * i)(state))
        moved = a; a = b; b = c; c = d; d = e; e = f; f = g; g = h; h = moved
    ret()
    # The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    align(4)
    label(table)
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


def rotated(word, count):
    return (word >> count | word << 32 - count) & 0xFFFFFFFF


def cube_roots():
    """The 64 constants: bits 0 to -31 of the cube roots of the primes from 2 to 311."""
    for number in range(2, 312):
        if all(number % divisor for divisor in range(2, number)):
            low, high = 0, 1 << 36
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if middle**3 <= number << 96 else (low, middle)
            yield low & 0xFFFFFFFF


CONSTANTS = tuple(cube_roots())


def sha256_block_python(state, block):
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
