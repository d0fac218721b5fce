"""What is wrong, in words: the end of a run with a mistake.

Input: what the stages found wrong with the functions of a file, in order.
Output: a `Diagnostic` for each.
Invariant: the only module that the order of the stages has explainers from, and only for a run
with a mistake.
"""

from __future__ import annotations

from collections.abc import Iterable

from asm_rv32.assembler.ir import Number, Unfit, Unread, Wrong
from asm_rv32.assembler.mismatch import accepted_forms, unfit
from asm_rv32.basis.diagnostics import Diagnostic, Source
from asm_rv32.isa.sets import InstructionSet


def explain(
    wrong: Iterable[Wrong], source: Source, instructions: InstructionSet
) -> list[Diagnostic]:
    """Each as a diagnostic, for the ISA of the function that it stands in.

    What is wrong in a macro comes again at each use: with the same operands it is told once.
    """
    told: dict[object, Wrong] = {}
    for each in wrong:
        told.setdefault(_key(each), each)
    return [_explained(each, source, instructions) for each in told.values()]


def _key(wrong: Wrong) -> object:
    """What tells it from what is the same."""
    inside = wrong.item.written.inside if isinstance(wrong, Unfit) else None
    if inside is None or not isinstance(wrong, Unfit) or isinstance(wrong.item, Number):
        return id(wrong)
    item = wrong.item
    return id(inside.source), inside.start, item.written.node, item.mnemonic, item.operands


def _explained(wrong: Wrong, source: Source, instructions: InstructionSet) -> Diagnostic:
    if isinstance(wrong, Unfit):
        found = unfit(wrong.item, source, instructions)
        return found._replace(notes=found.notes + wrong.item.written.notes(source))
    if isinstance(wrong, Unread):
        found = wrong.diagnostic
        return found._replace(notes=found.notes + accepted_forms(wrong.mnemonic, instructions))
    return wrong
