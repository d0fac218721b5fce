"""Several functions in one stretch of code, one after the other.

Input: images by name. Output: `Layout`. Invariant: every function starts at a multiple of 4.
"""

from __future__ import annotations

from collections.abc import Mapping

from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.image import Image

ALIGNMENT = 4


class Layout(NamedTuple):
    """Functions placed in one stretch of code."""

    code: bytes
    """The functions, with zeros between them where one does not end at a multiple of 4."""
    offsets: dict[str, int]
    """Function → where it starts in `code`."""


def layout(functions: Mapping[str, Image]) -> Layout:
    """Place the functions in their order."""
    code = bytearray()
    offsets = {}
    for name, image in functions.items():
        code += bytes(-len(code) % ALIGNMENT)
        offsets[name] = len(code)
        code += image.code
    return Layout(bytes(code), offsets)
