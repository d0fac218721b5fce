"""The Mandelbrot set in fixed point, 13 bits of fraction.

    asmrv32 run examples/mandelbrot.py 'mandelbrot(-6144, 819, 100)'
"""

from asm_rv32 import asm_rv32, const, micropython

FRACTION = const(13)
FOUR = const(4 << 13)


@asm_rv32
def mandelbrot(real, imaginary, limit):
    """After how many steps, at most `limit`, z = z * z + c leaves the circle of radius 2.

    c is real + imaginary * i, both in units of 2**-13 and between -4 and 4; `limit` is 1 or more.
    """
    x = a3
    y = a4
    xx = a5
    yy = a6
    left = a7
    li(t0, FOUR)
    mv(x, real)
    mv(y, imaginary)
    mv(left, limit)
    label(step)
    mul(xx, x, x)
    mul(yy, y, y)
    mul(y, x, y)
    srai(xx, xx, FRACTION)
    srai(yy, yy, FRACTION)
    add(t1, xx, yy)
    bgtu(t1, t0, outside)
    srai(y, y, FRACTION - 1)  # twice the product
    sub(x, xx, yy)
    add(x, x, real)
    addi(left, left, -1)
    add(y, y, imaginary)
    bnez(left, step)
    label(outside)
    sub(a0, limit, left)


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


# prove: mandelbrot(any(-64, 63), any(-64, 63), 2)
def mandelbrot_python(real, imaginary, limit):
    x, y = real, imaginary
    for n in range(limit):
        xx, yy = x * x >> FRACTION, y * y >> FRACTION
        if xx + yy > FOUR:
            return n
        x, y = xx - yy + real, (x * y >> FRACTION - 1) + imaginary
    return limit
