"""`asmrv32 exec`: run a whole MicroPython script on the host."""

from __future__ import annotations

import argparse
import gc
from types import TracebackType

from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.commands.console import DONE, WRONG, Console
from asm_rv32.commands.options import (
    add_board,
    add_checks,
    add_devices,
    add_isa,
    add_settings,
    settings_of,
    settled,
    show_log,
)
from asm_rv32.inline.script import BOARD_ISA, run_script

EXAMPLES = """\
  asmrv32 exec main.py                assembler functions run in the emulator, the rest as Python
  asmrv32 exec main.py 10 20          sys.argv is ["main.py", "10", "20"]
  asmrv32 exec --isa rv32imc_zbb main.py
  asmrv32 exec --device gpio@esp32c3 --core esp32c3 --log blink.py
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("script", metavar="SCRIPT", help="a Python file; - is standard input")
    parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, metavar="ARG", help="what sys.argv holds"
    )
    add_isa(parser, BOARD_ISA)
    add_board(parser)
    add_settings(parser)
    add_checks(parser)
    add_devices(parser, log=True)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Run the script; what it raises is shown as Python shows it."""
    source = console.read_source(arguments.script)
    arguments = settled(arguments, arguments.script)
    settings = settings_of(arguments)
    gc.enable()
    try:
        run_script(
            source.path, source.text, arguments.arguments,
            isa=arguments.isa, board=arguments.board, settings=settings, warn=console.report,
        )  # fmt: skip
    except AssemblyError:
        raise
    except Exception as error:
        console.error(_traceback(error, source.path))
        return WRONG
    finally:
        show_log(arguments, settings, console)
    return DONE


def _traceback(error: Exception, path: str) -> str:
    """The traceback from the script's own frame on."""
    from traceback import format_exception

    trace: TracebackType | None = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != path:
        trace = trace.tb_next
    return "".join(format_exception(type(error), error, trace)).rstrip()
