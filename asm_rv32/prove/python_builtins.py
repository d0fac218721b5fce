"""What a Python function may call without defining it, on terms.

Each gets the execution, the call, the state and the values of the arguments.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from asm_rv32.prove import python_floats as floats
from asm_rv32.prove.integers import Bounds, Integer
from asm_rv32.prove.python_values import Alternatives, Array, Place, Sometimes, Text

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
    keywords: tuple[str, ...] = ()
    """What it may be given by name."""


def _numbers(python: Expressions, node: ast.Call, arguments: list[Any]) -> list[int]:
    """Arguments that have to be known."""
    found = []
    for each in arguments:
        if not isinstance(each, Integer) or each.number is None:
            raise python.lost(node, f"{ast.unparse(node.func)} of what is not known")
        found.append(each.number)
    return found


def _some(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Sometimes:
    """The items of the one argument, with when they are there."""
    if len(arguments) != 1:
        raise python.lost(node, f"{ast.unparse(node.func)} of {len(arguments)} arguments")
    return python.sometimes(node, arguments[0], state)


def _range(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    if not 1 <= len(arguments) <= 3:
        raise python.lost(node, f"range of {len(arguments)} arguments")
    numbers = python.integers
    one, *more = [python.integer(node, each) for each in arguments]
    start, stop = (one, more[0]) if more else (numbers.constant(0), one)
    step = more[1].number if len(more) > 1 else 1
    if not step:
        raise python.lost(node, "range by a step that is not known")
    most = range(start.low, stop.high, step) if step > 0 else range(start.high, stop.low, step)
    if len(most) > RANGE_LIMIT:
        raise python.lost(node, f"a range of more than {RANGE_LIMIT:,} numbers")
    if start.number is not None and stop.number is not None:
        return most
    found = []
    for at in range(len(most)):
        this = numbers.add(start, numbers.constant(at * step))
        found.append((numbers.less(this, stop) if step > 0 else numbers.less(stop, this), this))
    return Sometimes(found, is_head=True)


def _len(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    return python.length(_some(python, node, state, arguments))


def _sum(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    numbers = python.integers
    found = numbers.constant(0)
    for there, each in _some(python, node, state, arguments).items:
        more = numbers.choice(there, python.integer(node, each), numbers.constant(0))
        found = numbers.add(found, more)
    return found


def _least(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    return _best(python, node, state, arguments, python.integers.less)


def _greatest(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    less = python.integers.less
    return _best(python, node, state, arguments, lambda one, other: less(other, one))


def _best(
    python: Expressions, node: ast.Call, state: State, arguments: list[Any],
    is_better: Callable[[Integer, Integer], Term],
) -> Integer:  # fmt: skip
    """The first of those that are there than which none is better."""
    several = arguments[0] if len(arguments) == 1 else tuple(arguments)
    terms = python.terms
    found: Integer | None = None
    held = terms.zero
    for there, item in python.sometimes(node, several, state).items:
        each = python.integer(node, item)
        if found is None:
            found, held = each, there
            continue
        first = terms.or_(terms.not_(held), is_better(each, found))
        found = python.integers.choice(terms.and_(there, first), each, found)
        held = terms.or_(held, there)
    if found is not None and not python.is_possible(terms.and_(state.condition, terms.not_(held))):
        return found
    if not node.keywords:
        raise python.lost(node, f"{ast.unparse(node.func)} of what may be nothing")
    default = python.integer(node, python.value(node.keywords[0].value, state))
    return default if found is None else python.integers.choice(held, found, default)


def _abs(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    [value] = [python.integer(node, each) for each in arguments]
    if value.low >= 0:
        return value
    numbers = python.integers
    negative = numbers.less(value, numbers.constant(0))
    found = numbers.choice(negative, numbers.negative(value), value)
    return numbers.made(Bounds(0, max(value.high, -value.low)), found.word)


def _truth(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    [value] = arguments
    return python.integers.of_word(python.truth_of(node, value, state))


def _all(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    terms, found = python.terms, python.terms.one
    for there, each in _some(python, node, state, arguments).items:
        holds = terms.or_(terms.not_(there), python.truth_of(node, each, state))
        found = terms.and_(found, holds)
    return python.integers.of_word(found)


def _any(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    terms, found = python.terms, python.terms.zero
    for there, each in _some(python, node, state, arguments).items:
        found = terms.or_(found, terms.and_(there, python.truth_of(node, each, state)))
    return python.integers.of_word(found)


def _tuple(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    return python.whole(_some(python, node, state, arguments))


def _list(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    return python.whole_list(_some(python, node, state, arguments), state)


def _reversed(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    return python.whole(Sometimes(_some(python, node, state, arguments).items[::-1]))


def _zip(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    several = [python.packed(node, python.sometimes(node, each, state)) for each in arguments]
    found = []
    for items in zip(*(each.items for each in several)):
        there = python.terms.one
        for truth, _ in items:
            there = python.terms.and_(there, truth)
        found.append((there, tuple(item for _, item in items)))
    return python.whole(Sometimes(found, is_head=True))


def _enumerate(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    packed = python.packed(node, _some(python, node, state, arguments))
    numbered = enumerate(packed.items)
    found = [(there, (python.integers.constant(at), item)) for at, (there, item) in numbered]
    return python.whole(Sometimes(found, is_head=True))


def _sorted(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    """By exchanges of neighbours: each item to where it belongs among those before it."""
    given = python.packed(node, _some(python, node, state, arguments))
    items = [python.integer(node, each) for _, each in given.items]
    numbers = python.integers
    for end in range(1, len(items)):
        for at in range(end, 0, -1):
            before, this = items[at - 1], items[at]
            swap = python.terms.and_(given.items[end][0], numbers.less(this, before))
            items[at - 1] = numbers.choice(swap, this, before)
            items[at] = numbers.choice(swap, before, this)
    truths = [there for there, _ in given.items]
    return python.whole_list(Sometimes([*zip(truths, items)], is_head=True), state)


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
    value = _word(python, node, arguments)
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
    for there, each in _some(python, node, state, arguments).items:
        more = numbers.divide(numbers.add(low, python.integer(node, each)), base, "remainder")
        low = numbers.choice(there, more, low)
        both = numbers.divide(numbers.add(high, low), base, "remainder")
        high = numbers.choice(there, both, high)
    return numbers.bitwise("|", numbers.shift_left(high, numbers.constant(16)), low)


def _bin(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    """The digits of a word; those ahead of the first one are not there."""
    value, numbers = _word(python, node, arguments), python.integers
    found = [(python.terms.one, Text((numbers.constant(ord(each)),))) for each in "0b"]
    for at in reversed(range(max(value.high.bit_length(), 1))):
        rest = numbers.shift_right(value, numbers.constant(at))
        digit = numbers.bitwise("&", rest, numbers.constant(1))
        there = numbers.truth(rest) if at else python.terms.one
        found.append((there, Text((numbers.add(digit, numbers.constant(ord("0"))),))))
    return Sometimes(found)


def _count(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    """How many items are a value."""
    if len(arguments) != TYPED:
        raise python.lost(node, "count but of a value")
    found = [
        (python.terms.and_(there, python.same(node, item, arguments[1])), item)
        for there, item in python.sometimes(node, arguments[0], state).items
    ]
    return python.length(Sometimes(found))


def _bit_length(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    value = _word(python, node, arguments)
    zeros = python.integers.of_word(python.terms.operation("leading_zeros", (value.word(0),)))
    return python.integers.subtract(python.integers.constant(32), zeros)


def _bit_count(python: Expressions, node: ast.Call, state: State, arguments: list[Any]) -> Any:
    value = _word(python, node, arguments)
    return python.integers.of_word(python.terms.operation("count_ones", (value.word(0),)))


def _word(python: Expressions, node: ast.Call, arguments: list[Any]) -> Integer:
    """The one argument, an integer that is a word."""
    value = python.integer(node, arguments[0] if len(arguments) == 1 else None)
    if not value.is_unsigned:
        raise python.lost(node, f"{ast.unparse(node.func)} but of a word")
    return value


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
        Builtin("min", _least, ("default",)), Builtin("max", _greatest, ("default",)),
        Builtin("abs", _abs),
        Builtin("bool", _truth), Builtin("all", _all), Builtin("any", _any),
        Builtin("tuple", _tuple), Builtin("bytes", _tuple), Builtin("list", _list),
        Builtin("reversed", _reversed), Builtin("zip", _zip), Builtin("enumerate", _enumerate),
        Builtin("sorted", _sorted), Builtin("array", _array), Builtin("type", _type),
        Builtin("int", _int), Builtin("const", _int), Builtin("int.from_bytes", _from_bytes),
        Builtin("ord", _ord),
        Builtin(".append", _append), Builtin(".to_bytes", _to_bytes), Builtin(".join", _join),
        Builtin(".rstrip", _stripped), Builtin(".index", _index),
        Builtin(".bit_length", _bit_length), Builtin(".bit_count", _bit_count),
        Builtin("bin", _bin), Builtin(".count", _count),
        Builtin("math.gcd", _greatest_divisor), Builtin("math.isqrt", _root),
        Builtin("zlib.adler32", _adler32),
        Builtin("struct.pack", floats.pack), Builtin("struct.unpack", floats.unpack),
    )
}  # fmt: skip
"""By the name, by the whole of a dotted name, or of a method behind a dot."""
