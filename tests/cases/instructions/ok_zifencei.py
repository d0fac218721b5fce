# Every instruction of zifencei in every accepted spelling.

@asm_rv32
def every_zifencei():
    label(there)
    fence_i()  # = 0f100000
    ret()
