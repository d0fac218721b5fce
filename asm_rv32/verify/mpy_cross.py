"""The machine code of MicroPython's own compiler against ours, byte for byte.

Input: images assembled in the micropython dialect, of a whole source. Output: `Finding`s.
Invariant: mpy-cross gets the source as it is; what it refuses is a finding, not an error.
"""

from __future__ import annotations

from collections.abc import Mapping

from asm_rv32.formats.board.bytecode import functions as functions_of
from asm_rv32.formats.board.merge import cross_compile
from asm_rv32.formats.board.mpy import MpyError, read
from asm_rv32.isa.image import Image
from asm_rv32.verify import Finding, Outcome


def check(functions: Mapping[str, Image]) -> Outcome:
    """Every function whose code differs. Raises ToolMissing."""
    unchecked = dict.fromkeys(functions, 0)
    first = next(iter(functions))
    source = functions[first].source
    try:
        every = functions_of(read(cross_compile(source.text, "source.py")))
    except MpyError as error:
        return Outcome([Finding(first, 0, "accepted", str(error))], unchecked)
    theirs = [found.raw.code for found in every if found.raw.kind == "asm"]
    if len(theirs) != len(functions):
        shown = f"{len(theirs)} assembler functions"
        return Outcome([Finding(first, 0, f"{len(functions)} functions", shown)], unchecked)
    findings = []
    for (name, image), other in zip(functions.items(), theirs):
        if other != image.code:
            at = next(
                (i for i, (a, b) in enumerate(zip(image.code, other)) if a != b),
                min(len(image.code), len(other)),
            )
            own = image.code[at : at + 4].hex() or "the end"
            findings.append(Finding(name, at, own, other[at : at + 4].hex() or "the end"))
    return Outcome(findings, unchecked)
