"""Loops as they are written at first: nothing in them has been made fast.

Each function is priced with the call that its comment has. What they do, they do without faults for
all sizes, 0 included.
"""

from asm_rv32 import asm_rv32

# ---- sums


# try: sum_words(array("i", range(100)), 100)
@asm_rv32
def sum_words(words, count):
    li(t0, 0)
    beqz(count, done)
    label(loop)
    lw(t1, 0(words))
    add(t0, t0, t1)
    addi(words, words, 4)
    addi(count, count, -1)
    bnez(count, loop)
    label(done)
    mv(a0, t0)


# try: sum_bytes(bytearray(range(200)), 200)
@asm_rv32
def sum_bytes(data, length):
    add(t2, data, length)
    li(t0, 0)
    label(loop)
    beq(data, t2, done)
    lbu(t1, 0(data))
    add(t0, t0, t1)
    addi(data, data, 1)
    j(loop)
    label(done)
    mv(a0, t0)


# try: sum_halves(array("h", range(100)), 100)
@asm_rv32
def sum_halves(halves, count):
    li(t0, 0)
    li(t1, 0)
    label(loop)
    bge(t1, count, done)
    slli(t2, t1, 1)
    add(t2, halves, t2)
    lh(t3, 0(t2))
    add(t0, t0, t3)
    addi(t1, t1, 1)
    j(loop)
    label(done)
    mv(a0, t0)


# try: sum_squares(array("i", range(100)), 100)
@asm_rv32
def sum_squares(words, count):
    li(t0, 0)
    slli(count, count, 2)
    add(count, words, count)
    beq(words, count, done)
    label(loop)
    lw(t1, 0(words))
    mul(t1, t1, t1)
    add(t0, t0, t1)
    addi(words, words, 4)
    bltu(words, count, loop)
    label(done)
    mv(a0, t0)


# try: sum_columns(array("i", range(128)), 16, 8)
@asm_rv32
def sum_columns(matrix, rows, stride):
    li(t0, 0)
    slli(t2, stride, 2)
    beqz(rows, done)
    label(loop)
    lw(t1, 0(matrix))
    add(t0, t0, t1)
    add(matrix, matrix, t2)
    addi(rows, rows, -1)
    bnez(rows, loop)
    label(done)
    mv(a0, t0)


# try: energy(array("h", range(100)), 100)
@asm_rv32
def energy(samples, count):
    slli(t0, count, 1)
    add(t0, samples, t0)
    li(t1, 0)
    beq(samples, t0, done)
    label(loop)
    lh(t2, 0(samples))
    mul(t2, t2, t2)
    srai(t2, t2, 4)
    add(t1, t1, t2)
    addi(samples, samples, 2)
    bne(samples, t0, loop)
    label(done)
    mv(a0, t1)


# ---- products


# try: dot(array("i", range(100)), array("i", range(100)), 100)
@asm_rv32
def dot(a, b, n):
    li(t0, 0)
    beqz(n, done)
    label(loop)
    lw(t1, 0(a))
    lw(t2, 0(b))
    mul(t1, t1, t2)
    add(t0, t0, t1)
    addi(a, a, 4)
    addi(b, b, 4)
    addi(n, n, -1)
    bnez(n, loop)
    label(done)
    mv(a0, t0)


# try: dot_halves(array("h", range(100)), array("h", range(100)), 100)
@asm_rv32
def dot_halves(a, b, n):
    li(t0, 0)
    li(t1, 0)
    label(loop)
    beq(t1, n, done)
    lh(t2, 0(a))
    lh(t3, 0(b))
    mul(t2, t2, t3)
    add(t0, t0, t2)
    addi(a, a, 2)
    addi(b, b, 2)
    addi(t1, t1, 1)
    j(loop)
    label(done)
    mv(a0, t0)


# try: fir_sample(array("i", range(64)), array("i", range(32)), 32)
@asm_rv32
def fir_sample(samples, taps, count):
    """One output of a filter; the samples go forwards, the taps backwards."""
    slli(t0, count, 2)
    add(t0, taps, t0)
    li(t1, 0)
    beq(t0, taps, done)
    label(loop)
    addi(t0, t0, -4)
    lw(t2, 0(samples))
    lw(t3, 0(t0))
    mul(t2, t2, t3)
    add(t1, t1, t2)
    addi(samples, samples, 4)
    bne(t0, taps, loop)
    label(done)
    srai(a0, t1, 8)


