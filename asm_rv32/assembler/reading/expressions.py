"""The value of an expression of the assembler's language.

Input: a node of a line's tree, the line's tokens, and the names that have a value.
Output: an integer, a register, a memory operand, a register set, bytes, or a bare symbol.
Invariant: nothing of Python is evaluated; integers stay below a number of bits, so the time for an
expression is bounded by its length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from asm_rv32.assembler.reading.grammar import Node
from asm_rv32.assembler.reading.integers import (
    COMPARE,
    ExpressionError,
    binary_integers,
    bounded,
    unary_integer,
)
from asm_rv32.basis.records import Any
from asm_rv32.isa.operands import (
    ABI_NAMES,
    LabelSum,
    Memory,
    Register,
    RegisterSet,
    Symbol,
    Value,
)
from asm_rv32.isa.rows import lower_part, upper_part

TEXT_LIMIT = 1 << 20
"""A string literal is at most so many characters long."""


Names = Mapping[str, Any]
"""Names that have a value: integers and registers; in a function `reading.names.Names`."""
NUMERIC = frozenset((int, Register))
"""What a name stands for that is an operand itself, as a rule."""
_OPERANDS = (int, bytes, Memory, LabelSum, RegisterSet, Symbol)
"""All of that."""


NUMBERS: dict[str, int] = {}
"""Literal → value, each read once."""
NUMBERS_KEPT = 100_000


def evaluate(node: Node, tokens: list[str], names: Names) -> Value:
    """The value of `node`. Raises ExpressionError."""
    return _EVALUATORS[node.kind](node, tokens, names)


def integer(node: Node, tokens: list[str], names: Names) -> int:
    """The value of `node`, which must be an integer constant. Raises ExpressionError."""
    value = evaluate(node, tokens, names)
    if type(value) is int:
        return value
    if isinstance(value, (Symbol, LabelSum)):
        raise _no_integer(value, node)
    raise ExpressionError("constant", f"an integer is needed here, not {describe(value)}", node)


def describe(value: Value) -> str:
    """A value in words, for a message."""
    if isinstance(value, Register):
        return f"register {value}"
    if isinstance(value, Symbol):
        return f"the name {str(value)!r}"
    if isinstance(value, LabelSum):
        return f"what depends on where {value.plus!r} lies"
    if isinstance(value, int):
        return f"the number {value}"
    if isinstance(value, Memory):
        return "a memory operand"
    if isinstance(value, RegisterSet):
        return "a set of registers"
    return "a string"


def _name(node: Node, tokens: list[str], names: Names) -> Value:
    token = tokens[node.first]
    value: Any = names.get(token)
    return value if type(value) in NUMERIC else named(token, value)


def named(token: str, value: Any) -> Value:
    """What a name is as an operand, from what it stands for.

    What is no operand itself, data say, is a place: known by its name.
    """
    if isinstance(value, int) and not isinstance(value, Register):
        return int(value)
    return value if isinstance(value, _OPERANDS) else Symbol(token)


def number(node: Node, tokens: list[str]) -> int | Symbol:
    """The value of a literal; a symbol for GNU's `1f`. Raises ExpressionError."""
    text = tokens[node.first]
    found = NUMBERS.get(text)
    if found is None:
        try:
            # Digits of other scripts are none to Python.
            found = bounded(int(text if text.isascii() else "", 0), node)
        except ValueError:
            if text[-1] in "bf" and text[:-1].isdecimal():
                # GNU's numbered labels, `1f` and `1b`.
                return Symbol(text)
            raise ExpressionError("constant", f"{text[:40]!r} is not an integer", node) from None
        if len(NUMBERS) > NUMBERS_KEPT:
            NUMBERS.clear()
        NUMBERS[text] = found
    return found


def _number(node: Node, tokens: list[str], names: Names) -> Value:
    return number(node, tokens)


def _string(node: Node, tokens: list[str], names: Names) -> Value:
    value = literal(node, tokens)
    if isinstance(value, bytes):
        return value
    # One character is an integer where one is wanted: its number.
    return ord(value) if len(value) == 1 else value.encode()


