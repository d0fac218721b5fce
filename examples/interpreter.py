"""A command interpreter over the line that a UART has received: a program of many functions.

Eight cells are read and changed by `get I`, `set I N`, `add I N` and `sum`, as in `add 3 -20`; what
is wrong gives -1. It calls functions, keeps its words and the distances to its handlers in tables
that stand once, and saves its registers by a macro.

    asmrv32 run examples/interpreter.py 'interpret(b"add 3 -20", 9, array("i", [5] * 8))'
"""

from array import array

from asm_rv32 import asm_data, asm_macro, asm_rv32
from asm_rv32.words import (
    Mnemonic,
    Register,
    a0,
    a1,
    a2,
    add,
    addi,
    address_of,
    beq,
    beqz,
    bgeu,
    bgtu,
    bltz,
    bne,
    call,
    data,
    j,
    jalr,
    la,
    label,
    lbu,
    li,
    lw,
    mul,
    mv,
    neg,
    ra,
    ret,
    s0,
    s1,
    s2,
    s3,
    s4,
    s5,
    s6,
    sll,
    slli,
    sp,
    sub,
    sw,
    t0,
    t1,
    t2,
    t3,
    t4,
    t5,
)

CELLS = 8
SPACE = ord(" ")
MINUS = ord("-")
ZERO_DIGIT = ord("0")
NAMES = b"get\0set\0add\0sum\0"
"""The commands, four bytes each."""


@asm_data
def handlers() -> None:
    """How far each command's function is from here, so that the table can lie anywhere."""
    label("here")
    data(4, address_of(do_get) - address_of("here"), address_of(do_set) - address_of("here"), address_of(do_add) - address_of("here"), address_of(do_sum) - address_of("here"))


# ---- words and numbers of a line


@asm_rv32
def skip(line: "bytes | bytearray", at: int, length: int) -> int:
    """The index of the first character from `at` on that is no blank."""
    label("again")
    bgeu(at, length, "done")
    add(t0, line, at)
    lbu(t0, t0[0])
    li(t1, SPACE)
    bne(t0, t1, "done")
    addi(at, at, 1)
    j("again")
    label("done")
    mv(a0, at)
    ret()


@asm_rv32
def word_end(line: "bytes | bytearray", at: int, length: int) -> int:
    """The index of the first blank from `at` on, or the length."""
    label("again")
    bgeu(at, length, "done")
    add(t0, line, at)
    lbu(t0, t0[0])
    li(t1, SPACE)
    beq(t0, t1, "done")
    addi(at, at, 1)
    j("again")
    label("done")
    mv(a0, at)
    ret()


@asm_rv32
def number(line: "bytes | bytearray", at: int, length: int) -> int:
    """The decimal number at an index, modulo 2 ** 32; 0 where there is none."""
    li(t0, 0)
    li(t3, 0)
    bgeu(at, length, "done")
    add(t1, line, at)
    lbu(t2, t1[0])
    li(t4, MINUS)
    bne(t2, t4, "digits")
    li(t3, 1)
    addi(at, at, 1)
    label("digits")
    bgeu(at, length, "done")
    add(t1, line, at)
    lbu(t2, t1[0])
    addi(t2, t2, -ZERO_DIGIT)
    li(t4, 9)
    bgtu(t2, t4, "done")
    li(t4, 10)
    mul(t0, t0, t4)
    add(t0, t0, t2)
    addi(at, at, 1)
    j("digits")
    label("done")
    beqz(t3, "positive")
    neg(t0, t0)
    label("positive")
    mv(a0, t0)
    ret()


