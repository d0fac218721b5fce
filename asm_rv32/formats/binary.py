"""Machine code alone: the functions one after the other, each at a multiple of 4."""

from __future__ import annotations

from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.formats import FormatError
from asm_rv32.isa.placing import OpenSymbol, placed

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module


def write(module: Module, whole: bool, base: int = 0) -> bytes:
    """The bytes of the functions and of what they need, for the address `base`."""
    return placed_code(module, base)


def placed_code(module: Module, base: int) -> bytes:
    """The whole program at an address, a multiple of 4. Raises FormatError."""
    try:
        return placed(module.program(), base).code
    except OpenSymbol as error:
        message = f"{error} is in another object: -f o writes an object for a linker"
        raise FormatError(message) from None
