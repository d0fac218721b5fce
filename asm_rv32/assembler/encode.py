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


class _Places:
    """Where labels are: at the fragments behind them."""

    __slots__ = ("end", "fragments", "labels")

    def __init__(self, fragments: list[Fragment], labels: list[int]) -> None:
        self.fragments = fragments
        self.labels = labels
        self.end = sum([f.size for f in fragments])

    def address(self, label: int) -> int:
        at = self.labels[label]
        return self.fragments[at].address if at < len(self.fragments) else self.end

    def value(self, f: Fragment) -> int:
        """The number that stands in a fragment: from its origin to its target, and its addend."""
        value = self.address(f.target) + f.addend
        if f.origin == HERE:
            return value - f.address
        return value if f.origin == NOWHERE else value - self.address(f.origin)


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
    places = _Places(fragments, labels)
    in_code = True
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
        value = 0
        if f.target >= 0:
            value = places.value(f)
            if f.origin == NOWHERE:
                relocations += _relocations(f, "", value)
        elif index in outside:
            upper = places.address(f.origin) if f.origin >= 0 else address
            relocations += _relocations(f, *outside[index], upper)
        if form.pieces:
            in_code = True
            chunks.append(_bytes(form, value) if f.target >= 0 else remembered(form))
            for piece in form.pieces:
                size = piece.row.size
                entries.append(Entry(address, size, span, True))
                address += size
        elif form.size:
            in_code = False
            chunks.append(_word(value, form.size) if form.field else form.data)
            entries.append(Entry(address, form.size, span, False))
    return Encoded(b"".join(chunks), entries, relocations)


def _word(value: int, size: int) -> bytes:
    """The low bytes of a number, so many."""
    return (value & ((1 << (8 * size)) - 1)).to_bytes(size, "little")


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
