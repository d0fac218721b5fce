# Loops and conditions are unrolled and decided when the function is assembled.

N = 4


@asm_rv32
def unrolled(data):
    li(t0, 0)  # = 8142 / 93020000
    for i in range(N):
        lw(t1, (4 * i)(data))  # = 0323050003234500032385000323c500
        add(t0, t0, t1)  # = 9a929a929a929a92 / b3826200b3826200b3826200b3826200
    mv(a0, t0)
    # run(array("i", [1, 20, 300, 4000])) -> 4321


@asm_rv32
def local_labels(a):
    for i in range(3):
        beqz(a, skip)
        addi(a0, a, -1)
        label(skip)
    # run(5) -> 2
    # run(1) -> 0


@asm_rv32
def nested(a):
    for i in range(2):
        for j in range(10, 0, -5):
            if i == 0:
                addi(a0, a0, j)
            elif j == 10:
                addi(a0, a0, 100)
            else:
                for k in range(0):
                    addi(a0, a0, 1000)
    # run(0) -> 115


@asm_rv32
def one_line(a):
    for i in range(3): addi(a0, a0, 1)  # = 050505050505 / 130515001305150013051500
    if N == 4: addi(a0, a0, 10)  # = 2905 / 1305a500
    else: addi(a0, a0, 100)
    # run(0) -> 13


@asm_rv32
def outer_label(a):
    label(top)
    for i in range(2):
        addi(a0, a0, -1)
        bgtz(a0, top)
    # run(3) -> -1
