"""Floating point of a Python function on terms: numbers of binary32, and what it rounds to them.

Python computes in binary64. A sum, a difference or a product of two numbers of binary32, rounded
to binary64 and then to binary32, is what one rounding to binary32 gives: binary64 has more than
twice the digits and two more (S. Figueroa, When is Double Rounding Innocuous?, 1995); a product is
exact, as is a sum too small for all of the digits. So such a result is followed if it is rounded
next, by `struct` or by an array of type "f"; nothing else of binary64 is.
"""

from __future__ import annotations

import ast
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from asm_rv32.isa.binary32 import RNE, SIGN
from asm_rv32.machine.calling import float_bits, float_of
from asm_rv32.prove.integers import Integer
from asm_rv32.prove.term import Term

if TYPE_CHECKING:
    from asm_rv32.prove.python_places import Places
    from asm_rv32.prove.python_values import State

ROUNDED = (
    "no number that Python rounds to binary32 is beyond its greatest, and one NaN is any other"
)
PACKED = "<f"
"""The format of `struct` that is followed: binary32, little-endian."""


class Float:
    """A number of binary32."""

    def __init__(self, word: Term) -> None:
        self.word = word
        """Its bits."""


class Exact(NamedTuple):
    """What Python gives in binary64 for an operation on two numbers of binary32."""

    name: str
    """The operation of `isa.words` that rounds it to binary32."""
    operands: tuple[Term, Term]


def constant(python: Places, node: ast.AST, value: float) -> Float:
    """A number that is written down; refused where binary32 does not have it."""
    word = float_bits(value)
    if math.isnan(value) or float_of(word) != value:
        raise python.lost(node, f"{value!r}, which is no number of binary32,")
    return Float(python.terms.constant(word))


def binary(python: Places, node: ast.AST, operator: ast.operator, pair: tuple[Any, Any]) -> Any:
    """What an operator gives of two numbers of which one is no integer."""
    one, other = pair
    kind = type(operator)
    if not (isinstance(one, Float) and isinstance(other, Float)):
        raise python.lost(node, f"the operator {kind.__name__} of these")
    if kind is ast.Mult:
        return Exact("f32_mul", (one.word, other.word))
    if kind is ast.Add:
        return Exact("f32_add", (one.word, other.word))
    if kind is ast.Sub:
        return Exact("f32_add", (one.word, python.terms.xor([other.word], SIGN)))
    raise python.lost(node, f"the operator {kind.__name__} of these")


def rounded(python: Places, node: ast.AST, value: Any) -> Float:
    """A number as binary32 holds it."""
    if isinstance(value, Float):
        return value
    if not isinstance(value, Exact):
        raise python.lost(node, "what is no sum and no product of two numbers of binary32")
    python.assumed[ROUNDED] = None
    mode = python.terms.constant(RNE)
    return Float(python.terms.operation(value.name, (*value.operands, mode)))


def pack(python: Places, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    """Four bytes."""
    value = rounded(python, node, _packed(python, node, arguments))
    numbers, terms = python.integers, python.terms
    return tuple(numbers.of_word(terms.piece(value.word, -8 * at, 255)) for at in range(4))


def unpack(python: Places, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    """The number of which four bytes are given."""
    items = python.items(node, _packed(python, node, arguments), state)
    if len(items) != 4 or not all(isinstance(each, Integer) for each in items):
        raise python.lost(node, "unpack but of four bytes")
    terms = python.terms
    word = terms.sum([(terms.piece(each.word(0), 8 * at, 255 << 8 * at), 1)
                      for at, each in enumerate(items)])  # fmt: skip
    return (Float(word),)


def _packed(python: Places, node: ast.Call, arguments: list[Any]) -> Any:
    """What stands behind the format."""
    format_ = node.args[0] if node.args else None
    if len(arguments) != 2 or not isinstance(format_, ast.Constant) or format_.value != PACKED:
        raise python.lost(node, f"{ast.unparse(node.func)} but of the format {PACKED!r}")
    return arguments[1]
