"""Assemblers and disassemblers that are not ours, as judges of the words of any extension.

Input: an instruction set, and texts or machine code. Output: the code that a judge makes of the
texts; what it reads in the code.
Invariant: a judge is asked of instructions that it knows alone, `Judge.knows`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from asm_rv32.isa.rows import Instruction, Row
from asm_rv32.isa.sets import InstructionSet, instruction_set
from asm_rv32.isa.text import text

from . import toolchain

Disassembled = toolchain.Disassembled


class Judge:
    """An assembler and a disassembler of one house."""

    name = ""
    lacks: frozenset[str] = frozenset()
    """Extensions whose words it does not know."""

    def knows(self, row: Row) -> bool:
        return row.extension not in self.lacks

    def known(self, instructions: InstructionSet) -> list[str]:
        """The letters and names of extensions that it is given, without the base."""
        of_rows = dict.fromkeys(row.extension for row in instructions.encodings)
        return [name.removeprefix("rv32") for name in of_rows
                if name != "rv32i" and name not in self.lacks]  # fmt: skip

    def assemble(self, lines: Iterable[str], instructions: InstructionSet) -> bytes:
        """The code of lines. Raises AssertionError where it refuses one."""
        raise NotImplementedError

    def disassemble(self, code: bytes, instructions: InstructionSet) -> list[Disassembled]:
        """What it reads in code, instruction by instruction."""
        raise NotImplementedError


UNKNOWN_TO_ALL = {"xh3bextm", "xh3power", "xpicorv32", "xesploop"}
"""What makers added, whose words no assembler has that comes as a package."""


class Gnu(Judge):
    """binutils 2.40."""

    name = "gnu"
    lacks = frozenset(UNKNOWN_TO_ALL) | {
        "zicond", "zcb", "zcmp", "zcmt", "zihintntl", "zimop", "zcmop", "zabha", "zacas", "smrnmi",
        "zaamo", "zalrsc", "xw",
    }  # fmt: skip

    def march(self, instructions: InstructionSet) -> str:
        known = [name for name in self.known(instructions) if name != "zcf"]
        letters = "".join(name for name in known if len(name) == 1)
        return "_".join((instructions.base + letters, *(n for n in known if len(n) > 1)))

    def assemble(self, lines: Iterable[str], instructions: InstructionSet) -> bytes:
        given = list(lines)
        code, refused = toolchain.gnu_assemble(given, self.march(instructions))
        assert not refused, [(given[line], message) for line, message in refused[:10]]
        return code

    def disassemble(self, code: bytes, instructions: InstructionSet) -> list[Disassembled]:
        return toolchain.gnu_disassemble(code, self.march(instructions))


class Llvm(Judge):
    """LLVM 22."""

    name = "llvm"
    lacks = frozenset(UNKNOWN_TO_ALL)
    names = {"xw": "xwchc"}

    def features(self, instructions: InstructionSet) -> str:
        return ",".join(f"+{self.names.get(name, name)}" for name in self.known(instructions))

    def assemble(self, lines: Iterable[str], instructions: InstructionSet) -> bytes:
        return toolchain.llvm_assemble(lines, self.features(instructions), "llvm-mc-22")

    def disassemble(self, code: bytes, instructions: InstructionSet) -> list[Disassembled]:
        return toolchain.llvm_disassemble(code, self.features(instructions), "llvm-objdump-22")


JUDGES = {judge.name: judge for judge in (Gnu(), Llvm())}


class Shown(NamedTuple):
    """A disassembled instruction in one spelling of numbers."""

    mnemonic: str
    operands: tuple[str, ...]


def number(text: str) -> str:
    return str(int(text, 0)) if re.fullmatch(r"-?(0x[0-9a-f]+|\d+)", text) else text


def gnu_line(instruction: Instruction) -> str:
    """The instruction as an assembler is given it; a target is a distance from it."""
    row, values = instruction
    line = text(instruction, syntax="gnu", csrs={})
    return line if row.target < 0 else re.sub("[^ ,]+$", f".{values[row.target]:+d}", line)


def ours_shown(found: Instruction, address: int) -> Shown:
    shown = text(found, address, syntax="gnu", csrs={})
    if any(variable < 0 and literal == 0 for variable, literal in found.row.gnu.slots):
        shown = shown.replace("0(", "(")  # the offset that an address never has is not shown
    mnemonic, _, operands = shown.partition(" ")
    return Shown(mnemonic, tuple(number(each) for each in re.split(r"[,()]+", operands) if each))


@lru_cache
def csr_names() -> dict[str, str]:
    return {name: str(number) for name, number in instruction_set().csr_numbers.items()}


def theirs_shown(line: Disassembled, found: Instruction) -> Shown:
    operands = [number(each) for each in line.operands]
    if operands[-1:] == ["dyn"]:
        operands.pop()  # the mode where none is written
    for index, kind in enumerate(found.row.kinds):
        if kind.kind == "csr":
            at = [slot.variable for slot in found.row.gnu.slots].index(index)
            operands[at] = csr_names().get(operands[at], operands[at])
    if found.row.target >= 0:
        operands[-1] = str(int(line.operands[-1], 16))
    return Shown(line.mnemonic, tuple(operands))
