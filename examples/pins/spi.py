"""SPI by hand, mode 0, on the pins of an ESP32-C3: the clock on GPIO6, data on GPIO7.

    asmrv32 report examples/pins/spi.py 'spi_write(b"\\x9f\\x00\\xff", 3)'
        --device gpio@esp32c3 --core esp32c3 --clock 160000000 --waveform build/spi.vcd
"""

from asm_rv32 import asm_rv32
from asm_rv32.words import (
    a0,
    a1,
    a2,
    a3,
    a4,
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
    slli,
    sw,
    t0,
    t1,
    t2,
    t3,
    xori,
)

GPIO = 0x60004000
SET = 0x08
CLEAR = 0x0C
CLOCK = 1 << 6
DATA = 1 << 7


@asm_rv32(core="esp32c3")
def spi_write(data: "bytes | bytearray", length: int) -> None:
    """Send bytes, the highest bit first: it stands while the clock goes up."""
    li(a2, GPIO)
    li(a3, CLOCK)
    li(a4, DATA)
    add(a1, a0, a1)
    label("byte")
    bgeu(a0, a1, "done")
    lbu(t0, a0[0])
    addi(a0, a0, 1)
    li(t1, 8)
    label("bit")
    # Both registers take what is theirs: one of the two stores changes nothing.
    andi(t2, t0, 0x80)
    xori(t3, t2, 0x80)
    sw(t2, a2[SET])
    sw(t3, a2[CLEAR])
    slli(t0, t0, 1)
    addi(t1, t1, -1)
    sw(a3, a2[SET])
    nop()
    nop()
    sw(a3, a2[CLEAR])
    bnez(t1, "bit")
    j("byte")
    label("done")
