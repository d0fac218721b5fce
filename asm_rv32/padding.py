"""Loads of what nothing stored that are no mistake: padding moved, a bit-field put in place.

Input: a `Flow` and the address of a load. Output: whether the value loaded matters.
Invariant: a value matters where some path computes with it, jumps or addresses by it, or hands it
on; routines of the function itself are followed without regard to who called them.
"""

from __future__ import annotations

from asm_rv32.flow import ARGUMENTS, CALL, INDIRECT, SAVED, Effect, Flow, registers
from asm_rv32.operands import A0, SP, ZERO

MERGES = frozenset("and or xor andi ori xori slli srli srai sll srl sra".split())
"""Operations by which a bit-field is put into the word around it."""


def is_harmless(flow: Flow, address: int, whole: bool) -> bool:
    """Whether a load of what nothing stored only moves padding, or fills a bit-field.

    A compiler copies a struct with its padding, and puts a bit-field into a word that has no value
    yet. `whole`: nothing of what is loaded was stored, so that it is no padding within a word.
    """
    first = flow.node_at.get(address, -1)
    if first < 0:
        return False
    load = flow.nodes[first].effect
    routines = [
        index for index, node in enumerate(flow.nodes)
        if node.effect.control == CALL and node.target >= 0
    ]  # fmt: skip
    behind_calls = [index + 1 for index in routines if index + 1 < len(flow.nodes)]

    def following(place: int) -> list[int]:
        node = flow.nodes[place]
        if node.effect.control == CALL and node.target >= 0:
            return [node.target]
        if node.effect.control == INDIRECT and node.target < 0:
            return behind_calls
        block = flow.blocks[flow.block_at[place]]
        if place + 1 < block.last:
            return [place + 1]
        return [flow.blocks[successor].first for successor in block.successors]

    slot, copied, merged = load.rs1 == SP, True, True
    seen: set[tuple[int, int]] = set()
    work = [(place, load.rd) for place in following(first)]
    while work:
        place, register = work.pop()
        if (place, register) in seen or register == ZERO:
            continue
        seen.add((place, register))
        node, found = flow.nodes[place], flow.nodes[place].effect
        if found.reads >> register & 1:
            moved = _moved(found)
            if found.stores and found.rs1 != register:
                merged = merged and (found.rs1, found.immediate) == (load.rs1, load.immediate)
                # Of a slot of its own, padding is part; a whole one is meant.
                copied = copied and not (whole and slot and found.rs1 != SP)
            elif moved or found.name in MERGES:
                copied = copied and moved
                work += [(after, found.rd) for after in following(place)]
            else:
                return False
        if node.target < 0 and found.control in (CALL, INDIRECT):
            given = ARGUMENTS if found.control == CALL else SAVED | registers(A0)
            if given >> register & 1:
                return False
        if not found.writes >> register & 1:
            work += [(after, register) for after in following(place)]
    return merged or copied


def _moved(found: Effect) -> bool:
    return (found.name == "addi" and found.immediate == 0) or (
        found.name == "add" and ZERO in (found.rs1, found.rs2)
    )
