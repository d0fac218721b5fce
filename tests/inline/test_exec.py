"""`asmrv32 exec`: MicroPython scripts on the host, and `from asm_rv32 import micropython`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from asm_rv32 import micropython
from asm_rv32.formats.board.viper import MachineInt, ptr8, ptr16, ptr32, uint, viper


class Ran:
    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.status = done.returncode
        self.out = done.stdout
        self.err = done.stderr


def run(folder: Path, text: str, *arguments: str, options: tuple[str, ...] = ()) -> Ran:
    script = folder / "script.py"
    script.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "asm_rv32", "exec", *options, str(script), *arguments]
    return Ran(subprocess.run(command, capture_output=True, text=True, check=False))


def prints(folder: Path, text: str, *arguments: str, options: tuple[str, ...] = ()) -> list[str]:
    done = run(folder, text, *arguments, options=options)
    assert (done.status, done.err) == (0, ""), done.err
    return done.out.splitlines()


def test_a_script_as_for_a_board(tmp_path: Path) -> None:
    text = """
@micropython.asm_rv32
def add(a0, a1) -> uint:
    add(a0, a0, a1)

@micropython.asm_rv32
def load(a0):
    lw(a0, 4(a0))

print(add(-1, 0), load(b"1234\\x05\\0\\0\\0"))
"""
    assert prints(tmp_path, text) == ["4294967295 5"]


def test_objects_keep_their_identity(tmp_path: Path) -> None:
    text = """
@micropython.asm_rv32
def same(a0) -> object:
    pass

class Thing: pass
thing = Thing()
print(same(thing) is thing, same(print) is print)
same(print)("called")
"""
    assert prints(tmp_path, text) == ["True True", "called"]


def test_source_given_to_exec(tmp_path: Path) -> None:
    text = '''
TEMPLATE = """
@micropython.asm_rv32
def f(a0):
    {}(a0, a0, {})
"""
for name, value in (("addi", 5), ("slli", 3), ("addi", 4096), ("nothing", 1)):
    try:
        exec(TEMPLATE.format(name, value))
        print(f(1))
    except SyntaxError as error:
        print(error.filename[:5], error.lineno)

def inside():
    names = {}
    exec(TEMPLATE.format("addi", 7), names)
    exec(compile(TEMPLATE.format("addi", 8), "<text>", "exec"), globals())
    return names["f"](1)

print(inside(), f(1))
'''
    assert prints(tmp_path, text) == ["6", "8", "<exec 4", "<exec 4", "8 9"]


def test_zba_and_zcmp_run(tmp_path: Path) -> None:
    text = """
@micropython.asm_rv32
def f(a0, a1):
    cm_push({ra, s0 - s1}, 0)
    mv(s0, a0)
    sh2add(a0, s0, a1)
    cm_popret({ra, s0 - s1}, 0)

print(f(3, 4))
"""
    assert prints(tmp_path, text) == ["16"]


def test_functions_of_our_own_dialect_beside_them(tmp_path: Path) -> None:
    text = """
@micropython.asm_rv32
def total(data, count):
    sum = a2
    li(sum, 0)
    for i in range(3):
        lw(t0, (4*i)(data))
        add(sum, sum, t0)
    mv(a0, sum)

@micropython.asm_rv32(isa="rv32imc_zbb")
def ones(a):
    cpop(a0, a)

from array import array
print(total(array("i", [1, 2, 3]), 3), ones(0xFF))
"""
    assert prints(tmp_path, text) == ["6 8"]


def test_bytes_are_counted_as_on_a_board(tmp_path: Path) -> None:
    text = """
@micropython.asm_rv32
def item(a0) -> uint:
    slli(a0, a0, 2)
    addi(a0, a0, 16)
    auipc(a1, 0)
    add(a1, a1, a0)
    lw(a0, 0(a1))
    jal(zero, HERE)
    data(4, 0x12345678, (1 << 32) - 2)
    label(HERE)

