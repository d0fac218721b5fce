"""The decorator: from a Python function's source text to a callable that runs machine code.

Input: a function object whose source can be found. Output: `AsmFunction`.
Invariant: the function's own Python body is never run; mistakes in it are reported when it is
defined, as one AssemblyError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import update_wrapper
from types import FunctionType, MethodType

from asm_rv32.assembler.reading.program import Reference
from asm_rv32.basis.records import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload
from asm_rv32.devices.active import ACTIVE
from asm_rv32.inline.macro import VisibleMacros
from asm_rv32.inline.source import find_source, refusal
from asm_rv32.inline.visible import Assembled, VisibleNames
from asm_rv32.isa.image import Image
from asm_rv32.machine.settings import DEFAULT_SETTINGS, Settings, settings_for

if TYPE_CHECKING:
    from asm_rv32.assembler.link import Unit
    from asm_rv32.assembler.options import Options
    from asm_rv32.inline.program import Program, Whole
    from asm_rv32.report.pricing import CycleReport
    from asm_rv32.stepping.trace import Trace

PROGRAMS_KEPT = 32
"""Of a function, so many programs are kept that it is called in."""

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")
WATCHERS: list[Callable[[AsmFunction[..., Any], tuple[object, ...]], None]] = []
"""Told of every call before it is made, with the function and the arguments."""


def const(value: T) -> T:
    """The value, as MicroPython's `const`: says that a name is a constant."""
    return value


