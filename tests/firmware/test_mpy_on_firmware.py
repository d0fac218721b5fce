"""Our .mpy files and ROMFS images on MicroPython's firmware, with results known beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest
from board import Board, BoardError, BoardTimeout

from asm_rv32.formats.board.merge import compile_mpy
from asm_rv32.formats.board.module import MachineFunction
from asm_rv32.formats.board.mpy import Mpy, read, write
from asm_rv32.formats.board.romfs import build

# Machine code written out by hand, so that these tests rest on no assembler.
_RETURN = bytes.fromhex("8280")
_ADD = bytes.fromhex("2e95") + _RETURN  # c.add a0, a1
_MINUS_ONE = bytes.fromhex("7d55") + _RETURN  # c.li a0, -1
_SUM4 = bytes.fromhex("2e95 3295 3695") + _RETURN  # a0 += a1, a2, a3
_LOAD = bytes.fromhex("0841") + _RETURN  # c.lw a0, 0(a0)
_INCREMENT = bytes.fromhex("83450500 8505 2300b500") + _RETURN  # lbu a1; c.addi; sb a1

PURE = """\
'''Functions and constants only: written without mpy-cross.'''
from micropython import const
@micropython.asm_rv32
def add(a0, a1):
    add(a0, a0, a1)
SMALL = 47
PRIVATE = const(-17)
LARGE = 0x7fff_ffff
HUGE = -(1 << 70)
_DROPPED = const(5)
@micropython.asm_rv32
def minus_one() -> uint:
    li(a0, -1)
@micropython.asm_rv32
def signed():
    li(a0, -1)
@micropython.asm_rv32
def truth(a0, a1) -> bool:
    add(a0, a0, a1)
@micropython.asm_rv32
def same(a0) -> object:
    pass
@micropython.asm_rv32
def sum4(a0, a1, a2, a3):
    pass
@micropython.asm_rv32
def load(a0):
    lw(a0, 0(a0))
@micropython.asm_rv32
def increment(a0):
    pass
"""
PURE_FUNCTIONS = [
    MachineFunction("add", _ADD, 2, "int", 3, 5),
    MachineFunction("minus_one", _MINUS_ONE, 0, "uint", 11, 13),
    MachineFunction("signed", _MINUS_ONE, 0, "int", 14, 16),
    MachineFunction("truth", _ADD, 2, "bool", 17, 19),
    MachineFunction("same", _RETURN, 1, "object", 20, 22),
    MachineFunction("sum4", _SUM4, 4, "int", 23, 25),
    MachineFunction("load", _LOAD, 1, "int", 26, 28),
    MachineFunction("increment", _INCREMENT, 1, "int", 29, 31),
]
PURE_SCRIPT = """
import pure as p, array
print(p.add(40, 2), p.add(-1, -1), p.add(0x7fffffff, 1), p.add(True, None))
print(p.minus_one(), p.signed(), p.truth(1, -1), p.truth(1, 1), p.sum4(1, 2, 3, 4))
print(p.SMALL, p.PRIVATE, p.LARGE, p.HUGE, hasattr(p, "_DROPPED"))
print(p.same(print) is print, p.load(array.array("i", [-5])), p.load(b"abcd"))
buffer = bytearray(b"az"); p.increment(buffer); print(buffer)
print(sorted(n for n in dir(p) if n[0] != "_"))
"""
PURE_OUTPUT = """\
42 -2 -2147483648 1
4294967295 -1 False True 10
47 -17 2147483647 -1180591620717411303424 False
True -5 1684234849
bytearray(b'bz')
['HUGE', 'LARGE', 'PRIVATE', 'SMALL', 'add', 'const', 'increment', 'load', 'minus_one', \
'same', 'signed', 'sum4', 'truth']
"""

MIXED = """\
from asm_rv32 import asm_rv32, micropython
class Adder:
    @staticmethod
    @asm_rv32
    def add(first, second):
        add(first, first, second)
    def twice(self, x):
        return self.add(x, x)
if Adder().twice(2) == 4:
    @asm_rv32
    def pick() -> uint:
        li(a0, -1)
else:
    @asm_rv32
    def pick():
        li(a0, 1)
        nop()
@micropython.viper
def viper(p: ptr8, n: int) -> int:
    total = 0
    for i in range(n):
        total += p[i]
    return total
@micropython.native
def native(x):
    @asm_rv32
    def inner(a):
        pass
    return inner(x) + 1
def fail():
    @asm_rv32
    def inner(a):
        nop()
        nop()
    inner(1)
    raise ValueError("line 36")
