# options: isa=rv32im
# An ISA without C.

@asm_rv32
def plain(a):
    mv(t0, a)  # = 93020500
    li(t1, 1)  # = 13031000
    beqz(t0, end)  # = 63860200
    align(8)  # = 13000000
    add(a0, a0, t1)  # = 33056500
    label(end)
    ret()  # = 67800000
    # run(0) -> 0
    # run(2) -> 3
