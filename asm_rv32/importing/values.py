"""Expressions of GNU as: read, reduced to a number or a sum of symbols.

Input: an expression's text. Output: a tree; from it a `Sum`.
Invariants: operators bind and compute as in GNU as (Using as, 6.2, and gas/expr.c): 64 bits that
wrap, a quotient towards zero, a comparison -1 where it holds. A tree's size is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

OPERATORS_LIMIT = 200
"""Operators and brackets of one expression."""
WORD = 1 << 64
ONE_FOR_ALL = {"tprel_hi": "hi", "tprel_lo": "lo"}
"""A part of the distance from the thread pointer, which each thread has its data beside → the same
part of the address: here such data have one place for the whole program."""
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>0[xX][0-9a-fA-F]+|0[bB][01]+(?=[uUlL]*\b)|\d+[fb](?![\w$])|\d+)
        (?:[uU]?[lL]{0,2}\b)?
    | (?P<letter>'(?:\\.|[^\\])'?) | (?P<name>[A-Za-z_.$][\w.$]*(?:@plt\b)?|"(?:[^"\\]|\\.)*")
    | (?P<function>%\w+)(?=\s*\() | (?P<operator><<|>>|<=|>=|<>|==|!=|&&|\|\||[-+*/%&|^!~<>()]))""",
    re.VERBOSE | re.DOTALL,
)
_RANKS = {
    "||": 1, "&&": 2, **dict.fromkeys(("==", "<>", "!=", "<", "<=", ">", ">="), 3), "+": 4, "-": 4,
    **dict.fromkeys(("|", "!", "^", "&"), 5), **dict.fromkeys(("*", "/", "%", "<<", ">>"), 6),
}  # fmt: skip
_ESCAPES = {"b": 8, "t": 9, "n": 10, "f": 12, "r": 13, '"': 34, "\\": 92, "'": 39}


class ValueFault(Exception):
    """An expression has no value, or is none; the text says why."""


class Number(NamedTuple):
    """A constant, with the text that Python reads as it, where that is worth keeping."""

    value: int
    text: str
    name: str = ""
    """The symbol that stands for it in the whole source."""


class Name(NamedTuple):
    """A symbol; `.` is the place where the expression stands."""

    name: str


class Unary(NamedTuple):
    """`- ~ ! +` and an operand."""

    operator: str
    operand: Expression


class Binary(NamedTuple):
    """An operator between two operands."""

    operator: str
    left: Expression
    right: Expression


class Relocated(NamedTuple):
    """`%hi(x)` and its kin."""

    function: str
    """Without its sign."""
    operand: Expression


class Named(NamedTuple):
    """What a symbol stands for, and the symbol."""

    name: str
    expression: Expression


Expression = Number | Name | Unary | Binary | Relocated | Named


class Sum(NamedTuple):
    """A constant and symbols with their factors, never 0."""

    constant: int
    terms: tuple[tuple[str, int], ...] = ()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.steps = 0
        self.token: re.Match[str] | None = None
        self.step()

    def step(self) -> None:
        self.token = _TOKEN.match(self.text, self.at)
        if self.token:
            self.at = self.token.end()
        self.steps += 1
        if self.steps > 4 * OPERATORS_LIMIT:
            raise ValueFault(f"an expression has at most {OPERATORS_LIMIT} operators")

    def operator(self) -> str:
        return (self.token["operator"] or "") if self.token else ""

    def binary(self, least: int, depth: int) -> Expression:
        if depth > OPERATORS_LIMIT // 4:
            raise ValueFault("an expression is nested too deep")
        left = self.unary(depth)
        while _RANKS.get(operator := self.operator(), 0) >= least:
            self.step()
            if operator == self.operator() == "!":
                # Two of them are another operator: gas/expr.c, for MRI's assembler.
                self.step()
                operator = "^"
            left = Binary(operator, left, self.binary(_RANKS[operator] + 1, depth + 1))
        return left

    def unary(self, depth: int) -> Expression:
        if depth > OPERATORS_LIMIT // 4:
            raise ValueFault("an expression is nested too deep")
        token = self.token
        if token is None:
            rest = self.text[self.at :].strip()
            raise ValueFault(f"{rest[:20]!r} is no operand" if rest else "an operand is missing")
        self.step()
        if token["number"]:
            return _number(token["number"])
        if token["letter"]:
            return Number(letter(token["letter"]), "")
        if token["name"]:
            return Name(token["name"].strip('"').removesuffix("@plt"))
        if token["function"]:
            function = token["function"][1:]
            return Relocated(ONE_FOR_ALL.get(function, function), self.unary(depth + 1))
        operator = token["operator"]
        if operator == "(":
            inner = self.binary(1, depth + 1)
            if self.operator() != ")":
                raise ValueFault("a bracket is not closed")
            self.step()
            return inner
        if operator in ("-", "~", "!", "+"):
            operand = self.unary(depth + 1)
            return operand if operator == "+" else Unary(operator, operand)
        raise ValueFault(f"an operand is missing in front of {operator!r}")


