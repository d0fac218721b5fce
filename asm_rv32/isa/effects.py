"""What an instruction touches, from the form of its steps alone.

Input: `Steps`, and the instruction's size in bytes. Output: its `Effects`.
Invariant: no value is needed, and no name of an instruction; registers are sets of bits, bit n
for xn, and x0 is in none.
"""

from __future__ import annotations

from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.meaning import (
    RETURNS,
    Act,
    Constant,
    Expression,
    Goto,
    Load,
    Operation,
    Place,
    Read,
    Steps,
    Store,
    System,
    Write,
    within,
)

NEXT, BRANCH, JUMP, CALL, INDIRECT, END = "next", "branch", "jump", "call", "indirect", "end"
"""How control goes on: behind; there or behind; there; there and then behind; to what a value
says; not at all."""
_READ_ONLY = 0xC00


def is_read_only(csr: int) -> bool:
    """Whether a CSR can only be read: bits 11 and 10 are set (Privileged ISA, 2.1)."""
    return csr & _READ_ONLY == _READ_ONLY


class Access(NamedTuple):
    """A load or a store, or both at once."""

    size: int
    """Bytes: 1, 2 or 4."""
    loads: bool
    stores: bool
    address: Expression
    value: Expression | None
    """What is stored, where that is known."""

    @property
    def base(self) -> tuple[int, int] | None:
        """Register and displacement (signed) of the address, where it has that form; x0 for a
        constant."""
        found = self.address
        if isinstance(found, Read):
            return found.number, 0
        if isinstance(found, Constant):
            return 0, found.value
        if isinstance(found, Operation) and found.name == "+":
            register, more = found.operands
            if isinstance(register, Read) and isinstance(more, Constant):
                return register.number, (more.value ^ 0x8000_0000) - 0x8000_0000
        return None


class Effects(NamedTuple):
    """What an instruction does to registers, memory and control."""

    reads: int
    writes: int
    accesses: tuple[Access, ...]
    control: str
    """One of the constants above."""
    links: int
    """The register, other than x0, that gets the address behind the instruction; else 0."""
    target: Expression | None
    condition: Expression | None
    outside: tuple[System | Act, ...]
    """What is done beyond registers and memory, in order."""

    @property
    def computes_target(self) -> bool:
        """Whether it goes to a place that is no distance from the instruction."""
        return self.target is not None and not isinstance(self.target, Place)


def effects(steps: Steps, size: int) -> Effects:
    """The effects of an instruction of `size` bytes."""
    reads = writes = links = 0
    accesses: list[Access] = []
    outside: list[System | Act] = []
    leaving: Goto | None = None
    for step in steps:
        for inner in within(step):
            if isinstance(inner, Read):
                reads |= 1 << inner.number & ~writes
            elif isinstance(inner, Load):
                accesses.append(Access(inner.size, True, False, inner.address, None))
            elif isinstance(inner, System):
                outside.append(inner)
                accesses += _of_system(inner)
        if isinstance(step, Write) and step.number:
            writes |= 1 << step.number
            if isinstance(step.value, Place) and step.value.distance == size:
                links = step.number
        elif isinstance(step, Store):
            _add_store(accesses, step)
        elif isinstance(step, Goto):
            leaving = step
        elif isinstance(step, Act):
            outside.append(step)
    return Effects(
        reads, writes, tuple(accesses), _control(leaving, links, outside), links,
        leaving and leaving.target, leaving and leaving.condition, tuple(outside),
    )  # fmt: skip


def _add_store(accesses: list[Access], step: Store) -> None:
    """A store to where the instruction has loaded from is one access with that load."""
    for at, access in enumerate(accesses):
        if (access.size, access.address) == (step.size, step.address):
            accesses[at] = Access(step.size, access.loads, True, step.address, step.value)
            return
    accesses.append(Access(step.size, False, True, step.address, step.value))


def _of_system(found: System) -> list[Access]:
    if found.name == "load_reserved":
        return [Access(4, True, False, found.operands[0], None)]
    if found.name == "store_conditional":
        return [Access(4, False, True, *found.operands)]
    return []


def writes_csr(found: System | Act) -> int | None:
    """The number of the CSR that is written, or None: setting or clearing no bit writes none."""
    if found.name not in ("swap_csr", "set_csr", "clear_csr"):
        return None
    csr, value = found.operands
    if found.name != "swap_csr" and value == Constant(0):
        return None
    return csr.value if isinstance(csr, Constant) else None


def _control(leaving: Goto | None, links: int, outside: list[System | Act]) -> str:
    if leaving is None:
        ends = any(
            found.name in RETURNS or is_read_only(writes_csr(found) or 0) for found in outside
        )
        return END if ends else NEXT
    if leaving.condition is not None:
        return BRANCH
    if links:
        return CALL
    return JUMP if isinstance(leaving.target, Place) else INDIRECT
