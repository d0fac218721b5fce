"""In: code bytes at an address.  Out: the `Op` found there, as the engines see it.

A compressed instruction is its expansion with size 2; no engine knows compressed names.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from asm_rv32.decode import decode
from asm_rv32.tables import InstructionSet, instruction_set, known_extensions

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


@lru_cache(maxsize=1)
def _everything() -> InstructionSet:
    names = known_extensions()
    letters = "".join(name for name in names if len(name) == 1)
    return instruction_set("_".join(["rv32i" + letters, *(n for n in names if len(n) > 1)]))


@lru_cache(maxsize=1 << 16)
def _decoded(word: int) -> tuple[str, int, int, int, int] | None:
    found = decode(word, _everything())
    if found is None:
        return None
    row, values = found.row.base_instruction(found.values)
    fields = dict.fromkeys(_REGISTERS, 0)
    others = []
    for variable, value in zip(row.variables, values):
        if variable in fields:
            fields[variable] = int(value)
        else:
            others.append(int(value))
    return row.name, fields["rd"], fields["rs1"], fields["rs2"], others[0] if others else 0


def decode_op(pc: int, fetch: Callable[[int], int]) -> Op | None:
    """The instruction at `pc`, or None where there is none that the tables know.

    `fetch(address)` returns the 16-bit halfword at `address`.
    """
    word, size = fetch(pc), 2
    if word & 3 == 3:
        word, size = word | fetch(pc + 2) << 16, 4
    known = _decoded(word)
    if known is None:
        return None
    name, rd, rs1, rs2, imm = known
    return Op(pc, size, name, rd, rs1, rs2, imm)
