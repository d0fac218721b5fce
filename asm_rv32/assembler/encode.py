"""From placed fragments to bytes.

Input: fragments with their forms chosen and addresses set, and the address of every label.
Output: the code, and one `Entry` for each instruction or run of data.
Invariant: a form's bytes are its size; alignment inside code is filled with instructions that do
nothing, alignment of data with zeros.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from asm_rv32.assembler.ir import HERE, NOWHERE, Form, Fragment, Piece
from asm_rv32.basis.diagnostics import Span
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.image import WORD_FIELD, Entry, Relocation
from asm_rv32.isa.rows import lower_part, upper_part

FORMS_KEPT = 20_000
"""Forms whose bytes are remembered: most come again soon."""
NOP = (0x00000013).to_bytes(4, "little")
C_NOP = (0x0001).to_bytes(2, "little")


class Encoded(NamedTuple):
    """Placed fragments as bytes."""

    code: bytes
    entries: list[Entry]
    relocations: list[Relocation]


def encode(
    fragments: list[Fragment],
    labels: list[int],
    compressed: bool,
    nop_fill: bool,
    outside: Mapping[int, tuple[str, int]] = {},
) -> Encoded:
    """The code and its entries; `labels` holds the fragment behind each label.

    `compressed` tells whether two-byte instructions may fill a gap. `outside`: the fragments, by
    index, whose target another object has: its symbol, and bytes to add to it.
    """
    chunks: list[bytes] = []
    entries: list[Entry] = []
    relocations: list[Relocation] = []
    remembered = lru_cache(maxsize=FORMS_KEPT)(_bytes)
    end = sum([f.size for f in fragments])
    in_code = True

    def to(label: int) -> int:
        at = labels[label]
        return fragments[at].address if at < len(fragments) else end

    for index, f in enumerate(fragments):
        address = f.address
        span = Span(f.start, f.end)
        if f.alignment:
            if f.size:
                # What lies between functions belongs to none of them.
                with_code = in_code and nop_fill and f.start < f.end
                _fill(f.size, address, span, with_code, compressed, chunks, entries)
            continue
        form = f.forms[f.choice]
        pieces = form.pieces
        value = 0
        if f.target >= 0:
            value = to(f.target) + f.addend
            if f.origin == HERE:
                value -= address
            elif f.origin >= 0:
                value -= to(f.origin)
            else:
                relocations += _relocations(f, "", value)
        elif index in outside:
            upper = to(f.origin) if f.origin >= 0 else address
            relocations += _relocations(f, *outside[index], upper)
        if not pieces:
            if form.size:
                mask = (1 << (8 * form.size)) - 1
                chunks.append(
                    (value & mask).to_bytes(form.size, "little") if form.field else form.data
                )
                entries.append(Entry(address, form.size, span, False))
                in_code = False
            continue
        in_code = True
        if f.target >= 0:
            chunks.append(_bytes(form, value))
        else:
            chunks.append(remembered(form))
        for piece in pieces:
            size = piece.row.size
            entries.append(Entry(address, size, span, True))
            address += size
    return Encoded(b"".join(chunks), entries, relocations)


def _relocations(f: Fragment, symbol: str, value: int, upper: int = 0) -> list[Relocation]:
    """What of a placed fragment hangs on a place that is not known yet.

    `upper`: address of the instruction that has the upper part which a lower one completes.
    """
    if f.form.field:
        return [Relocation(f.address, WORD_FIELD, symbol, value, f.form.field)]
    found = []
    address = f.address
    for piece in f.form.pieces:
        if piece.target >= 0:
            kind = piece.part if f.origin == NOWHERE else f"pcrel_{piece.part}"
            if kind == "pcrel_hi":
                upper = address
            what = upper if kind == "pcrel_lo" else value
            found.append(Relocation(address, kind, symbol, what, piece.target))
        address += piece.row.size
    return found


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
