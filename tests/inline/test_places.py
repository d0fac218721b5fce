"""Data of modules, functions and macros of other files: as Python has them, and as text alone."""

from __future__ import annotations

import importlib
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from asm_rv32 import AssemblyError, ExecutionError, Module, assemble
from asm_rv32.isa.image import DATA, WRITABLE

LIBRARY = """
from asm_rv32 import asm_data, asm_macro, asm_rv32
SHARED = [7, 8]
class Pins:
    OUT = 3
@asm_rv32
def helper(a):
    addi(a0, a, 100)
@asm_rv32
def g(a):
    tail(helper)
@asm_data
def rows():
    data(4, 5)
    label(second)
    data(4, 99)
@asm_macro
def swap(a, b):
    xor(a, a, b)
    xor(b, a, b)
    xor(a, a, b)
@asm_macro
def load_shared(rd):
    la(rd, SHARED)
    lw(rd, (Pins.OUT + 1)(rd))
@asm_macro
def helped():
    tail(helper)
"""
USER = """
from array import array
from asm_rv32 import asm_rv32, extern
import places_lib
from places_lib import Pins, g, swap

TABLE = (10, 20, 30, 40)
NAMES = b"get\\0set\\0"
COUNTS = array("i", [0] * 4)
BUFFER = bytearray(8)
puts = extern("puts")

@asm_rv32(engine="ENGINE")
def item(i):
    la(t0, TABLE)
    slli(i, i, 2)
    add(t0, t0, i)
    lw(a0, 0(t0))

@asm_rv32(engine="ENGINE")
def count(i):
    la(t0, COUNTS)
    slli(i, i, 2)
    add(t0, t0, i)
    lw(t1, 0(t0))
    addi(t1, t1, 1)
    sw(t1, 0(t0))
    mv(a0, t1)

@asm_rv32(engine="ENGINE")
def fill(value):
    la(t0, BUFFER)
    for k in range(len(NAMES)):
        sb(value, k(t0))
    li(a0, len(NAMES) // 4 + ord("A") + Pins.OUT)

FUNCTIONS = [item, count, g]

@asm_rv32(engine="ENGINE")
def dispatch(n, i):
    la(t0, FUNCTIONS)
    slli(n, n, 2)
    add(t0, t0, n)
    lw(t0, 0(t0))
    mv(a0, i)
    jr(t0)

@asm_rv32(engine="ENGINE")
def swapped(a, b):
    swap(a, b)
    places_lib.swap(a, b)
    swap(a0, a1)

@asm_rv32(engine="ENGINE")
def shared():
    places_lib.load_shared(a0)

@asm_rv32(engine="ENGINE")
def helped(a):
    places_lib.helped()

@asm_rv32(engine="ENGINE")
def calls(a):
    addi(sp, sp, -16)
    sw(ra, 12(sp))
    call(places_lib.g)
    call(g)
    lw(t1, places_lib.rows.second)
    add(a0, a0, t1)
    lw(t1, LATER)
    add(a0, a0, t1)
    lw(ra, 12(sp))
    addi(sp, sp, 16)

@asm_rv32(engine="ENGINE")
def distance(place):
    la(t0, BUFFER)
    sub(a0, a0, t0)

@asm_rv32(engine="ENGINE")
def elsewhere():
    tail(puts)

LATER = [1000]
ROOMS = []

@asm_rv32(engine="ENGINE")
def store_in_room(value):
    lw(t0, ROOMS)
    sb(value, 0(t0))
"""


@pytest.fixture(params=["unicorn", "python"])
def user(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ModuleType]:
    (tmp_path / "places_lib.py").write_text(LIBRARY)
    (tmp_path / "places_user.py").write_text(USER.replace("ENGINE", request.param))
    sys.path.insert(0, str(tmp_path))
    importlib.invalidate_caches()
    try:
        yield importlib.import_module("places_user")
    finally:
        sys.path.remove(str(tmp_path))
        for name in ("places_user", "places_lib"):
            sys.modules.pop(name, None)


def read(module: ModuleType) -> Module:
    path = str(module.__file__)
    return assemble(Path(path).read_text(), path=path)


def test_data_of_a_module_is_a_place(user: ModuleType) -> None:
    assert [user.item(i) for i in range(4)] == [10, 20, 30, 40]
    assert user.fill(5) == 2 + ord("A") + 3
    assert bytearray([5] * 8) == user.BUFFER


def test_what_is_written_stays_in_the_object(user: ModuleType) -> None:
    assert [user.count(1), user.count(1)] == [1, 2]
    assert array("i", [0, 2, 0, 0]) == user.COUNTS
    user.COUNTS[1] = 50
    assert user.dispatch(1, 1) == 51
    assert array("i", [0, 51, 0, 0]) == user.COUNTS


def test_an_object_of_another_size_is_laid_out_anew(user: ModuleType) -> None:
    user.fill(1)
    assert len(user.fill.code) == len(user.fill.image.code)
    before = len(user.fill.code)
    user.BUFFER.extend(b"xyz")
    assert len(user.fill.code) == before + 3
    user.fill(6)
    assert bytearray([6] * 8) + b"xyz" == user.BUFFER


