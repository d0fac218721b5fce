"""What hardware would punish, found without running anything.

Input: an Image, or all of a file, and the name of a core if one is chosen. Output: warnings as
`Diagnostic`s.
Invariant: nothing is executed; time is linear in the code's length. A warning rests on what
certainly happens on some path: where nothing is known, nothing is said.
"""

from __future__ import annotations

from asm_rv32.basis.records import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asm_rv32.assembler.pipeline import Module
    from asm_rv32.basis.diagnostics import Diagnostic
    from asm_rv32.isa.image import Image

__all__ = ["lint", "lint_all"]


def lint(image: Image, core: str | None = None) -> tuple[Diagnostic, ...]:
    """The warnings for a function, in source order, but for those its comments ignore.

    A comment `# asm: ignore[CODE, ...]` on a line takes those of that line away. `core` names a
    core of `asmrv32 cores` whose control and status registers are known, or not; by default it is
    that of the board which the function was assembled for, whose errata are told, too.
    """
    from asm_rv32.analysis.flow import control_flow
    from asm_rv32.analysis.lint.checks import checked, findings

    flow = control_flow(image)
    own = image.span
    found = findings(flow, checked(flow), core)
    if image.parts[1:]:
        # Of what it calls, that is said which has its place in it.
        found = (each for each in found if own.start <= each.span.start < own.end)
    return _in_order(found, image)


def lint_all(module: Module, core: str | None = None) -> dict[str, tuple[Diagnostic, ...]]:
    """The warnings for each function of a file, by its name, as `lint` has them.

    Functions that call each other are followed once, in the program that they make together.
    """
    if not module.is_linked:
        return {name: lint(image, core) for name, image in module.functions.items()}
    from asm_rv32.analysis.flow import control_flow
    from asm_rv32.analysis.lint.checks import checked, findings
    from asm_rv32.analysis.others import Others

    program = module.program()
    others = Others(control_flow(program))
    found = {}
    for name, image in module.placed(program).items():
        flow = control_flow(image)
        followed = checked(flow, others)
        if followed is not None and followed.leaves:
            # Where it goes on in another one, that is a part of it.
            found[name] = lint(module.functions[name], core)
        else:
            found[name] = _in_order(findings(flow, followed, core), image)
    return found


def _in_order(found: Iterable[Diagnostic], image: Image) -> tuple[Diagnostic, ...]:
    """Warnings in source order, but for those that comments ignore."""
    found = tuple(found)
    if not found:
        return found
    from asm_rv32.analysis.lint.places import trimmed
    from asm_rv32.basis.diagnostics import in_order

    source = image.source
    shown = in_order([each._replace(span=trimmed(source, each.span)) for each in found])
    if "ignore[" not in source.text:
        return shown
    from asm_rv32.basis.ignore import heeded  # few sources ask for it

    return heeded(shown, source)
