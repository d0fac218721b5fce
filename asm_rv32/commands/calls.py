"""A call as a user writes it, `fast_mul(6, bytearray(16))`, read without executing anything.

Input: its text. Output: the function's name and the arguments as Python values.
Invariant: nothing but literals, and buffers built from them, within stated bounds.
"""

from __future__ import annotations

import ast
import warnings
from array import array
from collections.abc import Callable
from types import NoneType
from typing import Any, NamedTuple

from asm_rv32.commands.console import USAGE, CommandError

TEXT_LIMIT = 1 << 20
"""Characters of a call."""
SIZE_LIMIT = 16 << 20
"""Bytes, or items, that the arguments of a call are built from, all together."""
SHOWN_LIMIT = 60
"""So many characters of what cannot stand in a call are shown again."""
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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            node = ast.parse(text.strip(), mode="eval").body
        if not isinstance(node, ast.Call):
            raise CommandError(f"{text!r} is no call; write for example 'f(6, 7)'", USAGE)
        name = _dotted(node.func)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise CommandError(f"{text!r} is no call: {reason}", USAGE) from None
    if name is None:
        raise CommandError(f"{text!r}: a function is called by its name", USAGE)
    if node.keywords:
        raise CommandError(f"{text!r}: assembler functions take no keyword arguments", USAGE)
    reader = _Reader()
    try:
        return Call(name, [reader.value(argument) for argument in node.args])
    except (
        ValueError, TypeError, LookupError, OverflowError, RecursionError, MemoryError,
    ) as error:  # fmt: skip
        raise CommandError(f"{text!r}: {error}; {_ALLOWED}", USAGE) from None


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = _dotted(node.value)
        return None if head is None else f"{head}.{node.attr}"
    return None


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_LIMIT else f"{text[:SHOWN_LIMIT]}..."


class _Reader:
    """Builds the values of arguments, and counts what they are built from."""

    def __init__(self) -> None:
        self.left = SIZE_LIMIT
        self.builders: dict[str | None, Callable[..., Any]] = {
            "bytearray": self._bytearray,
            "bytes": lambda *arguments: bytes(self._bytearray(*arguments)),
            "array": array,
            "array.array": array,
            "range": self._range,
        }

    def value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Call):
            return self._built(node)
        if isinstance(node, (ast.List, ast.Tuple)):
            items = [self.value(item) for item in node.elts]
            return items if isinstance(node, ast.List) else tuple(items)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            return self._repeated(self.value(node.left), self.value(node.right))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.LShift):
            number, shift = self.value(node.left), self.value(node.right)
            if type(number) is int and type(shift) is int and 0 <= shift <= 64:
                return number << shift
        try:
            value = ast.literal_eval(node)
        except (ValueError, TypeError):
            value = ...
        if not isinstance(value, (int, float, str, bytes, NoneType)):
            raise ValueError(f"{_shortened(ast.unparse(node))} cannot stand in a call")
        return value

    def _take(self, items: int) -> None:
        self.left -= max(0, items)
        if self.left < 0:
            raise ValueError(f"more than {SIZE_LIMIT} items")

    def _repeated(self, value: Any, count: Any) -> Any:
        if type(value) is int:
            value, count = count, value
        if type(count) is not int or not isinstance(
            value, (int, list, tuple, str, bytes, bytearray)
        ):
            raise ValueError("cannot multiply these")
        if not isinstance(value, int):
            self._take(len(value) * count)
        return value * count

    def _built(self, node: ast.Call) -> Any:
        name = _dotted(node.func)
        if name not in self.builders or node.keywords:
            raise ValueError(f"{_shortened(ast.unparse(node.func))}(...) cannot stand in a call")
        return self.builders[name](*[self.value(argument) for argument in node.args])

    def _bytearray(self, *arguments: Any) -> bytearray:
        if len(arguments) == 1 and isinstance(arguments[0], int):
            self._take(arguments[0])
        return bytearray(*arguments)

    def _range(self, *arguments: Any) -> list[int]:
        numbers = range(*arguments)
        self._take(len(numbers))
        return list(numbers)
