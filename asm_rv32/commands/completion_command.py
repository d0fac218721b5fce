"""`asmrv32 completion`: what a shell completes after `asmrv32`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator

from asm_rv32.basis.external import external
from asm_rv32.commands.console import DONE, Console

SHELLS = ("bash", "zsh", "fish")
EXAMPLES = """\
  asmrv32 completion bash > ~/.local/share/bash-completion/completions/asmrv32
  asmrv32 completion zsh > ~/.zfunc/_asmrv32     with  fpath+=~/.zfunc  before compinit in ~/.zshrc
  asmrv32 completion fish > ~/.config/fish/completions/asmrv32.fish

Commands, options, files, and the names of cores, boards, formats and ISAs. The shell reads the file
once, and never starts asmrv32 to complete something. Written by shtab: pip install 'shtab>=1.8'
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("shell", choices=SHELLS, help="the shell to write it for")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Print the script."""
    from asm_rv32.commands.cli import whole_parser

    shtab = external("shtab", "shtab>=1.8")
    parser = whole_parser()
    for action in actions(parser):
        if action.choices is None and action.nargs != 0:
            _complete(action, shtab.FILE, shtab.DIRECTORY)
    console.print(shtab.complete(parser, arguments.shell).rstrip("\n"))
    return DONE


def actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """The arguments and options of a parser and of all below it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from actions(below)
        else:
            yield action


def _complete(action: argparse.Action, file: object, directory: object) -> None:
    """Give an argument the names that it takes, or say that it is a file."""
    of = _NAMES.get(action.dest)
    name = str(action.metavar)
    if of is not None and (action.dest != "name" or name == "NAME"):
        action.choices = list(of())
    elif name == "DIR":
        action.complete = directory  # type: ignore[attr-defined]
    elif name.partition(".")[0] in _FILES:
        action.complete = file  # type: ignore[attr-defined]


_FILES = ("FILE", "OUT", "SOURCE", "SCRIPT", "IMAGE", "PATH")
"""What an argument that is a file is called in the help, whatever its suffix."""


def _boards() -> Iterable[str]:
    from asm_rv32.boards import board_names

    return board_names()


def _cores() -> Iterable[str]:
    from asm_rv32.cores import core_names

    return core_names()


def _formats() -> Iterable[str]:
    from asm_rv32.formats import FORMATS

    return dict.fromkeys(each.name for each in FORMATS.values())


def _isas() -> Iterable[str]:
    """The default, it with each extension, and what boards have."""
    from asm_rv32.boards import board_names, load_board
    from asm_rv32.isa.sets import DEFAULT_ISA, IsaError, check_isa
    from asm_rv32.isa.tables import extension_names

    found = ["rv32i", "rv32e", "rv32im", "rv32imac", DEFAULT_ISA]
    found += [f"{DEFAULT_ISA}_{name}" for name in extension_names()]
    found += [load_board(name).isa for name in board_names()]
    for isa in dict.fromkeys(found):
        try:
            check_isa(isa)
        except IsaError:
            continue
        yield isa


def _mnemonics() -> Iterable[str]:
    from asm_rv32.isa.sets import everything

    return everything().mnemonic_of


def _codes() -> Iterable[str]:
    from asm_rv32.basis.diagnostics import CODES

    return CODES


_NAMES: dict[str, Callable[[], Iterable[str]]] = {
    "board": _boards, "name": _boards, "core": _cores, "cores": _cores, "format": _formats,
    "isa": _isas, "mnemonics": _mnemonics, "ignore": _codes,
}  # fmt: skip
"""Where an argument's value goes → the names that it takes."""
