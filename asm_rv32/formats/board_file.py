"""The .mpy file as a format: a whole source file, or a selection of its functions."""

from __future__ import annotations

import os

from asm_rv32.formats import FormatError
from asm_rv32.formats.mpy import MpyError
from asm_rv32.formats.mpy_module import machine_function
from asm_rv32.records import TYPE_CHECKING

if TYPE_CHECKING:
    from asm_rv32.assembler import Module


def write(module: Module, whole: bool) -> bytes:
    """The .mpy file. Its Python part is kept where the whole file is written."""
    from asm_rv32.formats.mpy_merge import compile_mpy, functions_only

    name = os.path.basename(module.source.path)
    try:
        functions = [machine_function(image) for image in module.functions.values()]
        if whole:
            return compile_mpy(module.source.text, functions, source_name=name)
        return functions_only(functions, source_name=name)
    except MpyError as error:
        raise FormatError(str(error)) from error
