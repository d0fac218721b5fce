"""RV32IMC assembler for functions written in Python: assemble, run, verify, price.

The names in `__all__` are the interface. Each is loaded when it is first asked for, so that a
command that only assembles loads no emulator.
"""

from __future__ import annotations

import warnings

from asm_rv32.basis import VERSION

__version__ = VERSION

_HOMES = {
    "asm_rv32": "asm_rv32.inline.function",
    "asm_data": "asm_rv32.inline.data",
    "AsmData": "asm_rv32.inline.data",
    "asm_macro": "asm_rv32.inline.macro",
    "AsmMacro": "asm_rv32.inline.macro",
    "extern": "asm_rv32.assembler.reading.builtins",
    "const": "asm_rv32.inline.function",
    "uint": "asm_rv32.formats.board.viper",
    "AsmFunction": "asm_rv32.inline.function",
    "assemble": "asm_rv32.assembler.pipeline",
    "Module": "asm_rv32.assembler.pipeline",
    "Image": "asm_rv32.isa.image",
    "AssemblyError": "asm_rv32.basis.diagnostics",
    "ExecutionError": "asm_rv32.machine.errors",
}
"""Name → the module that defines it."""

__all__ = [
    "AsmData",
    "AsmFunction",
    "AsmMacro",
    "AssemblyError",
    "ExecutionError",
    "Image",
    "Module",
    "asm_data",
    "asm_macro",
    "asm_rv32",
    "assemble",
    "const",
    "extern",
    "micropython",
    "uint",
]

# Read by type checkers only; importing `typing` for it would take as long as all the rest here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from asm_rv32 import micropython
    from asm_rv32.assembler.pipeline import Module, assemble
    from asm_rv32.assembler.reading.builtins import extern
    from asm_rv32.basis.diagnostics import AssemblyError
    from asm_rv32.formats.board.viper import uint
    from asm_rv32.inline.data import AsmData, asm_data
    from asm_rv32.inline.function import AsmFunction, asm_rv32, const
    from asm_rv32.inline.macro import AsmMacro, asm_macro
    from asm_rv32.isa.image import Image
    from asm_rv32.machine.errors import ExecutionError

# A memory operand, `4(a1)`, is to CPython the call of an integer, of which it warns when it
# compiles the module. Nothing but that warning is silenced.
warnings.filterwarnings(
    "ignore",
    message="'int' object is not callable",
    category=SyntaxWarning,
)


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "load_ipython_extension":  # `%load_ext asm_rv32` in a notebook
        return import_module("asm_rv32.notebook.cell").load
    if name == "micropython":
        return import_module("asm_rv32.micropython")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
