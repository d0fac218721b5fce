# A return is appended only where control can reach the end.

@asm_rv32
def falls_through():
    li(a0, 5)  # = 15458280 / 1305500067800000
    # run() -> 5


@asm_rv32
def returns():
    li(a0, 6)
    ret()  # = 8280 / 67800000
    # run() -> 6


@asm_rv32
def ends_in_a_jump(a0):
    label(top)
    addi(a0, a0, -1)
    bnez(a0, top)
    li(a0, 7)
    jr(ra)  # = 8280 / 67800000
    # run(3) -> 7


@asm_rv32
def jumps_to_the_end(a):
    bltz(a, end)
    ret()  # = 8280 / 67800000
    label(end)
    # run(4) -> 4
    # run(-4) -> -4


@asm_rv32
def ends_in_data():
    la(a0, table)
    lw(a0, 0(a0))
    ret()
    align(4)
    label(table)
    data(4, 77)  # = 4d000000
    # run() -> 77


@asm_rv32
def nothing(a0):
    pass
    # run(3) -> 3
