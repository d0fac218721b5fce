"""The command line, `asmrv32 COMMAND ...`.

Input: arguments. Output: the exit status: 0 done; 1 the input is wrong, or a check failed;
2 wrong usage, or a tool that was asked for is missing.
Invariant: only the module of the command that is given gets loaded.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence

from asm_rv32.basis.diagnostics import AssemblyError, ToolMissing, harmless
from asm_rv32.basis.records import Any
from asm_rv32.commands import COMMANDS, GROUPS, module_of
from asm_rv32.commands.configuration import ConfigurationError
from asm_rv32.commands.console import DONE, USAGE, WRONG, CommandError, Console

PROGRAM = "asmrv32"
_INTERRUPTED = 130

_OVERVIEW = """\
Assemble, run, check and price RISC-V functions that are written inside Python, as for
MicroPython's @micropython.asm_rv32:

    @micropython.asm_rv32
    def add(a, b):
        add(a0, a, b)

{commands}
{program} COMMAND --help explains a command and shows examples.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say, by default those of the process; the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # The stages build large acyclic values and the process ends soon: searching them for cycles
    # takes a third of the time and finds nothing.
    collecting = gc.isenabled()
    gc.disable()
    try:
        status = _dispatch(given)
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        _abandon_output()
        return WRONG
    except OSError as error:
        _abandon_output()
        where = error.filename or "standard output"
        return Console().fail(CommandError(f"{where}: {error.strerror or error}"), PROGRAM)
    except KeyboardInterrupt:
        return _INTERRUPTED
    finally:
        if collecting:
            gc.enable()


def _abandon_output() -> None:
    """Keep Python from writing what is left of standard output once more when it ends."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    """Says nothing that controls a terminal, not of words of the command line either."""

    def _print_message(self, message: str, file: Any = None) -> None:
        super()._print_message(harmless(message), file)


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal, but no wider than can be read."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_width())

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        from asm_rv32.commands.folding import folded

        longest = max(map(len, text.splitlines()), default=0)
        return super()._fill_text(text if longest <= width else folded(text, width), width, indent)


def _width() -> int:
    """What COLUMNS or the terminal says; argparse itself loads three compressors to find out."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal():
        return max(40, int(columns) - 2)
    try:
        return max(40, min(98, os.get_terminal_size().columns - 2))
    except (OSError, ValueError, AttributeError):
        return 98


def _dispatch(given: list[str]) -> int:
    if not given or given[0] not in COMMANDS:
        return _about(given)
    command = __import__(module_of(given[0]), fromlist=["run"])
    parser = _parser_of(given[0], command)
    own, flags = given[1:], given[len(given) :]
    if "--" in own and parser.get_default("flags") is not None:
        # argparse takes no option of another program behind options of ours.
        own, flags = own[: own.index("--")], own[own.index("--") + 1 :]
    arguments = parser.parse_args(own, argparse.Namespace(flags=flags))
    console = Console(getattr(arguments, "error_format", "text"))
    try:
        status: int = command.run(arguments, console)
        return status
    except AssemblyError as error:
        console.report(error.diagnostics, error.source)
        return USAGE if isinstance(error, ConfigurationError) else WRONG
    except CommandError as error:
        return console.fail(error, parser.prog)
    except ToolMissing as error:
        return console.fail(CommandError(str(error), USAGE, "tool-missing"), parser.prog)
    except (MemoryError, RecursionError):
        return console.fail(CommandError("the input needs too much memory"), parser.prog)
    finally:
        console.close()


def _parser_of(name: str, command: Any, add: Callable[..., Any] | None = None) -> _Parser:
    """The parser of a command, whose module is given; `add` makes it, one of subparsers say."""
    title = COMMANDS[name]
    settings: dict[str, Any] = {
        "prog": f"{PROGRAM} {name}",
        "description": f"{title[0].upper()}{title[1:]}.",
        "epilog": f"examples:\n{command.EXAMPLES}",
        "formatter_class": _Help,
        "allow_abbrev": False,
    }
    parser: _Parser = _Parser(**settings) if add is None else add(name, help=title, **settings)
    # For each argument argparse makes a formatter, to see whether that could show it: one will do.
    checking = _Help(parser.prog)
    parser.formatter_class = lambda prog: checking
    command.configure(parser)
    parser.formatter_class = _Help
    return parser


def whole_parser() -> argparse.ArgumentParser:
    """A parser with all commands below it, as the writers of completions and manual pages take it;
    it is no part of what a command does."""
    parser = _overview(with_commands=False)
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=_Parser)
    for name in COMMANDS:
        command = __import__(module_of(name), fromlist=["run"])
        _parser_of(name, command, commands.add_parser)
    return parser


def _about(given: list[str]) -> int:
    """Print the help, or the version and with `-v` what else a result depends on."""
    from asm_rv32.basis import VERSION

    parser = _overview()
    asked = parser.parse_args(given or ["--help"])
    if not asked.version:
        parser.error("-v goes with --version")
    console = Console()
    try:
        console.print(f"{PROGRAM} {VERSION}")
        if asked.verbose:
            from asm_rv32.commands.about import details

            for line in details():
                console.print(line)
        return DONE
    except CommandError as error:
        return console.fail(error, PROGRAM)
    except ConfigurationError as error:
        console.report(error.diagnostics, error.source)
        return USAGE


def _listed(width: int) -> str:
    """The commands in their groups, what they do wrapped to the width."""
    from textwrap import wrap

    names = max(map(len, COMMANDS))
    lines = []
    for group, commands in GROUPS.items():
        lines.append(f"{group}:")
        for name, title in commands.items():
            first, *others = wrap(title, max(20, width - names - 4))
            lines.append(f"  {name:<{names}}  {first}")
            lines += [" " * (names + 4) + other for other in others]
        lines.append("")
    return "\n".join(lines)


def _overview(with_commands: bool = True) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} COMMAND ...",
        description=_OVERVIEW.format(commands=_listed(_width()), program=PROGRAM),
        formatter_class=_Help,
        allow_abbrev=False,
    )
    parser.add_argument("-V", "--version", action="store_true", help="show the version and exit")
    parser.add_argument(
        "-v", "--verbose", action="store_true",
        help="with --version: Python, engines, tools and pyproject.toml's values, too",
    )  # fmt: skip
    if with_commands:
        parser.add_argument(
            "command", nargs="?", choices=COMMANDS, metavar="COMMAND", help=argparse.SUPPRESS
        )
    return parser
