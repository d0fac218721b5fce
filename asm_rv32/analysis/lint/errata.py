"""What a board's hardware does otherwise than the manuals say.

Input: a `Flow` and a board. Output: a warning for each instruction that an erratum is about.
Invariant: what the hardware does is the board's file's to say; here instructions are only compared.
"""

from __future__ import annotations

from collections.abc import Iterator

from asm_rv32.analysis.flow import Flow, Node
from asm_rv32.basis.diagnostics import Diagnostic, warning
from asm_rv32.boards import Board, Erratum
from asm_rv32.isa.tables import python_name


def errata(flow: Flow, board: Board) -> Iterator[Diagnostic]:
    """A warning for each erratum of each instruction that was not written for what it does."""
    for node in flow.nodes if board.errata else ():
        for erratum in board.errata:
            if _is_about(erratum, node) and not _is_meant(erratum, flow, node):
                yield warning(
                    "erratum",
                    f"on the {board.title}, {erratum.text}",
                    node.span,
                    f"help: {erratum.instead}",
                    f"note: {erratum.source}",
                )


def _is_about(erratum: Erratum, node: Node) -> bool:
    if node.meaning.instruction.row.name in erratum.instructions:
        return True
    if not erratum.encodings:
        return False
    row, values = node.meaning.base
    word = row.encode(values)
    return any(word & mask == match for mask, match in erratum.encodings)


def _is_meant(erratum: Erratum, flow: Flow, node: Node) -> bool:
    """Whether the statement names the instruction after what the hardware does."""
    if not erratum.meant:
        return False
    inner = flow.image.expanded_at(node.address)
    source, span = (inner.source, inner.span) if inner else (flow.image.source, node.span)
    written = source.text[span.start : span.end].partition("(")[0].strip()
    return written in map(python_name, erratum.meant)
