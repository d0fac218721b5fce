"""What is checked of a run beyond the bounds of its memory: what a board would punish later.

Input: an Image. Output: its `Checks`: which registers to compare at the return, whether the stack
has to be watched, where no instruction may be executed; and `Shadow`, which of the stack's bytes
were stored.
Invariant: what is shown to hold without running is not watched, so that it costs nothing.
"""

from __future__ import annotations

from asm_rv32.flow import (
    ALL,
    ARGUMENTS,
    CALL,
    INDIRECT,
    SAVED,
    Effect,
    Flow,
    control_flow,
    registers,
)
from asm_rv32.image import Image
from asm_rv32.machine.stack_use import is_used_well
from asm_rv32.operands import A0, RA, SP, ZERO
from asm_rv32.records import NamedTuple

DATA_RUNS = 64
"""So many stretches of data are watched one by one; with more, all between the first and last."""
MERGES = frozenset("and or xor andi ori xori slli srli srai sll srl sra".split())
"""Operations by which a bit-field is put into the word around it."""


class Checks(NamedTuple):
    """What to look at in a run of one image."""

    flow: Flow
    kept: tuple[int, ...]
    """sp and the saved registers, as far as some instruction writes them."""
    watches_stack: bool
    data: tuple[tuple[int, int], ...]
    """Stretches of the code, first and last offset, where execution may come to data."""
    jumps: dict[int, Effect]
    """Offset → jump to a computed place, other than a return."""


def checks(image: Image, changes_itself: bool) -> Checks:
    """What a run of the image has to be checked for; `changes_itself`: it may write code."""
    flow = control_flow(image)
    written = ALL if flow.undecoded or changes_itself else 0
    jumps = {}
    for node in flow.nodes:
        found = node.effect
        written |= found.writes
        if found.name == "jalr" and found.rs1 != RA and found.control in (INDIRECT, CALL):
            jumps[node.address] = found
    mask = written & (SAVED | registers(SP))
    return Checks(
        flow,
        tuple(number for number in range(32) if mask >> number & 1),
        changes_itself or not is_used_well(flow),
        () if changes_itself else _data(image),
        {} if changes_itself else jumps,
    )


def _data(image: Image) -> tuple[tuple[int, int], ...]:
    runs: list[tuple[int, int]] = []
    for entry in image.entries:
        if entry.is_code or not entry.size:
            continue
        last = entry.address + entry.size - 1
        if runs and runs[-1][1] + 1 == entry.address:
            runs[-1] = runs[-1][0], last
        else:
            runs.append((entry.address, last))
    if len(runs) > DATA_RUNS:
        return ((runs[0][0], runs[-1][1]),)
    return tuple(runs)


class Shadow:
    """Which bytes of a stack were stored since the call began."""

    __slots__ = ("_stored",)

    def __init__(self, size: int) -> None:
        self._stored = bytearray(size)

    def store(self, at: int, size: int) -> None:
        """Bytes from offset `at` are stored; those behind the end are nobody's."""
        end = min(at + size, len(self._stored))
        self._stored[at:end] = b"\1" * (end - at)

    def unwritten(self, at: int, size: int) -> int:
        """How many of the bytes nothing has stored."""
        return self._stored.count(0, at, at + size)


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
