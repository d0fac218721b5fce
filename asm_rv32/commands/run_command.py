"""`asmrv32 run`: call a function of a source file in the emulator."""

from __future__ import annotations

import argparse
from array import array
from typing import Any

from asm_rv32.commands.calls import parse_call
from asm_rv32.commands.options import add_assembly, assembled, find_function
from asm_rv32.console import DONE, USAGE, WRONG, CommandError, Console
from asm_rv32.machine.settings import DEFAULT_SETTINGS, Settings

EXAMPLES = """\
  asmrv32 run mul.py 'fast_mul(6, 7)'
  asmrv32 run fir.py 'scale(array("i", [1, 2, 3]), 3, -5)'
  asmrv32 run copy.py 'memcpy(bytearray(16), b"sixteen bytes...", 16)'

It prints the result, and then each buffer that changed. The file is read, never executed.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_assembly(parser)
    parser.add_argument(
        "call", metavar="CALL",
        help='the call, its arguments literals: int, bool, None, str, bytes, bytearray(...), '
        'array("i", [...])',
    )  # fmt: skip
    parser.add_argument(
        "--max-instructions", type=int, metavar="N", default=DEFAULT_SETTINGS.max_instructions,
        help=f"stop after so many (default: {DEFAULT_SETTINGS.max_instructions:,})",
    )  # fmt: skip
    parser.add_argument(
        "--stack", type=int, metavar="BYTES", default=DEFAULT_SETTINGS.stack,
        help=f"size of the stack (default: {DEFAULT_SETTINGS.stack})",
    )  # fmt: skip
    parser.add_argument(
        "--misaligned", action="store_true", help="allow loads and stores at any address"
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Assemble, call, and print the result and what changed."""
    call = parse_call(arguments.call)
    settings = Settings(arguments.stack, arguments.max_instructions, arguments.misaligned)
    try:
        settings.check()
    except ValueError as error:
        raise CommandError(str(error), USAGE) from None
    image = find_function(assembled(arguments, console), call.name)

    from asm_rv32.machine import emulator
    from asm_rv32.machine.errors import ExecutionError

    before = [_copy(value) for value in call.arguments]
    try:
        with console.progress(f"running {call.name}"):
            outcome = emulator.run(image, call.arguments, settings)
    except ExecutionError as error:
        if console.json:
            console.error_object(_as_dict(error))
        else:
            console.error(str(error))
        return WRONG
    except (TypeError, ValueError, BufferError, MemoryError, OverflowError) as error:
        raise CommandError(str(error), USAGE, "call") from None
    console.print(repr(outcome.result))
    names = image.parameters
    for index, (value, old) in enumerate(zip(call.arguments, before)):
        if old is not None and value != old:
            console.print(f"{names[index]} = {value!r}")
    return DONE


def _copy(value: Any) -> Any:
    """A copy of a buffer that a call can change; None for anything else."""
    return value[:] if isinstance(value, (bytearray, array)) else None


def _as_dict(error: Any) -> dict[str, object]:
    return {
        "path": error.image.source.path,
        "line": error.line,
        "severity": "error",
        "code": error.code,
        "message": error.fault.message,
        "function": error.image.qualified_name,
        "pc": error.pc,
        "address": error.address,
        "registers": error.registers,
        "notes": [],
    }