print(hex(item(0)), hex(item(1)), len(item.code))
"""
    assert prints(tmp_path, text) == ["0x12345678 0xfffffffe 34"]


def test_what_a_board_gets_wrong_is_a_warning(tmp_path: Path) -> None:
    text = """
@micropython.asm_rv32
def f(a0, a1):
    li(a2, 0xF0)
    c_and(a0, a2)

print("defined")
"""
    done = run(tmp_path, text)
    assert (done.status, done.out) == (0, "defined\n")
    assert "script.py:5:5: warning[not-in-dialect]" in done.err and "c_and(a0, s0)" in done.err


def test_what_a_board_gets_wrong_runs_as_it_does_there(tmp_path: Path) -> None:
    # The board's assembler makes c.or s0, a1 of it: wrong, as is said, and none of the writer's.
    text = "@micropython.asm_rv32\ndef f(a0, a1):\n    c_or(a2, a1)\n\nprint(f(5, 1))\n"
    done = run(tmp_path, text)
    assert (done.status, done.out) == (0, "5\n")
    assert "assembles this 'c_or' wrongly" in done.err


def test_calls_are_checked_as_the_options_say(tmp_path: Path) -> None:
    clobbers = "@micropython.asm_rv32\ndef f(a0):\n    mv(s0, a0)\n\nprint(f(5))\n"
    done = run(tmp_path, clobbers)
    assert done.status == 1 and "saved-register" in done.err and "script.py:3" in done.err
    assert prints(tmp_path, clobbers, options=("--no-sanitize",)) == ["5"]
    odd = "@micropython.asm_rv32\ndef f(a0):\n    lw(a0, 1(a0))\n\nprint(f(bytes(8)))\n"
    assert run(tmp_path, odd, options=("--core", "hazard3")).status == 1
    assert prints(tmp_path, odd, options=("--core", "ibex-small")) == ["0"]
    assert run(tmp_path, odd, options=("--core", "z80")).status == 2


def test_a_mistake_is_shown_with_its_line(tmp_path: Path) -> None:
    done = run(tmp_path, "print(1)\n@micropython.asm_rv32\ndef f():\n    addi(a0, a0, 4096)\n")
    assert (done.status, done.out) == (1, "1\n")
    assert "script.py:4:18: error[immediate-range]" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("@micropython.asm_rv32\ndef f():\nlabel(a)\n    j(a)\n", "3:1", "outside-function"),
        ("print(1)\ndef f(:\n    pass\n", "2:7", "not-python"),
    ],
)
def test_a_script_that_python_cannot_read_has_its_place(
    text: str, place: str, code: str, tmp_path: Path
) -> None:
    done = run(tmp_path, text)
    assert (done.status, done.out) == (1, "")
    assert f"script.py:{place}: error[{code}]" in done.err and "Traceback" not in done.err


def test_an_exception_of_the_script_shows_its_own_frames(tmp_path: Path) -> None:
    done = run(tmp_path, "def f():\n    return 1 // 0\nf()\n")
    assert done.status == 1
    assert "ZeroDivisionError" in done.err and "line 3" in done.err
    assert "asm_rv32/inline/script.py" not in done.err


def test_a_fault_of_the_code_names_its_line(tmp_path: Path) -> None:
    text = "@micropython.asm_rv32\ndef f(a0):\n    lw(a0, 0(a0))\n\nf(64)\n"
    done = run(tmp_path, text)
    assert done.status == 1
    assert "wild-access" in done.err and "script.py:3" in done.err


def test_the_status_is_the_scripts(tmp_path: Path) -> None:
    assert run(tmp_path, "import sys\nsys.exit(7)\n").status == 7
    assert run(tmp_path, "raise SystemExit\n").status == 0


def test_arguments_and_neighbours(tmp_path: Path) -> None:
    (tmp_path / "neighbour.py").write_text(
        "import micropython\n@micropython.asm_rv32\ndef one():\n    li(a0, 1)\n"
    )
    text = """
