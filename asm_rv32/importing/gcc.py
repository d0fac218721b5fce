"""gcc as a program: what may be given to it, and the preprocessor for assembly sources.

Input: flags, and the path of a source. Output: what gcc prints.
Invariants: only flags of gcc_flags.toml are given to gcc: no program but gcc's own is run, and
nothing is written outside of a temporary folder. What gcc trusts blindly, precompiled headers, is
not read.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from asm_rv32.basis import binutils
from asm_rv32.basis.diagnostics import ToolMissing

INSTALL = "apt-get install gcc-riscv64-unknown-elf"
ISA = "rv32imc"
ALLOWED = os.path.join(os.path.dirname(__file__), "gcc_flags.toml")
"""What may be given."""
FREESTANDING = os.path.join(os.path.dirname(__file__), "freestanding")
"""Headers that freestanding C has beside gcc's own."""
PREPROCESSING = binutils.Bounds(6, 1 << 30, 64 << 20)
"""What the preprocessor may take: macros and files within each other come to any size."""
INCLUDED, SCANNED = 1000, 4 << 20
"""So many files, and bytes of each, are looked through for what they include."""
_INCLUDES = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]', re.MULTILINE)
MEMORY = os.path.join(FREESTANDING, "memory.c")
"""The functions that gcc calls of itself: memcpy and its kin."""


class GccError(RuntimeError):
    """A flag that cannot be given, or what gcc refuses; the text says it, without gcc's name."""


def run(program: str, arguments: Sequence[str], bounds: binutils.Bounds = binutils.USUAL) -> str:
    """Standard output of a program of the toolchain. Raises ToolMissing, GccError."""
    if binutils.find(program) is None:
        prefix = binutils.PREFIXES[0]
        raise ToolMissing(f"{prefix}{program} is not installed; install it with: {INSTALL}")
    try:
        return binutils.run(program, arguments, bounds)
    except binutils.ProgramError as error:
        raise GccError(str(error)) from None


def flags_of(text: str) -> list[str]:
    """The flags that a text lists, as a shell reads it. Raises GccError."""
    import shlex

    try:
        return checked(shlex.split(text))
    except ValueError as error:
        raise GccError(f"flags {text!r}: {error}") from None


def checked(flags: Sequence[str]) -> list[str]:
    """The flags, all of which may be given. Raises GccError."""
    for flag in flags:
        if not _allowed().fullmatch(flag):
            raise GccError(
                f"{flag!r} cannot be given here; what can is what optimises (-funroll-loops), "
                "defines (-DN=4, -Ifolder), names C and machine (-std=c99, -march=rv32im) or warns"
            )
    return list(flags)


@lru_cache(maxsize=1)
def _allowed() -> re.Pattern[str]:
    """The flags that are taken, each a whole match."""
    import tomllib

    with open(ALLOWED, "rb") as file:
        table = tomllib.load(file)

    def named(letter: str, *groups: str) -> str:
        names = [re.escape(name) for group in groups for name in table[group].split()]
        words = "|".join(names).replace(r"\*", r"\w+")
        return rf"-{letter}(no-)?({words})(=[\w.:,+-]+)?"

    code, machine = named("f", "optimisations", "code", "language"), named("m", "machine")
    return re.compile("|".join([*table["forms"], code, machine]), re.ASCII | re.DOTALL)


def preprocessed(path: str, isa: str, flags: Sequence[str]) -> str:
    """An assembly source as the preprocessor leaves it, which knows the ISA, its comments and lines
    told.

    Raises ToolMissing, GccError.
    """
    with tempfile.TemporaryDirectory(prefix="asm_rv32-") as directory:
        # gcc looks for a precompiled header in place of the first one only.
        first = Path(directory) / "first.h"
        first.touch()
        given = [*machine(isa), "-include", str(first), *checked(flags)]
        # Behind a dot or a slash, no name is an option or a file of options.
        return _expanded([*given, "-x", "assembler-with-cpp", "-C"], path, flags)


