"""Blocks of data under a decorator: `@asm_data`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from types import FunctionType

from asm_rv32.assembler.reading.program import Reference
from asm_rv32.basis.records import TYPE_CHECKING, Any, overload
from asm_rv32.inline.function import read_object
from asm_rv32.inline.visible import Assembled
from asm_rv32.isa.image import WRITABLE


class AsmData(Assembled):
    """Data in the assembler's own directives, which functions find under its name.

    It stands once in each program; `bytes(it)`, `it[3]` and `it[4:8]` read what it holds, and where
    it is writable, assigning sets it, of the same size. Words that hold addresses are 0 here as
    long as nothing was stored into the block: addresses are given where a program is laid out.
    """

    def __init__(self, function: FunctionType) -> None:
        """Read a block from its source. Raises AssemblyError."""
        from asm_rv32.assembler.options import Options
        from asm_rv32.assembler.reading.parser import BLOCK

        self.unit = read_object(function, BLOCK, Options())
        self.unit.thing = self
        self.contents: bytes | None = None
        """What was stored into it; None: what it was assembled to."""
        if self.writable:
            self.unit.owner = self
        self.__name__ = function.__name__
        self.__qualname__ = function.__qualname__
        self.__module__ = function.__module__
        self.__doc__ = function.__doc__

    if TYPE_CHECKING:

        def __getattr__(self, label: str) -> int:
            """What `rows.first` is in a function's text, for type checkers: a label's address."""

    @property
    def meant(self) -> Reference:
        return Reference(self.__qualname__, self)

    @cached_property
    def _first(self) -> bytes:
        from asm_rv32.assembler.link import contents

        return contents(self.unit).data

    @property
    def writable(self) -> bool:
        """Whether code, and Python, may store into it."""
        return self.unit.kind == WRITABLE

    def __bytes__(self) -> bytes:
        return self._first if self.contents is None else self.contents

    def __len__(self) -> int:
        return len(self._first)

    def __getitem__(self, key: int | slice) -> int | bytes:
        return bytes(self)[key]

    def __setitem__(self, key: int | slice, value: Any) -> None:
        if not self.writable:
            raise TypeError(f"{self.__qualname__} is read-only: @asm_data(writable=True)")
        changed = bytearray(bytes(self))
        changed[key] = value
        if len(changed) != len(self._first):
            raise ValueError(f"{self.__qualname__} has {len(self._first)} bytes, and keeps them")
        self.contents = bytes(changed)

    def __reduce__(self) -> str:
        return self.__qualname__

    def __repr__(self) -> str:
        kind = "writable data" if self.writable else "data"
        return f"<asm_rv32 {kind} {self.__qualname__}, {len(self)} bytes>"


@overload
def asm_data(function: Callable[..., Any], /) -> AsmData: ...
@overload
def asm_data(
    *, writable: bool = ..., symbol: str | None = ..., weak: bool = ...
) -> Callable[[Callable[..., Any]], AsmData]: ...


def asm_data(
    function: Callable[..., Any] | None = None,
    /,
    *,
    writable: bool = False,
    symbol: str | None = None,
    weak: bool = False,
) -> AsmData | Callable[[Callable[..., Any]], AsmData]:
    """Make the function below a block of data: its statements are `data`, `space`, `align` and
    `label`, and functions find it under its name, `la(a0, rows)`, and its labels as `rows.second`.

    `writable`: whether code may store into it; what is stored stays from call to call. `symbol`:
    what a linker knows it by, where that is not its name; `weak`: whether it takes another object's
    in its place. Used bare or with the arguments. Raises
    AssemblyError for a mistake in it, TypeError where there is no plain function below.
    """

    def decorate(function: Callable[..., Any]) -> AsmData:
        if not isinstance(function, FunctionType):
            raise TypeError(f"@asm_data takes a function, not {type(function).__name__!r} object")
        return AsmData(function)

    return decorate if function is None else decorate(function)
