"""The value of an expression as Python has it, where it is a constant.

Input: a node of a line's tree, the line's tokens, the names that have a value, the room that is
left. Output: an integer, text, bytes, a bytearray, an array, a list, a tuple, a range, or a
`Symbol` for an assembler function.
Invariant: what Python would give, or ExpressionError; nothing is executed, and time and memory are
bounded by the length of the text and the room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from asm_rv32.assembler.budget import Room, TooLarge
from asm_rv32.assembler.reading import builtins
from asm_rv32.assembler.reading.builtins import FUNCTIONS, METHODS, REFUSALS, SEQUENCES
from asm_rv32.assembler.reading.expressions import literal, number
from asm_rv32.assembler.reading.grammar import Node
from asm_rv32.assembler.reading.integers import (
    COMPARE,
    ExpressionError,
    binary_integers,
    bounded,
    unary_integer,
)
from asm_rv32.assembler.reading.program import Data, Namespace, Reference
from asm_rv32.basis.records import Any
from asm_rv32.isa.operands import Symbol

WORDS = ("const", *dict.fromkeys(name.partition(".")[0] for name in FUNCTIONS))
"""What Python's names mean here unless the file gives them another meaning."""


def value_of(node: Node, tokens: list[str], names: Mapping[str, Any], room: Room) -> Any:
    """The value of `node`. Raises ExpressionError."""
    found = _Reader(tokens, names, room).value(node)
    return int(found) if isinstance(found, int) else found


def unpacked(node: Node, tokens: list[str], names: Mapping[str, Any], room: Room) -> Sequence[int]:
    """The integers that `*VALUE` stands for, a character as its number. Raises ExpressionError."""
    items = _Reader(tokens, names, room).items(node)
    found = [ord(item) if type(item) is str and len(item) == 1 else item for item in items]
    if not all(isinstance(item, int) for item in found):
        message = "what is unpacked here is a sequence of integers"
        raise ExpressionError("constant", message, node)
    return found


