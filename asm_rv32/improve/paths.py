"""What the blocks of a function cost, without a run: for functions that no call is known of.

Input: a function and a core. Output: cycles of every block behind every other that leads to it, for
each way out of it.
Invariant: what is compared are the same blocks of two texts with the same flow, each by itself; a
block within loops counts eightfold for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from asm_rv32.analysis.flow import Block
from asm_rv32.improve.statements import Function
from asm_rv32.timing.code import Code
from asm_rv32.timing.frontend import FrontendEngine
from asm_rv32.timing.instruction import Op
from asm_rv32.timing.model import Core, operand_cycles
from asm_rv32.timing.table import TableEngine

TURNS = 8
"""So often a loop is taken to turn."""
DEEPEST = 4
"""Loops within each other that count."""
TYPICAL = 0x1234
"""What a register holds whose value decides what an instruction costs."""
LONGEST = 20_000
"""Instructions of a function that is priced."""
HALF = 2
"""Bytes that tell how long an instruction is."""


class Paths:
    """Prices of texts of one function; a block that lies as it did costs what it did."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, tuple[object, ...]], tuple[int, ...]] = {}

    def cycles(self, function: Function, core: Core) -> tuple[int, ...]:
        """Cycles of its blocks on all ways through them. Raises TimingError."""
        flow = function.flow
        if len(flow.nodes) > LONGEST:
            return ()
        code = function.image.code
        walk = _Walk(function, core, Code(
            lambda at: int.from_bytes(code[at : at + 2], "little") or 1, function.image.isa
        ))  # fmt: skip
        ahead: dict[int, list[Block]] = {}
        for block in flow.blocks:
            for successor in block.successors:
                ahead.setdefault(successor, []).append(block)
        depth = _depths(function)
        found: list[int] = []
        for index, block in enumerate(flow.blocks):
            if flow.nodes[block.first].address not in function.own:
                continue
            weight = TURNS ** min(DEEPEST, depth[index])
            befores: list[Block | None] = [*ahead.get(index, ())] or [None]
            for before in befores:
                key = core.name, _lying(function, block, before)
                spent = self._known.get(key)
                if spent is None:
                    state = walk.through(before, block) if before else walk.cold(block)
                    spent = self._known[key] = tuple(walk.ways(block, state))
                found += [weight * each for each in spent]
        return tuple(found)


def _lying(function: Function, block: Block, before: Block | None) -> tuple[object, ...]:
    """All that the price of a block hangs on: the code of it and of the one before it, where that
    goes on, and how all of it lies to each other and to words."""
    nodes, code = function.flow.nodes, function.image.code
    base = nodes[block.first].address & ~3
    found: list[object] = []
    for each in [block, before] if before else [block]:
        first, last = nodes[each.first].address, nodes[each.last - 1]
        end = last.address + last.size
        found += [first - base, code[first : end + HALF]]
        for at in each.successors:
            goal = nodes[function.flow.blocks[at].first].address
            found += [goal - base, code[goal : goal + HALF]]
    return tuple(found)


def _depths(function: Function) -> list[int]:
    """For each block, in how many loops it is, as the text has them."""
    blocks = function.flow.blocks
    change = [0] * (len(blocks) + 1)
    for index, block in enumerate(blocks):
        for successor in block.successors:
            if successor <= index:
                change[successor] += 1
                change[index + 1] -= 1
    return list(accumulate(change))


class _Walk:
    """A core that goes through blocks."""

    def __init__(self, function: Function, core: Core, code: Code) -> None:
        self.function = function
        self.core = core
        self.code = code
        self.engine: FrontendEngine | TableEngine = (
            FrontendEngine(core) if core.engine == "frontend" else TableEngine(core, code)
        )

    def ops(self, block: Block) -> list[Op]:
        """The instructions of a block."""
        nodes = self.function.flow.nodes[block.first : block.last]
        return [self.code.at(node.address) for node in nodes]

    def cold(self, block: Block) -> Any:
        """The state of a core that comes to a block from who knows where."""
        return self.engine.cold(self.function.flow.nodes[block.first].address)

    def through(self, block: Block, to: Block) -> Any:
        """The state behind a block that goes on with another."""
        return self._go(block, self.cold(block), self.function.flow.nodes[to.first].address)[1]

    def ways(self, block: Block, state: Any) -> Iterator[int]:
        """What a block costs, on each way out of it."""
        nodes = self.function.flow.nodes
        for goal in [nodes[self.function.flow.blocks[at].first].address for at in block.successors]:
            yield self._go(block, state, goal)[0]
        if not block.successors:
            yield self._go(block, state, 0)[0]

    def _go(self, block: Block, state: Any, goal: int) -> tuple[int, Any]:
        spent = 0
        ops = self.ops(block)
        for op in ops:
            behind = op.pc + op.size
            after = goal if op is ops[-1] and op.pc + op.size != goal else behind
            if op.is_branch:
                base = self.core.cycles[self.core.class_of(op.name)]
                taken = after != behind
            else:
                base, taken = operand_cycles(self.core, op, TYPICAL, TYPICAL), False
            cost, state = self.engine.step(state, op, base, taken, after)
            spent += cost.cycles
        return spent, state
