"""Prove that a function uses its stack well, so that none of its accesses need be watched.

Input: a `Flow`. Output: True where every access of the stack is shown to be at sp or above, and
every load from it to find what the function stored there; False where that is not shown.
Invariant: an address in the stack comes from sp alone, and from sp plus numbers where the proof
holds. Linear in the code's length, but for the states that a block is visited with.

Watching the stack from Python costs a microsecond an access; nearly all code needs none of it.
"""

from __future__ import annotations

from asm_rv32.analysis.flow import Flow, Node
from asm_rv32.analysis.proof import Unproven, follow
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.effects import CALL
from asm_rv32.isa.operands import FLOAT, SP
from asm_rv32.isa.reading import Reading, perform
from asm_rv32.isa.words import OPERATIONS, WORD, signed

FRAME_LIMIT = 1 << 16
"""Bytes; a larger frame is watched instead."""


class Address(NamedTuple):
    """A value computed from sp."""

    above: int | None
    """How far it is above where sp was at the start, signed; None: not known."""


MIXED = Address(None)
Value = Address | int | None
"""Computed from sp; else a known word, unsigned; or None for any word that is no address in the
stack."""


class _State(NamedTuple):
    values: tuple[Value, ...]
    written: int
    """Bit n: the byte n + 1 below the start of the stack was stored on every path, and is not
    below sp."""


def is_used_well(flow: Flow) -> bool:
    """Whether all of the function's use of the stack is shown to be as it should be."""
    values: list[Value] = [None] * 32
    values[SP] = Address(0)
    try:
        follow(flow, _State(tuple(values), 0), _behind, _join)
    except Unproven:
        return False
    return True


def _behind(node: Node, state: _State) -> _State:
    if node.effects.control == CALL:
        raise Unproven  # a routine has a frame of its own
    frame = _Frame(state)
    perform(node.steps, frame)
    if frame.below < _sp(frame.values):
        raise Unproven  # what is stored before sp moves down over it is not below
    return _State(tuple(frame.values), frame.written)


def _sp(values: list[Value] | tuple[Value, ...]) -> int:
    """How far sp is above the start, where that is known, and within the bounds of a frame."""
    sp = values[SP]
    if isinstance(sp, Address) and sp.above is not None and -FRAME_LIMIT <= sp.above <= 0:
        return sp.above
    raise Unproven


class _Frame(Reading):
    """Goes through one instruction. Raises Unproven for what may be wrong."""

    def __init__(self, state: _State) -> None:
        self.values = list(state.values)
        self.written = state.written
        self.below = 0
        """Where the lowest of its accesses below sp is, as an address has it."""

    def constant(self, word: int) -> Value:
        return word

    def read(self, number: int) -> Value:
        return self.values[number] if number < FLOAT else None

    def write(self, number: int, value: Value) -> None:
        if number >= FLOAT:
            if isinstance(value, Address):
                raise Unproven  # the address gets about
            return
        self.values[number] = value
        if number == SP:
            # What lay below is given up when sp moves up over it.
            self.written &= (1 << -_sp(self.values)) - 1

    def operation(self, name: str, operands: tuple[Value, ...]) -> Value:
        known = [each for each in operands if isinstance(each, int)]
        if len(known) == len(operands):
            return OPERATIONS[name](*known)
        if not any(isinstance(each, Address) for each in operands):
            return None
        if name in ("+", "-") and len(known) == 1:
            first, second = operands
            if name == "+" and not isinstance(first, Address):
                first, second = second, first
            if isinstance(first, Address) and first.above is not None:
                found = OPERATIONS[name](first.above & WORD, second)
                return Address(signed(found))
        return MIXED

    def load(self, size: int, address: Value) -> Value:
        if self._bytes(size, address) & ~self.written:
            raise Unproven
        return None

    def store(self, size: int, address: Value, value: Value) -> None:
        if isinstance(value, Address):
            raise Unproven  # the address gets about
        self.written |= self._bytes(size, address)

    def system(self, name: str, operands: tuple[Value, ...]) -> Value:
        if name == "load_reserved":
            return self.load(4, operands[0])
        if name == "store_conditional":
            self._bytes(4, operands[0])  # which may as well stay as they are
            operands = operands[1:]
        if any(isinstance(each, Address) for each in operands):
            raise Unproven  # into memory, or a CSR, whence anything may read it
        return None

    def _bytes(self, size: int, address: Value) -> int:
        """The bytes of the stack that an access touches, as in `written`."""
        if not isinstance(address, Address):
            return 0
        at = address.above
        if at is None or not -2 * FRAME_LIMIT <= at <= -size:
            raise Unproven
        if at < _sp(self.values):
            self.below = min(self.below, at)
        return ((1 << size) - 1) << (-at - size)


def _join(one: _State, other: _State) -> _State:
    if one == other:
        return one
    values = tuple(
        ours if ours == theirs else _either(ours, theirs)
        for ours, theirs in zip(one.values, other.values)
    )
    _sp(values)
    joined = _State(values, one.written & other.written)
    return one if joined == one else joined


def _either(one: Value, other: Value) -> Value:
    """What is known of a value that is one of two, and not always the same."""
    return MIXED if isinstance(one, Address) or isinstance(other, Address) else None
