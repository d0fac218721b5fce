"""The decorator: from a Python function's source text to a callable that runs machine code.

Input: a function object whose source can be found. Output: `AsmFunction`.
Invariant: the function's own Python body is never run; mistakes in it are reported when it is
defined, as one AssemblyError.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from functools import lru_cache, update_wrapper
from itertools import chain
from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from asm_rv32.assembler.ir import Macro, Macros
from asm_rv32.basis.diagnostics import AssemblyError, Diagnostic, Source, Span
from asm_rv32.inline.connected import connect
from asm_rv32.isa.image import Image
from asm_rv32.isa.sets import DEFAULT_ISA
from asm_rv32.machine.settings import DEFAULT_SETTINGS, Settings, settings_for

if TYPE_CHECKING:
    from asm_rv32.assembler.link import Place, Unit
    from asm_rv32.assembler.pipeline import Options
    from asm_rv32.inline.program import Program
    from asm_rv32.report.pricing import CycleReport

PROGRAMS_KEPT = 32
"""Of a function, so many programs are kept that it is called in."""

T = TypeVar("T")


class uint(int):
    """The annotation of a result that is read as an unsigned 32-bit integer."""


def const(value: T) -> T:
    """The value, as MicroPython's `const`: says that a name is a constant."""
    return value


class AsmFunction:
    """A function of assembled code; calling it runs it in the emulator.

    Arguments are converted by MicroPython's rules (see `machine.calling.Arguments`); buffers are
    written through. Data that the code stores into itself (`data`, `space`) keeps its value from
    one call to the next, as it does on a board. Raises ExecutionError when the code does what a
    board would not survive, TypeError when the number of arguments does not match.
    """

    __wrapped__: Callable[..., Any]
    __name__: str
    __qualname__: str

    def __init__(
        self,
        function: Callable[..., Any],
        image: Image | Unit,
        settings: Settings = DEFAULT_SETTINGS,
    ) -> None:
        """`image` is what `function` assembles to, or the unit that it is read as."""
        update_wrapper(self, function)
        self.settings = settings
        self.unit: Unit | None = None
        self._image: Image | None = None
        self._programs: dict[tuple[int, ...], Program] = {}
        """By the functions and data that arguments hand to it."""
        if isinstance(image, Image):
            self._image = image
        else:
            self.unit, self._image = image, image.image
            image.owner = image.thing = self
            if image.uses:
                connect(self)
        self.contents: bytes | None = None
        """What calls left in its own data; None: what was assembled."""

    @property
    def image(self) -> Image:
        """What it was assembled to, with all that it needs; linked when it is first asked for.

        Raises AssemblyError.
        """
        if self._image is None:
            from asm_rv32.assembler.pipeline import linked_image

            assert self.unit is not None  # without an image there is a unit
            self._image = linked_image([self.unit])
        return self._image

    @property
    def code(self) -> bytes:
        """The machine code, as it was assembled."""
        return self.image.code

    def listing(self) -> str:
        """Address, bytes, disassembly and source line of every instruction."""
        from asm_rv32.formats.listing import listing

        return listing(self.image)

    def __call__(self, *arguments: object, **keywords: object) -> Any:
        # Loading unicorn takes longer than all the rest of the import.
        from asm_rv32.machine import emulator

        if keywords:
            raise TypeError(f"{self.__qualname__}() takes no keyword arguments")
        program = self._laid_out(arguments)
        held = program.held()
        outcome = emulator.run(program.image, arguments, self.settings, held)
        program.keep(held.code, outcome.code)
        return outcome.result

    def _laid_out(self, arguments: tuple[object, ...]) -> Program:
        """What a call with these arguments runs."""
        from asm_rv32.inline.program import Program, passed

        others = passed(arguments)
        key = tuple(map(id, others))
        found = self._programs.get(key)
        if found is None or found.is_outdated:
            if len(self._programs) >= PROGRAMS_KEPT:
                self._programs.clear()
            found = self._programs[key] = Program(self, others)
        return found

    def cycles(
        self,
        *arguments: object,
        core: str | None = None,
        placement: int = 0,
        wait_states: int = 0,
    ) -> CycleReport:
        """What a call costs on a core that `asmrv32 cores` lists; no buffer changes.

        `core` is the decorator's where it is not given, and hazard3 where that names none.
        `placement`: where the code starts, modulo 4 (0 or 2). `wait_states`: of instruction
        memory, on a core that is known with any. Raises ExecutionError and TypeError as a call
        does, TimingError for an unknown core or an instruction that it has no cost for.
        """
        from asm_rv32.report.pricing import DEFAULT_CORE, cycles

        program = self._laid_out(arguments)
        return cycles(
            program.image, arguments, core or self.settings.core or DEFAULT_CORE,
            placement=placement, wait_states=wait_states, settings=self.settings,
            held=program.held(),
        )  # fmt: skip

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """As a method it gets the instance as its first argument, like any function."""
        return self if instance is None else MethodType(self, instance)

    def __reduce__(self) -> str:
        # As Python's own functions: pickled by name, and a copy is the same function.
        return self.__qualname__

    def __repr__(self) -> str:
        head = f"{self.__qualname__}({', '.join(self.image.parameters)})"
        return f"<asm_rv32 function {head}, {len(self.code)} bytes, {self.image.isa}>"