def parse(text: str) -> tuple[Expression, str]:
    """The expression that a text begins with, and what stands behind it. Raises ValueFault."""
    reader = _Reader(text)
    found = reader.binary(1, 0)
    rest = text[reader.token.start() if reader.token else reader.at :].strip()
    return found, rest


def parse_all(text: str) -> Expression:
    """The expression that a text is. Raises ValueFault."""
    found, rest = parse(text)
    if rest:
        raise ValueFault(f"{rest[:20]!r} cannot stand there")
    return found


def _number(text: str) -> Expression:
    if text[-1] in "bf" and text[:-1].isdecimal() and text[:2].lower() != "0x":
        return Name(text)
    if text[0] == "0" and text.isdecimal() and len(text) > 1:
        try:
            value = int(text, 8)
        except ValueError:
            raise ValueFault(f"{text[:20]!r} is no octal number") from None
        return Number(value % WORD, f"0o{text.lstrip('0') or '0'}")
    if len(text) > 80:
        raise ValueFault("a number is longer than 64 bits")
    value = int(text, 0)
    return Number(value, text if value < WORD else "")


def letter(text: str) -> int:
    """The number of a character constant, `'a`, `'a'` or `'\\n`."""
    body = text[1:]
    if body[0] == "\\":
        return _ESCAPES.get(body[1], ord(body[1]))
    return body.encode()[0]


def signed(value: int) -> int:
    """The value as 64 bits, signed."""
    return ((value + (WORD >> 1)) % WORD) - (WORD >> 1)


def _shift(a: int, b: int) -> int:
    return a << b if 0 <= b < 64 else 0


def _divide(a: int, b: int) -> int:
    if b == 0:
        raise ValueFault("a division by zero")
    return (abs(a) // abs(b)) * (1 if (a < 0) == (b < 0) else -1)


_COMPUTE: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "%": lambda a, b: a - _divide(a, b) * b,
    "<<": _shift,
    ">>": lambda a, b: a % WORD >> b if 0 <= b < 64 else 0,
    "|": lambda a, b: a | b,
    "!": lambda a, b: a | ~b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "==": lambda a, b: -(a == b),
    "<>": lambda a, b: -(a != b),
    "!=": lambda a, b: -(a != b),
    "<": lambda a, b: -(a < b),
    "<=": lambda a, b: -(a <= b),
    ">": lambda a, b: -(a > b),
    ">=": lambda a, b: -(a >= b),
    "&&": lambda a, b: int(a != 0 and b != 0),
    "||": lambda a, b: int(a != 0 or b != 0),
}
_PYTHONS = {"|": 1, "^": 2, "&": 3, "<<": 4, "+": 5, "-": 5, "*": 6}
"""Operators that compute the same in Python, and how tight they bind there."""
_IN_PYTHON: dict[str, Callable[[int, int], int]] = {
    **{operator: _COMPUTE[operator] for operator in ("+", "-", "*", "|", "^", "&")},
    "<<": lambda a, b: a << b if 0 <= b < 64 else -1,
}
Difference = Callable[[str, str], "int | None"]
"""The distance from the second symbol to the first, where it is known."""


def unknown(first: str, second: str) -> int | None:
    """No distance is known but that of a symbol from itself."""
    return 0 if first == second else None


def itself(name: str) -> Sum:
    """A symbol whose value is not known, for `reduce`."""
    return Sum(0, ((name, 1),))


def reduce(
    expression: Expression, values: Callable[[str], Sum], known: Difference = unknown
) -> Sum:
    """The expression as a sum; `values` gives what a symbol stands for. Raises ValueFault."""
    kind = type(expression)
    if kind is Number:
        return Sum(signed(expression.value))  # type: ignore[union-attr]
    if isinstance(expression, Name):
        return values(expression.name)
    if isinstance(expression, Named):
        return reduce(expression.expression, values, known)
    if isinstance(expression, Relocated):
        raise ValueFault(f"%{expression.function} cannot be computed with")
    if isinstance(expression, Unary):
        operand = reduce(expression.operand, values, known)
        if expression.operator == "-":
            return _plus(Sum(0), operand, -1, known)
        value = constant(operand)
        return Sum(signed(~value if expression.operator == "~" else int(not value)))
    assert isinstance(expression, Binary)
    return _binary(expression, values, known)