class AsmFunction(Assembled, Generic[P, R]):
    """A function of assembled code; calling it runs it in the emulator.

    To type checkers it has the parameters and the result of the function below the decorator.

    Arguments are converted by MicroPython's rules (see `machine.calling.Arguments`); buffers are
    written through. Data that the code stores into itself (`data`, `space`) keeps its value from
    one call to the next, as it does on a board. Raises ExecutionError when the code does what a
    board would not survive, TypeError when the number of arguments does not match.
    """

    __wrapped__: Callable[P, R]
    __name__: str
    __qualname__: str

    def __init__(
        self,
        function: Callable[P, R],
        image: Image | Unit,
        settings: Settings = DEFAULT_SETTINGS,
    ) -> None:
        """`image` is what `function` assembles to, or the unit that it is read as."""
        update_wrapper(self, function)
        self.settings = settings
        self.unit: Unit | None = None
        self._image: Image | None = None
        """Of one that needs nothing else."""
        self._whole: Whole | None = None
        """The program of one that does, as it was last laid out."""
        self._programs: dict[tuple[int, ...], Program] = {}
        """By the functions and data that arguments hand to it."""
        if isinstance(image, Image):
            self._image = image
        else:
            self.unit, self._image = image, image.image
            image.owner = image.thing = self
            if image.uses:
                from asm_rv32.inline.connected import connect

                connect(self)
        self.contents: bytes | None = None
        """What calls left in its own data; None: what was assembled."""

    @property
    def image(self) -> Image:
        """What it was assembled to, with all that it needs; linked when it is first asked for.

        Raises AssemblyError.
        """
        if self.unit is not None and (self._image is None or self.unit.uses):
            from asm_rv32.inline.program import linked_anew

            self._whole = linked_anew(self.unit, self._whole)
            return self._whole.image
        assert self._image is not None  # without an image there is a unit
        return self._image

    @property
    def meant(self) -> Reference:
        return Reference(self.__qualname__, self)

    @property
    def code(self) -> bytes:
        """The machine code, as it was assembled."""
        return self.image.code

    def listing(self) -> str:
        """Address, bytes, disassembly and source line of every instruction."""
        from asm_rv32.formats.listing import listing

        return listing(self.image)

    def __call__(self, *arguments: P.args, **keywords: P.kwargs) -> R:
        # Loading unicorn takes longer than all the rest of the import.
        from asm_rv32.machine import emulator

        if keywords:
            raise TypeError(f"{self.__qualname__}() takes no keyword arguments")
        for watch in WATCHERS:
            watch(self, arguments)
        settings = self.settings.finding(ACTIVE.get())
        program = self._laid_out(arguments, settings)
        held = program.held()
        if not emulator.is_clocked(program.image, settings):
            outcome = emulator.run(program.image, arguments, settings, held)
        else:
            from asm_rv32.timing import clocked

            outcome = clocked.run(program.image, arguments, settings, held)
        program.keep(held.code, outcome.code)
        return outcome.result  # type: ignore[return-value]

    def _laid_out(self, arguments: tuple[object, ...], settings: Settings) -> Program:
        """What a call with these arguments runs, where such calls have their code."""
        from asm_rv32.inline.program import Program, passed

        others = passed(arguments)
        key = (settings.layout.code, *map(id, others))
        found = self._programs.get(key)
        if found is None or found.is_outdated:
            if len(self._programs) >= PROGRAMS_KEPT:
                self._programs.clear()
            found = self._programs[key] = Program(self, others, settings)
        return found

    def cycles(
        self,
        *arguments: object,
        core: str | None = None,
        placement: int = 0,
        wait_states: int = 0,
    ) -> CycleReport:
        """What a call costs on a core that `asmrv32 cores` lists; no buffer changes.

        `core` is the decorator's where it is not given, or its board's, `generic` where nothing is
        known of that one's; and hazard3 where it names neither.
        `placement`: where the code starts, modulo 4 (0 or 2). `wait_states`: of instruction
        memory, on a core that is known with any. Raises ExecutionError and TypeError as a call
        does, TimingError for an unknown core or an instruction that it has no cost for.
        """
        from asm_rv32.report.pricing import DEFAULT_CORE, cycles

        bus = ACTIVE.get()
        settings = self.settings.finding(bus)
        chosen = core or (bus.core if bus else None) or settings.core
        if settings.board and not chosen:
            from asm_rv32.boards import load_board

            chosen = load_board(settings.board).priced_on
        chosen = chosen or DEFAULT_CORE
        program = self._laid_out(arguments, settings)
        return cycles(
            program.image, arguments, chosen,
            placement=placement, wait_states=wait_states, settings=settings,
            held=program.held(),
        )  # fmt: skip

    def trace(
        self,
        *arguments: object,
        core: str | None = None,
        board: str | None = None,
        limit: int | None = None,
    ) -> Trace:
        """The record of a call, to be walked forward and back; no buffer changes.

        It runs on our own engine. Cycles are counted on `core`, else on that of `board`, of
        the devices, or of the decorator; without one there are none. `limit`: so many
        instructions are kept, by default 2 million, the last ones. What stops the call is the
        trace's `error`. Raises TypeError as a call does, TimingError for an unknown core or an
        instruction that it has no cost for, ValueError for an unknown board.
        """
        from asm_rv32.stepping.recording import trace
        from asm_rv32.stepping.trace import DEFAULT_LIMIT

        bus = ACTIVE.get()
        settings = self.settings.finding(bus)
        if board is not None:
            from asm_rv32.boards import load_board

            found = load_board(board)
            settings = settings._replace(board=found.name)
            core = core or found.core
        chosen = core or (bus.core if bus else None) or settings.core
        program = self._laid_out(arguments, settings)
        return trace(
            program.image, arguments, chosen, settings=settings._replace(core=chosen),
            limit=DEFAULT_LIMIT if limit is None else limit, held=program.held(),
        )  # fmt: skip

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """As a method it gets the instance as its first argument, like any function."""
        return self if instance is None else MethodType(self, instance)

    def __reduce__(self) -> str:
        # As Python's own functions: pickled by name, and a copy is the same function.
        return self.__qualname__

    def _repr_html_(self) -> str:
        """The listing, as notebooks show it."""
        from asm_rv32.formats.markup import listing

        return listing(self.image)

    def __repr__(self) -> str:
        head = f"{self.__qualname__}({', '.join(self.image.parameters)})"
        return f"<asm_rv32 function {head}, {len(self.code)} bytes, {self.image.isa}>"


