"""`asmrv32 stubs`: the words of a project, as pyright, mypy and ruff need them."""

from __future__ import annotations

import argparse
import os

from asm_rv32.commands.console import DONE, STANDARD, Console
from asm_rv32.commands.options import add_board, add_error_format, add_isa, isa_of_board, settled
from asm_rv32.isa.sets import DEFAULT_ISA, instruction_set

EXAMPLES = """\
  asmrv32 stubs                          asm_words.py and .pyi here, of the project's ISA and tables
  asmrv32 stubs -o lib --isa rv32imc_zba --tables chip.toml
  asmrv32 stubs -o -                     print the stub

`from asm_rv32.words import a0, lw` knows the words of every extension without this. It is for a
project that has instructions of its own, or wants those of other ISAs to be mistakes: then
`from asm_words import a0, lw, mine`. Neither checkers nor linters need settings.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "-o", "--output", metavar="DIR", default=".",
        help="the folder to write asm_words into; - prints the stub (default: the current one)",
    )  # fmt: skip
    add_isa(parser)
    add_board(parser)
    add_error_format(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Write the stub, and print what refers checkers to it."""
    from asm_rv32.commands.options import own_isa
    from asm_rv32.editor.stubs import MODULE, OWN_MODULE, stub

    asked = settled(arguments, STANDARD)
    isa = asked.isa
    if isa is None:
        isa = isa_of_board(asked.board) if asked.board is not None else DEFAULT_ISA
        isa = own_isa(isa, asked.tables)
    text = stub(instruction_set(isa))
    if arguments.output == STANDARD:
        console.print(text)
        return DONE
    os.makedirs(arguments.output, exist_ok=True)
    for suffix, contents in ((".pyi", text), (".py", MODULE)):
        path = os.path.join(arguments.output, OWN_MODULE + suffix)
        console.write(path, contents.encode())
        console.print(path)
    return DONE
