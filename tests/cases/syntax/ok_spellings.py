# The spelling that Python's type checkers take: memory in square brackets, labels as strings.

from asm_rv32.words import a0, label, lw, mcycle


@asm_macro
def again(register, to):
    addi(register, register, -1)
    bnez(register, to)


@asm_macro
def here(name):
    label(name)


@asm_rv32
def memory(words, count):
    lw(t0, words[4])  # = 83224500
    lw(t0, words[-4])  # = 8322c5ff
    lw(t0, words[2 * 4 + 1 - 1])  # = 83228500
    sw(t0, sp[0])  # = 16c0 / 23205100
    jalr(ra, a5[8])  # = e7808700
    lbu(t0, words[0])  # = 834205008280 / 8342050067800000


@asm_rv32
def labels(n):
    li(t0, "A")  # = 93021004
    label("x")
    here("loop")
    again(n, "loop")  # = 7d157dfd / 1305f5ffe31e05fe
    j("x")  # = f5bf / 6ff09fff
    lui(t1, hi("end"))  # = 37030000
    lw(t1, t1[lo("end")])  # = 0323a301 / 03230302
    csrr(t2, "mcycle")  # = f32300b0
    csrr(t2, mcycle)  # = f32300b0
    label("end")


@asm_rv32
def plain(n):
    li(t0, 'A')  # = 93021004
    label(x)
    here(loop)
    again(n, loop)  # = 7d157dfd / 1305f5ffe31e05fe
    j(x)  # = f5bf / 6ff09fff
    lui(t1, hi(end))  # = 37030000
    lw(t1, lo(end)(t1))  # = 0323a301 / 03230302
    csrr(t2, mcycle)  # = f32300b0
    csrr(t2, 0xb00)  # = f32300b0
    label(end)


@asm_rv32
def sums(n):
    li(t0, address_of("end") - address_of("start") + 2)  # = 9942 / 93026000
    lw(t0, address_of("start") + 4)  # = 9702000083a2c200
    label("start")
    data(4, address_of("end") - address_of("start"))  # = 04000000
    label("end")


@asm_rv32
def bare_sums(n):
    li(t0, end - start + 2)  # = 9942 / 93026000
    lw(t0, start + 4)  # = 9702000083a2c200
    label(start)
    data(4, end - start)  # = 04000000
    label(end)