class _Reader:
    """Reads the expressions of one line."""

    def __init__(self, tokens: list[str], names: Mapping[str, Any], room: Room) -> None:
        self.tokens = tokens
        self.names = names
        self.room = room

    def value(self, node: Node) -> Any:
        read = _READERS.get(node.kind)
        if read is None:
            raise self._unknown(node)
        found = read(self, node)
        if isinstance(found, Namespace) and not isinstance(found, int):
            message = f"{self._text(node)!r} has no value here"
            raise ExpressionError("unknown-name", message, node)
        return found

    def _text(self, node: Node) -> str:
        text = "".join(self.tokens[node.first : node.last + 1])
        return text if len(text) <= 40 else f"{text[:40]}..."

    def _unknown(self, node: Node) -> ExpressionError:
        return ExpressionError("constant", f"{self._text(node)} is no constant", node)

    def _refused(self, error: Exception, node: Node) -> ExpressionError:
        code = "too-large" if isinstance(error, TooLarge) else "expression"
        return ExpressionError(code, f"{self._text(node)}: {error}", node)

    def _integer(self, node: Node) -> int:
        value = self.value(node)
        if not isinstance(value, int):
            message = f"{self._text(node)} is no integer"
            raise ExpressionError("constant", message, node)
        return int(value)

    # ---- names

    def _name(self, node: Node) -> Any:
        name = self.tokens[node.first]
        found = self.names.get(name)
        if found is None:
            raise ExpressionError("unknown-name", f"{name!r} has no value here", node)
        return found.value if isinstance(found, Data) else found

    def _attribute(self, node: Node) -> Any:
        owner = _READERS.get(node.parts[0].kind)
        found = owner(self, node.parts[0]) if owner in _OWNERS else None
        name = self.tokens[node.last]
        if isinstance(found, (Namespace, Reference)):
            # Of a block of data it is a label.
            value = found.find(name) if isinstance(found, Namespace) else None
            if value is None:
                message = f"{self._text(node)} has no value here"
                raise ExpressionError("unknown-name", message, node)
            return value.value if isinstance(value, Data) else value
        raise self._unknown(node)

    # ---- literals

    def _number(self, node: Node) -> int:
        found = number(node, self.tokens)
        if isinstance(found, Symbol):
            raise self._unknown(node)
        return found

    def _string(self, node: Node) -> Any:
        return literal(node, self.tokens)

    def items(self, node: Node) -> list[Any]:
        """The items of `*VALUE`."""
        inner = self.value(node.parts[-1])
        if self.tokens[node.first] != "*" or not isinstance(inner, SEQUENCES):
            raise self._unknown(node)
        try:
            self.room.take(len(inner))
        except REFUSALS as error:
            raise self._refused(error, node) from None
        return list(inner)

    def _items(self, node: Node) -> list[Any]:
        items: list[Any] = []
        for part in node.parts:
            if part.kind == "unpacked":
                items += self.items(part)
            else:
                items.append(self.value(part))
        return items

    def _tuple(self, node: Node) -> Any:
        return tuple(self._items(node))

    def _group(self, node: Node) -> Any:
        return self.value(node.parts[0])

    # ---- operators

    def _unary(self, node: Node) -> Any:
        return unary_integer(self.tokens[node.first], self._integer(node.parts[1]))

    def _binary(self, node: Node) -> Any:
        chain = []  # as a chain of operands leans to the left, it is walked without recursion
        while node.kind == "binary":
            chain.append(node)
            node = node.parts[0]
        value = self.value(node)
        for link in reversed(chain):
            value = self._operated(self.tokens[link.parts[1].first], value, link)
        return value

    def _operated(self, operator: str, value: Any, node: Node) -> Any:
        other = self.value(node.parts[2])
        if isinstance(value, int) and isinstance(other, int):
            return binary_integers(operator, value, other, node)
        if operator == "%":
            raise self._unknown(node)
        try:
            if operator == "*":
                return builtins.repeated(self.room, value, other)
            if operator == "+":
                return builtins.joined(self.room, value, other)
        except REFUSALS as error:
            raise self._refused(error, node) from None
        raise self._unknown(node)

    def _compare(self, node: Node) -> int:
        left = self._integer(node.parts[0])
        for operator, operand in zip(node.parts[1::2], node.parts[2::2]):
            right = self._integer(operand)
            if not COMPARE[self.tokens[operator.first]](left, right):
                return 0
            left = right
        return 1

    def _and(self, node: Node) -> Any:
        return self._integer(node.parts[0]) and self.value(node.parts[1])

    def _or(self, node: Node) -> Any:
        return self._integer(node.parts[0]) or self.value(node.parts[1])

    def _not(self, node: Node) -> int:
        return int(not self._integer(node.parts[0]))

    def _choose(self, node: Node) -> Any:
        return self.value(node.parts[0 if self._integer(node.parts[1]) else 2])

    # ---- what is called, or asked for an item

    def _subscript(self, node: Node) -> Any:
        whole, index = self.value(node.parts[0]), self._integer(node.parts[1])
        if not isinstance(whole, SEQUENCES):
            raise self._unknown(node)
        try:
            return whole[index]
        except REFUSALS as error:
            raise self._refused(error, node) from None

    def _call(self, node: Node) -> Any:
        callee = node.parts[0]
        function, first = self._function(callee)
        arguments, keywords = list(first), {}
        for part in node.parts[1:]:
            if part.kind == "keyword":
                name = self.tokens[part.first]
                keywords[name] = self._keyword(name, part.parts[-1])
            elif part.kind == "unpacked":
                arguments += self.items(part)
            else:
                arguments.append(self.value(part))
        try:
            value = function(self.room, *arguments, **keywords)
        except REFUSALS as error:
            raise self._refused(error, node) from None
        return bounded(int(value), node) if isinstance(value, int) else value

    def _keyword(self, name: str, node: Node) -> Any:
        if name == "signed" and node.kind == "name":
            return self.tokens[node.first] == "True"
        return self.value(node)

    def _function(self, callee: Node) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """What a call calls, and what it gets in front of the arguments."""
        name = self._text(callee)
        head = self.tokens[callee.first]
        if callee.kind in ("name", "attribute") and head not in self.names:
            if name in FUNCTIONS:
                return FUNCTIONS[name], ()
            if name in ("const", "micropython.const"):
                return lambda room, value: value, ()
        if callee.kind == "attribute" and self.tokens[callee.last] in METHODS:
            method = METHODS[self.tokens[callee.last]]
            return method, (self.value(callee.parts[0]),)
        raise ExpressionError("constant", f"{name}() is not computed here", callee)


_READERS: dict[str, Callable[[_Reader, Node], Any]] = {
    "name": _Reader._name,
    "attribute": _Reader._attribute,
    "number": _Reader._number,
    "string": _Reader._string,
    "group": _Reader._group,
    "list": _Reader._items,
    "tuple": _Reader._tuple,
    "unary": _Reader._unary,
    "binary": _Reader._binary,
    "compare": _Reader._compare,
    "and": _Reader._and,
    "or": _Reader._or,
    "not": _Reader._not,
    "choose": _Reader._choose,
    "subscript": _Reader._subscript,
    "call": _Reader._call,
}
_OWNERS = (_Reader._name, _Reader._attribute)
