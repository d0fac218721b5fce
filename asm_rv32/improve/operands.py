"""Which operands of a statement are read and which are written, and what it is with others.

Input: a `Statement`. Output: positions of registers among its operands, and texts.
Invariant: found by assembling the statement with a register of its own in each place, so that no
form of any instruction has to be known here.
"""

from __future__ import annotations

import re
from functools import lru_cache

from asm_rv32.analysis.flow import control_flow
from asm_rv32.assembler.ir import Operation
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.basis.records import NamedTuple
from asm_rv32.improve.statements import Statement
from asm_rv32.isa.operands import Memory, Register, Value
from asm_rv32.isa.tables import python_name

_PROBES = tuple(range(8, 16, 2))
"""Registers that every form can name, none of them the second of a pair that another begins."""


class Roles(NamedTuple):
    """Positions among a statement's operands."""

    read: frozenset[int]
    written: frozenset[int]


NO_ROLES = Roles(frozenset(), frozenset())


def roles(statement: Statement, isa: str) -> Roles | None:
    """Which operands it reads and writes; None where it cannot be told, or other registers are
    touched, too."""
    operation = statement.operation
    if operation is None or statement.node is None:
        return None
    shape = tuple(map(_shape, operation.operands))
    if None in shape:
        return None
    return _roles(operation.mnemonic, shape, isa)


def register_at(value: Value) -> int | None:
    """The register of an operand."""
    if isinstance(value, Memory):
        value = value.base
    return int(value) if isinstance(value, Register) else None


def _shape(value: Value) -> str | None:
    """An operand as text, with `{}` for its register."""
    if isinstance(value, Register):
        return "{}"
    if isinstance(value, Memory) and isinstance(value.base, Register):
        return f"{value.offset}({{}})" if type(value.offset) is int else None
    return str(value) if type(value) is int else None


@lru_cache(maxsize=4096)
def _roles(mnemonic: str, shape: tuple[str, ...], isa: str) -> Roles | None:
    places = [at for at, text in enumerate(shape) if "{}" in text]
    if len(places) > len(_PROBES):
        return None
    named = dict(zip(places, _PROBES))
    texts = [text.format(Register(named[at])) if at in named else text
             for at, text in enumerate(shape)]  # fmt: skip
    statement = f"{python_name(mnemonic)}({', '.join(texts)})"
    source = f"@asm_rv32\ndef probe():\n    {statement}\n    ret()\n"
    try:
        image = assemble(source, isa=isa, compress=False).functions["probe"]
    except (AssemblyError, KeyError):
        return None
    nodes = control_flow(image).nodes
    if len(nodes) != 2:
        return None
    touched = nodes[0].effects
    known = 0
    for register in named.values():
        known |= 1 << register
    if (touched.reads | touched.writes) & ~known:
        return None
    return Roles(
        frozenset(at for at in places if touched.reads >> named[at] & 1),
        frozenset(at for at in places if touched.writes >> named[at] & 1),
    )


def positions(operation: Operation, register: int) -> list[int]:
    """Where an operation names a register."""
    return [at for at, value in enumerate(operation.operands) if register_at(value) == register]


def base_name(statement: Statement, at: int) -> str:
    """How a memory operand calls its register."""
    found = re.search(r"\((\w+)\)$|^(\w+)\[", statement.operands[at])
    value = statement.operation.operands[at] if statement.operation is not None else None
    if found is not None:
        return found[1] or found[2]
    assert isinstance(value, Memory) and isinstance(value.base, Register)
    return str(value.base)
