"""The commands of `asmrv32`, a module each, loaded when the command is given.

A command's module has `EXAMPLES`, text for its help; `configure(parser)`, which adds its
arguments; and `run(arguments, console)`, which does it and returns the exit status. Where it gives
`flags` a default, what stands behind `--` goes there as it is.
"""

from __future__ import annotations

import sys

if not {"argparse", "gettext"} & sys.modules.keys():
    # argparse asks gettext to translate its texts, which takes a fortieth of what a short command
    # takes, and has no translations: what the texts stand beside is in English.
    from types import ModuleType

    sys.modules["gettext"] = stand_in = ModuleType("gettext")
    stand_in.__dict__.update(
        gettext=str, ngettext=lambda one, many, count: one if count == 1 else many
    )
    import argparse as argparse

    del sys.modules["gettext"]

GROUPS: dict[str, dict[str, str]] = {
    "write and run": {
        "compile": "assemble the functions of a Python file, and write them in one of many formats",
        "run": "call an assembled function in the emulator",
        "step": "go through a call, forward and back: registers, memory, cycles, waits",
        "gdb": "let gdb go through a recorded call, forward and back",
        "exec": "run a whole script, written as for a board, on the host",
    },
    "check": {
        "lint": "find what hardware would punish: lost registers and returns, a lopsided stack",
        "verify": "check the machine code against other assemblers and disassemblers",
        "prove": "whether two functions do the same for every input: a proof or an input",
    },
    "measure": {
        "report": "count the cycles of calls on real cores, and compare with alternatives",
        "cores": "what cores there are: their configurations, sources and validation",
    },
    "boards": {
        "board": "the boards that are known; calls on one that is connected, compared and measured",
        "romfs": "build the image of a read-only file system for a board, or list one",
    },
    "code from elsewhere": {
        "import": "write what other assemblers read as source of this one",
        "disasm": "disassemble a .bin, .hex, .elf, .o or .mpy file",
    },
    "editors": {
        "lsp": "a language server for editors: diagnostics, hovers, completion, hints",
        "stubs": "write what type checkers of Python need to know the assembler's words",
    },
    "look up": {
        "isa": "what instructions there are: their forms and encodings",
        "man": "manual pages of these commands",
        "completion": "what bash, zsh or fish completes after asmrv32",
    },
}
"""What the overview calls them together → name → what it does; the module has the same name, with
`_command` where Python knows it."""
COMMANDS = {name: title for group in GROUPS.values() for name, title in group.items()}


def module_of(command: str) -> str:
    """The name of the module of a command."""
    return f"{__name__}.{command}_command"