@asm_rv32
def find(line: "bytes | bytearray", at: int, end: int) -> int:
    """The number of the command that stands there, or -1."""
    sub(t0, end, at)
    li(t1, 4)
    bgtu(t0, t1, "none")
    li(t2, 0)
    li(t3, 0)
    label("more")
    bgeu(at, end, "whole")
    add(t4, line, at)
    lbu(t4, t4[0])
    sll(t4, t4, t3)
    add(t2, t2, t4)
    addi(t3, t3, 8)
    addi(at, at, 1)
    j("more")
    label("whole")
    la(t0, NAMES)
    li(t1, 0)
    li(t5, len(NAMES) // 4)
    label("next")
    lw(t3, t0[0])
    beq(t3, t2, "found")
    addi(t0, t0, 4)
    addi(t1, t1, 1)
    bne(t1, t5, "next")
    label("none")
    li(a0, -1)
    ret()
    label("found")
    mv(a0, t1)
    ret()


# ---- the commands


@asm_rv32
def do_get(cells: "array[int]", index: int, value: int) -> int:
    slli(t0, index, 2)
    add(t0, t0, cells)
    lw(a0, t0[0])
    ret()


@asm_rv32
def do_set(cells: "array[int]", index: int, value: int) -> int:
    slli(t0, index, 2)
    add(t0, t0, cells)
    sw(value, t0[0])
    mv(a0, value)
    ret()


@asm_rv32
def do_add(cells: "array[int]", index: int, value: int) -> int:
    slli(t0, index, 2)
    add(t0, t0, cells)
    lw(t1, t0[0])
    add(t1, t1, value)
    sw(t1, t0[0])
    mv(a0, t1)
    ret()


@asm_rv32
def do_sum(cells: "array[int]", index: int, value: int) -> int:
    li(t0, 0)
    addi(t1, cells, 4 * CELLS)
    label("again")
    lw(t2, cells[0])
    add(t0, t0, t2)
    addi(cells, cells, 4)
    bne(cells, t1, "again")
    mv(a0, t0)
    ret()


# ---- a line


@asm_macro
def saved(move: Mnemonic) -> None:
    """Each saved register to or from its place; `move` is sw or lw."""
    move(ra, sp[28])
    move(s0, sp[24])
    move(s1, sp[20])
    move(s2, sp[16])
    move(s3, sp[12])
    move(s4, sp[8])
    move(s5, sp[4])
    move(s6, sp[0])


@asm_macro
def part(function: object) -> None:
    """a0 = function(line, at, length)"""
    mv(a0, s0)
    mv(a1, s3)
    mv(a2, s1)
    call(function)


@asm_macro
def next_number(to: Register) -> None:
    """Read the number ahead, and go on behind it."""
    part(skip)
    mv(s3, a0)
    part(number)
    mv(to, a0)
    part(word_end)
    mv(s3, a0)


@asm_rv32
def interpret(line: "bytes | bytearray", length: int, cells: "array[int]") -> int:
    """Do what a line says; its value, or -1."""
    addi(sp, sp, -32)
    saved(sw)
    mv(s0, line)
    mv(s1, length)
    mv(s2, cells)
    li(s3, 0)
    part(skip)
    mv(s3, a0)
    part(word_end)
    mv(a2, a0)
    mv(a1, s3)
    mv(s3, a0)
    mv(a0, s0)
    call(find)
    bltz(a0, "wrong")
    mv(s4, a0)
    next_number(s5)
    next_number(s6)
    li(t0, CELLS)
    bgeu(s5, t0, "wrong")
    la(t0, handlers)
    slli(t1, s4, 2)
    add(t1, t1, t0)
    lw(t1, t1[0])
    add(t1, t1, t0)
    mv(a0, s2)
    mv(a1, s5)
    mv(a2, s6)
    jalr(ra, t1[0])
    j("done")
    label("wrong")
    li(a0, -1)
    label("done")
    saved(lw)
    addi(sp, sp, 32)
    ret()


# ---- the same in Python


def _word(value: int) -> int:
    value &= 0xFFFFFFFF
    return value - (value >> 31 << 32)


# prove: skip(any("B", 8), any(0, 8), 8)
def skip_python(line: "bytes | bytearray", at: int, length: int) -> int:
    while at < length and line[at] == SPACE:
        at += 1
    return at


# prove: word_end(any("B", 8), any(0, 8), 8)
def word_end_python(line: "bytes | bytearray", at: int, length: int) -> int:
    while at < length and line[at] != SPACE:
        at += 1
    return at


# prove: number(any("B", 3), 0, 3)
def number_python(line: "bytes | bytearray", at: int, length: int) -> int:
    sign = 1
    if at < length and line[at] == MINUS:
        sign, at = -1, at + 1
    value = 0
    while at < length and 0 <= line[at] - ZERO_DIGIT <= 9:
        value, at = 10 * value + line[at] - ZERO_DIGIT, at + 1
    return _word(sign * value)


# prove: find(any("B", 4), 0, 4)
# prove: find(any("B", 8), 2, 5)
def find_python(line: "bytes | bytearray", at: int, end: int) -> int:
    known = [b"get", b"set", b"add", b"sum"]
    word = bytes(line[at:end])
    if len(word) > 4:
        return -1
    # A NUL behind a word changes nothing: the table is padded with them.
    word = word.rstrip(b"\0")
    return known.index(word) if word in known else -1


# prove: do_get(any("i", 8), any(0, 7), any)
def do_get_python(cells: "array[int]", index: int, value: int) -> int:
    return cells[index]


# prove: do_set(any("i", 8), any(0, 7), any)
def do_set_python(cells: "array[int]", index: int, value: int) -> int:
    cells[index] = _word(value)
    return cells[index]


# prove: do_add(any("i", 8), any(0, 7), any)
def do_add_python(cells: "array[int]", index: int, value: int) -> int:
    cells[index] = _word(cells[index] + value)
    return cells[index]


# prove: do_sum(any("i", 8), any(0, 7), any)
def do_sum_python(cells: "array[int]", index: int, value: int) -> int:
    return _word(sum(cells))


# prove: interpret(any("B", 5), 5, any("i", 8))
# prove: interpret(any("B", [115, 101, 116, 32, any, 32, any]), 7, any("i", 8))
# prove: interpret(any("B", [97, 100, 100, 32, any, 32, any]), 7, any("i", 8))
def interpret_python(line: "bytes | bytearray", length: int, cells: "array[int]") -> int:
    line = bytes(line[:length])
    at = skip_python(line, 0, length)
    end = word_end_python(line, at, length)
    command = find_python(line, at, end)
    if command < 0:
        return -1
    numbers: list[int] = []
    for _ in range(2):
        at = skip_python(line, end, length)
        numbers.append(number_python(line, at, length))
        end = word_end_python(line, at, length)
    index, value = numbers
    if not 0 <= index < CELLS:
        return -1
    handler = [do_get_python, do_set_python, do_add_python, do_sum_python][command]
    return handler(cells, index, value)
