"""Intel hex: machine code as text records.

Input: functions, or the text of a file of any origin. Output: a file; or its blocks of bytes.
Invariants: every record has 16 bytes or fewer, and its checksum; reading back what was written
gives the same bytes; a wrong file raises `HexError` with the line.
Source: Intel, Hexadecimal Object File Format Specification, revision A, 1988.
"""

from __future__ import annotations

from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.formats.joined import joined
from asm_rv32.formats.layout import program

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module

DATA, END, SEGMENT, SEGMENT_START, LINEAR, LINEAR_START = range(6)
_LENGTH = 16
_LENGTHS = {END: 0, SEGMENT: 2, SEGMENT_START: 4, LINEAR: 2, LINEAR_START: 4}


class HexError(ValueError):
    """A file is not Intel hex; the text names the line."""


def write(module: Module, whole: bool, base: int = 0) -> bytes:
    """The functions and what they need as records from the address `base` on."""
    code = program(module, lambda alignment: base).code
    return records(code, base).encode("ascii")


def records(code: bytes, base: int = 0) -> str:
    """The records of bytes that start at an address, with the one that ends the file."""
    lines = []
    upper = 0
    at = base
    while at < base + len(code):
        if at >> 16 != upper:
            upper = at >> 16
            lines.append(_record(LINEAR, 0, upper.to_bytes(2, "big")))
        end = min(at + _LENGTH, (at | 0xFFFF) + 1)
        lines.append(_record(DATA, at & 0xFFFF, code[at - base : end - base]))
        at = end
    lines.append(_record(END, 0, b""))
    return "\n".join(lines) + "\n"


def _record(kind: int, address: int, data: bytes) -> str:
    body = bytes((len(data), address >> 8, address & 0xFF, kind)) + data
    return f":{body.hex().upper()}{-sum(body) & 0xFF:02X}"


def read(text: bytes) -> list[tuple[int, bytes]]:
    """The bytes of a file in blocks without gaps, each with its address, in ascending order.

    Raises HexError.
    """
    blocks: list[tuple[int, bytearray]] = []
    base = 0
    for number, line in enumerate(text.split(b"\n"), 1):
        line = line.strip()
        if not line:
            continue
        kind, address, data = _parse(line, number)
        if kind == END:
            try:
                return joined((at, bytes(data)) for at, data in blocks)
            except ValueError as error:
                raise HexError(str(error)) from None
        if kind == SEGMENT:
            base = int.from_bytes(data, "big") << 4
        elif kind == LINEAR:
            base = int.from_bytes(data, "big") << 16
        elif kind == DATA:
            at = base + address
            if at + len(data) > 1 << 32:
                raise HexError(f"line {number}: an address exceeds 32 bits")
            if blocks and blocks[-1][0] + len(blocks[-1][1]) == at:
                blocks[-1][1].extend(data)
            else:
                blocks.append((at, bytearray(data)))
    raise HexError("the record that ends the file (:00000001FF) is missing")


def _parse(line: bytes, number: int) -> tuple[int, int, bytes]:
    try:
        if line[:1] != b":":
            raise ValueError
        body = bytes.fromhex(line[1:].decode("ascii"))
    except ValueError:
        raise HexError(f"line {number}: not a record of an Intel hex file") from None
    if len(body) < 5 or len(body) != body[0] + 5:
        raise HexError(f"line {number}: the record's length does not match its first byte")
    if sum(body) & 0xFF:
        right = -sum(body[:-1]) & 0xFF
        raise HexError(f"line {number}: the checksum is {body[-1]:02X}, should be {right:02X}")
    kind, data = body[3], body[4:-1]
    if kind > LINEAR_START or len(data) != _LENGTHS.get(kind, len(data)):
        raise HexError(f"line {number}: no such record: type {kind} with {len(data)} bytes")
    return kind, body[1] << 8 | body[2], data