def literal(node: Node, tokens: list[str]) -> str | bytes:
    """The value of a string, or of several side by side. Raises ExpressionError."""
    import ast
    import warnings

    parts: list[Any] = []
    sorts: set[type] = set()
    for leaf in node.parts:
        text = tokens[leaf.first]
        if len(text) > TEXT_LIMIT:
            message = f"a string has at most {TEXT_LIMIT} characters"
            raise ExpressionError("too-large", message, node)
        if text[: len(text) - len(text.lstrip("fFrRbBuU"))].lower().count("f"):
            raise ExpressionError("constant", "an f-string is not a constant", node)
        try:
            # Of an escape that it does not know, Python warns on the terminal.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                # `literal_eval` does the same, and leaves garbage in cycles.
                tree = ast.parse(text, mode="eval").body
            if not (isinstance(tree, ast.Constant) and isinstance(tree.value, (str, bytes))):
                raise ValueError("no literal")
            value = tree.value
            sorts.add(type(value))
            if len(sorts) > 1:
                raise ValueError("Python joins no text with bytes")
            parts.append(value)
            if isinstance(value, str):
                value.encode()  # half of a surrogate pair has no bytes: that is a ValueError, too
        except (ValueError, SyntaxError) as error:
            raise ExpressionError("constant", f"not a string: {error}", node) from None
    return parts[0][:0].join(parts)  # type: ignore[no-any-return]


def _group(node: Node, tokens: list[str], names: Names) -> Value:
    value = evaluate(node.parts[0], tokens, names)
    # `(a1)` is a memory operand without an offset; elsewhere a group changes nothing.
    return Memory(0, value) if isinstance(value, Register) else value


def _set(node: Node, tokens: list[str], names: Names) -> Value:
    registers: set[int] = set()
    for part in node.parts:
        if part.kind == "binary" and tokens[part.parts[1].first] == "-":
            first, last = (evaluate(part.parts[i], tokens, names) for i in (0, 2))
            if not (isinstance(first, Register) and isinstance(last, Register)):
                raise ExpressionError("operand-kind", "a range goes between two registers", part)
            registers.update(_register_run(first, last, part))
            continue
        value = evaluate(part, tokens, names)
        if not isinstance(value, Register):
            raise ExpressionError(
                "operand-kind", f"a register set holds registers, not {describe(value)}", part
            )
        registers.add(int(value))
    return RegisterSet(tuple(sorted(registers)))


def _register_run(first: Register, last: Register, node: Node) -> list[int]:
    """The saved registers from `first` to `last`, in the order s0, s1, s2, ..., s11."""
    saved = [number for number in range(32) if ABI_NAMES[number][0] == "s" and number != 2]
    if first not in saved or last not in saved or saved.index(first) > saved.index(last):
        raise ExpressionError("operand-kind", "a range of registers is s0 - s1 ... s0 - s11", node)
    return saved[saved.index(first) : saved.index(last) + 1]


def _function(name: str, arguments: tuple[Node, ...], node: Node, tokens: list[str], names: Names
              ) -> Value:  # fmt: skip
    if len(arguments) != 1:
        raise ExpressionError("operand-count", f"{name}() takes one operand", node)
    value = evaluate(arguments[0], tokens, names)
    if name in OF_PLACES and arguments[0].kind == "string":
        value = Symbol(label_name(arguments[0], tokens))
    if name in OF_PLACES and (place := label_sum(value)) is not None and not place.part:
        return place._replace(part=name) if name in PARTS else place
    value = integer(arguments[0], tokens, names)
    if name == "const":
        return value
    if name not in ("hi", "lo"):
        wanted = f": of a number it is {name[-2:]}()" if name in PARTS else ""
        raise ExpressionError("constant", f"{name}() takes a label{wanted}", node)
    return upper_part(value) & 0xFFFFF if name == "hi" else lower_part(value)


PARTS = ("hi", "lo", "pcrel_hi", "pcrel_lo")
"""What can be taken of a place's address, as GNU's `%hi(place)`."""
OF_PLACES = ("address_of", *PARTS)
"""What takes a place: a label's name may be a string there, which Python's checkers need."""
FUNCTIONS = ("const", *OF_PLACES)


def _call(node: Node, tokens: list[str], names: Names) -> Value:
    callee, *arguments = node.parts
    name = tokens[callee.first] if callee.kind == "name" else ""
    if callee.kind == "attribute":
        name = tokens[callee.last]
    if name in FUNCTIONS and name not in names:
        return _function(name, tuple(arguments), node, tokens, names)
    if callee.kind in ("name", "attribute") and name not in names:
        dotted = "".join(tokens[callee.first : callee.last + 1])
        if hasattr(names, "computes") and names.computes(dotted):
            return _constant(node, tokens, names)
    if len(arguments) != 1:
        raise ExpressionError("constant", f"{name or 'this'} is no function of the assembler", node)
    offset = evaluate(callee, tokens, names)
    base = evaluate(arguments[0], tokens, names)
    if isinstance(offset, Symbol) and not isinstance(base, Register):
        message = f"{offset} is no function of the assembler"
        known = f"help: a constant expression knows {', '.join(FUNCTIONS)}"
        raise ExpressionError("constant", message, node, known)
    return Memory(offset, base)


