"""Prove that no load or store of a function can be misaligned, so that none need be watched.

Input: a `Flow` and what is known of the registers at its start.
Output: True where every access that can be reached is aligned; False where that is not shown.
Invariant: a value is r modulo m, with m a power of two, up to 4 in a register; m = 1 says nothing,
and r then where it is from. What an operation makes of that follows from the meanings alone; one
that is not here gives nothing. With a return address nothing is computed; what is loaded into ra is
taken for one that was stored.

Watching every access from Python makes code with loads and stores twenty times slower.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import gcd

from asm_rv32.analysis.flow import Flow, Node
from asm_rv32.analysis.proof import Unproven, follow, whole_register
from asm_rv32.isa.meaning import Let, Place, Write, within
from asm_rv32.isa.operands import FLOAT, RA, SP, ZERO
from asm_rv32.isa.reading import Reading, perform

Residue = tuple[int, int]
"""(m, r): the value is r modulo m."""
State = tuple[Residue, ...]

UNKNOWN: Residue = (1, 0)
LOADED: Residue = (1, 1)
"""A word as memory held it."""
LINK: Residue = (1, 2)
"""Where a call came from, or the caller."""
WHOLE = 1 << 32
"""The modulus of a value that is known."""
KEPT = 4
"""No access is longer; more is not kept of a register."""


def known(value: int) -> Residue:
    """What is kept of a value that is known."""
    return KEPT, value % KEPT


def entry_state(arguments: Mapping[int, Residue]) -> State:
    """The registers when a function is entered: `arguments` by number, sp a multiple of 16."""
    given = {**arguments, ZERO: known(0), SP: known(0), RA: LINK}
    return tuple(given.get(number, UNKNOWN) for number in range(32))


def every_access_is_aligned(flow: Flow, start: State, base: int) -> bool:
    """Whether every reachable access is shown to be aligned; the code stands at `base`."""
    # A return is taken to go where a call came from. Code that knows its own address and writes
    # ra could make it go anywhere, and code that replaces its own instructions do anything.
    if flow.written >> RA & 1 and any(_knows_its_place(node) for node in flow.nodes):
        return False
    if any(node.meaning.does("fence_i") for node in flow.nodes):
        return False
    try:
        follow(flow, start, partial(_behind, base), _join, _returns)
    except Unproven:
        return False
    return True


def _knows_its_place(node: Node) -> bool:
    """Whether an instruction computes an address from its own, other than where a call returns."""
    return any(
        isinstance(step, (Let, Write)) and Place(node.size) != step.value
        and any(isinstance(each, Place) for each in within(step))
        for step in node.steps
    )  # fmt: skip


def _returns(node: Node, state: State) -> bool:
    number = whole_register(node)
    return state[number] == LINK or (number == RA and state[number] == LOADED)


def _behind(base: int, node: Node, state: State) -> State:
    residues = _Residues(state, base + node.address, node.size)
    perform(node.steps, residues)
    return tuple(residues.state)


class _Residues(Reading):
    """Goes through an instruction of `size` bytes that stands at `at`. Raises Unproven for an
    access, and for what is computed with a return address."""

    unknown = UNKNOWN

    def __init__(self, state: State, at: int, size: int) -> None:
        self.state = list(state)
        self.at = at
        self.size = size

    def constant(self, word: int) -> Residue:
        return WHOLE, word

    def place(self, distance: int) -> Residue:
        if distance == self.size:
            return LINK
        return WHOLE, (self.at + distance) % WHOLE

    def read(self, number: int) -> Residue:
        return self.state[number] if number < FLOAT else UNKNOWN

    def write(self, number: int, value: Residue) -> None:
        if number >= FLOAT:
            return
        if value[0] > 1:
            modulus = min(value[0], KEPT)
            value = modulus, value[1] % modulus
        self.state[number] = value

    def operation(self, name: str, operands: tuple[Residue, ...]) -> Residue:
        if LINK in operands or LOADED in operands:
            if (name, operands[1:]) in UNCHANGED:
                return operands[0]
            if LINK in operands:
                raise Unproven
        found: Residue = super().operation(name, operands)
        return found

    def load(self, size: int, address: Residue) -> Residue:
        self._access(size, address)
        return LOADED if size == 4 else UNKNOWN

    def store(self, size: int, address: Residue, value: Residue) -> None:
        self._access(size, address)

    def system(self, name: str, operands: tuple[Residue, ...]) -> Residue:
        if name in ("load_reserved", "store_conditional"):
            self._access(4, operands[0])
        return UNKNOWN

    def _access(self, size: int, address: Residue) -> None:
        modulus, residue = address
        if modulus < size or residue % size:
            raise Unproven

    def add_(self, a: Residue, b: Residue) -> Residue:
        modulus = min(a[0], b[0])
        return modulus, (a[1] + b[1]) % modulus

    def sub_(self, a: Residue, b: Residue) -> Residue:
        modulus = min(a[0], b[0])
        return modulus, (a[1] - b[1]) % modulus

    def mul_(self, a: Residue, b: Residue) -> Residue:
        modulus = gcd(a[0] * b[0], a[0] * b[1], a[1] * b[0], WHOLE)
        return modulus, a[1] * b[1] % modulus

    def or_(self, a: Residue, b: Residue) -> Residue:
        modulus = min(a[0], b[0])
        return modulus, (a[1] | b[1]) % modulus

    def xor_(self, a: Residue, b: Residue) -> Residue:
        modulus = min(a[0], b[0])
        return modulus, (a[1] ^ b[1]) % modulus

    def and_(self, a: Residue, b: Residue) -> Residue:
        """Zeros at the end of one are zeros of the result, whatever the other is."""
        modulus = max(min(a[0], b[0]), _zeros(a), _zeros(b))
        return modulus, (a[1] & b[1]) % modulus

    def shl_(self, a: Residue, amount: Residue) -> Residue:
        if amount[0] < 32:
            return UNKNOWN
        by = amount[1] % 32
        modulus = min(a[0] << by, WHOLE)
        return modulus, (a[1] << by) % modulus

    def if_(self, condition: Residue, a: Residue, b: Residue) -> Residue:
        return _meet(a, b)

    def signed8_(self, a: Residue) -> Residue:
        modulus = min(a[0], 1 << 8)
        return modulus, a[1] % modulus

    def signed16_(self, a: Residue) -> Residue:
        modulus = min(a[0], 1 << 16)
        return modulus, a[1] % modulus


UNCHANGED = (("+", ((WHOLE, 0),)), ("&", ((WHOLE, 0xFFFF_FFFE),)))
"""What a move, and a jump, does to an address: the operation, and its second operand."""


def _zeros(value: Residue) -> int:
    """The largest power of two that a value is shown to be a multiple of."""
    return gcd(*value)


def _join(one: State, other: State) -> State:
    if one == other:
        return one
    joined = tuple(a if a == b else _meet(a, b) for a, b in zip(one, other))
    return one if joined == one else joined


def _meet(one: Residue, other: Residue) -> Residue:
    """What is known of a value that is one of two."""
    modulus = gcd(one[0], other[0], one[1] - other[1])
    return modulus, one[1] % modulus