@overload
def asm_rv32(function: Callable[..., Any], /) -> AsmFunction: ...
@overload
def asm_rv32(
    *,
    isa: str = ...,
    compress: bool = ...,
    dialect: str = ...,
    stack: int = ...,
    max_instructions: int = ...,
    max_seconds: int = ...,
    misaligned: bool | None = ...,
    sanitize: bool = ...,
    core: str | None = ...,
    engine: str | None = ...,
) -> Callable[[Callable[..., Any]], AsmFunction]: ...


def asm_rv32(
    function: Callable[..., Any] | None = None,
    /,
    *,
    isa: str = DEFAULT_ISA,
    compress: bool = True,
    dialect: str = "asm_rv32",
    stack: int = DEFAULT_SETTINGS.stack,
    max_instructions: int = DEFAULT_SETTINGS.max_instructions,
    max_seconds: int = DEFAULT_SETTINGS.max_seconds,
    misaligned: bool | None = None,
    sanitize: bool = DEFAULT_SETTINGS.sanitize,
    core: str | None = None,
    engine: str | None = None,
) -> AsmFunction | Callable[[Callable[..., Any]], AsmFunction]:
    """Assemble the function below; used bare or with arguments.

    `isa`, `compress`, `dialect`: as for `assemble`. `stack`: bytes of stack in the emulator, a
    multiple of 16, 8192 by default. `max_instructions`: how many a call may execute, 100 million
    by default. `max_seconds`: how long it may take, 60 by default. `misaligned`: whether a load or
    store may be at any address; by default what `core` does, and False without one. `core`: one of
    `asmrv32 cores`; reports and `cycles` price calls on it where they are not told another.
    `sanitize`: whether a call checks, too, what a board would punish later: saved registers and sp
    at the return, the use of the stack, execution of data. `engine`: "unicorn" or "python", our
    own, which needs no package and is slower; by default unicorn where it is installed.

    Raises AssemblyError with every mistake of the function, TypeError where there is no plain
    function below, ValueError for a setting out of its bounds.
    """

    def decorate(function: Callable[..., Any]) -> AsmFunction:
        found = assemble_object(function, isa=isa, compress=compress, dialect=dialect)
        return AsmFunction(function, found, settings)

    settings = settings_for(
        {
            "stack": stack,
            "max_instructions": max_instructions,
            "max_seconds": max_seconds,
            "misaligned": misaligned,
            "sanitize": sanitize,
            "core": core,
            "engine": engine,
        }
    )
    return decorate if function is None else decorate(function)


def assemble_object(
    function: Callable[..., Any], *, isa: str, compress: bool, dialect: str
) -> Unit:
    """Read a function object from its source. Raises AssemblyError, TypeError."""
    from asm_rv32.assembler.pipeline import Options
    from asm_rv32.assembler.reading.parser import DECORATOR

    if isinstance(function, (staticmethod, classmethod, property)):
        kind = type(function).__name__
        raise TypeError(f"@asm_rv32 takes the function itself: write it below @{kind}")
    if not isinstance(function, FunctionType):
        raise TypeError(f"@asm_rv32 takes a function, not {type(function).__name__!r} object")
    if hasattr(function, "__wrapped__"):
        raise TypeError(
            f"@asm_rv32 takes the function itself, and another decorator has replaced "
            f"{function.__qualname__}: write @asm_rv32 below it"
        )
    return read_object(function, DECORATOR, Options(isa, dialect, compress))


