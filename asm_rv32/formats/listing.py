"""The listing: address, bytes, disassembly and source line of everything in an image.

Input: an `Image`. Output: its lines as values, or as text.
Invariant: the bytes of the lines, in order, are the image's code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from asm_rv32.basis.diagnostics import harmless
from asm_rv32.isa.decode import decode
from asm_rv32.isa.image import Image
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.text import data_chunks, data_text, text

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module

_SHOWN_BYTES = 16


class ListingLine(NamedTuple):
    """One instruction, or a piece of data."""

    address: int
    data: bytes
    text: str
    line: int
    """Of the source, counted from 1."""
    is_code: bool


def write(module: Module, whole: bool) -> bytes:
    """The listings of the functions, an empty line between them; of those that need one another,
    as one program."""
    if module.is_linked:
        return listing(module.program()).encode()
    return "\n".join(listing(image) for image in module.functions.values()).encode()


def label_names(image: Image) -> dict[int, str]:
    """Offset → label; of several labels at one place, the first."""
    names: dict[int, str] = {}
    for name, offset in image.symbols.items():
        names.setdefault(offset, name)
    return names


def lines(image: Image, syntax: str = "asm_rv32") -> Iterator[ListingLine]:
    """Everything in the image, in order; long data in pieces."""
    instructions = instruction_set(image.isa)
    labels = label_names(image)
    code = image.code
    known: dict[int, Instruction | None] = {}
    for entry in image.entries:
        line = image.source_at(entry.address).locate(entry.span.start)[0]
        start, end = entry.address, entry.address + entry.size
        if entry.is_code:
            word = int.from_bytes(code[start:end], "little")
            if word not in known:
                known[word] = decode(word, instructions)
            instruction = known[word]
            if instruction is not None:
                shown = text(instruction, start, labels, syntax)
                yield ListingLine(start, code[start:end], shown, line, True)
                continue
        for at, data in data_chunks(code[start:end]):
            yield ListingLine(start + at, data, data_text(data, syntax), line, False)


def listing(image: Image) -> str:
    """The listing, harmless; a source line is shown at the first instruction that it became."""
    head = (
        f"{image.qualified_name}({', '.join(image.parameters)}): {len(image.code)} bytes, "
        f"{image.instruction_count} instructions, {image.isa}"
    )
    labels: dict[int, list[str]] = {}
    for name, offset in image.symbols.items():
        labels.setdefault(offset, []).append(name)
    rows = [head]
    last = 0
    for address, data, shown, line, _ in lines(image):
        rows += [f"{name}:" for name in labels.pop(address, ())]
        raw = data.hex() if len(data) <= _SHOWN_BYTES else data[: _SHOWN_BYTES - 2].hex() + "…"
        shown_line = image.source_at(address).line(line).strip()
        source = f"{line:5d}  {shown_line}" if line != last else ""
        last = line
        rows.append(f"{address:6x}  {raw:<10}  {shown:<30}  {source}".rstrip())
    rows += [f"{name}:" for offset in sorted(labels) for name in labels[offset]]
    return harmless("\n".join(rows)) + "\n"
