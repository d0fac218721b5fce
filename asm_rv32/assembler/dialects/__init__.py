"""The dialects by their names.

Input: a name. Output: its `Dialect`.
Invariant: what only one of them needs is loaded for it alone.
"""

from __future__ import annotations

from functools import cache

from asm_rv32.assembler.dialects.job import Dialect

OWN, MICROPYTHON = DIALECTS = ("asm_rv32", "micropython")
SCRIPT = "script"
"""MicroPython's as a script is run here; chosen by `asmrv32 exec`, not by users."""


@cache
def find_dialect(name: str) -> Dialect | None:
    """The dialect of a name; None where there is none."""
    if name == OWN:
        from asm_rv32.assembler.dialects.own import Own

        return Own()
    if name in (MICROPYTHON, SCRIPT):
        from asm_rv32.assembler.dialects.board import Board, Script

        return Board() if name == MICROPYTHON else Script()
    return None
