"""From Python's values to words and memory, and back: MicroPython's calling rules.

Input: the arguments of a call. Output: `Arguments`, their words with the memory that these
point into; after the call, the result as a Python value and the buffers that changed.
Invariant: the code sees copies; a caller's buffer changes only in `Arguments.write_back`.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.image import FLOAT, NOTHING
from asm_rv32.machine.memory import ALIGNMENT, LAYOUT, OBJECTS, Layout, Region, place

WORD = 0xFFFF_FFFF
REGION_LIMIT = 1000
"""So many texts, buffers and lists the arguments of a call may hold, those in lists included: to
map them takes unicorn the square of their number."""
IMMEDIATE_OBJECTS: dict[int, object] = {0x06: None, 0x0E: False, 0x1E: True}
"""MicroPython's words for the objects that have no address (py/obj.h, representation A)."""


class Arguments:
    """The words of a call and the memory behind them; holds the buffers until `release`."""

    def __init__(
        self,
        values: Sequence[object],
        names: Sequence[str] = (),
        known: Mapping[int, int] = MappingProxyType({}),
        layout: Layout = LAYOUT,
    ) -> None:
        """Convert the arguments of a call. `known`: `id` of an object that stands in the program →
        its address. `layout`: where the memory behind them is to stand.

        int → its low 32 bits; None and False → 0, True → 1; float → truncated to an int; str → the
        address of its UTF-8 bytes and a NUL; tuple, list → the address of its items' words; an
        object with the buffer protocol → the address of its bytes, shared where two arguments
        share them; any other object with `__index__` → that int; else a handle. `names` are
        those of the parameters, for messages. Read-only: str, tuple, list, read-only buffers.

        Raises BufferError for a buffer that is not C-contiguous, MemoryError for too much of it
        and for more regions than REGION_LIMIT.
        """
        self._views: list[memoryview] = []
        self.regions: tuple[Region, ...] = ()
        self._texts: Mapping[int, bytes] = {}
        self._sequences: Mapping[int, bytes] = {}
        self._buffers: list[list[_Placed]] = []
        self._order: list[int] = []
        try:
            self._convert(values, names, known, layout)
        except BaseException:
            self.release()
            raise

    def _convert(
        self, values: Sequence[object], names: Sequence[str], known: Mapping[int, int],
        layout: Layout,
    ) -> None:  # fmt: skip
        found = self._objects(values, names, known)
        self._handles, self._kept = found.handles, found.kept
        if found.titles:
            self._lay_out(found, layout)
        words = found.words
        self.words = tuple([_word(value, words) for value in values])

    def _lay_out(self, found: _Objects, layout: Layout) -> None:
        """Give those their places that take memory."""
        texts, sequences, buffers, titles, words, _, _ = found
        groups = _overlapping(buffers)
        sizes = {key: len(text) for key, text in texts.items()}
        sizes.update({key: 4 * len(items) for key, items in sequences.items()})
        sizes.update({keys[0]: _extent(keys, buffers) for keys in groups})
        order = [key for key in titles if key in sizes]
        addresses = dict(zip(order, place([sizes[key] for key in order], layout)))
        shared = {keys[0]: keys for keys in groups}
        for key in order:
            words[key] = addresses[key]
            for other in shared.get(key, ()):
                words[other] = addresses[key] + buffers[other].start - buffers[key].start
        writable = {
            key for key, keys in shared.items()
            if not all(buffers[other].view.readonly for other in keys)
        }  # fmt: skip
        self.regions = tuple(
            [Region(addresses[key], sizes[key], key in writable, titles[key]) for key in order]
        )
        self._texts = texts
        self._sequences = {
            key: b"".join(_word(item, words).to_bytes(4, "little") for item in items)
            for key, items in sequences.items()
        }
        self._buffers = [
            [_Placed(words[other], buffers[other]) for other in shared.get(key, ())]
            for key in order
        ]
        self._order = order

    def _objects(
        self, values: Sequence[object], names: Sequence[str], known: Mapping[int, int]
    ) -> _Objects:
        """What the arguments and the items of lists are, each object once."""
        found = _Objects({}, {}, {}, {}, {}, {}, [])
        texts, sequences, buffers, titles, words, handles, kept = found
        seen: set[int] = set()
        queue = [(value, _title(names, at)) for at, value in _unseen(values, seen)]
        for value, title in queue:
            key = id(value)
            kept.append(value)
            if key in known:
                words[key] = known[key]
            elif isinstance(value, str):
                texts[key] = value.encode() + b"\0"
                titles[key] = f"{title} (str, {len(texts[key]) - 1} bytes and a NUL)"
            elif isinstance(value, (tuple, list)):
                items = list(value)
                sequences[key] = items
                titles[key] = f"{title} ({type(value).__name__}, {len(items)} words)"
                queue.extend((item, f"{title}[{at}]") for at, item in _unseen(items, seen))
            elif (buffer := self._acquire(value)) is not None:
                buffers[key] = buffer
                titles[key] = f"{title} ({type(value).__name__}, {buffer.size} bytes)"
            elif hasattr(type(value), "__index__"):
                words[key] = value.__index__() & WORD  # type: ignore[attr-defined]
            else:
                words[key] = OBJECTS + len(handles) * ALIGNMENT
                handles[words[key]] = value
            if len(titles) > REGION_LIMIT:
                raise MemoryError(f"more than {REGION_LIMIT} texts, buffers and lists in arguments")
        return found

    def _acquire(self, value: object) -> _Buffer | None:
        try:
            view = memoryview(value)  # type: ignore[arg-type]
        except TypeError:
            return None
        self._views.append(view)
        if view.ndim == 0 and hasattr(type(value), "__index__"):
            return None
        if not view.c_contiguous:
            raise BufferError(f"{type(value).__name__}: underlying buffer is not C-contiguous")
        return _Buffer.of(view)

    def contents(self) -> list[bytes]:
        """The bytes of each region, as they are now."""
        found = []
        for key, placed, region in zip(self._order, self._buffers, self.regions):
            if placed:
                content = bytearray(region.size)
                for address, buffer in placed:
                    at = address - region.address
                    content[at : at + buffer.size] = buffer.bytes
                found.append(bytes(content))
            else:
                found.append(self._texts.get(key, self._sequences.get(key, b"")))
        return found

    def write_back(self, contents: Sequence[bytes]) -> None:
        """Store what the code left of each region into the caller's buffers."""
        for placed, region, content in zip(self._buffers, self.regions, contents):
            for address, buffer in placed:
                if buffer.size and not buffer.view.readonly:
                    at = address - region.address
                    buffer.bytes[:] = content[at : at + buffer.size]

    def object_at(self, word: int) -> object:
        """The Python object that a word stands for: a handle's, a small int, None, a bool.

        Raises KeyError where the word is none of these.
        """
        if word & 1:
            return signed(word) >> 1
        if word in self._handles:
            return self._handles[word]
        return IMMEDIATE_OBJECTS[word]

    def release(self) -> None:
        """Let go of the caller's buffers, which can then be resized again."""
        while self._views:
            self._views.pop().release()