import sys
from neighbour import one
print(one(), sys.argv[1:], __name__)
"""
    assert prints(tmp_path, text, "a", "-f", "--isa") == ["1 ['a', '-f', '--isa'] __main__"]


def test_a_script_finds_what_python_finds(tmp_path: Path) -> None:
    """PYTHONPATH's folders, also where Python puts no folder of its own before them; not its own
    current directory, as no script does."""
    for folder in ("named", "current", "scripts"):
        (tmp_path / folder).mkdir()
    (tmp_path / "named" / "named.py").write_text("")
    (tmp_path / "current" / "current.py").write_text("")
    script = tmp_path / "scripts" / "script.py"
    script.write_text("import named\ntry:\n    import current\nexcept ImportError:\n    print(1)\n")
    for options in ([], ["-P"]):
        done = subprocess.run(
            [sys.executable, *options, "-m", "asm_rv32", "exec", str(script)],
            cwd=tmp_path / "current", capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(tmp_path / "named")},
        )  # fmt: skip
        assert (done.stdout, done.stderr) == ("1\n", "")


def test_the_module_and_the_builtins(tmp_path: Path) -> None:
    text = """
from micropython import const
import micropython as m, time, array
X = const(5)
@micropython.asm_rv32
def f(a0):
    addi(a0, a0, X)

@micropython.native
def native(x): return x + 1
@m.bytecode
def code(x): return x + 2
@micropython.viper
def wrap(x: int, y: uint) -> int:
    return x * x
@micropython.viper
def first(p: ptr8, n: int) -> int:
    total = 0
    for i in range(n):
        total += p[i]
    p[0] = 255
    return total

data = bytearray(b"\\x01\\x02\\x03")
print(f(1), native(1), code(1), wrap(65536 + 1, 2), first(data, 3), data[0])
m.opt_level(3)
print(m.opt_level(), m.mem_info(), m.stack_use(), m.heap_lock(), m.heap_unlock())
start = time.ticks_ms()
print(0 <= time.ticks_diff(time.ticks_ms(), start) < 10000, time.ticks_add(1, -2) > 0)
m.schedule(print, "scheduled")
print(array.array("l", [1, -2]), array.array("L").itemsize, array.array("l").typecode)
"""
    assert prints(tmp_path, text) == [
        "6 2 3 131073 6 255",
        "3 None 0 1 0",
        "True True",
        "scheduled",
        "array('l', [1, -2]) 4 l",
    ]


PROGRAM = """
from asm_rv32 import asm_data, asm_macro

@micropython.asm_rv32
def total(a0, a1):
    addi(sp, sp, -16)
    sw(ra, 12(sp))
    jal(ra, item)
    keep(s0)
    mv(s0, a0)
    li(a0, 1)
    call(item)
    add(a0, a0, s0)
    give(s0)
    lw(ra, 12(sp))
    addi(sp, sp, 16)

@micropython.asm_rv32
def item(a0):
    la(t0, rows)
    slli(a0, a0, 2)
    add(t0, t0, a0)
    lw(a0, 0(t0))

@asm_macro
def keep(register):
    sw(register, 8(sp))

@micropython.asm_macro
def give(register):
    lw(register, 8(sp))

@micropython.asm_data
def rows():
    data(4, 5, 7)
    label(second)
    data(2, end - second, rows.end - rows)
    label(end)

@asm_data(writable=True)
def count():
    data(4, 0)

@micropython.asm_rv32
def counted():
    la(t0, count)
    lw(a0, 0(t0))
    addi(a0, a0, 1)
    sw(a0, 0(t0))

