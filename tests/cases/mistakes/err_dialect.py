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


@micropython.asm_rv32
def five(a0, a1, a2, a3, a4):  # error[not-in-dialect]: mpy-cross 1.29 takes up to 4 parameters; help: pass one array, and load its items from it: lw(t0, 0(a0))
    c_nop()


@micropython.asm_rv32
def texts(a0) -> "int":  # error[not-in-dialect]: mpy-cross 1.29 takes a bare name as the annotation of a result; help: -> int
    c_nop()


@micropython.asm_rv32
def annotated(a0: int):  # error[not-in-dialect]: mpy-cross 1.29 takes no annotated parameter
    c_nop()


@micropython.asm_rv32(isa="rv32imc_zcmp")
def operands(a0, a1):
    compress(False)  # error[not-in-dialect]: mpy-cross 1.29 has no 'compress'
    space(4)  # error[not-in-dialect]: mpy-cross 1.29 has no 'space'; help: data(1, 0, 0, 0, 0)
    space(20)  # error[not-in-dialect]: mpy-cross 1.29 has no 'space'; help: data(1, 0, 0, 0, 0, 0, 0, 0, 0)
    four = 4  # error[not-in-dialect]: mpy-cross 1.29 gives no names in a function; help: NAME = const(value) above the function
    addi(a0, a0, four)  # error[not-in-dialect]: mpy-cross 1.29 takes an integer here: 'four' is no constant there; help: four = const(...)
    addi(a0, a0, 1 < 2)  # error[not-in-dialect]: mpy-cross 1.29 takes an integer here: its parser does not compute this
    lw(a0, (a1))  # error[not-in-dialect]: mpy-cross 1.29 takes offset(register) here; help: write the offset, 0 included: 0(a1), -4(a1)
    cm_push({ra, s0, s1}, 0)  # error[not-in-dialect]: mpy-cross 1.29 takes a list of registers here; help: {ra}, {ra, s0} or {ra, s0 - s3}
    cm_push({ra}, -64)  # error[not-in-dialect]: mpy-cross 1.29 takes 0, -16, -32 or -48 here: what exceeds the space of the registers
    cm_push({ra}, -32)  # error[not-in-dialect]: mpy-cross 1.29 assembles this 'cm_push' wrongly, with 0 in this place: the adjustment is dropped
    csrrs(a0, zero, mstatus)  # error[not-in-dialect]: mpy-cross 1.29 knows no names of CSRs; help: 0x300
    c_lui(a0, 0xFFFFF)  # error[not-in-dialect]: mpy-cross 1.29 refuses 1048575: it takes 1..31 here
    c_lwsp(a0, 128)  # error[not-in-dialect]: mpy-cross 1.29 refuses 128: it takes -128..124 here
    c_swsp(a0, 128)  # error[not-in-dialect]: mpy-cross 1.29 refuses 128: it takes -128..124 here
    c_lw(a0, 64(a1))  # error[not-in-dialect]: mpy-cross 1.29 refuses 64: it takes -64..60 here
    c_sw(a0, 64(a1))  # error[not-in-dialect]: mpy-cross 1.29 refuses 64: it takes -64..60 here
    jalr(zero, 0(ra))  # error[not-in-dialect]: mpy-cross 1.29 takes jalr(rd, rs1, -2048..2047)
    mv(a0, zero)  # error[not-in-dialect]: mpy-cross 1.29 assembles this 'mv' wrongly, as c_jr(a0)
    li(sp, 0x1000)  # error[not-in-dialect]: mpy-cross 1.29 assembles this 'li' wrongly, as c_addi16sp(32)
    li(sp, 0x1004)  # error[not-in-dialect]: mpy-cross 1.29 assembles this 'li' wrongly, as c_addi16sp(32) and addi(sp, sp, 4)
    c_slli(a0, 0)  # error[not-in-dialect]: mpy-cross 1.29 assembles this 'c_slli' wrongly, as a HINT: the manual has no such shift
    c_nop(4)  # error[not-in-dialect]: mpy-cross 1.29 takes c_nop()
    c_add(zero, a0)  # error[not-in-dialect]: mpy-cross 1.29 refuses this, which the manual calls a HINT
    cm_mvsa01(s0, s0)  # error[not-in-dialect]: mpy-cross 1.29 takes two different registers
    # ^ error[register-class]: the registers of 'cm_mvsa01' must be different ones
    bgt(a0, a1, there)  # error[not-in-dialect]: mpy-cross 1.29 knows no 'bgt'; help: blt(rs1, rs2, label)
    seqz(a0, a1)  # error[not-in-dialect]: mpy-cross 1.29 knows no 'seqz'; help: sltiu(rd, rs1, 1)
    call(there)  # error[not-in-dialect]: mpy-cross 1.29 knows no 'call'; help: jal(ra, label)
    c_nop(); c_nop()  # error[not-in-dialect]: mpy-cross 1.29 takes one statement a line
    # ^ error[not-in-dialect]: mpy-cross 1.29 takes one statement a line
    for i in range(2):  # error[not-in-dialect]: mpy-cross 1.29 has no loops; help: write it out
        c_nop()
    if 1:  # error[not-in-dialect]: mpy-cross 1.29 has no 'if'
        c_nop()
    label(there)


@micropython.asm_rv32
def spelled(a0):
    label("loop")  # error[not-in-dialect]: mpy-cross 1.29 takes a bare name here
    lw(a0, a0[4])  # error[not-in-dialect]: mpy-cross 1.29 takes offset(register) here; help: write the offset, 0 included: 0(a1), -4(a1)
    bne(a0, zero, "loop")  # error[not-in-dialect]: mpy-cross 1.29 takes a bare name here; help: loop
