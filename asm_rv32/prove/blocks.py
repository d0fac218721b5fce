"""Two blocks of straight-line code: whether they leave the same registers and the same memory.

Input: machine code, an ISA, the registers that are read later. Output: a `Verdict` for every state
of the registers and of memory, wherever addresses point.
Invariant: what a step does is read from its meaning; a block that jumps, or asks something of the
system, is not read at all. It may end in a branch: both then have to branch for the same states.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import NamedTuple

from asm_rv32.isa.binary32 import RMM
from asm_rv32.isa.decode import decode_at
from asm_rv32.isa.operands import ABI_NAMES, ALL_NAMES, REGISTER_NAMES
from asm_rv32.isa.reading import Reading, perform
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.words import WORD
from asm_rv32.prove.decision import decide
from asm_rv32.prove.term import Term
from asm_rv32.prove.terms import Terms
from asm_rv32.prove.verdict import UNDECIDED, Verdict
from asm_rv32.prove.watch import watch

TIMEOUT = 10.0
"""Seconds."""
BOUNDS = {"fflags": 31, "frm": RMM}
"""What parts of fcsr may hold: by the modes above, instructions are illegal."""
LENGTH_LIMIT = 100_000
"""Instructions of a block."""


class Unreadable(Exception):
    """The code does what has no value in terms."""

    def __init__(
        self, reason: str, conditions: tuple[Term, ...] = (), offset: int | None = None
    ) -> None:
        super().__init__(reason)
        self.conditions = conditions
        """What holds of the inputs that come there."""
        self.offset = offset
        """Of the instruction in the code; None where it is of none."""


class State(Reading):
    """Registers and memory as terms, between two instructions."""

    def __init__(self, terms: Terms, registers: list[Term], memory: Term, start: Term) -> None:
        self.terms = terms
        self.registers = registers
        self.memory = memory
        self.start = start
        """The address of the code."""
        self.offset = 0
        """Of the instruction, in bytes."""
        self.branches: Term | None = None
        """The condition of the branch at the end."""

    def constant(self, word: int) -> Term:
        return self.terms.constant(word)

    def place(self, distance: int) -> Term:
        return self.terms.sum([(self.start, 1)], self.offset + distance)

    def read(self, number: int) -> Term:
        return self.registers[number]

    def operation(self, name: str, operands: tuple[Term, ...]) -> Term:
        return self.terms.operation(name, operands)

    def load(self, size: int, address: Term) -> Term:
        return self.terms.load(self.memory, address, size)

    def write(self, number: int, value: Term) -> None:
        self.registers[number] = value

    def store(self, size: int, address: Term, value: Term) -> None:
        self.memory = self.terms.store(self.memory, address, value, size)

    def system(self, name: str, operands: tuple[Term, ...]) -> Term:
        raise Unreadable(f"what {name.replace('_', ' ')} gives is not known")

    def act(self, name: str, operands: tuple[Term, ...]) -> None:
        raise Unreadable(f"what {name.replace('_', ' ')} does has no value")

    def goto(self, target: Term, condition: Term | None) -> None:
        if condition is None:
            raise Unreadable("it jumps: only straight-line code can be compared as blocks")
        self.branches = self.terms.not_(self.terms.eq(condition, self.terms.zero))


class Block(NamedTuple):
    """A block's end: registers by number, memory, and 1 or 0 for whether it branches."""

    registers: list[Term]
    memory: Term
    branches: Term | None


def equal(
    code_a: bytes,
    code_b: bytes,
    *,
    isa: str,
    live_out: Iterable[str | int],
    timeout: float = TIMEOUT,
) -> Verdict:
    """Whether two blocks of code leave the same in memory and in the registers that live on.

    `isa`: an ISA string, such as "rv32imc". `live_out`: registers by ABI name, by `x5`, or by
    number. `timeout`: seconds. A block is straight-line code; one with a jump or a system
    instruction is undecided, with the reason. Where both end in a branch, they have to take it for
    the same states; where it goes to is not compared. Raises ValueError for an unknown register or
    ISA.
    """
    began = time.monotonic()
    numbers = sorted({_number(each) for each in live_out})
    terms = Terms()
    names = ALL_NAMES if instruction_set(isa).has_fcsr else ABI_NAMES
    first = [terms.zero, *(terms.unknown(name, BOUNDS.get(name, WORD)) for name in names[1:])]
    memory = terms.make("memory", ())
    start = terms.unknown("pc")
    ends = []
    for code in (code_a, code_b):
        try:
            ends.append(_end(code, isa, State(terms, list(first), memory, start)))
        except Unreadable as error:
            return Verdict(UNDECIDED, reason=str(error), seconds=time.monotonic() - began)
    one, other = ends
    pairs = [(one.registers[each], other.registers[each]) for each in numbers]
    named = dict(zip([*(ABI_NAMES[each] for each in numbers), "memory"],
                     [*pairs, (one.memory, other.memory)]))  # fmt: skip
    if one.branches is not None and other.branches is not None:
        named["the branch"] = one.branches, other.branches
    elif one.branches is not other.branches:
        reason = "one ends in a branch, and the other does not"
        return Verdict(UNDECIDED, reason=reason, seconds=time.monotonic() - began)
    found = decide(terms, named, watch(timeout))
    example = {
        str(term.data[0]): value for term, value in found.values.items() if term.form == "unknown"
    }
    seconds = time.monotonic() - began
    return Verdict(found.verdict, (), example or None, seconds, found.reason or None)


def _number(register: str | int) -> int:
    if isinstance(register, int) and 0 <= register < 32:
        return int(register)
    if register in REGISTER_NAMES:
        return int(REGISTER_NAMES[str(register)])
    raise ValueError(f"{register!r} is no register")


def _end(code: bytes, isa: str, state: State) -> Block:
    """What a block leaves. Raises Unreadable."""
    instructions = instruction_set(isa)
    count = 0
    while state.offset < len(code):
        if state.branches is not None:
            raise Unreadable("it branches ahead of its end")
        decoded = decode_at(code, state.offset, instructions)
        if decoded.instruction is None:
            raise Unreadable(f"at {state.offset:#x} is no instruction of {isa}")
        count += 1
        if count > LENGTH_LIMIT:
            raise Unreadable(f"it has more than {LENGTH_LIMIT:,} instructions")
        try:
            perform(decoded.instruction.steps, state)
        except Unreadable as error:
            raise Unreadable(f"at {state.offset:#x}: {error}") from None
        state.offset += decoded.size
    return Block(state.registers, state.memory, state.branches)
