# Every instruction of rv32c in every accepted spelling.

@asm_rv32
def every_rv32c():
    label(there)
    c_nop()  # = 0100
    c_nop(-5)  # = 6d10
    c_addi4spn(a0, 4)  # = 4800
    c_addi4spn(a0, sp, 4)  # = 4800
    c_li(a0, -32)  # = 0155
    c_li(zero, -5)  # = 6d50
    c_mv(a0, a1)  # = 2e85
    c_mv(zero, a0)  # = 2a80
    c_addi(a0, -32)  # = 0115
    c_addi(a0, 0)  # = 0105
    c_addi16sp(-32)  # = 3d71
    c_addi16sp(sp, -32)  # = 3d71
    c_lui(a0, -32)  # = 0175
    c_lui(zero, -5)  # = 6d70
    c_slli(a0, 4)  # = 1205
    c_slli(zero, 3)  # = 0e00
    c_slli(a0, 0)  # = 0205
    c_srli(a0, 4)  # = 1181
    c_srli(a0, 0)  # = 0181
    c_srai(a0, 4)  # = 1185
    c_srai(a0, 0)  # = 0185
    c_andi(a0, -32)  # = 0199
    c_sub(a0, a1)  # = 0d8d
    c_xor(a0, a1)  # = 2d8d
    c_or(a0, a1)  # = 4d8d
    c_and(a0, a1)  # = 6d8d
    c_add(a0, a1)  # = 2e95
    c_add(zero, a0)  # = 2a90
    c_lw(a0, 4(a2))  # = 4842
    c_sw(a0, 4(a2))  # = 48c2
    c_lwsp(a0, 4)  # = 1245
    c_lwsp(a0, 4(sp))  # = 1245
    c_swsp(a0, 4)  # = 2ac2
    c_swsp(a0, 4(sp))  # = 2ac2
    c_j(there)  # = 75bf
    c_jal(there)  # = 6d3f
    c_jr(a0)  # = 0285
    c_jalr(a0)  # = 0295
    c_beqz(a0, there)  # = 55d9
    c_bnez(a0, there)  # = 4df9
    c_ebreak()  # = 0290
    c_unimp()  # = 0000
    ret()
