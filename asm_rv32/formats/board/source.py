"""Plain source for a board's own assembler, as a format."""

from __future__ import annotations

from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.formats import FormatError
from asm_rv32.formats.board.lowering import LoweringError, lower
from asm_rv32.formats.board.mpy import MpyError
from asm_rv32.formats.board.target import require_inline

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module


def write(module: Module, whole: bool) -> bytes:
    """The source of every function, without the Python around them."""
    try:
        require_inline(image.board for image in module.functions.values() if image.board)
        return lower(module).encode()
    except (LoweringError, MpyError) as error:
        raise FormatError(str(error)) from error
