# What stands around a function as data, in a class or in an enum, and characters as integers.

import array as arrays
import enum
from array import array
from enum import IntEnum, auto

WORDS = [10, -20, 0x80000000, 4 * 5]
HALVES = array("H", [1, 2, 0xFFFF])
TEXT = "héllo"
RAW = b"ab" * 3 + bytes(range(2)) + "z".encode()
BUFFER = bytearray(64)
SQUARES = (0, 1, 4, 9)
LAST = SQUARES[-1]
COUNT = len(WORDS) + len(BUFFER)
ALIAS = WORDS
BOTH = [*SQUARES, *RAW]


class Pin:
    OUT = 4
    BOTH = OUT | 1
    MASKS = (3, 5)


class Mode(IntEnum):
    IDLE = 2
    RUN = auto()
    STOP = enum.auto()


class Color(enum.Enum):
    RED = 7


class Bits(enum.IntFlag):
    LOW = auto()
    HIGH = auto()
    ALL = LOW_AND_HIGH = 3


@asm_rv32
def characters():
    li(a0, 'A')  # = 13051004
    li(a0, ord("B"))  # = 13052004
    li(a0, 'a' - 'A')  # = 13050002
    li(a0, '\n' + 1)  # = 2d45 / 1305b000
    li(a0, TEXT[1])  # = 1305900e
    li(a0, "xyz"[2])  # = 1305a007
    ret()
    data(1, 'A', "é", *"é")  # = 41c3a9e9


@asm_rv32
def items():
    li(a0, WORDS[1])  # = 3155 / 1305c0fe
    li(a0, WORDS[-1] + HALVES[1])  # = 5945 / 13056001
    li(a0, LAST)  # = 2545 / 13059000
    li(a0, COUNT)  # = 13054004
    li(a0, ALIAS[0])  # = 2945 / 1305a000
    li(a0, max(SQUARES) + min(WORDS[0], 3))  # = 3145 / 1305c000
    li(a0, sum(SQUARES))  # = 3945 / 1305e000
    li(a0, int.from_bytes(b"\x02\x01", "little") // 2)  # = 13051008
    li(a0, BOTH[4])  # = 13051006
    lw(a0, SQUARES[2](a0))  # = 4841 / 03254500
    for i in range(len(HALVES)):
        li(a0, HALVES[i] & 7)  # = 0545 0945 1d45 / 13051000 13052000 13057000
    if len(RAW) == 9:
        nop()  # = 0100 / 13000000
    ret()


@asm_rv32
def attributes():
    li(a0, Pin.OUT)  # = 1145 / 13054000
    li(a0, Pin.BOTH + Pin.MASKS[1])  # = 2945 / 1305a000
    li(a0, Mode.RUN)  # = 0d45 / 13053000
    li(a0, Mode.STOP.value)  # = 1145 / 13054000
    li(a0, Color.RED.value)  # = 1d45 / 13057000
    li(a0, Bits.HIGH)  # = 0945 / 13052000
    addi(a0, a0, Mode.IDLE)  # = 0905 / 13052500
    ret()


@asm_rv32
def unpacked():
    ret()
    data(4, *WORDS)  # = 0a000000ecffffff0000008014000000
    data(2, *HALVES, 4)  # = 01000200ffff0400
    data(1, *RAW)  # = 61626162616200017a
    data(1, *b"xy", *range(3), *(Pin.OUT, 5))  # = 78790001020405
    data(1, *[0] * 4)  # = 00000000
