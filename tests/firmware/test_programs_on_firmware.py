"""Functions that call each other, with data and macros of their module, on a board as on the PC."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from board import Board
from corpus.modules import module_at

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.formats import FORMATS
from asm_rv32.formats.board.romfs import build

PROGRAM = '''\
"""Routines, tables and macros, in one file for PC and board."""
from asm_rv32 import asm_data, asm_macro, asm_rv32, micropython, uint

SCALE = 3


@asm_macro
def enter(size=16):
    addi(sp, sp, -size)
    sw(ra, (size - 4)(sp))


@asm_macro
def leave(size=16):
    lw(ra, (size - 4)(sp))
    addi(sp, sp, size)


@asm_macro
def at_most(register, limit, spare):
    li(spare, limit)
    ble(register, spare, fits)
    mv(register, spare)
    label(fits)


@asm_data
def rows():
    data(4, 1000, -2000, 3000, 0x7fffffff)
    label(second)
    data(2, 7, 9, -11, 13)
    label(end)
    align(8)
    data(4, end - second, names - rows)


@asm_data
def names():
    data(1, 'zero', 0, 'one', 0)


@asm_rv32
def scaled(index):
    la(t0, rows)
    slli(a0, index, 2)
    add(t0, t0, a0)
    lw(a0, 0(t0))
    li(t1, SCALE)
    mul(a0, a0, t1)


@asm_rv32
def halves(index):
    at_most(index, 3, t0)
    la(t0, rows.second)
    slli(a0, index, 1)
    add(t0, t0, a0)
    lh(a0, 0(t0))


@micropython.asm_rv32
def both(index):
    enter()
    sw(index, 8(sp))
    call(scaled)
    sw(a0, 4(sp))
    lw(a0, 8(sp))
    call(halves)
    lw(t0, 4(sp))
    add(a0, a0, t0)
    leave()


@asm_rv32
def three_deep(index, count):
    enter(32)
    sw(s0, 24(sp))
    sw(s1, 20(sp))
    mv(s0, index)
    mv(s1, count)
    sw(zero, 16(sp))
    label(again)
    blez(s1, done)
    mv(a0, s0)
    call(both)
    lw(t0, 16(sp))
    add(t0, t0, a0)
    sw(t0, 16(sp))
    addi(s1, s1, -1)
    j(again)
    label(done)
    lw(a0, 16(sp))
    lw(s0, 24(sp))
    lw(s1, 20(sp))
    leave(32)


@asm_rv32
def is_even(n) -> bool:
    bnez(n, more)
    li(a0, 1)
    ret()
    label(more)
    addi(a0, n, -1)
    tail(is_odd)


@asm_rv32
def is_odd(n) -> bool:
    bnez(n, more)
    li(a0, 0)
    ret()
    label(more)
    addi(a0, n, -1)
    tail(is_even)


@asm_rv32
def fibonacci(n) -> uint:
    li(t0, 2)
    blt(n, t0, done)
    enter()
    sw(n, 8(sp))
    addi(a0, n, -1)
    call(fibonacci)
    sw(a0, 4(sp))
    lw(a0, 8(sp))
    addi(a0, a0, -2)
    call(fibonacci)
    lw(t0, 4(sp))
    add(a0, a0, t0)
    leave()
    label(done)


@asm_rv32
def compute(operation, x, y) -> uint:
    """A jump by a table of distances, which lies in the code."""
    at_most(operation, 3, t0)
    la(t0, cases)
    slli(a3, operation, 2)
    add(a3, a3, t0)
    lw(a3, 0(a3))
    add(t0, t0, a3)
    mv(a0, x)
    jr(t0)
    align(4)
    label(cases)
    data(4, plus - cases, minus - cases, times - cases, halved - cases)
    label(plus)
    add(a0, a0, y)
    ret()
    label(minus)
    sub(a0, a0, y)
    ret()
    label(times)
    mul(a0, a0, y)
    ret()
    label(halved)
    srli(a0, a0, 1)
    tail(fibonacci_of_low_bits)


@asm_rv32
def fibonacci_of_low_bits(n):
    andi(a0, n, 7)
    tail(fibonacci)


@asm_data
def handlers():
    data(4, scaled - handlers, halves - handlers, is_even - handlers, fibonacci - handlers)


@asm_rv32
def dispatch(which, n):
    """A call by a table of distances to functions, which lies beside them."""
    enter()
    la(t0, handlers)
    slli(a0, which, 2)
    add(a0, a0, t0)
    lw(t1, 0(a0))
    add(t0, t0, t1)
    mv(a0, n)
    jalr(ra, t0, 0)
    leave()


@asm_rv32
def name_of(number) -> uint:
    """The first letter of a name, found by a distance in data."""
    la(t0, rows)
    lw(t1, (4 * 7)(t0))
    add(t0, t0, t1)
    beqz(number, first)
    addi(t0, t0, 5)
    label(first)
    lbu(a0, 0(t0))


@asm_rv32
def bytes_at(block, index):
    add(a0, block, index)
    lbu(a0, 0(a0))


@asm_rv32
def weighted(a, b, c, d, e, f):
    """Python on a board could not call it."""
    slli(a0, a, 1)
    sub(a0, a0, b)
    mul(a0, a0, c)
    xor(a0, a0, d)
    add(a0, a0, e)
    sub(a0, a0, f)


@asm_rv32
def weigh(x, y):
    addi(a2, x, 3)
    addi(a3, y, 4)
    li(a4, 5)
    mv(a5, x)
    tail(weighted)


class Shown:
    @staticmethod
    @asm_rv32
    def sums(values, count):
        enter(32)
        sw(s0, 24(sp))
        sw(s1, 20(sp))
        sw(s2, 16(sp))
        mv(s0, values)
        slli(s1, count, 2)
        add(s1, s1, s0)
        li(s2, 0)
        label(again)
        bgeu(s0, s1, done)
        lw(a0, 0(s0))
        andi(a0, a0, 3)
        call(both)
        sw(a0, 0(s0))
        add(s2, s2, a0)
        addi(s0, s0, 4)
        j(again)
        label(done)
        mv(a0, s2)
        lw(s0, 24(sp))
        lw(s1, 20(sp))
        lw(s2, 16(sp))
        leave(32)


def local(n):
    @asm_data
    def own():
        data(1, 2, 3, 5, 7)

    @asm_rv32
    def prime(index):
        la(t0, own)
        add(t0, t0, index)
        lbu(a0, 0(t0))
        tail(fibonacci)

    return prime(n), len(own)


def main():
    text = bytes(names)
    return [both(i) for i in range(4)], local(3), text, names[1], [
        bytes_at(names, i) for i in range(len(names))]
'''


def calls(seed: int) -> list[str]:
    """Calls of every function, as expressions over the module `m`."""
    choice = random.Random(seed)
    found = ["m.main()", "[m.name_of(n) for n in range(2)]"]
    for _ in range(12):
        n, x, y = choice.randrange(4), choice.getrandbits(32), choice.getrandbits(32)
        found += [
            f"m.scaled({n})", f"m.halves({choice.randrange(8)})", f"m.both({n})",
            f"m.three_deep({n}, {choice.randrange(9)})", f"m.is_even({choice.randrange(200)})",
            f"m.is_odd({choice.randrange(200)})", f"m.fibonacci({choice.randrange(14)})",
            f"m.compute({choice.randrange(6)}, {x}, {y})", f"m.local({n})",
            f"m.dispatch({n}, {choice.randrange(4)})", f"m.fibonacci_of_low_bits({x})",
            f"m.weigh({x}, {y})",
        ]  # fmt: skip
        words = [choice.getrandbits(31) for _ in range(choice.randrange(5))]
        found.append(f"sums({words})")
    return found


def script(expressions: Sequence[str]) -> str:
    lines = ["import array, program as m", "def sums(words):", "    a = array.array('i', words)",
             "    return m.Shown.sums(a, len(a)), list(a)"]  # fmt: skip
    return "\n".join([*lines, *(f"print({expression})" for expression in expressions)])


def on_pc(path: Path, expressions: Sequence[str]) -> list[str]:
    """What the PC makes of the same expressions, the functions run by the decorator."""
    import array

    module = module_at(path, "program")

    def sums(words: list[int]) -> object:
        values = array.array("i", words)
        return module.Shown.sums(values, len(values)), values.tolist()

    return [str(eval(each, {"m": module, "sums": sums})) for each in expressions]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


def compiled(path: Path, portable: bool) -> bytes:
    options = {"portable": True} if portable else {}
    return FORMATS[".mpy"].write(assemble(path.read_text(), path=path.name), **options)


@pytest.mark.parametrize("seed", range(2))
def test_a_program_has_the_results_of_the_pc(board: Board, program: Path, seed: int) -> None:
    expressions = calls(seed)
    printed = board.run(script(expressions), files={"program.mpy": compiled(program, False)})
    assert printed.split("\n")[:-1] == on_pc(program, expressions)


def test_behind_stubs(every_board: Board, program: Path) -> None:
    expressions = calls(2)
    files = {"program.mpy": compiled(program, True)}
    printed = every_board.run(script(expressions), files=files)
    assert printed.split("\n")[:-1] == on_pc(program, expressions)


def test_in_a_romfs_image(every_board: Board, program: Path) -> None:
    expressions = calls(3)
    image = build(program.parent, lambda path, name: compiled(path, True))
    printed = every_board.run(script(expressions), romfs=image)
    assert printed.split("\n")[:-1] == on_pc(program, expressions)


FLAT = """\
from asm_rv32 import asm_data, asm_rv32

