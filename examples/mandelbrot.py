"""The Mandelbrot set in fixed point, 13 bits of fraction.

    asmrv32 run examples/mandelbrot.py 'mandelbrot(-6144, 819, 100)'
"""

from asm_rv32 import asm_macro, asm_rv32, const, micropython
from asm_rv32.words import (
    Register,
    a0,
    a3,
    a4,
    a5,
    a6,
    a7,
    add,
    addi,
    andi,
    beq,
    beqz,
    bgtu,
    bne,
    bnez,
    label,
    li,
    mul,
    mv,
    ret,
    srai,
    sub,
    t0,
    t1,
    t2,
)

FRACTION = const(13)
FOUR = const(4 << 13)


@asm_macro
def step(x: Register, y: Register, real: Register, imaginary: Register, outside: str) -> None:
    """z = z * z + c, unless z is outside; a5, a6 and a7 are overwritten."""
    xx = a5
    yy = a6
    mul(xx, x, x)
    mul(yy, y, y)
    mul(y, x, y)
    srai(xx, xx, FRACTION)
    srai(yy, yy, FRACTION)
    add(a7, xx, yy)
    bgtu(a7, t0, outside)
    srai(y, y, FRACTION - 1)  # twice the product
    sub(x, xx, yy)
    add(x, x, real)
    add(y, y, imaginary)


@asm_rv32
def mandelbrot(real: int, imaginary: int, limit: int) -> int:
    """After how many steps, at most `limit`, z = z * z + c leaves the circle of radius 2.

    c is real + imaginary * i, both in units of 2**-13 and between -4 and 4; `limit` is 1 or more.
    """
    x = a3
    y = a4
    left = t1
    fours = t2
    li(t0, FOUR)
    mv(x, real)
    mv(y, imaginary)
    mv(left, limit)
    # Up to three steps one by one, then four at a time.
    andi(fours, limit, -4)
    beq(left, fours, "four")
    label("one")
    step(x, y, real, imaginary, "outside")
    addi(left, left, -1)
    bne(left, fours, "one")
    beqz(left, "outside")
    label("four")
    step(x, y, real, imaginary, "outside")
    step(x, y, real, imaginary, "after_one")
    step(x, y, real, imaginary, "after_two")
    step(x, y, real, imaginary, "after_three")
    addi(left, left, -4)
    bnez(left, "four")
    mv(a0, limit)
    ret()
    label("after_three")
    addi(left, left, -1)
    label("after_two")
    addi(left, left, -1)
    label("after_one")
    addi(left, left, -1)
    label("outside")
    sub(a0, limit, left)
    ret()


@micropython.viper
def mandelbrot_viper(real: int, imaginary: int, limit: int) -> int:
    x = real
    y = imaginary
    n = 0
    while n < limit:
        xx = (x * x) >> 13
        yy = (y * y) >> 13
        if xx + yy > 32768:
            return n
        y = ((x * y) >> 12) + imaginary
        x = xx - yy + real
        n += 1
    return n


# prove: mandelbrot(any(-8, 7), any(-8, 7), 3)
# prove: mandelbrot(any(-8, 7), any(-8, 7), 4)
def mandelbrot_python(real: int, imaginary: int, limit: int) -> int:
    x, y = real, imaginary
    for n in range(limit):
        xx, yy = x * x >> FRACTION, y * y >> FRACTION
        if xx + yy > FOUR:
            return n
        x, y = xx - yy + real, (x * y >> FRACTION - 1) + imaginary
    return limit
