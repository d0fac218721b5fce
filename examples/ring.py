"""What two harts share without a lock: a ring of words, one putting and one taking, and a mailbox
that any of them posts to, as for the second core of an RP2350.

A ring is an array: how many words were taken, how many were put, how many it has room for, which is
a power of two; then the room. The counts go on past 2**32. A mailbox is one word, 0 while it is
empty. What comes before what is said by the fences, and by .aq and .rl.

    asmrv32 run examples/ring.py 'put(array("I", [0, 0, 2, 0, 0]), 7)'
    asmrv32 run examples/ring.py 'take(array("I", [0, 1, 2, 7, 0]), array("I", [0]))'
    asmrv32 run --isa rv32imac examples/ring.py 'post(array("I", [0]), 7)'
"""

from array import array

from asm_rv32 import asm_rv32, uint
from asm_rv32.words import (
    a0,
    add,
    addi,
    amoswap_w_aq,
    and_,
    beq,
    bnez,
    fence,
    label,
    li,
    lr_w,
    lw,
    r,
    ret,
    sc_w_rl,
    slli,
    sub,
    sw,
    t0,
    t1,
    t2,
    w,
    zero,
)


@asm_rv32
def put(ring: "array[int]", word: int) -> bool:
    """Whether there was room for the word. One hart alone puts."""
    lw(t0, ring[4])
    lw(t1, ring[0])
    lw(t2, ring[8])
    sub(t1, t0, t1)
    beq(t1, t2, "full")
    addi(t2, t2, -1)
    and_(t2, t2, t0)
    slli(t2, t2, 2)
    add(t2, t2, ring)
    fence(r, w)  # what stood there was taken
    sw(word, t2[12])
    fence(w, w)  # the word is there before it counts
    addi(t0, t0, 1)
    sw(t0, ring[4])
    li(a0, 1)
    ret()
    label("full")
    li(a0, 0)
    ret()


@asm_rv32
def take(ring: "array[int]", place: "array[int]") -> bool:
    """Whether there was a word; it goes to `place`. One hart alone takes."""
    lw(t0, ring[0])
    lw(t1, ring[4])
    lw(t2, ring[8])
    beq(t0, t1, "empty")
    fence(r, r)  # it is read after it counts
    addi(t2, t2, -1)
    and_(t2, t2, t0)
    slli(t2, t2, 2)
    add(t2, t2, ring)
    lw(t1, t2[12])
    fence(r, w)  # its place is free after it is read
    addi(t0, t0, 1)
    sw(t0, ring[0])
    sw(t1, place[0])
    li(a0, 1)
    ret()
    label("empty")
    li(a0, 0)
    ret()


@asm_rv32(isa="rv32imac")
def post(box: "array[int]", word: int) -> bool:
    """Whether the mailbox was empty; the word, which is not 0, is in it then. Any hart posts."""
    label("again")
    lr_w(t0, box[0])
    bnez(t0, "full")
    sc_w_rl(t0, word, box[0])
    bnez(t0, "again")
    li(a0, 1)
    ret()
    label("full")
    li(a0, 0)
    ret()


@asm_rv32(isa="rv32imac")
def collect(box: "array[int]") -> uint:
    """The word that was in the mailbox, 0 where it was empty; it is empty then."""
    amoswap_w_aq(a0, zero, box[0])
    ret()


# prove: put(any("I", [any, any, 4, any, any, any, any]), any)
def put_python(ring: "array[int]", word: int) -> bool:
    if ring[1] - ring[0] & 0xFFFFFFFF == ring[2]:
        return False
    ring[3 + (ring[1] & ring[2] - 1)] = word
    ring[1] = ring[1] + 1 & 0xFFFFFFFF
    return True


# prove: take(any("I", [any, any, 4, any, any, any, any]), any("I", 1))
def take_python(ring: "array[int]", place: "array[int]") -> bool:
    if ring[0] == ring[1]:
        return False
    place[0] = ring[3 + (ring[0] & ring[2] - 1)]
    ring[0] = ring[0] + 1 & 0xFFFFFFFF
    return True


# prove: post(any("I", 1), any)
def post_python(box: "array[int]", word: int) -> bool:
    if box[0]:
        return False
    box[0] = word
    return True


# prove: collect(any("I", 1))
def collect_python(box: "array[int]") -> int:
    word, box[0] = box[0], 0
    return word
