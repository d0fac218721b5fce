# A function that counts its own bytes is neither shortened nor relaxed.

@asm_rv32
def counts_itself():
    auipc(a0, 0)  # = 17050000  # note[as-written]: this function counts its own bytes with auipc: it is assembled as written, without compression or relaxation; help: la(rd, LABEL) gives an address whatever the layout
    addi(a0, a0, 12)  # = 1305c500
    jr(ra)  # = 67800000
    data(4, 42)  # = 2a000000
