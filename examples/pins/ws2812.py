"""WS2812 light strips on a pin, by counted cycles: an ESP32-C3 at 160 MHz, a Pico 2 at 150 MHz.

    asmrv32 report examples/pins/ws2812.py 'ws2812_esp32c3(0x60004000, 32, b"\\x0f\\xf0\\x55", 3)'
        --device gpio@esp32c3 --waveform build/ws2812.vcd

The strip takes green, red, blue, the highest bit first. A bit is high for 400 ns where it is 0 and
for 800 ns where it is 1, and takes 1250 ns, each to 150 ns (WS2812B datasheet). Interrupts have to
be off meanwhile. That all of it holds on every path, at the clock of the board, `compile` checks.
"""

from asm_rv32 import asm_macro, asm_rv32
from asm_rv32.words import (
    a0,
    a1,
    a2,
    a3,
    add,
    addi,
    and_,
    bgeu,
    bnez,
    j,
    label,
    lbu,
    li,
    not_,
    slli,
    srai,
    sw,
    t0,
    t1,
    t2,
    t3,
    within,
)


@asm_macro
def delay(turns: int) -> None:
    li(t0, turns)
    label("again")
    addi(t0, t0, -1)
    bnez(t0, "again")


@asm_macro
def strip(set: int, clear: int, first: int, second: int, third: int) -> None:
    """Send `a3` bytes at `a2` on the pins in `a1`; `a0` is where the registers begin."""
    add(a3, a2, a3)
    label("byte")
    bgeu(a2, a3, "done")
    lbu(t1, a2[0])
    addi(a2, a2, 1)
    slli(t1, t1, 24)
    li(t2, 8)
    label("bit")
    srai(t3, t1, 31)
    not_(t3, t3)
    and_(t3, t3, a1)  # what goes low early: the pin, of a 0
    within("up", "early", at_least_ns=250, at_most_ns=550)  # a 0 is high
    within("up", "late", at_least_ns=650, at_most_ns=950)  # a 1 is high
    within("early", "up", at_least_ns=700, at_most_ns=1000)  # low behind a 0
    within("late", "up", at_least_ns=300, at_most_ns=600)  # low behind a 1
    label("up")
    sw(a1, a0[set])
    delay(first)
    label("early")
    sw(t3, a0[clear])
    delay(second)
    label("late")
    sw(a1, a0[clear])
    delay(third)
    slli(t1, t1, 1)
    addi(t2, t2, -1)
    bnez(t2, "bit")
    j("byte")
    label("done")


@asm_rv32(board="esp32c3")
def ws2812_esp32c3(registers: int, pin: int, colours: "bytes | bytearray", length: int) -> None:
    strip(0x08, 0x0C, 15, 15, 13)


@asm_rv32(board="rp2350")
def ws2812_rp2350(registers: int, pin: int, colours: "bytes | bytearray", length: int) -> None:
    strip(0x18, 0x20, 20, 20, 26)
