"""Integer square root, bit by bit without a loop: every trial value is known while assembling.

    asmrv32 run examples/isqrt.py 'isqrt(1000000)'
"""

from asm_rv32 import asm_macro, asm_rv32, micropython, uint
from asm_rv32.words import (
    Register,
    a0,
    a1,
    beqz,
    bltu,
    label,
    li,
    mv,
    or_,
    ori,
    ret,
    srli,
    sub,
    t0,
    t1,
)


@asm_macro
def bits(n: Register, root: Register, first: int, last: int) -> None:
    """Find a bit of the root for each second shift from first down to last.

    `root` holds the bits found so far, doubled, above those that are still to come; t0 and t1 are
    overwritten.
    """
    trial = t0
    for shift in range(first, last - 1, -2):
        if shift <= 10:
            ori(trial, root, 1 << shift)
        else:
            li(t1, 1 << shift)
            or_(trial, root, t1)
        srli(root, root, 1)
        bltu(n, trial, "too_large")
        sub(n, n, trial)
        if shift <= 10:
            ori(root, root, 1 << shift)
        else:
            or_(root, root, t1)
        label("too_large")


@asm_rv32
def isqrt(n: int) -> uint:
    """The largest r with r * r <= n, n unsigned."""
    root = a1
    li(root, 0)
    # Where n has leading zeros the root has half as many: the first trials are left out.
    srli(t0, n, 16)
    beqz(t0, "sixteen")
    srli(t0, n, 24)
    beqz(t0, "twenty_four")
    bits(n, root, 30, 24)
    label("twenty_four")
    bits(n, root, 22, 16)
    label("sixteen")
    bits(n, root, 14, 0)
    mv(a0, root)
    ret()


@micropython.viper
def isqrt_viper(n: uint) -> uint:
    root = uint(0)
    bit = uint(1 << 30)
    zero = uint(0)
    while bit != zero:
        trial = root + bit
        root = root >> 1
        if n >= trial:
            n = n - trial
            root = root + bit
        bit = bit >> 2
    return root


# prove: isqrt(any(0, 4095))
def isqrt_python(n: int) -> int:
    from math import isqrt

    return isqrt(n & 0xFFFFFFFF)