def test_a_list_of_other_items_is_laid_out_anew(user: ModuleType) -> None:
    assert user.calls(1) == 1 + 200 + 99 + 1000
    user.LATER[0] = 2000
    assert user.calls(1) == 1 + 200 + 99 + 2000
    before = len(user.calls.code)
    user.LATER.append(5)
    assert len(user.calls.code) == before + 4
    user.LATER[:] = [1 << 40]
    with pytest.raises(AssemblyError, match="'LATER' cannot lie in memory: item 0"):
        user.calls(1)
    user.LATER[:] = [7]
    assert user.calls(1) == 1 + 200 + 99 + 7
    # Functions in it, and what others reach by its address.
    assert user.dispatch(0, 2) == 30
    user.FUNCTIONS.insert(0, user.g)
    assert [user.dispatch(0, 2), user.dispatch(1, 2)] == [102, 30]


def test_equal_objects_in_a_list_are_different_places(user: ModuleType) -> None:
    one, other = bytearray(4), bytearray(4)
    user.ROOMS.append(one)
    user.store_in_room(5)
    user.ROOMS[0] = other
    user.store_in_room(6)
    assert (one[0], other[0]) == (5, 6)


def test_data_that_is_passed_is_the_same_place(user: ModuleType) -> None:
    assert user.distance(user.BUFFER) == 0
    assert user.distance(bytearray(8)) != 0


def test_functions_and_macros_of_other_files(user: ModuleType) -> None:
    assert user.dispatch(2, 5) == 105
    assert user.swapped(1, 2) == 2
    assert user.shared() == 8
    assert user.helped(1) == 101
    assert user.calls(1) == 201 + 99 + 1000


def test_an_extern_runs_nowhere(user: ModuleType) -> None:
    with pytest.raises(ExecutionError, match="puts is in another object"):
        user.elsewhere()
    (relocation,) = {each.symbol for each in user.elsewhere.image.relocations}
    assert relocation == "puts"


def test_the_text_alone_gives_the_same_programs(user: ModuleType) -> None:
    found = read(user)
    assert len(found.functions) == 11
    for name, image in found.functions.items():
        other = getattr(user, name).image
        assert image.code == other.code, name
        assert [(p.name, p.kind, p.address, p.size) for p in image.parts] == [
            (p.name, p.kind, p.address, p.size) for p in other.parts]  # fmt: skip
        assert image.relocations == other.relocations


def test_each_line_is_that_of_its_own_file(user: ModuleType) -> None:
    for image in (read(user).functions["calls"], user.calls.image):
        files = {part.name: Path(part.source.path).name for part in image.parts}
        assert files["calls"] == files["LATER"] == "places_user.py"
        assert files["g"] == files["helper"] == files["rows"] == "places_lib.py"


def test_each_exists_once() -> None:
    found = assemble(
        "A = [1, 2]\nB = A\nW = bytearray(4)\nT = (A, B, W, W)\n@asm_rv32\ndef f():\n"
        "    la(a0, A)\n    la(a1, B)\n    la(a2, W)\n    la(a3, T)\n"
    )
    image = found.functions["f"]
    assert [(part.name, part.kind) for part in image.parts[1:]] == [
        ("A", DATA), ("T", DATA), ("W", WRITABLE)]  # fmt: skip
    table = next(part for part in image.parts if part.name == "T")
    words = memoryview(image.code[table.address : table.address + 16]).cast("I")
    at = {part.name: part.address for part in image.parts}
    assert list(words) == [at["A"], at["A"], at["W"], at["W"]]


def test_what_cannot_lie_in_memory_is_an_error_at_its_use() -> None:
    with pytest.raises(AssemblyError) as caught:
        assemble("T = [1, [2, 3]]\n@asm_rv32\ndef f():\n    la(a0, T)\n")
    (found,) = caught.value.diagnostics
    assert "'T' cannot lie in memory: item 1 is a list without a name" in found.message
    assert caught.value.source.locate(found.span.start)[0] == 4


def test_a_mistake_in_another_file_is_one_of_that_file(user: ModuleType) -> None:
    folder = Path(str(user.__file__)).parent
    (folder / "places_wrong.py").write_text("@asm_rv32\ndef bad():\n    li(a0, a1)\n")
    with pytest.raises(AssemblyError) as caught:
        assemble(
            "from places_wrong import bad\n@asm_rv32\ndef f():\n    tail(bad)\n",
            path=str(folder / "places_user.py"),
        )
    assert caught.value.source.path.endswith("places_wrong.py")


def test_files_that_import_each_other(tmp_path: Path) -> None:
    """Also what each has of the other through a third name."""
    (tmp_path / "even.py").write_text(
        "from odd import odd\n@asm_rv32\ndef even(n):\n    beqz(n, yes)\n    addi(n, n, -1)\n"
        "    tail(odd)\n    label(yes)\n    li(a0, 1)\n"
    )
    (tmp_path / "odd.py").write_text(
        "import even\n@asm_rv32\ndef odd(n):\n    beqz(n, no)\n    addi(n, n, -1)\n"
        "    tail(even.even)\n    label(no)\n    li(a0, 0)\n"
    )
    path = tmp_path / "even.py"
    image = assemble(path.read_text(), path=str(path)).functions["even"]
    assert [part.name for part in image.parts] == ["even", "odd"]


@pytest.mark.parametrize("symbol", ["''", "'a b'", "5", "'1f'", "'x' * 100000"])
def test_an_extern_has_a_symbol(symbol: str) -> None:
    with pytest.raises(AssemblyError):
        assemble(f"x = extern({symbol})\n@asm_rv32\ndef f():\n    tail(x)\n")
