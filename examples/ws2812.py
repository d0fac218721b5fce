"""WS2812 light strips over SPI: each bit of a colour becomes four, 1000 for 0 and 1110 for 1.

    asmrv32 run examples/ws2812.py 'ws2812(array("I", [0, 0]), b"\\xff\\x0f", 2)'
"""

from array import array

from asm_rv32 import asm_macro, asm_rv32, micropython
from asm_rv32.micropython import ptr8, ptr16
from asm_rv32.words import (
    Register,
    a2,
    a3,
    a4,
    a5,
    a6,
    add,
    addi,
    align,
    andi,
    beq,
    bne,
    data,
    la,
    label,
    lbu,
    lhu,
    ret,
    sh,
    slli,
    srli,
    sub,
    t0,
    t1,
)


@asm_macro
def send(out: Register, colours: Register, table_: Register, count: int) -> None:
    """Write the words of `count` bytes, and move both pointers on; a4 to a6 are overwritten."""
    high = a4
    low = a5
    next_ = a6
    lbu(low, colours[0])
    addi(colours, colours, count)
    for i in range(count):
        srli(high, low, 3)
        slli(low, low, 1)
        andi(high, high, 30)
        andi(low, low, 30)
        add(high, high, table_)
        add(low, low, table_)
        lhu(high, high[0])
        lhu(low, low[0])
        if i < count - 1:
            # Loaded here, it is not waited for.
            lbu(next_, colours[i + 1 - count])
        sh(high, out[4 * i])
        sh(low, out[4 * i + 2])
        used = low; low = next_; next_ = used
    addi(out, out, 4 * count)


@asm_rv32
def ws2812(out: "array[int]", colours: "bytes | bytearray", length: int) -> None:
    """Write a word to `out` for each of `length` bytes, to be sent with its lowest byte first.

    Of a byte the highest bit is sent first, by the strip's rule and by SPI's. Returns nothing of
    use.
    """
    end = a2
    table_ = a3
    eights = t0
    andi(t1, length, 7)
    add(end, colours, length)
    la(table_, "table")
    sub(eights, end, t1)
    beq(colours, eights, "rest")
    label("eight")
    send(out, colours, table_, 8)
    bne(colours, eights, "eight")
    label("rest")
    beq(colours, end, "done")
    label("one")
    send(out, colours, table_, 1)
    bne(colours, end, "one")
    label("done")
    ret()
    align(2)
    label("table")
    for digit in range(16):
        bits = 0
        for bit in range(4):
            bits = bits << 4 | (0b1110 if digit >> (3 - bit) & 1 else 0b1000)
        data(1, bits >> 8, bits & 255)


@micropython.viper
def ws2812_viper(out: ptr16, colours: ptr8, length: int) -> object:
    i = 0
    while i < length:
        colour = colours[i]
        half = 0
        while half < 2:
            bits = 0
            bit = 0
            while bit < 4:
                if colour & 128:
                    bits = bits << 4 | 0xE
                else:
                    bits = bits << 4 | 0x8
                colour = colour << 1
                bit += 1
            out[2 * i + half] = bits >> 8 | (bits & 255) << 8
            half += 1
        i += 1
    return None


# prove: ws2812(any("I", 64), any("B", 64), 64)
def ws2812_python(out: "array[int]", colours: "bytes | bytearray", length: int) -> None:
    for i in range(length):
        bits = "".join("1110" if digit == "1" else "1000" for digit in f"{colours[i]:08b}")
        out[i] = int.from_bytes(int(bits, 2).to_bytes(4, "big"), "little")
