"""Fixed-point signal processing: a dot product and a FIR filter.

    asmrv32 run examples/filters.py 'dot(array("i", [3, 4]), array("i", [5, 6]), 2)'
"""

from array import array

from asm_rv32 import asm_macro, asm_rv32, const, micropython
from asm_rv32.micropython import ptr32
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
    bgeu,
    bltu,
    bne,
    label,
    li,
    lw,
    mul,
    mv,
    ret,
    s0,
    s1,
    s2,
    slli,
    sp,
    srai,
    sub,
    sw,
    t0,
    t1,
    t2,
    t3,
    t4,
    t5,
    t6,
)

FRACTION = const(15)


@asm_macro
def add_products(total: Register, x: Register, y: Register, count: int) -> None:
    """Add `count` products and move the pointers on; a3 to a6 are overwritten."""
    left = a3; right = a4; next_left = a5; next_right = a6
    lw(left, x[0])
    lw(right, y[0])
    for i in range(1, count + 1):
        # What is multiplied was loaded two instructions before: it is not waited for.
        if i < count:
            lw(next_left, x[4 * i])
            lw(next_right, y[4 * i])
        else:
            addi(x, x, 4 * count)
            addi(y, y, 4 * count)
        mul(left, left, right)
        add(total, total, left)
        used = left; left = next_left; next_left = used
        used = right; right = next_right; next_right = used


@asm_rv32
def dot(x: "array[int]", y: "array[int]", count: int) -> int:
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
        beq(x, stop, "fewer")
        label("again")
        add_products(total, x, y, at_once)
        bne(x, stop, "again")
        label("fewer")
    mv(a0, total)
    ret()


@asm_macro
def add_product(total: Register, weight: Register, sample: Register) -> None:
    """a6 is overwritten."""
    mul(a6, weight, sample)
    add(total, total, a6)


@asm_rv32
def fir(out: "array[int]", samples: "array[int]", taps: "array[int]", counts: "array[int]") -> None:
    """Write out[i] = (sum of taps[k] * samples[i + k]) >> 15 for each i below `count`.

    `counts` holds two words, count and tap_count: a board passes four arguments at the most, and
    an array carries what is more. `samples` holds count + tap_count - 1 words; sums are kept
    modulo 2**32. Returns `out`.
    """
    end = a3
    weight = a5
    tap = a7
    sum0 = t0; sum1 = t1; sum2 = t2; sum3 = t3
    in0 = t4; in1 = t5; in2 = t6; in3 = a4
    sample = s0
    tap_end = s1
    stop = s2
    addi(sp, sp, -16)
    sw(s0, sp[0])
    sw(s1, sp[4])
    sw(s2, sp[8])
    sw(out, sp[12])
    lw(tap_end, counts[4])
    lw(end, counts[0])
    slli(tap_end, tap_end, 2)
    add(tap_end, taps, tap_end)
    slli(end, end, 2)
    add(end, out, end)
    # Four outputs at a time: each tap and each sample is loaded once for all of them.
    addi(stop, end, -12)
    bgeu(out, stop, "rest")
    label("four")
    mv(tap, taps)
    mv(sample, samples)
    li(sum0, 0)
    li(sum1, 0)
    li(sum2, 0)
    li(sum3, 0)
    beq(tap, tap_end, "store_four")
    lw(in0, sample[0])
    lw(in1, sample[4])
    lw(in2, sample[8])
    sub(stop, tap_end, taps)
    andi(stop, stop, 12)
    beqz(stop, "four_taps")
    # One to three taps, then four at a time.
    add(stop, taps, stop)
    label("one_tap")
    lw(weight, tap[0])
    lw(in3, sample[12])
    addi(tap, tap, 4)
    addi(sample, sample, 4)
    add_product(sum0, weight, in0)
    mv(in0, in1)
    add_product(sum1, weight, in1)
    mv(in1, in2)
    add_product(sum2, weight, in2)
    mv(in2, in3)
    add_product(sum3, weight, in3)
    bne(tap, stop, "one_tap")
    beq(tap, tap_end, "store_four")
    label("four_taps")
    for i in range(4):
        lw(weight, tap[4 * i])
        lw(in3, sample[4 * i + 12])
        if i == 3:
            addi(tap, tap, 16)
            addi(sample, sample, 16)
        add_product(sum0, weight, in0)
        add_product(sum1, weight, in1)
        add_product(sum2, weight, in2)
        add_product(sum3, weight, in3)
        oldest = in0; in0 = in1; in1 = in2; in2 = in3; in3 = oldest
    bne(tap, tap_end, "four_taps")
    label("store_four")
    for i in range(4):
        srai(sum0, sum0, FRACTION)
        sw(sum0, out[4 * i])
        stored = sum0; sum0 = sum1; sum1 = sum2; sum2 = sum3; sum3 = stored
    addi(out, out, 16)
    addi(samples, samples, 16)
    addi(stop, end, -12)
    bltu(out, stop, "four")
    label("rest")
    beq(out, end, "done")
    label("one")
    mv(tap, taps)
    mv(sample, samples)
    li(sum0, 0)
    beq(tap, tap_end, "store")
    label("next_tap")
    lw(weight, tap[0])
    lw(in0, sample[0])
    addi(tap, tap, 4)
    addi(sample, sample, 4)
    add_product(sum0, weight, in0)
    bne(tap, tap_end, "next_tap")
    label("store")
    srai(sum0, sum0, FRACTION)
    sw(sum0, out[0])
    addi(out, out, 4)
    addi(samples, samples, 4)
    bne(out, end, "one")
    label("done")
    lw(out, sp[12])
    lw(s0, sp[0])
    lw(s1, sp[4])
    lw(s2, sp[8])
    addi(sp, sp, 16)


@micropython.viper
def dot_viper(x: ptr32, y: ptr32, count: int) -> int:
    total = 0
    i = 0
    while i < count:
        total += x[i] * y[i]
        i += 1
    return total


@micropython.viper
def fir_viper(out: ptr32, samples: ptr32, taps: ptr32, counts: ptr32) -> object:
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
    return None


def signed(value: int) -> int:
    return ((value & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


# prove: dot(any("i", 64), any("i", 64), 64)
def dot_python(x: "array[int]", y: "array[int]", count: int) -> int:
    return signed(sum(a * b for a, b in zip(x[:count], y[:count])))


# prove: fir(any("i", 8), any("i", 15), any("i", 8), array("I", [8, 8]))
def fir_python(
    out: "array[int]", samples: "array[int]", taps: "array[int]", counts: "array[int]"
) -> None:
    count, tap_count = counts
    for i in range(count):
        window = samples[i : i + tap_count]
        out[i] = signed(sum(a * b for a, b in zip(window, taps[:tap_count]))) >> FRACTION