print(total(0, 0), total(1, 0), bytes(rows), counted(), counted(), count[0])
"""


def test_a_script_of_functions_that_call_each_other(tmp_path: Path) -> None:
    """Further down in the script as well, with data and macros, under either name."""
    rows = bytes([5, 0, 0, 0, 7, 0, 0, 0, 4, 0, 12, 0])
    assert prints(tmp_path, PROGRAM) == [f"12 14 {rows!r} 1 2 2"]
    given = f"text = {PROGRAM!r}\nexec(text)\n"
    assert prints(tmp_path, given) == [f"12 14 {rows!r} 1 2 2"]


def test_a_name_that_stands_for_nothing_is_shown_with_its_line(tmp_path: Path) -> None:
    text = "@micropython.asm_rv32\ndef f(a0):\n    call(later)\n\nprint('defined')\nf(1)\n"
    for script in (text, f"def later(): pass\n{text}"):
        done = run(tmp_path, script)
        assert done.status == 1
        line = script.split("\n").index("    call(later)") + 1
        assert f"script.py:{line}:" in done.err and "error[unknown-label]" in done.err


def test_no_warning_of_cpython_comes_through(tmp_path: Path) -> None:
    text = "@micropython.asm_rv32\ndef f(a0):\n    lw(a0, 4(a0))\nexec('1 (2) if 0 else 3')\n"
    assert run(tmp_path, text).err == ""


def test_standard_input(tmp_path: Path) -> None:
    text = "@micropython.asm_rv32\ndef f(a0):\n    slli(a0, a0, 1)\nprint(f(4))\n"
    command = [sys.executable, "-m", "asm_rv32", "exec", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "8\n"), done.stderr


def test_one_file_for_board_and_host(tmp_path: Path) -> None:
    path = tmp_path / "both.py"
    path.write_text(
        "try:\n    import micropython\nexcept ImportError:\n"
        "    from asm_rv32 import micropython\n"
        "@micropython.asm_rv32\ndef f(a0):\n    addi(a0, a0, 1)\n"
        "@micropython.viper\ndef g(x: int) -> int:\n    return x << 31\n"
        "print(f(1), g(1))\n"
    )
    command = [sys.executable, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("2 -2147483648\n", "")


# ---- viper


def test_machine_integers_wrap() -> None:
    big = MachineInt(0x7FFF_FFFF)
    assert big + 1 == -0x8000_0000
    assert 1 + big == -0x8000_0000
    assert -MachineInt(-0x8000_0000) == -0x8000_0000
    assert uint(0) - 1 == 0xFFFF_FFFF
    assert ~uint(0) == 0xFFFF_FFFF
    assert uint(0x8000_0000) >> 31 == 1
    assert MachineInt(0x8000_0000) >> 31 == -1
    assert isinstance(big + 1 - 1, MachineInt)
    assert big * 1.5 == 0x7FFF_FFFF * 1.5


@pytest.mark.parametrize(("pointer", "size"), [(ptr8, 1), (ptr16, 2), (ptr32, 4)])
def test_pointers(pointer: type, size: int) -> None:
    data = bytearray(range(16))
    items = pointer(data)
    assert items[1] == int.from_bytes(data[size : 2 * size], "little")
    items[0] = -1
    assert data[:size] == b"\xff" * size
    assert (items + size)[0] == items[1]
    assert pointer(items)[1] == items[1]
    for index in (16 // size, -1):
        with pytest.raises(IndexError):
            items[index]
    with pytest.raises(TypeError):
        pointer(0x2000_0000)


def test_viper_converts_arguments_and_results() -> None:
    @viper
    def f(a: int, b: uint, c, d: bool = False) -> uint:  # type: ignore[no-untyped-def]
        assert isinstance(a, MachineInt) and isinstance(b, uint)
        return a + (c if d else 0)

    assert f(-1, -1, None) == 0xFFFF_FFFF
    assert type(f(1, 2, 3, 1)) is int
    assert f(1, 2, 3, 1) == 4
    with pytest.raises(TypeError):
        f(1)


def test_the_module_has_what_scripts_ask_for() -> None:
    for name in micropython.__all__:
        assert hasattr(micropython, name)
    assert micropython.heap_lock() == 1
    assert micropython.heap_locked() == 1
    assert micropython.heap_unlock() == 0
    assert micropython.const(5) == 5
    assert micropython.qstr_info() is None
    assert micropython.kbd_intr(3) is None
    assert micropython.alloc_emergency_exception_buf(100) is None
    assert (micropython.mem_current(), micropython.mem_total(), micropython.mem_peak()) == (0, 0, 0)
