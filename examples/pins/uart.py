"""A serial transmitter on a pin of a Pico 2 at 150 MHz: 115200 baud, 8 bits, one stop bit, GPIO0.

    asmrv32 report examples/pins/uart.py 'uart_write(b"hello", 5)'
        --device gpio@rp2350 --core hazard3 --clock 150000000 --waveform build/uart.vcd

The line rests high: set it before. A bit is to last 1302 cycles; what it does last stands in the
test of this file.
"""

from asm_rv32 import asm_macro, asm_rv32
from asm_rv32.words import (
    a0,
    a1,
    a2,
    a3,
    add,
    addi,
    andi,
    bgeu,
    bnez,
    j,
    label,
    lbu,
    li,
    nop,
    ori,
    slli,
    srli,
    sw,
    t0,
    t1,
    t2,
    t3,
    t6,
    xori,
)

SIO = 0xD0000000
SET = 0x18
CLEAR = 0x20
PIN = 1 << 0


@asm_macro
def delay(turns: int) -> None:
    li(t6, turns)
    label("again")
    for _ in range(8):
        nop()
    addi(t6, t6, -1)
    bnez(t6, "again")


@asm_rv32(core="hazard3")
def uart_write(data: "bytes | bytearray", length: int) -> None:
    """Send bytes, the lowest bit first, after a 0 and before a 1."""
    li(a2, SIO)
    add(a1, a0, a1)
    li(a3, PIN)
    sw(a3, a2[SET])
    label("byte")
    bgeu(a0, a1, "done")
    lbu(t0, a0[0])
    addi(a0, a0, 1)
    ori(t0, t0, 0x100)
    slli(t0, t0, 1)
    li(t1, 10)
    label("bit")
    andi(t2, t0, 1)
    xori(t3, t2, 1)
    sw(t2, a2[SET])
    sw(t3, a2[CLEAR])
    delay(129)
    srli(t0, t0, 1)
    addi(t1, t1, -1)
    bnez(t1, "bit")
    j("byte")
    label("done")
