"""`asmrv32 stubs`: what pyright, mypy and ruff need to know the words of a project."""

from __future__ import annotations

import argparse
import os

from asm_rv32.commands.console import DONE, STANDARD, Console
from asm_rv32.commands.options import add_board, add_error_format, add_isa, isa_of_board, settled
from asm_rv32.isa.sets import DEFAULT_ISA, instruction_set

EXAMPLES = """\
  asmrv32 stubs                          typings/asm_rv32/words.pyi, of the project's ISA and tables
  asmrv32 stubs -o stubs --isa rv32imc_zba --tables chip.toml
  asmrv32 stubs -o -                     print the stub

The package brings a stub of every extension along: this is for a project that has instructions of
its own, or wants those of other ISAs to be mistakes. What pyproject.toml needs then is printed.
"""
FOLDER = "typings"
"""Where pyright looks for stubs by itself."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "-o", "--output", metavar="DIR", default=FOLDER,
        help=f"the folder of stubs; - prints the stub (default: {FOLDER})",
    )  # fmt: skip
    add_isa(parser)
    add_board(parser)
    add_error_format(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Write the stub, and print what refers checkers to it."""
    from asm_rv32.commands.options import own_isa
    from asm_rv32.editor.stubs import SETTINGS, stub

    asked = settled(arguments, STANDARD)
    isa = asked.isa
    if isa is None:
        isa = isa_of_board(asked.board) if asked.board is not None else DEFAULT_ISA
        isa = own_isa(isa, asked.tables)
    text = stub(instruction_set(isa))
    if arguments.output == STANDARD:
        console.print(text)
        return DONE
    folder = os.path.join(arguments.output, "asm_rv32")
    os.makedirs(folder, exist_ok=True)
    console.write(os.path.join(folder, "words.pyi"), text.encode())
    console.print(SETTINGS.format(folder=arguments.output.replace("\\", "/")).rstrip())
    return DONE
