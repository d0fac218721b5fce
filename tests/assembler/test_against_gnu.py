"""Statements and what they are shortened to, against GNU as; test_every_row.py compares words.

known_differences.toml lists where the two differ; each entry must still differ.
"""

from __future__ import annotations

import itertools
import random
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from corpus import toolchain
from corpus.instructions import (
    batches,
    boundary_instructions,
    draw_all,
    gnu_text,
    python_text,
    random_instructions,
)
from corpus.judges import gnu_line

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa.decode import decode
from asm_rv32.isa.rows import ANY, Instruction
from asm_rv32.isa.sets import InstructionSet, instruction_set

KNOWN = tomllib.loads((Path(__file__).parents[1] / "known_differences.toml").read_text())
REFUSED = re.compile("|".join(f"(?:{entry['line']})" for entry in KNOWN["as-refuses"].values()))
# The extensions that binutils 2.40 assembles and disassembles.
ISA = "rv32imc"


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


def instructions() -> InstructionSet:
    return instruction_set(ISA)


def test_sources_assemble_to_what_gnu_as_makes() -> None:
    items = itertools.chain(
        boundary_instructions(instructions()), random_instructions(instructions(), 20_000, 11)
    )
    assert check_sources(items, 12) > 22_000


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
        expansions(), edge_heavy(30, 14), random_instructions(instructions(), 3_000, 15)
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
    assert len(kept) > 20_000
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
    for line in map(gnu_line, batch):
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
    """Twenty seeds of 18,000, or thoroughly of 55,000: more than 1,000,000 statements."""
    count = 55_000 if request.config.getoption("--thorough") else 18_000
    assert check_sources(random_instructions(instructions(), count, seed), seed) > 0.9 * count
