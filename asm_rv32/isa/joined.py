"""Several ISA strings together.

Input: ISA strings. Output: one that has the instructions of all.
"""

from __future__ import annotations

from collections.abc import Iterable

from asm_rv32.isa.sets import Isa, isa_of_files, parse_isa


def joined_isa(isas: Iterable[str]) -> str:
    """An ISA string that has the instructions of all of these. Raises IsaError where these cannot
    stand together."""
    wanted = list(dict.fromkeys(isas))
    if len(wanted) == 1:
        return wanted[0]
    parsed = [parse_isa(isa) for isa in wanted]
    base = "rv32e" if all(base == "rv32e" for base, _ in parsed) else "rv32i"
    files = {file for _, found in parsed for file in found}
    own = [each for isa in wanted if isinstance(isa, Isa) for each in isa.tables.own]
    text = isa_of_files(base, files)
    if own:
        from asm_rv32.isa.own_tables import with_tables  # few programs have any

        text = with_tables(text, own)
    parse_isa(text)
    return text
