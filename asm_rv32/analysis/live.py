"""Which registers' values may still be read.

Input: a `Flow`. Output: sets of registers.
Invariant: what leaves for an unknown place reads everything; a return, what the convention keeps,
but everything where it may be that of a routine of the function's own.
"""

from __future__ import annotations

from asm_rv32.analysis.flow import ALL, ARGUMENTS, CLOBBERED, RESULTS, SAVED, Flow, Node, registers
from asm_rv32.analysis.solve import Solver
from asm_rv32.isa.effects import CALL
from asm_rv32.isa.operands import RA, SP


def live_behind(flow: Flow) -> list[int]:
    """For each node the registers whose values may still be read after it."""
    predecessors: list[list[int]] = [[] for _ in flow.blocks]
    for index, block in enumerate(flow.blocks):
        for successor in block.successors:
            predecessors[successor].append(index)
    found = [0] * len(flow.nodes)

    def through(place: int, live: int) -> None:
        block = flow.blocks[-place]
        for node in range(block.last - 1, block.first - 1, -1):
            found[node] = live
            live = live_ahead(flow.nodes[node], live)
        for predecessor in predecessors[-place]:
            solver.reach(-predecessor, live)

    solver: Solver[int] = Solver(lambda known, new: known | new if new & ~known else known, 1 << 60)
    routines = any(node.target >= 0 and node.effects.control == CALL for node in flow.nodes)
    for index, block in enumerate(flow.blocks):
        last = flow.nodes[block.last - 1]
        solver.reach(-index, 0 if block.successors else ALL if routines else _leaving(last))
    solver.run(through)
    return found


def _leaving(node: Node) -> int:
    if node.meaning.through == RA and not node.effects.links:
        return SAVED | RESULTS | registers(RA, SP)
    return ALL


def live_ahead(node: Node, live: int) -> int:
    """The registers that are live in front of an instruction, from those behind it."""
    found = node.meaning.effects
    if found.control == CALL:
        # A routine of the function itself may read whatever it likes.
        read = ALL if node.target >= 0 else found.reads | ARGUMENTS | registers(SP)
        return live & ~(CLOBBERED if node.target < 0 else found.writes) | read
    return live & ~found.writes | found.reads