@overload
def asm_rv32(function: Callable[P, R], /) -> AsmFunction[P, R]: ...
@overload
def asm_rv32(
    *,
    isa: str | None = ...,
    compress: bool = ...,
    dialect: str = ...,
    stack: int = ...,
    max_instructions: int = ...,
    max_seconds: int = ...,
    misaligned: bool | None = ...,
    sanitize: bool = ...,
    core: str | None = ...,
    engine: str | None = ...,
    board: str | None = ...,
    interrupt: bool | str = ...,
    symbol: str | None = ...,
    weak: bool = ...,
    tables: str = ...,
) -> Callable[[Callable[P, R]], AsmFunction[P, R]]: ...


def asm_rv32(
    function: Callable[..., Any] | None = None,
    /,
    *,
    isa: str | None = None,
    compress: bool = True,
    dialect: str = "asm_rv32",
    stack: int = DEFAULT_SETTINGS.stack,
    max_instructions: int = DEFAULT_SETTINGS.max_instructions,
    max_seconds: int = DEFAULT_SETTINGS.max_seconds,
    misaligned: bool | None = None,
    sanitize: bool = DEFAULT_SETTINGS.sanitize,
    core: str | None = None,
    engine: str | None = None,
    board: str | None = None,
    interrupt: bool | str = False,
    symbol: str | None = None,
    weak: bool = False,
    tables: str = "",
) -> AsmFunction[..., Any] | Callable[[Callable[..., Any]], AsmFunction[..., Any]]:
    """Assemble the function below; used bare or with arguments.

    `isa`, `compress`, `dialect`: as for `assemble`. `stack`: bytes of stack in the emulator, a
    multiple of 16, 8192 by default. `max_instructions`: how many a call may execute, 100 million
    by default. `max_seconds`: how long it may take, 60 by default. `misaligned`: whether a load or
    store may be at any address; by default what `core` does, and False without one. `core`: one of
    `asmrv32 cores`; reports and `cycles` price calls on it where they are not told another.
    `sanitize`: whether a call checks, too, what a board would punish later: saved registers and sp
    at the return, the use of the stack, execution of data. `engine`: "unicorn" or "python", our
    own, which needs no package and is slower; by default unicorn where it is installed. `board`:
    one of `asmrv32 board list`; its ISA and its core are the default, an instruction that it lacks
    is an error, and `cycles` tells nanoseconds at its clock. `interrupt`: it is a handler, which
    ends in `mret` and keeps every register, or with "stacked" those that the board's hardware does
    not stack. `symbol`: what a linker knows it by in object files, where that is not its name;
    `weak`: whether another object's of that name takes its place there. `tables`: a TOML file of
    instructions of one's own, from the source's folder.

    Raises AssemblyError with every mistake of the function, TypeError where there is no plain
    function below, ValueError for a setting out of its bounds.
    """

    def decorate(function: Callable[..., Any]) -> AsmFunction[..., Any]:
        found = assemble_object(
            function, isa=isa, compress=compress, dialect=dialect, board=board,
            interrupt=interrupt, tables=tables,
        )  # fmt: skip
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
            "board": board,
        }
    )
    return decorate if function is None else decorate(function)


def assemble_object(
    function: Callable[..., Any], *, isa: str | None, compress: bool, dialect: str,
    board: str | None = None, interrupt: bool | str = False, tables: str = "",
) -> Unit:  # fmt: skip
    """Read a function object from its source; `tables` as its decorator names them. Raises
    AssemblyError, TypeError."""
    from asm_rv32.assembler.options import Options
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
    named = {"tables": tables} if tables else {}
    options = Options(isa, dialect, compress, board=board, interrupt=interrupt)
    return read_object(function, DECORATOR, options, named)


def read_object(
    function: FunctionType, decorator: str, options: Options, named: Mapping[str, object] = {}
) -> Unit:
    """A function object's text as what its decorator says; `named`: of its arguments those that
    hang on where the source stands. Raises AssemblyError."""
    from asm_rv32.assembler.pipeline import Around, read_function

    source, offset = find_source(function)
    names = VisibleNames(function, source)
    around = Around(names, VisibleMacros(names))
    unit = read_function(source, offset, decorator, around, options, named)
    if unit.name.rpartition(".")[2] != function.__code__.co_name:
        message = f"its source text has changed: {unit.name} stands there now"
        raise refusal(function, "source-unavailable", message)
    return unit
