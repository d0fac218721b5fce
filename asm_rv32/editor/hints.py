"""What stands beside the lines of a function: where their code lies, its bytes, its cycles.

Input: a `Document`. Output: `Hint`s by line, `Lens`es by function.
Invariant: a function with a mistake has no hints, and its lens says so. Cycles are those that
instructions take by themselves, without what they wait for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from asm_rv32.basis.diagnostics import Span
from asm_rv32.editor.document import Document
from asm_rv32.editor.hover import core_of, size_text
from asm_rv32.editor.outline import FUNCTION_NAME, Block
from asm_rv32.editor.vocabulary import cycles_of
from asm_rv32.isa.image import Entry, Image
from asm_rv32.timing.code import Code
from asm_rv32.timing.model import Core, TimingError

BYTES_SHOWN = 8
"""Of more bytes on a line their number is shown."""
ADDRESS, BYTES, CYCLES = PARTS = ("address", "bytes", "cycles")


class Hint(NamedTuple):
    """What the code of a line is."""

    end: int
    """Offset of the end of the line's text."""
    address: int
    data: bytes
    cycles: str
    """`1`, `1/2` with that where it branches; empty where it is not known, or of no core."""

    def text(self, parts: tuple[str, ...] = PARTS) -> str:
        """The parts that are asked for, with blanks between them."""
        shown = self.data.hex(" ") if len(self.data) <= BYTES_SHOWN else f"{len(self.data)} bytes"
        cycles = f"{self.cycles} cycle{'s' * (self.cycles != '1')}" if self.cycles else ""
        texts = {ADDRESS: f"{self.address:x}:", BYTES: shown, CYCLES: cycles}
        return "  ".join(texts[part] for part in PARTS if part in parts and texts[part])


class Lens(NamedTuple):
    """What stands above a function."""

    span: Span
    """Of its name."""
    text: str
    call: str
    """Of it, with its parameters; empty where it has no machine code."""


def lenses(document: Document) -> Iterator[Lens]:
    """A function each: its size, or why it has none."""
    for block in document.outline.blocks:
        if block.sort != FUNCTION_NAME:
            continue
        image = document.image_of(block)
        if image is None:
            yield Lens(block.name_span, _missing(document, block), "")
        else:
            call = f"{image.qualified_name}({', '.join(image.parameters)})"
            yield Lens(block.name_span, size_text(image), call)


def _missing(document: Document, block: Block) -> str:
    """Why a function has no machine code."""
    start, end = block.span
    count = sum(
        each.severity == "error" and start <= each.span.start < end for each in document.mistakes
    )
    if not count:
        return "no code: what it needs has a mistake"
    return f"no code: {count} mistake{'s' * (count != 1)}"


def hints(document: Document, span: Span) -> Iterator[Hint]:
    """The hints of the lines within a span."""
    core = core_of(document)
    for block in document.outline.blocks:
        if block.span.end <= span.start or block.span.start >= span.end:
            continue
        image = document.image_of(block)
        if image is not None:
            yield from _of_function(document, image, core, span)


def _of_function(document: Document, image: Image, core: Core | None, span: Span) -> Iterator[Hint]:
    source = document.source
    own = image.part_at(image.entry)
    first, last = (own.address, own.address + own.size) if own else (0, len(image.code))
    lines: dict[int, list[Entry]] = {}
    for entry in image.entries:
        if first <= entry.address < last and span.start <= entry.span.start < span.end:
            line = source.locate(entry.span.start)[0]
            if entry.span.start < image.span.end - 1:
                lines.setdefault(line, []).append(entry)
    code = Code(lambda at: int.from_bytes(image.code[at : at + 2], "little"), image.isa)
    for line, entries in lines.items():
        data = b"".join(image.code[each.address : each.address + each.size] for each in entries)
        end = source.line_starts[line - 1] + len(source.line(line))
        yield Hint(end, entries[0].address - first, data, _cycles(entries, code, core))


def _cycles(entries: list[Entry], code: Code, core: Core | None) -> str:
    if core is None or not all(entry.is_code for entry in entries):
        return ""
    try:
        found = cycles_of([code.at(entry.address).name for entry in entries], core)
    except TimingError:
        return ""
    if found is None:
        return ""
    least, taken = found
    return f"{least}" if least == taken else f"{least}/{taken}"