@asm_data(writable=True)
def state():
    data(4, 0, 0)

@asm_data
def table():
    data(4, 5, 7)

@asm_rv32
def add_to(state, n):
    lw(t0, 0(state))
    add(t0, t0, n)
    sw(t0, 0(state))
    la(t1, table)
    lw(a0, 4(t1))
    mul(a0, a0, t0)
"""


def test_data_that_is_passed_is_written_through(board: Board, tmp_path: Path) -> None:
    """What can be written is a buffer on the board, which Python and the functions have."""
    path = tmp_path / "program.py"
    path.write_text(FLAT)
    expressions = ["[m.add_to(m.state, n) for n in range(5)]", "bytes(m.state)", "len(m.table)",
                   "bytes(m.table)"]  # fmt: skip
    printed = board.run(script(expressions), files={"program.mpy": compiled(path, False)})
    assert printed.split("\n")[:-1] == on_pc(path, expressions)


def test_as_source_for_the_board_s_own_assembler(board: Board, program: Path) -> None:
    """Without the Python around: what stands in it is inline in each function."""
    module = assemble(program.read_text(), path=program.name)
    functions = [name for name in module.functions if "." not in name]
    assert "weighted" in functions
    chosen = module._replace(functions=module.functions.only(functions))
    source = FORMATS[".py"].write(chosen)
    expressions = [each for each in calls(4) if each.split("(")[0][2:] in functions]
    assert len(expressions) > 50
    printed = board.run(script(expressions), files={"program.py": source})
    assert printed.split("\n")[:-1] == on_pc(program, expressions)
