# Parameters have names of one's own, and arrive in a0 to a7.

@asm_rv32
def difference(minuend, subtrahend):
    sub(a0, minuend, subtrahend)
    # run(50, 8) -> 42


@asm_rv32
def eight(a, b, c, d, e, f, g, h):
    add(a0, a, h)
    add(a0, a0, g)
    # run(1, 0, 0, 0, 0, 0, 20, 300) -> 321


@asm_rv32
def registers(a0, a1):
    add(a0, a0, a1)
    # run(1, 2) -> 3


@asm_rv32
def number(x10, x11):
    add(x10, x10, x11)
    # run(1, 2) -> 3


@asm_rv32
def annotated(a: int, b: "anything") -> uint:
    sub(a0, a, b)
    # run(1, 2) -> 4294967295


@asm_rv32
def yes_or_no(a) -> bool:
    sltiu(a0, a, 4)
    # run(3) -> True
    # run(4) -> False


@asm_rv32
def same(a) -> object:
    ret()  # = 8280 / 67800000


@asm_rv32
def signed(a) -> int:
    neg(a0, a)
    # run(1) -> -1
