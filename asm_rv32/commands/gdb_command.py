"""`asmrv32 gdb`: let gdb go through a recorded call."""

from __future__ import annotations

import argparse
import socket

from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.commands.calls import parse_call
from asm_rv32.commands.console import DONE, USAGE, WRONG, CommandError, Console
from asm_rv32.commands.options import add_assembly, add_devices, add_settings
from asm_rv32.commands.step_command import recorded

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module
    from asm_rv32.stepping.trace import Trace

EXAMPLES = """\
  asmrv32 gdb gcd.py 'gcd(462, 1071)' --elf gcd.elf
  gdb-multiarch gcd.elf -ex 'target remote 127.0.0.1:3333'

The call is recorded, then gdb goes through it: break gcd.py:14, continue, step, print $a0, x/4x
$sp, and back, with reverse-stepi and reverse-continue. What it reads is the record: it cannot
change registers or memory. gdb reads lines and names from the file that --elf writes.
"""
HOST = "127.0.0.1"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_assembly(parser)
    parser.add_argument("call", metavar="CALL", help="the call, its arguments literals as for run")
    parser.add_argument("--core", metavar="NAME", help="run as on this core of `asmrv32 cores`")
    parser.add_argument(
        "--elf", metavar="OUT.elf", help="write the function with its lines, for gdb to read"
    )
    parser.add_argument(
        "--port", type=int, default=3333, metavar="N",
        help="where gdb comes to, on this machine; 0: any that is free (default: 3333)",
    )  # fmt: skip
    add_settings(parser)
    add_devices(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Record the call, wait for gdb, and answer it until it leaves."""
    from asm_rv32.stepping.remote import Remote, serve

    if not 0 <= arguments.port < 1 << 16:
        raise CommandError("--port takes 0 to 65535", USAGE)
    module, found = recorded(arguments, console)
    elf = _elf(module, parse_call(arguments.call).name)
    if arguments.elf:
        console.write(arguments.elf, elf)
    with socket.create_server((HOST, arguments.port)) as server:
        place = f"{HOST}:{server.getsockname()[1]}"
        file = arguments.elf or "FILE.elf"
        console.error(f"waiting for: gdb-multiarch {file} -ex 'target remote {place}'")
        connection, _ = server.accept()
        with connection:
            serve(Remote(found, _offset(found, elf)), connection)
    return DONE


def _elf(module: Module, name: str) -> bytes:
    """The function with all that it needs, and its lines."""
    from asm_rv32.formats import FORMATS, FormatError

    one = module._replace(functions=module.functions.only([name]))
    try:
        return FORMATS[".elf"].write(one, whole=False, debug=True)
    except FormatError as error:
        raise CommandError(f"{module.source.path}: {error}", WRONG, "format") from None


def _offset(found: Trace, elf: bytes) -> int:
    """Where the call has its code, less where the file has it."""
    entry = int.from_bytes(elf[24:28], "little")
    return found.base + found.image.entry - entry
