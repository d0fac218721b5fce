"""The decorator: from a Python function's source text to a callable that runs machine code.

Input: a function object whose source can be found. Output: `AsmFunction`.
Invariant: the function's own Python body is never run; mistakes in it are reported when it is
defined, as one AssemblyError.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import update_wrapper
from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from asm_rv32.assembler.ir import Data, Home, IntegerMember, Namespace, Reference
from asm_rv32.assembler.reading.scopes import Picked, Sight, Why
from asm_rv32.basis.diagnostics import AssemblyError, Diagnostic, Source, Span, did_you_mean
from asm_rv32.isa.sets import DEFAULT_ISA
from asm_rv32.machine.settings import DEFAULT_SETTINGS, Settings, settings_for

if TYPE_CHECKING:
    from asm_rv32.isa.image import Image
    from asm_rv32.report.pricing import CycleReport

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
        image: Image,
        settings: Settings = DEFAULT_SETTINGS,
    ) -> None:
        """`image` is what `function` assembles to."""
        update_wrapper(self, function)
        self.image = image
        self.settings = settings
        self._memory = image.code

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
        outcome = emulator.run(self.image, arguments, self.settings, code=self._memory)
        self._memory = outcome.code
        return outcome.result

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

        return cycles(
            self.image, arguments, core or self.settings.core or DEFAULT_CORE,
            placement=placement, wait_states=wait_states, settings=self.settings,
            code=self._memory,
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
        image = assemble_object(function, isa=isa, compress=compress, dialect=dialect)
        return AsmFunction(function, image, settings)

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
) -> Image:
    """Assemble a function object from its source. Raises AssemblyError, TypeError."""
    from asm_rv32.assembler.pipeline import Options, assemble_function

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
    source, offset = find_source(function)
    options = Options(isa, dialect, compress)
    image = assemble_function(source, offset, VisibleNames(function), options)
    if image.name != function.__code__.co_name:
        message = f"its source text has changed: {image.name} stands there now"
        raise _refusal(function, "source-unavailable", message)
    return image


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


class VisibleNames(Sight, Home):
    """What a function's body sees under a name, of its closure and global.

    Integers; `Data` for what may lie in memory; a `Reference` to an assembler function; a
    `Namespace` for a class or a module.
    """

    def __init__(self, function: FunctionType) -> None:
        self._globals = function.__globals__
        self._closure = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
        self._named: dict[int, str] | None = None

    def __getitem__(self, name: str) -> Any:
        found = self.meaning(name, self._object(name))
        if found is None:
            raise KeyError(name)
        return found

    def _object(self, name: str) -> object:
        if name not in self._closure:
            return self._globals[name]
        try:
            return self._closure[name].cell_contents
        except ValueError:
            # A variable of the enclosing function that has no value yet.
            raise KeyError(name) from None

    def meaning(self, name: str, value: object) -> Any:
        """What an object stands for in the assembler; None for one of another type."""
        if isinstance(value, int):
            return IntegerMember(value) if isinstance(value, Enum) else int(value)
        if isinstance(value, (str, bytes, bytearray, array, list, tuple)):
            return Data(name, value, self, None, None)
        if isinstance(value, AsmFunction):
            return Reference(value.__qualname__, value)
        if isinstance(value, (ModuleType, type, Enum)):
            return Attributes(name, value, self)
        return None

    def pick(self, words: Iterable[str]) -> Picked:
        """What those words stand for that are integers, `Data` or `Namespace`s."""
        found = Picked(self)
        for word in words:
            value = self.get(word)
            if value is not None and not isinstance(value, Reference):
                found[word] = value
        return found

    def why(self, name: str, source: Source) -> Why:
        """Why a name has no value."""
        from asm_rv32.assembler.reading.why import described, helps

        head, _, rest = name.partition(".")
        try:
            value = self._object(head)
        except KeyError:
            note = f"note: as the function is defined, nothing around it is called {head!r}"
            near = did_you_mean(head, self)
            return Why(False, (note, *(near or (f"help: {head} = 4 above the function",))))
        for part in rest.split(".") if rest else ():
            value = getattr(value, part, None)
        note = f"note: as the function is defined, it is {described(value)}"
        return Why(True, (note, *helps(name, value)))

    def find(self, thing: object) -> Data | Reference | None:
        if isinstance(thing, AsmFunction):
            return Reference(thing.__qualname__, thing)
        if self._named is None:
            seen = {name: self._globals[name] for name in self._globals}
            seen.update((name, self._object(name)) for name in self._closure if name in self)
            self._named = {id(value): name for name, value in reversed(seen.items())}
        name = self._named.get(id(thing))
        return Data(name, thing, self, None, None) if name else None

    def __iter__(self) -> Iterator[str]:
        for name in {**self._globals, **self._closure}:
            if name in self:
                yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Attributes(Namespace):
    """Of a class, a module, or a member of an enum."""

    __slots__ = ("name", "owner", "visible")

    def __init__(self, name: str, owner: object, names: VisibleNames) -> None:
        self.name = name
        self.owner = owner
        self.visible = names

    def find(self, name: str) -> Any:
        return self.visible.meaning(f"{self.name}.{name}", getattr(self.owner, name, None))
