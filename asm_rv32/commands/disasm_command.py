"""`asmrv32 disasm`: the text of machine code in a file."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator

from asm_rv32.commands.configuration import configuration
from asm_rv32.commands.console import DONE, STANDARD, USAGE, WRONG, CommandError, Console
from asm_rv32.commands.options import add_error_format, add_isa
from asm_rv32.formats.file_kinds import MACHINE_CODE
from asm_rv32.formats.machine_code import KINDS, Block, InputError, blocks, kind_of
from asm_rv32.isa.sets import DEFAULT_ISA, instruction_set
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
    parser.add_argument("file", metavar="FILE", help=".bin .hex .elf .o .mpy; - is standard input")
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
    isa = configuration(arguments.file).isa or DEFAULT_ISA
    show = _as_source if arguments.syntax == "asm_rv32" else _as_gnu
    taken: set[str] = set()
    for index, block in enumerate(found):
        if block.is_bytecode:
            console.print(f"# {block.name}: bytecode")
            continue
        name = identifier(block.name, taken) or f"f_{block.address:04x}"
        taken.add(name)
        if index and not found[index - 1].is_bytecode:
            console.print("")
        for line in show(block, name, arguments.isa or block.isa or isa):
            console.print(line)
    return DONE


def _as_source(block: Block, name: str, isa: str) -> Iterator[str]:
    """A function of this assembler, address and bytes as comments."""
    instructions = instruction_set(isa)
    labels = with_targets(
        block.code, instructions, block.labels, block.stretches, address=block.address
    )
    option = "" if isa == DEFAULT_ISA else f'(isa="{isa}")'
    parameters = ", ".join(f"a{number}" for number in range(block.parameters))
    yield f"@micropython.asm_rv32{option}"
    yield f"def {name}({parameters}){_ANNOTATIONS[block.returns]}:"
    lines = disassemble(block.code, instructions, labels, block.stretches, address=block.address)
    for line in lines:
        if line.address in labels:
            yield f"    label({labels[line.address]})"
        raw = line.data.hex() if len(line.data) <= 16 else f"{len(line.data)} bytes"
        yield f"    {line.text:<34}  # {line.address:4x}  {raw}"
    end = block.address + len(block.code)
    if end in labels:
        yield f"    label({labels[end]})"


def _as_gnu(block: Block, name: str, isa: str) -> Iterator[str]:
    """A function in GNU's syntax, address and bytes as comments."""
    instructions = instruction_set(isa)
    labels = with_targets(
        block.code, instructions, block.labels, block.stretches, address=block.address
    )
    yield f"{name}:"
    lines = disassemble(
        block.code, instructions, labels, block.stretches, address=block.address, syntax="gnu"
    )
    width = 0
    for line in lines:
        if line.address in labels:
            yield f"{labels[line.address]}:"
        if line.is_code and len(line.data) != width:
            width = len(line.data)
            # So that GNU as keeps the sizes.
            yield f"\t.option {'rvc' if width == 2 else 'norvc'}"
        raw = line.data.hex() if len(line.data) <= 16 else f"{len(line.data)} bytes"
        yield f"\t{line.text:<34}  # {line.address:4x}  {raw}"
    end = block.address + len(block.code)
    if end in labels:
        yield f"{labels[end]}:"
