"""The listing: address, bytes, disassembly and source line of everything in an image.

Input: an `Image`. Output: its lines as values, or as text.
Invariant: the bytes of the lines, in order, are the image's code.
"""

from __future__ import annotations

from collections.abc import Iterator

from asm_rv32.basis.diagnostics import harmless
from asm_rv32.basis.records import TYPE_CHECKING, NamedTuple
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


def labels_at(image: Image) -> dict[int, list[str]]:
    """Offset → the labels there, in their order."""
    found: dict[int, list[str]] = {}
    for name, offset in image.symbols.items():
        found.setdefault(offset, []).append(name)
    return found


def label_names(image: Image) -> dict[int, str]:
    """Offset → label; of several labels at one place, the first."""
    return {offset: names[0] for offset, names in labels_at(image).items()}


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


def labelled(image: Image) -> Iterator[str | tuple[ListingLine, str | None]]:
    """Everything in the image, in order: a label, or a line with the source that it became of,
    where that is another than of the line before."""
    labels = labels_at(image)
    last = 0
    for found in lines(image):
        yield from labels.pop(found.address, ())
        is_new = found.line != last
        last = found.line
        source = image.source_at(found.address).line(found.line).strip() if is_new else None
        yield found, source
    for offset in sorted(labels):
        yield from labels[offset]


def head(image: Image) -> str:
    """What stands above a listing: the function, its size, its ISA."""
    return (
        f"{image.qualified_name}({', '.join(image.parameters)}): {len(image.code)} bytes, "
        f"{image.instruction_count} instructions, {image.isa}"
    )


def listing(image: Image) -> str:
    """The listing, harmless; a source line is shown at the first instruction that it became."""
    rows = [head(image)]
    for found in labelled(image):
        if isinstance(found, str):
            rows.append(f"{found}:")
            continue
        (address, data, shown, line, _), written = found
        raw = data.hex() if len(data) <= _SHOWN_BYTES else data[: _SHOWN_BYTES - 2].hex() + "…"
        source = "" if written is None else f"{line:5d}  {written}"
        rows.append(f"{address:6x}  {raw:<10}  {shown:<30}  {source}".rstrip())
    return harmless("\n".join(rows)) + "\n"
