"""The checks: from a flow to warnings, through what is seen following it.

Input: a `Flow`, followed, and the name of a core or None. Output: `Diagnostic`s, one code a check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from asm_rv32.analysis.flow import Flow
from asm_rv32.analysis.lint import control
from asm_rv32.analysis.routines import Followed, follow
from asm_rv32.basis.diagnostics import Diagnostic
from asm_rv32.basis.records import TYPE_CHECKING

if TYPE_CHECKING:
    from asm_rv32.analysis.others import Others

Check = Callable[[Flow, Followed], Iterable[Diagnostic]]

OF_CONTROL: tuple[Check, ...] = (
    control.unreachable, control.falls, control.loops, control.labels, control.hints,
)  # fmt: skip


def checks(followed: Followed) -> tuple[Check, ...]:
    """Those that can find something: most rest on what was seen."""
    if not followed.events:
        return OF_CONTROL
    from asm_rv32.analysis.lint import convention, memory

    return (
        convention.kept, convention.handler_returns, convention.return_address, convention.stack,
        convention.reads, memory.unwritten, memory.misaligned, memory.out_of_step,
        convention.result, memory.unfetched, *OF_CONTROL,
    )  # fmt: skip


def checked(flow: Flow, others: Others | None = None) -> Followed | None:
    """A function followed, `others` being those around it; None where nothing can be said of it."""
    return follow(flow, others) if flow.nodes and not flow.undecoded else None


def findings(flow: Flow, followed: Followed | None, core: str | None) -> Iterator[Diagnostic]:
    """Every warning for a function, in no order."""
    if followed is None:
        return
    found = [each for check in checks(followed) for each in check(flow, followed)]
    if flow.image.board:
        from asm_rv32.analysis.lint.errata import errata  # few functions are for a board
        from asm_rv32.boards import load_board

        board = load_board(flow.image.board)
        core = core or board.core
        known = list(errata(flow, board))
        places = {each.span for each in known}
        # What an erratum says of a HINT is more, and may be the contrary.
        found = [each for each in found if each.code != "hint" or each.span not in places] + known
    yield from found
    if any(True for _ in flow.outside):
        from asm_rv32.analysis.lint.csr import accesses  # few functions wait for its tables

        yield from accesses(flow, core)
