"""The decorator: it finds the function wherever it stands, and what it makes behaves as one."""

# The bodies are assembler, in which names are registers and mnemonics.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined,no-untyped-def,operator,return,empty-body,no-any-return"

from __future__ import annotations

import copy
import inspect
import linecache
import pickle
import subprocess
import sys
import threading
import types
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corpus.modules import module_at

from asm_rv32.assembler.reading.program import Reference
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.formats.board.viper import uint
from asm_rv32.inline.function import AsmFunction, asm_rv32, const
from asm_rv32.inline.source import find_source
from asm_rv32.inline.visible import VisibleNames
from asm_rv32.machine.errors import ExecutionError

OFFSET = const(4)
SHADOWED = 1
TEXT = "4"
NO_DATA = {4: 4}


@asm_rv32
def product(a, b):
    """The low word of a product."""
    mul(a0, a, b)


@asm_rv32(compress=False, isa="rv32im")
def plain(a, b):
    mul(a0, a, b)


@asm_rv32
def second_word(data) -> uint:
    lw(a0, OFFSET(data))


def unchanged(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def marked(word: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return unchanged


@unchanged
@marked("several lines")
@asm_rv32
@unchanged
def among_others(a):
    addi(a0, a0, 1)


class Counter:
    STEP = 3

    @asm_rv32
    def method(self, n):
        addi(a0, n, 2)

    @asm_rv32
    def itself(self) -> object:
        pass

    @staticmethod
    @asm_rv32
    def static(n):
        addi(a0, n, 5)

    class Inner:
        @asm_rv32
        def deep(self, n):
            addi(a0, n, 7)


def adder(amount: int, SHADOWED: int = 100) -> AsmFunction:
    @asm_rv32
    def add_amount(n):
        addi(a0, n, amount)
        addi(a0, a0, SHADOWED)

    return add_amount


def test_it_runs() -> None:
    assert product(6, 7) == 42
    assert product(-3, 5) == -15
    assert second_word(array("I", [1, 0xFFFF_FFFF])) == 0xFFFF_FFFF


def test_its_arguments_reach_the_assembler() -> None:
    assert plain(6, 7) == 42
    assert len(plain.code) == 8
    assert len(product.code) == 6
    assert plain.image.isa == "rv32im"


def test_it_is_found_among_other_decorators() -> None:
    assert isinstance(among_others, AsmFunction)
    assert among_others(1) == 2


def test_methods_get_the_instance_first() -> None:
    counter = Counter()
    assert counter.method(1) == 3
    assert Counter.method(counter, 1) == 3
    assert counter.itself() is counter
    assert counter.static(1) == Counter.static(1) == 6
    assert Counter.Inner().deep(1) == 8
    assert counter.method.code == Counter.method.code


def test_integers_of_the_closure_hide_global_ones() -> None:
    assert adder(5)(1) == 106
    assert adder(7, 0)(1) == 8


def test_visible_names_are_a_mapping_of_what_has_a_meaning() -> None:
    def function() -> object:
        return (SHADOWED, later)

    assert isinstance(function, types.FunctionType)
    visible = VisibleNames(function, find_source(function)[0])
    assert visible["OFFSET"] == 4
    assert visible["TEXT"].value is TEXT
    assert visible["product"] == Reference("product", product)
    assert visible["Counter"].find("__name__").value == "Counter"
    assert "NO_DATA" not in visible
    assert "later" not in visible  # it has no value yet
    later = 5
    assert visible["later"] == 5
    assert len(visible) == len(list(visible)) == len(set(visible))


def test_it_shows_what_a_function_shows() -> None:
    assert (product.__name__, product.__doc__) == ("product", "The low word of a product.")
    assert product.__module__ == __name__
    assert Counter.Inner.deep.__qualname__ == "Counter.Inner.deep"
    assert isinstance(product.__wrapped__, types.FunctionType)
    assert str(inspect.signature(product)) == "(a, b)"
    assert repr(product) == "<asm_rv32 function product(a, b), 6 bytes, rv32imc>"
    assert callable(product)


def test_it_is_copied_and_pickled_as_a_function_is() -> None:
    assert copy.copy(product) is product
    assert copy.deepcopy([product]) == [product]
    assert pickle.loads(pickle.dumps(product)) is product
    assert pickle.loads(pickle.dumps(Counter.Inner.deep)) is Counter.Inner.deep


def test_a_wrong_call_is_told_in_pythons_words() -> None:
    with pytest.raises(TypeError, match=r"^product\(\) missing 1 required .* argument: 'b'$"):
        product(1)
    with pytest.raises(TypeError, match=r"^product\(\) takes 2 positional .* but 3 were given$"):
        product(1, 2, 3)
    with pytest.raises(TypeError, match=r"^product\(\) takes no keyword arguments$"):
        product(1, b=2)


def test_a_fault_names_the_line_of_this_file() -> None:
    with pytest.raises(ExecutionError) as caught:
        second_word(bytes(7))
    error = caught.value
    assert Path(error.image.source.path) == Path(__file__)
    assert linecache.getline(__file__, error.line or 0).strip() == "lw(a0, OFFSET(data))"
    assert "argument 'data'" in str(error)


def test_settings_reach_the_machine_and_are_checked_at_once() -> None:
    @asm_rv32(max_instructions=50)
    def endless():
        label(again)
        j(again)

    @asm_rv32(misaligned=True)
    def load(data):
        lw(a0, 1(data))

    @asm_rv32(stack=16)
    def deep():
        sw(zero, -20(sp))

    with pytest.raises(ExecutionError, match="after 50 instructions"):
        endless()
    assert load(bytes(range(5))) == 0x04030201
    with pytest.raises(ExecutionError, match="below the 16 bytes of the stack"):
        deep()
    with pytest.raises(ValueError, match="stack"):
        asm_rv32(stack=3)
    assert asm_rv32(max_seconds=7)(second_word.__wrapped__).settings.max_seconds == 7


def test_data_in_the_code_keeps_its_value_between_calls() -> None:
    @asm_rv32
    def count():
        la(a1, value)
        lw(a0, 0(a1))
        addi(a0, a0, 1)
        sw(a0, 0(a1))
        ret()
        align(4)
        label(value)
        data(4, 0)

    code = count.code
    assert [count() for _ in range(3)] == [1, 2, 3]
    assert count.code == code


def test_threads_do_not_disturb_each_other() -> None:
    results: list[bool] = []

    def work(factor: int) -> None:
        results.append(all(product(factor, n) == factor * n for n in range(300)))

    threads = [threading.Thread(target=work, args=(factor,)) for factor in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 4


def test_every_mistake_is_told_when_the_function_is_defined() -> None:
    with pytest.raises(AssemblyError) as caught:

        @asm_rv32
        def wrong(a):
            addi(a0, a0, 4096)
            nonsense(a0)

    error = caught.value
    assert [found.code for found in error.diagnostics] == ["immediate-range", "unknown-mnemonic"]
    assert error.filename == __file__
    assert linecache.getline(__file__, error.lineno or 0).strip() == "addi(a0, a0, 4096)"


HEAD = "from asm_rv32.inline.function import asm_rv32\n"
FUNCTION = HEAD + "@asm_rv32\ndef f(a):\n    addi(a0, a0, 1)\n"


def test_source_that_linecache_knows_is_enough(tmp_path: Path) -> None:
    name = "<registered>"
    linecache.cache[name] = (len(FUNCTION), None, FUNCTION.splitlines(keepends=True), name)
    module = types.ModuleType("registered")
    code = compile(FUNCTION, name, "exec")
    types.FunctionType(code, module.__dict__)()
    assert module.__dict__["f"](1) == 2
    del linecache.cache[name]


@pytest.mark.parametrize("name", ["<string>", "/no/such/file.py"])
def test_source_that_cannot_be_found_is_an_error_with_a_mend(name: str) -> None:
    code = compile("\n" * 9 + FUNCTION, name, "exec")
    with pytest.raises(AssemblyError) as caught:
        types.FunctionType(code, {})()
    error = caught.value
    assert [found.code for found in error.diagnostics] == ["source-unavailable"]
    assert (error.filename, error.lineno) == (name, 11)
    assert "assemble(text)" in error.__notes__[0]


@pytest.mark.parametrize(
    "now", ["", "# gone\n" * 9, FUNCTION.replace("def f", "def g"), HEAD + "x = 1\n"]
)
def test_source_that_has_changed_is_an_error(tmp_path: Path, now: str) -> None:
    path = tmp_path / "changed.py"
    code = compile(FUNCTION, str(path), "exec")
    path.write_text(now)
    with pytest.raises(AssemblyError) as caught:
        types.FunctionType(code, {})()
    assert [found.code for found in caught.value.diagnostics] == ["source-unavailable"]


@pytest.mark.parametrize("text", ["f = asm_rv32(lambda a: a)", "f = asm_rv32()(lambda a: a)"])
def test_a_lambda_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "made.py"
    path.write_text(HEAD + text + "\n")
    with pytest.raises(AssemblyError) as caught:
        module_at(path)
    assert [found.code for found in caught.value.diagnostics] == ["not-a-function"]
    assert caught.value.lineno == 2


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (staticmethod(unchanged), "below @staticmethod"),
        (classmethod(unchanged), "below @classmethod"),
        (property(unchanged), "below @property"),
        (Counter, "not 'type'"),
        (len, "not 'builtin_function_or_method'"),
        (product, "not 'AsmFunction'"),
    ],
)
def test_what_is_no_plain_function_is_refused(made: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        asm_rv32(made)


def test_a_replaced_function_is_refused() -> None:
    import functools

    def replaced(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*arguments: object) -> object:
            return function(*arguments)

        return wrapper

    with pytest.raises(TypeError, match="write @asm_rv32 below it"):

        @asm_rv32
        @replaced
        def under(a):
            addi(a0, a0, 1)


def test_the_warning_of_called_integers_is_silenced_and_no_other() -> None:
    program = (
        "import asm_rv32.inline.function\n"
        "compile('4(a1)', 'operand.py', 'exec')\n"
        "compile('(1, 2)(a1)', 'other.py', 'exec')\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert "operand.py" not in done.stderr
    assert "'tuple' object is not callable" in done.stderr


KERNEL = "from asm_rv32 import asm_rv32\n\n@asm_rv32\ndef f(words):\n    lw(a0, 0(words))\n"
IGNORE = "ignore:'int' object:SyntaxWarning"


@pytest.mark.parametrize(
    ("arguments", "is_quiet"),
    [
        (["kernel.py"], False),
        (["-c", "import kernel"], False),
        (["-c", "import asm_rv32, kernel"], True),
        (["-W", IGNORE, "kernel.py"], True),
        (["-W", IGNORE, "-c", "import kernel"], True),
        (["-m", "asm_rv32", "run", "kernel.py", "f(bytes(4))"], True),
        (["-m", "asm_rv32", "exec", "kernel.py"], True),
        (["-m", "pytest", "test_kernel.py"], True),  # by the package's plugin
    ],
)
def test_what_is_compiled_ahead_of_the_import_warns(
    arguments: list[str], is_quiet: bool, tmp_path: Path
) -> None:
    (tmp_path / "kernel.py").write_text(KERNEL)
    test = "import kernel\n\ndef test_it():\n    kernel.f(b'1234')\n"
    (tmp_path / "test_kernel.py").write_text(test)

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        # What it compiles is not kept: each run compiles anew.
        return subprocess.run(
            [sys.executable, "-B", *options],
            capture_output=True, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip

    done = run(*arguments)
    assert done.returncode == 0
    assert ("SyntaxWarning" not in done.stdout + done.stderr) == is_quiet
    at = 2 if "pytest" in arguments else 0
    done = run(*arguments[:at], "-W", "error", *arguments[at:])
    assert (done.returncode == 0) == is_quiet


def test_importing_the_decorator_loads_no_emulator() -> None:
    program = "import asm_rv32.inline.function, sys; print('unicorn' in sys.modules)"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout == "False\n"


def test_const_is_its_value() -> None:
    assert const(33) == 33
    assert issubclass(uint, int)


def test_a_function_that_returns_nothing_returns_none() -> None:
    @asm_rv32
    def nothing(a) -> None:
        addi(a0, a, 1)

    assert nothing(6) is None
    assert nothing.cycles(6).result is None
