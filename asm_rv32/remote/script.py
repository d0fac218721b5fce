"""The Python that is executed on a board: a module loaded out of RAM, arguments made, calls.

Input: bytes of a .mpy, arguments as Python has them. Output: pieces of MicroPython for the raw
REPL, each short; and what their output says.
Invariants: nothing is written to the board's file systems; what is made stands in the board's RAM
until it starts again.
"""

from __future__ import annotations

import ast
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

MODULE = "_asm_rv32"
CHUNK = 1536
"""Bytes in one piece of text."""
_LINE = 384
"""Bytes in one line of what a board prints."""

AGENT = f"""\
import sys, io, gc, binascii, uctypes
from array import array
try:
    import vfs
except ImportError:
    import os as vfs

class Files:
    def __init__(self, data):
        self.data = data
    def mount(self, readonly, mkfs):
        pass
    def umount(self):
        pass
    def stat(self, path):
        if path.strip("/") == "{MODULE}.mpy":
            return (0x8000, 0, 0, 0, 0, 0, len(self.data), 0, 0, 0)
        raise OSError(2)
    def open(self, path, mode):
        return io.BytesIO(self.data)

def load(data):
    gc.collect()
    vfs.mount(Files(data), "/{MODULE}")
    sys.path.insert(0, "/{MODULE}")
    try:
        import {MODULE}
        return {MODULE}
    finally:
        sys.path.pop(0)
        sys.modules.pop("{MODULE}", None)
        vfs.umount("/{MODULE}")
        gc.collect()

def put(data, at, text):
    part = binascii.a2b_base64(text)
    data[at : at + len(part)] = part

def address(value):
    return uctypes.addressof(value) if len(value) else 0

def seen(value, size):
    return uctypes.bytearray_at(address(value), size)

def show(value, size):
    for at in range(0, size, {_LINE}):
        print(str(binascii.b2a_base64(seen(value, size)[at : at + {_LINE}]), "ascii"), end="")

def call(function, given, placed, buffers):
    gc.collect()
    print(repr(function(*given)))
    print([address(each) for each in placed])
    for value, size in buffers:
        if size:
            show(value, size)
"""


class Buffer(NamedTuple):
    """A buffer that a call can change."""

    name: str
    """Where it stands in the call: `words`, `both[1]`."""
    value: bytearray | array[Any]
    variable: str
    """What it is called on the board."""

    @property
    def size(self) -> int:
        return len(self.value) * (self.value.itemsize if isinstance(self.value, array) else 1)

    @property
    def bytes(self) -> bytes:
        return bytes(self.value)


class Answer(NamedTuple):
    """What a call left on the board."""

    result: object
    addresses: tuple[int, ...]
    """Of the arguments that have one, in order."""
    contents: tuple[bytes, ...]
    """Of the buffers, in order."""


def data_text(variable: str, data: bytes) -> Iterator[str]:
    """Pieces that make a bytearray."""
    yield f"{variable} = bytearray({len(data)})"
    for at in range(0, len(data), CHUNK):
        part = data[at : at + CHUNK]
        if any(part):
            yield f"put({variable}, {at}, b{b64encode(part).decode()!r})"


def together(pieces: Iterable[str]) -> Iterator[str]:
    """The same pieces in fewer texts: each costs a board the same again."""
    text = ""
    for piece in pieces:
        if text and len(text) + len(piece) > 2 * CHUNK:
            yield text
            text = ""
        text += piece + "\n"
    if text:
        yield text


class Arguments:
    """The arguments of a call as the board gets them; a value that stands twice is one there."""

    def __init__(self, values: Sequence[Any], names: Sequence[str], prefix: str) -> None:
        """`names` are those of the parameters; `prefix` starts every variable on the board."""
        self._prefix = prefix
        self._variables: dict[int, str] = {}
        self.pieces: list[str] = []
        """What makes them."""
        self.buffers: list[Buffer] = []
        self.given = [self._made(value, name) for value, name in zip(values, names)]
        """An expression for each argument."""
        self.placed = [
            (index, text) for index, (value, text) in enumerate(zip(values, self.given))
            if isinstance(value, (bytearray, bytes, array, str)) and len(value)
        ]  # fmt: skip
        """Index and expression of those that have an address."""

    def _made(self, value: Any, name: str) -> str:
        if value is None or isinstance(value, (bool, int, float)):
            return repr(value)
        if id(value) not in self._variables:
            # Ahead of its items: no literal holds itself.
            variable = f"{self._prefix}{len(self._variables)}"
            self._variables[id(value)] = variable
            self._make(value, name, variable)
        return self._variables[id(value)]

    def _make(self, value: Any, name: str, variable: str) -> None:
        if isinstance(value, (list, tuple)):
            items = [self._made(item, f"{name}[{at}]") for at, item in enumerate(value)]
            kind = "list" if isinstance(value, list) else "tuple"
            self.pieces.append(f"{variable} = {kind}([{', '.join(items)}])")
            return
        raw = value.encode() if isinstance(value, str) else bytes(value)
        self.pieces += data_text(variable, raw)
        if isinstance(value, str):
            self.pieces.append(f'{variable} = str({variable}, "utf8")')
        elif isinstance(value, bytes):
            self.pieces.append(f"{variable} = bytes({variable})")
        elif isinstance(value, array):
            code = _TYPE_CODES.get((value.typecode, value.itemsize), value.typecode)
            self.pieces.append(f"{variable} = array({code!r}, {variable})")
        if isinstance(value, (bytearray, array)):
            self.buffers.append(Buffer(name, value, variable))

    @property
    def variables(self) -> list[str]:
        """What stands on the board."""
        return list(self._variables.values())

    def call(self, function: str) -> str:
        """What makes a call, and prints what it left."""
        buffers = ", ".join(f"({each.variable}, {each.size})" for each in self.buffers)
        placed = ", ".join(text for _, text in self.placed)
        given = ", ".join(self.given)
        return f"call({function}, [{given}], [{placed}], [{buffers}])"

    def answer(self, printed: str) -> Answer:
        """What such a call printed. Raises ValueError for something else."""
        lines = printed.split("\n")
        try:
            result: object = ast.literal_eval(lines[0])
        except (ValueError, SyntaxError):
            result = Shown(lines[0])
        addresses = ast.literal_eval(lines[1]) if len(lines) > 1 else None
        contents, at = [], 2
        for buffer in self.buffers:
            count = -(-buffer.size // _LINE)
            contents.append(b"".join(map(b64decode, lines[at : at + count])))
            at += count
            if len(contents[-1]) != buffer.size:
                raise ValueError(printed[:80])
        if not isinstance(addresses, list):
            raise ValueError(printed[:80])
        return Answer(result, tuple(addresses), tuple(contents))


class Shown(str):
    """The repr of an object of the board that is no literal."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


_TYPE_CODES = {("l", 8): "q", ("L", 8): "Q"}
"""Type codes whose items are of another size on a board → those whose items are of the same."""
