"""Assembled functions as JSON, for other programs; the keys are documented in docs/json.md."""

from __future__ import annotations

from collections.abc import Iterator

from asm_rv32.basis.records import TYPE_CHECKING, Any
from asm_rv32.formats.listing import lines
from asm_rv32.isa.image import Image

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module


def write(module: Module, whole: bool) -> bytes:
    """One object with the key `functions`: name → function, in source order."""
    import json

    functions = {name: as_dict(image) for name, image in module.functions.items()}
    written = bytearray()
    for piece in json.JSONEncoder(indent=2).iterencode({"functions": functions}):
        written += piece.encode()
    written += b"\n"
    return bytes(written)


class _Listing(list[dict[str, Any]]):
    """The lines of an image, each made when it is written: all of them take much memory."""

    def __init__(self, image: Image) -> None:
        # What is empty is written without being looked through.
        super().__init__([{}] if image.code else [])
        self.image = image

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for line in lines(self.image):
            yield {
                "address": line.address,
                "bytes": line.data.hex(),
                "text": line.text,
                "line": line.line,
            }


def as_dict(image: Image) -> dict[str, Any]:
    """A function as plain data; bytes as hexadecimal digits, addresses as offsets in bytes."""
    return {
        "code": image.code.hex(),
        "size": len(image.code),
        "instructions": image.instruction_count,
        "parameters": list(image.parameters),
        "returns": image.returns,
        "symbols": dict(image.symbols),
        "listing": _Listing(image),
    }