def read_object(function: FunctionType, decorator: str, options: Options) -> Unit:
    """A function object's text as what its decorator says. Raises AssemblyError."""
    from asm_rv32.assembler.outside import Around
    from asm_rv32.assembler.pipeline import read_function

    source, offset = find_source(function)
    macros = VisibleMacros(function, source)
    around = Around(VisibleIntegers(function), macros, VisiblePlaces(function).find)
    unit = read_function(source, offset, decorator, around, options)
    if unit.name.rpartition(".")[2] != function.__code__.co_name:
        message = f"its source text has changed: {unit.name} stands there now"
        raise _refusal(function, "source-unavailable", message)
    return unit


HEADS = ("@", "def ", "def\t", "def\\", "async ")


def find_source(function: FunctionType) -> tuple[Source, int]:
    """The text that a function was compiled from, and the offset of its first decorator.

    Raises AssemblyError "source-unavailable" when there is none, or when the text has changed
    since: at the function's line there is then no function.
    """
    # With `tokenize` behind it, it costs more to load than all else here.
    import linecache

    code = function.__code__
    path, first = code.co_filename, code.co_firstlineno
    if code.co_name == "<lambda>":
        raise _refusal(function, "not-a-function", "a lambda holds no statements; use def")
    linecache.checkcache(path)
    lines = linecache.getlines(path, function.__globals__)
    written = lines[first - 1] if 0 < first <= len(lines) else ""
    if not written.lstrip().startswith(HEADS):
        reason = "has changed since it was compiled" if lines else "cannot be found"
        raise _refusal(function, "source-unavailable", f"its source text {reason}")
    source = Source(path, "".join(lines))
    return source, source.line_starts[first - 1] + len(written) - len(written.lstrip())


def _refusal(function: FunctionType, code: str, message: str) -> AssemblyError:
    path, line = function.__code__.co_filename, function.__code__.co_firstlineno
    # Empty lines up to the function's, so that the error names its line; a compiled line number
    # can be anything, hence the bound.
    blank = "\n" * (min(line, 1_000_000) - 1)
    help_ = "help: keep the function in a file, or give its text to asm_rv32.assemble(text)"
    span = Span(len(blank), len(blank))
    found = Diagnostic(code, f"{function.__qualname__}: {message}", span, (help_,))
    return AssemblyError([found], Source(path, blank))


class Visible:
    """The values that a function's body sees under a name: of its closure, and global."""

    def __init__(self, function: FunctionType) -> None:
        self._globals = function.__globals__
        self._closure = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))

    def __getitem__(self, name: str) -> Any:
        if name not in self._closure:
            return self._globals[name]
        try:
            return self._closure[name].cell_contents
        except ValueError:
            # A variable of the enclosing function that has no value yet.
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter({**self._globals, **self._closure})


class VisibleIntegers(Mapping[str, int]):
    """Of these values, the integers."""

    def __init__(self, function: FunctionType) -> None:
        self._visible = Visible(function)

    def __getitem__(self, name: str) -> int:
        value = self._visible[name]
        if not isinstance(value, int):
            raise KeyError(name)
        return int(value)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._visible if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class VisiblePlaces:
    """Of these values, those that stand in programs."""

    def __init__(self, function: FunctionType) -> None:
        self._visible = Visible(function)

    def find(self, name: str) -> Place | None:
        """The place of a function, of data, or of a label in data: `lib.rows.second`."""
        from asm_rv32.assembler.link import Place, Unit
        from asm_rv32.assembler.outside import place_of

        first, *rest = name.split(".")
        try:
            value = self._visible[first]
        except KeyError:
            return None
        for at, part in enumerate(rest):
            if isinstance(value, (ModuleType, type)):
                value = getattr(value, part, None)
                continue
            unit = getattr(value, "unit", None)
            is_last = at == len(rest) - 1
            return place_of(unit, part) if is_last and isinstance(unit, Unit) else None
        unit = getattr(value, "unit", None)
        return Place(unit) if isinstance(unit, Unit) else None


