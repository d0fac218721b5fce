# What Python cannot read around the functions.

@asm_rv32
def fine(a):
    nop()


def broken():
    return (1 +)  # error[not-python]: Python cannot read this: invalid syntax
