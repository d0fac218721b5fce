"""Directives of GNU as that put bytes into a section, or leave room for some.

Input: a directive with its operands, and the `Builder`. Output: items.
Source: Using as, 7 (Assembler Directives) and gas/read.c.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from asm_rv32.importing.halves import halves
from asm_rv32.importing.items import Align, Data, Mark, Origin, Remark, Space
from asm_rv32.importing.operands import parted
from asm_rv32.importing.values import (
    WORD,
    Expression,
    Number,
    ValueFault,
    names,
    parse_all,
)

if TYPE_CHECKING:
    from asm_rv32.importing.sections import Builder

BYTES_OF = {
    ".byte": 1, ".dc.b": 1, ".half": 2, ".hword": 2, ".short": 2, ".2byte": 2, ".dc.w": 2,
    ".dc": 2,
    ".word": 4, ".long": 4, ".int": 4, ".4byte": 4, ".dc.a": 4, ".dc.l": 4, ".quad": 8,
    ".dword": 8, ".8byte": 8,
}  # fmt: skip
_LETTERS = {"": 2, ".b": 1, ".w": 2, ".l": 4}
_FLOATS = {".float": "<f", ".single": "<f", ".double": "<d"}
_STRING = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]+)|(.))", re.DOTALL)
_CONTROLS = {"b": 8, "t": 9, "n": 10, "f": 12, "r": 13}
_FILL_LIMIT = 16 << 20

Directive = Callable[["Builder", str], None]


def _data(builder: Builder, rest: str, size: int) -> None:
    values: list[Expression | bytes] = []
    comment: str | None = None
    for part in parted(rest):
        found = parse_all(part or "0")
        if "." in names(found):
            # The place is that of the value itself.
            if values:
                builder.add(Data(min(size, 4), tuple(values)), "")
                values = []
            builder.hidden.pop(builder.index, None)
        resolved = builder.present(found)
        values += [resolved] if size < 8 else halves(resolved)
    builder.add(Data(min(size, 4), tuple(values)), comment)


def _floats(builder: Builder, rest: str, form: str) -> None:
    values: list[Expression | bytes] = []
    for part in parted(rest):
        text = re.sub(r"^0[a-zA-Z](?=[-+.\d])", "", part)
        try:
            packed = struct.pack(form, float(text))
        except (ValueError, OverflowError):
            raise ValueFault(f"{part[:20]!r} is no such number") from None
        words = [int.from_bytes(packed[at : at + 4], "little") for at in range(0, len(packed), 4)]
        values += [Number(word, f"{word:#010x}") for word in words]
    said = builder.statement.comment or rest.strip()
    builder.add(Data(4, tuple(values)), said)


def string(text: str) -> bytes:
    """The bytes of strings, one behind the other or parted by blanks. Raises ValueFault."""
    found, at = b"", 0
    while at < len(text):
        match = _STRING.match(text, at)
        if match is None:
            raise ValueFault(f"{text[at:].strip()[:20]!r} is no string")
        found += _unescaped(match[1])
        at = match.end()
    return found


def _unescaped(text: str) -> bytes:
    parts, at = b"", 0
    for match in _ESCAPE.finditer(text):
        parts += text[at : match.start()].encode()
        octal, hexadecimal, other = match.groups()
        if octal:
            parts += bytes([int(octal, 8) & 0xFF])
        elif hexadecimal:
            parts += bytes([int(hexadecimal[-2:], 16)])
        elif other in _CONTROLS:
            parts += bytes([_CONTROLS[other]])
        elif other == "\n":
            parts += b"\\n"  # GNU as writes the end of the line as an escape first
        else:
            parts += other.encode()
        at = match.end()
    return parts + text[at:].encode()


def _strings(end: bytes, size: int = 1) -> Callable[[Builder, str], None]:
    def directive(builder: Builder, rest: str) -> None:
        texts = [string(part) + end for part in parted(rest)]
        if size > 1:
            texts = [b"".join(byte.to_bytes(size, "little") for byte in text) for text in texts]
        builder.add(Data(1, tuple(texts)))

    return directive


def _leb(is_signed: bool) -> Callable[[Builder, str], None]:
    def directive(builder: Builder, rest: str) -> None:
        values: list[Expression | bytes] = []
        for part in parted(rest):
            value = builder.number(part)
            if not is_signed:
                value %= WORD
            more = True
            while more:
                byte, value = value & 0x7F, value >> 7
                last = value in ((0 if not byte & 0x40 else -1,) if is_signed else (0,))
                more = not last and len(values) < _FILL_LIMIT
                byte |= 0x80 if more else 0
                values.append(Number(byte, f"{byte:#04x}"))
        builder.add(Data(1, tuple(values)), builder.statement.comment or rest.strip())

    return directive


def _space(builder: Builder, rest: str) -> None:
    size, *fill = parted(rest) or ["0"]
    value = builder.number(fill[0]) & 0xFF if fill and fill[0] else 0
    builder.add(Space(builder.expression(size), value))


def _fill(builder: Builder, rest: str) -> None:
    given = [builder.number(part) for part in parted(rest)]
    count, size, value = (*given, *(0, 1, 0)[len(given) :])[:3]
    size = min(size, 8)
    if count <= 0 or size <= 0:
        return
    if value == 0:
        builder.add(Space(Number(count * size, str(count * size)), 0))
        return
    if count * size > _FILL_LIMIT:
        raise ValueFault(f"more than {_FILL_LIMIT} bytes")
    value &= 0xFFFF_FFFF
    if size in (1, 2, 4):
        value %= 1 << 8 * size
        builder.add(Data(size, (Number(value, str(value)),) * count))
    else:
        builder.add(Data(1, (value.to_bytes(max(size, 4), "little")[:size] * count,)))


def _octa(builder: Builder, rest: str) -> None:
    values: list[Expression | bytes] = []
    for part in parted(rest):
        found = parse_all(part)
        value = found.value if isinstance(found, Number) else builder.number(part)
        values += [Number(word, f"{word:#x}") for word in
                   (value >> shift & 0xFFFF_FFFF for shift in (0, 32, 64, 96))]  # fmt: skip
    builder.add(Data(4, tuple(values)))


def _blocks(builder: Builder, rest: str, size: int) -> None:
    """`.dcb`: a value so many times."""
    count, *value = parted(rest)
    _fill(builder, f"{count}, {size}, {value[0] if value else 0}")


def _room(builder: Builder, rest: str, size: int) -> None:
    """`.ds`: room for so many values."""
    _blocks(builder, parted(rest)[0], size)


def _align(is_power: bool, unit: int = 1) -> Callable[[Builder, str], None]:
    def directive(builder: Builder, rest: str) -> None:
        parts = [*parted(rest), "", "", ""][:3]
        number = builder.number(parts[0] or "0")
        if is_power and not 0 <= number <= 16:
            raise ValueFault(f"an alignment is 2 to the power of 0 to 16, not {number}")
        multiple = 1 << number if is_power else max(number, 1)
        if multiple & (multiple - 1):
            raise ValueFault(f"an alignment is a power of two, not {multiple}")
        fill = builder.number(parts[1]) & (1 << 8 * unit) - 1 if parts[1] else None
        limit = builder.number(parts[2]) if parts[2] else 0
        if limit and limit >= multiple - 1:
            limit = 0
        if multiple > 1:
            builder.add(Align(multiple, fill, limit, unit))
        elif builder.statement.comment:
            builder.add(Remark(builder.statement.comment), "")

    return directive


def _origin(builder: Builder, rest: str) -> None:
    offset, *fill = parted(rest) or ["0"]
    place = builder.expression(offset)
    stands = any(not isinstance(item.content, (Mark, Remark)) for item in builder.current.items)
    if stands or not isinstance(place, Number) or place.value:
        builder.add(Origin(place, builder.number(fill[0]) & 0xFF if fill else 0))


DIRECTIVES: dict[str, Directive] = {
    **{name: partial(_data, size=size) for name, size in BYTES_OF.items()},
    **{name: partial(_floats, form=form) for name, form in _FLOATS.items()},
    ".ascii": _strings(b""),
    ".asciz": _strings(b"\0"),
    **{f".string{bits}": _strings(b"\0", bits // 8) for bits in (8, 16, 32)},
    ".string": _strings(b"\0"),
    ".octa": _octa,
    **{f".dcb{letter}": partial(_blocks, size=size) for letter, size in _LETTERS.items()},
    **{f".ds{letter}": partial(_room, size=size) for letter, size in _LETTERS.items()},
    ".zero": _space,
    ".skip": _space,
    ".space": _space,
    ".fill": _fill,
    ".org": _origin,
    ".uleb128": _leb(False),
    ".sleb128": _leb(True),
    ".align": _align(True),
    ".p2align": _align(True),
    ".balign": _align(False),
    **{f".p2align{letter}": _align(True, size) for letter, size in (("w", 2), ("l", 4))},
    **{f".balign{letter}": _align(False, size) for letter, size in (("w", 2), ("l", 4))},
}
