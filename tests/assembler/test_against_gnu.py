"""Random and boundary instructions over every row: our bytes are GNU as's, objdump reads ours.

known_differences.toml lists where the two differ; each entry must still differ.
"""

from __future__ import annotations

import itertools
import random
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest
from corpus import toolchain
from corpus.instructions import (
    boundary_instructions,
    draw_all,
    gnu_operands,
    gnu_text,
    python_text,
    random_instructions,
)

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa.decode import decode
from asm_rv32.isa.rows import ANY, Instruction
from asm_rv32.isa.sets import InstructionSet, instruction_set

KNOWN = tomllib.loads((Path(__file__).parents[1] / "known_differences.toml").read_text())
REFUSED = re.compile("|".join(f"(?:{entry['line']})" for entry in KNOWN["as-refuses"].values()))
# The extensions that binutils 2.40 assembles and disassembles.
ISA = "rv32imc"
CHUNK = 20_000


def batches(items: Iterable[Instruction]) -> Iterator[list[Instruction]]:
    """The instructions in chunks, each sorted by size so that .option changes twice."""
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, CHUNK)):
        yield sorted(batch, key=lambda instruction: instruction.row.size)


def gnu_lines(batch: list[Instruction]) -> list[str]:
    """What GNU as is to make each instruction of, as it is, with displacements from `.`."""
    lines = []
    for instruction in batch:
        target = instruction.row.target
        text = f".{instruction.values[target]:+d}" if target >= 0 else ""
        lines.append(gnu_text(instruction, text))
    return lines


def with_options(lines: list[str], batch: list[Instruction]) -> Iterator[str]:
    size = 0
    for line, instruction in zip(lines, batch):
        if instruction.row.size != size:
            size = instruction.row.size
            yield ".option rvc" if size == 2 else ".option norvc"
        yield line


def encoded(batch: list[Instruction]) -> bytes:
    return b"".join(row.encode(v).to_bytes(row.size, "little") for row, v in batch)


def check_encodings(items: Iterable[Instruction]) -> int:
    """as makes of every instruction what Row.encode does; how many were compared."""
    count = 0
    for batch in batches(items):
        pairs = [(i, line) for i, line in zip(batch, gnu_lines(batch)) if not REFUSED.match(line)]
        kept = [instruction for instruction, _ in pairs]
        lines = list(with_options([line for _, line in pairs], kept))
        code, refused = toolchain.gnu_assemble(lines)
        assert not refused, [(lines[line], message) for line, message in refused[:10]]
        ours = encoded(kept)
        if code != ours:
            at = next(n for n, (a, b) in enumerate(zip(code, ours)) if a != b)
            line = toolchain.gnu_disassemble(code[at & ~1 : (at & ~1) + 4])
            raise AssertionError(f"at {at:#x}: as has {line}, we have {ours[at : at + 4].hex()}")
        count += len(kept)
    return count


def check_sources(items: Iterable[Instruction], seed: int) -> int:
    """The same through our source text: labels for targets, each accepted syntax in turn."""
    choice = random.Random(seed)
    count = 0
    for batch in batches(items):
        ours = ["@asm_rv32", "def f():"]
        theirs: list[str] = []
        size = address = 0
        starts = []
        for instruction in batch:
            starts.append(address)
            address += instruction.row.size
        for index, instruction in enumerate(batch):
            if index % 16 == 0:
                ours.append(f" label(L{index})")
                theirs.append(f"L{index}:")
            row = instruction.row
            label = ""
            if row.target >= 0:
                kind = row.kinds[row.target]
                for _ in range(8):
                    other = choice.randrange(0, len(batch), 16)
                    other = min(max(other, index - 100), index + 60) // 16 * 16
                    if 0 <= other < len(batch) and starts[other] - starts[index] in kind.values:
                        label = f"L{other}"
                        break
                else:
                    continue
            text = gnu_text(instruction, label)
            if REFUSED.match(text):
                continue
            if row.size != size:
                size = row.size
                theirs.append(".option rvc" if size == 2 else ".option norvc")
            ours.append(" " + python_text(instruction, label, choice.randrange(4)))
            theirs.append(text)
            count += 1
        image = assemble("\n".join(ours), isa=ISA, compress=False).functions["f"]
        code, refused = toolchain.gnu_assemble(theirs)
        assert not refused, [(theirs[line], message) for line, message in refused[:10]]
        # A return may be appended.
        assert image.code[: len(code)] == code
        assert len(image.code) - len(code) in (0, 4)
    return count


class Shown(NamedTuple):
    """A disassembled instruction in one spelling of numbers."""

    mnemonic: str
    operands: tuple[str, ...]


def number(text: str) -> str:
    return str(int(text, 0)) if re.fullmatch(r"-?(0x[0-9a-f]+|\d+)", text) else text


