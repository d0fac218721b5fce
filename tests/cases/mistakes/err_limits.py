# Limits on what the functions of a file expand to, all together.

@asm_rv32
def too_large():
    nop()
    for i in range(10**9):  # error[too-large]: the file's functions expand to more than 500000 statements
        pass


@asm_rv32
def not_read():
    nonsense()
