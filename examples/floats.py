"""Single-precision numbers in registers of F: a dot product and a filter.

    asmrv32 run examples/floats.py 'dot_float(array("f", [1, 2]), array("f", [0.5, 0.25]), 2)'
    asmrv32 run examples/floats.py 'smooth(array("f", [1, 1, 5, 1]), 4, 0.25)'
"""

import struct
from array import array

from asm_rv32 import asm_rv32
from asm_rv32.words import (
    a0,
    a1,
    a2,
    add,
    addi,
    beq,
    bne,
    fa0,
    fa1,
    fadd_s,
    flw,
    fmul_s,
    fmv_w_x,
    fmv_x_w,
    fsub_s,
    fsw,
    ft0,
    ft1,
    label,
    ret,
    slli,
    zero,
)


@asm_rv32(isa="rv32imfc")
def dot_float(a: "array[float]", b: "array[float]", count: int) -> float:
    """The sum of the products of `count` numbers, each product and each sum rounded."""
    end = a2
    slli(end, count, 2)
    add(end, a, end)
    fmv_w_x(fa0, zero)
    beq(a, end, "done")
    label("again")
    flw(ft0, a[0])
    flw(ft1, b[0])
    addi(a, a, 4)
    addi(b, b, 4)
    fmul_s(ft0, ft0, ft1)
    fadd_s(fa0, fa0, ft0)
    bne(a, end, "again")
    label("done")
    fmv_x_w(a0, fa0)
    ret()


# prove: dot_float(any("f", 64), any("f", 64), 64)
def dot_float_python(a: "array[float]", b: "array[float]", count: int) -> float:
    total = 0.0
    for x, y in zip(a[:count], b[:count]):
        total = single(total + single(x * y))
    return total


@asm_rv32(isa="rv32imfc")
def smooth(samples: "array[float]", count: int, weight: float) -> float:
    """Each number moved by `weight` of its distance from the one before; the last of them."""
    end = a1
    value = fa0
    slli(end, count, 2)
    add(end, samples, end)
    fmv_w_x(value, zero)
    fmv_w_x(fa1, weight)
    beq(samples, end, "done")
    label("again")
    flw(ft0, samples[0])
    fsub_s(ft0, ft0, value)
    fmul_s(ft0, ft0, fa1)
    fadd_s(value, value, ft0)
    fsw(value, samples[0])
    addi(samples, samples, 4)
    bne(samples, end, "again")
    label("done")
    fmv_x_w(a0, value)
    ret()


# prove: smooth(any("f", 64), 64, any)
def smooth_python(samples: "array[float]", count: int, weight: float) -> float:
    value, weight = 0.0, single(weight)
    for at in range(count):
        value = samples[at] = single(value + single(single(samples[at] - value) * weight))
    return value


def single(value: float) -> float:
    """The nearest number in binary32: of one sum or product of such numbers it is the right one."""
    nearest: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return nearest
