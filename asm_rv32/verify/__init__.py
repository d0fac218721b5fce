"""Machine code held against independent tools: objdump, GNU as, mpy-cross.

Input: images. Output: `Finding`s, none where the tool agrees.
Invariant: a tool that is missing raises `ToolMissing`; it is never taken for agreement.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from asm_rv32.isa.image import FUNCTION, Image

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module


class Finding(NamedTuple):
    """A place where a tool disagrees."""

    function: str
    address: int
    """Offset in the function, in bytes."""
    ours: str
    theirs: str


class Outcome(NamedTuple):
    """What a check of functions found."""

    findings: list[Finding]
    unchecked: dict[str, int]
    """Function → how many of its instructions the tool does not know."""


def to_check(module: Module) -> dict[str, Image]:
    """Each function by itself, those from elsewhere that they call included, once.

    A jump to another one goes to where that is in the program of all.
    """
    if not module.is_linked:
        return dict(module.functions)
    program = module.program()
    found: dict[str, Image] = {}
    for part in program.parts:
        if part.kind == FUNCTION:
            start, end = part.address, part.address + part.size
            first = bisect_left(program.entries, start, key=lambda entry: entry.address)
            last = bisect_left(program.entries, end, key=lambda entry: entry.address)
            name, number = part.name, 1
            while name in found:
                number += 1
                name = f"{part.name}#{number}"
            found[name] = program._replace(
                name=name, qualified_name=name, code=program.code[start:end], symbols={},
                entries=tuple(
                    entry._replace(address=entry.address - start)
                    for entry in program.entries[first:last]
                ),
                source=part.source, span=part.span, parts=(), relocations=(),
            )  # fmt: skip
    return found


@lru_cache(maxsize=1)
def known_differences() -> dict[str, Any]:
    """What known_differences.toml holds."""
    import tomllib

    path = os.path.join(os.path.dirname(__file__), "known_differences.toml")
    with open(path, "rb") as file:
        return tomllib.load(file)
