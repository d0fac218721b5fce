"""Run a whole MicroPython script under CPython.

Input: a script's text and its arguments. Output: whatever the script does.
Invariant: what the script sees of a board (the module `micropython`, viper's types, the ticks of
`time`) is there while it runs, and gone after; the text given to `exec` is kept where the
decorator finds it. The script itself is trusted: it is Python and runs as such.
"""

from __future__ import annotations

import array
import builtins
import linecache
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import CodeType, ModuleType

from asm_rv32.assembler.dialects import SCRIPT
from asm_rv32.assembler.reading.parser import parse
from asm_rv32.basis.diagnostics import AssemblyError, Diagnostic, Source
from asm_rv32.basis.records import Any
from asm_rv32.devices.active import attached
from asm_rv32.inline import micropython
from asm_rv32.inline.board import board_modules
from asm_rv32.inline.function import AsmFunction, assemble_object
from asm_rv32.isa.own_tables import with_tables
from asm_rv32.isa.sets import Isa
from asm_rv32.machine.settings import DEFAULT_SETTINGS, Settings

BOARD_ISA = "rv32imc_zba_zcmp"
"""All that MicroPython's assembler knows of."""
TEXTS_KEPT = 1000
"""How many texts given to `exec` are kept for tracebacks."""
TICKS_PERIOD = 1 << 30

Warn = Callable[[Sequence[Diagnostic], Source], None]


def run_script(
    path: str, text: str, arguments: Sequence[str], *,
    isa: str | None, warn: Warn, settings: Settings = DEFAULT_SETTINGS, board: str | None = None,
) -> None:  # fmt: skip
    """Run a script as `__main__`; `warn` gets what a board would assemble wrongly.

    `isa` and `board` are what functions are assembled for, and `settings` those of their calls,
    where their decorators have no arguments.

    Raises what the script raises: AssemblyError for a function that is wrong, SystemExit.
    """
    main = ModuleType("__main__")
    main.__dict__.update(__file__=path, __builtins__=builtins)
    # The script's folder stands where Python has put that of the program, if it has.
    rest = sys.path if sys.flags.safe_path else sys.path[1:]
    folders = [os.path.dirname(os.path.abspath(path)), *rest]
    chosen = {"isa": isa, "board": board}
    with (
        _board(main, [path, *arguments], folders, _namespace(chosen, warn, settings), board),
        attached(settings.bus),
    ):
        _keep(path, text)
        exec(_compiled(path, text), main.__dict__)


def _compiled(path: str, text: str) -> CodeType:
    """The script's code. Raises AssemblyError where a statement of assembler hinders Python."""
    try:
        return compile(text, path, "exec")
    except SyntaxError as error:
        source = Source(path, text)
        found = [each for each in parse(source)[1] if each.severity == "error"]
        raise (AssemblyError(found, source) if found else error) from None


def _namespace(chosen: Mapping[str, Any], warn: Warn, settings: Settings) -> ModuleType:
    """The module `micropython` as the script gets it; `chosen`: for functions that say nothing."""
    module = ModuleType("micropython", micropython.__doc__)
    for name in micropython.__all__:
        setattr(module, name, getattr(micropython, name))
    setattr(module, "asm_rv32", _decorator(chosen, warn, settings))  # noqa: B010
    return module


