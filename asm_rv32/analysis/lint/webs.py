"""Live ranges: which uses of a register are of one value, and what is busy beside it.

Input: a `Flow`. Output: `Webs`. Invariant: two operands are in one web where a value written by
one may be read by the other, where an instruction reads and writes its register in one, and where
they are one operand of a statement that is repeated.
"""

from __future__ import annotations

from asm_rv32.analysis.flow import CLOBBERED, INTEGERS, SAVED, Flow, Node, bits, registers
from asm_rv32.analysis.live import live_ahead, live_behind
from asm_rv32.basis.diagnostics import Span
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.effects import CALL
from asm_rv32.isa.meaning import Place, Write, within
from asm_rv32.isa.operands import RA, SP

BOUND = SAVED | registers(RA, SP)
"""Registers that have a meaning of their own all through a function."""


class Web(NamedTuple):
    """The instructions that name a value's register, and the registers that are taken then."""

    register: int
    nodes: tuple[int, ...]
    busy: int
    fixed: bool
    """True where the calling convention asks for this register."""


class Webs(NamedTuple):
    """The webs of a flow."""

    read: dict[tuple[int, int], int]
    """(node, register that it reads) → web"""
    written: dict[tuple[int, int], int]
    webs: dict[int, Web]
    saved: dict[tuple[int, int], int]
    """(web, register) → bytes that the web's renaming saves, as far as it was asked for."""


def webs(flow: Flow) -> Webs:
    """All webs; linear in the code's length, but for the number of registers."""
    found = _Values(flow)
    for index in range(len(flow.blocks)):
        found.follow(index)
    return found.webs()


class _Values:
    """The values that registers hold, each a number, joined into webs as a flow is followed."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.live = live_behind(flow)
        self.parent: list[int] = []
        self.entering = [[self.new() for _ in range(32)] for _ in flow.blocks]
        """A register each, of each block."""
        self.read: dict[tuple[int, int], int] = {}
        self.written: dict[tuple[int, int], int] = {}
        self.fixed = [item for index in _entered(flow) for item in self.entering[index]]
        self.busy: list[tuple[int, int]] = []
        """A value, and the registers that are taken beside it."""
        self.copies: dict[tuple[Span, int], int] = {}
        """A statement that is repeated has one text: its copies go together."""

    def new(self) -> int:
        self.parent.append(len(self.parent))
        return len(self.parent) - 1

    def find(self, item: int) -> int:
        parent = self.parent
        while parent[item] != item:
            parent[item] = item = parent[parent[item]]
        return item

    def union(self, one: int, other: int) -> None:
        self.parent[self.find(one)] = self.find(other)

    def follow(self, index: int) -> None:
        """Follow a block, and join what its end holds with what its successors begin with."""
        block, current = self.flow.blocks[index], list(self.entering[index])
        for number in range(block.first, block.last):
            self._step(number, current)
        for successor in block.successors:
            first = self.flow.blocks[successor].first
            ahead = live_ahead(self.flow.nodes[first], self.live[first])
            for register in bits(ahead & INTEGERS):
                self.union(current[register], self.entering[successor][register])
        if not block.successors:
            kept = self.live[block.last - 1] & INTEGERS
            self.fixed += [current[register] for register in bits(kept)]

    def _step(self, number: int, current: list[int]) -> None:
        """What an instruction reads and writes; `current` holds the value of each register."""
        node, live = self.flow.nodes[number], self.live[number]
        found, span = node.effects, node.span
        bound = found.control == CALL or not _names_all(node)
        for register in bits(found.reads & INTEGERS):
            item = self.read[number, register] = current[register]
            self.union(item, self.copies.setdefault((span, register), item))
            if bound and register != node.meaning.through:
                self.fixed.append(item)
        writes = found.writes & INTEGERS
        if found.control == CALL:
            self.fixed += [current[register] for register in range(10, 18)]
            writes |= INTEGERS & (CLOBBERED if node.target < 0 else INTEGERS)
        for register in bits(writes):
            item = self.new()
            if found.reads >> register & 1 and not bound:
                self.union(item, current[register])
            current[register] = item
            if found.writes >> register & 1:
                self.written[number, register] = item
                self.union(item, self.copies.setdefault((span, register), item))
            if bound:
                self.fixed.append(item)
        for register in bits((live | found.writes) & INTEGERS):
            self.busy.append((current[register], (live | writes) & ~registers(register)))

    def webs(self) -> Webs:
        """The webs, once every block was followed."""
        held = {self.find(item) for item in self.fixed}
        taken: dict[int, int] = {}
        for item, others in self.busy:
            root = self.find(item)
            taken[root] = taken.get(root, 0) | others
        nodes: dict[int, set[int]] = {}
        of: dict[int, int] = {}
        for places in (self.read, self.written):
            for (number, register), item in places.items():
                root = places[number, register] = self.find(item)
                nodes.setdefault(root, set()).add(number)
                of[root] = register
        found = {
            root: Web(
                of[root], tuple(sorted(numbers)), taken.get(root, 0),
                root in held or bool(BOUND >> of[root] & 1),
            )
            for root, numbers in nodes.items()
        }  # fmt: skip
        return Webs(self.read, self.written, found, {})


def _entered(flow: Flow) -> set[int]:
    """The blocks that control comes to from elsewhere than from blocks that lead there."""
    nodes = {0} if flow.nodes else set()
    nodes |= {node.target for node in flow.nodes if node.effects.control == CALL}
    if any(_takes_address(node) for node in flow.nodes):
        nodes |= {flow.node_at.get(at, -1) for at in flow.image.symbols.values()}
    return {flow.block_at[number] for number in nodes if number >= 0}


def _takes_address(node: Node) -> bool:
    """Whether it keeps a place of the code, other than the one behind it."""
    return not node.effects.links and any(
        isinstance(step, Write) and any(isinstance(each, Place) for each in within(step))
        for step in node.steps
    )


def _names_all(node: Node) -> bool:
    """Whether every register that an instruction touches is one of its operands."""
    row, values = node.meaning.base
    named = dict(zip(row.variables, values))
    read = registers(*(named.get(variable, 0) for variable in ("rs1", "rs2")))
    found = node.effects
    return not (found.reads & ~read or found.writes & ~registers(named.get("rd", 0)))
