"""The ChaCha20 block function (RFC 8439, section 2.3): all sixteen words stay in registers.

    asmrv32 run examples/chacha20.py 'chacha20_block(array("I", [0]*16), array("I", [1]*16))'
"""

from asm_rv32 import asm_rv32, micropython
from asm_rv32.micropython import ptr32

FRAME = 32


@asm_rv32
def chacha20_block(out, state):
    """Write the 16 words of key stream for the 16 words of `state`. Returns nothing of use."""
    temporary = ra
    addi(sp, sp, -FRAME)
    sw(ra, 0(sp))
    sw(s0, 4(sp))
    sw(s1, 8(sp))
    sw(out, 12(sp))
    sw(state, 16(sp))
    rounds = s1
    li(rounds, 10)
    # A name for each word, x0 to x15 of the RFC.
    w0 = t0; w1 = t1; w2 = t2; w3 = t3; w4 = a2; w5 = a3; w6 = a4; w7 = a5
    w8 = a6; w9 = a7; w10 = t4; w11 = t5; w12 = t6; w13 = s0; w14 = a0; w15 = a1
    lw(w0, 0(state))
    lw(w1, 4(state))
    lw(w2, 8(state))
    lw(w3, 12(state))
    lw(w4, 16(state))
    lw(w5, 20(state))
    lw(w6, 24(state))
    lw(w7, 28(state))
    lw(w8, 32(state))
    lw(w9, 36(state))
    lw(w10, 40(state))
    lw(w11, 44(state))
    lw(w12, 48(state))
    lw(w13, 52(state))
    lw(w14, 56(state))
    lw(w15, 60(state))
    label(double_round)
    for quarter in range(8):
        if quarter == 0:
            a = w0; b = w4; c = w8; d = w12
        elif quarter == 1:
            a = w1; b = w5; c = w9; d = w13
        elif quarter == 2:
            a = w2; b = w6; c = w10; d = w14
        elif quarter == 3:
            a = w3; b = w7; c = w11; d = w15
        elif quarter == 4:
            a = w0; b = w5; c = w10; d = w15
        elif quarter == 5:
            a = w1; b = w6; c = w11; d = w12
        elif quarter == 6:
            a = w2; b = w7; c = w8; d = w13
        else:
            a = w3; b = w4; c = w9; d = w14
        for half in range(2):
            add(a, a, b)
            xor(d, d, a)
            srli(temporary, d, 16 + 8 * half)
            slli(d, d, 16 - 8 * half)
            or_(d, d, temporary)
            add(c, c, d)
            xor(b, b, c)
            srli(temporary, b, 20 + 5 * half)
            slli(b, b, 12 - 5 * half)
            or_(b, b, temporary)
    addi(rounds, rounds, -1)
    bnez(rounds, double_round)
    # Two words make room for the pointers.
    sw(w14, 20(sp))
    sw(w15, 24(sp))
    out = a0
    state = a1
    lw(out, 12(sp))
    lw(state, 16(sp))
    for number in range(16):
        if number == 0:
            w = w0
        elif number == 1:
            w = w1
        elif number == 2:
            w = w2
        elif number == 3:
            w = w3
        elif number == 4:
            w = w4
        elif number == 5:
            w = w5
        elif number == 6:
            w = w6
        elif number == 7:
            w = w7
        elif number == 8:
            w = w8
        elif number == 9:
            w = w9
        elif number == 10:
            w = w10
        elif number == 11:
            w = w11
        elif number == 12:
            w = w12
        elif number == 13:
            w = w13
        else:
            w = t0 if number == 14 else t1
            lw(w, (20 + 4 * (number - 14))(sp))
        lw(temporary, (4 * number)(state))
        add(w, w, temporary)
        sw(w, (4 * number)(out))
    lw(ra, 0(sp))
    lw(s0, 4(sp))
    lw(s1, 8(sp))
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
