"""What the decorator of an imported function has to say.

Input: a unit. Output: its ISA, its options as text.
"""

from __future__ import annotations

from asm_rv32.importing.items import Sections
from asm_rv32.importing.mixed import is_mixed
from asm_rv32.importing.operands import Code
from asm_rv32.importing.units import Unit
from asm_rv32.isa.sets import DEFAULT_ISA, parse_isa


def isa_of(found: Sections, unit: Unit) -> str:
    """The least ISA, from the usual one on, that has the instructions of a unit."""
    own, base = parse_isa(found.isa), parse_isa(DEFAULT_ISA)
    needed = {
        item.content.row.extension
        for item in unit.items
        if isinstance(item.content, Code) and item.content.row is not None
    }
    more = [each.removeprefix("rv32") for each in own[1] if each in needed - {*base[1]}]
    letters = [each for each in (*DEFAULT_ISA[len(base[0]) :], *more) if len(each) == 1]
    words = [each for each in more if len(each) > 1]
    return "_".join([own[0] + "".join(sorted(letters, key="mafc".find)), *words])


def decorator_options(found: Sections, unit: Unit) -> str:
    """The options in brackets; nothing where all is as usual."""
    isa = isa_of(found, unit)
    options = [f'isa="{isa}"'] if isa != DEFAULT_ISA else []
    codes = [item for item in unit.items if isinstance(item.content, Code)]
    if is_mixed(unit.items) or not any(item.compress for item in codes):
        options.append("compress=False")
    return f"({', '.join(options)})" if options else ""
