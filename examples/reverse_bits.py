"""Reverse the 32 bits of a word by exchanging fields that lie ten, four and two bits apart.

    asmrv32 run examples/reverse_bits.py 'reverse_bits(1)'
    asmrv32 run examples/reverse_bits.py 'reverse_bits_zbkb(1)'
"""

from asm_rv32 import asm_rv32, const, micropython, uint
from asm_rv32.words import a0, and_, brev8, li, or_, ret, rev8, slli, srli, t0, t1, xor

# D. E. Knuth, The Art of Computer Programming, 7.1.3: after a rotation by 15, three exchanges of
# fields are enough, where halving takes five.
TEN = const(0x003F801F)
FOUR = const(0x0E038421)
TWO = const(0x22488842)


@asm_rv32
def reverse_bits(word: int) -> uint:
    """The word with bit 31 for bit 0, and so on."""
    srli(t0, word, 17)
    slli(a0, word, 15)
    or_(a0, a0, t0)
    li(t1, TEN)
    srli(t0, a0, 10)
    xor(t0, t0, a0)
    and_(t0, t0, t1)
    slli(t1, t0, 10)
    or_(t0, t0, t1)
    xor(a0, a0, t0)
    li(t1, FOUR)
    srli(t0, a0, 4)
    xor(t0, t0, a0)
    and_(t0, t0, t1)
    slli(t1, t0, 4)
    or_(t0, t0, t1)
    xor(a0, a0, t0)
    li(t1, TWO)
    srli(t0, a0, 2)
    xor(t0, t0, a0)
    and_(t0, t0, t1)
    slli(t1, t0, 2)
    or_(t0, t0, t1)
    xor(a0, a0, t0)
    ret()


@asm_rv32(isa="rv32imc_zbkb")
def reverse_bits_zbkb(word: int) -> uint:
    """The same: Zbkb reverses bytes, and the bits of each byte."""
    rev8(a0, word)
    brev8(a0, a0)
    ret()


@micropython.viper
def reverse_bits_viper(word: uint) -> uint:
    reverse = uint(0)
    left = 32
    while left:
        reverse = reverse << 1 | word & 1
        word = word >> 1
        left -= 1
    return reverse


# prove: reverse_bits(any)
def reverse_bits_python(word: int) -> int:
    return int(f"{word & 0xFFFFFFFF:032b}"[::-1], 2)


# prove: reverse_bits_zbkb(any)
reverse_bits_zbkb_python = reverse_bits_python
