"""What a Python function may call without defining it, on terms.

Each gets the execution, the call, the state and the values of the arguments.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from asm_rv32.prove import python_floats as floats
from asm_rv32.prove.integers import Integer
from asm_rv32.prove.python_values import Alternatives, Array, Place, Text

if TYPE_CHECKING:
    from asm_rv32.prove.python_expressions import Expressions
    from asm_rv32.prove.python_values import State
    from asm_rv32.prove.term import Term

RANGE_LIMIT = 100_000
"""Numbers of a range."""
TYPED = 2
"""Arguments of array(...), of int.from_bytes(...) and of .to_bytes(...)."""


class Builtin(NamedTuple):
    """One of them."""

    name: str
    call: Callable[[Expressions, ast.Call, State, list[Any]], Any]


def _numbers(python: Expressions, node: ast.Call, arguments: list[Any]) -> list[int]:
    """Arguments that have to be known."""
    found = []
    for each in arguments:
        if not isinstance(each, Integer) or each.number is None:
            raise python.lost(node, f"{ast.unparse(node.func)} of what is not known")
        found.append(each.number)
    return found


def _first(
    python: Expressions, node: ast.Call, state: State, arguments: list[Any]
) -> tuple[Any, ...]:
    """The items of the one argument."""
    if len(arguments) != 1:
        raise python.lost(node, f"{ast.unparse(node.func)} of {len(arguments)} arguments")
    return python.items(node, arguments[0], state)


def _range(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    found = range(*_numbers(python, node, arguments))
    if len(found) > RANGE_LIMIT:
        raise python.lost(node, f"a range of more than {RANGE_LIMIT:,} numbers")
    return found


def _len(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    return python.integers.constant(len(_first(python, node, state, arguments)))


def _sum(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    found = python.integers.constant(0)
    for each in _first(python, node, state, arguments):
        found = python.integers.add(found, python.integer(node, each))
    return found


def _least(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    items = _several(python, node, state, arguments)
    found = items[0]
    for each in items[1:]:
        found = python.integers.choice(python.integers.less(each, found), each, found)
    return found


def _greatest(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    items = _several(python, node, state, arguments)
    found = items[0]
    for each in items[1:]:
        found = python.integers.choice(python.integers.less(found, each), each, found)
    return found


def _several(
    python: Expressions, node: ast.Call, state: State, arguments: list[Any]
) -> list[Integer]:
    items = arguments if len(arguments) > 1 else _first(python, node, state, arguments)
    if not items:
        raise python.lost(node, f"{ast.unparse(node.func)} of nothing")
    return [python.integer(node, each) for each in items]


def _abs(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    [value] = [python.integer(node, each) for each in arguments]
    negative = python.integers.less(value, python.integers.constant(0))
    return python.integers.choice(negative, python.integers.negative(value), value)


def _truth(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    [value] = arguments
    return python.integers.of_word(python.truth_of(node, value, state))


def _all(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    found = python.terms.one
    for each in _first(python, node, state, arguments):
        found = python.terms.and_(found, python.truth_of(node, each, state))
    return python.integers.of_word(found)


def _any(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    found = python.terms.zero
    for each in _first(python, node, state, arguments):
        found = python.terms.or_(found, python.truth_of(node, each, state))
    return python.integers.of_word(found)


def _tuple(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    return _first(python, node, state, arguments)


def _list(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    return python.new_list(_first(python, node, state, arguments), state)


def _reversed(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    return _first(python, node, state, arguments)[::-1]


def _zip(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    return tuple(zip(*(python.items(node, each, state) for each in arguments)))


def _enumerate(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    items = _first(python, node, state, arguments)
    return tuple((python.integers.constant(at), each) for at, each in enumerate(items))


def _sorted(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    """By exchanges of neighbours: each item to where it belongs among those before it."""
    items = [python.integer(node, each) for each in _first(python, node, state, arguments)]
    numbers = python.integers
    for end in range(1, len(items)):
        for at in range(end, 0, -1):
            before, this = items[at - 1], items[at]
            swap = numbers.less(this, before)
            items[at - 1] = numbers.choice(swap, this, before)
            items[at] = numbers.choice(swap, before, this)
    return python.new_list(items, state)


def _array(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    code = node.args[0] if node.args else None
    if len(arguments) != TYPED or not isinstance(code, ast.Constant) or code.value not in CODES:
        raise python.lost(node, "an array but by its type and its items")
    items = python.items(node, arguments[1], state)
    like = Array(0, code.value)
    held = []
    for each in items:
        value = python.integer(node, each)
        inside = value.fits(like.low, like.high)
        held.append(value if inside else python.narrowed(node, value, like, state))
    return python.new_list(held, state, like)


CODES = ("b", "B", "h", "H", "i", "I", "l", "L")


def _type(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    if len(arguments) != 1 or not isinstance(arguments[0], Array):
        raise python.lost(node, "type(...) of what is no array")
    return BUILTINS["array"]


def _append(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    place, value = arguments
    if not isinstance(place, Place) or isinstance(place, Array):
        raise python.lost(node, "append to what is no list")
    state.heap[place.number] = (*state.heap[place.number], value)


def _order(python: Expressions, node: ast.Call, at: int) -> bool:
    """Whether the bytes are in big-endian order."""
    named = [each.value for each in node.keywords if each.arg == "byteorder"]
    order = named[0] if named else node.args[at] if at < len(node.args) else None
    others = [each.arg for each in node.keywords if each.arg != "byteorder"]
    if others or not isinstance(order, ast.Constant) or order.value not in ("big", "little"):
        raise python.lost(node, "bytes but in the order 'big' or 'little'")
    return bool(order.value == "big")


def _from_bytes(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    items = list(python.items(node, arguments[0], state))
    numbers = python.integers
    found = numbers.constant(0)
    for at, each in enumerate(reversed(items) if _order(python, node, 1) else items):
        moved = numbers.shift_left(python.integer(node, each), numbers.constant(8 * at))
        found = numbers.bitwise("|", found, moved)
    return found


def _to_bytes(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    value = python.integer(node, arguments[0])
    [length] = _numbers(python, node, arguments[1:TYPED])
    if not 0 <= length <= RANGE_LIMIT or not value.fits(0, (1 << 8 * length) - 1):
        raise python.lost(node, f"a number that may have more than {length} bytes")
    numbers = python.integers
    found = tuple(
        numbers.bitwise(
            "&", numbers.shift_right(value, numbers.constant(8 * at)), numbers.constant(255)
        )
        for at in range(length)
    )
    return found[::-1] if _order(python, node, 1) else found


def _int(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    if len(arguments) == 1:
        return python.integer(node, arguments[0])
    items = arguments[0]
    if not isinstance(items, Text) or _numbers(python, node, arguments[1:]) != [2]:
        raise python.lost(node, "int(text, base) but of a text and with base 2")
    numbers = python.integers
    found = numbers.constant(0)
    for at, each in enumerate(reversed(items)):
        bit = numbers.subtract(python.integer(node, each), numbers.constant(ord("0")))
        if not bit.fits(0, 1):
            raise python.lost(node, "int(...) of a text that may hold more than 0 and 1")
        found = numbers.bitwise("|", found, numbers.shift_left(bit, numbers.constant(at)))
    return found


def _ord(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    if len(arguments) != 1 or not isinstance(arguments[0], (Text, tuple)) or len(arguments[0]) != 1:
        raise python.lost(node, "ord but of one character")
    return arguments[0][0]


def _join(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    glue, texts = arguments
    found: list[Integer] = []
    for number, each in enumerate(python.items(node, texts, state)):
        if not isinstance(each, tuple) or isinstance(each, Text) != isinstance(glue, Text):
            raise python.lost(node, "join(...) but of texts or of bytes")
        found += [*glue, *each] if number else each
    return Text(found) if isinstance(glue, Text) else tuple(found)


def _stripped(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    """Without what it ends in: one of all that it starts with."""
    if len(arguments) != TYPED or any(type(each) is not tuple for each in arguments):
        raise python.lost(node, "rstrip but of bytes, with those that go")
    whole, gone = arguments
    several: list[tuple[Term, Any]] = []
    for length in range(len(whole), 0, -1):
        goes = python.terms.zero
        for each in gone:
            goes = python.terms.or_(goes, python.same(node, whole[length - 1], each))
        several.append((python.terms.not_(goes), whole[:length]))
    return Alternatives([*several, (python.terms.one, ())])


def _index(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    """Where a value is first; refused where it is not known to be there."""
    if len(arguments) != TYPED:
        raise python.lost(node, "index but of a value")
    held, value = python.items(node, arguments[0], state), arguments[1]
    found, missing = python.integers.constant(0), state.condition
    for at, each in reversed(list(enumerate(held))):
        here = python.same(node, each, value)
        missing = python.terms.and_(missing, python.terms.not_(here))
        found = python.integers.choice(here, python.integers.constant(at), found)
    if python.is_possible(missing):
        raise python.lost(node, "the index of what may not be there")
    return found


def _root(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    """The greatest number whose square is not greater, bit by bit."""
    [value] = [python.integer(node, each) for each in arguments]
    if not value.is_unsigned:
        raise python.lost(node, "isqrt but of a word")
    numbers = python.integers
    found = numbers.constant(0)
    for at in reversed(range(16)):
        tried = numbers.bitwise("|", found, numbers.constant(1 << at))
        too_great = numbers.less(value, numbers.multiply(tried, tried))
        found = numbers.choice(too_great, found, tried)
    return found


def _adler32(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    """RFC 1950: two sums modulo 65521."""
    numbers = python.integers
    low, high, base = (numbers.constant(each) for each in (1, 0, 65521))
    for each in _first(python, node, state, arguments):
        low = numbers.divide(numbers.add(low, python.integer(node, each)), base, "remainder")
        high = numbers.divide(numbers.add(high, low), base, "remainder")
    return numbers.bitwise("|", numbers.shift_left(high, numbers.constant(16)), low)


def _greatest_divisor(
    python: Expressions, node: ast.Call, state: State, arguments: list[Any]
) -> Any:
    """Euclid's, as often as the numbers may take it."""
    one, other = (python.integer(node, each) for each in arguments)
    numbers = python.integers
    if not (one.is_unsigned and other.is_unsigned):
        raise python.lost(node, "gcd but of words")
    for _ in range(DIVISIONS):
        going = python.terms.and_(state.condition, numbers.truth(other))
        if not python.is_possible(going):
            return one
        word = python.terms.operation("remainder", (one.word(0), other.word(0)))
        left = numbers.of_word(word)
        truth = numbers.truth(other)
        one, other = (
            numbers.choice(truth, other, one),
            numbers.choice(truth, left, other),
        )
    raise python.lost(node, "gcd of numbers as great as these")


