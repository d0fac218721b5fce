"""`asmrv32 run`: call a function of a source file in the emulator."""

from __future__ import annotations

import argparse
from array import array
from collections.abc import Callable

from asm_rv32.basis.records import TYPE_CHECKING, Any
from asm_rv32.commands.calls import parse_call
from asm_rv32.commands.console import DONE, USAGE, CommandError, Console
from asm_rv32.commands.options import (
    add_assembly,
    add_checks,
    add_devices,
    add_settings,
    assembled,
    execution_error,
    find_function,
    settings_of,
    settled,
    show_log,
)
from asm_rv32.isa.image import NOTHING

if TYPE_CHECKING:
    from asm_rv32.isa.image import Image
    from asm_rv32.machine.emulator import Outcome
    from asm_rv32.machine.settings import Settings

EXAMPLES = """\
  asmrv32 run mul.py 'fast_mul(6, 7)'
  asmrv32 run fir.py 'scale(array("i", [1, 2, 3]), 3, -5)'
  asmrv32 run copy.py 'memcpy(bytearray(16), b"sixteen bytes...", 16)'
  asmrv32 run --core ibex-small scan.py 'scan(b"any address", 1)'
  asmrv32 run --device gpio@rp2350 --core hazard3 --log blink.py 'blink(3)'

It prints the result, unless the function is annotated -> None, and then each buffer that changed.
The file is read, never executed.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_assembly(parser)
    parser.add_argument(
        "call", metavar="CALL",
        help='the call, its arguments literals: int, bool, None, str, bytes, bytearray(...), '
        'array("i", [...])',
    )  # fmt: skip
    add_settings(parser)
    add_checks(parser)
    add_devices(parser, log=True)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Assemble, call, and print the result and what changed."""
    call = parse_call(arguments.call)
    arguments = settled(arguments, arguments.file)
    image = find_function(assembled(arguments, console), call.name)
    settings = settings_of(arguments, image)

    from asm_rv32.machine.errors import ExecutionError

    before = [_copy(value) for value in call.arguments]
    try:
        with console.progress(f"running {call.name}"):
            outcome = engine_of(image, settings)(image, call.arguments, settings)
    except ExecutionError as error:
        show_log(arguments, settings, console)
        return execution_error(error, console)
    except (TypeError, ValueError, BufferError, MemoryError, OverflowError) as error:
        raise CommandError(str(error), USAGE, "call") from None
    if image.returns != NOTHING:
        console.print(repr(outcome.result))
    names = image.parameters
    for index, (value, old) in enumerate(zip(call.arguments, before)):
        if old is not None and value != old:
            console.print(f"{names[index]} = {value!r}")
    show_log(arguments, settings, console)
    return DONE


def engine_of(image: Image, settings: Settings) -> Callable[..., Outcome]:
    """What makes calls of an image, one or a few in the process."""
    from asm_rv32.machine import emulator

    if not emulator.is_clocked(image, settings):
        return emulator.run_alone
    from asm_rv32.timing import clocked

    return clocked.run


def _copy(value: Any) -> Any:
    """A copy of a buffer that a call can change; None for anything else."""
    return value[:] if isinstance(value, (bytearray, array)) else None