def ours_shown(found: Instruction, address: int) -> Shown:
    target = found.row.target
    to = str((address + found.values[target]) & 0xFFFFFFFF) if target >= 0 else ""
    texts = re.split(r"[,()]+", ",".join(gnu_operands(found, to)))
    return Shown(found.row.name, tuple(number(text) for text in texts if text))


@lru_cache
def csr_names() -> dict[str, str]:
    return {name: str(number) for name, number in instruction_set().csr_numbers.items()}


def theirs_shown(line: toolchain.Disassembled, found: Instruction) -> Shown:
    operands = [number(text) for text in line.operands]
    for index, kind in enumerate(found.row.kinds):
        if kind.kind == "csr":
            slots = [slot.variable for slot in found.row.gnu.slots]
            at = slots.index(index)
            operands[at] = csr_names().get(operands[at], operands[at])
    if found.row.target >= 0:
        operands[-1] = str(int(line.operands[-1], 16))
    return Shown(line.mnemonic, tuple(operands))


def listed(word: int, size: int, line: toolchain.Disassembled) -> str | None:
    text = f"{line.mnemonic} {','.join(line.operands)}".strip()
    tables = {2: "objdump-halfword", 4: "objdump-word"}
    for name, entry in KNOWN[tables[size]].items():
        if word & entry["mask"] == entry["match"] and re.fullmatch(entry["shows"], text):
            return str(name)
    return None


def check_disassembly(items: Iterable[Instruction]) -> tuple[int, set[str]]:
    """objdump reads our bytes as we do; how many, and which known differences came up."""
    instructions = instruction_set(ISA)
    used: set[str] = set()
    count = 0
    for batch in batches(items):
        wrong = []
        lines = toolchain.gnu_disassemble(encoded(batch))
        assert len(lines) == len(batch)
        for line, instruction in zip(lines, batch):
            found = decode(line.word, instructions)
            assert found == instruction
            theirs = theirs_shown(line, found) if line.mnemonic[0] != "." else None
            if theirs != ours_shown(found, line.address):
                entry = listed(line.word, line.size, line)
                if entry is None:
                    wrong.append((found, line))
                else:
                    used.add(entry)
            count += 1
        assert not wrong, (len(wrong), wrong[:10])
    return count, used


def instructions() -> InstructionSet:
    return instruction_set(ISA)


def test_boundary_instructions_encode_as_gnu_as_has_them() -> None:
    assert check_encodings(boundary_instructions(instructions())) > 6_000


def test_random_instructions_encode_as_gnu_as_has_them() -> None:
    assert check_encodings(random_instructions(instructions(), 30_000, 10)) > 25_000


def test_sources_assemble_to_what_gnu_as_makes() -> None:
    items = itertools.chain(
        boundary_instructions(instructions()), random_instructions(instructions(), 20_000, 11)
    )
    assert check_sources(items, 12) > 22_000


def test_objdump_reads_every_instruction_as_we_do() -> None:
    items = itertools.chain(
        boundary_instructions(instructions()), random_instructions(instructions(), 20_000, 13)
    )
    count, used = check_disassembly(items)
    assert count > 25_000
    # A difference that is gone must leave the list.
    assert used >= set(KNOWN["objdump-word"])


def edge_heavy(count: int, seed: int) -> Iterator[Instruction]:
    """Base instructions whose operands lie where compressed forms begin and end."""
    choice = random.Random(seed)
    near = [0, 1, -1, 2, 3, 4, 16, 31, 32, -32, -33, 124, 128, 252, 256, 496, 512, -512, -528]
    near += [1020, 1024, 2047, -2048]
    for row in instructions().encodings:
        for _ in range(count if row.size == 4 and row.kinds else 0):
            values = []
            for kind in row.kinds:
                if kind.kind == "reg":
                    values.append(choice.choice((0, 1, 2, 7, 8, 9, 15, 16)))
                else:
                    legal = [value for value in near if value in kind.values]
                    values.append(choice.choice(legal))
            yield Instruction(row, tuple(values))


def expansions() -> Iterator[Instruction]:
    """What every compressed instruction stands for, in every way the tables know."""
    for word in range(0x10000):
        found = decode(word, instructions()) if word & 3 != 3 else None
        if found is not None and found.row.name != "c.unimp":
            for text in (found.row.data["expands"], *found.row.data.get("also", ())):
                (step,) = found.row.parse_steps(text)
                terms = step.terms
                values = [
                    9
                    if t.part == ANY
                    else t.literal
                    if t.variable < 0
                    else found.values[t.variable]
                    for t in terms
                ]
                yield Instruction(step.row, tuple(values))


