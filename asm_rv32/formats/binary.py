"""Machine code alone: the functions one after the other, each at a multiple of 4."""

from __future__ import annotations

from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.formats.layout import program

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module


def write(module: Module, whole: bool, base: int = 0) -> bytes:
    """The bytes of the functions and of what they need, for the address `base`."""
    return program(module, lambda alignment: base).code
