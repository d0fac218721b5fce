"""Prove that no load or store of a function can be misaligned, so that none need be watched.

Input: an Image and what is known of the registers at its start.
Output: True where every access that can be reached is aligned; False where that is not shown.
Invariant: a register's value is r modulo m, with m one of 1, 2, 4; m = 1 says nothing.

Watching every access from Python makes code with loads and stores twenty times slower.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import gcd

from asm_rv32.decode import decode_at
from asm_rv32.image import Entry, Image
from asm_rv32.operands import RA, SP, ZERO
from asm_rv32.tables import Instruction, IsaError, instruction_set

Residue = tuple[int, int]
"""(m, r): the value is r modulo m."""
State = tuple[Residue, ...]

UNKNOWN: Residue = (1, 0)
EXTENSIONS = ("rv32i", "rv32m", "zicsr", "zifencei")
"""Those whose instructions write no register but their `rd`."""
SIZES = {"lh": 2, "lhu": 2, "lw": 4, "sh": 2, "sw": 4}
INSTRUCTION_LIMIT = 2000
"""A longer function is watched instead: the proof would take longer than most of its calls."""


def known(value: int) -> Residue:
    """What is known of a value that is known."""
    return 4, value & 3


def entry_state(arguments: Mapping[int, Residue]) -> State:
    """The registers when a function is entered: `arguments` by number, sp a multiple of 16."""
    given = {**arguments, ZERO: known(0), SP: known(0), RA: known(0)}
    return tuple(given.get(number, UNKNOWN) for number in range(32))


def every_access_is_aligned(image: Image, start: State, base: int) -> bool:
    """Whether every reachable access is shown to be aligned; the code stands at `base`."""
    if not image.code or len(image.entries) > INSTRUCTION_LIMIT:
        return False
    try:
        instructions = instruction_set(image.isa)
    except IsaError:
        return False
    decoded: dict[int, tuple[Entry, Instruction]] = {}
    for entry in image.entries:
        if entry.is_code:
            found = decode_at(image.code, entry.address, instructions).instruction
            if found is None:
                return False
            decoded[entry.address] = entry, found.row.base_instruction(found.values)
    names = {instruction.row.name for _, instruction in decoded.values()}
    # A return is taken to go where a call came from. Code that knows its own address and writes
    # ra could make it go anywhere.
    if "fence.i" in names:
        # It may replace its own instructions.
        return False
    if "auipc" in names and any(_destination(made) == RA for _, made in decoded.values()):
        return False
    return _Proof(decoded, base).holds(start)


class _Proof:
    """Follows the control flow until no register's residue changes at any instruction."""

    def __init__(self, decoded: dict[int, tuple[Entry, Instruction]], base: int) -> None:
        self._decoded = decoded
        self._base = base
        self._states: dict[int, State] = {}
        self._pending: list[int] = []
        self._calls: set[int] = set()
        self._returned: State | None = None

    def holds(self, start: State) -> bool:
        self._flow(0, start)
        while self._pending:
            at = self._pending.pop()
            if at not in self._decoded:
                # It runs into data, or out of the code.
                return False
            if not self._step(at, *self._decoded[at], self._states[at]):
                return False
        return True

    def _flow(self, to: int, state: State) -> None:
        before = self._states.get(to)
        joined = state if before is None else _join(before, state)
        if joined != before:
            self._states[to] = joined
            self._pending.append(to)

    def _step(self, at: int, entry: Entry, instruction: Instruction, state: State) -> bool:
        name, row = instruction.row.name, instruction.row
        if row.extension not in EXTENSIONS:
            return False
        values = dict(zip(row.variables, instruction.values))
        if name in SIZES:
            modulus, residue = state[values["rs1"]]
            offset = values["imm12"] if "imm12" in values else values["store12"]
            size = SIZES[name]
            if modulus < size or (residue + offset) % size:
                return False
        following = at + entry.size
        if name == "jalr":
            if instruction.values != (ZERO, RA, 0):
                return False
            self._return(state)
            return True
        if name == "jal":
            after = _write(state, values["rd"], known(self._base + following))
            if values["rd"]:
                self._calls.add(following)
                if self._returned is not None:
                    self._flow(following, self._returned)
            self._flow(at + values["jump21"], after)
            return True
        after = _write(state, _destination(instruction), self._result(at, name, values, state))
        if "branch13" in values:
            self._flow(at + values["branch13"], after)
        self._flow(following, after)
        return True

    def _return(self, state: State) -> None:
        joined = state if self._returned is None else _join(self._returned, state)
        if joined != self._returned:
            self._returned = joined
            for call in self._calls:
                self._flow(call, joined)

    def _result(self, at: int, name: str, values: Mapping[str, int], state: State) -> Residue:
        if name == "lui":
            return known(0)
        if name == "auipc":
            return known(self._base + at)
        if name == "slli":
            modulus, residue = state[values["rs1"]]
            shift = values["shamt5"]
            return min(4, modulus << shift), (residue << shift) & 3
        if name not in OPERATIONS:
            return UNKNOWN
        if name == "andi" and values["imm12"] % 4 == 0:
            return known(0)
        first = state[values["rs1"]]
        second = state[values["rs2"]] if "rs2" in values else known(values["imm12"])
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


def _destination(instruction: Instruction) -> int:
    """The number of the register that an instruction writes; 0 where it writes none."""
    variables = instruction.row.variables
    return instruction.values[variables.index("rd")] if "rd" in variables else 0


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
