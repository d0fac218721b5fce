"""I2C by hand on the pins of an ESP32-C3: clock on GPIO9, data on GPIO8, both with pull-ups.

    asmrv32 run examples/pins/i2c.py 'i2c_write(b"\\x78\\x00\\xaf", 3)' --device gpio@esp32c3 --log

A line is pulled low by driving its pin, whose output latch is 0, and let go by not driving it.
"""

from asm_rv32 import asm_macro, asm_rv32
from asm_rv32.words import (
    a0,
    a1,
    a2,
    a3,
    a4,
    a5,
    add,
    addi,
    and_,
    andi,
    bgeu,
    bnez,
    j,
    label,
    lbu,
    li,
    lw,
    mv,
    ret,
    slli,
    snez,
    sw,
    t0,
    t1,
    t2,
    t3,
    t5,
    t6,
    xor,
)

GPIO = 0x60004000
DRIVE = 0x24
RELEASE = 0x28
IN = 0x3C
DATA = 1 << 8
CLOCK = 1 << 9


@asm_macro
def delay() -> None:
    li(t6, 50)
    label("again")
    addi(t6, t6, -1)
    bnez(t6, "again")


@asm_macro
def pulse() -> None:
    """One of the clock; `t5` is what the data line is in it, a bit of IN."""
    delay()
    sw(a3, a2[RELEASE])
    delay()
    lw(t5, a2[IN])
    and_(t5, t5, a4)
    sw(a3, a2[DRIVE])


@asm_rv32(core="esp32c3")
def i2c_write(data: "bytes | bytearray", length: int) -> int:
    """Send bytes, the first an address; how many of them nobody acknowledged."""
    li(a2, GPIO)
    li(a3, CLOCK)
    li(a4, DATA)
    add(a1, a0, a1)
    li(a5, 0)
    sw(a4, a2[DRIVE])  # start: data goes down while the clock is up
    delay()
    sw(a3, a2[DRIVE])
    label("byte")
    bgeu(a0, a1, "done")
    lbu(t0, a0[0])
    addi(a0, a0, 1)
    li(t1, 8)
    label("bit")
    andi(t2, t0, 0x80)
    slli(t2, t2, 1)  # the bit, where the pin's is
    xor(t3, t2, a4)
    sw(t2, a2[RELEASE])
    sw(t3, a2[DRIVE])
    slli(t0, t0, 1)
    pulse()
    addi(t1, t1, -1)
    bnez(t1, "bit")
    sw(a4, a2[RELEASE])
    pulse()
    snez(t5, t5)
    add(a5, a5, t5)
    j("byte")
    label("done")
    sw(a4, a2[DRIVE])  # stop: data goes up while the clock is
    delay()
    sw(a3, a2[RELEASE])
    delay()
    sw(a4, a2[RELEASE])
    mv(a0, a5)
    ret()
