"""`asmrv32 isa`: what instructions there are, from the tables."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from asm_rv32.assembler.foreign import unknown_mnemonic
from asm_rv32.basis.diagnostics import Span
from asm_rv32.commands.console import DONE, STANDARD, USAGE, CommandError, Console
from asm_rv32.commands.options import add_error_format, add_isa, settled
from asm_rv32.isa.rows import Row, Syntax
from asm_rv32.isa.sets import InstructionSet, instruction_set
from asm_rv32.isa.tables import extension_names, python_name
from asm_rv32.isa.wording import told

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
            console.print("\n".join(_description(name, instructions)))
    else:
        console.print("\n".join(_overview(arguments.isa, instructions)))
    return DONE


def _mnemonic(name: str, instructions: InstructionSet) -> str:
    found = name if name in instructions.mnemonics else instructions.mnemonic_of.get(name)
    if found is None:
        why = unknown_mnemonic(name, Span(0, 0), instructions)
        notes = (note.partition(": ")[2] for note in why.notes)
        raise CommandError("; ".join((why.message, *notes)), USAGE)
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


def form(row: Row, syntax: Syntax) -> str:
    """The operands as the row names them, `addi(rd, rs1, imm12)`."""
    names = [
        str(literal) if variable < 0 else row.variables[variable]
        for variable, literal in syntax.slots
    ]
    return f"{python_name(row.name)}({', '.join(syntax.fill(names))})"


def pattern(row: Row) -> str:
    """The bits of the encoding, the highest first: fixed ones, and a dot for an operand's."""
    width = 8 * row.size
    bits = "".join(
        "." if not row.mask >> bit & 1 else str(row.match >> bit & 1)
        for bit in range(width - 1, -1, -1)
    )
    return " ".join(bits[at : at + 4] for at in range(0, width, 4))


def _steps(row: Row) -> str:
    expands = row.data.get("expands", [])
    if expands == "constant":
        return "the fewest bytes that give the value"
    return expands if isinstance(expands, str) else "; ".join(expands)


def _description(name: str, instructions: InstructionSet) -> Iterator[str]:
    for row in instructions.rows(name):
        kind = "pseudo-instruction" if row.is_pseudo else f"{row.size} bytes"
        yield f"{name}  ({row.extension}, {kind}{', a hint' if row.hint else ''})"
        for syntax in row.syntaxes:
            yield f"  {form(row, syntax)}"
        for variable, operand in zip(row.variables, row.kinds):
            yield f"    {variable:<11} {operand.kind:<6} {operand.accepted}"
        if not row.is_pseudo:
            yield f"  encoding  {pattern(row)}"
        if _steps(row):
            yield f"  is        {_steps(row)}"
        if told(row):
            yield f"  does      {told(row)}"
        shorter = dict.fromkeys(python_name(found.name) for found, _ in row.shorter)
        if shorter:
            yield f"  shortened to {', '.join(shorter)}"
        yield ""


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
            "expands": _steps(row) or None,
            "does": told(row) or None,
            "hint": row.hint,
        }
        for row in instructions.rows(name)
    ]