# try: horner(array("i", range(20)), 20, 3)
@asm_rv32
def horner(coefficients, count, x):
    li(t0, 0)
    beqz(count, done)
    label(loop)
    mul(t0, t0, x)
    lw(t1, 0(coefficients))
    add(t0, t0, t1)
    addi(coefficients, coefficients, 4)
    addi(count, count, -1)
    bnez(count, loop)
    label(done)
    mv(a0, t0)


# ---- copies and fills


# try: copy_words(array("i", [0] * 100), array("i", range(100)), 100)
@asm_rv32
def copy_words(to, start, count):
    beqz(count, done)
    label(loop)
    lw(t0, 0(start))
    sw(t0, 0(to))
    addi(start, start, 4)
    addi(to, to, 4)
    addi(count, count, -1)
    bnez(count, loop)
    label(done)
    li(a0, 0)


# try: copy_bytes(bytearray(200), bytearray(range(200)), 200)
@asm_rv32
def copy_bytes(to, start, count):
    li(t0, 0)
    label(loop)
    bgeu(t0, count, done)
    add(t1, start, t0)
    lbu(t2, 0(t1))
    add(t1, to, t0)
    sb(t2, 0(t1))
    addi(t0, t0, 1)
    j(loop)
    label(done)
    li(a0, 0)


# try: fill_bytes(bytearray(200), 7, 200)
@asm_rv32
def fill_bytes(to, value, count):
    add(t0, to, count)
    label(loop)
    beq(to, t0, done)
    sb(value, 0(to))
    addi(to, to, 1)
    j(loop)
    label(done)
    li(a0, 0)


# try: fill_words(array("i", [0] * 100), 100)
@asm_rv32
def fill_words(to, count):
    beqz(count, done)
    label(loop)
    li(t0, 0x12345678)
    sw(t0, 0(to))
    addi(to, to, 4)
    addi(count, count, -1)
    bnez(count, loop)
    label(done)
    li(a0, 0)


# try: clear(array("i", range(100)), 100)
@asm_rv32
def clear(words, count):
    slli(t0, count, 2)
    add(t0, words, t0)
    beq(t0, words, done)
    label(loop)
    sw(zero, 0(words))
    addi(words, words, 4)
    bne(words, t0, loop)
    label(done)
    li(a0, 0)


# try: reverse_copy(array("i", [0] * 100), array("i", range(100)), 100)
@asm_rv32
def reverse_copy(to, start, count):
    slli(t0, count, 2)
    add(t0, start, t0)
    beqz(count, done)
    label(loop)
    addi(t0, t0, -4)
    lw(t1, 0(t0))
    sw(t1, 0(to))
    addi(to, to, 4)
    bne(t0, start, loop)
    label(done)
    li(a0, 0)


# try: widen(array("i", [0] * 100), bytearray(range(100)), 100)
@asm_rv32
def widen(to, start, count):
    add(t0, start, count)
    beq(t0, start, done)
    label(loop)
    lbu(t1, 0(start))
    slli(t1, t1, 8)
    sw(t1, 0(to))
    addi(start, start, 1)
    addi(to, to, 4)
    bltu(start, t0, loop)
    label(done)
    li(a0, 0)


# ---- in place


# try: add_constant(array("i", range(100)), 100, 5)
@asm_rv32
def add_constant(words, count, more):
    beqz(count, done)
    label(loop)
    lw(t0, 0(words))
    add(t0, t0, more)
    sw(t0, 0(words))
    addi(words, words, 4)
    addi(count, count, -1)
    bnez(count, loop)
    label(done)
    li(a0, 0)


# try: scale(array("i", range(100)), 100, 5)
@asm_rv32
def scale(words, count, factor):
    li(t0, 0)
    label(loop)
    bgeu(t0, count, done)
    slli(t1, t0, 2)
    add(t1, words, t1)
    lw(t2, 0(t1))
    mul(t2, t2, factor)
    srai(t2, t2, 4)
    sw(t2, 0(t1))
    addi(t0, t0, 1)
    j(loop)
    label(done)
    li(a0, 0)


# try: xor_key(bytearray(range(200)), 200, 0x5A)
@asm_rv32
def xor_key(data, count, key):
    add(t0, data, count)
    beq(data, t0, done)
    label(loop)
    lbu(t1, 0(data))
    xor(t1, t1, key)
    sb(t1, 0(data))
    addi(data, data, 1)
    bne(data, t0, loop)
    label(done)
    li(a0, 0)


