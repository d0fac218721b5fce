"""Functions of MicroPython's viper emitter as Python functions: machine integers and pointers.

Input: a function whose annotations are viper's types. Output: one that converts its arguments
and its result as viper does.
Invariant: what is computed from an argument annotated `int` or `uint` wraps around at 32 bits;
what is computed from literals alone is Python's, and wraps when it is returned.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from asm_rv32.basis.records import TYPE_CHECKING, Any, ClassVar, Self

WORD = 0xFFFF_FFFF


class MachineInt(int):
    """A signed 32-bit integer: whatever is computed from it wraps around."""

    def __new__(cls, value: int = 0) -> Self:
        return super().__new__(cls, cls.wrapped(int(value)))

    if TYPE_CHECKING:  # what is defined below

        def __add__(self, value: int, /) -> Self: ...
        def __radd__(self, value: int, /) -> Self: ...
        def __sub__(self, value: int, /) -> Self: ...
        def __rsub__(self, value: int, /) -> Self: ...
        def __mul__(self, value: int, /) -> Self: ...
        def __rmul__(self, value: int, /) -> Self: ...
        def __floordiv__(self, value: int, /) -> Self: ...
        def __rfloordiv__(self, value: int, /) -> Self: ...
        def __mod__(self, value: int, /) -> Self: ...
        def __rmod__(self, value: int, /) -> Self: ...
        def __lshift__(self, value: int, /) -> Self: ...
        def __rlshift__(self, value: int, /) -> Self: ...
        def __rshift__(self, value: int, /) -> Self: ...
        def __rrshift__(self, value: int, /) -> Self: ...
        def __and__(self, value: int, /) -> Self: ...
        def __rand__(self, value: int, /) -> Self: ...
        def __or__(self, value: int, /) -> Self: ...
        def __ror__(self, value: int, /) -> Self: ...
        def __xor__(self, value: int, /) -> Self: ...
        def __rxor__(self, value: int, /) -> Self: ...
        def __neg__(self) -> Self: ...
        def __pos__(self) -> Self: ...
        def __invert__(self) -> Self: ...
        def __abs__(self) -> Self: ...

    @staticmethod
    def wrapped(value: int) -> int:
        """The value in 32 bits, signed."""
        return ((value & WORD) ^ 0x8000_0000) - 0x8000_0000


class uint(MachineInt):
    """An unsigned 32-bit integer: whatever is computed from it wraps around."""

    @staticmethod
    def wrapped(value: int) -> int:
        """The value in 32 bits, unsigned."""
        return value & WORD


_OPERATORS = "add sub mul floordiv mod lshift rshift and or xor"


def _binary(name: str) -> Callable[[Any, Any], Any]:
    plain = getattr(int, name)

    def operate(self: MachineInt, other: object) -> object:
        result = plain(int(self), other)
        return result if result is NotImplemented else type(self)(result)

    return operate


def _unary(name: str) -> Callable[[Any], Any]:
    plain = getattr(int, name)
    return lambda self: type(self)(plain(int(self)))


for _name in _OPERATORS.split():
    for _prefix in ("__", "__r"):
        setattr(MachineInt, f"{_prefix}{_name}__", _binary(f"{_prefix}{_name}__"))
for _name in ("neg", "pos", "invert", "abs"):
    setattr(MachineInt, f"__{_name}__", _unary(f"__{_name}__"))


class Pointer:
    """A pointer into a buffer, an index counting items; nothing outside the buffer is reached."""

    size: ClassVar[int]
    _bytes: memoryview
    _start: int

    def __init__(self, buffer: Any, start: int = 0) -> None:
        """`buffer` is an object with the buffer protocol, or another pointer."""
        if isinstance(buffer, Pointer):
            self._bytes, start = buffer._bytes, buffer._start + start
        elif isinstance(buffer, int):
            raise TypeError("a pointer on the host goes to a buffer, not to an address")
        else:
            self._bytes = memoryview(buffer).cast("B")
        self._start = start

    def _at(self, index: int) -> slice:
        first = self._start + index * self.size
        if not 0 <= first <= len(self._bytes) - self.size:
            raise IndexError(f"{type(self).__name__}[{index}] lies outside of the buffer")
        return slice(first, first + self.size)

    def __getitem__(self, index: int) -> MachineInt:
        return MachineInt(int.from_bytes(self._bytes[self._at(index)], "little"))

    def __setitem__(self, index: int, value: int) -> None:
        low = value & ((1 << 8 * self.size) - 1)
        self._bytes[self._at(index)] = low.to_bytes(self.size, "little")

    def __add__(self, offset: int) -> Self:
        """The pointer so many bytes further."""
        return type(self)(self, offset)

    def __sub__(self, offset: int) -> Self:
        return type(self)(self, -offset)


class ptr8(Pointer):
    """A pointer to unsigned bytes."""

    size = 1


class ptr16(Pointer):
    """A pointer to unsigned halfwords."""

    size = 2


class ptr32(Pointer):
    """A pointer to words."""

    size = 4


TYPES: dict[str, Callable[[Any], Any]] = {
    "int": MachineInt,
    "uint": uint,
    "bool": bool,
    "ptr": ptr32,
    "ptr8": ptr8,
    "ptr16": ptr16,
    "ptr32": ptr32,
}


def _same(value: Any) -> Any:
    return value


def _result(value: Any) -> Any:
    """A result as ordinary code sees it."""
    return int(value) if isinstance(value, MachineInt) else value


def _named(annotation: object) -> str:
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")


def viper(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its arguments and its result converted as their annotations say."""
    from inspect import signature

    head = signature(function)
    converters = [
        TYPES.get(_named(parameter.annotation), _same) for parameter in head.parameters.values()
    ]
    to_result = TYPES.get(_named(head.return_annotation), _same)

    @wraps(function)
    def converting(*arguments: Any) -> Any:
        converted = [convert(value) for convert, value in zip(converters, arguments)]
        converted += arguments[len(converters) :]
        return _result(to_result(function(*converted)))

    return converting
