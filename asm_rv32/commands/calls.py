"""A call as a user writes it, `fast_mul(6, bytearray(16))`, read without executing anything.

Input: its text. Output: the function's name and the arguments as Python values.
Invariant: nothing but literals, and buffers built from them, within stated bounds.
"""

from __future__ import annotations

import ast
from array import array
from typing import Any, NamedTuple

from asm_rv32.console import USAGE, CommandError

TEXT_LIMIT = 1 << 20
"""Characters of a call."""
SIZE_LIMIT = 16 << 20
"""Bytes, or items, of one argument."""
_ALLOWED = (
    "an argument is an int, bool, float, None, str, bytes, list, tuple, bytearray(...), bytes(...),"
    " range(...) or array('i', [...])"
)


class Call(NamedTuple):
    """A function's name and its arguments."""

    name: str
    arguments: list[Any]


def parse_call(text: str) -> Call:
    """The call that the text holds. Raises CommandError for anything else."""
    if len(text) > TEXT_LIMIT:
        raise CommandError(f"a call is longer than {TEXT_LIMIT} characters", USAGE)
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise CommandError(f"{text!r} is no call: {reason}", USAGE) from None
    if not isinstance(node, ast.Call):
        raise CommandError(f"{text!r} is no call; write for example 'f(6, 7)'", USAGE)
    name = _dotted(node.func)
    if name is None:
        raise CommandError(f"{text!r}: a function is called by its name", USAGE)
    if node.keywords:
        raise CommandError(f"{text!r}: assembler functions take no keyword arguments", USAGE)
    try:
        return Call(name, [_value(argument) for argument in node.args])
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise CommandError(f"{text!r}: {error}; {_ALLOWED}", USAGE) from None


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = _dotted(node.value)
        return None if head is None else f"{head}.{node.attr}"
    return None


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Call):
        return _built(node)
    if isinstance(node, (ast.List, ast.Tuple)):
        items = [_value(item) for item in node.elts]
        return items if isinstance(node, ast.List) else tuple(items)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return _repeated(_value(node.left), _value(node.right))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.LShift):
        number, shift = _value(node.left), _value(node.right)
        if type(number) is int and type(shift) is int and 0 <= shift <= 64:
            return number << shift
    return ast.literal_eval(node)


def _repeated(value: Any, count: Any) -> Any:
    if type(value) is int:
        value, count = count, value
    if type(count) is not int or not isinstance(value, (int, list, tuple, str, bytes, bytearray)):
        raise ValueError("cannot multiply these")
    if not isinstance(value, int) and len(value) * count > SIZE_LIMIT:
        raise ValueError(f"more than {SIZE_LIMIT} items")
    return value * count


def _built(node: ast.Call) -> Any:
    name = _dotted(node.func)
    if name not in _BUILDERS or node.keywords:
        raise ValueError(f"{ast.unparse(node.func)}(...) cannot stand in a call")
    return _BUILDERS[name](*[_value(argument) for argument in node.args])


def _bytearray(*arguments: Any) -> bytearray:
    if len(arguments) == 1 and isinstance(arguments[0], int) and arguments[0] > SIZE_LIMIT:
        raise ValueError(f"more than {SIZE_LIMIT} bytes")
    return bytearray(*arguments)


def _array(kind: str, items: Any = ()) -> array[Any]:
    return array(kind, items)


def _range(*arguments: Any) -> list[int]:
    numbers = range(*arguments)
    if len(numbers) > SIZE_LIMIT:
        raise ValueError(f"more than {SIZE_LIMIT} numbers")
    return list(numbers)


_BUILDERS = {
    "bytearray": _bytearray,
    "bytes": lambda *arguments: bytes(_bytearray(*arguments)),
    "array": _array,
    "array.array": _array,
    "range": _range,
}
