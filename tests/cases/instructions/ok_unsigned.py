# A negative number may be written as the unsigned 32 bits that it is, as an offset, too.

@asm_rv32
def offsets(a):
    addi(a0, a0, 0xffffffff)  # = 7d15 / 1305f5ff
    lw(a0, 0xfffffffc(a1))  # = 03a5c5ff
    sw(a0, 0xfffff800(a1))  # = 23a0a580
    jalr(a0, 0xffffffff(a1))  # = 6785f5ff8280 / 6785f5ff67800000
