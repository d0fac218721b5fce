"""Macros under a decorator: `@asm_macro`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import chain
from types import FunctionType

from asm_rv32.assembler.reading.program import Macro, Macros
from asm_rv32.basis.diagnostics import AssemblyError, Source
from asm_rv32.basis.records import Any
from asm_rv32.inline.source import find_source, refusal
from asm_rv32.inline.visible import Assembled, VisibleNames


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


class AsmMacro(Assembled):
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
            raise refusal(function, "source-unavailable", message)
        macro.names = VisibleNames(function, source)
        macro.macros = VisibleMacros(macro.names)
        macro.defaults = _defaults(function)
        self.macro = macro
        self.__name__ = function.__name__
        self.__qualname__ = function.__qualname__
        self.__module__ = function.__module__
        self.__doc__ = function.__doc__

    @property
    def meant(self) -> Macro:
        return self.macro

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
    """The macros among what is visible, and those of the text that Python has not come to yet."""

    def __init__(self, names: VisibleNames) -> None:
        self._names = names
        self._below: dict[str, Macro | None] = {}

    def find(self, name: str) -> Macro | None:
        """The macro of a name, or of a member of a module or a class: `lib.swap`."""
        value, rest = self._names.meaning(name)
        if isinstance(value, Macro) and not rest:
            return value
        return self._find_below(name) if value is None else None

    def known(self) -> Iterable[str]:
        """Their names, those of members left out."""
        names = (name for name in self._names if isinstance(self._names[name], Macro))
        return chain(names, self._written.known())

    def _find_below(self, name: str) -> Macro | None:
        """A macro of the module that the text defines further down; it sees what is here, too."""
        if name not in self._below:
            found = self._written.find(name)
            if found is not None:
                from copy import copy  # few functions wait for it

                found = copy(found)
                names = self._names.pick(found.words)
                names.update(found.names)
                found.names = names
                found.macros = self
            self._below[name] = found
        return self._below[name]

    @property
    def _written(self) -> Macros:
        source = self._names.source
        return _macros_of(source.path, source.text)


@lru_cache(maxsize=4)
def _macros_of(path: str, text: str) -> Macros:
    """The macros of a module, from its text alone."""
    from asm_rv32.assembler.reading.parser import parse

    return parse(Source(path, text))[0].macros if "asm_macro" in text else Macros()
