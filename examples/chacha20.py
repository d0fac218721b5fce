"""The ChaCha20 block function (RFC 8439, section 2.3): all sixteen words stay in registers.

    asmrv32 run examples/chacha20.py 'chacha20_block(array("I", [0]*16), array("I", [1]*16))'
"""

from asm_rv32 import asm_macro, asm_rv32, micropython
from asm_rv32.micropython import ptr32

FRAME = 32


@asm_macro
def load_row(state, at, a, b, c, d):
    lw(a, at(state))
    lw(b, (at + 4)(state))
    lw(c, (at + 8)(state))
    lw(d, (at + 12)(state))


@asm_macro
def mixed(word, by, other, other_by, count):
    """word = (word ^ by) rotated to the left by count, and another such; ra, s4 are overwritten."""
    xor(word, word, by)
    xor(other, other, other_by)
    srli(ra, word, 32 - count)
    srli(s4, other, 32 - count)
    slli(word, word, count)
    slli(other, other, count)
    or_(word, word, ra)
    or_(other, other, s4)


@asm_macro
def quarter_rounds(a, b, c, d, e, f, g, h):
    """RFC 8439, section 2.1, for a, b, c, d and e, f, g, h.

    Two at once: 16-bit instructions come in pairs, and none of 32 bits lies across two words, for
    which some cores wait.
    """
    for half in range(2):
        add(a, a, b)
        add(e, e, f)
        mixed(d, a, h, e, 16 - 8 * half)
        add(c, c, d)
        add(g, g, h)
        mixed(b, c, f, g, 12 - 5 * half)


@asm_macro
def add_row(out, state, at, a, b, c, d):
    """Store four words with the state's added; ra and s4 are overwritten."""
    lw(ra, at(state))
    lw(s4, (at + 4)(state))
    add(a, a, ra)
    add(b, b, s4)
    lw(ra, (at + 8)(state))
    lw(s4, (at + 12)(state))
    sw(a, at(out))
    sw(b, (at + 4)(out))
    add(c, c, ra)
    add(d, d, s4)
    sw(c, (at + 8)(out))
    sw(d, (at + 12)(out))


@asm_rv32
def chacha20_block(out, state):
    """Write the 16 words of key stream for the 16 words of `state`. Returns nothing of use."""
    addi(sp, sp, -FRAME)
    sw(ra, 0(sp))
    sw(s0, 4(sp))
    sw(s1, 8(sp))
    sw(s2, 12(sp))
    sw(s3, 16(sp))
    sw(s4, 20(sp))
    rounds = s3
    li(rounds, 10)
    # A name for each word, x0 to x15 of the RFC.
    w0 = t0; w1 = t1; w2 = t2; w3 = t3; w4 = a2; w5 = a3; w6 = a4; w7 = a5
    w8 = t4; w9 = t5; w10 = t6; w11 = s2; w12 = s0; w13 = s1; w14 = a6; w15 = a7
    load_row(state, 0, w0, w1, w2, w3)
    load_row(state, 16, w4, w5, w6, w7)
    load_row(state, 32, w8, w9, w10, w11)
    load_row(state, 48, w12, w13, w14, w15)
    label(double_round)
    quarter_rounds(w0, w4, w8, w12, w1, w5, w9, w13)
    quarter_rounds(w2, w6, w10, w14, w3, w7, w11, w15)
    quarter_rounds(w0, w5, w10, w15, w1, w6, w11, w12)
    quarter_rounds(w2, w7, w8, w13, w3, w4, w9, w14)
    addi(rounds, rounds, -1)
    bnez(rounds, double_round)
    add_row(out, state, 0, w0, w1, w2, w3)
    add_row(out, state, 16, w4, w5, w6, w7)
    add_row(out, state, 32, w8, w9, w10, w11)
    add_row(out, state, 48, w12, w13, w14, w15)
    lw(ra, 0(sp))
    lw(s0, 4(sp))
    lw(s1, 8(sp))
    lw(s2, 12(sp))
    lw(s3, 16(sp))
    lw(s4, 20(sp))
    addi(sp, sp, FRAME)


@micropython.viper
def chacha20_block_viper(out: ptr32, state: ptr32):
    i = 0
    while i < 16:
        out[i] = state[i]
        i += 1
    rounds = 0
    while rounds < 20:
        k = 0
        while k < 4:
            a = k
            if rounds & 1:
                b = 4 + ((k + 1) & 3)
                c = 8 + ((k + 2) & 3)
                d = 12 + ((k + 3) & 3)
            else:
                b = 4 + k
                c = 8 + k
                d = 12 + k
            x = int(out[a]) + int(out[b])
            z = int(out[d]) ^ x
            z = z << 16 | (z >> 16 & 0xFFFF)
            y = int(out[c]) + z
            v = int(out[b]) ^ y
            v = v << 12 | (v >> 20 & 0xFFF)
            x = x + v
            z = z ^ x
            z = z << 8 | (z >> 24 & 0xFF)
            y = y + z
            v = v ^ y
            v = v << 7 | (v >> 25 & 0x7F)
            out[a] = x
            out[b] = v
            out[c] = y
            out[d] = z
            k += 1
        rounds += 1
    i = 0
    while i < 16:
        out[i] = int(out[i]) + int(state[i])
        i += 1


def rotated(word, count):
    return (word << count | word >> 32 - count) & 0xFFFFFFFF


# prove: chacha20_block(any("I", 16), any("I", 16))
def chacha20_block_python(out, state):
    x = list(state)
    for number in range(20):
        for k in range(4):
            shift = number % 2
            a, b = k, 4 + (k + shift) % 4
            c, d = 8 + (k + 2 * shift) % 4, 12 + (k + 3 * shift) % 4
            for first, second in ((16, 12), (8, 7)):
                x[a] = x[a] + x[b] & 0xFFFFFFFF
                x[d] = rotated(x[d] ^ x[a], first)
                x[c] = x[c] + x[d] & 0xFFFFFFFF
                x[b] = rotated(x[b] ^ x[c], second)
    for number in range(16):
        out[number] = x[number] + state[number] & 0xFFFFFFFF
