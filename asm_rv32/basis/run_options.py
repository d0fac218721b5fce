"""What a decorator and a command line can ask of calls: each option once.

The decorator's reader takes names and types from here, `machine.settings` the defaults, commands
their options. What an option means is said in `Settings`.
"""

from __future__ import annotations

from asm_rv32.basis.records import Any, NamedTuple

UNICORN, PYTHON = ENGINES = ("unicorn", "python")


class RunOption(NamedTuple):
    """One option: `NAME=` of a decorator, `--NAME` of a command; what is `True` where nothing is
    said is `--no-NAME` there."""

    name: str
    type: type
    default: Any
    """None: something else decides, the board or the core for one."""
    help: str
    """Of the command; `{default}` may stand in it."""
    metavar: str = ""
    choices: tuple[str, ...] = ()


LIMITS = (
    RunOption("stack", int, 8192, "size of the stack (default: {default})", "BYTES"),
    RunOption(
        "max_instructions", int, 100_000_000, "stop after so many (default: {default:,})", "N"
    ),
    RunOption("max_seconds", int, 60, "stop a call after so many (default: {default})", "N"),
    RunOption("misaligned", bool, False, "allow loads and stores at any address"),
)
"""How far a call may go; of every command that makes one."""
CHECKS = (
    RunOption(
        "sanitize", bool, True,
        "do not check what a board would punish later: saved registers and sp at the return, the "
        "use of the stack, execution of data",
    ),
    RunOption(
        "core", str, None,
        "trap misaligned loads and stores as this core of `asmrv32 cores` does; without it all "
        "are",
        "NAME",
    ),
    RunOption(
        "engine", str, None,
        "what executes the code: unicorn, or python, our own, which needs no package and is "
        "slower (default: unicorn where it is installed)",
        choices=ENGINES,
    ),
)  # fmt: skip
"""What runs a call, and what it is held to beyond its limits; of commands that do no more."""
BOARD = RunOption(
    "board", str, None,
    "the board that code is for, one of `asmrv32 board list`: its ISA and core are the default, "
    "what it lacks is an error (default: pyproject.toml's)",
    "NAME",
)  # fmt: skip
RUN_OPTIONS = {option.name: option for option in (*LIMITS, *CHECKS, BOARD)}
