"""What is offered for the words of other assemblers does what these words do there.

Each word of elsewhere.toml stands here once more with its meaning, after the manual of its
assembler: an expression over rs, rs1, rs2, number and offset (unsigned 32 bits); when a branch is
taken; what memory gives or takes; or the instructions of the Unprivileged and Privileged ISA.
"""

from __future__ import annotations

import re

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa.image import Image
from asm_rv32.isa.tables import tables
from asm_rv32.machine import emulator

ISA = "rv32imc_zbb"
WORD = 0xFFFFFFFF
VALUES = (0, 1, 7, 0x7F, 0x80, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FF80, 0xFFFF_FFFF, 0x1234_8765)
NUMBER, OFFSET = 3, 4


def signed(value: int, bits: int = 32) -> int:
    value &= (1 << bits) - 1
    return value - (value >> bits - 1 << bits)


def divided(a: int, b: int) -> int:
    """Towards zero; by zero as RV32 does, the other processors differ in that."""
    return (abs(a) // abs(b)) * (1 if (a < 0) == (b < 0) else -1) if b else -1


def remainder(a: int, b: int) -> int:
    return a - divided(a, b) * b if b else a


# A word → what rd is afterwards, for each of its statements, or for all.
COMPUTED = {
    "mov": ["rs", "number"], "movw": "number", "movt": "number", "movwt": "number", "mvn": "~rs",
    "rsb": ["rs2 - rs1", "-rs"], "umull": "rs1 * rs2 >> 32",
    "smull": "signed(rs1) * signed(rs2) >> 32", "sdiv": "divided(signed(rs1), signed(rs2))",
    "udiv": "divided(rs1, rs2)", "orr": "rs1 | rs2", "eor": "rs1 ^ rs2", "bic": "rs1 & ~rs2",
    "lsl": ["rs1 << (rs2 & 31)", "rs << number"], "lsr": ["rs1 >> (rs2 & 31)", "rs >> number"],
    "asr": ["signed(rs1) >> (rs2 & 31)", "signed(rs) >> number"],
    "sxtb": "signed(rs, 8)", "sxth": "signed(rs, 16)", "uxtb": "rs & 0xff", "uxth": "rs & 0xffff",
    "movi": "number", "mov_n": "rs", "l32r": "number", "add_n": "rs1 + rs2",
    "addi_n": "rs + number", "addmi": "rs + number", "addx2": "2 * rs1 + rs2",
    "addx4": "4 * rs1 + rs2", "addx8": "8 * rs1 + rs2", "mull": "rs1 * rs2",
    "quos": "divided(signed(rs1), signed(rs2))", "quou": "divided(rs1, rs2)",
    "rems": "remainder(signed(rs1), signed(rs2))", "extui": "rs >> number & number",
    "subi": "rs - number", "addu": "rs1 + rs2", "addiu": "rs + number", "subu": "rs1 - rs2",
    "negu": "-rs", "move": "rs", "nor": "~(rs1 | rs2)", "sllv": "rs1 << (rs2 & 31)",
    "srlv": "rs1 >> (rs2 & 31)", "srav": "signed(rs1) >> (rs2 & 31)",
    "sgti": "signed(rs) > number", "mult": "rs1 * rs2", "muli": "rs * number",
    "divi": "divided(signed(rs), number)", "mod": "remainder(signed(rs1), signed(rs2))",
    "inc": "rd + 1", "dec": "rd - 1", "clr": "0", "sext_w": "rs", "zext_w": "rs",
}  # fmt: skip
# A word → when it goes to the label.
TAKEN = {
    "cmp": ["rs1 == rs2", "signed(rs1) < signed(rs2)", "rs1 < rs2"], "tst": "not rs1 & rs2",
    "cbz": "rs == 0", "cbnz": "rs != 0", "b": "True", "bal": "True", "bhi": "rs1 > rs2",
    "bhs": "rs1 >= rs2", "bcs": "rs1 >= rs2", "blo": "rs1 < rs2", "bcc": "rs1 < rs2",
    "bls": "rs1 <= rs2", "bmi": "signed(rs) < 0", "bpl": "signed(rs) >= 0",
    "beqi": "rs == number", "bnei": "rs != number", "jmp": "True", "goto": "True", "bra": "True",
}  # fmt: skip
# A word → bits that it loads from offset(rs), negative where the sign is extended.
LOADED = {"ldr": 32, "ldrb": 8, "ldrh": 16, "ldrsb": -8, "ldrsh": -16, "l32i": 32, "l32i_n": 32,
          "l16ui": 16, "l16si": -16, "l8ui": 8}  # fmt: skip
# A word → bits of rs2 that it stores at offset(rs1).
STORED = {"str": 32, "strb": 8, "strh": 16, "s32i": 32, "s32i_n": 32, "s16i": 16, "s8i": 8}
# A word → the code of its statement by itself; rd is a0, rs a1.
ENCODED = {
    "adr": "17050000 13050500", "bl": "ef000000", "call0": "ef000000", "bx": "67800500",
    "jx": "67800500", "blx": "e7800500", "callx0": "e7800500", "ret_n": "67800000",
    "nop_n": "13000000", "svc": "73000000", "syscall": "73000000", "bkpt": "73001000",
    "dmb": "0f00f00f", "dsb": "0f00f00f", "memw": "0f00f00f", "isb": "0f100000",
    "cpsid": "73700430", "cpsie": "73600430", "mrs": "73250030", "msr": "73900530",
    "rsil": "73750430", "hlt": "73005010", "halt": "73005010", "iret": "73002030",
    "push": "130101ff 2326b100", "pop": "0325c100 13010101",
    "ld": "03a54500 83a68500", "sd": "23a2c500 23a4d500",
}  # fmt: skip


def offered() -> dict[str, list[str]]:
    return {word: list(found) for word, found in tables()["elsewhere"].items()}


def function(statement: str, before: str = "", after: str = "") -> str:
    names = {"rd": "a0", "rs": "a1", "rs1": "a1", "rs2": "a2", "number": str(NUMBER),
             "offset": str(OFFSET), "rd2": "a3", "rs3": "a3",
             "offset2": str(OFFSET + 4)}  # fmt: skip
    written = re.sub(r"\b\w+\b", lambda found: names.get(found[0], found[0]), statement)
    lines = [*before.split("; "), *written.split("; "), *after.split("; ")]
    return "@asm_rv32\ndef f(a0, a1, a2) -> uint:\n" + "".join(
        f"    {line}\n" for line in lines if line
    )


def meant(word: str, table: dict[str, list[str] | str]) -> list[tuple[str, str]]:
    """The statements offered for a word, each with its meaning."""
    statements, meaning = offered()[word], table[word]
    each = meaning if isinstance(meaning, list) else [meaning] * len(statements)
    return list(zip(statements, each, strict=True))


def image_of(source: str) -> Image:
    return assemble(source, isa=ISA).functions["f"]


def result(image: Image, *arguments: int | bytearray) -> int:
    return emulator.run(image, arguments).word


def test_every_word_has_its_meaning_here() -> None:
    assert sorted(offered()) == sorted([*COMPUTED, *TAKEN, *LOADED, *STORED, *ENCODED])


def values_of(rd: int, rs1: int, rs2: int) -> dict[str, object]:
    """What the expressions are computed with."""
    known = {"rd": rd, "rs": rs1, "rs1": rs1, "rs2": rs2, "number": NUMBER}
    return {**known, "signed": signed, "divided": divided, "remainder": remainder}


PAIRS = [(first, second) for first in VALUES for second in VALUES]


@pytest.mark.parametrize("word", COMPUTED)
def test_it_computes_the_same(word: str) -> None:
    for statement, meaning in meant(word, COMPUTED):
        image = image_of(function(statement))
        for rs1, rs2 in PAIRS:
            expected = eval(meaning, values_of(5, rs1, rs2)) & WORD
            assert result(image, 5, rs1, rs2) == expected, (statement, hex(rs1), hex(rs2))


@pytest.mark.parametrize("word", TAKEN)
def test_it_branches_when_the_word_does(word: str) -> None:
    for statement, meaning in meant(word, TAKEN):
        after = "li(a0, 0); ret(); label(label); li(a0, 1)"
        image = image_of(function(statement, after=after))
        for rs1, rs2 in (*PAIRS, (NUMBER, 0)):
            expected = eval(meaning, values_of(5, rs1, rs2))
            assert result(image, 5, rs1, rs2) == bool(expected), (statement, hex(rs1), hex(rs2))


@pytest.mark.parametrize("word", LOADED)
def test_it_loads_the_same(word: str) -> None:
    [statement] = offered()[word]
    image = image_of(function(statement))
    for value in VALUES:
        memory = bytearray(4) + value.to_bytes(4, "little")
        bits = abs(LOADED[word])
        low = value & ((1 << bits) - 1)
        expected = low if LOADED[word] > 0 else signed(low, bits) & WORD
        assert result(image, 0, memory, 0) == expected


@pytest.mark.parametrize("word", STORED)
def test_it_stores_the_same(word: str) -> None:
    [statement] = offered()[word]
    image = image_of(function(statement))
    for value in VALUES:
        memory = bytearray(12)
        result(image, 0, memory, value)
        size = STORED[word] // 8
        assert memory == bytes(4) + value.to_bytes(4, "little")[:size] + bytes(8 - size)


@pytest.mark.parametrize("word", ENCODED)
def test_it_is_the_instruction_of_the_manual(word: str) -> None:
    [statement] = offered()[word]
    source = function(statement, before="label(label)")
    code = assemble(source, isa="rv32i", compress=False).functions["f"].code
    expected = bytes.fromhex(ENCODED[word])
    assert code[: len(expected)] == expected
    assert len(code) - len(expected) in (0, 4)  # the return behind it
