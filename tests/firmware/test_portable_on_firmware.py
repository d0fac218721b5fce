"""Portable .mpy files on firmware with and without the inline assembler: the same results."""

from __future__ import annotations

from pathlib import Path

import pytest
from board import Board, BoardError, BoardTimeout
from test_against_host import RICH, RICH_CALLS, on_host, script
from test_examples_on_firmware import ON_BOARDS, check_example

from asm_rv32.assembler.pipeline import Module, assemble
from asm_rv32.formats import FORMATS
from asm_rv32.formats.board.romfs import build


def compiled(
    source: str, *, portable: bool = True, path: str = "module.py"
) -> tuple[Module, bytes]:
    module = assemble(source, path=path)
    options = {"portable": True} if portable else {}
    return module, FORMATS[".mpy"].write(module, **options)


@pytest.mark.parametrize("path", ON_BOARDS, ids=lambda path: path.stem)
def test_example(every_board: Board, path: Path) -> None:
    source = path.read_text()
    check_example(every_board, path, compiled(source, path=path.name)[1])


def test_code_with_data_of_its_own(every_board: Board) -> None:
    module, mpy = compiled(RICH)
    printed = every_board.run(script("module", RICH_CALLS), files={"module.mpy": mpy})
    assert printed.split("\n")[:-1] == on_host(module, RICH_CALLS)


_WORDS = """\
@asm_rv32
def none() -> uint:
    li(a0, 5)
@asm_rv32
def one(a) -> uint:
    mv(a0, a)
@asm_rv32
def two(a, b) -> uint:
    slli(b, b, 8)
    or_(a0, a, b)
@asm_rv32
def three(a, b, c) -> uint:
    slli(b, b, 8)
    slli(c, c, 16)
    or_(a0, a, b)
    or_(a0, a0, c)
@asm_rv32
def four(a, b, c, d) -> uint:
    slli(b, b, 8)
    slli(c, c, 16)
    slli(d, d, 24)
    or_(a0, a, b)
    or_(a0, a0, c)
    or_(a0, a0, d)
"""
_COUNTS = """\
import module
for n, f in enumerate((module.none, module.one, module.two, module.three, module.four)):
    for given in range(6):
        try:
            print(f(*range(1, given + 1)), end=" ")
        except TypeError as error:
            assert error.args[0] == "function takes %d positional arguments but %d were given" % (
                n, given), error
            print("-", end=" ")
    try:
        f(*range(1, n + 1), a=1)
    except TypeError:
        print("no keywords")
"""


def test_the_number_of_arguments(every_board: Board) -> None:
    printed = every_board.run(_COUNTS, files={"module.mpy": compiled(_WORDS)[1]})
    rows = [["-"] * n + [str(0x4030201 & (1 << 8 * n) - 1)] + ["-"] * (5 - n) for n in range(5)]
    rows[0][0] = "5"
    assert printed.split("\n")[:-1] == [" ".join([*row, "no keywords"]) for row in rows]


_ARGUMENTS = """\
from array import array
import gc
import uctypes
import module
for value in (0, 1, -1, 0x3fffffff, -0x40000000, 0x40000000, -0x40000001, 0x7fffffff, 0x80000000,
              -0x80000000, 0xffffffff, 1 << 32, (5 << 40) + 3, -(5 << 40) - 3, None, False, True):
    print(module.one(value), module.four(0, 0, 0, value) >> 24, end=" ")
print()
class Bytes(bytearray):
    pass
for value in (b"abcd", "abcd", "a text that is not interned", bytearray(b"abcd"), bytearray(),
              array("I", [7]), memoryview(b"abcdefgh")[4:], Bytes(b"abcd"), "", b""):
    print(module.one(value) == (uctypes.addressof(value)), end=" ")
data = bytearray(8)
module.increment(data, 8)
module.increment(memoryview(data)[4:], 2)
print(data)
for _ in range(2000):
    gc.collect() if _ % 100 == 0 else bytearray(500)
    assert module.four(1, 2, 3, 4) == 0x4030201
"""
_INCREMENT = """\
@asm_rv32
def increment(data, size):
    add(a1, a1, a0)
    label(again)
    lbu(t0, 0(a0))
    addi(t0, t0, 1)
    sb(t0, 0(a0))
    addi(a0, a0, 1)
    bltu(a0, a1, again)
"""


def test_arguments_are_what_an_assembler_function_gets(board: Board, every_board: Board) -> None:
    source = _WORDS + _INCREMENT
    usual = board.run(_ARGUMENTS, files={"module.mpy": compiled(source, portable=False)[1]})
    printed = every_board.run(_ARGUMENTS, files={"module.mpy": compiled(source)[1]})
    assert printed == usual
    assert usual.split("\n")[0].startswith("0 0 1 1 4294967295 255 ")
    assert usual.endswith(f"{'True ' * 10}bytearray(b'\\x01\\x01\\x01\\x01\\x02\\x02\\x01\\x01')\n")