# try: saxpy(array("i", range(100)), array("i", range(100)), 100, 3)
@asm_rv32
def saxpy(y, x, count, a):
    beqz(count, done)
    label(loop)
    lw(t0, 0(x))
    lw(t1, 0(y))
    mul(t0, t0, a)
    add(t1, t1, t0)
    sw(t1, 0(y))
    addi(x, x, 4)
    addi(y, y, 4)
    addi(count, count, -1)
    bnez(count, loop)
    label(done)
    li(a0, 0)


# try: swap_bytes(array("H", range(100)), 100)
@asm_rv32
def swap_bytes(halves, count):
    slli(t0, count, 1)
    add(t0, halves, t0)
    beq(halves, t0, done)
    label(loop)
    lhu(t1, 0(halves))
    slli(t2, t1, 8)
    srli(t1, t1, 8)
    or_(t1, t1, t2)
    sh(t1, 0(halves))
    addi(halves, halves, 2)
    bne(halves, t0, loop)
    label(done)
    li(a0, 0)


# ---- extremes and searches


# try: maximum(array("i", range(100)), 100)
@asm_rv32
def maximum(words, count):
    lui(t0, 0x80000)
    beqz(count, done)
    label(loop)
    lw(t1, 0(words))
    bge(t0, t1, smaller)
    mv(t0, t1)
    label(smaller)
    addi(words, words, 4)
    addi(count, count, -1)
    bnez(count, loop)
    label(done)
    mv(a0, t0)


# try: find_byte(bytearray(range(200)), 200, 190)
@asm_rv32
def find_byte(data, count, wanted):
    """The index of a byte, or the count."""
    add(t0, data, count)
    mv(t1, data)
    label(loop)
    beq(t1, t0, done)
    lbu(t2, 0(t1))
    beq(t2, wanted, done)
    addi(t1, t1, 1)
    j(loop)
    label(done)
    sub(a0, t1, data)


# try: find_word(array("i", range(100)), 100, 95)
@asm_rv32
def find_word(words, count, wanted):
    li(t0, 0)
    label(loop)
    bgeu(t0, count, done)
    slli(t1, t0, 2)
    add(t1, words, t1)
    lw(t2, 0(t1))
    beq(t2, wanted, done)
    addi(t0, t0, 1)
    j(loop)
    label(done)
    mv(a0, t0)


# try: count_byte(bytearray(range(200)), 200, 100)
@asm_rv32
def count_byte(data, count, wanted):
    li(t0, 0)
    beqz(count, done)
    label(loop)
    lbu(t1, 0(data))
    bne(t1, wanted, other)
    addi(t0, t0, 1)
    label(other)
    addi(data, data, 1)
    addi(count, count, -1)
    bnez(count, loop)
    label(done)
    mv(a0, t0)


# try: count_zeros(array("i", range(100)), 100)
@asm_rv32
def count_zeros(words, count):
    li(t0, 0)
    beqz(count, done)
    label(loop)
    lw(t1, 0(words))
    seqz(t1, t1)
    add(t0, t0, t1)
    addi(words, words, 4)
    addi(count, count, -1)
    bnez(count, loop)
    label(done)
    mv(a0, t0)


# try: same_bytes(bytearray(range(200)), bytearray(range(200)), 200)
@asm_rv32
def same_bytes(a, b, count):
    add(t0, a, count)
    label(loop)
    beq(a, t0, equal)
    lbu(t1, 0(a))
    lbu(t2, 0(b))
    bne(t1, t2, different)
    addi(a, a, 1)
    addi(b, b, 1)
    j(loop)
    label(equal)
    li(a0, 1)
    ret()
    label(different)
    li(a0, 0)


# ---- strings


# try: string_length("a string of some forty letters or so, no more")
@asm_rv32
def string_length(text):
    mv(t0, text)
    label(loop)
    lbu(t1, 0(t0))
    beqz(t1, done)
    addi(t0, t0, 1)
    j(loop)
    label(done)
    sub(a0, t0, text)


# try: upper(bytearray(b"a string of some forty letters or so, no more"), 45)
@asm_rv32
def upper(text, count):
    add(t0, text, count)
    beq(text, t0, done)
    label(loop)
    li(t3, 97)
    li(t4, 26)
    lbu(t1, 0(text))
    sub(t2, t1, t3)
    sltu(t2, t2, t4)
    slli(t2, t2, 5)
    sub(t1, t1, t2)
    sb(t1, 0(text))
    addi(text, text, 1)
    bne(text, t0, loop)
    label(done)
    li(a0, 0)


