"""Loads of what nothing stored: whether anything depends on what one brings.

Input: a function as it was followed, and such a load. Output: whether its value is used.
Invariant: of each bit of a value it is known whether it may be one that nothing stored. Moving such
bits, and putting others in their place, is no use of them, nor is storing a word of which some are
defined: a struct has padding. A branch, an address, and a whole word that leaves the function are.
"""

from __future__ import annotations

from collections.abc import Callable

from asm_rv32.analysis.events import Event
from asm_rv32.analysis.flow import ARGUMENTS, SAVED, Node, bits, registers
from asm_rv32.analysis.routines import Followed
from asm_rv32.analysis.solve import Solver
from asm_rv32.analysis.state import stack_bytes
from asm_rv32.analysis.values import ENTRY, Value, stack_offset, word_of
from asm_rv32.analysis.walk import Walk
from asm_rv32.isa.effects import CALL, INDIRECT
from asm_rv32.isa.operands import A0
from asm_rv32.isa.reading import Reading, perform
from asm_rv32.isa.words import BY_BYTE, MOVING, OPERATIONS, WORD

VISITS = 20
"""Visits of a block, on average, after which a load counts as not used."""
Bits = int
"""A set of bits of a word, those that may be undefined."""
Both = tuple[Value, Bits]


class _Masks:
    """Which bits of registers, and of bytes of the stack by offset, may be undefined."""

    def __init__(self, registers: dict[int, Bits], stack: dict[int, Bits]) -> None:
        self.registers = registers
        self.stack = stack

    def merged(self, other: _Masks) -> _Masks:
        """On one of two ways; these themselves where the other adds nothing."""
        registers, stack = dict(self.registers), dict(self.stack)
        for ours, theirs in ((registers, other.registers), (stack, other.stack)):
            for key, mask in theirs.items():
                ours[key] = ours.get(key, 0) | mask
        if (registers, stack) == (self.registers, self.stack):
            return self
        return _Masks(registers, stack)


def _upwards(mask: Bits) -> Bits:
    """The lowest of these bits and all above it, as a carry goes."""
    return -(mask & -mask) & WORD


_CARRIED = frozenset(("+", "-", "*", "carryless"))
_SINGLE = frozenset(("eq", "ne", "lts", "ges", "ltu", "geu"))
_BY_BIT: dict[str, Callable[[int], int]] = {
    "&": lambda word: word, "|": lambda word: ~word & WORD, "^": lambda word: WORD,
}  # fmt: skip
"""Operation → the bits of one operand that count, from the other where that is known."""
_MOVED = frozenset(("shl", "shr", "sar"))
_EXTENDED = frozenset(("signed8", "signed16", *MOVING))


def _undefined(name: str, operands: tuple[Both, ...]) -> Bits:
    """The bits of a result that may be undefined; all, where it is not known which."""
    masks = [mask for _, mask in operands]
    if not any(masks):
        return 0
    if name in _BY_BIT:
        found = 0
        for (_, mask), (other, undefined) in (operands, operands[::-1]):
            word = word_of(other) if not undefined else None
            found |= mask & (WORD if word is None else _BY_BIT[name](word))
        return found
    amount = word_of(operands[-1][0])
    if name in _MOVED and not masks[1] and amount is not None:
        return OPERATIONS[name](masks[0], amount)
    if name in _CARRIED:
        return _upwards(masks[0] | masks[1])
    if name in _EXTENDED:
        return OPERATIONS[name](masks[0])
    if name in BY_BYTE:
        return 255 if masks[0] & 255 else 0
    if name == "if" and not masks[0]:
        return masks[1] | masks[2]
    if name in ("lts", "ges") and amount == 0 and not masks[1]:
        return masks[0] >> 31  # the sign alone
    return 1 if name in _SINGLE else WORD


