"""clang as a program: the one on PATH, or the one that the package ziglang carries.

Input: arguments as clang takes them. Output: what it prints. What may be given to it is what may
be given to gcc: `importing.gcc.flags_of`.
Invariant: a clang that is missing raises ToolMissing with the line that installs one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from shutil import which

from asm_rv32.basis import binutils
from asm_rv32.basis.diagnostics import ToolMissing

TARGET = ("--target=riscv32-unknown-elf", "-mno-relax", "-Wno-unused-command-line-argument")
"""Without relaxation, as its ULEB128 relocations end ld of binutils before 2.41."""


def run(arguments: Sequence[str]) -> str:
    """Standard output of clang. Raises ToolMissing, ProgramError."""
    return binutils.output_of("clang", [*_command(), *TARGET, *arguments])


def release() -> str:
    """`clang 22.1.8`. Raises ToolMissing, ProgramError."""
    words = run(["--version"]).split()
    return f"clang {words[words.index('version') + 1]}" if "version" in words else "clang"


def _command() -> list[str]:
    """The package's first: its version is one that a project can pin."""
    package = find_spec("ziglang")
    if package is not None and package.origin is not None:
        headers = os.path.join(os.path.dirname(package.origin), "lib", "include")
        return [sys.executable, "-m", "ziglang", "clang", "-isystem", headers]
    program = which("clang", path=binutils.places())
    if program is None:
        raise ToolMissing("clang is not installed; install it with: pip install ziglang")
    return [program]
