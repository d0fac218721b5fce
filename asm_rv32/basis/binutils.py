"""GNU binutils for RISC-V as programs.

Input: a program's short name and its arguments. Output: what it prints.
Invariant: a program that is missing raises ToolMissing with the line that installs it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from asm_rv32.basis.diagnostics import ToolMissing
from asm_rv32.basis.external import OUTPUT_LIMIT, ToolError, run_program
from asm_rv32.basis.records import NamedTuple

PREFIXES = ("riscv64-unknown-elf-", "riscv32-unknown-elf-", "riscv64-linux-gnu-")
INSTALL = "apt-get install binutils-riscv64-unknown-elf"
_SHOWN = 2000
"""Characters of what a program says."""


class Bounds(NamedTuple):
    """What a program may take: many times what gcc does for the largest source."""

    seconds: float = 300
    memory: int = 4 << 30
    """Bytes."""
    room: int = OUTPUT_LIMIT
    """Bytes that it may print."""


USUAL = Bounds()


class ProgramError(RuntimeError):
    """A program refused its input, kept no limit, or made nothing of use; the text says which."""


def find(name: str) -> str | None:
    """The path of a program of binutils, `objdump` or `as`; None where there is none."""
    from shutil import which

    on = places()
    return next((path for prefix in PREFIXES if (path := which(prefix + name, path=on))), None)


def places() -> str:
    """PATH without what is relative: what lies in the current directory is not run."""
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(place for place in places if os.path.isabs(place))


def run(name: str, arguments: Sequence[str], bounds: Bounds = USUAL) -> str:
    """Standard output of a program. Raises ToolMissing, ProgramError."""
    path = find(name)
    if path is None:
        raise ToolMissing(f"{PREFIXES[0]}{name} is not installed; install it with: {INSTALL}")
    return output_of(os.path.basename(path), [path, *arguments], bounds)


def output_of(name: str, command: Sequence[str], bounds: Bounds = USUAL) -> str:
    """Standard output of any program, of which errors tell by that name. Raises ProgramError."""
    environment = {**os.environ, "PATH": places(), "LC_ALL": "C"}
    try:
        done = run_program(command, bounds.seconds, environment, bounds.memory, bounds.room)
    except ToolError as error:
        raise ProgramError(f"{name} {error}") from None
    if done.status:
        said = done.errors.strip()[:_SHOWN] or f"exit status {done.status}"
        raise ProgramError(f"{name}: {said}")
    return done.output
