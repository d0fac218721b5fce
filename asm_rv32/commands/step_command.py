"""`asmrv32 step`: go through a call of a function, forward and back."""

from __future__ import annotations

import argparse
import sys

from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.commands.calls import parse_call
from asm_rv32.commands.console import DONE, USAGE, WRONG, CommandError, Console
from asm_rv32.commands.options import (
    add_assembly,
    add_devices,
    add_settings,
    assembled,
    find_function,
    settings_of,
    settled,
)

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module
    from asm_rv32.stepping.trace import Trace

EXAMPLES = """\
  asmrv32 step gcd.py 'gcd(462, 1071)'
  asmrv32 step gcd.py 'gcd(462, 1071)' --core hazard3 -o gcd.html
  asmrv32 step sort.py 'sort_words(array("i", [3, 1, 2]), 3)' --board pico2

In a terminal it shows source, machine code, registers, memory and, on a core, what each instruction
waited for; the keys stand in the last line. That needs Textual: pip install 'textual>=1.0'. With
-o it writes the same as one page for a browser, which needs no network.

A call that is stopped is shown up to where that happens. Of a long call the last instructions are
kept: 2,000,000 of them, in a page 100,000. The file is read, never executed.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_assembly(parser)
    parser.add_argument("call", metavar="CALL", help="the call, its arguments literals as for run")
    parser.add_argument(
        "--core", metavar="NAME",
        help="count cycles on this core of `asmrv32 cores` and say what instructions wait for "
        "(default: the decorator's, or the board's)",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--output", metavar="OUT.html", help="write a page instead of opening the terminal's"
    )
    add_settings(parser)
    add_devices(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Record the call, then write the page or go through it in the terminal."""
    if arguments.output is None:
        _require_terminal()
    _, found = recorded(arguments, console)
    if arguments.output is None:
        from asm_rv32.stepping.terminal import Stepper

        Stepper(found, arguments.call).run()
        return DONE
    from asm_rv32.stepping.page import page

    console.write(arguments.output, page(found, arguments.call).encode())
    return DONE


def _require_terminal() -> None:
    """Raise ToolMissing without Textual, CommandError where there is no terminal."""
    from asm_rv32.basis.external import external

    external("textual", "textual")
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty()):
        raise CommandError("there is no terminal to step in; write a page: -o OUT.html", USAGE)


def recorded(arguments: argparse.Namespace, console: Console) -> tuple[Module, Trace]:
    """The functions of the file, and the trace of the call that the arguments name.

    Raises AssemblyError, CommandError.
    """
    from asm_rv32.stepping.recording import trace
    from asm_rv32.timing.model import TimingError

    call = parse_call(arguments.call)
    arguments = settled(arguments, arguments.file)
    module = assembled(arguments, console)
    image = find_function(module, call.name)
    settings = settings_of(arguments, image)
    try:
        with console.progress(f"recording {call.name}"):
            return module, trace(image, call.arguments, settings.core, settings=settings)
    except TimingError as error:
        raise CommandError(str(error), WRONG, "report") from None
    except (TypeError, ValueError, BufferError, MemoryError, OverflowError) as error:
        raise CommandError(str(error), USAGE, "call") from None