# ---- macros


def asm_macro(function: Callable[..., Any], /) -> AsmMacro:
    """Make the function below a macro: its statements are assembled where one is written that is
    a call of it, in a function under `@asm_rv32` or in another macro.

    Its parameters stand for registers, integers, labels, memory operands and strings; those with a
    default value may be left out at the use, and a use may give them by name. A label in it is
    another one at each use; one that is given to it belongs to who gives it. `for` and `if` may go
    by its parameters. Other names are those that stand around the macro, not around its use.

    Raises AssemblyError where it is no text of the assembler, TypeError where there is no plain
    function below.
    """
    if not isinstance(function, FunctionType):
        raise TypeError(f"@asm_macro takes a function, not {type(function).__name__!r} object")
    return AsmMacro(function)


class AsmMacro:
    """A macro: it is assembled where an assembler function writes its name as an instruction."""

    def __init__(self, function: FunctionType) -> None:
        """Read a macro from its source. Raises AssemblyError."""
        from asm_rv32.assembler.reading.parser import parse_macro

        source, offset = find_source(function)
        macro, found = parse_macro(source, offset)
        if found or macro is None:
            raise AssemblyError(found, source)
        if macro.name != function.__code__.co_name:
            message = f"its source text has changed: {macro.name} stands there now"
            raise _refusal(function, "source-unavailable", message)
        macro.names = VisibleIntegers(function)
        macro.macros = VisibleMacros(function, source)
        macro.resolve = VisiblePlaces(function).find
        macro.defaults = _defaults(function)
        self.macro = macro
        self.__name__ = function.__name__
        self.__qualname__ = function.__qualname__
        self.__module__ = function.__module__
        self.__doc__ = function.__doc__

    def __call__(self, *operands: object, **named: object) -> None:
        raise TypeError(
            f"{self.__qualname__} is a macro, which Python does not call: write "
            f"{self.macro.form} in a function under @asm_rv32, where it is assembled"
        )

    def __reduce__(self) -> str:
        return self.__qualname__

    def __repr__(self) -> str:
        return f"<asm_rv32 macro {self.macro.form}>"


def _defaults(function: FunctionType) -> dict[str, int | bytes]:
    """The default values of a function's parameters, as Python has evaluated them."""
    code, values = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(values) : code.co_argcount]
    found: dict[str, int | bytes] = {}
    for name, value in zip(names, values):
        if isinstance(value, int):
            found[name] = int(value)
        elif isinstance(value, (str, bytes)):
            found[name] = value.encode() if isinstance(value, str) else value
    return found


class VisibleMacros(Macros):
    """Of these values, the macros; and those of the text that Python has not come to yet."""

    def __init__(self, function: FunctionType, source: Source) -> None:
        self._function = function
        self._visible = Visible(function)
        self._source = source
        self._below: dict[str, Macro | None] = {}

    def find(self, name: str) -> Macro | None:
        """The macro of a name, or of a member of a module or a class: `lib.swap`."""
        first, *rest = name.split(".")
        try:
            value = self._visible[first]
        except KeyError:
            return self._find_below(name)
        for part in rest:
            if not isinstance(value, (ModuleType, type)):
                return None
            value = getattr(value, part, None)
        return value.macro if isinstance(value, AsmMacro) else None

    def known(self) -> Iterable[str]:
        """Their names, those of members left out."""
        names = (name for name in self._visible if isinstance(self._visible[name], AsmMacro))
        return chain(names, self._written.known())

    def _find_below(self, name: str) -> Macro | None:
        """A macro of the module that the text defines further down; it sees what is here, too."""
        if name not in self._below:
            found = self._written.find(name)
            if found is not None:
                found = copy(found)
                found.names = ChainMap({**found.names}, VisibleIntegers(self._function))  # type: ignore[arg-type]
                found.macros = self
            self._below[name] = found
        return self._below[name]

    @property
    def _written(self) -> Macros:
        return _macros_of(self._source.path, self._source.text)


@lru_cache(maxsize=4)
def _macros_of(path: str, text: str) -> Macros:
    """The macros of a module, from its text alone."""
    from asm_rv32.assembler.reading.parser import parse

    return parse(Source(path, text))[0].macros if "asm_macro" in text else Macros()
