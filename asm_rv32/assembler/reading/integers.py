"""What operators make of integers, and what is raised where an expression has no value.

Invariant: what Python gives, of integers below `BITS_LIMIT` bits; the time that one operator takes
is bounded.
"""

from __future__ import annotations

from collections.abc import Callable

from asm_rv32.assembler.reading.grammar import Node

BITS_LIMIT = 1024
"""Integers of an expression, its intermediate results included, have at most so many bits."""


class ExpressionError(Exception):
    """An expression has no value: the diagnostic's code and message, and the node at fault."""

    def __init__(self, code: str, message: str, node: Node, *notes: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.node = node
        self.notes = notes


def bounded(value: int, node: Node) -> int:
    """The integer itself. Raises ExpressionError for one of more than BITS_LIMIT bits."""
    if value.bit_length() > BITS_LIMIT:
        message = f"a number here has more than {BITS_LIMIT} bits"
        raise ExpressionError("expression", message, node)
    return value


def unary_integer(operator: str, value: int) -> int:
    """`+`, `-` or `~` of an integer."""
    return -value if operator == "-" else ~value if operator == "~" else value


def _power(a: int, b: int, node: Node) -> int:
    if b < 0:
        raise ExpressionError("expression", "a negative power is not an integer", node)
    if abs(a) > 1 and a.bit_length() * b > 2 * BITS_LIMIT:
        raise ExpressionError("expression", f"a number here has more than {BITS_LIMIT} bits", node)
    return int(a**b)


def _shift_left(a: int, b: int, node: Node) -> int:
    if b < 0:
        raise ExpressionError("expression", "a shift by a negative number", node)
    if a and b > BITS_LIMIT:
        raise ExpressionError("expression", f"a number here has more than {BITS_LIMIT} bits", node)
    return a << b if a else 0


def _shift_right(a: int, b: int, node: Node) -> int:
    if b < 0:
        raise ExpressionError("expression", "a shift by a negative number", node)
    return a >> min(b, BITS_LIMIT)


def _divide(a: int, b: int, node: Node) -> int:
    if b == 0:
        raise ExpressionError("expression", "a division by zero", node)
    return a // b


def _modulo(a: int, b: int, node: Node) -> int:
    if b == 0:
        raise ExpressionError("expression", "a division by zero", node)
    return a % b


def _true_division(a: int, b: int, node: Node) -> int:
    raise ExpressionError("constant", "'/' gives no integer", node, "help: write '//'")


_BINARY: dict[str, Callable[[int, int, Node], int]] = {
    "+": lambda a, b, node: a + b,
    "-": lambda a, b, node: a - b,
    "*": lambda a, b, node: a * b,
    "&": lambda a, b, node: a & b,
    "|": lambda a, b, node: a | b,
    "^": lambda a, b, node: a ^ b,
    "<<": _shift_left,
    ">>": _shift_right,
    "//": _divide,
    "%": _modulo,
    "/": _true_division,
    "**": _power,
}


def binary_integers(operator: str, left: int, right: int, node: Node) -> int:
    """What an operator makes of two integers. Raises ExpressionError."""
    return bounded(_BINARY[operator](left, right, node), node)


COMPARE: dict[str, Callable[[int, int], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
