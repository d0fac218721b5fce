# Aliases of registers, constants, and what stands in the file around the function.

WIDTH = const(4)
COUNT: int = 3
BOTH = WIDTH * COUNT


@asm_rv32
def constants(a):
    acc = a0
    N = const(10)
    addi(acc, a, N + BOTH)
    # run(20) -> 42


@asm_rv32
def hidden(a):
    WIDTH = 5
    addi(a0, a, WIDTH)
    # run(1) -> 6


@asm_rv32
def again(a):
    N = 1
    N = N + 1
    addi(a0, a, N)
    # run(1) -> 3


@asm_rv32
def label_before_name(a):
    WIDTH2 = 4
    beqz(a, WIDTH3)
    li(a0, 1)
    ret()
    label(WIDTH3)
    li(a0, 2)
    # run(0) -> 2


def outer():
    INNER = 7

    @asm_rv32
    def enclosed(a):
        addi(a0, a, INNER)
        # run(1) -> 8


w = 8
r = 0


@asm_rv32
def letters_of_a_fence():
    fence(r, w)  # = 0f001002
    fence((r), (w))  # = 0f001002
    i = t0
    o = 3
    fence(i, o)  # = 0f004008
    for rw in range(1):
        fence(rw, io)  # = 0f00c003
    fence(r, 0)  # = 0f000002
    ret()


@asm_rv32
def letters_of_a_fence_as_parameters(w, r):
    fence(r, w)  # = 0f001002
    mv(a0, w)
    # run(3, 4) -> 3


@asm_rv32
def a_target_in_brackets(a):
    beqz(a, (there))
    ebreak()
    label(there)
    # run(0) -> 0
