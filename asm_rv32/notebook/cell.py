"""The cell `%%asm_rv32`: assembler functions, their listings, and what calls of them cost.

Input: the line of options and the cell's text. Output: what the notebook shows.
"""

from __future__ import annotations

import argparse
import shlex
from typing import Any

import asm_rv32.micropython as micropython
from asm_rv32.assembler.reading.builtins import extern
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.basis.external import external
from asm_rv32.formats.board.viper import uint
from asm_rv32.inline.data import asm_data
from asm_rv32.inline.function import AsmFunction, asm_rv32, const
from asm_rv32.inline.macro import asm_macro
from asm_rv32.timing.model import TimingError

NAMES: dict[str, object] = {
    "asm_rv32": asm_rv32, "asm_data": asm_data, "asm_macro": asm_macro, "const": const,
    "extern": extern, "micropython": micropython, "uint": uint,
}  # fmt: skip
"""What a cell finds without importing it."""
EPILOG = """
The cell is Python: its functions under @asm_rv32 are defined as in any other, and shown.
CALL is an expression of the notebook: gcd(462, 1071), crc(data, len(data)).
"""


class WrongOptions(Exception):
    """The line of a cell cannot be read; the text says why, and what it takes."""

    def _render_traceback_(self) -> list[str]:
        # Where IPython was when it read the line is of no interest.
        return str(self).splitlines()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise WrongOptions(f"%%asm_rv32: {message}\n{self.format_usage()}")


def parser() -> argparse.ArgumentParser:
    """The options of the cell's line."""
    found = _Parser("%%asm_rv32", add_help=False, epilog=EPILOG)
    found.add_argument("calls", nargs="*", metavar="CALL", help="a call whose cycles are shown")
    found.add_argument("--core", metavar="NAME", help="one of `asmrv32 cores`")
    found.add_argument("--quiet", action="store_true", help="show no listings")
    return found


def load(shell: Any) -> None:
    """Make the cell known to a running IPython, and let it show mistakes as a command does."""
    shell.register_magic_function(Cell(shell), "cell", "asm_rv32")
    shell.set_custom_exc((AssemblyError,), _mistakes)


def _mistakes(
    shell: Any, kind: object, error: AssemblyError, traceback: object, tb_offset: int | None = None
) -> None:
    """Show the mistakes in place of a traceback, whose places would all be in this package."""
    shell._showtraceback(kind, error, error.render().splitlines())


class Cell:
    """What `%%asm_rv32` does."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.__doc__ = parser().format_help()

    def __call__(self, line: str, text: str) -> None:
        """Run the cell as Python, then show its functions and the calls of its line."""
        options = parser().parse_args(shlex.split(line))
        space = self.shell.user_ns
        for name, value in NAMES.items():
            space.setdefault(name, value)
        before = {name: id(value) for name, value in space.items()}
        if not self.shell.run_cell(text).success:
            return
        display: Any = external("IPython.display", "ipython").display
        for name, value in list(space.items()):
            is_new = isinstance(value, AsmFunction) and before.get(name) != id(value)
            if is_new and not options.quiet:
                display(value)
        for call in options.calls:
            display(self._cycles(call, options.core))

    def _cycles(self, call: str, core: str | None) -> object:
        """What a call costs: the function is asked for its cycles, with the call's arguments."""
        name, _, rest = call.partition("(")
        function = self.shell.user_ns.get(name.strip())
        if not isinstance(function, AsmFunction) or not rest.rstrip().endswith(")"):
            raise WrongOptions(f"%%asm_rv32: {call!r} is no call of an assembler function")
        arguments = self.shell.ev(f"({rest.rstrip()[:-1]},)" if rest.strip(" )") else "()")
        try:
            return function.cycles(*arguments, core=core)
        except TimingError as error:
            raise WrongOptions(f"%%asm_rv32: {error}") from None
