"""`asmrv32 romfs`: a directory as an image of MicroPython's read-only file system."""

from __future__ import annotations

import argparse
from pathlib import Path

from asm_rv32.assembler.dialects import OWN
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.commands.console import DONE, STANDARD, USAGE, WRONG, CommandError, Console
from asm_rv32.commands.options import (
    add_board,
    add_board_has,
    add_error_format,
    add_isa,
    add_portable,
    settled,
)
from asm_rv32.formats import FormatError, file_kinds
from asm_rv32.formats.board import file as board_file
from asm_rv32.formats.board import romfs

EXAMPLES = """\
  asmrv32 romfs app -o app.romfs             every .py compiled, assembler and all; the rest as is
  asmrv32 romfs app -o app.romfs --deploy    and written to the board that is connected
  asmrv32 romfs --list app.romfs             what an image holds, with sizes

On the board the image is mounted at /rom, and its modules are imported from there.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("directory", metavar="DIR", nargs="?", help="what the image is to hold")
    parser.add_argument("-o", "--output", metavar="OUT.romfs", help="image to write")
    parser.add_argument("--list", metavar="IMAGE", dest="image", help="show what an image holds")
    parser.add_argument(
        "--deploy", action="store_true", help="have mpremote write the image to a board's ROMFS"
    )
    parser.add_argument(
        "--device", metavar="NAME", help="the board, as mpremote's connect names it (default: any)"
    )
    add_portable(parser)
    add_board_has(parser)
    add_isa(parser)
    add_board(parser)
    parser.set_defaults(dialect=None, default_dialect=OWN)
    add_error_format(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Build an image, and deploy it where that is asked for; or list one."""
    try:
        if arguments.image is not None:
            return _list(arguments, console)
        if arguments.directory is None or arguments.output is None:
            raise CommandError("name a directory and -o OUT.romfs, or --list IMAGE", USAGE)
        status = _build(arguments, console)
        if status == DONE and arguments.deploy:
            status = romfs.deploy(Path(arguments.output), arguments.device)
        return status
    except romfs.RomfsError as error:
        raise CommandError(str(error), WRONG, "romfs") from None


def _list(arguments: argparse.Namespace, console: Console) -> int:
    building = (arguments.directory, arguments.output)
    if any(given is not None for given in building) or arguments.deploy or arguments.portable:
        raise CommandError("--list goes with an image alone", USAGE)
    image = console.read(arguments.image)
    console.require(arguments.image, image, file_kinds.ROMFS)
    console.print(romfs.listing(romfs.read(image), len(image)))
    return DONE


def _build(arguments: argparse.Namespace, console: Console) -> int:
    directory, output = Path(arguments.directory), arguments.output
    if output != STANDARD and romfs.is_inside(output, directory):
        message = f"{output} is in {directory}, and the next image would hold it; name another"
        raise CommandError(message, USAGE)
    wrong = []
    functions = 0

    def compile_file(path: Path, _name: str) -> bytes:
        nonlocal functions
        asked = settled(arguments, str(path))
        try:
            source = console.read_source(str(path))
            module = assemble(
                source.text, path=source.path, isa=asked.isa, dialect=asked.dialect,
                tables=asked.tables,
                board=asked.board,
            )  # fmt: skip
            functions += len(module.functions)
            return board_file.write(module, whole=True, portable=arguments.portable,
                                    board_has=arguments.board_has)  # fmt: skip
        except AssemblyError as error:
            # The other files are read all the same, so that every mistake is shown at once.
            console.report(error.diagnostics, error.source)
        except FormatError as error:
            finding = {"path": str(path), "severity": "error", "code": "format",
                       "message": str(error), "notes": []}  # fmt: skip
            console.find(finding, f"{path}: error[format]: {error}")
        wrong.append(path)
        return b""

    with console.progress(f"building {output}"):
        image = romfs.build(directory, compile_file)
    if wrong:
        return WRONG
    console.write(output, image)
    if output != STANDARD:
        counted = f"{functions} assembler function" + "s" * (functions != 1)
        console.print(f"{output}  {len(image)} bytes  {counted}")
    return DONE