def _unary(node: Node, tokens: list[str], names: Names) -> Value:
    value = evaluate(node.parts[1], tokens, names)
    operator = tokens[node.first]
    if operator == "+" and isinstance(value, (Symbol, LabelSum)):
        return value
    if isinstance(value, Memory) and type(value.offset) is int:
        # Python reads `-8(sp)` as `-(8(sp))`; what is meant is the offset -8.
        return Memory(unary_integer(operator, value.offset), value.base)
    if type(value) is not int:
        raise _no_integer(value, node.parts[1])
    return unary_integer(operator, value)


def _no_integer(value: Value, node: Node) -> ExpressionError:
    if isinstance(value, (Symbol, LabelSum)):
        name = value.plus if isinstance(value, LabelSum) else str(value)
        return ExpressionError("unknown-name", f"{name!r} has no value here", node)
    if isinstance(value, Memory):
        return ExpressionError(
            "constant", "a memory operand cannot be computed with", node,
            "help: put the whole offset in brackets: (4*i)(a1)",
        )  # fmt: skip
    return ExpressionError("constant", f"{describe(value)} is not a constant", node)


def _binary(node: Node, tokens: list[str], names: Names) -> Value:
    # A chain such as 1 + 1 + 1 + ... leans to the left; walking it keeps the stack flat.
    chain = []
    while node.kind == "binary":
        chain.append(node)
        node = node.parts[0]
    value = evaluate(node, tokens, names)
    for link in reversed(chain):
        left, operator, right = link.parts
        other = evaluate(right, tokens, names)
        if type(value) is not int or type(other) is not int:
            added = _added(value, tokens[operator.first], other)
            if added is not None:
                value = added
                continue
        for operand, at in ((value, left), (other, right)):
            if type(operand) is not int:
                raise _no_integer(operand, at)
        value = binary_integers(tokens[operator.first], value, other, link)  # type: ignore[arg-type]
    return value


def where_named(node: Node, tokens: list[str], name: str) -> Node:
    """Where a name stands in an expression; the whole of it where it is not found."""
    queue = [node]
    while queue:
        found = queue.pop()
        if "".join(tokens[found.first : found.last + 1]) == name:
            return found
        queue += reversed(found.parts)
    return node


def label_name(node: Node, tokens: list[str]) -> str:
    """The name of a label as it is written, bare or as a string; empty for anything else."""
    token = tokens[node.first]
    if node.kind == "string" and node.first == node.last and token[0] in "\"'":
        token = token[1:-1]
        return token if token.isidentifier() else ""
    return token if node.kind == "name" else ""


def label_sum(value: Value) -> LabelSum | None:
    """A place's name as a sum; None where it is neither."""
    if isinstance(value, Symbol) and all(map(str.isidentifier, value.split("."))):
        return LabelSum(str(value))
    return value if isinstance(value, LabelSum) else None


def _added(left: Value, operator: str, right: Value) -> LabelSum | None:
    """A sum or difference with places in it; None where it has no meaning."""
    if type(left) is int and operator == "+":
        left, right = right, left
    first = label_sum(left)
    if first is None or first.part or operator not in ("+", "-"):
        return None
    if type(right) is int:
        change = right if operator == "+" else -right
        return first._replace(offset=first.offset + change)
    second = label_sum(right)
    if second is None or second.part or second.minus or first.minus or operator == "+":
        return None
    return LabelSum(first.plus, second.plus, first.offset - second.offset)


def _comparable(node: Node, tokens: list[str], names: Names) -> int:
    """An integer, or a register."""
    value = evaluate(node, tokens, names)
    return value if isinstance(value, Register) else integer(node, tokens, names)


def _compare(node: Node, tokens: list[str], names: Names) -> Value:
    left = _comparable(node.parts[0], tokens, names)
    for operator, operand in zip(node.parts[1::2], node.parts[2::2]):
        right = _comparable(operand, tokens, names)
        if Register in (type(left), type(right)) and (
            type(left) is not type(right) or tokens[operator.first] not in ("==", "!=")
        ):
            message = "a register is compared with registers, by == or !="
            raise ExpressionError("constant", message, node)
        if not COMPARE[tokens[operator.first]](left, right):
            return 0
        left = right
    return 1


