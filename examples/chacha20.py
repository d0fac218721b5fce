"""The ChaCha20 block function (RFC 8439, section 2.3): all sixteen words stay in registers.

    asmrv32 run examples/chacha20.py 'chacha20_block(array("I", [0]*16), array("I", [1]*16))'
"""

from array import array

from asm_rv32 import asm_macro, asm_rv32, micropython
from asm_rv32.micropython import ptr32
from asm_rv32.words import (
    Register,
    a2,
    a3,
    a4,
    a5,
    a6,
    a7,
    add,
    addi,
    bnez,
    label,
    li,
    lw,
    or_,
    ra,
    s0,
    s1,
    s2,
    s3,
    s4,
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

FRAME = 32


@asm_macro
def load_row(state: Register, at: int, a: Register, b: Register, c: Register, d: Register) -> None:
    lw(a, state[at])
    lw(b, state[at + 4])
    lw(c, state[at + 8])
    lw(d, state[at + 12])


@asm_macro
def mixed(word: Register, by: Register, other: Register, other_by: Register, count: int) -> None:
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
def quarter_rounds(
    a: Register, b: Register, c: Register, d: Register,
    e: Register, f: Register, g: Register, h: Register,
) -> None:
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
def add_row(
    out: Register, state: Register, at: int, a: Register, b: Register, c: Register, d: Register
) -> None:
    """Store four words with the state's added; ra and s4 are overwritten."""
    lw(ra, state[at])
    lw(s4, state[at + 4])
    add(a, a, ra)
    add(b, b, s4)
    lw(ra, state[at + 8])
    lw(s4, state[at + 12])
    sw(a, out[at])
    sw(b, out[at + 4])
    add(c, c, ra)
    add(d, d, s4)
    sw(c, out[at + 8])
    sw(d, out[at + 12])


@asm_rv32
def chacha20_block(out: "array[int]", state: "array[int]") -> None:
    """Write the 16 words of key stream for the 16 words of `state`. Returns nothing of use."""
    addi(sp, sp, -FRAME)
    sw(ra, sp[0])
    sw(s0, sp[4])
    sw(s1, sp[8])
    sw(s2, sp[12])
    sw(s3, sp[16])
    sw(s4, sp[20])
    rounds = s3
    li(rounds, 10)
    # A name for each word, x0 to x15 of the RFC.
    w0 = t0; w1 = t1; w2 = t2; w3 = t3; w4 = a2; w5 = a3; w6 = a4; w7 = a5
    w8 = t4; w9 = t5; w10 = t6; w11 = s2; w12 = s0; w13 = s1; w14 = a6; w15 = a7
    load_row(state, 0, w0, w1, w2, w3)
    load_row(state, 16, w4, w5, w6, w7)
    load_row(state, 32, w8, w9, w10, w11)
    load_row(state, 48, w12, w13, w14, w15)
    label("double_round")
    quarter_rounds(w0, w4, w8, w12, w1, w5, w9, w13)
    quarter_rounds(w2, w6, w10, w14, w3, w7, w11, w15)
    quarter_rounds(w0, w5, w10, w15, w1, w6, w11, w12)
    quarter_rounds(w2, w7, w8, w13, w3, w4, w9, w14)
    addi(rounds, rounds, -1)
    bnez(rounds, "double_round")
    add_row(out, state, 0, w0, w1, w2, w3)
    add_row(out, state, 16, w4, w5, w6, w7)
    add_row(out, state, 32, w8, w9, w10, w11)
    add_row(out, state, 48, w12, w13, w14, w15)
    lw(ra, sp[0])
    lw(s0, sp[4])
    lw(s1, sp[8])
    lw(s2, sp[12])
    lw(s3, sp[16])
    lw(s4, sp[20])
    addi(sp, sp, FRAME)


@micropython.viper
def chacha20_block_viper(out: ptr32, state: ptr32) -> object:
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
    return None


def rotated(word: int, count: int) -> int:
    return (word << count | word >> 32 - count) & 0xFFFFFFFF


# prove: chacha20_block(any("I", 16), any("I", 16))
def chacha20_block_python(out: "array[int]", state: "array[int]") -> None:
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
