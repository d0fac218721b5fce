# Data, space and alignment.

@asm_rv32
def numbers():
    la(t0, table)
    lw(a0, 4(t0))
    ret()
    align(4)
    label(table)
    data(4, 1, -2, 0xffffffff)  # = 01000000feffffffffffffff
    data(2, 1, -2, 0xffff)  # = 0100feffffff
    data(1, 1, -2, 0xff)  # = 01feff
    # run() -> -2


@asm_rv32
def texts():
    data(1, b"ab\x00", 'é', "x" "y")  # = 616200c3a97879
    data(2, b"ab")  # = 61006200
    data(4, b"a")  # = 61000000
    space(3)  # = 000000
    align(8)  # = 000000000000
    space(0)  # = 8280 / 67800000


@asm_rv32
def gaps():
    j(over)
    align(16)  # = 0100130000001300000013000000 / 130000001300000013000000
    label(over)
    li(a0, 9)
    align(2)  # = 
    align(1)  # = 
    ret()
    # run() -> 9


@asm_macro
def twice(register):
    addi(register, register, 1)
    compress(False)
    addi(register, register, 1)


@asm_rv32
def long_in_parts(a):
    twice(a)
    label(again)
    addi(a, a, -1)  # = 1305f5ff
    bnez(a, again)  # = e31e05fe
    compress(True)
    addi(a, a, 7)  # = 1d05 / 13057500
    compress(False)
    c_addi(a, 7)  # = 1d05
    li(t0, 1)  # = 930210008280 / 9302100067800000
    # run(3) -> 14
