# options: dialect=micropython
# What MicroPython's own assembler does not know.

@micropython.asm_rv32
def names(a0, first):  # error[not-in-dialect]: mpy-cross 1.29 has this parameter named a1; help: a1
    zext_b(a0, a1)  # error[not-in-dialect]: mpy-cross 1.29 knows no 'zext_b'; help: andi(rd, rs1, 255)


@micropython.asm_rv32(isa="rv32i")
def fewer(a0):  # error[not-in-dialect]: mpy-cross 1.29 assembles for rv32imc, and this ISA has no M and C; help: isa="rv32imc"
    mul(a0, a0, a0)  # error[needs-extension]: 'mul' needs the extension M (integer multiplication and division); help: isa="rv32im"
    c_li(a0, 4)  # error[needs-extension]: 'c_li' needs the extension C (compressed instructions); help: isa="rv32ic"


@micropython.asm_rv32
def nothing(a0) -> None:  # error[not-in-dialect]: mpy-cross 1.29 knows no function that returns nothing; help: leave '-> None' out; the result is then the word in a0, an int
    sw(zero, 0(a0))
