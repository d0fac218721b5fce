"""What the decorator of an imported function has to say.

Input: a unit. Output: its ISA, its options as text.
"""

from __future__ import annotations

import re

from asm_rv32.importing.items import Sections
from asm_rv32.importing.operands import Code
from asm_rv32.importing.units import Unit
from asm_rv32.isa.rows import Row
from asm_rv32.isa.sets import DEFAULT_ISA, extended, instruction_set, parse_isa

_SYMBOL = re.compile(r"[A-Za-z_.$][\w.$]*", re.ASCII)


def isa_of(found: Sections, unit: Unit) -> str:
    """The least ISA, from the usual one on, that has the instructions of a unit, and what they are
    shortened to."""
    own, base = parse_isa(found.isa), parse_isa(DEFAULT_ISA)
    instructions = instruction_set(found.isa)
    rows = {
        (item.content.row, item.compress)
        for item in unit.items
        if isinstance(item.content, Code) and item.content.row is not None
    }
    needed: set[str] = set()
    for row, compress in rows:
        bases = _bases(row) if compress else ()
        short = [each for base in bases for each, _ in instructions.compressions(base)]
        for each in (row, *short):
            needed |= {each.extension, each.data.get("needs", each.extension)}
    more = [each.removeprefix("rv32") for each in own[1] if each in needed - {*base[1]}]
    letters = [each for each in (*DEFAULT_ISA[len(base[0]) :], *more) if len(each) == 1]
    words = [each for each in more if len(each) > 1]
    return extended(own[0] + "".join(sorted(letters, key="mafc".find)), words, like=found.isa)


def _bases(row: Row) -> tuple[Row, ...]:
    """What a row stands for in 32 bits."""
    is_sequence = row.is_pseudo and not row.meaning
    return tuple(step.row for step in row.expansion) if is_sequence else (row,)


def decorator_options(found: Sections, unit: Unit, called: str, symbol: str) -> str:
    """The options in brackets; nothing where all is as usual. `called`: the name of the function,
    `symbol`: that in the source."""
    if not unit.is_code:
        options = ["writable=True"] if unit.is_writable else []
        options += linker_options(found, called, symbol)
        return f"({', '.join(options)})" if options else ""
    isa = isa_of(found, unit)
    options = [f'isa="{isa}"'] if isa != DEFAULT_ISA else []
    codes = [item for item in unit.items if isinstance(item.content, Code)]
    if not any(item.compress for item in codes):
        options.append("compress=False")
    options += linker_options(found, called, symbol)
    return f"({', '.join(options)})" if options else ""


def linker_options(found: Sections, called: str, symbol: str) -> list[str]:
    """What a linker knows by another name than Python, and in whose place it takes another's."""
    said = found.said
    options = ["weak=True"] if symbol in said.weak else []
    is_public = symbol in said.globals or symbol in said.weak or symbol in said.common
    if called != symbol and is_public and _SYMBOL.fullmatch(symbol):
        options.append(f'symbol="{symbol}"')
    return options
