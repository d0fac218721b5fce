"""MicroPython's dialect: what its own assembler takes, with the bytes that it gives."""

from __future__ import annotations

from collections.abc import Iterable

from asm_rv32.assembler.budget import Budget
from asm_rv32.assembler.dialects.job import Dialect, Job, Reading
from asm_rv32.assembler.dialects.micropython import (
    FAULT,
    NO_WORD,
    Finding,
    label_findings,
    layout_findings,
)
from asm_rv32.assembler.dialects.operations import read_as_board
from asm_rv32.assembler.dialects.own import Own
from asm_rv32.assembler.dialects.written import constants, head_findings
from asm_rv32.assembler.expand import expand
from asm_rv32.assembler.forms import Mode
from asm_rv32.assembler.ir import Expansion, Fragment, Unread
from asm_rv32.assembler.relax import Placed
from asm_rv32.basis.diagnostics import Diagnostic

_Misread = list[Diagnostic | Unread]


class Board(Dialect):
    """The dialect `micropython`: what that assembler does not take is an error."""

    def read(self, job: Job, budget: Budget) -> Reading:
        """The function as that assembler reads it."""
        return self._reading(*_read(job, budget))

    def _reading(
        self, expansion: Expansion, findings: Iterable[Finding], wrong: _Misread
    ) -> Reading:
        """What is found against it comes first, and once for each place."""
        diagnostics = [finding.diagnostic for finding in findings]
        spans = {diagnostic.span for diagnostic in diagnostics}
        rest = [each for each in wrong if each.span not in spans]
        return Reading(self, expansion, [*diagnostics, *rest])

    def mode(self, job: Job, expansion: Expansion) -> tuple[Mode, list[Diagnostic]]:
        """Everything as it is written."""
        return Mode(compress=False, relax=False, board=True), []

    def needs_return(self, expansion: Expansion, fragments: list[Fragment]) -> bool:
        """Always: so does MicroPython."""
        return True

    def check(self, placed: Placed) -> list[Diagnostic]:
        """Jumps that it refuses, and those that it may refuse."""
        _, fragments, labels = placed
        found = [*layout_findings(fragments, labels), *label_findings(fragments, labels)]
        return [finding.diagnostic for finding in found]


class Script(Board):
    """A script's function runs as on a board.

    One with anything that the board has no words for is in our own dialect; what the board gets
    wrong is a warning, and gets as wrong here.
    """

    def read(self, job: Job, budget: Budget) -> Reading:
        """The function as the dialect reads it that it is in."""
        left = budget.statements, budget.data
        expansion, findings, wrong = _read(job, budget)
        if any(finding.sort == NO_WORD for finding in findings):
            budget.statements, budget.data = left  # it is expanded once more
            return Own().read(job, budget)
        return self._reading(expansion, map(_lenient, findings), wrong)

    def check(self, placed: Placed) -> list[Diagnostic]:
        """Jumps that are refused."""
        found = layout_findings(placed.fragments, placed.labels)
        return [finding.diagnostic for finding in found]


def _read(job: Job, budget: Budget) -> tuple[Expansion, list[Finding], _Misread]:
    """The function as MicroPython's assembler reads it, and what it and expansion find wrong."""
    function, source, instructions = job.function, job.source, job.instructions
    consts = constants(source, function.span)
    visible = {**function.names, **consts}
    expansion, wrong = expand(function, source, visible, instructions, budget)
    findings = list(head_findings(function, source, instructions))
    expansion, found = read_as_board(expansion, source, instructions, consts)
    return expansion, findings + found, wrong


def _lenient(finding: Finding) -> Finding:
    """What is taken, and assembled to something else, as a warning."""
    if finding.sort != FAULT:
        return finding
    return finding._replace(diagnostic=finding.diagnostic._replace(severity="warning"))