DIVISIONS = 48
"""Of Euclid's algorithm for two words."""
BUILTINS = {
    each.name: each
    for each in (
        Builtin("range", _range), Builtin("len", _len), Builtin("sum", _sum),
        Builtin("min", _least), Builtin("max", _greatest), Builtin("abs", _abs),
        Builtin("bool", _truth), Builtin("all", _all), Builtin("any", _any),
        Builtin("tuple", _tuple), Builtin("bytes", _tuple), Builtin("list", _list),
        Builtin("reversed", _reversed), Builtin("zip", _zip), Builtin("enumerate", _enumerate),
        Builtin("sorted", _sorted), Builtin("array", _array), Builtin("type", _type),
        Builtin("int", _int), Builtin("const", _int), Builtin("int.from_bytes", _from_bytes),
        Builtin("ord", _ord),
        Builtin(".append", _append), Builtin(".to_bytes", _to_bytes), Builtin(".join", _join),
        Builtin(".rstrip", _stripped), Builtin(".index", _index),
        Builtin("math.gcd", _greatest_divisor), Builtin("math.isqrt", _root),
        Builtin("zlib.adler32", _adler32),
        Builtin("struct.pack", floats.pack), Builtin("struct.unpack", floats.unpack),
    )
}  # fmt: skip
"""By the name, by the whole of a dotted name, or of a method behind a dot."""