class _Buffer(NamedTuple):
    """The memory of an object with the buffer protocol, in the host."""

    view: memoryview
    start: int
    size: int
    bytes: memoryview
    """The same memory as plain bytes, whatever the format of the view."""

    @classmethod
    def of(cls, view: memoryview) -> _Buffer:
        found = _PyBuffer()
        api = ctypes.pythonapi
        api.PyObject_GetBuffer(ctypes.py_object(view), ctypes.byref(found), 0)
        start, size = found.buf or 0, found.len
        api.PyBuffer_Release(ctypes.byref(found))
        if size == 0:
            return cls(view, start, 0, memoryview(b""))
        flags = 0x100 if view.readonly else 0x200  # PyBUF_READ, PyBUF_WRITE
        return cls(view, start, size, _from_memory(start, size, flags))


class _Objects(NamedTuple):
    """The objects among the arguments of a call, by their `id`: one that is passed twice stands
    in memory once."""

    texts: dict[int, bytes]
    sequences: dict[int, list[object]]
    buffers: dict[int, _Buffer]
    titles: dict[int, str]
    """Of those three, for messages; in order."""
    words: dict[int, int]
    """Of what is no memory; of that, once it is placed."""
    handles: dict[int, object]
    """Word → object."""
    kept: list[object]
    """All of them, so that nothing else gets their `id`."""


class _Placed(NamedTuple):
    address: int
    buffer: _Buffer


