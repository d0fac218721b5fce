"""The commands of `asmrv32`, a module each, loaded when the command is given.

A command's module has `EXAMPLES`, text for its help; `configure(parser)`, which adds its
arguments; and `run(arguments, console)`, which does it and returns the exit status.
"""

from __future__ import annotations

import gc
import os
import sys

from asm_rv32.basis.records import NoReturn

COMMANDS: dict[str, str] = {
    "compile": "assemble the functions of a Python file and write them in one of several formats",
    "run": "call an assembled function in the emulator",
    "exec": "run a whole script, written as for a board, on the host",
    "verify": "check the machine code against other assemblers and disassemblers",
    "disasm": "disassemble a .bin, .hex, .elf, .o or .mpy file",
    "romfs": "build the image of a read-only file system for a board, or list one",
    "lint": "find what hardware would punish: clobbered registers, lost returns, a lopsided stack",
    "report": "count the cycles of calls on real cores, and compare with alternatives",
    "cores": "what cores there are: their configurations, sources and validation",
    "isa": "what instructions there are: their forms and encodings",
}
"""Name → what it does; the module has the same name, with `_command` where Python knows it."""


def module_of(command: str) -> str:
    """The name of the module of a command."""
    return f"{__name__}.{command}_command"


def entry() -> NoReturn:
    """What the program `asmrv32` is: the command line, and then the end of the process.

    Python would take the interpreter apart first, a sixth of the time of a short command; and it
    would search for cycles while modules are loaded, a twentieth.
    """
    gc.disable()
    from asm_rv32.commands.cli import main

    status = main()
    if sys.argv[1:2] == ["exec"]:
        # The script may have asked for something to be done at the end.
        sys.exit(status)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(status)
