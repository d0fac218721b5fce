"""Prove that a function uses its stack well, so that none of its accesses need be watched.

Input: a `Flow`. Output: True where every access of the stack is shown to be at sp or above, and
every load from it to find what the function stored there; False where that is not shown.
Invariant: an address in the stack comes from sp alone, and from sp plus constants where the proof
holds. Linear in the code's length, but for the states that a block is visited with.

Watching the stack from Python costs a microsecond an access; nearly all code needs none of it.
"""

from __future__ import annotations

from asm_rv32.analysis.flow import Flow, Node, registers
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.effects import CALL, END
from asm_rv32.isa.operands import SP, ZERO
from asm_rv32.machine.proof import Unproven, follow

FRAME_LIMIT = 1 << 16
"""Bytes; a larger frame is watched instead."""
MIXED = "mixed"
"""Sort of value: computed from sp, and not known to be sp plus a constant."""
Value = int | str | None
"""Offset from where sp was at the start, MIXED, or None for what is no address in the stack."""


class _State(NamedTuple):
    values: tuple[Value, ...]
    written: int
    """Bit n: the byte n + 1 below the start of the stack was stored on every path, and is not
    below sp."""


def is_used_well(flow: Flow) -> bool:
    """Whether all of the function's use of the stack is shown to be as it should be."""
    touched = 0
    for node in flow.nodes:
        touched |= node.effect.reads | node.effect.writes
    if not touched >> SP & 1 and not flow.undecoded:
        return True
    values: list[Value] = [None] * 32
    values[SP] = 0
    try:
        follow(flow, _State(tuple(values), 0), _behind, _join)
    except Unproven:
        return False
    return True


def _behind(node: Node, state: _State) -> _State:
    found = node.effect
    values, written = state
    if found.control == CALL or found.writes & ~registers(found.rd):
        raise Unproven  # a routine has a frame of its own; several registers are not followed
    if found.control == END or (found.reads | found.writes) & registers(*_stacked(values)) == 0:
        return _with(state, found.rd, None)
    base = values[found.rs1]
    if found.width:
        if found.stores and found.rs2 and values[found.rs2] is not None:
            raise Unproven  # the address gets about
        if base is None:
            return _with(state, found.rd, None)
        at, sp = base, values[SP]
        if not isinstance(at, int) or not isinstance(sp, int):
            raise Unproven
        at += found.immediate
        if not sp <= at <= -found.width:
            raise Unproven
        field = ((1 << found.width) - 1) << (-at - found.width)
        if (not found.stores or found.rd) and field & ~written:
            raise Unproven
        if found.stores:
            written |= field
        return _with(_State(values, written), found.rd, None)
    return _with(state, found.rd, _computed(node, values))


def _stacked(values: tuple[Value, ...]) -> list[int]:
    return [number for number, value in enumerate(values) if value is not None]


def _computed(node: Node, values: tuple[Value, ...]) -> Value:
    found = node.effect
    first, second = values[found.rs1], values[found.rs2]
    if first is None and second is None:
        return None
    if found.name == "addi" and isinstance(first, int):
        return first + found.immediate
    if found.name == "add" and ZERO in (found.rs1, found.rs2):
        return second if found.rs1 == ZERO else first
    return MIXED


def _with(state: _State, rd: int, value: Value) -> _State:
    values, written = state
    if rd == ZERO or values[rd] == value:
        return state
    if rd == SP:
        if not isinstance(value, int) or not -FRAME_LIMIT <= value <= 0:
            raise Unproven
        # What lay below is given up when sp moves up over it.
        written &= (1 << -value) - 1
    return _State((*values[:rd], value, *values[rd + 1 :]), written)


def _join(one: _State, other: _State) -> _State:
    if one == other:
        return one
    values = tuple(
        ours if ours == theirs else MIXED for ours, theirs in zip(one.values, other.values)
    )
    if values[SP] == MIXED:
        raise Unproven
    return _State(values, one.written & other.written)
