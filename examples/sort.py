"""Sort words in place by insertion, each element held in a register while others move up.

    asmrv32 run examples/sort.py 'insertion_sort(array("i", [3, -1, 2]), 3)'
"""

from array import array

from asm_rv32 import asm_rv32, micropython
from asm_rv32.micropython import ptr32
from asm_rv32.words import (
    a1,
    a2,
    a3,
    a4,
    a5,
    add,
    addi,
    bgeu,
    bgt,
    ble,
    bltu,
    bne,
    label,
    lw,
    mv,
    ret,
    slli,
    sw,
    t0,
    t1,
)


@asm_rv32
def insertion_sort(words: "array[int]", count: int) -> None:
    """Sort `count` signed words, the least first. Returns nothing of use."""
    end = a1
    outer = a2
    inner = a3
    held = a4
    other = a5
    first = t0  # the least and the greatest word so far, which are not loaded again
    last = t1
    slli(end, count, 2)
    add(end, words, end)
    addi(outer, words, 4)
    bgeu(outer, end, "done")
    lw(first, words[0])
    mv(last, first)
    label("next_element")
    lw(held, outer[0])
    mv(inner, outer)  # the gap that moves down
    addi(outer, outer, 4)
    ble(last, held, "in_place")
    bgt(first, held, "to_front")
    # The first word is not greater: the search ends there at the latest, without a test for it.
    mv(other, last)
    label("move")
    sw(other, inner[0])
    lw(other, inner[-8])
    addi(inner, inner, -4)
    bgt(other, held, "move")
    sw(held, inner[0])
    bltu(outer, end, "next_element")
    ret()
    label("to_front")
    lw(other, inner[-4])
    addi(inner, inner, -4)
    sw(other, inner[4])
    bne(inner, words, "to_front")
    sw(held, words[0])
    mv(first, held)
    mv(held, last)
    label("in_place")
    mv(last, held)
    bltu(outer, end, "next_element")
    label("done")


@micropython.viper
def insertion_sort_viper(words: ptr32, count: int) -> object:
    i = 1
    while i < count:
        held = words[i]
        j = i
        while j > 0 and words[j - 1] > held:
            words[j] = words[j - 1]
            j -= 1
        words[j] = held
        i += 1
    return None


# prove: insertion_sort(any("i", 5), 5)
def insertion_sort_python(words: "array[int]", count: int) -> None:
    words[:count] = type(words)("i", sorted(words[:count]))
