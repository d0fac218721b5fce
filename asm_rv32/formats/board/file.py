"""The .mpy file as a format: a whole source file, or a selection of its functions."""

from __future__ import annotations

import os
from collections.abc import Container

from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.formats import FormatError
from asm_rv32.formats.board.exports import exported, hidden_function
from asm_rv32.formats.board.host import data_block
from asm_rv32.formats.board.module import machine_function
from asm_rv32.formats.board.mpy import MpyError
from asm_rv32.isa.sets import tables_of_own

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module


def write(
    module: Module, whole: bool, portable: bool = False, firmware: str = "", mpy_cross: str = "",
    board_has: Container[str] = (),
) -> bytes:  # fmt: skip
    """The .mpy file. Its Python part is kept where the whole file is written.

    `portable`: for firmware without the inline assembler as well. `firmware` and `mpy_cross`: as in
    `board.target`. `board_has`: the extensions of one's own that the board is known to have; no
    firmware can refuse a file that uses others.
    """
    from asm_rv32.formats.board.merge import compile_mpy, functions_only
    from asm_rv32.formats.board.target import target_for

    name_of_file = os.path.basename(module.source.path)
    try:
        boards = [image.board for image in module.functions.values() if image.board]
        target = target_for(firmware, boards, portable, mpy_cross)
        names = dict.fromkeys(exported(module) if whole else module.functions)
        functions = [machine_function(module.functions[name]) for name in names]
        for name, function in zip(names, functions):
            found = tables_of_own(module.functions[name].isa)
            own = {each.name for each in found.own} if found is not None else ()
            for extension in function.extensions:
                if extension in own and extension not in board_has:
                    raise MpyError(
                        f"{name}() uses {extension}, instructions of one's own, of which no "
                        f"firmware can tell whether the board has them: --board-has {extension} "
                        "writes the file for one that has"
                    )
        if not whole:
            return functions_only(functions, source_name=name_of_file, target=target)
        hidden = [data_block(unit) for unit in module.blocks.values()]
        hidden += [
            hidden_function(image) for name, image in module.functions.items() if name not in names
        ]
        return compile_mpy(
            module.source.text, functions, source_name=name_of_file, hidden=hidden,
            target=target,
        )  # fmt: skip
    except MpyError as error:
        raise FormatError(str(error)) from error
