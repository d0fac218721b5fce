"""`asmrv32 disasm`: the text of machine code in a file."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator

from asm_rv32.commands.configuration import configuration
from asm_rv32.commands.console import DONE, STANDARD, USAGE, WRONG, CommandError, Console
from asm_rv32.commands.options import add_error_format, add_isa, own_isa, table_file
from asm_rv32.formats.board.mpy import MICROPYTHON, firmware_of
from asm_rv32.formats.file_kinds import MACHINE_CODE
from asm_rv32.formats.machine_code import KINDS, Block, InputError, blocks, kind_of
from asm_rv32.isa.references import cuts, symbolic
from asm_rv32.isa.sets import DEFAULT_ISA, extension_title, instruction_set
from asm_rv32.isa.text import SYNTAXES, disassemble, identifier, with_targets

EXAMPLES = """\
  asmrv32 disasm fir.mpy                   the assembler functions of a MicroPython module
  asmrv32 disasm firmware.elf --syntax gnu
  asmrv32 disasm - -f bin < code.bin
  asmrv32 disasm fir.bin > again.py        can be assembled again, with --no-compress

What is no instruction is shown as data. Names of targets that the file does not tell are made up.
"""
_ANNOTATIONS = {
    "int": "",
    "uint": " -> uint",
    "bool": " -> bool",
    "object": " -> object",
    "None": " -> None",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "file", metavar="FILE", help=".bin .hex .uf2 .elf .o .mpy; - is standard input"
    )
    parser.add_argument(
        "--syntax", choices=SYNTAXES, default=SYNTAXES[0], help=f"(default: {SYNTAXES[0]})"
    )
    parser.add_argument("-f", "--format", choices=KINDS, help="what FILE is, where that is unclear")
    add_isa(parser)
    add_error_format(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Print the text of everything in the file that is code."""
    data = console.read(arguments.file)
    suffix = "" if arguments.file == STANDARD else os.path.splitext(arguments.file)[1]
    kind = arguments.format or kind_of(suffix, data)
    if kind is None:
        console.require(arguments.file, data, MACHINE_CODE)
        raise CommandError(
            f"what {arguments.file} holds is unclear; say it with -f {'|'.join(KINDS)}", USAGE
        )
    try:
        found = blocks(data, kind)
    except InputError as error:
        raise CommandError(f"{arguments.file}: {error}", WRONG, "file") from None
    if not found and kind == "mpy":
        console.print("# no function but the module's own bytecode")
    elif not found:
        raise CommandError(f"{arguments.file} holds no machine code", WRONG, "file")
    if kind == "mpy" and firmware_of(data) != MICROPYTHON:
        console.print(f"# a .mpy file of {firmware_of(data)}, which nothing else loads")
    project = configuration(arguments.file)
    isa = project.isa or DEFAULT_ISA
    tables = [table_file(path) for path in dict.fromkeys((*project.tables, *arguments.tables))]
    show = _as_source if arguments.syntax == "asm_rv32" else _as_gnu
    for line in _unknown_extensions(found, {each.name for each in tables}):
        console.print(line)
    taken = {block.name for block in found if block.named}
    for index, block in enumerate(found):
        if block.is_bytecode:
            console.print(f"# {block.name}: bytecode")
            continue
        name = block.name
        if not block.named:
            name = identifier(block.name, taken) or f"f_{block.address:04x}"
            taken.add(name)
        if index and not found[index - 1].is_bytecode:
            console.print("")
        labels = taken if arguments.syntax == "gnu" else None
        wanted = own_isa(arguments.isa or block.isa or isa, tables)
        for line in show(_Shown(block, name, wanted, labels)):
            console.print(line)
    return DONE


def _unknown_extensions(found: list[Block], own: set[str]) -> Iterator[str]:
    """What the file is for and cannot be shown, in words; `own`: what is known beside ours."""
    unknown = (name for block in found for name in block.unknown if name not in own)
    for name in dict.fromkeys(unknown):
        title = extension_title(name)
        titled = f"{name} ({title})" if title else name
        yield f"# the file is for {titled}, which is not known here: what is of it stands as data"


class _Shown:
    """A block with all that its text depends on."""

    def __init__(self, block: Block, name: str, isa: str, taken: set[str] | None) -> None:
        """`taken`: the names of a file in GNU's syntax, where labels have them to themselves."""
        syntax = SYNTAXES[0] if taken is None else "gnu"
        self.block = block
        self.name = name
        self.isa = isa
        code, address, instructions = block.code, block.address, instruction_set(isa)
        found = symbolic(code, address, instructions, block.references, block.labels)
        found = found._replace(notes=block.notes, cuts=cuts(block.references, block.labels))
        self.labels = with_targets(
            code, instructions, block.labels, block.stretches,
            address=address, symbolic=found, outside=block.outside, scope=block.scope, taken=taken,
        )  # fmt: skip
        self.lines = disassemble(
            code, instructions, self.labels, block.stretches,
            address=address, syntax=syntax, symbolic=found,
        )  # fmt: skip

    def texts(self, label: str, statement: str) -> Iterator[tuple[str, int]]:
        """Labels and statements, in these frames, with the bytes of a statement that is code."""
        for line in self.lines:
            if self.labels.is_own(line.address):
                yield label.format(self.labels[line.address]), 0
            raw = line.data.hex() if len(line.data) <= 16 else f"{len(line.data)} bytes"
            text = f"{statement}{line.text:<34}  # {line.address:4x}  {raw}"
            yield text + (f"  {line.note}" if line.note else ""), len(line.data) * line.is_code
        end = self.block.address + len(self.block.code)
        if self.labels.is_own(end):
            yield label.format(self.labels[end]), 0


def _as_source(shown: _Shown) -> Iterator[str]:
    """A function of this assembler, address and bytes as comments."""
    option = "" if shown.isa == DEFAULT_ISA else f'(isa="{shown.isa}")'
    parameters = ", ".join(f"a{number}" for number in range(shown.block.parameters))
    yield f"@micropython.asm_rv32{option}"
    yield f"def {shown.name}({parameters}){_ANNOTATIONS[shown.block.returns]}:"
    for text, _ in shown.texts("    label({})", "    "):
        yield text


def _as_gnu(shown: _Shown) -> Iterator[str]:
    """A function in GNU's syntax, address and bytes as comments."""
    yield f"{shown.name}:"
    option = ""
    for text, size in shown.texts("{}:", "\t"):
        wanted = "rvc" if size == 2 else "norvc"
        if size and wanted != option:
            option = wanted
            # So that GNU as keeps the sizes.
            yield f"\t.option {option}"
        yield text
