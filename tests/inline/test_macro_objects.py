"""Macros as Python has them: found by name where the function stands, imported, never called."""

from __future__ import annotations

import copy
import importlib
import pickle
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from asm_rv32 import AsmMacro, AssemblyError, asm_macro, asm_rv32

LIBRARY = """
from asm_rv32 import asm_macro, asm_rv32

STEP = 7


@asm_macro
def bump(r, by=STEP):
    addi(r, r, by)
    clear_low(r)


@asm_macro
def clear_low(r):
    andi(r, r, -2)


class Pins:
    @asm_macro
    def toggle(r, bit=0):
        xori(r, r, 1 << bit)


@asm_macro
def wrong(r):
    nop()
    addi(r, r, 5000)


@asm_rv32
def help_(a):
    li(t0, 100)
    mul(a0, a0, t0)


@asm_macro
def calling(f):
    addi(sp, sp, -16)
    sw(ra, 0(sp))
    call(f)
    call(help_)
    lw(ra, 0(sp))
    addi(sp, sp, 16)
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a module of a project with the library beside it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "macro_library.py").write_text(LIBRARY)
    for name in ("macro_library", "macro_user"):
        monkeypatch.delitem(sys.modules, name, raising=False)

    def load(text: str) -> ModuleType:
        (tmp_path / "macro_user.py").write_text(text)
        importlib.invalidate_caches()
        return importlib.import_module("macro_user")

    return load


def test_macros_of_another_module_see_what_stands_around_them(load: Any) -> None:
    module = load(
        "import macro_library\n"
        "from asm_rv32 import asm_rv32\n"
        "from macro_library import bump as raised\n"
        "STEP = 1000\n"
        "@asm_rv32\n"
        "def f(a):\n"
        "    raised(a)\n"
        "    macro_library.bump(a, by=4)\n"
        "    macro_library.Pins.toggle(a, 3)\n"
    )
    assert module.f(2) == 12 ^ 8
    lines = [module.f.image.line_at(each.address) for each in module.f.image.entries]
    assert lines[:5] == [7, 7, 8, 8, 9]
    found = module.f.image.expanded_at(2)
    assert found.source.path.endswith("macro_library.py")
    assert found.name == "clear_low"


def test_a_macro_calls_what_stands_around_it_and_what_it_is_given(load: Any) -> None:
    module = load(
        "import macro_library\n"
        "from asm_rv32 import asm_rv32\n"
        "@asm_rv32\n"
        "def help_(a):\n"
        "    addi(a0, a0, 1)\n"
        "@asm_rv32\n"
        "def f(a):\n"
        "    macro_library.calling(help_)\n"
        "    macro_library.calling(macro_library.help_)\n"
    )
    assert module.f(5) == (((5 + 1) * 100) * 100) * 100


def test_a_macro_may_stand_further_down(load: Any) -> None:
    module = load(
        "from asm_rv32 import asm_macro, asm_rv32\n"
        "import macro_library\n"
        "BY = 6\n"
        "@asm_rv32\n"
        "def f(a):\n"
        "    twice(a)\n"
        "@asm_macro\n"
        "def twice(r):\n"
        "    step(r)\n"
        "    macro_library.bump(r, BY)\n"
        "@asm_macro\n"
        "def step(r):\n"
        "    slli(r, r, 1)\n"
    )
    assert module.f(5) == 16


def test_a_mistake_in_another_file_stands_where_the_macro_is_used(load: Any) -> None:
    with pytest.raises(AssemblyError) as caught:
        load(
            "from asm_rv32 import asm_macro, asm_rv32\n"
            "from macro_library import wrong\n"
            "@asm_macro\n"
            "def outer(r):\n"
            "    wrong(r)\n"
            "@asm_rv32\n"
            "def f(a):\n"
            "    outer(a)\n"
        )
    (found,) = caught.value.diagnostics
    assert caught.value.lineno == 5
    assert "'addi' takes -2048..2047 here, got 5000" in found.message
    inner, outer = found.notes[-2:]
    assert inner.startswith("note: in wrong (line 27 of ")
    assert inner.endswith("macro_library.py), used in line 5")
    assert outer == "note: in outer, used in line 8"


def test_macros_of_an_enclosing_function_are_seen_as_python_sees_them() -> None:
    def made(by: int) -> Any:
        @asm_macro
        def step(r, n=by):  # type: ignore[no-untyped-def]
            addi(r, r, n)  # type: ignore[name-defined]  # noqa: F821

        @asm_rv32
        def stepped(a):  # type: ignore[no-untyped-def]
            step(a)
            step(a, n=1)

        return stepped

    assert made(10)(5) == 16
    assert made(20)(5) == 26


def test_python_is_told_what_a_macro_is_when_it_calls_one(load: Any) -> None:
    module = load("from macro_library import bump\n")
    with pytest.raises(TypeError, match=r"bump is a macro.*write bump\(r, by=\.\.\.\) in a func"):
        module.bump(1)
    assert isinstance(module.bump, AsmMacro)
    assert repr(module.bump) == "<asm_rv32 macro bump(r, by=...)>"
    assert pickle.loads(pickle.dumps(module.bump)) is module.bump
    assert copy.deepcopy(module.bump) is module.bump


def test_a_macro_is_read_when_it_is_defined() -> None:
    with pytest.raises(AssemblyError) as caught:

        @asm_macro
        def never_used(r):  # type: ignore[no-untyped-def]
            while r:
                pass

    assert "'while' is no statement of the assembler" in caught.value.msg
    with pytest.raises(AssemblyError) as caught:

        @asm_macro
        def add(r):  # type: ignore[no-untyped-def]
            pass

    assert caught.value.diagnostics[0].code == "macro"


@pytest.mark.parametrize("thing", [3, staticmethod(print), AsmMacro])
def test_the_decorator_takes_a_plain_function(thing: Any) -> None:
    with pytest.raises(TypeError, match="@asm_macro takes a function"):
        asm_macro(thing)


def test_a_macro_is_no_function() -> None:
    with pytest.raises(TypeError, match="@asm_rv32 takes a function, not 'AsmMacro' object"):

        @asm_rv32
        @asm_macro
        def both(r):  # type: ignore[no-untyped-def]
            pass


def test_a_script_uses_macros(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(
        "import micropython\n"
        "from asm_rv32 import asm_macro\n"
        "@asm_macro\n"
        "def step(r, n=3):\n"
        "    for i in range(n):\n"
        "        addi(r, r, i)\n"
        "@micropython.asm_rv32\n"
        "def f(a0):\n"
        "    step(a0)\n"
        "print(f(4))\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "asm_rv32", "exec", str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("7\n", "")