class _Undefined(Reading):
    """Values as `Walk` has them, each with the bits that may be undefined."""

    def __init__(self, walk: Walk, load: Event) -> None:
        self.walk = walk
        self.load_seen = load
        self.masks: _Masks
        self.used = False

    def need(self, mask: Bits) -> None:
        """What depends on these bits shows."""
        self.used = self.used or mask != 0

    def constant(self, word: int) -> Both:
        return self.walk.constant(word), 0

    def place(self, distance: int) -> Both:
        return self.walk.place(distance), 0

    def read(self, number: int) -> Both:
        return self.walk.read(number), self.masks.registers.get(number, 0)

    def operation(self, name: str, operands: tuple[Both, ...]) -> Both:
        value = self.walk.operation(name, tuple([value for value, _ in operands]))
        return value, _undefined(name, operands)

    def load(self, size: int, address: Both) -> Both:
        self.need(address[1])
        at, mask = stack_offset(address[0]), 0
        for index, place in enumerate(() if at is None else range(at, at + size)):
            mask |= self.masks.stack.get(place, 0) << 8 * index
            if self.walk.node == self.load_seen.node:
                is_stored = self.walk.state.stored & stack_bytes(place, 1)
                mask |= 0 if is_stored else 0xFF << 8 * index
        return self.walk.load(size, address[0]), mask

    def system(self, name: str, operands: tuple[Both, ...]) -> Both:
        for _, mask in operands:
            self.need(mask)
        return self.walk.system(name, tuple([value for value, _ in operands])), 0

    def write(self, number: int, value: Both) -> None:
        self.walk.write(number, value[0])
        self.masks.registers[number] = value[1]

    def store(self, size: int, address: Both, value: Both) -> None:
        self.need(address[1])
        at = stack_offset(address[0])
        whole = (1 << 8 * size) - 1
        if at is None or at >= 0:
            self.need(value[1] & whole == whole)
        for index, place in enumerate(() if at is None else range(at, at + size)):
            self.masks.stack[place] = value[1] >> 8 * index & 0xFF
        self.walk.store(size, address[0], value[0])

    def goto(self, target: Both, condition: Both | None) -> None:
        self.need(target[1])
        self.need(condition[1] if condition else 0)
        self.walk.goto(target[0], condition[0] if condition else None)

    def hand_over(self, found: int) -> None:
        """Somebody else may read these registers: of a word of padding a part is defined."""
        for register in bits(found):
            self.need(self.masks.registers.get(register, 0) == WORD)

    def act(self, name: str, operands: tuple[Both, ...]) -> None:
        if name == "ecall":
            self.hand_over(ARGUMENTS)
            self.masks.registers.pop(A0, None)
        self.walk.act(name, tuple([value for value, _ in operands]))


def is_used(followed: Followed, load: Event) -> bool:
    """Whether the value that a load of what nothing stored brings is used."""
    return any(
        _Uses(followed, number, load).found()
        for number, routine in enumerate(followed.routines)
        if followed.flow.block_at[load.node] in routine.states
    )


class _Uses:
    """Follows what one load brings through one routine."""

    def __init__(self, followed: Followed, number: int, load: Event) -> None:
        self.followed = followed
        self.number = number
        self.load = load
        self.reading = _Undefined(followed.walk, load)
        budget = VISITS * len(followed.flow.blocks) + 100
        self.solver: Solver[_Masks] = Solver(_Masks.merged, budget)

    def found(self) -> bool:
        """Whether anything depends on it."""
        self.solver.reach(self.followed.flow.block_at[self.load.node], _Masks({}, {}))
        self.solver.run(self.through)
        return self.reading.used

    def through(self, index: int, masks: _Masks) -> None:
        followed, reading = self.followed, self.reading
        routine = followed.routines[self.number]
        if reading.used or index not in routine.states:
            return
        followed.current = self.number
        state = routine.states[index].copy()
        followed.walk.begin(state)
        reading.masks = masks = _Masks(dict(masks.registers), dict(masks.stack))
        block = followed.flow.blocks[index]
        for number in range(block.first, block.last):
            node = followed.flow.nodes[number]
            followed.walk.at(number, node.address)
            perform(node.steps, reading)
            if reading.used:
                return
            if node.effects.control == CALL:
                if not followed.call(state, number, node, routine):
                    return
                self.behind_call(node.effects.links, masks)
        self.leave(node)
        for successor in followed.edges[index]:
            self.solver.reach(successor, masks)

    def behind_call(self, link: int, masks: _Masks) -> None:
        target = self.followed.walk.target
        called = self.followed.called(target, link) if target is not None else None
        masks.stack.clear()  # it may have been given a place of the stack to fill
        if called is None:
            self.reading.hand_over(ARGUMENTS)
            masks.registers.clear()
            return
        returned = called.returned
        for register in list(masks.registers):
            if returned is None or returned.values[register] != ENTRY[register]:
                del masks.registers[register]

    def leave(self, node: Node) -> None:
        """Out of the function, which gives a0 and the saved registers back."""
        if node.effects.control == INDIRECT and node.target < 0 and self.number == 0:
            self.reading.hand_over(SAVED | registers(A0))