def _binary(expression: Binary, values: Callable[[str], Sum], known: Difference) -> Sum:
    # A chain such as a + b + c leans to the left; walking it keeps the stack flat.
    chain = [expression]
    while isinstance(chain[-1].left, Binary):
        chain.append(chain[-1].left)
    found = reduce(chain[-1].left, values, known)
    for link in reversed(chain):
        right = reduce(link.right, values, known)
        if link.operator in ("+", "-"):
            found = _plus(found, right, 1 if link.operator == "+" else -1, known)
        elif link.operator in _EQUALITY and (found.terms or right.terms):
            found = _compared(link.operator, _plus(found, right, -1, known))
        else:
            found = Sum(signed(_COMPUTE[link.operator](constant(found), constant(right))))
    return found


_EQUALITY = ("==", "<>", "!=", "<", "<=", ">", ">=")


def _compared(operator: str, difference: Sum) -> Sum:
    return Sum(_COMPUTE[operator](constant(difference), 0))


def _plus(left: Sum, right: Sum, sign: int, known: Difference) -> Sum:
    terms = dict(left.terms)
    for name, factor in right.terms:
        terms[name] = terms.get(name, 0) + sign * factor
    offset = left.constant + sign * right.constant
    plus = [name for name, factor in terms.items() if factor == 1]
    minus = [name for name, factor in terms.items() if factor == -1]
    for first in plus:
        for second in minus:
            distance = known(first, second)
            if distance is not None:
                offset += distance
                terms[first], terms[second] = 0, 0
                minus.remove(second)
                break
    return Sum(signed(offset), tuple((name, n) for name, n in terms.items() if n))


def constant(found: Sum) -> int:
    """The sum, which must be a number. Raises ValueFault."""
    if found.terms:
        raise ValueFault(f"the value of {found.terms[0][0]!r} is not known here")
    return found.constant


def names(expression: Expression) -> Iterator[str]:
    """Every symbol in the expression."""
    left = [expression]
    while left:
        found = left.pop()
        if isinstance(found, Name):
            yield found.name
        elif isinstance(found, Binary):
            left += [found.right, found.left]
        elif isinstance(found, (Unary, Relocated)):
            left.append(found.operand)
        elif isinstance(found, Named):
            left.append(found.expression)


def replaced(expression: Expression, change: Callable[[str], Expression]) -> Expression:
    """The expression with others in place of its symbols."""
    if isinstance(expression, Name):
        return change(expression.name)
    if isinstance(expression, Binary):
        return Binary(
            expression.operator, replaced(expression.left, change),
            replaced(expression.right, change),
        )  # fmt: skip
    if isinstance(expression, Unary):
        return Unary(expression.operator, replaced(expression.operand, change))
    if isinstance(expression, Relocated):
        return Relocated(expression.function, replaced(expression.operand, change))
    if isinstance(expression, Named):
        return Named(expression.name, replaced(expression.expression, change))
    return expression


def in_python(
    expression: Expression, written: Callable[[str], str | None],
    named: Callable[[str], str] | None = None,
) -> str | None:  # fmt: skip
    """The expression of numbers as Python computes it alike; `written` gives a constant's name,
    `named` that of another symbol where one may stand in it.

    None where Python would compute something else, or the expression holds more than that.
    """
    if isinstance(expression, Number):
        return written(expression.name) or expression.text or str(signed(expression.value))
    if isinstance(expression, Name) and named is not None:
        return named(expression.name)
    if isinstance(expression, Unary) and expression.operator in ("-", "~"):
        operand = in_python(expression.operand, written, named)
        if operand is None:
            return None
        return f"{expression.operator}{_grouped(expression.operand, operand, 7)}"
    if isinstance(expression, Binary) and expression.operator in _PYTHONS:
        left = in_python(expression.left, written, named)
        right = in_python(expression.right, written, named)
        if left is None or right is None:
            return None
        rank = _PYTHONS[expression.operator]
        left = _grouped(expression.left, left, rank, expression.operator)
        right = _grouped(expression.right, right, rank + 1, expression.operator)
        return f"{left} {expression.operator} {right}"
    return None


def python_value(expression: Expression) -> int:
    """What Python makes of the text that `in_python` gives."""
    if isinstance(expression, Number):
        return (
            expression.value
            if not expression.name and expression.text
            else signed(expression.value)
        )
    if isinstance(expression, Unary):
        operand = python_value(expression.operand)
        return -operand if expression.operator == "-" else ~operand
    assert isinstance(expression, Binary)
    left, right = python_value(expression.left), python_value(expression.right)
    return _IN_PYTHON[expression.operator](left, right)


def _grouped(expression: Expression, text: str, least: int, around: str = "") -> str:
    """A part of an expression, in brackets where it binds less tight than that, or where a reader
    may not know: beside an operator of bits."""
    if not isinstance(expression, Binary):
        return text
    unclear = expression.operator != around and around in ("|", "^", "&", "<<")
    return f"({text})" if unclear or _PYTHONS[expression.operator] < least else text