"""
MIXED_FUNCTIONS = [
    MachineFunction("add", _ADD, 2, "int", 3, 6),
    MachineFunction("pick", _MINUS_ONE, 0, "uint", 10, 12),
    MachineFunction("pick", bytes.fromhex("0545") + _RETURN, 0, "int", 14, 17),
    MachineFunction("inner", _RETURN, 1, "int", 26, 28),
    MachineFunction("inner", _RETURN, 1, "int", 31, 34),
]
MIXED_SCRIPT = """
import mixed as m, sys, io
print(m.Adder.add(3, 4), m.Adder().twice(21), m.pick(), m.viper(b"abc", 3), m.native(41))
try:
    m.fail()
except ValueError as error:
    text = io.StringIO(); sys.print_exception(error, text); print(text.getvalue())
"""
MIXED_OUTPUT = """\
7 42 4294967295 294 42
Traceback (most recent call last):
  File "<stdin>", line 5, in <module>
  File "lib/mixed.py", line 36, in fail
ValueError: line 36

"""


@pytest.fixture(scope="module")
def pure() -> bytes:
    return compile_mpy(PURE, PURE_FUNCTIONS, source_name="pure.py")


@pytest.fixture(scope="module")
def mixed() -> bytes:
    return compile_mpy(MIXED, MIXED_FUNCTIONS, source_name="lib/mixed.py")


def test_functions_and_constants(board: Board, pure: bytes) -> None:
    assert board.run(PURE_SCRIPT, files={"pure.mpy": pure}) == PURE_OUTPUT


def test_assembler_beside_python_viper_and_native(board: Board, mixed: bytes) -> None:
    assert board.run(MIXED_SCRIPT, files={"mixed.mpy": mixed}) == MIXED_OUTPUT


def test_romfs_image(board: Board, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "pure.py").write_text(PURE)
    (tmp_path / "lib" / "mixed.py").write_text(MIXED)
    (tmp_path / "lib" / "plain.py").write_text("def f(x):\n    return x * 2\n")
    (tmp_path / "lib" / "data.bin").write_bytes(bytes(range(256)))
    given = {"pure.py": PURE_FUNCTIONS, "lib/mixed.py": MIXED_FUNCTIONS, "lib/plain.py": []}
    image = build(
        tmp_path, lambda path, name: compile_mpy(path.read_text(), given[name], source_name=name)
    )
    script = (
        "import os\nprint(sorted(e[0] for e in os.ilistdir('/rom2/lib')))\n"
        "print(open('/rom2/lib/data.bin', 'rb').read() == bytes(range(256)))\n"
        "import lib.plain; print(lib.plain.f(21))\n"
        + PURE_SCRIPT
        + MIXED_SCRIPT.replace("import mixed as m, sys, io", "import lib.mixed as m, sys, io")
    )
    # The script is longer by the lines ahead of the one that the traceback names.
    output = MIXED_OUTPUT.replace(
        "line 5,", f"line {script[: script.index('m.fail')].count(chr(10)) + 1},"
    )
    assert board.run(script, romfs=image) == (
        "['data.bin', 'mixed.mpy', 'plain.mpy']\nTrue\n42\n" + PURE_OUTPUT + output
    )


def test_wrong_number_of_arguments(board: Board, pure: bytes) -> None:
    with pytest.raises(BoardError, match=r"TypeError.*takes 2 positional arguments but 1"):
        board.run("import pure; pure.add(1)", files={"pure.mpy": pure})


def test_flags_are_refused_by_firmware_without_the_extensions(board: Board, pure: bytes) -> None:
    mpy: Mpy = read(pure)
    flagged = write(mpy._replace(arch_flags=1))
    with pytest.raises(BoardError, match=r"ValueError: incompatible \.mpy"):
        board.run("import pure", files={"pure.mpy": flagged})


@pytest.mark.parametrize("part", (1, 2, 3, 4))
def test_a_run_ends_though_the_board_hangs(board: Board, pure: bytes, part: int) -> None:
    """Firmware reads on past the end of a truncated file, which our own reader refuses."""
    cut = pure[: len(pure) * part // 5]
    with pytest.raises((BoardError, BoardTimeout)):
        board.run("import pure", files={"pure.mpy": cut}, seconds=2)
    with pytest.raises(ValueError, match="truncated"):
        read(cut)


def test_a_script_that_a_hanging_board_never_reads_ends(board: Board, pure: bytes) -> None:
    with pytest.raises(BoardTimeout):
        board.run("import pure #" + " " * 1_000_000, files={"pure.mpy": pure[:60]}, seconds=2)


def test_an_endless_script_ends(board: Board) -> None:
    with pytest.raises(BoardTimeout, match="started"):
        board.run("print('started')\nwhile True: pass", seconds=3)
