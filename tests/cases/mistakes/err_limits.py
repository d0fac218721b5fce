# Limits on size.

@asm_rv32
def too_large():
    for i in range(10**9):  # error[too-large]: the function expands to more than 500000 statements
        nop()


@asm_rv32
def too_much_data():
    space(16 << 20)
    space(1)  # error[too-large]: the function holds more than 16777216 bytes of data
