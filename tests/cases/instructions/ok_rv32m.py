# Every instruction of rv32m in every accepted spelling.

@asm_rv32
def every_rv32m():
    label(there)
    mul(a0, a1, a2)  # = 3385c502
    mulh(a0, a1, a2)  # = 3395c502
    mulhsu(a0, a1, a2)  # = 33a5c502
    mulhu(a0, a1, a2)  # = 33b5c502
    div(a0, a1, a2)  # = 33c5c502
    divu(a0, a1, a2)  # = 33d5c502
    rem(a0, a1, a2)  # = 33e5c502
    remu(a0, a1, a2)  # = 33f5c502
    ret()
