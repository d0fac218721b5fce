"""`asmrv32 import`: what other assemblers read as source of this one."""

from __future__ import annotations

import argparse
import os

from asm_rv32.commands.console import DONE, STANDARD, USAGE, WRONG, CommandError, Console
from asm_rv32.commands.options import add_error_format, add_isa, settled
from asm_rv32.formats.archive import ArchiveError
from asm_rv32.formats.elf_reader import ElfError
from asm_rv32.formats.file_kinds import ARCHIVE, C_SOURCE, GNU_SOURCE, OBJECT
from asm_rv32.importing.c_source import import_c
from asm_rv32.importing.gcc import GccError
from asm_rv32.importing.gnu import NoSuchFunction, Options, import_gnu, import_preprocessed
from asm_rv32.importing.objects import import_object
from asm_rv32.importing.python import Written

EXAMPLES = """\
  asmrv32 import startup.s -o startup.py    a source for GNU as as functions and data
  asmrv32 import startup.s                  to standard output
  asmrv32 import memcpy.S -o memcpy.py -- -DCOPY_WORDS -Iinclude
                                            a source that gcc's preprocessor reads first
  asmrv32 import startup.s --function main  this function, and what it needs
  asmrv32 import filter.c -o filter.py -- -O3
                                            C as gcc compiles it, each line of it beside its code,
                                            with what it calls of gcc's library
  asmrv32 import filter.o -o filter.py      an object, by its symbols and relocations
  asmrv32 import libgcc.a --function __divdi3 -o divide.py
                                            of an archive, this function and what it needs

Options for gcc: -O3, -DNAME=VALUE, -IFOLDER, -march=ISA and others that run nothing (C: -O2).

What comes out is yours to go on from: functions under @asm_rv32, data under @asm_data, macros
under @asm_macro, constants as Python's, comments where they were. It has been assembled, and gives
the code that GNU as makes of the source. What has no form here is an error at its place;
docs/from-gnu.md tells of each construct.
"""
SUFFIXES = (".s", ".S", ".asm", ".c")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "file", metavar="SOURCE", help=".s .S .c .o .a .elf; - is standard input, as .s"
    )
    parser.add_argument(
        "-o", "--output", metavar="OUT.py", default=STANDARD, help="file to write (default: -)"
    )
    parser.add_argument(
        "--function", action="append", metavar="NAME", dest="functions", default=[],
        help="take only this function and what it needs; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--no-guess", action="store_false", dest="guesses",
        help="of a program without relocations: a number stays one where only its value says that "
        "it is an address",
    )  # fmt: skip
    add_isa(parser)
    add_error_format(parser)
    parser.usage = f"{parser.format_usage().partition(' ')[2].rstrip()} [-- GCC_OPTIONS ...]"
    parser.set_defaults(flags=[])


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Write the Python file, and say what is in it."""
    given = arguments.isa
    arguments = settled(arguments, arguments.file)
    is_bound = given is not None or arguments.configuration.isa is not None
    options = Options(arguments.isa, arguments.functions, is_bound, arguments.guesses)
    with console.progress(f"importing {arguments.file}"):
        written = _imported(arguments, options, console)
    console.write(arguments.output, written.text.encode())
    if arguments.output != STANDARD:
        console.print(f"{arguments.output}: {_told(written)}")
    return DONE


def _imported(arguments: argparse.Namespace, options: Options, console: Console) -> Written:
    path = arguments.file
    if path != STANDARD and os.path.splitext(path)[1] not in SUFFIXES:
        return _of_object(arguments, options, console)
    suffix = ".s" if path == STANDARD else os.path.splitext(path)[1]
    if arguments.flags and suffix not in (".S", ".c"):
        raise CommandError("options for gcc go with a source that it reads: .S, .c", USAGE)
    try:
        if suffix == ".c":
            console.read_source(path, C_SOURCE)
            return import_c(path, options, arguments.flags)
        source = console.read_source(path, GNU_SOURCE)
        if suffix == ".S":
            return import_preprocessed(source, options, arguments.flags)
        return import_gnu(source, options)
    except NoSuchFunction as error:
        raise CommandError(f"{path} has {error}", USAGE) from None
    except GccError as error:
        raise CommandError(f"gcc: {error}", WRONG, "tool") from None


def _of_object(arguments: argparse.Namespace, options: Options, console: Console) -> Written:
    """What machine code is: objects, archives and programs say what they are themselves."""
    path = arguments.file
    data = console.read(path)
    if not data.startswith((b"\x7fELF", b"!<")):
        console.require(path, data, GNU_SOURCE, OBJECT, ARCHIVE)
        known = ", ".join(SUFFIXES)
        message = f"{path}: import reads {known} by the name's end, and ELF files and archives"
        raise CommandError(message, USAGE, "file-kind")
    if arguments.flags:
        raise CommandError("options for gcc go with a source that it reads: .S", USAGE)
    try:
        return import_object(path, data, options)
    except NoSuchFunction as error:
        raise CommandError(f"{path} has {error}", USAGE) from None
    except (ElfError, ArchiveError) as error:
        raise CommandError(f"{path}: {error}", WRONG, "file") from None


def _told(written: Written) -> str:
    """What a file holds, in a sentence."""
    functions, blocks = written.counts
    return ", ".join(
        f"{count} {what}{'s' * (count != 1)}"
        for count, what in ((functions, "function"), (blocks, "block of data"))
        if count or what == "function"
    ).replace("block of datas", "blocks of data")
