"""What is wrong, in words: the end of a run with a mistake.

Input: what the stages found wrong with the functions of a file, in order.
Output: a `Diagnostic` for each.
Invariant: the only module that the order of the stages has explainers from, and only for a run
with a mistake.
"""

from __future__ import annotations

from collections.abc import Iterable

from asm_rv32.assembler.ir import Unfit, Unread, Wrong
from asm_rv32.assembler.mismatch import accepted_forms, unfit
from asm_rv32.basis.diagnostics import Diagnostic, Source
from asm_rv32.isa.sets import InstructionSet


def explain(
    wrong: Iterable[Wrong], source: Source, instructions: InstructionSet
) -> list[Diagnostic]:
    """Each as a diagnostic, for the ISA of the function that it stands in."""
    return [_explained(each, source, instructions) for each in wrong]


def _explained(wrong: Wrong, source: Source, instructions: InstructionSet) -> Diagnostic:
    if isinstance(wrong, Unfit):
        found = unfit(wrong.item, source, instructions)
        return found._replace(notes=found.notes + wrong.item.written.notes(source))
    if isinstance(wrong, Unread):
        found = wrong.diagnostic
        return found._replace(notes=found.notes + accepted_forms(wrong.mnemonic, instructions))
    return wrong
