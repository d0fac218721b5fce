"""A function with two loops, stores and a character, to step through."""

SORT = """\
@asm_rv32
def insertion_sort(words, count):
    slli(count, count, 2)
    add(count, count, words)
    addi(a2, words, 4)
    label(outer)
    bgeu(a2, count, done)
    lw(t0, 0(a2))
    mv(a3, a2)
    label(inner)
    lw(t1, -4(a3))
    ble(t1, t0, place)
    sw(t1, 0(a3))
    addi(a3, a3, -4)
    bne(a3, words, inner)
    label(place)
    sw(t0, 0(a3))
    addi(a2, a2, 4)
    j(outer)
    label(done)
    li(a0, 0x41)
"""