class _PyBuffer(ctypes.Structure):
    """`Py_buffer` of the stable C interface (Include/pybuffer.h)."""

    _fields_ = [
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.c_void_p),
        ("len", ctypes.c_ssize_t),
        ("rest", ctypes.c_void_p * 8),
    ]


_from_memory = ctypes.pythonapi.PyMemoryView_FromMemory
_from_memory.restype = ctypes.py_object
_from_memory.argtypes = [ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_int]


def _overlapping(buffers: Mapping[int, _Buffer]) -> list[list[int]]:
    """Buffers in groups that share memory; the first of a group starts lowest."""
    groups: list[list[int]] = []
    end = 0
    for key in sorted(buffers, key=lambda key: buffers[key].start):
        buffer = buffers[key]
        if not buffer.size:
            continue
        if buffer.start < end:
            groups[-1].append(key)
        else:
            groups.append([key])
        end = max(end, buffer.start + buffer.size)
    return groups + [[key] for key in buffers if not buffers[key].size]


def _extent(keys: Sequence[int], buffers: Mapping[int, _Buffer]) -> int:
    return max(buffers[key].start + buffers[key].size for key in keys) - buffers[keys[0]].start


def _unseen(values: Sequence[object], seen: set[int]) -> Iterator[tuple[int, object]]:
    """Place and value of all that are no plain numbers and not in `seen`, to which they go."""
    for at, value in enumerate(values):
        if not isinstance(value, (int, float, type(None))) and id(value) not in seen:
            seen.add(id(value))
            yield at, value


def _title(names: Sequence[str], index: int) -> str:
    return f"argument {names[index]!r}" if index < len(names) else f"argument {index}"


def _word(value: object, words: Mapping[int, int]) -> int:
    if value is None:
        return 0
    if isinstance(value, (int, float)):
        return int(value) & WORD
    return words[id(value)]


def signed(word: int) -> int:
    """A 32-bit word read as two's complement."""
    return word - ((word & 0x8000_0000) << 1)


def result_of(word: int, returns: str, arguments: Arguments) -> object:
    """The result of a call from the word in a0; `returns` is `Image.returns`.

    Raises KeyError where the kind is "object" and the word stands for none.
    """
    if returns == NOTHING:
        return None
    if returns == "object":
        return arguments.object_at(word)
    if returns == "bool":
        return word != 0
    if returns == FLOAT:
        return float_of(word)
    return word if returns == "uint" else signed(word)


def with_floats(
    values: Sequence[object], names: Sequence[str], floats: Sequence[int]
) -> Sequence[object]:
    """The values of a call, with the bits of binary32 in the place of those at the indices
    `floats`. Raises TypeError for one that is no number."""
    if not floats:
        return values
    given = list(values)
    for index in floats:
        value = given[index]
        if not isinstance(value, (int, float)):
            kind = type(value).__name__
            raise TypeError(f"argument {names[index]!r} is annotated float, and is given a {kind}")
        given[index] = float_bits(value)
    return given


def float_bits(value: float) -> int:
    """The word of the number in binary32 that is nearest, ties to even."""
    try:
        return int.from_bytes(struct.pack("<f", value), "little")
    except OverflowError:  # it rounds to infinity
        return 0x7F80_0000 if value > 0 else 0xFF80_0000


def float_of(word: int) -> float:
    """The number that a word in binary32 is."""
    found: float = struct.unpack("<f", word.to_bytes(4, "little"))[0]
    return found


def check_count(name: str, parameters: Sequence[str], given: int) -> None:
    """Raise the TypeError that Python raises when the number of arguments does not match."""
    wanted = len(parameters)
    if given == wanted:
        return
    if given > wanted:
        plural = "" if wanted == 1 else "s"
        were = "was" if given == 1 else "were"
        raise TypeError(
            f"{name}() takes {wanted} positional argument{plural} but {given} {were} given"
        )
    missing = [repr(parameter) for parameter in parameters[given:]]
    plural = "" if len(missing) == 1 else "s"
    comma = "," if len(missing) > 2 else ""
    listed = ", ".join(missing[:-1]) + f"{comma} and " if len(missing) > 1 else ""
    raise TypeError(
        f"{name}() missing {len(missing)} required positional argument{plural}: "
        f"{listed}{missing[-1]}"
    )
