"""Disassembled text assembled again: the same bytes, for every instruction and for any bytes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa.decode import decode
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import InstructionSet, instruction_set
from asm_rv32.isa.text import (
    Stretch,
    data_chunks,
    disassemble,
    identifier,
    text,
    with_targets,
)

ISAS = ("rv32imc", "rv32imac_zba_zbb_zbs_zicond", "rv32imc_zcb_zcmp", "rv32ec", "rv32i")


def every_word(instructions: InstructionSet, samples: int, step: int = 1) -> list[int]:
    """16-bit instructions, all or each so many, and so many random ones of each 32-bit row."""
    choose = random.Random(20)
    words = [
        word for word in range(0, 1 << 16, step) if word & 3 != 3 and decode(word, instructions)
    ]
    for row in instructions.encodings:
        if row.size == 4:
            for _ in range(samples):
                word = choose.getrandbits(32) & ~row.mask | row.match
                if decode(word, instructions):
                    words.append(word)
    return words


@pytest.mark.parametrize("isa", ISAS)
def test_every_instruction_assembles_to_itself(isa: str) -> None:
    """Those without a target: a target needs a label."""
    instructions = instruction_set(isa)
    words = []
    lines = []
    for word in every_word(instructions, 12, 1 if isa == ISAS[0] else 7):
        found = decode(word, instructions)
        assert found is not None
        if found.row.target < 0:
            words.append(word)
            lines.append(f"    {text(found)}")
    source = "\n".join(["@asm_rv32", "def f():", *lines, ""])
    image = assemble(source, isa=isa, compress=False).functions["f"]
    entries = [entry for entry in image.entries if entry.is_code]
    # A return is appended where control reaches the end.
    assert len(entries) - len(words) in (0, 1)
    for word, line, entry in zip(words, lines, entries):
        made = image.code[entry.address : entry.address + entry.size]
        assert int.from_bytes(made, "little") == word, line


def assembled_again(
    code: bytes, isa: str, address: int = 0, stretches: Sequence[Stretch] = ()
) -> bytes:
    instructions = instruction_set(isa)
    stretches = stretches or [Stretch(0, len(code), True)]
    labels = with_targets(code, instructions, {}, stretches, address=address)
    source = ["@asm_rv32", "def f():"]
    for line in disassemble(code, instructions, labels, stretches, address=address):
        if line.address in labels:
            source.append(f"    label({labels[line.address]})")
        source.append(f"    {line.text}")
    if address + len(code) in labels:
        source.append(f"    label({labels[address + len(code)]})")
    image = assemble("\n".join([*source, ""]), isa=isa, compress=False).functions["f"]
    return image.code


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_come_back(code: bytes) -> None:
    made = assembled_again(code, "rv32imac_zba_zbb_zbs_zicond_zcb_zcmp", address=0x1000)
    assert made[: len(code)] == code
    assert len(made) - len(code) in (0, 4)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(min_size=1, max_size=60), st.sampled_from(ISAS), st.data())
def test_code_after_data_of_any_length_comes_back(
    code: bytes, isa: str, data: st.DataObject
) -> None:
    """Also where an instruction would stand at an offset that the ISA allows none at."""
    cuts = [0, *sorted(data.draw(st.sets(st.integers(1, 60), max_size=4))), len(code)]
    stretches = [
        Stretch(start, min(end, len(code)), number % 2 > 0)
        for number, (start, end) in enumerate(pairwise(cuts))
        if start < min(end, len(code))
    ]
    assert assembled_again(code, isa, stretches=stretches)[: len(code)] == code


@pytest.mark.parametrize("seed", range(8))
def test_branches_and_jumps_come_back(seed: int) -> None:
    """Code that is dense with targets, forwards and backwards."""
    choose = random.Random(seed)
    instructions = instruction_set("rv32imc")
    rows = [row for row in instructions.encodings if row.target >= 0]
    code = b""
    while len(code) < 3000:
        row = choose.choice(rows)
        word = choose.getrandbits(8 * row.size) & ~row.mask | row.match
        if decode(word, instructions):
            code += word.to_bytes(row.size, "little")
    assert assembled_again(code, "rv32imc")[: len(code)] == code


@pytest.mark.parametrize(
    ("word", "ours", "gnu"),
    [
        (0x1141, "c_addi(sp, -16)", "c.addi sp,-16"),
        (0x6105, "c_addi16sp(32)", "c.addi16sp sp,32"),
        (0x00452503, "lw(a0, 4(a0))", "lw a0,4(a0)"),
        (0xFFFFF537, "lui(a0, 0xfffff)", "lui a0,0xfffff"),
        (0x30059573, "csrrw(a0, a1, mstatus)", "csrrw a0,mstatus,a1"),
        (0x0A50000F, "fence(ir, ow)", "fence ir,ow"),
        (0x0660000F, "fence(ro, ro)", "fence or,or"),
        (0x00B50463, "beq(a0, a1, +8)", "beq a0,a1,0x108"),
        (0xB862, "cm_push({ra, s0 - s1}, -16)", "cm.push {ra,s0-s1},-16"),
    ],
)
def test_text(word: int, ours: str, gnu: str) -> None:
    instruction = decode(word, instruction_set("rv32imc_zcmp"))
    assert instruction is not None
    assert text(instruction, 0x100) == ours
    assert text(instruction, 0x100, syntax="gnu") == gnu


def test_a_target_with_a_name_is_shown_by_it() -> None:
    instruction = decode(0x00B50463, instruction_set())
    assert instruction is not None
    assert text(instruction, 0x100, {0x108: "end"}) == "beq(a0, a1, end)"
    assert text(instruction, 0x100, {0x108: "end"}, "gnu") == "beq a0,a1,end"


@given(st.binary(max_size=100), st.integers(0, 200), st.binary(max_size=40))
def test_pieces_of_data_are_the_data(before: bytes, zeros: int, after: bytes) -> None:
    data = before + bytes(zeros) + after
    pieces = list(data_chunks(data))
    assert b"".join(piece for _, piece in pieces) == data
    at = 0
    for offset, piece in pieces:
        assert offset == at
        at += len(piece)


def test_made_up_names_are_not_names_that_the_file_gives() -> None:
    """Nor are two labels of one name."""
    code = bytes.fromhex("01a0 01a0 01a0 01a0")  # jumps to themselves
    given = {0: "L_0004", 2: "x", 4: "x", 6: "L_0006", 8: "n" * 1000, 3: "inside"}
    labels = with_targets(code, instruction_set(), given, [Stretch(0, len(code), True)])
    assert dict(labels) == {0: "L_0000", 2: "x", 4: "L_0004", 6: "L_0006", 8: "n" * 255}
    assert len(labels) == 5 and 3 not in labels and 100 not in labels


@pytest.mark.parametrize(
    ("name", "fit"),
    [("loop", "loop"), ("loop.1", "loop_1"), ("1b", ""), ("a0", ""), ("for", ""), ("", ""),
     ("taken", ""), ("<é>", "___"), ("x\n#", "x__")],
)  # fmt: skip
def test_identifier(name: str, fit: str) -> None:
    assert identifier(name, {"taken"}) == fit


@pytest.mark.parametrize(
    ("name", "values", "ours", "gnus"),
    [
        ("jal", (0, 8), "jal(zero, +8)", "jal zero,0x8"),
        ("jal", (1, -8), "jal(ra, -8)", "jal ra,0xfffffff8"),
        ("beq", (8, 0, 8), "beq(s0, zero, +8)", "beq s0,zero,0x8"),
        ("lw", (10, -4, 2), "lw(a0, -4(sp))", "lw a0,-4(sp)"),
    ],
)  # fmt: skip
def test_an_instruction_by_itself_stands_at_0(
    name: str, values: tuple[int, ...], ours: str, gnus: str
) -> None:
    found = Instruction(instruction_set("rv32imc").row(name), values)
    assert [text(found), text(found, syntax="gnu")] == [ours, gnus]
    assert [text(found, 0), text(found, 0, {}, syntax="gnu")] == [ours, gnus]
    assert text(found, 0x100, {0x108: "there"}).replace("there", "+8") == ours
