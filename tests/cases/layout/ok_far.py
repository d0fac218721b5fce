# A jump further than jal reaches goes through a scratch register, and says so.

@asm_rv32
def far(a):
    beqz(a, there)  # note[far-jump-scratch]: this jump is so long that it goes through t1, which it overwrites
    li(a0, 1)
    ret()
    space(1048576)
    label(there)
    li(a0, 2)
    ret()
    # run(0) -> 2
    # run(5) -> 1


@asm_rv32
def linked():
    mv(t0, ra)
    jal(there)
    jr(t0)
    space(1048576)
    label(there)
    li(a0, 3)
    ret()
    # run() -> 3
