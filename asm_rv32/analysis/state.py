"""What is known at one place of a routine: registers, stack slots, who wrote what.

Invariant: `merge` only ever loses knowledge, and so comes to an end.
"""

from __future__ import annotations

from collections.abc import Callable

from asm_rv32.analysis.flow import ALL, SAVED, Flow, Node, registers
from asm_rv32.analysis.values import (
    ANYTHING,
    ENTRY,
    MADE,
    SOMETHING,
    ZERO,
    Sum,
    Symbol,
    Value,
    blurred,
    came_from,
    free_of,
    is_of_stack,
    is_unknown,
    join,
    stack_offset,
)
from asm_rv32.basis.records import Any
from asm_rv32.isa.meaning import Read, Store, System, Write
from asm_rv32.isa.operands import FLOAT, FRM, RA, SP
from asm_rv32.isa.sets import instruction_set

SLOT_LIMIT = 256
"""So many stack slots are followed; with more, none is."""
FRAME_LIMIT = 4096
"""Bytes of stack of which it is known what was stored; of a larger frame nothing is claimed."""
ANYWHERE = -1
"""Set of bytes of the stack: any of them."""
Slots = dict[tuple[Any, int], Value]
"""(terms of the address, its number) → the word there."""


class State:
    """Registers and slots at one place; whoever changes one has copied it."""

    __slots__ = (
        "fresh", "is_loose", "is_mixed", "leaked", "own", "slots", "stored", "unwritten", "values",
    )  # fmt: skip

    def __init__(self, values: list[Value], slots: Slots | None, unwritten: int, stored: int,
                 own: int) -> None:  # fmt: skip
        self.values = values
        self.slots = slots
        """What is missing holds something else; None: all unknown."""
        self.unwritten = unwritten
        """Registers that nothing wrote on some path."""
        self.stored = stored
        """Bit n: the byte n + 1 below the start of the stack may have been stored on some path."""
        self.own = own
        """Registers whose value was given to the routine, or written by it, on every path."""
        self.fresh = 0
        """Registers that were written, and not read since, on some path."""
        self.is_loose = False
        """Whether some slot may hold what others than this routine may change."""
        self.is_mixed = False
        """Whether some slot lies where it is not known whether it is another one."""
        self.leaked = 0
        """Registers whose value at the entry may stand in memory that is not followed."""

    def copy(self) -> State:
        """One that may be changed."""
        slots = None if self.slots is None else self.slots.copy()
        made = State(self.values[:], slots, self.unwritten, self.stored, self.own)
        made.fresh, made.leaked = self.fresh, self.leaked
        made.is_loose, made.is_mixed = self.is_loose, self.is_mixed
        return made

    def merged(self, other: State) -> State:
        """What holds on both ways; this state itself where the other changes nothing of it."""
        made = self.copy()
        changed = made._merge_values(other.values)
        changed = made._merge_sets(other) or changed
        changed = made._merge_slots(other.slots) or changed
        return made if changed else self

    def _merge_values(self, others: list[Value]) -> bool:
        values = self.values
        if values == others:
            return False
        changed = False
        for index, (ours, theirs) in enumerate(zip(values, others)):
            if ours is theirs or ours == theirs:
                continue
            joined = join(ours, theirs)
            if joined is ours or joined == ours:
                continue
            values[index] = joined
            changed = True
            if is_of_stack(ours) or is_of_stack(theirs):
                self.stored = ANYWHERE  # a pointer that moves from round to round
        return changed

    def _merge_sets(self, other: State) -> bool:
        before = self.unwritten, self.stored, self.own, self.fresh, self.leaked
        self.unwritten |= other.unwritten
        self.stored |= other.stored
        self.own &= other.own
        self.fresh |= other.fresh
        self.leaked |= other.leaked
        self.is_loose = self.is_loose or other.is_loose
        self.is_mixed = self.is_mixed or other.is_mixed
        return before != (self.unwritten, self.stored, self.own, self.fresh, self.leaked)

    def _merge_slots(self, others: Slots | None) -> bool:
        slots = self.slots
        if slots is None or slots == others:
            return False
        if others is None:
            self.slots = None
            return True
        changed = False
        for key in {*slots, *others}:
            ours, theirs = slots.get(key, SOMETHING), others.get(key, SOMETHING)
            if ours is theirs or ours == theirs:
                continue
            joined = join(ours, theirs)
            if joined != ours:
                slots[key] = joined
                changed = True
        return changed

    def blur(self, is_stale: Callable[[Symbol], bool]) -> None:
        """Let no value rest on a symbol for which `is_stale` is true: it is made anew."""
        for index, value in enumerate(self.values):
            if _rests_on(value, is_stale):
                self.values[index] = blurred(value)
        slots = self.slots or {}
        for key, value in list(slots.items()):
            if _rests_on(Sum(*key), is_stale):
                del slots[key]  # what was stored there counts as leaked
            elif _rests_on(value, is_stale):
                slots[key] = blurred(value)

    # ---- the stack

    def loosen(self) -> None:
        """Someone else may have stored into what the routine has given an address of.

        Saved registers and addresses in the stack lie where no one else has to do anything.
        """
        if not self.is_loose or self.slots is None:
            return
        self.is_loose = False
        self._forget(lambda key: True)

    def _forget(self, may_change: Callable[[tuple[Any, int]], bool]) -> None:
        """Let go of slots, but for saved registers and addresses in the stack."""
        slots = self.slots or {}
        for key in [key for key, value in slots.items() if may_change(key) and not _is_kept(value)]:
            del slots[key]

    def keep(self, size: int, address: Value, value: Value) -> None:
        """Put a value into memory."""
        at = stack_offset(address)
        if at is not None:
            self.stored |= stack_bytes(at, size)
        if is_of_stack(value) or (at is None and is_of_stack(address)):
            self.stored = ANYWHERE  # others may store through it; or it is an unknown place
        if at is None:
            self.leaked |= ALL & ~free_of(value)
            if self.stored == ANYWHERE:
                self.loosen()
        if self.slots is None or not isinstance(address, Sum) or not is_of_stack(address):
            return
        terms, number = address
        self.is_mixed = self.is_mixed or at is None
        if self.is_mixed and self.is_loose:
            self._forget(lambda key: key[0] != terms)
        for near in range(number - 3, number + size):
            self.slots.pop((terms, near), None)
        if size == 4 and value != SOMETHING:
            self.slots[terms, number] = value
            self.is_loose = self.is_loose or not _is_kept(value)
            if len(self.slots) > SLOT_LIMIT:
                self.slots = None


