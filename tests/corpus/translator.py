"""A compiler's code as source text: from objdump's listing of objects to statements.

Input: an archive or object of RV32 code, as objdump shows it without aliases.
Output: its sections, and each of them as statements of asm_rv32 or lines of GNU as.
Invariant: `explicit` keeps every byte; `plain` keeps what is computed and names no compressed
form, so that an assembler may choose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from corpus import toolchain

LINE = re.compile(r"^ *([0-9a-f]+):\t([0-9a-f ]+?) *\t(\S+)(?:\t([^#<\n]*))?")
RELOCATION = re.compile(r"^\t+ *[0-9a-f]+: (R_RISCV_\S+)\t(\S+)")
SYMBOL = re.compile(r"^([0-9a-f]+) <(.*)>:$")
BRANCHES = {"beq", "bne", "blt", "bge", "bltu", "bgeu"}
JUMPS = {"jal", "c.j", "c.jal"}
TARGETED = BRANCHES | JUMPS | {"c.beqz", "c.bnez"}


class Line(NamedTuple):
    """One instruction: its place and bytes, its text, and the symbol that a linker fills in."""

    address: int
    size: int
    word: int
    mnemonic: str
    operands: tuple[str, ...]
    relocation: str = ""
    symbol: str = ""

    @property
    def target(self) -> int | None:
        """The address that a branch or jump goes to."""
        return int(self.operands[-1], 16) if self.mnemonic in TARGETED else None


class Section(NamedTuple):
    """The code of one section, and the symbols in it."""

    number: int
    name: str
    lines: list[Line]
    symbols: dict[str, int]

    @property
    def code(self) -> bytes:
        """Its bytes."""
        return b"".join(line.word.to_bytes(line.size, "little") for line in self.lines)


def read_sections(path: Path) -> list[Section]:
    """Every section of code in an archive or object."""
    done = toolchain.run(
        f"{toolchain.GNU}objdump", "-d", "-r", "-z", "-M", "no-aliases", str(path),
        folder=Path("."),
    )  # fmt: skip
    sections: list[Section] = []
    for text in done.stdout.splitlines():
        if text.startswith("Disassembly of section "):
            sections.append(Section(len(sections), text.split()[-1].rstrip(":"), [], {}))
        elif found := LINE.match(text):
            address, raw, mnemonic, rest = found.groups("")
            digits = raw.replace(" ", "")
            operands = tuple(part for part in rest.strip().split(",") if part)
            if mnemonic == "c.addi" and operands == ("zero", "0"):
                # The manual's name for this encoding, and as's own input.
                mnemonic, operands = "c.nop", ()
            sections[-1].lines.append(
                Line(int(address, 16), len(digits) // 2, int(digits, 16), mnemonic, operands)
            )
        elif found := SYMBOL.match(text):
            sections[-1].symbols[found[2]] = int(found[1], 16)
        elif (found := RELOCATION.match(text)) and found[1] not in (
            "R_RISCV_RELAX", "R_RISCV_ALIGN",
        ):  # fmt: skip
            last = sections[-1].lines[-1]
            sections[-1].lines[-1] = last._replace(relocation=found[1], symbol=found[2])
    return [section for section in sections if section.lines]


def statement(mnemonic: str, operands: list[str]) -> str:
    """The instruction as a statement of asm_rv32."""
    name = mnemonic.replace(".", "_")
    if name.startswith("csrr") and not name.endswith("i"):
        operands = [operands[0], operands[2], operands[1]]
    return f"{name + '_' * (name in ('and', 'or', 'not'))}({', '.join(operands)})"


def explicit(section: Section, known: set[str]) -> Iterator[str]:
    """Statements that keep every byte; what `known` lacks stands as data."""
    targets = {line.target for line in section.lines} - {None}
    for line in section.lines:
        if line.address in targets:
            yield f"label(L{line.address:x})"
        if line.mnemonic not in known:
            yield f"data({line.size}, {line.word:#x})" if line.size in (2, 4) else ""
            continue
        operands = list(line.operands)
        if line.target is not None:
            operands[-1] = f"L{line.target:x}"
        yield statement(line.mnemonic, operands)


def _uncompressed(line: Line) -> tuple[str, list[str]]:
    """The instruction that a compressed one stands for, by the manual's text."""
    name = line.mnemonic.removeprefix("c.")
    operands = list(line.operands)
    if name == line.mnemonic:
        return name, operands
    if name in ("add", "addi", "sub", "xor", "or", "and", "andi", "slli", "srli", "srai",
                "addi16sp"):  # fmt: skip
        return name.removesuffix("16sp"), [operands[0], *operands]
    if name == "li":
        return "addi", [operands[0], "zero", operands[1]]
    if name == "mv":
        return "add", [operands[0], "zero", operands[1]]
    if name in ("j", "jal"):
        return "jal", ["zero" if name == "j" else "ra", *operands]
    if name in ("beqz", "bnez"):
        return name[:3], [operands[0], "zero", operands[1]]
    # jr and jalr of a bare register, lui, nop and ebreak keep their names.
    return {"addi4spn": "addi", "lwsp": "lw", "swsp": "sw"}.get(name, name), operands


class Plain(NamedTuple):
    """A label, or an instruction with its operands."""

    label: str
    mnemonic: str = ""
    operands: tuple[str, ...] = ()

    def python(self) -> str:
        """As a statement of asm_rv32."""
        if self.label:
            return f"label({self.label})"
        return statement(self.mnemonic, list(self.operands))

    def gnu(self) -> str:
        """As a line of GNU as or llvm-mc."""
        return f"{self.label}:" if self.label else f"{self.mnemonic} {','.join(self.operands)}"


def plain(sections: list[Section], known: set[str]) -> Iterator[Plain]:
    """All sections as one straight list without compressed forms.

    Calls go to the function where it is among the sections, else they are left out; so is what
    `known` lacks, and an address that only a linker could fill in.
    """
    places = {
        name: f"s{section.number}_{address:x}"
        for section in sections for name, address in section.symbols.items()
        if not name.startswith(".L")
    }  # fmt: skip
    called = {line.symbol for s in sections for line in s.lines if line.symbol in places}
    for section in sections:
        targets = {line.target for line in section.lines}
        targets |= {section.symbols[name] for name in called & set(section.symbols)}
        link = None
        for line in section.lines:
            if line.address in targets:
                yield Plain(f"s{section.number}_{line.address:x}")
            if line.relocation in ("R_RISCV_CALL", "R_RISCV_CALL_PLT"):
                link = line.symbol
                continue
            name, operands = _uncompressed(line)
            if link is not None:
                if link in places:
                    yield Plain("", "jal", (operands[0], places[link]))
                link = None
                continue
            if name not in known or name == "auipc" or line.mnemonic == "c.unimp":
                continue
            if line.target is not None:
                operands[-1] = f"s{section.number}_{line.target:x}"
                if line.symbol in places:
                    operands[-1] = places[line.symbol]
            yield Plain("", name, tuple(operands))
