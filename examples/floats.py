"""Single-precision numbers in registers of F: a dot product and a filter.

    asmrv32 run examples/floats.py 'dot_float(array("f", [1, 2]), array("f", [0.5, 0.25]), 2)'
    asmrv32 run examples/floats.py 'smooth(array("f", [1, 1, 5, 1]), 4, 0.25)'
"""

import struct

from asm_rv32 import asm_rv32


@asm_rv32(isa="rv32imfc")
def dot_float(a, b, count) -> float:
    """The sum of the products of `count` numbers, each product and each sum rounded."""
    end = a2
    slli(end, count, 2)
    add(end, a, end)
    fmv_w_x(fa0, zero)
    beq(a, end, done)
    label(again)
    flw(ft0, 0(a))
    flw(ft1, 0(b))
    addi(a, a, 4)
    addi(b, b, 4)
    fmul_s(ft0, ft0, ft1)
    fadd_s(fa0, fa0, ft0)
    bne(a, end, again)
    label(done)
    fmv_x_w(a0, fa0)


def dot_float_python(a, b, count):
    total = 0.0
    for x, y in zip(a[:count], b[:count]):
        total = single(total + single(x * y))
    return total


@asm_rv32(isa="rv32imfc")
def smooth(samples, count, weight: float) -> float:
    """Each number moved by `weight` of its distance from the one before; the last of them."""
    end = a1
    value = fa0
    slli(end, count, 2)
    add(end, samples, end)
    fmv_w_x(value, zero)
    fmv_w_x(fa1, weight)
    beq(samples, end, done)
    label(again)
    flw(ft0, 0(samples))
    fsub_s(ft0, ft0, value)
    fmul_s(ft0, ft0, fa1)
    fadd_s(value, value, ft0)
    fsw(value, 0(samples))
    addi(samples, samples, 4)
    bne(samples, end, again)
    label(done)
    fmv_x_w(a0, value)


def smooth_python(samples, count, weight):
    value, weight = 0.0, single(weight)
    for at in range(count):
        value = samples[at] = single(value + single(single(samples[at] - value) * weight))
    return value


def single(value):
    """The nearest number in binary32: of one sum or product of such numbers it is the right one."""
    return struct.unpack("<f", struct.pack("<f", value))[0]
