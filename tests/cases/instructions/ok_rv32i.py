# Every instruction of rv32i in every accepted spelling.

@asm_rv32
def every_rv32i():
    label(there)
    lui(a0, -32)  # = 0175 / 3705feff
    jal(a0, there)  # = 6ff5ffff / 6ff5dfff
    jalr(a0, a1, -5)  # = 6785b5ff
    jalr(a0, -5(a1))  # = 6785b5ff
    beq(a0, a1, there)  # = e309b5fe / e308b5fe
    bne(a0, a1, there)  # = e317b5fe / e316b5fe
    blt(a0, a1, there)  # = e345b5fe / e344b5fe
    bge(a0, a1, there)  # = e353b5fe / e352b5fe
    bltu(a0, a1, there)  # = e361b5fe / e360b5fe
    bgeu(a0, a1, there)  # = e37fb5fc / e37eb5fc
    lb(a0, -32(a2))  # = 030506fe
    lh(a0, -32(a2))  # = 031506fe
    lw(a0, -32(a2))  # = 032506fe
    lbu(a0, -32(a2))  # = 034506fe
    lhu(a0, -32(a2))  # = 035506fe
    sb(a0, -32(a2))  # = 2300a6fe
    sh(a0, -32(a2))  # = 2310a6fe
    sw(a0, -32(a2))  # = 2320a6fe
    addi(a0, a1, -5)  # = 1385b5ff
    slti(a0, a1, -5)  # = 13a5b5ff
    sltiu(a0, a1, -5)  # = 13b5b5ff
    xori(a0, a1, -5)  # = 13c5b5ff
    ori(a0, a1, -5)  # = 13e5b5ff
    andi(a0, a1, -5)  # = 13f5b5ff
    slli(a0, a1, 3)  # = 13953500
    srli(a0, a1, 3)  # = 13d53500
    srai(a0, a1, 3)  # = 13d53540
    add(a0, a1, a2)  # = 3385c500
    sub(a0, a1, a2)  # = 3385c540
    sll(a0, a1, a2)  # = 3395c500
    slt(a0, a1, a2)  # = 33a5c500
    sltu(a0, a1, a2)  # = 33b5c500
    xor(a0, a1, a2)  # = 33c5c500
    srl(a0, a1, a2)  # = 33d5c500
    sra(a0, a1, a2)  # = 33d5c540
    or_(a0, a1, a2)  # = 33e5c500
    and_(a0, a1, a2)  # = 33f5c500
    fence(rw, r)  # = 0f002003
    fence_tso()  # = 0f003083
    ecall()  # = 73000000
    ebreak()  # = 0290 / 73001000
    mret()  # = 73002030
    sret()  # = 73002010
    wfi()  # = 73005010
    ret()