def test_what_is_no_word_is_a_type_error(every_board: Board) -> None:
    script = """\
import module
for value in (1.5, [1], (1,), print, object(), {}):
    for f, args in ((module.one, (value,)), (module.four, (1, 2, value, 4))):
        try:
            print("taken", value, f(*args))
        except TypeError as error:
            assert error.args[0].startswith("can't convert "), error
print("all refused", module.two(3, 4))
"""
    printed = every_board.run(script, files={"module.mpy": compiled(_WORDS)[1]})
    assert printed == f"all refused {4 << 8 | 3}\n"


_RESULTS = (0, 1, -1, 2, 0x7FFFFFFF, -0x80000000, 0x40000000)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("int", list(_RESULTS)),
        ("uint", [value & 0xFFFFFFFF for value in _RESULTS]),
        ("bool", [value != 0 for value in _RESULTS]),
        ("None", [None] * len(_RESULTS)),
    ],
)
def test_results(every_board: Board, kind: str, expected: list[object]) -> None:
    source = "".join(
        f"@asm_rv32\ndef f{n}({', '.join('abcd'[:n])}) -> {kind}:\n"
        + (f"    mv(a0, {'abcd'[n - 1]})\n" if n else "    li(a0, -1)\n")
        for n in range(5)
    )
    script = (
        f"import module as m\nprint([m.f1(v) for v in {_RESULTS}])\n"
        f"print(m.f0(), *(f(*[7, 7, 7, 0][-n:]) for n, f in ((2, m.f2), (3, m.f3), (4, m.f4))))\n"
    )
    printed = every_board.run(script, files={"module.mpy": compiled(source)[1]}).split("\n")
    assert printed[0] == str(expected)
    assert printed[1] == " ".join(map(str, [expected[2], *[expected[0]] * 3]))


def test_an_object_as_result(every_board: Board) -> None:
    """A small int's object is made by hand; another object's address comes from `id`."""
    source = """\
@asm_rv32
def small(a0) -> object:
    slli(a0, a0, 1)
    ori(a0, a0, 1)
@asm_rv32
def same(a0, a1, a2, a3) -> object:
    mv(a0, a3)
@asm_rv32
def nine() -> object:
    li(a0, 19)
"""
    script = (
        "import module as m\nx = [1, 2]\nprint(m.small(-7), m.same(1, 2, 3, id(x)) is x, m.nine())"
    )
    printed = every_board.run(script, files={"module.mpy": compiled(source)[1]})
    assert printed == "-7 True 9\n"


_BESIDE = """\
import micropython
from asm_rv32 import asm_rv32
TABLE = (1.5, "a string too long to be interned", 1 << 40)
class Box:
    def __init__(self, value):
        self.value = value
    @staticmethod
    @asm_rv32
    def twice(a):
        slli(a0, a, 1)
def make():
    @micropython.asm_rv32
    def inner(a, b):
        add(a0, a, b)
    return inner
@micropython.viper
def viper(x: int) -> int:
    return x + 3
@micropython.native
def native(x):
    return Box.twice(x) + 0.5
def main():
    return Box(1).twice(4), make()(20, 3), viper(4), native(2), TABLE
"""


def test_beside_python_in_a_romfs_image(every_board: Board, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text(_BESIDE)
    image = build(tmp_path, lambda path, name: compiled(path.read_text(), path=name)[1])
    printed = every_board.run("import beside; print(beside.main())", romfs=image)
    assert printed == (
        "(8, 23, 7, 4.5, (1.5, 'a string too long to be interned', 1099511627776))\n"
    )


@pytest.mark.parametrize("constants", [20, 40, 600])
def test_beside_many_constants(every_board: Board, constants: int) -> None:
    """However far from its start the table of functions is in the table of constants."""
    many = "".join(f"C{n} = {n + (1 << 40)}\n" for n in range(constants))
    printed = every_board.run(
        "import module; print(module.four(1, 0, 0, 2), module.C7)",
        files={"module.mpy": compiled(many + _WORDS)[1]},
    )
    assert printed == f"{2 << 24 | 1} {7 + (1 << 40)}\n"


def test_it_is_needed(stock_board: Board) -> None:
    """Firmware without it imports the usual file, and takes machine code for bytecode."""
    mpy = compiled(_WORDS, portable=False)[1]
    assert stock_board.run("import module; print(1)", files={"module.mpy": mpy}) == "1\n"
    with pytest.raises((BoardError, BoardTimeout)):
        stock_board.run("import module; module.none()", files={"module.mpy": mpy}, seconds=5)
