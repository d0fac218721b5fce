"""An instruction's effect as the proofs of runs read it, until they read its steps.

Input: an `Instruction`. Output: its `Effect`: fields of its row beside what it touches.
"""

from __future__ import annotations

from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.effects import END, INDIRECT, Effects
from asm_rv32.isa.rows import Instruction


class Effect(NamedTuple):
    """What an instruction does; a compressed one does what it expands to."""

    instruction: Instruction
    """The base instruction."""
    rd: int
    rs1: int
    rs2: int
    """Register numbers, 0 where there is none."""
    immediate: int
    """The first operand that is no register: displacement, offset, amount or CSR number."""
    reads: int
    writes: int
    control: str
    """As `isa.effects` names it."""
    width: int
    """Bytes of memory accessed, or 0."""
    stores: bool
    hint: bool
    touched: Effects
    written: Instruction
    """The instruction as it stands in the code, of any size."""

    @property
    def name(self) -> str:
        """The base instruction's mnemonic."""
        return self.instruction.row.name

    @property
    def target_is_label(self) -> bool:
        """True for a branch, jump or call by distance."""
        return self.instruction.row.target >= 0


def effect(written: Instruction) -> Effect:
    """The effect of an instruction of any size."""
    base = written.row.base_instruction(written.values)
    row, values = base
    fields = {"rd": 0, "rs1": 0, "rs2": 0}
    immediate: int | None = None
    for variable, kind, value in zip(row.variables, row.kinds, values):
        if variable in fields:
            fields[variable] = int(value)
        elif immediate is None and kind.kind != "reg":
            immediate = value
    touched = written.effects
    control = touched.control
    if control == INDIRECT and row.variables[0] == "reglist":
        control = END
    access = touched.accesses[-1] if touched.accesses else None
    return Effect(
        base, fields["rd"], fields["rs1"], fields["rs2"], immediate or 0,
        touched.reads, touched.writes, control,
        access.size if access and row.extension != "zcmp" else 0,
        access is not None and access.stores, written.row.hint, touched, written,
    )  # fmt: skip
