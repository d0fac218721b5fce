"""`asmrv32 isa`: what instructions there are, from the tables."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from asm_rv32.assembler.foreign import unknown_mnemonic
from asm_rv32.basis.diagnostics import Span
from asm_rv32.basis.records import Any
from asm_rv32.commands.console import DONE, STANDARD, USAGE, CommandError, Console
from asm_rv32.commands.options import add_error_format, add_isa, settled
from asm_rv32.isa.sets import InstructionSet, instruction_set
from asm_rv32.isa.tables import extension_names, python_name
from asm_rv32.isa.wording import described, form, pattern, steps, told

EXAMPLES = """\
  asmrv32 isa                         every extension with its mnemonics
  asmrv32 isa addi c_lw csrrw         what these take, and how they are encoded
  asmrv32 isa --isa rv32imc_zba sh1add
  asmrv32 isa -f json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "mnemonics", nargs="*", metavar="MNEMONIC", help="show these, as c_mv, c.mv or and_"
    )
    add_isa(parser)
    parser.add_argument(
        "-f", "--format", choices=("text", "json"), default="text", help="(default: text)"
    )
    add_error_format(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Print the overview, or the mnemonics asked for."""
    arguments = settled(arguments, STANDARD)
    instructions = instruction_set(arguments.isa)
    names = [_mnemonic(name, instructions) for name in arguments.mnemonics]
    if arguments.format == "json":
        _print_json(names or list(instructions.mnemonics), arguments.isa, instructions, console)
    elif names:
        for name in names:
            console.print("\n".join(described(name, instructions)))
    else:
        console.print("\n".join(_overview(arguments.isa, instructions)))
    return DONE


def _mnemonic(name: str, instructions: InstructionSet) -> str:
    found = name if name in instructions.mnemonics else instructions.mnemonic_of.get(name)
    if found is None:
        why = unknown_mnemonic(name, Span(0, 0), instructions)
        raise CommandError(why.in_a_line, USAGE)
    return found


def _overview(isa: str, instructions: InstructionSet) -> Iterator[str]:
    import textwrap

    known = ", ".join(extension_names())
    yield f"{isa}; an ISA is rv32i or rv32e, and of these: {known}"
    for extension in instructions.extensions:
        names = [
            python_name(name)
            for name in instructions.mnemonics
            if any(row.extension == extension for row in instructions.rows(name))
        ]
        yield ""
        yield f"{extension} ({len(names)})"
        yield from textwrap.wrap(
            " ".join(names), 78, initial_indent="  ", subsequent_indent="  ",
            break_on_hyphens=False,
        )  # fmt: skip
    yield ""
    yield f"{len(instructions.csr_numbers)} control and status registers have names"


def _print_json(names: list[str], isa: str, instructions: InstructionSet, console: Console) -> None:
    import json

    value = {
        "isa": isa,
        "extensions": list(instructions.extensions),
        "known_extensions": list(extension_names()),
        "instructions": {name: _rows(name, instructions) for name in names},
    }
    console.print(json.dumps(value, indent=2))


def _rows(name: str, instructions: InstructionSet) -> list[dict[str, Any]]:
    return [
        {
            "python": python_name(name),
            "extension": row.extension,
            "size": row.size,
            "forms": [form(row, syntax) for syntax in row.syntaxes],
            "operands": {
                variable: {"kind": operand.kind, "accepted": operand.accepted}
                for variable, operand in zip(row.variables, row.kinds)
            },
            "encoding": pattern(row) if row.size else None,
            "expands": steps(row) or None,
            "does": told(row) or None,
            "hint": row.hint,
        }
        for row in instructions.rows(name)
    ]
