"""In: code bytes at an address.  Out: the `Op` found there, as the engines see it.

A compressed instruction is its expansion with size 2; no engine knows compressed names.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.decode import decode
from asm_rv32.isa.effects import writes_csr
from asm_rv32.isa.meaning import Read, within
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import InstructionSet

__all__ = ["Op", "decode_op"]

_REGISTERS = ("rd", "rs1", "rs2")
_SOURCES = {"rs1", "rs2"}
CSR_ACCESSES = {"swap_csr": "swap", "set_csr": "set", "clear_csr": "clear"}
"""Function of a meaning → what an access to a CSR is called here."""


class Op(NamedTuple):
    """One instruction at its place: registers are numbers (0 where there is none)."""

    pc: int
    size: int  # bytes: 2 or 4
    name: str  # mnemonic of the base instruction, after expansion
    rd: int
    rs1: int  # the first that is read, whatever its operand is called
    rs2: int
    imm: int  # signed; byte offset of a branch, jump, load or store; a shift amount; a CSR number
    written: Instruction  # before expansion
    is_branch: bool  # goes elsewhere under a condition, or on
    is_jump: bool  # goes elsewhere, always
    operation: str  # of `isa.words`, whose result it writes; empty where it does not
    second: int = 0  # immediate: what goes to a CSR
    csr: str = ""  # what it does to a CSR: read, swap, set or clear; empty where nothing
    accesses: int = 0  # of memory, where its operands say how many

    @property
    def is_direct(self) -> bool:
        """Whether it goes where its operand says, and not to what a register holds."""
        return self.written.row.base_instruction(self.written.values).row.target >= 0


@lru_cache(maxsize=1 << 16)
def _decoded(word: int, instructions: InstructionSet) -> Op | None:
    """The instruction of a word, at address 0."""
    found = decode(word, instructions)
    if found is None:
        return None
    row, values = found.row.base_instruction(found.values)
    last, *parts = row.meaning[-1]
    is_branch = last == "goto" and parts[1] is not None
    is_jump = last == "goto" and parts[1] is None
    operation = parts[1][1] if last == "write" and parts[1][0] == "operation" else ""
    fields = dict.fromkeys(_REGISTERS, 0)
    others = []
    for variable, value in zip(row.variables, values):
        if variable in fields:
            fields[variable] = int(value)
        else:
            others.append(int(value))
    rd, rs1, rs2 = (fields[name] for name in _REGISTERS)
    immediate = others[0] if others else 0
    size = found.row.size
    second = others[1] if len(others) > 1 else 0
    op = Op(
        0, size, row.name, rd, rs1, rs2, immediate, found, is_branch, is_jump, operation, second
    )  # fmt: skip
    return op if _SOURCES & {*row.variables} and "csr" not in row.variables else _further(op)


def _further(op: Op) -> Op:
    """The same with what its operands alone do not tell."""
    found = op.written.effects
    outside = next((each for each in found.outside if each.name in CSR_ACCESSES), None)
    csr = ""
    if outside is not None:
        csr = CSR_ACCESSES[outside.name] if writes_csr(outside) is not None else "read"
    read = (each.number for step in op.written.steps for each in within(step)
            if isinstance(each, Read))  # fmt: skip
    first = op.rs1 or next(read, 0)
    return op._replace(rs1=first, csr=csr, accesses=len(found.accesses))


def decode_op(pc: int, fetch: Callable[[int], int], instructions: InstructionSet) -> Op | None:
    """The instruction at `pc`, or None where there is none that the set has.

    `fetch(address)` returns the 16-bit halfword at `address`.
    """
    word = fetch(pc)
    if word & 3 == 3:
        word |= fetch(pc + 2) << 16
    known = _decoded(word, instructions)
    return None if known is None else known._replace(pc=pc)
