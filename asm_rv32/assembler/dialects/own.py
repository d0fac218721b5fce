"""Our own dialect: everything as short as it can be, and a return where the end is reached."""

from __future__ import annotations

from asm_rv32.assembler.budget import Budget
from asm_rv32.assembler.dialects.job import Dialect, Job, Reading
from asm_rv32.assembler.expand import expand
from asm_rv32.assembler.forms import Mode
from asm_rv32.assembler.ir import Expansion, Fragment, Operation
from asm_rv32.assembler.relax import Placed
from asm_rv32.basis.diagnostics import Diagnostic
from asm_rv32.isa.effects import END, INDIRECT, JUMP
from asm_rv32.isa.rows import Instruction


class Own(Dialect):
    """The dialect `asm_rv32`."""

    def read(self, job: Job, budget: Budget) -> Reading:
        """The function expanded, nothing else."""
        function, names = job.function, job.function.names
        return Reading(self, *expand(function, job.source, names, job.instructions, budget))

    def mode(self, job: Job, expansion: Expansion) -> tuple[Mode, list[Diagnostic]]:
        """As written where the function counts its own bytes, else as short as can be."""
        for item in expansion.items:
            if (
                type(item) is Operation
                and item.mnemonic == "auipc"
                and item.operands
                and type(item.operands[-1]) is int
            ):
                note = Diagnostic(
                    "as-written",
                    "this function counts its own bytes with auipc: it is assembled as written, "
                    "without compression or relaxation",
                    item.written.span(job.source),
                    (
                        "help: la(rd, LABEL) gives an address whatever the layout",
                        *item.written.notes(job.source),
                    ),
                    "note",
                )
                return Mode(compress=False, relax=False, board=job.compress), [note]
        return Mode(compress=job.compress), []

    def needs_return(self, expansion: Expansion, fragments: list[Fragment]) -> bool:
        """Where control can run off the end: by falling through, or by a jump to a label there."""
        used = {fragment.target for fragment in fragments}
        code_end = len(expansion.items)
        while code_end and type(expansion.items[code_end - 1]) is not Operation:
            code_end -= 1
        for number, label in enumerate(expansion.labels):
            if label.item >= len(expansion.items) and number in used:
                return True
        if code_end == 0:
            return True
        form = fragments[code_end - 1].forms[0]
        if not form.pieces:
            return True
        row, values = form.pieces[-1][:2]
        return Instruction(row, values).effects.control not in (JUMP, INDIRECT, END)

    def finish(self, placed: Placed, job: Job) -> None:
        """Drop an appended return that has no place which control could come to.

        It stands behind data there, whose end is at no instruction's address; no jump goes to it.
        """
        expansion, fragments, labels = placed
        last = len(expansion.items)
        if (
            len(fragments) > last
            and fragments[last].address % job.instructions.unit > 0
            and last
            not in (labels[each.target] for each in fragments if 0 <= each.target < len(labels))
        ):
            fragments.pop()
