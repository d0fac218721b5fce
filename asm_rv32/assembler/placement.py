"""A function whose forms are chosen and placed, and what is wrong with where they stand.

Input: fragments after relaxation. Output: `Diagnostic`s.
"""

from __future__ import annotations

from asm_rv32.assembler.ir import Expansion, Fragment
from asm_rv32.basis.diagnostics import Diagnostic, Span
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.sets import InstructionSet


class Placed(NamedTuple):
    """A function whose forms are chosen and placed."""

    expansion: Expansion
    fragments: list[Fragment]
    """One for each item, and behind them perhaps a return."""
    labels: list[int]
    """The fragment behind each label; the number of items for one at the end."""


def out_of_reach(fragment: Fragment, placed: Placed) -> Diagnostic:
    """What is wrong with a jump none of whose forms reaches its target."""
    _, chosen, labels = placed
    form = fragment.form
    label = labels[fragment.target]
    end = chosen[-1].address + chosen[-1].size
    to = chosen[label].address if label < len(chosen) else end
    distance = to - fragment.address
    name = form.pieces[0].row.name
    return Diagnostic(
        "target-range",
        f"the target is {distance:+} bytes away; '{name}' reaches {form.low}..{form.high:+}",
        Span(fragment.start, fragment.end),
        _further_help(name),
    )


def _further_help(mnemonic: str) -> tuple[str, ...]:
    if mnemonic.startswith("c."):
        return (f"help: without c_, {mnemonic[2:]} is assembled as short as its target allows",)
    return ()


def misplaced(placed: Placed, instructions: InstructionSet) -> list[Diagnostic]:
    """Instructions where none can stand; and jumps that overwrite a register on their way."""
    found = []
    unit = instructions.unit
    crooked = False
    for fragment in placed.fragments:
        # Only the first of a run is reported: the others follow from it.
        before = crooked
        if fragment.forms and fragment.form.pieces:
            crooked = fragment.address % unit > 0
        if crooked and not before:
            message = f"an instruction would stand at offset {fragment.address:#x}"
            found.append(
                Diagnostic(
                    "target-alignment", message, Span(fragment.start, fragment.end),
                    (f"help: align({unit}) in front of it",),
                )
            )  # fmt: skip
        if fragment.forms and fragment.form.scratch:
            message = "this jump is so long that it goes through t1, which it overwrites"
            span = Span(fragment.start, fragment.end)
            found.append(Diagnostic("far-jump-scratch", message, span, (), "note"))
    return found
