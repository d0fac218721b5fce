"""Prove that no load or store of a function can be misaligned, so that none need be watched.

Input: a `Flow` and what is known of the registers at its start.
Output: True where every access that can be reached is aligned; False where that is not shown.
Invariant: a register's value is r modulo m, with m one of 1, 2, 4; m = 1 says nothing.

Watching every access from Python makes code with loads and stores twenty times slower.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import gcd

from asm_rv32.flow import CALL, Flow, Node
from asm_rv32.machine.proof import Unproven, follow
from asm_rv32.operands import RA, SP, ZERO

Residue = tuple[int, int]
"""(m, r): the value is r modulo m."""
State = tuple[Residue, ...]

UNKNOWN: Residue = (1, 0)
EXTENSIONS = ("rv32i", "rv32m", "zicsr", "zifencei")
"""Those whose instructions write no register but their `rd`."""


def known(value: int) -> Residue:
    """What is known of a value that is known."""
    return 4, value & 3


def entry_state(arguments: Mapping[int, Residue]) -> State:
    """The registers when a function is entered: `arguments` by number, sp a multiple of 16."""
    given = {**arguments, ZERO: known(0), SP: known(0), RA: known(0)}
    return tuple(given.get(number, UNKNOWN) for number in range(32))


def every_access_is_aligned(flow: Flow, start: State, base: int) -> bool:
    """Whether every reachable access is shown to be aligned; the code stands at `base`."""
    effects = [node.effect for node in flow.nodes]
    names = {found.name for found in effects}
    # A return is taken to go where a call came from. Code that knows its own address and writes
    # ra could make it go anywhere, and code that replaces its own instructions do anything.
    computes = "auipc" in names and any(found.rd == RA for found in effects)
    if "fence.i" in names or computes:
        return False
    try:
        follow(flow, start, partial(_behind, base), _join)
    except Unproven:
        return False
    return True


def _behind(base: int, node: Node, state: State) -> State:
    found = node.effect
    if found.instruction.row.extension not in EXTENSIONS:
        raise Unproven
    if found.width:
        modulus, residue = state[found.rs1]
        if modulus < found.width or (residue + found.immediate) % found.width:
            raise Unproven
    if found.control == CALL:
        return _write(state, found.rd, known(base + node.address + node.size))
    return _write(state, found.rd, _result(base, node, state))


def _result(base: int, node: Node, state: State) -> Residue:
    found = node.effect
    name, immediate = found.name, found.immediate
    if name == "lui":
        return known(0)
    if name == "auipc":
        return known(base + node.address)
    if name == "slli":
        modulus, residue = state[found.rs1]
        return min(4, modulus << immediate), (residue << immediate) & 3
    if name not in OPERATIONS:
        return UNKNOWN
    if name == "andi" and immediate % 4 == 0:
        return known(0)
    first = state[found.rs1]
    second = state[found.rs2] if "rs2" in found.instruction.row.variables else known(immediate)
    modulus = min(first[0], second[0])
    return modulus, OPERATIONS[name](first[1], second[1]) % modulus


OPERATIONS: Mapping[str, Callable[[int, int], int]] = {
    "addi": lambda a, b: a + b,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "andi": lambda a, b: a & b,
    "and": lambda a, b: a & b,
    "ori": lambda a, b: a | b,
    "or": lambda a, b: a | b,
    "xori": lambda a, b: a ^ b,
    "xor": lambda a, b: a ^ b,
}
"""Those whose low bits follow from the low bits of their operands."""


def _write(state: State, number: int, residue: Residue) -> State:
    if number == ZERO or state[number] == residue:
        return state
    return (*state[:number], residue, *state[number + 1 :])


def _join(one: State, other: State) -> State:
    if one == other:
        return one
    return tuple(a if a == b else _meet(a, b) for a, b in zip(one, other))


def _meet(one: Residue, other: Residue) -> Residue:
    """What is known of a value that is one of two."""
    modulus = gcd(one[0], other[0], one[1] - other[1])
    return modulus, one[1] % modulus
