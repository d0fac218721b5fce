"""What hardware would punish, found without running anything.

Input: an Image, and the name of a core if one is chosen. Output: warnings as `Diagnostic`s.
Invariant: nothing is executed; time is linear in the code's length. A warning rests on what
certainly happens on some path: where nothing is known, nothing is said.
"""

from __future__ import annotations

from asm_rv32.basis.records import TYPE_CHECKING

if TYPE_CHECKING:
    from asm_rv32.basis.diagnostics import Diagnostic
    from asm_rv32.isa.image import Image

__all__ = ["lint"]


def lint(image: Image, core: str | None = None) -> tuple[Diagnostic, ...]:
    """The warnings for a function, in source order, but for those its comments ignore.

    A comment `# asm: ignore[CODE, ...]` on a line takes those of that line away. `core` names a
    core of `asmrv32 cores` whose control and status registers are known, or not; by default it is
    that of the board which the function was assembled for, whose errata are told, too.
    """
    from asm_rv32.analysis.flow import control_flow
    from asm_rv32.analysis.lint.checks import findings
    from asm_rv32.analysis.lint.places import trimmed
    from asm_rv32.basis.diagnostics import in_order

    source, own = image.source, image.span
    found = [
        each._replace(span=trimmed(source, each.span))
        for each in findings(control_flow(image), core)
        # Of what it calls, that is said which has its place in it.
        if not image.parts[1:] or own.start <= each.span.start < own.end
    ]
    if not found or "ignore[" not in source.text:
        return in_order(found)
    from asm_rv32.basis.ignore import heeded  # few sources ask for it

    return heeded(in_order(found), source)
