# Every instruction of pseudo in every accepted spelling.

@asm_rv32
def every_pseudo():
    label(there)
    nop()  # = 0100 / 13000000
    li(a0, -32)  # = 0155 / 130500fe
    la(a0, there)  # = 170500001305c5ff / 17050000130585ff
    lla(a0, there)  # = 17050000130545ff / 17050000130505ff
    mv(a0, a1)  # = 2e85 / 13850500
    not_(a0, a1)  # = 13c5f5ff
    neg(a0, a1)  # = 3305b040
    seqz(a0, a1)  # = 13b51500
    snez(a0, a1)  # = 3335b000
    sltz(a0, a1)  # = 33a50500
    sgtz(a0, a1)  # = 3325b000
    sgt(a0, a1, a2)  # = 3325b600
    sgtu(a0, a1, a2)  # = 3335b600
    sext_b(a0, a1)  # = 139585016185 / 1395850113558541
    sext_h(a0, a1)  # = 139505014185 / 1395050113550541
    zext_b(a0, a1)  # = 13f5f50f
    zext_h(a0, a1)  # = 139505014181 / 1395050113550501
    beqz(a0, there)  # = 55d9 / e30405fa
    bnez(a0, there)  # = 4df9 / e31205fa
    blez(a0, there)  # = e358a0fa / e350a0fa
    bgez(a0, there)  # = e35605fa / e35e05f8
    bltz(a0, there)  # = e34405fa / e34c05f8
    bgtz(a0, there)  # = e342a0fa / e34aa0f8
    bgt(a0, a1, there)  # = e3c0a5fa / e3c8a5f8
    ble(a0, a1, there)  # = e3dea5f8 / e3d6a5f8
    bgtu(a0, a1, there)  # = e3eca5f8 / e3e4a5f8
    bleu(a0, a1, there)  # = e3faa5f8 / e3f2a5f8
    j(there)  # = 41bf / 6ff01ff8
    jal(there)  # = 7937 / eff0dff7
    call(there)  # = 7137 / eff09ff7
    tail(there)  # = 69b7 / 6ff05ff7
    jr(a0)  # = 0285 / 67000500
    jr(a0, -32)  # = 670005fe
    jr(-32(a0))  # = 670005fe
    jalr(a0)  # = 0295 / e7000500
    jalr(-32(a0))  # = e70005fe
    ret()  # = 8280 / 67800000
    fence()  # = 0f00f00f
    pause()  # = 0f000001
    unimp()  # = 0000 / 731000c0
    rdcycle(a0)  # = 732500c0
    rdcycleh(a0)  # = 732500c8
    rdtime(a0)  # = 732510c0
    rdtimeh(a0)  # = 732510c8
    rdinstret(a0)  # = 732520c0
    rdinstreth(a0)  # = 732520c8
    csrr(a0, 832)  # = 73250034
    csrw(832, a1)  # = 73900534
    csrs(832, a1)  # = 73a00534
    csrc(832, a1)  # = 73b00534
    csrwi(832, 4)  # = 73500234
    csrsi(832, 4)  # = 73600234
    csrci(832, 4)  # = 73700234
    ret()
