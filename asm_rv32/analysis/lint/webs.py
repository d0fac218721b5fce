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
    live = live_behind(flow)
    parent: list[int] = []

    def new() -> int:
        parent.append(len(parent))
        return len(parent) - 1

    def find(item: int) -> int:
        while parent[item] != item:
            parent[item] = item = parent[parent[item]]
        return item

    def union(one: int, other: int) -> None:
        parent[find(one)] = find(other)

    entering = [[new() for _ in range(32)] for _ in flow.blocks]
    read: dict[tuple[int, int], int] = {}
    written: dict[tuple[int, int], int] = {}
    fixed: list[int] = list(entering[0]) if entering else []
    busy: list[tuple[int, int]] = []
    copies: dict[tuple[Span, int], int] = {}
    """A statement that is repeated has one text: its copies go together."""
    for index, block in enumerate(flow.blocks):
        current = list(entering[index])
        for number in range(block.first, block.last):
            node = flow.nodes[number]
            found, span = node.effects, node.span
            bound = found.control == CALL or not _names_all(node)
            for register in bits(found.reads & INTEGERS):
                read[number, register] = current[register]
                union(current[register], copies.setdefault((span, register), current[register]))
                if bound and register != node.meaning.through:
                    fixed.append(current[register])
            writes = found.writes & INTEGERS
            if found.control == CALL:
                fixed += [current[register] for register in range(10, 18)]
                writes |= INTEGERS & (CLOBBERED if flow.nodes[number].target < 0 else INTEGERS)
            for register in bits(writes):
                item = new()
                if found.reads >> register & 1 and not bound:
                    union(item, current[register])
                current[register] = item
                if found.writes >> register & 1:
                    written[number, register] = item
                    union(item, copies.setdefault((span, register), item))
                if bound:
                    fixed.append(item)
            for register in bits((live[number] | found.writes) & INTEGERS):
                busy.append((current[register], (live[number] | writes) & ~registers(register)))
        for successor in block.successors:
            first = flow.blocks[successor].first
            for register in bits(live_ahead(flow.nodes[first], live[first]) & INTEGERS):
                union(current[register], entering[successor][register])
        if not block.successors:
            fixed += [current[register] for register in bits(live[block.last - 1] & INTEGERS)]
    held = {find(item) for item in fixed}
    taken: dict[int, int] = {}
    for item, others in busy:
        root = find(item)
        taken[root] = taken.get(root, 0) | others
    nodes: dict[int, set[int]] = {}
    of: dict[int, int] = {}
    for places in (read, written):
        for (number, register), item in places.items():
            root = places[number, register] = find(item)
            nodes.setdefault(root, set()).add(number)
            of[root] = register
    found_webs = {
        root: Web(
            of[root], tuple(sorted(numbers)), taken.get(root, 0),
            root in held or bool(BOUND >> of[root] & 1),
        )
        for root, numbers in nodes.items()
    }  # fmt: skip
    return Webs(read, written, found_webs, {})


def _names_all(node: Node) -> bool:
    """Whether every register that an instruction touches is one of its operands."""
    row, values = node.meaning.base
    named = dict(zip(row.variables, values))
    read = registers(*(named.get(variable, 0) for variable in ("rs1", "rs2")))
    found = node.effects
    return not (found.reads & ~read or found.writes & ~registers(named.get("rd", 0)))