def apart(code: bytes) -> list[bytes]:
    """The instructions of a code one by one."""
    found, at = [], 0
    while at < len(code):
        size = 4 if code[at] & 3 == 3 else 2
        found.append(code[at : at + size])
        at += size
    return found


def test_instructions_are_shortened_as_llvm_does_and_at_least_as_gnu_as_does() -> None:
    items = dict.fromkeys(itertools.chain(
        expansions(), edge_heavy(60, 14), random_instructions(instructions(), 3_000, 15)
    ))  # fmt: skip
    kept = [
        item for item in items
        if item.row.size == 4 and item.row.target < 0 and item.row.name != "auipc"
        and not REFUSED.match(gnu_text(item, ""))
    ]  # fmt: skip
    lines = [gnu_text(item, "") for item in kept]
    body = "".join(f" {python_text(item, '')}\n" for item in kept)
    ours = apart(assemble(f"@asm_rv32\ndef f():\n{body}").functions["f"].code)[: len(kept)]
    llvm = apart(toolchain.llvm_assemble(lines))
    code, refused = toolchain.gnu_assemble([".option rvc", *lines])
    assert not refused
    assert len(kept) > 30_000
    for theirs, table in ((llvm, "llvm-longer"), (apart(code), "as-longer")):
        used = set()
        for line, our, their in zip(lines, ours, theirs, strict=True):
            if our != their:
                entries = [
                    name for name, entry in KNOWN[table].items()
                    if re.fullmatch(entry["line"], line) and len(our) < len(their)
                ]  # fmt: skip
                assert entries, (line, our.hex(), their.hex())
                used.update(entries)
        assert used == set(KNOWN[table])


# GNU as makes of these what reaches any distance, or counts on the linker.
NOT_THE_SAME_IN_AS = {"call", "tail", "la", "lla"}
PSEUDO_MARCH = f"{toolchain.MARCH}_zihintpause"


@pytest.mark.parametrize("compress", [False, True])
def test_pseudo_instructions_are_those_of_gnu_as(compress: bool) -> None:
    choice = random.Random(16)
    ours, theirs = [], []
    names = set()
    for name in instructions().mnemonics:
        rows = [row for row in instructions().rows(name) if row.is_pseudo]
        if name in NOT_THE_SAME_IN_AS or (compress and name == "li"):
            continue
        if not compress and name.startswith("c."):
            # Another spelling of a compressed instruction, which norvc forbids.
            continue
        for row in rows:
            names.add(name)
            if compress and row.target >= 0:
                # What stands between a branch and its label has not the same length in as.
                continue
            if "symbol" in row.variables:
                # as leaves the distance to a linker: tests/formats/test_whole_programs.py
                continue
            for _ in range(40 if row.kinds else 1):
                values = draw_all(row, choice)
                item = Instruction(row, values)
                for index in range(len(row.syntaxes)):
                    ours.append(f" {python_text(item, 'here', index)}\n")
                    plain = python_text(item, "here", index).partition("(")[2][:-1]
                    theirs.append(f"{name} {plain}")
                if len(ours) % 20 < len(row.syntaxes):
                    ours.append(f" label(here{len(ours)})\n")
    assert len(names) > 40
    text = "".join(["@asm_rv32\ndef f():\n label(here)\n", *ours])
    option = ".option rvc" if compress else ".option norvc"
    code, refused = toolchain.gnu_assemble([option, "here:", *theirs], PSEUDO_MARCH)
    assert not refused, [(theirs[line - 2], message) for line, message in refused]
    image = assemble(text, compress=compress).functions["f"]
    found, expected = apart(image.code), apart(code)
    shorter = [
        (a.hex(), b.hex()) for a, b in zip(found, expected)
        if a != b and not (len(a) < len(b) and compress)
    ]  # fmt: skip
    assert not shorter, shorter[:10]


def test_gnu_as_still_refuses_what_is_listed() -> None:
    lines: list[str] = []
    entries: list[str] = []
    batch = list(boundary_instructions(instructions()))
    for line in gnu_lines(batch):
        for name, entry in KNOWN["as-refuses"].items():
            if re.fullmatch(entry["line"], line):
                lines.append(line)
                entries.append(name)
    assert set(entries) == set(KNOWN["as-refuses"])
    _, refused = toolchain.gnu_assemble(lines)
    assert {line for line, _ in refused} == set(range(len(lines)))


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(100, 120))
def test_many_instructions_against_gnu(seed: int, request: pytest.FixtureRequest) -> None:
    """Twenty seeds of 18,000, or thoroughly of 55,000: more than 1,000,000 instructions, all three
    ways."""
    count = 55_000 if request.config.getoption("--thorough") else 18_000
    items = list(random_instructions(instructions(), count, seed))
    assert check_encodings(items) > 0.9 * count
    assert check_sources(items, seed) > 0.9 * count
    assert check_disassembly(items)[0] == count