def _is_kept(value: Value) -> bool:
    return bool(came_from(value)) or is_of_stack(value) or is_unknown(value)


def _rests_on(value: Value, is_stale: Callable[[Symbol], bool]) -> bool:
    if type(value) is not Sum or not value.terms or value.terms[-1][0].place < MADE:
        return False
    return any(symbol.place >= MADE and is_stale(symbol) for symbol, _ in value.terms)


def stack_bytes(at: int, size: int) -> int:
    """The set of bytes of the stack at an offset from its start; none where it is not followed."""
    last = -at - size
    return ((1 << size) - 1) << last if 0 <= last <= FRAME_LIMIT else 0


def is_switched(state: State) -> bool:
    """Whether the registers are another context's: sp was loaded, as by longjmp()."""
    stack = state.values[SP]
    return isinstance(stack, Sum) and any(symbol.loaded for symbol, _ in stack.terms)


def only_kept(node: Node, state: State) -> int:
    """Registers that an instruction only keeps or moves: that is no use of what they hold.

    So are saved registers read that a function has not written.
    """
    kept = 0
    for step in node.meaning.steps:
        value = step.value if isinstance(step, (Write, Store)) else None
        for moved in value.operands if isinstance(value, System) else (value,):
            if isinstance(moved, Read) and came_from(state.values[moved.number]) == moved.number:
                kept |= 1 << moved.number
    return kept & SAVED


def entry_state(flow: Flow) -> State:
    """What holds where a function is entered."""
    written = registers(RA, SP, 3, 4, *flow.image.registers)
    if any(each.name == "trap_return" for each in flow.outside):
        # It serves a trap, at which every register holds what is to be kept.
        written = ALL
    return State(_at_entry(flow), {}, ALL & ~written, 0, written)


def _at_entry(flow: Flow) -> list[Value]:
    """What each register holds, as many as the ISA has."""
    has_fcsr = instruction_set(flow.image.isa).has_fcsr
    return [ENTRY[number] for number in range(FRM + 1 if has_fcsr else FLOAT)]


def routine_state(flow: Flow) -> State:
    """What holds where a routine of its own is entered: in terms of that place."""
    return State(_at_entry(flow), {}, ALL, 0, ALL)


def unknown_state(flow: Flow) -> State:
    """What holds where control may come from anywhere."""
    return State([ZERO, *[ANYTHING] * (len(_at_entry(flow)) - 1)], None, 0, ANYWHERE, 0)
