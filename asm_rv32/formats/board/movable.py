"""Why a board cannot take a program: it copies each function anywhere, with all that that needs.

Input: an image. Output: what hinders, in words. Invariant: an image without a hindrance does the
same wherever its bytes lie, and however often.
"""

from __future__ import annotations

from bisect import bisect_left

from asm_rv32.isa.image import FUNCTION, WRITABLE, Image, Part


def unmovable(image: Image) -> str:
    """What of an image holds at one place alone, and what helps; empty where nothing does."""
    for part in image.parts[1:]:
        if part.kind == WRITABLE:
            return (
                f"{image.name}() stores into {part.name}, and on a board each function has a copy "
                f"of its own of what it needs: pass a buffer that the caller keeps"
            )
    own = _stores_into_itself(image)
    if own:
        return (
            f"{image.name}() calls {own}, and on a board it calls a copy of its own, which no "
            f"other function sees: pass a buffer that the caller keeps"
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


def _stores_into_itself(image: Image) -> str:
    """Which of the functions that another needs keeps data in its code, and where; else empty."""
    carried = [part for part in image.parts[1:] if part.kind == FUNCTION]
    if not any(_has_data(image, part) for part in carried):
        return ""
    from asm_rv32.analysis import events
    from asm_rv32.analysis.flow import control_flow
    from asm_rv32.analysis.routines import follow

    flow = control_flow(image)
    if not flow.nodes or flow.undecoded:
        return ""
    for event in follow(flow).events.of(events.CODE_STORE):
        part = image.part_at(event.at)
        if part in carried:
            line = image.line_at(flow.nodes[event.node].address)
            return f"{part.name}(), into which line {line} stores"
    return ""


def _has_data(image: Image, part: Part) -> bool:
    end = part.address + part.size
    first = bisect_left(image.entries, part.address, key=lambda entry: entry.address)
    last = bisect_left(image.entries, end, key=lambda entry: entry.address)
    return not all(entry.is_code for entry in image.entries[first:last])
