# options: isa=rv32im
# Without two-byte instructions a gap in code holds what does nothing, and zeros behind data.

@asm_rv32
def gaps(a):
    addi(a0, a, 1)  # = 13051500
    align(16)  # = 130000001300000013000000
    label(middle)
    addi(a0, a0, 1)  # = 13051500
    align(8)  # = 13000000
    j(over)
    data(1, 1)  # = 01
    align(4)  # = 000000
    data(4, 2)  # = 02000000
    align(16)  # = 000000000000000000000000
    label(over)
    # run(3) -> 5
