# Every instruction of zicsr in every accepted spelling.

@asm_rv32
def every_zicsr():
    label(there)
    csrrw(a0, a1, 832)  # = 73950534
    csrrs(a0, a1, 832)  # = 73a50534
    csrrc(a0, a1, 832)  # = 73b50534
    csrrwi(a0, 832, 3)  # = 73d50134
    csrrsi(a0, 832, 3)  # = 73e50134
    csrrci(a0, 832, 3)  # = 73f50134
    ret()