def _and(node: Node, tokens: list[str], names: Names) -> Value:
    left = integer(node.parts[0], tokens, names)
    return left and integer(node.parts[1], tokens, names)


def _or(node: Node, tokens: list[str], names: Names) -> Value:
    return integer(node.parts[0], tokens, names) or integer(node.parts[1], tokens, names)


def _not(node: Node, tokens: list[str], names: Names) -> Value:
    return int(not integer(node.parts[0], tokens, names))


def _choose(node: Node, tokens: list[str], names: Names) -> Value:
    chosen = 0 if integer(node.parts[1], tokens, names) else 2
    return evaluate(node.parts[chosen], tokens, names)


def _no_value(what: str) -> Callable[[Node, list[str], Names], Value]:
    def refuse(node: Node, tokens: list[str], names: Names) -> Value:
        raise ExpressionError("constant", f"{what} is not an operand", node)

    return refuse


def _list(node: Node, tokens: list[str], names: Names) -> Value:
    notes: tuple[str, ...] = ()
    if len(node.parts) in (1, 2) and all(part.first == part.last for part in node.parts):
        # Thumb's `[a1, 4]`, and `[a1]`.
        base, offset = tokens[node.parts[0].first], tokens[node.parts[-1].first]
        if isinstance(names.get(base), Register) and len(offset) < 20:
            number = offset if len(node.parts) == 2 else 0
            notes = (f"help: memory is written {number}({base})",)
    raise ExpressionError("constant", "a list is not an operand", node, *notes)


def _constant(node: Node, tokens: list[str], names: Any) -> Value:
    """What Python has for an expression, as an operand."""
    value = names.constant(node, tokens)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return ord(value) if len(value) == 1 else value.encode()
    if isinstance(value, bytes):
        return value
    message = f"this is a {type(value).__name__}, and no operand"
    raise ExpressionError("constant", message, node)


def _subscript(node: Node, tokens: list[str], names: Names) -> Value:
    head = node.parts[0].bare
    base = names.get(tokens[head.first]) if head.kind == "name" else None
    if isinstance(base, Register):
        # `a1[4]`: the spelling of `4(a1)` that Python's checkers take.
        return Memory(evaluate(node.parts[1], tokens, names), base)
    if not hasattr(names, "constant"):
        raise ExpressionError("constant", "a subscript is not an operand", node)
    return _constant(node, tokens, names)


def _attribute(node: Node, tokens: list[str], names: Names) -> Value:
    """An integer, or else a symbol: the attribute is a place, or unknown."""
    owner = node.parts[0]
    while owner.kind == "attribute":
        owner = owner.parts[0]
    if owner.kind != "name" or isinstance(names.get(tokens[owner.first]), Register):
        raise ExpressionError("constant", "an attribute is not an operand", node)
    try:
        value = names.constant(node, tokens) if hasattr(names, "constant") else None
    except ExpressionError as error:
        if error.code != "unknown-name":
            raise
        value = None
    dotted = "".join(tokens[node.first : node.last + 1])
    return int(value) if isinstance(value, int) else Symbol(dotted)


def _unpacked(node: Node, tokens: list[str], names: Names) -> Value:
    if tokens[node.first] == "%":
        # GNU's `%lo(x)`, which is no expression of Python's: a name without a value.
        inner = node.parts[-1]
        if inner.kind == "call" and inner.parts[0].kind == "call" and len(inner.parts) == 2:
            base = evaluate(inner.parts[1], tokens, names)
            return Memory(Symbol("".join(tokens[node.first : inner.parts[0].last + 1])), base)
        return Symbol("".join(tokens[node.first : node.last + 1]))
    raise ExpressionError("constant", "a starred expression is not an operand", node)


_EVALUATORS: dict[str, Callable[[Node, list[str], Names], Value]] = {
    "name": _name,
    "number": _number,
    "string": _string,
    "group": _group,
    "set": _set,
    "call": _call,
    "unary": _unary,
    "binary": _binary,
    "compare": _compare,
    "and": _and,
    "or": _or,
    "not": _not,
    "choose": _choose,
    "attribute": _attribute,
    "subscript": _subscript,
    "keyword": _no_value("a keyword argument"),
    "unpacked": _unpacked,
    "tuple": _no_value("a tuple"),
    "list": _list,
    "ellipsis": _no_value("'...'"),
}

BUILTIN_NAMES: dict[str, Any] = {"True": 1, "False": 0}
