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