# try: decimal(b"1234567890", 10)
@asm_rv32
def decimal(digits, count):
    li(t0, 0)
    beqz(count, done)
    label(loop)
    lbu(t1, 0(digits))
    li(t2, 10)
    mul(t0, t0, t2)
    addi(t1, t1, -48)
    add(t0, t0, t1)
    addi(digits, digits, 1)
    addi(count, count, -1)
    bnez(count, loop)
    label(done)
    mv(a0, t0)


# ---- checksums


# try: xor_sum(array("i", range(100)), 100)
@asm_rv32
def xor_sum(words, count):
    li(t0, 0)
    beqz(count, done)
    label(loop)
    lw(t1, 0(words))
    xor(t0, t0, t1)
    addi(words, words, 4)
    addi(count, count, -1)
    bnez(count, loop)
    label(done)
    mv(a0, t0)


# try: fletcher(bytearray(range(200)), 200)
@asm_rv32
def fletcher(data, count):
    add(t2, data, count)
    li(t0, 0)
    li(t1, 0)
    label(loop)
    beq(data, t2, done)
    lbu(t3, 0(data))
    add(t0, t0, t3)
    add(t1, t1, t0)
    addi(data, data, 1)
    j(loop)
    label(done)
    slli(t1, t1, 16)
    xor(a0, t0, t1)


# try: bernstein(bytearray(range(200)), 200)
@asm_rv32
def bernstein(data, count):
    """Bernstein's hash: 33 times what was there, and the next byte."""
    add(t2, data, count)
    li(t0, 5381)
    beq(data, t2, done)
    label(loop)
    lbu(t1, 0(data))
    slli(t3, t0, 5)
    add(t0, t0, t3)
    add(t0, t0, t1)
    addi(data, data, 1)
    bne(data, t2, loop)
    label(done)
    mv(a0, t0)


# try: internet_sum(array("H", range(100)), 100)
@asm_rv32
def internet_sum(halves, count):
    """The sum of 16-bit words, with the carries added in again."""
    li(t0, 0)
    beqz(count, folded)
    label(loop)
    lhu(t1, 0(halves))
    add(t0, t0, t1)
    addi(halves, halves, 2)
    addi(count, count, -1)
    bnez(count, loop)
    label(folded)
    srli(t1, t0, 16)
    slli(t0, t0, 16)
    srli(t0, t0, 16)
    add(a0, t0, t1)


# try: crc8(bytearray(range(40)), 40)
@asm_rv32
def crc8(data, count):
    """The polynomial 0x31, bit by bit."""
    add(t2, data, count)
    li(t0, 0xFF)
    label(loop)
    beq(data, t2, done)
    lbu(t1, 0(data))
    xor(t0, t0, t1)
    li(t3, 8)
    label(bits)
    slli(t0, t0, 1)
    andi(t4, t0, 0x100)
    beqz(t4, zero_bit)
    xori(t0, t0, 0x131)
    label(zero_bit)
    addi(t3, t3, -1)
    bnez(t3, bits)
    addi(data, data, 1)
    j(loop)
    label(done)
    mv(a0, t0)


# ---- tables


# try: histogram(array("I", [0] * 256), bytearray(range(200)), 200)
@asm_rv32
def histogram(counts, data, count):
    add(t0, data, count)
    beq(data, t0, done)
    label(loop)
    lbu(t1, 0(data))
    slli(t1, t1, 2)
    add(t1, counts, t1)
    lw(t2, 0(t1))
    addi(t2, t2, 1)
    sw(t2, 0(t1))
    addi(data, data, 1)
    bne(data, t0, loop)
    label(done)
    li(a0, 0)


# try: translate(bytearray(range(200)), bytearray(range(256)), 200)
@asm_rv32
def translate(data, table, count):
    add(t0, data, count)
    beq(data, t0, done)
    label(loop)
    lbu(t1, 0(data))
    add(t1, table, t1)
    lbu(t1, 0(t1))
    sb(t1, 0(data))
    addi(data, data, 1)
    bne(data, t0, loop)
    label(done)
    li(a0, 0)


# try: gather(array("i", [0] * 64), array("i", range(256)), bytearray(range(64)), 64)
@asm_rv32
def gather(to, table, indices, count):
    beqz(count, done)
    label(loop)
    lbu(t0, 0(indices))
    slli(t0, t0, 2)
    add(t0, table, t0)
    lw(t0, 0(t0))
    sw(t0, 0(to))
    addi(indices, indices, 1)
    addi(to, to, 4)
    addi(count, count, -1)
    bnez(count, loop)
    label(done)
    li(a0, 0)
