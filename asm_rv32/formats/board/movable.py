"""Why a board cannot take a program: it copies each function anywhere, with all that that needs.

Input: an image. Output: what hinders, in words. Invariant: an image without a hindrance does the
same wherever its bytes lie, and however often.
"""

from __future__ import annotations

from asm_rv32.isa.image import WRITABLE, Image


def unmovable(image: Image) -> str:
    """What of an image holds at one place alone, and what helps; empty where nothing does."""
    for part in image.parts[1:]:
        if part.kind == WRITABLE:
            return (
                f"{image.name}() stores into {part.name}, and on a board each function has a copy "
                f"of its own of what it needs: pass a buffer that the caller keeps"
            )
    for each in image.relocations:
        line = image.line_at(each.address)
        if each.symbol:
            return (
                f"{image.name}() needs {each.symbol}, which another object has, in line {line}, "
                f"and a board links no objects: a .o or .s is for a linker"
            )
        return (
            f"{image.name}() holds an address, in line {line}, and a board loads it anywhere: "
            f"la(rd, LABEL) makes it there, and data(4, case - table) holds a distance"
        )
    return ""