def _decorator(chosen: Mapping[str, Any], warn: Warn, settings: Settings) -> Callable[..., Any]:
    """`@micropython.asm_rv32` of a script: as a board assembles it, where a board would.

    A function that says anything a board has no words for is in our own dialect, as is one whose
    decorator has arguments.
    """

    def asm_rv32(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
        if function is None or options:
            own = chosen.get("isa")
            if "isa" in options and isinstance(own, Isa):
                options["isa"] = with_tables(options["isa"], own.tables.own)
            decorated = micropython.asm_rv32(**{**chosen, **options})
            return decorated if function is None else decorated(function)
        unit = assemble_object(function, compress=True, dialect=SCRIPT, **chosen)
        said = unit.image.diagnostics if unit.image else unit.said
        if not said:
            return AsmFunction(function, unit, settings)
        warn(said, unit.source)
        # What a board's assembler gets wrong, and is warned of, runs as it does there.
        return AsmFunction(function, unit, settings._replace(sanitize=False))

    return asm_rv32


@contextmanager
def _board(
    main: ModuleType,
    arguments: list[str],
    folders: list[str],
    namespace: ModuleType,
    board: str | None,
) -> Iterator[None]:
    names = {name: getattr(namespace, name) for name in ("ptr8", "ptr16", "ptr32", "uint", "const")}
    modules = {
        "__main__": main, "micropython": namespace, "array": _array_module(),
        **board_modules(board),
    }  # fmt: skip
    with (
        _changed(sys.modules, modules),
        _changed(vars(builtins), {"micropython": namespace, **names, **_compilers()}),
        _changed(vars(time), _ticks()),
        _changed(vars(sys), {"argv": arguments, "path": folders}),
    ):
        yield


@contextmanager
def _changed(names: Any, values: Mapping[str, object]) -> Iterator[None]:
    """Names of a namespace with other values for a while."""
    missing = object()
    before = {name: names.get(name, missing) for name in values}
    names.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is missing:
                names.pop(name, None)
            else:
                names[name] = value


# ---- the text given to exec


def _keep(name: str, text: str) -> None:
    # An entry without a time of change is kept by linecache.checkcache.
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)


def _compilers() -> dict[str, object]:
    """`compile` and `exec` that keep the text under a name of its own."""
    kept: list[str] = []
    plain_compile, plain_exec = compile, exec

    def named(text: str) -> str:
        name = f"<exec {len(kept) + 1}>"
        kept.append(name)
        _keep(name, text)
        if len(kept) > TEXTS_KEPT:
            linecache.cache.pop(kept[-TEXTS_KEPT - 1], None)
        return name

    def script_compile(
        source: Any, filename: Any, mode: str, flags: int = 0, dont_inherit: bool = False,
        optimize: int = -1, **options: Any,
    ) -> Any:  # fmt: skip
        if isinstance(source, str) and str(filename).startswith("<") and mode == "exec":
            filename = named(source)
        return plain_compile(source, filename, mode, flags, dont_inherit, optimize, **options)

    def script_exec(
        source: Any, /, globals: Any = None, locals: Any = None, **options: Any
    ) -> None:
        if not isinstance(source, CodeType):
            text = source if isinstance(source, str) else bytes(source).decode()
            source = plain_compile(text, named(text), "exec", 0, True)
        if globals is None:
            caller = sys._getframe(1)
            globals = caller.f_globals
            locals = caller.f_locals if locals is None else locals
        plain_exec(source, globals, locals, **options)

    return {"compile": script_compile, "exec": script_exec}


# ---- arrays


class BoardArray(array.array):  # type: ignore[type-arg]
    """An array whose items have the size that they have on a board: `l` and `L` are words."""

    _typecode: str

    def __new__(cls, typecode: str, items: Any = ()) -> BoardArray:
        made = super().__new__(cls, _WORDS.get(typecode, typecode), items)
        made._typecode = typecode
        return made

    @property
    def typecode(self) -> str:  # type: ignore[override]
        """As the script gave it."""
        return self._typecode

    def __repr__(self) -> str:
        items = f", {self.tolist()}" if len(self) else ""
        return f"array({self._typecode!r}{items})"


_WORDS = {"l": "i", "L": "I"}


def _array_module() -> ModuleType:
    module = ModuleType("array", array.__doc__)
    module.__dict__.update(array=BoardArray, ArrayType=BoardArray)
    return module


# ---- time


def _ticks() -> dict[str, object]:
    """What MicroPython's `time` has beside CPython's: counters that wrap around."""

    def ticks_diff(end: int, start: int) -> int:
        half = TICKS_PERIOD // 2
        return (end - start + half) % TICKS_PERIOD - half

    return {
        "ticks_ms": lambda: time.monotonic_ns() // 1_000_000 % TICKS_PERIOD,
        "ticks_us": lambda: time.monotonic_ns() // 1_000 % TICKS_PERIOD,
        "ticks_cpu": lambda: time.monotonic_ns() % TICKS_PERIOD,
        "ticks_diff": ticks_diff,
        "ticks_add": lambda ticks, delta: (ticks + delta) % TICKS_PERIOD,
        "sleep_ms": lambda duration: time.sleep(max(0, duration) / 1_000),
        "sleep_us": lambda duration: time.sleep(max(0, duration) / 1_000_000),
    }
