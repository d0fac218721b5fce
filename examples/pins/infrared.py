"""An infrared remote control on a pin of a CH32V003 at 24 MHz: NEC's code on 38 kHz, PC4.

    asmrv32 report examples/pins/infrared.py 'nec(0x04, 0x08)'
        --device gpio@ch32v003-gpioc --core ch32v003 --clock 24000000 -f json -o build/infrared.json

A mark is a burst of the carrier, a space is silence: 9 ms and 4.5 ms to begin with, then for each
of 32 bits a mark of 562 us and a space as long for 0, three times as long for 1; a mark ends it.
"""

from asm_rv32 import asm_macro, asm_rv32
from asm_rv32.words import (
    Register,
    a0,
    a1,
    a2,
    a3,
    a4,
    a5,
    addi,
    andi,
    beqz,
    bnez,
    label,
    li,
    nop,
    or_,
    slli,
    srli,
    sw,
    t0,
    t1,
    xori,
    zero,
)

GPIOC = 0x40011000
SET_CLEAR = 0x10
PIN = 1 << 4
BURST = 21  # periods of the carrier in 562 us


@asm_macro
def half(turns: int, rest: int) -> None:
    """A half of a period: 20 cycles a turn, and what is left."""
    li(t0, turns)
    label("again")
    for _ in range(16):
        nop()
    addi(t0, t0, -1)
    bnez(t0, "again")
    for _ in range(rest):
        nop()


@asm_macro
def periods(count: int, level: Register) -> None:
    """So many periods, of the carrier where `level` is the pin's bit, of silence where it is 0."""
    li(t1, count)
    label("again")
    sw(level, a2[SET_CLEAR])
    half(15, 15)
    sw(a4, a2[SET_CLEAR])
    half(15, 11)
    addi(t1, t1, -1)
    bnez(t1, "again")


@asm_rv32(isa="rv32ec", core="ch32v003")
def nec(address: int, command: int) -> None:
    """Send an address and a command, a byte each, both with what is not in them behind."""
    xori(a2, a0, 255)
    slli(a2, a2, 8)
    or_(a0, a0, a2)
    xori(a2, a1, 255)
    slli(a2, a2, 8)
    or_(a1, a1, a2)
    slli(a1, a1, 16)
    or_(a0, a0, a1)
    li(a1, 32)
    li(a2, GPIOC)
    li(a3, PIN)
    slli(a4, a3, 16)
    periods(16 * BURST, a3)
    periods(8 * BURST, zero)
    label("bit")
    periods(BURST, a3)
    periods(BURST, zero)
    andi(a5, a0, 1)
    beqz(a5, "short")
    periods(2 * BURST, zero)
    label("short")
    srli(a0, a0, 1)
    addi(a1, a1, -1)
    bnez(a1, "bit")
    periods(BURST, a3)
