"""Our disassembly against objdump's: bytes, mnemonic and operands of every instruction.

Input: images. Output: a `Finding` for each instruction that objdump shows otherwise.
Invariant: operands are compared as values, which objdump's text is parsed to by the row's own
syntax; the only text that may differ is listed in known_differences.toml, with the reason.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from asm_rv32.basis import binutils
from asm_rv32.formats import elf
from asm_rv32.formats.gnu_limits import is_unknown_to_gnu
from asm_rv32.formats.layout import layout
from asm_rv32.isa.decode import decode
from asm_rv32.isa.image import Image
from asm_rv32.isa.rows import Instruction, Row
from asm_rv32.isa.sets import InstructionSet, instruction_set
from asm_rv32.isa.text import text
from asm_rv32.verify import Finding, Outcome, known_differences

_BYTES = "(?:[0-9a-f]{2})+"
_LINE = re.compile(rf"^ *([0-9a-f]+):\t({_BYTES}(?: {_BYTES})*) *\t(.*)$")


class Shown(NamedTuple):
    """What objdump shows at an address."""

    data: bytes
    text: str


def check(functions: Mapping[str, Image]) -> Outcome:
    """Every disagreement. Raises ToolMissing, ProgramError."""
    code, offsets = layout(functions)
    unchecked = dict.fromkeys(functions, 0)
    shown = disassembled(elf.disassembled(functions))
    if code and not shown:
        raise binutils.ProgramError("objdump: it shows no instruction of the ELF file")
    if b"".join(found.data for _, found in sorted(shown.items())) != code:
        other = "other bytes in the ELF file"
        return Outcome([Finding(name, 0, "the code", other) for name in functions], unchecked)
    findings = []
    for name, image in functions.items():
        instructions = instruction_set(image.isa)
        for entry in image.entries:
            if not entry.is_code:
                continue
            at = offsets[name] + entry.address
            raw = image.code[entry.address : entry.address + entry.size]
            ours = decode(int.from_bytes(raw, "little"), instructions)
            theirs = shown.get(at)
            if ours is not None and theirs is not None and is_unknown(ours, raw, theirs):
                unchecked[name] += 1
                continue
            difference = compare(ours, raw, theirs, at, instructions)
            if difference is not None:
                findings.append(Finding(name, entry.address, *difference))
    return Outcome(findings, unchecked)


def is_unknown(ours: Instruction, raw: bytes, theirs: Shown) -> bool:
    """True where objdump shows the bytes of an extension that it is known to lack as data, or as
    the instruction whose words they are where the extension is not."""
    if not is_unknown_to_gnu(ours.row.extension) or theirs.data != raw:
        return False
    word = f".{len(raw)}byte {int.from_bytes(raw, 'little'):#x}"
    return theirs.text == word or theirs.text.split(" ")[0] == ours.row.data.get("within")


def disassembled(file: bytes) -> dict[int, Shown]:
    """Address → what objdump shows of an ELF file."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="asmrv32-") as folder:
        path = os.path.join(folder, "code.o")
        with open(path, "wb") as out:
            out.write(file)
        output = binutils.run("objdump", ["-d", "-z", "-w", "-M", "no-aliases", path])
    return dict(_lines(output))


def _lines(output: str) -> Iterator[tuple[int, Shown]]:
    for line in output.splitlines():
        match = _LINE.match(line)
        if match:
            address, groups, written = match.groups()
            data = b"".join(bytes.fromhex(group)[::-1] for group in groups.split())
            yield int(address, 16), Shown(data, written.replace("\t", " ").strip())


def compare(
    ours: Instruction | None, raw: bytes, theirs: Shown | None, at: int,
    instructions: InstructionSet,
) -> tuple[str, str] | None:  # fmt: skip
    """Both texts where they mean different things, else None."""
    own = "no instruction" if ours is None else text(ours, at, syntax="gnu")
    if theirs is None or theirs.data != raw:
        return f"{raw.hex()}: {own}", "no instruction starts here" if theirs is None else (
            f"{theirs.data.hex()}: {theirs.text}"
        )
    if ours is None or not (agrees(ours, theirs.text, at, instructions) or _is_known(ours, theirs)):
        return own, theirs.text
    return None


def _is_known(ours: Instruction, theirs: Shown) -> bool:
    own = text(ours, syntax="gnu")
    for known in known_differences()["difference"]:
        match = re.fullmatch(known["ours"], own)
        if match and match.expand(known["objdump"]) == theirs.text:
            return True
    return False


def agrees(ours: Instruction, written: str, at: int, instructions: InstructionSet) -> bool:
    """True where objdump's text is of the same mnemonic and operands."""
    written = written.partition(" #")[0].strip()
    mnemonic, _, operands = written.partition(" ")
    if mnemonic != ours.row.name:
        return False
    try:
        return parse_operands(ours.row, operands, at, instructions) == ours.values
    except ValueError:
        return False


def parse_operands(
    row: Row, operands: str, at: int, instructions: InstructionSet
) -> tuple[int, ...]:
    """The values of the row's variables in objdump's text. Raises ValueError."""
    pieces = re.split(r",(?![^{]*\})", re.sub(r"<[^>]*>", "", operands)) if operands else []
    written = list(row.gnu.operands())
    if len(pieces) == len(written) - 1 and row.kinds[-1].default is not None:
        written.pop()  # what stands there where nothing is written
    if len(pieces) != len(written):
        raise ValueError(operands)
    words: list[str] = []
    for slots, piece in zip(written, pieces):
        offset, bracket, base = piece.strip().partition("(")
        if (len(slots) == 2) != bool(bracket):
            raise ValueError(piece)
        # GNU leaves an offset of 0 away: `lr.w a0,(a1)`.
        words += [offset or "0", base.rstrip(")")] if bracket else [offset]
    values = row.defaults[:]
    for (variable, literal), word in zip(row.gnu.slots, words):
        if variable >= 0:
            values[variable] = row.kinds[variable].parse(word, at, instructions.csr_numbers)
        elif word != str(literal):
            raise ValueError(word)
    return tuple(values)
