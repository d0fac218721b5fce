"""What Python's operators and built-in functions make of values, within bounds.

Input: integers, text, bytes and what holds them, as Python's own objects. Output: one more.
Invariant: no more is built than the `Room` that is left; what Python refuses raises what Python
raises, what is too large `TooLarge`.
"""

from __future__ import annotations

import operator
import re
from array import array
from collections.abc import Callable

from asm_rv32.assembler.budget import Room
from asm_rv32.assembler.reading.program import Extern
from asm_rv32.basis.records import Any
from asm_rv32.isa.image import NAME_LIMIT

SEQUENCES = (str, bytes, bytearray, array, list, tuple, range)
REFUSALS = (ValueError, TypeError, LookupError, OverflowError, ArithmeticError, MemoryError)
"""What a function of this module raises for operands that Python does not take."""
_ENCODINGS = ("utf-8", "utf8", "ascii", "latin-1", "latin1", "iso-8859-1")
"""Those whose time is known to grow with the text alone."""


def repeated(room: Room, value: Any, count: Any) -> Any:
    """`value * count`, of a sequence and an integer in either order."""
    if isinstance(value, int):
        value, count = count, value
    if not isinstance(count, int) or not isinstance(value, (int, *SEQUENCES)):
        raise ValueError("cannot multiply these")
    if isinstance(value, int):
        return value * count
    room.take(len(value) * count, type(value))
    found: Any = operator.mul(value, count)
    return found


def joined(room: Room, left: Any, right: Any) -> Any:
    """`left + right`, of two sequences."""
    if not (isinstance(left, SEQUENCES) and isinstance(right, SEQUENCES)):
        raise TypeError("cannot add these")
    room.take(len(left) + len(right), type(left))
    found: Any = operator.add(left, right)
    return found


def _sized(sort: type) -> Callable[..., Any]:
    """The constructor of a sequence, given an iterable or, of bytes, a size."""

    def build(room: Room, *arguments: Any) -> Any:
        for value in arguments[:1]:
            room.take(value if isinstance(value, int) else len(value), sort)
        _check_encoding(*arguments[1:2])
        return sort(*arguments)

    return build


def _check_encoding(name: Any = "utf-8") -> None:
    if name not in _ENCODINGS:
        raise ValueError(f"encoding {name!r}; known here: {', '.join(_ENCODINGS)}")


def _array(room: Room, *arguments: Any) -> Any:
    for items in arguments[1:2]:
        room.take(len(items))
    return array(*arguments)


def _range(room: Room, *arguments: Any) -> Any:
    return range(*arguments)


def _encoded(room: Room, text: Any, *arguments: Any) -> Any:
    if not isinstance(text, str):
        raise TypeError("encode is a method of str")
    room.take(4 * len(text), bytes)
    _check_encoding(*arguments[:1])
    return text.encode(*arguments)


def _reading(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that goes through sequences of integers."""

    def read(room: Room, *arguments: Any) -> Any:
        for value in arguments:
            if isinstance(value, SEQUENCES):
                room.take(len(value), bytes)
                if not isinstance(value, (bytes, bytearray, range)) and not all(
                    isinstance(item, int) for item in value
                ):
                    raise TypeError("integers are compared and added here")
        return function(*arguments)

    return read


def _from_hex(sort: Any) -> Callable[..., Any]:
    def build(room: Room, *arguments: Any) -> Any:
        for value in arguments:
            room.take(len(value), bytes)
        return sort.fromhex(*arguments)

    return build


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda room, *arguments: function(*arguments)


def _from_bytes(room: Room, *arguments: Any, **keywords: Any) -> Any:
    if arguments and isinstance(arguments[0], SEQUENCES):
        room.take(len(arguments[0]), bytes)
    return int.from_bytes(*arguments, **keywords)


def _extern(room: Room, symbol: Any) -> Extern:
    return extern(symbol)


def extern(symbol: str) -> Extern:
    """What another object has, under this symbol: a function, or data.

    Code calls it and takes its address; that is left to a linker, in an object or in GNU source.
    Raises ValueError for what is no symbol of an object.
    """
    return Extern(checked_symbol(symbol))


def checked_symbol(symbol: object) -> str:
    """The symbol, where an object may have it. Raises ValueError."""
    if not isinstance(symbol, str) or not re.fullmatch(r"[A-Za-z_.$][\w.$]*", symbol, re.ASCII):
        raise ValueError(f"{symbol!r} is no symbol: letters, digits, '_', '.' and '$'")
    if len(symbol) > NAME_LIMIT:
        raise ValueError(f"a symbol has at most {NAME_LIMIT} letters")
    return symbol


BUILDERS: dict[str, Callable[..., Any]] = {
    "bytearray": _sized(bytearray),
    "bytes": _sized(bytes),
    "array": _array,
    "array.array": _array,
}
"""Name → function that builds data: the room, then its arguments."""
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **BUILDERS,
    "list": _sized(list),
    "tuple": _sized(tuple),
    "range": _range,
    "len": _plain(len),
    "ord": _plain(ord),
    "abs": _plain(abs),
    "min": _reading(min),
    "max": _reading(max),
    "sum": _reading(sum),
    "bytes.fromhex": _from_hex(bytes),
    "bytearray.fromhex": _from_hex(bytearray),
    "int.from_bytes": _from_bytes,
    "extern": _extern,
    "asm_rv32.extern": _extern,
}
"""Name → function: the room, then its arguments."""
METHODS: dict[str, Callable[..., Any]] = {"encode": _encoded}
