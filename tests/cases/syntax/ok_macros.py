LINE = 3


@asm_macro
def swap(a, b):
    """Registers."""
    xor(a, a, b)
    xor(b, b, a)
    xor(a, a, b)


@asm_rv32
def registers(x, y):
    swap(x, y)  # = 2d8da98d2d8d / 3345b500b3c5a5003345b500
    swap(a0, b=t0)
    swap(b=t0, a=a0)
    sub(a0, x, y)  # run(30, 12) -> -18


@asm_rv32
def further_down(x):
    twice(x)  # = 06050e058280 / 131515001315350067800000
    # run(5) -> 80


@asm_macro
def twice(r, by=LINE):
    slli(r, r, 1)
    slli(r, r, by)


@asm_macro
def power(r, n, spare="t6"):
    # A loop and a choice by its parameters, a default register, names of its own.
    left = n
    base = spare
    mv(base, r)
    for i in range(n - 1):
        if left > 1:
            mul(r, r, base)
        left = left - 1


@asm_rv32
def powers(x):
    left = a0
    power(left, 3)
    power(x, LINE - 1, a5)  # run(3) -> 729


@asm_macro
def countdown(r, top, by=1):
    addi(r, r, -by)
    bnez(r, top)


@asm_macro
def repeat(r, top):
    # The label is the caller's of the caller.
    countdown(r, top)


@asm_macro
def spin(r, n):
    # A label of its own, at each use; of the same name as one of the caller's.
    li(r, n)
    label(top)
    repeat(r, top)


@asm_rv32
def labels(n):
    mv(t0, n)
    li(a0, 0)
    label(top)
    for i in range(2):
        spin(t1, 3 + i)
        spin(t2, 2)
        addi(a0, a0, 1)
    repeat(t0, top)  # run(5) -> 10


@asm_macro
def start(name, r):
    # It makes a label for the caller.
    label(name)
    addi(r, r, 1)


@asm_rv32
def made_labels(n):
    li(t0, 0)
    start(first, t0)
    addi(n, n, -1)
    bnez(n, first)
    start(name=second, r=t0)
    li(t1, 100)
    blt(t0, t1, second)
    mv(a0, t0)  # run(7) -> 100


@asm_macro
def copied(to, at, spare=t6):
    lw(spare, at)
    sw(spare, to)


@asm_macro
def words(size, first, text):
    data(size, first, first + 1, -1)
    data(1, text, "!", 0)


@asm_rv32
def memory(a):
    copied(4(a), 0(a))  # = 832f05002322f501
    copied((4 * LINE)(a), (a))
    lw(a0, (4 * LINE)(a))
    ret()
    words(2, 0x1234, b"ab")  # = 34123512ffff61622100
    words(text="z", first=0, size=1)  # = 0001ff7a2100
    # run(array("i", [5, 0, 0, 0])) -> 5 => array("i", [5, 5, 0, 5])


@asm_macro
def apply(op, rd, other):
    op(rd, rd, other)


@asm_macro
def each(op, x, y):
    apply(op, x, y)


@asm_rv32
def mnemonics(x, y):
    apply(add, x, y)  # = 2e95 / 3305b500
    each(andi, x, 12)  # = 3189 / 1375c500
    each(or_, x, y)  # = 4d8d8280 / 3365b50067800000


@asm_macro
def read(r, time):
    # Parameters that are names of CSRs, of letters of fence, of instructions.
    csrr(r, time)


@asm_macro
def barrier(w, add=rw):
    fence(w, add)


w = 5


@asm_rv32
def names(x):
    read(x, cycle)  # = 732500c0
    read(x, instret)  # = 732520c0
    read(x, 0xC82)  # = 732520c8
    barrier(w)  # = 0f003001
    barrier(r, w)  # = 0f0010028280 / 0f00100267800000


@asm_macro
def unrolled(r, n):
    # It uses itself, and comes to an end.
    if n:
        addi(r, r, n)
        unrolled(r, n - 1)


@asm_rv32
def sums(x):
    unrolled(x, 4)  # = 11050d05090505058280 / 1305450013053500130525001305150067800000
    # run(1) -> 11


class Pins:
    @asm_macro
    def toggle(r): xori(r, r, 1)


def outer():
    @asm_macro
    def swap(a, b): mv(a, b)

    @asm_rv32
    def inner(x):
        swap(x, t0)  # = 1685 / 13850200
        Pins.toggle(x)  # = 134515008280 / 1345150067800000

    @asm_macro
    def swap(a, b): nop()


@asm_macro
def nothing(): pass


@asm_rv32
def empty(x):
    nothing()  # = 
    nothing(); nothing()
    # run(3) -> 3


@asm_macro
def word_at(r, place):
    # A label of its own, named as one of the caller's; sums with what is given.
    la(r, place + 4)
    lw(r, 0(r))
    j(table)
    data(2, table - place)
    label(table)


@asm_macro
def distance(r, first, last, place):
    li(r, last - first)
    la(t0, place)
    lw(t0, 0(t0))
    nested(r, place)


@asm_macro
def nested(r, place):
    la(t1, place)
    sub(r, r, t0)
    lbu(t1, 0(t1))
    add(r, r, t1)


@asm_rv32
def label_sums(x):
    word_at(a0, table)
    mv(a5, a0)
    distance(a0, table, end, table + 8)
    add(a0, a0, a5)
    ret()
    align(4)
    label(table)
    data(4, 1, 1000, 3)
    label(end)
    # run(0) -> 1012


@asm_macro
def called(f, r):
    # Functions are places outside, in macros, too.
    addi(sp, sp, -16)
    sw(ra, 12(sp))
    call(f)
    call(doubled)
    lw(ra, 12(sp))
    addi(sp, sp, 16)


@asm_rv32
def doubled(x):
    add(a0, a0, a0)


@asm_rv32
def increased(x):
    addi(a0, a0, 1)


@asm_rv32
def calls(x):
    called(increased, x)
    # run(5) -> 12


@asm_macro
def row(first, where):
    data(2, first, 0)
    data(4, where)


@asm_data
def rows():
    row(1000, second)
    label(second)
    row(7, rows)


@asm_rv32
def reads_rows(x):
    la(a0, rows)
    lw(a0, 4(a0))
    lw(t0, 4(a0))
    lhu(t0, 0(t0))
    lhu(a0, 0(a0))
    add(a0, a0, t0)
    # run(0) -> 1007


@asm_macro
def defaults(r, op=addi, by=3, to=again, size=end - again):
    # Default values that are names: of an instruction, of a label of the macro, and a sum of them.
    label(again)
    op(r, r, by)
    data(2, size)
    label(end)
    bnez(r, to)
    la(t0, to)


@asm_rv32
def default_names(x):
    defaults(x)  # = 0d05040075fd970200009382a2ff / 130535000600e31d05fe97020000938262ff
    label(again)
    defaults(x, to=again)  # = 0d05040075fd970200009382a2ff8280 / 130535000600e31d05fe97020000938262ff67800000


@asm_macro
def moved(rd, rs, spare=t0):
    # Registers are compared: nothing is moved onto itself.
    if rd != rs:
        mv(rd, rs)
    if rd == spare:
        nop()


@asm_rv32
def compared(x):
    moved(x, a0)  # = 
    moved(x, a1)  # = 2e85 / 13850500
    moved(t0, t0)  # = 01008280 / 1300000067800000
