"""What `data`, `space` and `align` put into a function, and what `compress` says.

Input: the statement, and what names stand for. Output: items, each with the bytes that it takes at
most.
Invariant: an operand without a value raises `ExpressionError`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asm_rv32.assembler.budget import DATA_LIMIT
from asm_rv32.assembler.ir import Align, Bytes, LabelScope, Number, Space
from asm_rv32.assembler.reading.expressions import evaluate, integer, label_sum, literal
from asm_rv32.assembler.reading.grammar import Node
from asm_rv32.assembler.reading.integers import ExpressionError
from asm_rv32.assembler.reading.program import Written
from asm_rv32.assembler.reading.scopes import Names
from asm_rv32.isa.operands import LabelSum

Placed = tuple[int, Align | Bytes | Number | Space]


def laid_out(
    name: str, written: Written, names: Names, scope: LabelScope, limit: int
) -> Iterator[Placed]:
    """The items of a directive; of values behind so many bytes, `limit`, no more are computed."""
    if name == "data":
        return _data(written, names, scope, limit)
    return iter((_space(name, written, names),))


def switched(written: Written, names: Names) -> bool:
    """What `compress` turns on or off."""
    arguments = written.node.parts[1:]
    given = [integer(each, written.tokens, names) for each in arguments]
    if given not in ([False], [True]):
        raise ExpressionError(
            "directive", "compress takes True or False", written.node,
            "help: compress(False) ahead of what keeps four bytes, compress(True) behind it",
        )  # fmt: skip
    return bool(given[0])


def _data(written: Written, names: Names, scope: LabelScope, limit: int) -> Iterator[Placed]:
    arguments = written.node.parts[1:]
    if len(arguments) < 2:
        raise ExpressionError(
            "directive", "data takes a size and one value or more", written.node,
            "help: data(4, 1, 2, 3), data(1, b'text')",
        )  # fmt: skip
    size = integer(arguments[0], written.tokens, names)
    if size not in (1, 2, 4):
        raise ExpressionError(
            "directive", f"data has sizes 1, 2 and 4, not {size}", arguments[0],
            "help: data(4, ...) holds words, data(1, ...) bytes and strings",
        )  # fmt: skip
    data = bytearray()
    for node in arguments[1:]:
        for value in _values(node, written.tokens, names):
            if isinstance(value, LabelSum):
                if data:
                    yield len(data), Bytes(bytes(data), written)
                    data.clear()
                yield size, Number(size, value, written, node, scope)
            elif isinstance(value, bytes):
                data += value if size == 1 else b"".join(
                    byte.to_bytes(size, "little") for byte in value)  # fmt: skip
            else:
                data += _datum(value, size, node)
        # What is unpacked may be long.
        if len(data) > limit:
            break
    if data:
        yield len(data), Bytes(bytes(data), written)


def _values(node: Node, tokens: list[str], names: Names) -> Sequence[int | bytes | LabelSum]:
    """The values that an argument of `data` stands for."""
    if node.kind == "string":
        text = literal(node, tokens)
        return (text.encode() if isinstance(text, str) else text,)
    if node.kind == "unpacked" and tokens[node.first] == "*":
        return names.unpacked(node, tokens)
    value = evaluate(node, tokens, names)
    total = label_sum(value)
    if total is not None:
        return (total,)
    return (value if isinstance(value, bytes) else integer(node, tokens, names),)


def _datum(value: int, size: int, node: Node) -> bytes:
    """An integer in so many bytes."""
    low, high = -(1 << (8 * size - 1)), (1 << (8 * size)) - 1
    if low <= value <= high:
        return (value & high).to_bytes(size, "little")
    message = f"data of size {size} takes {low}..{high}, got {value}"
    wider = [wide for wide in (2, 4) if -(1 << (8 * wide - 1)) <= value < 1 << (8 * wide)]
    notes = [f"help: data({wide}, ...) holds it" for wide in wider[:1]]
    raise ExpressionError("immediate-range", message, node, *notes)


def _space(name: str, written: Written, names: Names) -> Placed:
    """Of `space`, and of `align`, which takes its most."""
    arguments = written.node.parts[1:]
    if len(arguments) != 1:
        raise ExpressionError("operand-count", f"{name} takes one operand", written.node,
                              f"help: {name}(4)")  # fmt: skip
    value = integer(arguments[0], written.tokens, names)
    if not 0 <= value <= DATA_LIMIT:
        message = f"{name} takes 0..{DATA_LIMIT}, got {value}"
        raise ExpressionError("immediate-range", message, arguments[0])
    if name == "space":
        return value, Space(value, written)
    if value < 1 or value & (value - 1):
        message = f"align takes a power of two, got {value}"
        note = f"help: align({1 << max(value, 1).bit_length()})"
        raise ExpressionError("directive", message, arguments[0], note)
    return value, Align(value, written)
