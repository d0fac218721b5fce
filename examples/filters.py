"""Fixed-point signal processing: a dot product and a FIR filter.

    asmrv32 run examples/filters.py 'dot(array("i", [3, 4]), array("i", [5, 6]), 2)'
"""

from asm_rv32 import asm_macro, asm_rv32, const, micropython
from asm_rv32.micropython import ptr32

FRACTION = const(15)


@asm_macro
def add_products(total, x, y, count):
    """Add `count` products and move the pointers on; a3 to a6 are overwritten."""
    left = a3; right = a4; next_left = a5; next_right = a6
    lw(left, 0(x))
    lw(right, 0(y))
    for i in range(1, count + 1):
        # What is multiplied was loaded two instructions before: it is not waited for.
        if i < count:
            lw(next_left, (4 * i)(x))
            lw(next_right, (4 * i)(y))
        else:
            addi(x, x, 4 * count)
            addi(y, y, 4 * count)
        mul(left, left, right)
        add(total, total, left)
        used = left; left = next_left; next_left = used
        used = right; right = next_right; next_right = used


@asm_rv32
def dot(x, y, count):
    """The sum of x[i] * y[i] over `count` words, modulo 2**32, read as signed."""
    end = t0
    stop = t1
    total = t2
    slli(end, count, 2)
    add(end, x, end)
    li(total, 0)
    for shift in range(4, -1, -2):
        at_once = 1 << shift  # 16, then 4, then one by one
        andi(stop, count, at_once - 1)
        slli(stop, stop, 2)
        sub(stop, end, stop)
        beq(x, stop, fewer)
        label(again)
        add_products(total, x, y, at_once)
        bne(x, stop, again)
        label(fewer)
    mv(a0, total)


@asm_rv32
def fir(out, samples, taps, counts):
    """Write out[i] = (sum of taps[k] * samples[i + k]) >> 15 for each i below `count`.

    `counts` holds two words, count and tap_count: a board passes four arguments at the most, and
    an array carries what is more. `samples` holds count + tap_count - 1 words; sums are kept
    modulo 2**32. Returns `out`.
    """
    end = a3
    tap_end = a4
    tap = a5
    sample = a6
    first = t0
    second = t1
    left = t2
    right = t3
    weight = t4
    lw(tap_end, 4(counts))
    lw(end, 0(counts))
    slli(tap_end, tap_end, 2)
    add(tap_end, taps, tap_end)
    slli(end, end, 2)
    add(end, out, end)
    mv(a7, out)
    # Two outputs at a time: each tap and each sample is loaded once for both.
    addi(t6, end, -4)
    bgeu(a7, t6, last)
    label(pair)
    mv(tap, taps)
    mv(sample, samples)
    li(first, 0)
    li(second, 0)
    lw(left, 0(sample))
    beq(tap, tap_end, store_pair)
    sub(t5, tap_end, taps)
    andi(t5, t5, 4)
    beqz(t5, two)
    lw(weight, 0(tap))
    lw(right, 4(sample))
    addi(tap, tap, 4)
    addi(sample, sample, 4)
    mul(first, weight, left)
    mul(second, weight, right)
    mv(left, right)
    beq(tap, tap_end, store_pair)
    label(two)
    lw(weight, 0(tap))
    lw(right, 4(sample))
    addi(tap, tap, 8)
    mul(left, left, weight)
    mul(weight, right, weight)
    add(first, first, left)
    lw(left, 8(sample))
    add(second, second, weight)
    lw(weight, -4(tap))
    addi(sample, sample, 8)
    mul(right, right, weight)
    mul(weight, weight, left)
    add(first, first, right)
    add(second, second, weight)
    bne(tap, tap_end, two)
    label(store_pair)
    srai(first, first, FRACTION)
    srai(second, second, FRACTION)
    sw(first, 0(a7))
    sw(second, 4(a7))
    addi(a7, a7, 8)
    addi(samples, samples, 8)
    bltu(a7, t6, pair)
    label(last)
    beq(a7, end, done)
    li(first, 0)
    mv(tap, taps)
    beq(tap, tap_end, store)
    label(one)
    lw(weight, 0(tap))
    lw(left, 0(samples))
    addi(tap, tap, 4)
    addi(samples, samples, 4)
    mul(weight, weight, left)
    add(first, first, weight)
    bne(tap, tap_end, one)
    label(store)
    srai(first, first, FRACTION)
    sw(first, 0(a7))
    label(done)


@micropython.viper
def dot_viper(x: ptr32, y: ptr32, count: int) -> int:
    total = 0
    i = 0
    while i < count:
        total += x[i] * y[i]
        i += 1
    return total


@micropython.viper
def fir_viper(out: ptr32, samples: ptr32, taps: ptr32, counts: ptr32):
    count = counts[0]
    tap_count = counts[1]
    i = 0
    while i < count:
        total = 0
        k = 0
        while k < tap_count:
            total += taps[k] * samples[i + k]
            k += 1
        out[i] = total >> 15
        i += 1


def signed(value):
    return ((value & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


# prove: dot(any("i", 64), any("i", 64), 64)
def dot_python(x, y, count):
    return signed(sum(a * b for a, b in zip(x[:count], y[:count])))


# prove: fir(any("i", 8), any("i", 15), any("i", 8), array("I", [8, 8]))
def fir_python(out, samples, taps, counts):
    count, tap_count = counts
    for i in range(count):
        window = samples[i : i + tap_count]
        out[i] = signed(sum(a * b for a, b in zip(window, taps[:tap_count]))) >> FRACTION
