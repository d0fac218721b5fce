"""Integer square root, bit by bit without a loop: every trial value is known while assembling.

    asmrv32 run examples/isqrt.py 'isqrt(1000000)'
"""

from asm_rv32 import asm_rv32, micropython, uint


@asm_rv32
def isqrt(n) -> uint:
    """The largest r with r * r <= n, n unsigned."""
    root = a1
    trial = t0
    li(root, 0)
    for shift in range(30, -1, -2):
        # root holds the bits found so far, doubled, above those that are still to come.
        if shift <= 10:
            ori(trial, root, 1 << shift)
        else:
            li(t1, 1 << shift)
            or_(trial, root, t1)
        srli(root, root, 1)
        bltu(n, trial, too_large)
        sub(n, n, trial)
        if shift <= 10:
            ori(root, root, 1 << shift)
        else:
            or_(root, root, t1)
        label(too_large)
    mv(a0, root)


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
def isqrt_python(n):
    from math import isqrt

    return isqrt(n & 0xFFFFFFFF)