def _expanded(given: Sequence[str], path: str, flags: Sequence[str]) -> str:
    """A source as the preprocessor leaves it, within bounds. Raises ToolMissing, GccError."""
    if found := _irregular(path, [flag[2:] for flag in flags if flag.startswith("-I")]):
        raise GccError(f"{found} is included, and is no file that ends")
    try:
        return run("gcc", [*given, "-E", os.path.join(os.curdir, path)], PREPROCESSING)
    except GccError as error:
        raise GccError(f"in the preprocessor, {error}") from None


def _irregular(path: str, folders: Sequence[str]) -> str:
    """What a source includes, or a file that it includes, that is a device or a pipe; or nothing.

    What a macro names is not looked at.
    """
    seen, waiting = {path}, [path]
    while waiting and len(seen) < INCLUDED:
        within = waiting.pop()
        try:
            with open(within, encoding="utf-8", errors="replace") as file:
                names = _INCLUDES.findall(file.read(SCANNED))
        except OSError:
            continue  # gcc tells of it
        for name in names:
            for folder in (os.path.dirname(within), *folders):
                there = os.path.join(folder, name)
                if os.path.isfile(there):
                    waiting += [there] if there not in seen else []
                    seen.add(there)
                    break
                if os.path.exists(there) and not os.path.isdir(there):
                    return there
    return ""


C_FLAGS = (
    "-ffreestanding", "-fno-pic", "-mcmodel=medany", "-msmall-data-limit=0", "-fno-section-anchors",
    "-fno-asynchronous-unwind-tables", "-ftls-model=local-exec",
)  # fmt: skip
"""C that needs nothing around it, finds its data from where it stands, and data of a thread without
a table."""


def machine(isa: str) -> list[str]:
    """The flags that name an ISA and how its functions are called."""
    known = [name for name in isa.split("_") if name[0] != "x"]  # no maker's extension is
    return [
        f"-march={'_'.join(known)}",
        "-mabi=ilp32e" if isa.startswith("rv32e") else "-mabi=ilp32",
    ]


def compiled(path: str, isa: str, flags: Sequence[str]) -> str:
    """A C source as the assembly that gcc makes of it, with the lines of C as comments.

    Raises ToolMissing, GccError.
    """
    with tempfile.TemporaryDirectory(prefix="asm_rv32-") as directory:
        first = Path(directory) / "first.h"
        first.touch()
        given = [*machine(isa), *C_FLAGS, "-idirafter", FREESTANDING, "-include", str(first)]
        given += checked(flags)
        _expanded([*given, "-x", "c"], path, flags)  # what has no end is to have none there
        source = ["-x", "c", "-S", "-fverbose-asm", os.path.join(os.curdir, path), "-o", "-"]
        return run("gcc", [*given, *source])


def memory_object(isa: str, optimisation: Sequence[str]) -> bytes:
    """The object of MEMORY. Raises ToolMissing, GccError."""
    with tempfile.TemporaryDirectory(prefix="asm_rv32-") as directory:
        out = Path(directory) / "memory.o"
        # What is a loop there is not to become a call of itself.
        plain = ["-fno-tree-loop-distribute-patterns", "-ffunction-sections", *optimisation]
        given = [*machine(isa), *C_FLAGS, "-idirafter", FREESTANDING, *plain]
        run("gcc", [*given, "-c", MEMORY, "-o", str(out)])
        return out.read_bytes()


def library(isa: str) -> bytes:
    """The archive of gcc's own functions. Raises ToolMissing, GccError."""
    letters = isa.partition("_")[0]
    default = run("gcc", ["-print-libgcc-file-name"]).strip()
    # Of an ISA that it has no library for, gcc names that of its default, a 64-bit one.
    for each in (isa, letters, letters.replace("a", ""), letters[:5]):
        path = run("gcc", [*machine(each), "-print-libgcc-file-name"]).strip()
        if path != default:
            break
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise GccError(f"its library {path} cannot be read: {error.strerror}") from None
