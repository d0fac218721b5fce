"""Machine code alone: the functions one after the other, each at a multiple of 4."""

from __future__ import annotations

from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.formats.layout import program

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module


def write(module: Module, whole: bool) -> bytes:
    """The bytes of the program, as it lies at address 0."""
    return program(module).code
