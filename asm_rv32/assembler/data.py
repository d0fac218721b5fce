"""Data of a module as it lies in memory.

Input: a `Data`. Output: its bytes, and the places in them where addresses go.
Invariant: little-endian, as RV32 is; nothing is built that is larger than `DATA_LIMIT`.
"""

from __future__ import annotations

from array import array

from asm_rv32.assembler.budget import DATA_LIMIT
from asm_rv32.assembler.ir import DataError
from asm_rv32.assembler.reading.program import Data, Extern, Reference
from asm_rv32.basis.records import Any, NamedTuple

WORD = 4
LOW, HIGH = -(1 << 31), (1 << 32) - 1


class Layout(NamedTuple):
    """Data in memory."""

    content: bytes
    """Zeros where an address goes."""
    references: tuple[tuple[int, Data | Reference | Extern], ...]
    """(offset in bytes, whose address goes there: a word)"""
    item_size: int
    """Bytes of an item; addresses are multiples of it."""
    writable: bool


def layout(data: Data) -> Layout:
    """The bytes of data: a str as UTF-8 with a NUL behind, items of a list or tuple as words.

    Raises DataError.
    """
    value = data.value
    if isinstance(value, str):
        return _plain(value.encode() + b"\0", 1, False)
    if isinstance(value, (bytes, bytearray)):
        return _plain(bytes(value), 1, isinstance(value, bytearray))
    if isinstance(value, array):
        return _plain(value.tobytes(), value.itemsize, True)
    return _words(data, value)


def _plain(content: bytes, item_size: int, writable: bool) -> Layout:
    if len(content) > DATA_LIMIT:
        raise _too_large(len(content))
    return Layout(content, (), item_size, writable)


def _too_large(size: int) -> DataError:
    return DataError(f"it has {size} bytes, more than {DATA_LIMIT}")


def _words(data: Data, items: Any) -> Layout:
    if WORD * len(items) > DATA_LIMIT:
        raise _too_large(WORD * len(items))
    words: list[int] = []
    references: list[tuple[int, Data | Reference | Extern]] = []
    for number, item in enumerate(items):
        if isinstance(item, int):
            if not LOW <= item <= HIGH:
                message = f"item {number}, {item}, does not fit into a word"
                raise DataError(message, f"help: {LOW}..{HIGH:#x}")
            words.append(item & HIGH)
        else:
            references.append((WORD * number, _reference(data, number, item)))
            words.append(0)
    content = array("I", words)
    content = content if content.itemsize == WORD else array("L", words)
    return Layout(content.tobytes(), tuple(references), WORD, False)


def _reference(data: Data, number: int, item: object) -> Data | Reference | Extern:
    found = item if isinstance(item, (Reference, Extern)) else data.home.find(item)
    if found is not None:
        return found
    name = f"{data.name}[{number}]"
    if isinstance(item, (list, tuple)):
        raise DataError(
            f"item {number} is a {type(item).__name__} without a name of its own",
            "help: write all items one behind the other, or give the inner one a name: its "
            "address is the item",
        )
    if isinstance(item, (str, bytes, bytearray, array)):
        return Data(name, item, data.home, data.source, data.span)
    raise DataError(
        f"item {number} is {type(item).__name__}",
        "help: items are integers, assembler functions and other data",
    )
