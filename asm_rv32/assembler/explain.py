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
from asm_rv32.assembler.reading.scopes import Sight
from asm_rv32.basis.diagnostics import Diagnostic, Source
from asm_rv32.isa.sets import InstructionSet


def explain(
    wrong: Iterable[Wrong], source: Source, instructions: InstructionSet, sight: Sight
) -> list[Diagnostic]:
    """Each as a diagnostic, for the ISA of the function that it stands in, and what that sees."""
    return [_explained(each, source, instructions, sight) for each in wrong]


def _explained(
    wrong: Wrong, source: Source, instructions: InstructionSet, sight: Sight
) -> Diagnostic:
    if isinstance(wrong, Unfit):
        found = unfit(wrong.item, source, instructions)
        return _with_reason(found, source, sight, bool(found.notes))
    if isinstance(wrong, Unread):
        found = _with_reason(wrong.diagnostic, source, sight, False)
        accepted = accepted_forms(wrong.mnemonic, instructions) if wrong.mnemonic else ()
        return found._replace(notes=found.notes + accepted)
    return wrong


def _with_reason(found: Diagnostic, source: Source, sight: Sight, is_explained: bool) -> Diagnostic:
    """With the reason why a name has no value; of one that is bound nowhere, if none is told."""
    name = source.text[slice(*found.span)].strip("() ")
    if found.code != "unknown-name" or not all(map(str.isidentifier, name.split("."))):
        return found
    why = sight.why(name, source)
    return found if is_explained and not why.is_bound else found._replace(
        notes=found.notes + why.notes)  # fmt: skip
