# Limits on the data of a file's functions, all together.

@asm_rv32
def much():
    space((16 << 20) - 1)


@asm_rv32
def too_much():
    data(1, 1)
    space(1)  # error[too-large]: the file's functions hold more than 16777216 bytes of data
