"""A call as a user writes it, `fast_mul(6, bytearray(16))`, read without executing anything.

Input: its text. Output: the function's name and the arguments as Python values.
Invariant: nothing but literals, and buffers built from them, within stated bounds.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping
from types import MappingProxyType, NoneType

from asm_rv32.assembler.budget import DATA_LIMIT, Room
from asm_rv32.assembler.reading.builtins import BUILDERS, repeated
from asm_rv32.basis.diagnostics import Source
from asm_rv32.basis.records import Any, NamedTuple, TypeVar
from asm_rv32.commands.console import USAGE, CommandError
from asm_rv32.prove.inputs import Length

T = TypeVar("T")
TEXT_LIMIT = 1 << 20
"""Characters of a call."""
SIZE_LIMIT = DATA_LIMIT
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


def parse_call(text: str, more: Mapping[str, Callable[..., Any]] = MappingProxyType({})) -> Call:
    """The call that the text holds. Raises CommandError for anything else.

    `more`: further names that may stand in its arguments, alone or called.
    """
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
    reader = _Reader(more)
    try:
        return Call(name, [reader.value(argument) for argument in node.args])
    except (
        ValueError, TypeError, LookupError, OverflowError, RecursionError, MemoryError,
    ) as error:  # fmt: skip
        raise CommandError(f"{text!r}: {error}; {_ALLOWED}", USAGE) from None


def of_comments(source: Source, word: str, read: Callable[[str], T]) -> list[T]:
    """What is read of the calls that stand behind `# word:` on lines of their own, in order. A
    CommandError that `read` raises gets their place."""
    found = []
    pattern = rf"^[ \t]*# {word}:[ \t]*(.*?)[ \t]*$"
    for match in re.finditer(pattern, source.text, re.MULTILINE):
        try:
            found.append(read(match[1]))
        except CommandError as error:
            line = source.locate(match.start(1))[0]
            raise CommandError(f"{source.path}:{line}: {error.message}", USAGE) from None
    return found


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
    """Builds the values of arguments, with the room for what they are built from."""

    def __init__(self, more: Mapping[str, Callable[..., Any]]) -> None:
        self.room = Room(item_size=1)
        self.more = more

    def value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Name) and node.id in self.more:
            return self.more[node.id]()
        if isinstance(node, ast.Call):
            return self._built(node)
        if isinstance(node, (ast.List, ast.Tuple)):
            items = [self.value(item) for item in node.elts]
            return items if isinstance(node, ast.List) else tuple(items)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            return repeated(self.room, self.value(node.left), self.value(node.right))
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

    def _built(self, node: ast.Call) -> Any:
        name = _dotted(node.func) or ""
        if name in self.more and not node.keywords:
            return self.more[name](*[self._length(each) or self.value(each) for each in node.args])
        if (name not in BUILDERS and name != "range") or node.keywords:
            raise ValueError(f"{_shortened(ast.unparse(node.func))}(...) cannot stand in a call")
        arguments = [self.value(argument) for argument in node.args]
        if name != "range":
            return BUILDERS[name](self.room, *arguments)
        numbers = range(*arguments)
        self.room.take(len(numbers))
        return list(numbers)

    def _length(self, node: ast.expr) -> Length | None:
        """`count`, `2 * count`, `2 * count + 1`, where count is no name that is known here."""
        if isinstance(node, ast.Name) and node.id not in self.more:
            return Length(node.id)
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Add)):
            for inner, number in ((node.left, node.right), (node.right, node.left)):
                length = self._length(inner)
                if length is not None:
                    by = self.value(number)
                    return length.times(by) if isinstance(node.op, ast.Mult) else length.plus(by)
        return None
