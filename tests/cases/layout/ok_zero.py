# Constants loaded into zero, which are instructions that do nothing, of a size all the same.

@asm_rv32
def zeros(a):
    beqz(a, over)  # = 11c9 / 630c0500
    li(zero, 0)  # = 0100 / 13000000
    li(x0, 40)  # = 13008002
    li(zero, 4096)  # = 37100000
    li(zero, 5000)  # = 3710000013008038
    label(over)
    addi(a0, a, 1)
    # run(0) -> 1
    # run(3) -> 4
