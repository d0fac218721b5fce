"""Plain source for a board's own assembler, as a format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asm_rv32.formats import FormatError
from asm_rv32.formats.board.lowering import LoweringError, lower

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module


def write(module: Module, whole: bool) -> bytes:
    """The source of every function, without the Python around them."""
    try:
        return lower(module).encode()
    except LoweringError as error:
        raise FormatError(str(error)) from error
