"""All 65,536 halfwords against the manual's reserved space, and against objdump.

The predicates are written by hand from the instruction listings of the C extension (Unprivileged
ISA, chapter "C", tables of quadrants 0 to 2) for RV32 without floating point.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from corpus import toolchain
from corpus.instructions import gnu_operands

from asm_rv32.isa.decode import decode
from asm_rv32.isa.sets import instruction_set

KNOWN = tomllib.loads((Path(__file__).parents[1] / "known_differences.toml").read_text())


def name_by_the_manual(word: int) -> str | None:
    """The mnemonic of a halfword in RV32C without F and D; None where it is reserved."""
    quadrant, funct3 = word & 3, word >> 13
    bit12, bits11_7, bits6_2 = word >> 12 & 1, word >> 7 & 31, word >> 2 & 31
    if quadrant == 0:
        if funct3 == 0:
            if word == 0:
                return "c.unimp"  # defined to be illegal
            return "c.addi4spn" if word >> 5 & 0xFF else None
        return {2: "c.lw", 6: "c.sw"}.get(funct3)
    immediate = bit12 << 5 | bits6_2
    if quadrant == 1:
        if funct3 == 0:
            return "c.addi" if bits11_7 else "c.nop"
        if funct3 == 3:
            if not immediate:
                return None
            return "c.addi16sp" if bits11_7 == 2 else "c.lui"
        if funct3 == 4:
            sub = word >> 10 & 3
            if sub == 2:
                return "c.andi"
            if sub == 3:
                return None if bit12 else ("c.sub", "c.xor", "c.or", "c.and")[word >> 5 & 3]
            return None if bit12 else ("c.srli", "c.srai")[sub]
        return {1: "c.jal", 2: "c.li", 5: "c.j", 6: "c.beqz", 7: "c.bnez"}[funct3]
    if quadrant == 2:
        if funct3 == 0:
            return None if bit12 else "c.slli"
        if funct3 == 2:
            return "c.lwsp" if bits11_7 else None
        if funct3 == 4:
            if bits6_2:
                return "c.add" if bit12 else "c.mv"
            if bits11_7:
                return "c.jalr" if bit12 else "c.jr"
            return "c.ebreak" if bit12 else None
        return "c.swsp" if funct3 == 6 else None
    return None  # the first half of a longer instruction


def is_hint_by_the_manual(word: int) -> bool:
    """Table "RVC HINT instructions", RV32."""
    name = name_by_the_manual(word)
    destination, immediate = word >> 7 & 31, word >> 7 & 0x20 | word >> 2 & 31
    if name == "c.nop":
        return immediate != 0
    if name == "c.addi":
        return immediate == 0
    if name in ("c.srli", "c.srai"):
        return immediate == 0
    if name == "c.slli":
        return immediate == 0 or destination == 0
    return name in ("c.li", "c.lui", "c.mv", "c.add") and destination == 0


def test_every_halfword_decodes_or_is_refused_as_the_manual_says() -> None:
    instructions = instruction_set("rv32imc")
    decoded = 0
    for word in range(0x10000):
        found = decode(word, instructions)
        if found is not None and found.row.size == 4:
            assert word & 3 == 3  # a whole word whose upper half happens to be zero
            found = None
        assert (found and found.row.name) == name_by_the_manual(word), hex(word)
        if found is not None:
            decoded += 1
            assert found.row.encode(found.values) == word
            assert found.row.hint == is_hint_by_the_manual(word), hex(word)
    assert decoded == sum(name_by_the_manual(word) is not None for word in range(0x10000))
    assert decoded > 28_000


def test_without_the_c_extension_no_halfword_decodes() -> None:
    instructions = instruction_set("rv32im")
    found = [decode(word, instructions) for word in range(0x10000) if word & 3 != 3]
    assert not any(found)


def registers(word: int) -> list[int]:
    """The registers that a halfword names in full, five-bit fields."""
    name = name_by_the_manual(word)
    fields = []
    if name in ("c.addi", "c.lui", "c.slli", "c.lwsp", "c.jr", "c.jalr", "c.mv", "c.add", "c.li"):
        fields.append(word >> 7 & 31)
    if name in ("c.mv", "c.add", "c.swsp"):
        fields.append(word >> 2 & 31)
    return fields


def test_rv32e_refuses_the_registers_that_it_lacks() -> None:
    instructions = instruction_set("rv32emc")
    for word in range(0x10000):
        if word & 3 != 3:
            expected = name_by_the_manual(word) if max([*registers(word), 0]) < 16 else None
            found = decode(word, instructions)
            assert (found and found.row.name) == expected, hex(word)


def normal(text: str) -> str:
    """A number in one spelling, whatever it was written in."""
    return str(int(text, 0)) if re.fullmatch(r"-?(0x[0-9a-f]+|\d+)", text) else text


def listed(word: int, mnemonic: str, operands: tuple[str, ...]) -> str | None:
    """The known difference that covers what objdump shows."""
    for name, entry in KNOWN["objdump-halfword"].items():
        if word & entry["mask"] == entry["match"] and re.fullmatch(
            entry["shows"], f"{mnemonic} {','.join(operands)}"
        ):
            return str(name)
    return None


@pytest.fixture(scope="module")
def objdump() -> list[toolchain.Disassembled]:
    words = [word for word in range(0x10000) if word & 3 != 3]
    return toolchain.gnu_disassemble(b"".join(word.to_bytes(2, "little") for word in words))


def test_objdump_shows_the_same(objdump: list[toolchain.Disassembled]) -> None:
    instructions = instruction_set("rv32imc")
    assert len(objdump) == 0xC000
    wrong, used = [], set()
    for line in objdump:
        found = decode(line.word, instructions)
        ours: tuple[str, ...] = ()
        if found is not None:
            target = ""
            if found.row.target >= 0:
                target = str((line.address + found.values[found.row.target]) & 0xFFFFFFFF)
            texts = re.split(r"[,()]+", ",".join(gnu_operands(found, target)))
            ours = (found.row.name, *(normal(text) for text in texts if text))
        theirs: tuple[str, ...] = ()
        if not line.mnemonic.startswith("."):
            operands = [normal(text) for text in line.operands]
            if found is not None and found.row.target >= 0:
                operands[-1] = str(int(line.operands[-1], 16))
            theirs = (line.mnemonic, *operands)
        if ours != theirs:
            entry = listed(line.word, line.mnemonic, line.operands)
            used.add(entry)
            if entry is None:
                wrong.append((hex(line.word), ours, theirs))
    assert not wrong, (len(wrong), wrong[:20])
    # A difference that is gone must leave the list.
    assert used == set(KNOWN["objdump-halfword"])
