"""The commands of `asmrv32`, a module each, loaded when the command is given.

A command's module has `EXAMPLES`, text for its help; `configure(parser)`, which adds its
arguments; and `run(arguments, console)`, which does it and returns the exit status. Where it gives
`flags` a default, what stands behind `--` goes there as it is.
"""

from __future__ import annotations

COMMANDS: dict[str, str] = {
    "compile": "assemble the functions of a Python file and write them in one of several formats",
    "run": "call an assembled function in the emulator",
    "step": "go through a call, forward and back: registers, memory, cycles and what they wait for",
    "gdb": "let gdb go through a recorded call, forward and back",
    "exec": "run a whole script, written as for a board, on the host",
    "verify": "check the machine code against other assemblers and disassemblers",
    "import": "write what other assemblers read as source of this one",
    "disasm": "disassemble a .bin, .hex, .elf, .o or .mpy file",
    "romfs": "build the image of a read-only file system for a board, or list one",
    "lint": "find what hardware would punish: clobbered registers, lost returns, a lopsided stack",
    "prove": "whether two functions do the same for every input, with a proof or a counterexample",
    "report": "count the cycles of calls on real cores, and compare with alternatives",
    "board": "the boards that are known; calls on one that is connected, compared and measured",
    "cores": "what cores there are: their configurations, sources and validation",
    "lsp": "a language server for editors: diagnostics, hovers, completion, hints in Python files",
    "stubs": "write what type checkers and linters of Python need to know the assembler's words",
    "isa": "what instructions there are: their forms and encodings",
}
"""Name → what it does; the module has the same name, with `_command` where Python knows it."""


def module_of(command: str) -> str:
    """The name of the module of a command."""
    return f"{__name__}.{command}_command"
