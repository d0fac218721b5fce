"""Items of a unit as statements of this assembler.

Input: an item, and how symbols are named in its unit. Output: lines of text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from asm_rv32.importing.items import Align, Content, Data, Item, Mark, Space
from asm_rv32.importing.operands import ARGUMENT, Code, Indirect, Listed, Operand
from asm_rv32.importing.values import (
    Expression,
    Name,
    Named,
    Relocated,
    Sum,
    ValueFault,
    in_python,
    itself,
    names,
    python_value,
    reduce,
    unknown,
)
from asm_rv32.isa.operands import Register
from asm_rv32.isa.references import LOWER

OF_A_THREAD = ("tls_", "tlsdesc", "dtprel")
"""What the parts begin with that have to do with tables of what each thread has."""
PARTS = ("hi", "lo", "pcrel_hi", "pcrel_lo")
"""Functions of an address, with a sign in front there."""
VALUES_A_LINE = {1: 16, 2: 12, 4: 8}
BYTES_A_LINE = 64
_HALF = 1 << 31
_ESCAPE = re.compile(r"\\(x00(?![0-7])|.)")


class Naming(NamedTuple):
    """How a unit names symbols."""

    label: Callable[[str], str]
    constant: Callable[[str], str | None]
    distance: Callable[[str, int], str | None]
    """The name of a constant that is a distance between places."""
    known: Callable[[str, str], int | None] = unknown
    """The distance from the second label to the first, where it is a number already."""
    upper: Callable[[str], str] | None = None
    """As `label`, of the place of an upper part, which has to be a label of the unit itself."""


def statements(item: Item, naming: Naming) -> Iterator[str]:
    """The statements that an item is, without its comment. Raises ValueFault."""
    content: Content = item.content
    if isinstance(content, Code):
        yield code(content, naming)
    elif isinstance(content, Mark):
        yield f"label({naming.label(content.name)})"
    elif isinstance(content, Data):
        yield from _data(content, naming)
    elif isinstance(content, Space):
        yield from _space(content, naming)
    elif isinstance(content, Align):
        if content.fill or content.limit:
            raise ValueFault("alignment with a value or a limit has no form among instructions")
        yield f"align({content.multiple})"
    else:
        raise ValueFault(".org has no form among instructions: --base, or a linker, places them")


def code(content: Code, naming: Naming) -> str:
    """An instruction."""
    parts = [
        _word(operand)
        if number in content.words
        else operand_text(operand, naming, _is_narrow(content))
        for number, operand in enumerate(content.operands)
    ]
    return f"{content.name}({', '.join(parts)})"


def _word(operand: Operand) -> str:
    assert isinstance(operand, Name)
    return operand.name


def operand_text(operand: Operand, naming: Naming, narrow: bool = False) -> str:
    """An operand. Raises ValueFault."""
    if isinstance(operand, Register):
        return str(operand)
    if isinstance(operand, Listed):
        return operand.text
    if not isinstance(operand, Indirect):
        return value(operand, naming, narrow)
    offset = value(operand.offset, naming, narrow)
    plain = offset.lstrip("-")
    if not (plain.isalnum() or plain.isidentifier() or isinstance(operand.offset, Relocated)):
        offset = f"({offset})"
    base = operand.base
    return f"{offset}({naming.label(base.name) if isinstance(base, Name) else base})"


def _is_narrow(content: Code) -> bool:
    """True where GNU as takes an unsigned word for the signed one of its bits, and we do not."""
    return content.row is not None and not any(kind.modulo for kind in content.row.kinds)


def value(expression: Expression, naming: Naming, narrow: bool = False) -> str:
    """An expression. Raises ValueFault."""
    if isinstance(expression, Relocated):
        if expression.function.startswith(OF_A_THREAD):
            raise ValueFault(
                "data of a thread by a table of a linker has no form here: have the compiler make "
                "it with -ftls-model=local-exec"
            )
        if expression.function not in PARTS:
            raise ValueFault(f"%{expression.function} has no form here: write la rd, symbol")
        if expression.function == LOWER and naming.upper is not None:
            naming = naming._replace(label=naming.upper)
        return f"{expression.function}({value(expression.operand, naming)})"
    if any(name.startswith(ARGUMENT) for name in names(expression)):
        text = in_python(expression, naming.constant, naming.label)
        if text is None:
            raise ValueFault("an expression of parameters")
        return text
    found = reduce(expression, itself, naming.known)
    if found.terms:
        return _sum(found, naming)
    number = found.constant
    if isinstance(expression, Named) and (name := naming.distance(expression.name, number)):
        return name
    if narrow and _HALF <= number < 2 * _HALF:
        return str(number - 2 * _HALF)
    if not narrow and not -_HALF <= number < 2 * _HALF:
        # GNU as takes the lower word of it.
        return f"{number % (2 * _HALF):#x}"
    text = in_python(expression, naming.constant)
    return text if text is not None and python_value(expression) == number else str(number)


def _sum(found: Sum, naming: Naming) -> str:
    plus = [name for name, factor in found.terms if factor == 1]
    minus = [name for name, factor in found.terms if factor == -1]
    if len(plus) != 1 or len(minus) > 1 or len(plus) + len(minus) != len(found.terms):
        raise ValueFault("a sum of places other than `a + n` and `a - b + n` has no form here")
    text = naming.label(plus[0])
    if minus:
        text += f" - {naming.label(minus[0])}"
    if found.constant:
        text += f" {'-' if found.constant < 0 else '+'} {abs(found.constant)}"
    return text


def _data(content: Data, naming: Naming) -> Iterator[str]:
    """Directives with so many values that each stays readable."""
    size = content.size
    line: list[str] = []
    for each in content.values:
        if isinstance(each, bytes):
            for at in range(0, len(each), BYTES_A_LINE):
                yield from _directive(size, line)
                line = []
                yield f"data({size}, {_quoted(each[at : at + BYTES_A_LINE])})"
            continue
        line.append(_fitted(each, size, naming))
        if len(line) == VALUES_A_LINE[size]:
            yield from _directive(size, line)
            line = []
    yield from _directive(size, line)


def _quoted(data: bytes) -> str:
    """A literal of bytes, in double quotes where it holds none, with `\\0` for a zero."""
    text = _ESCAPE.sub(lambda found: "\\0" if found[1] == "x00" else found[0], repr(data))
    return text if '"' in text or "\\'" in text else f'b"{text[2:-1]}"'


def _directive(size: int, values: list[str]) -> Iterator[str]:
    if values:
        yield f"data({size}, {', '.join(values)})"


def _fitted(expression: Expression, size: int, naming: Naming) -> str:
    """A value of data; of a number too large, what GNU as takes of it."""
    text = value(expression, naming)
    if isinstance(expression, Relocated):
        raise ValueFault(f"%{expression.function} has no form in data")
    found = reduce(expression, itself, naming.known)
    if found.terms or -(1 << 8 * size - 1) <= found.constant < 1 << 8 * size:
        return text
    return f"{found.constant & (1 << 8 * size) - 1:#x}"


def _space(content: Space, naming: Naming) -> Iterator[str]:
    text = value(content.size, naming)
    found = reduce(content.size, itself, naming.known)
    if found.terms or found.constant < 0:
        raise ValueFault("the size of a space is no number here")
    if found.constant and not content.fill:
        yield f"space({text})"
    elif found.constant:
        whole, rest = divmod(found.constant, BYTES_A_LINE)
        byte = bytes([content.fill])
        if whole:
            yield f"for _ in range({whole}):\n    data(1, {_quoted(byte * BYTES_A_LINE)})"
        if rest:
            yield f"data(1, {_quoted(byte * rest)})"
