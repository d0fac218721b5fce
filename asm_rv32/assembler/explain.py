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
from asm_rv32.assembler.reading.scopes import Sight
from asm_rv32.basis.diagnostics import Accepted, Diagnostic, Source
from asm_rv32.isa.sets import InstructionSet, instruction_set, known_isa
from asm_rv32.isa.tables import python_name


def explain(
    wrong: Iterable[Wrong], source: Source, instructions: InstructionSet, sight: Sight,
    board: str = "",
) -> list[Diagnostic]:  # fmt: skip
    """Each as a diagnostic, for the ISA and the board of the function that it stands in, and what
    that sees.

    What is wrong in a macro comes again at each use: with the same operands it is told once.
    """
    told: dict[object, Wrong] = {}
    for each in wrong:
        told.setdefault(_key(each), each)
    return [
        _with_board(each, _explained(each, source, instructions, sight), board)
        for each in told.values()
    ]


def _key(wrong: Wrong) -> object:
    """What tells it from what is the same."""
    inside = wrong.item.written.inside if isinstance(wrong, Unfit) else None
    if inside is None or not isinstance(wrong, Unfit) or isinstance(wrong.item, Number):
        return id(wrong)
    item = wrong.item
    return id(inside.source), inside.start, item.written.node, item.mnemonic, item.operands


def _explained(
    wrong: Wrong, source: Source, instructions: InstructionSet, sight: Sight
) -> Diagnostic:
    if isinstance(wrong, Unfit):
        found = unfit(wrong.item, source, instructions)
        found = _with_reason(found, source, sight)
        return found._replace(notes=found.notes + wrong.item.written.notes(source))
    if isinstance(wrong, Unread):
        found = _with_reason(wrong.diagnostic, source, sight)
        accepted = accepted_forms(wrong.mnemonic, instructions) if wrong.mnemonic else ()
        return found._replace(notes=found.notes + accepted)
    return wrong


def _with_board(wrong: Wrong, found: Diagnostic, board: str) -> Diagnostic:
    """With the board that lacks what is needed: no other ISA string helps there."""
    if not board or found.code != "needs-extension" or not isinstance(wrong, Unfit):
        return found
    from asm_rv32.boards import load_board

    known = load_board(board)
    has = instruction_set(known_isa(known.isa)).mnemonic_of
    if not isinstance(wrong.item, Number) and python_name(wrong.item.mnemonic) in has:
        return found  # the ISA that was asked for leaves it out
    message = f"{found.message}, which the {known.title} does not have"
    return found._replace(message=message, notes=(f"note: {known.sources['isa']}",))


def _with_reason(found: Diagnostic, source: Source, sight: Sight) -> Diagnostic:
    """With the reason why a name has no value; of one that is bound nowhere, if nothing is told
    of it."""
    name = source.text[slice(*found.span)].strip("() ")
    is_name = all(map(str.isidentifier, name.split("."))) and repr(name) in found.message
    if found.code != "unknown-name" or not is_name:
        return found
    why = sight.why(name, source)
    told = [note for note in found.notes if not isinstance(note, Accepted)]
    if told and not why.is_bound:
        return found
    accepted = [note for note in found.notes if isinstance(note, Accepted)]
    return found._replace(notes=(*told, *why.notes, *accepted))
