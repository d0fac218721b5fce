"""What GNU as made of a source beside what we make of it imported, instruction by instruction.

Input: an object of GNU as, and images. Output: for each function whether the code is the same.
Invariant: what a linker fills in, and how far a place is, are compared by what they refer to: the
number of the instruction, or nothing. Everything else is compared as it is, sizes too.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

from asm_rv32.importing.naming import readable
from asm_rv32.isa.decode import decode_all
from asm_rv32.isa.image import Image
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.text import target
from corpus import toolchain
from corpus.translator import read_sections

CALLS = ("R_RISCV_CALL", "R_RISCV_CALL_PLT")
FILLED_IN = ("R_RISCV_HI20", "R_RISCV_PCREL_HI20", "R_RISCV_LO12_I", "R_RISCV_LO12_S",
             "R_RISCV_PCREL_LO12_I", "R_RISCV_PCREL_LO12_S")  # fmt: skip
COPYING = ("addi", "slli", "srli", "srai", "ori", "xori")
"""What gives a register as it is where the number in it is 0."""


class Piece(NamedTuple):
    """An instruction: what it is whatever its size, and its size."""

    name: str
    registers: tuple[int, ...]
    values: tuple[int, ...] | None
    """None where a linker fills some of them in, or a distance stands there."""
    where: str
    """The number of the instruction that it goes to; "" for another function, or none."""
    size: int


class Likeness(NamedTuple):
    """A function beside itself."""

    name: str
    difference: str
    """"" where all is the same."""
    smaller: int
    """Bytes."""


def assembled(source: str, folder: Path, march: str = toolchain.MARCH) -> Path:
    """The object that GNU as makes, with nothing left to relax."""
    (folder / "theirs.s").write_text(source)
    toolchain.run(
        f"{toolchain.GNU}as", f"-march={march}", "-mabi=ilp32", "-mno-relax", "theirs.s", "-o",
        "theirs.o", folder=folder,
    )  # fmt: skip
    return folder / "theirs.o"


def theirs(path: Path) -> dict[str, list[Piece]]:
    """Each function of an object, by its symbol."""
    found: dict[str, list[Piece]] = {}
    for section in read_sections(path):
        starts = {at: name for name, at in section.symbols.items() if not name.startswith(".")}
        # A call is one instruction, once it is linked.
        firsts = [line for line in section.lines if line.relocation not in CALLS]
        numbers = {line.address: number for number, line in enumerate(firsts)}
        numbers |= {
            line.address: numbers[after.address]
            for line, after in pairwise(section.lines)
            if line.relocation in CALLS
        }
        instructions = instruction_set("rv32imac_zba_zbb_zbs")
        decoded = {
            each.address: each.instruction for each in decode_all(section.code, instructions)
        }
        name, first = "", 0
        link = None
        for line in section.lines:
            if line.address in starts:
                name, first = starts[line.address], numbers[line.address]
            pieces = found.setdefault(name, [])
            if line.relocation in CALLS:
                link = line
                continue
            instruction = decoded.get(line.address)
            if instruction is None:
                pieces.append(Piece("data", (), (line.word,), "", line.size))
                continue
            base = instruction.row.base_instruction(instruction.values)
            if link is not None:
                pieces.append(Piece("call", (base.values[0],), None, "", 0))
                link = None
                continue
            to = target(instruction, line.address)
            where = ""
            if to is not None and (line.symbol in section.symbols or line.symbol[:1] in ("", ".")):
                at = section.symbols.get(line.symbol, to)
                outside = (at in starts and starts[at] != name) or at not in numbers
                where = "" if outside else str(numbers[at] - first)
            filled = to is not None or line.relocation in FILLED_IN
            pieces.append(_piece(base, where, line.size, filled))
    return found


def _piece(base: Instruction, where: str, size: int, filled: bool) -> Piece:
    name, values = base.row.name, base.values
    registers = tuple(v for v, kind in zip(values, base.row.kinds) if kind.kind == "reg")
    if name in COPYING and values[2] == 0 and not filled:
        # The register as it is; the short form adds it to zero.
        name, registers = "add", (registers[0], 0, registers[1])
        values = registers
    if name in ("xor", "sub") and registers[1] == registers[2]:
        # Zero, whatever the register holds; the short form loads it.
        name = "add"
        values = registers = (registers[0], 0, 0)
    return Piece(name, registers, None if filled else values, where, size)


def ours(image: Image) -> list[Piece]:
    """The first part of a program."""
    part = image.parts[0]
    code = image.code[: part.size]
    instructions = instruction_set("rv32imac_zba_zbb_zbs")
    entries = {entry.address for entry in image.entries if entry.is_code}
    decoded = [each for each in decode_all(code, instructions) if each.address in entries]
    # A call of what another object has is two instructions until it is linked.
    outside = {each.address for each in image.relocations if each.symbol}
    upper = {
        first.address: second.address
        for first, second in pairwise(decoded)
        if first.address in outside and first.instruction is not None
        and first.instruction.row.name == "auipc" and second.instruction is not None
        and second.instruction.row.name in ("jalr", "c.jr", "c.jalr")
    }  # fmt: skip
    decoded = [each for each in decoded if each.address not in upper]
    numbers = {each.address: number for number, each in enumerate(decoded)}
    numbers |= {first: numbers[second] for first, second in upper.items()}
    pieces = []
    for each in decoded:
        assert each.instruction is not None
        base = each.instruction.row.base_instruction(each.instruction.values)
        to = target(each.instruction, each.address)
        where = str(numbers[to]) if to in numbers else ""
        pieces.append(_piece(base, where, each.size, to is not None))
    return pieces


def compared(
    functions: Mapping[str, Image], path: Path, names: Mapping[str, str]
) -> list[Likeness]:
    """Every function of the object beside ours; `names` gives our name of a symbol."""
    found = []
    for symbol, pieces in theirs(path).items():
        image = functions.get(names.get(symbol, symbol))
        if image is None:
            found.append(Likeness(symbol, "we have none", 0))
            continue
        found.append(_beside(symbol, pieces, ours(image)))
    return found


def _beside(symbol: str, them: list[Piece], us: list[Piece]) -> Likeness:
    smaller = 0
    while len(them) > len(us) and them[-1].values == (0, 0, 0):
        # GNU as fills the section's end.
        them = them[:-1]
    if len(them) > len(us):
        return Likeness(symbol, f"{len(them)} instructions, ours {len(us)}", 0)
    for number, (their, our) in enumerate(zip(them, us)):
        is_call = their.name == "call"
        alike = their[:2] == our[:2] and their.where == our.where
        alike = alike and (their.values is None or their.values == our.values)
        if not (our.name in ("jal", "jalr") if is_call else alike and our.size <= their.size):
            return Likeness(symbol, f"{number}: {their}, ours {our}", 0)
        smaller += 0 if is_call else their.size - our.size
    extra = us[len(them) :]
    if len(extra) > 1:
        return Likeness(symbol, f"{len(extra)} instructions more: {extra}", 0)
    return Likeness(symbol, "", smaller)


def data_of(path: Path) -> dict[str, bytes]:
    """What stands from each symbol of a section of data on to the section's end."""
    with path.open("rb") as file:
        elf = ELFFile(file)
        symbols = elf.get_section_by_name(".symtab")
        found = {}
        for symbol in symbols.iter_symbols():
            index = symbol["st_shndx"]
            section = elf.get_section(index) if isinstance(index, int) else None
            if symbol.name and section and not section["sh_flags"] & SH_FLAGS.SHF_EXECINSTR:
                found[readable(symbol.name)] = section.data()[symbol["st_value"] :]
        return found
