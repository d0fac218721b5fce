"""Products: of two words, and of two words with all 64 bits of the result.

    asmrv32 run examples/multiply.py 'fast_mul(6, 7)'
"""

from array import array

from asm_rv32 import asm_rv32, uint
from asm_rv32.words import (
    a0,
    add,
    and_,
    andi,
    bnez,
    j,
    label,
    li,
    mul,
    mulhu,
    mv,
    neg,
    ret,
    slli,
    srli,
    sw,
    t0,
    t1,
)


@asm_rv32
def fast_mul(a: int, b: int) -> int:
    """The low 32 bits of a * b, read as signed."""
    mul(a0, a, b)
    ret()


@asm_rv32
def multiply_wide(a: int, b: int, product: "array[int]") -> None:
    """Write the 64-bit product of two unsigned words to `product`, the low word first."""
    mul(t0, a, b)
    mulhu(t1, a, b)
    sw(t0, product[0])
    sw(t1, product[4])


@asm_rv32
def shift_and_add(a: int, b: int) -> uint:
    """The low 32 bits of a * b on a core without a multiplier: a step for each bit of b."""
    mv(t0, a)
    li(a0, 0)
    j("test")
    label("step")
    andi(t1, b, 1)
    neg(t1, t1)
    and_(t1, t1, t0)
    add(a0, a0, t1)
    slli(t0, t0, 1)
    srli(b, b, 1)
    label("test")
    bnez(b, "step")
    ret()


# prove: fast_mul(any, any)
def fast_mul_python(a: int, b: int) -> int:
    return ((a * b & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


# prove: multiply_wide(any, any, any("I", 2))
def multiply_wide_python(a: int, b: int, product: "array[int]") -> None:
    wide = (a & 0xFFFFFFFF) * (b & 0xFFFFFFFF)
    product[0] = wide & 0xFFFFFFFF
    product[1] = wide >> 32


# prove: shift_and_add(any, any(0, 7))
def shift_and_add_python(a: int, b: int) -> int:
    return a * b & 0xFFFFFFFF
