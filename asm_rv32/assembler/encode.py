"""From placed fragments to bytes.

Input: fragments with their forms chosen and addresses set, and the address of every label.
Output: the code, and one `Entry` for each instruction or run of data.
Invariant: a form's bytes are its size; alignment inside code is filled with instructions that do
nothing, alignment of data with zeros.
"""

from __future__ import annotations

from functools import lru_cache

from asm_rv32.assembler.ir import Form, Fragment, Piece
from asm_rv32.basis.diagnostics import Span
from asm_rv32.isa.image import Entry
from asm_rv32.isa.rows import lower_part, upper_part

FORMS_KEPT = 20_000
"""Forms whose bytes are remembered: most come again soon."""
NOP = (0x00000013).to_bytes(4, "little")
C_NOP = (0x0001).to_bytes(2, "little")


def encode(
    fragments: list[Fragment], labels: list[int], compressed: bool, nop_fill: bool
) -> tuple[bytes, list[Entry]]:
    """The code and its entries; `labels` holds the fragment behind each label.

    There is one behind each label that is gone to: the appended return, if nothing else.
    `compressed` tells whether two-byte instructions may fill a gap.
    """
    chunks: list[bytes] = []
    entries: list[Entry] = []
    remembered = lru_cache(maxsize=FORMS_KEPT)(_bytes)
    in_code = True
    for f in fragments:
        address = f.address
        span = Span(f.start, f.end)
        if f.alignment:
            if f.size:
                _fill(f.size, address, span, in_code and nop_fill, compressed, chunks, entries)
            continue
        form = f.forms[f.choice]
        pieces = form.pieces
        if not pieces:
            if form.size:
                chunks.append(form.data)
                entries.append(Entry(address, form.size, span, False))
                in_code = False
            continue
        in_code = True
        if f.target >= 0:
            to = fragments[labels[f.target]].address
            chunks.append(_bytes(form, to - address))
        else:
            chunks.append(remembered(form))
        for piece in pieces:
            size = piece.row.size
            entries.append(Entry(address, size, span, True))
            address += size
    return b"".join(chunks), entries


def _bytes(form: Form, displacement: int = 0) -> bytes:
    return b"".join([_piece(piece, displacement) for piece in form.pieces])


def _piece(piece: Piece, displacement: int) -> bytes:
    row, values, target, part, anchor = piece
    if target >= 0:
        distance = displacement - anchor
        if part:
            distance = upper_part(distance) if part == "hi" else lower_part(distance)
        values = (*values[:target], distance, *values[target + 1 :])
    return row.encode(values).to_bytes(row.size, "little")


def _fill(
    size: int, address: int, span: Span, with_code: bool, compressed: bool, chunks: list[bytes],
    entries: list[Entry],
) -> None:  # fmt: skip
    unit = 2 if compressed else 4
    if not with_code or size % unit:
        chunks.append(bytes(size))
        entries.append(Entry(address, size, span, False))
        return
    fill = ([C_NOP] if size % 4 else []) + [NOP] * (size // 4)
    for instruction in fill:
        chunks.append(instruction)
        entries.append(Entry(address, len(instruction), span, True))
        address += len(instruction)
