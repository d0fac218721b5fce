"""In: code bytes at an address.  Out: the `Op` found there, as the engines see it.

A compressed instruction is its expansion with size 2; no engine knows compressed names.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from asm_rv32.isa.decode import decode
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import InstructionSet

__all__ = ["Op", "decode_op"]

_REGISTERS = ("rd", "rs1", "rs2")


class Op(NamedTuple):
    """One instruction at its place: registers are numbers (0 where there is none)."""

    pc: int
    size: int  # bytes: 2 or 4
    name: str  # mnemonic of the base instruction, after expansion
    rd: int
    rs1: int
    rs2: int
    imm: int  # signed; byte offset of a branch, jump, load or store; a shift amount; a CSR number
    written: Instruction  # before expansion
    is_branch: bool  # goes elsewhere under a condition, or on
    operation: str  # of `isa.words`, whose result it writes; empty where it does not


@lru_cache(maxsize=1 << 16)
def _decoded(word: int, instructions: InstructionSet) -> Op | None:
    """The instruction of a word, at address 0."""
    found = decode(word, instructions)
    if found is None:
        return None
    row, values = found.row.base_instruction(found.values)
    last, *parts = row.meaning[-1]
    is_branch = last == "goto" and parts[1] is not None
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
    return Op(0, size, row.name, rd, rs1, rs2, immediate, found, is_branch, operation)


def decode_op(pc: int, fetch: Callable[[int], int], instructions: InstructionSet) -> Op | None:
    """The instruction at `pc`, or None where there is none that the set has.

    `fetch(address)` returns the 16-bit halfword at `address`.
    """
    word = fetch(pc)
    if word & 3 == 3:
        word |= fetch(pc + 2) << 16
    known = _decoded(word, instructions)
    return None if known is None else known._replace(pc=pc)
