"""`li` is minimal: against every sequence of at most six bytes, enumerated forward in C.

What each sequence leaves in its register is computed by an interpreter of five lines, and
executed.
"""

from __future__ import annotations

import random
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest
from corpus import toolchain
from corpus.execution import execute

from asm_rv32.assembler.constants import shortest_constant
from asm_rv32.assembler.pipeline import assemble

WORD = 0xFFFFFFFF
# Register, whether it has c.srli, and c.lui.
CLASSES = {
    "a0": (10, 1, 1), "s0": (8, 1, 1), "a5": (15, 1, 1),
    "t0": (5, 0, 1), "t2": (7, 0, 1), "a6": (16, 0, 1), "sp": (2, 0, 0),
}  # fmt: skip
# 8 bytes of two instructions is as much as any constant takes.
COUNT = 4_000


@lru_cache
def values() -> list[int]:
    """Random numbers, numbers of structure, and the results of random short sequences."""
    choice = random.Random(20)
    found = {0, WORD, 1 << 31, (1 << 31) - 1}
    for bit in range(32):
        for step in (-2049, -2048, -33, -32, -1, 0, 1, 31, 32, 2047, 2048, 4095, 4096):
            found.add((1 << bit) + step & WORD)
            found.add(-(1 << bit) + step & WORD)
        for other in range(bit):
            found.add(1 << bit | 1 << other)
            found.add((1 << bit) - (1 << other))
            found.add(~(1 << bit | 1 << other) & WORD)
    found.update(choice.getrandbits(32) for _ in range(COUNT))
    found.update(choice.getrandbits(32) >> choice.randrange(32) for _ in range(COUNT))
    found.update(choice.getrandbits(14) << choice.randrange(20) for _ in range(COUNT))
    for _ in range(COUNT):
        value = choice.randint(-32, 31) << choice.choice((0, 12))
        for _ in range(2):
            step = choice.randrange(5)
            if step == 0:
                value += choice.randint(-32, 31)
            elif step == 1:
                value <<= choice.randrange(1, 32)
            elif step == 2:
                value = (value & WORD) >> choice.randrange(1, 32)
            elif step == 3:
                value += choice.randint(-2048, 2047)
            else:
                value ^= choice.randint(-2048, 2047)
        found.add(value & WORD)
    return sorted({value & WORD for value in found})


@pytest.fixture(scope="module")
def enumerator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("constants")
    source = Path(__file__).parents[1] / "corpus" / "constants.c"
    toolchain.run("gcc", "-O2", "-Wall", "-Werror", str(source), "-o", "constants", folder=folder)
    return folder / "constants"


@lru_cache
def least(enumerator: Path, srli: int, lui: int) -> list[tuple[int, int]]:
    text = f"{srli} {lui}\n" + "\n".join(f"{value:x}" for value in values())
    done = subprocess.run([enumerator], input=text, capture_output=True, text=True, check=True)
    lines = (line.split() for line in done.stdout.splitlines())
    return [(int(bytes_), int(instructions)) for bytes_, instructions in lines]


def interpret(sequence: tuple[tuple[str, int], ...]) -> tuple[int, int]:
    """Bytes, and the value that is left."""
    value = size = 0
    for name, immediate in sequence:
        plain = name.removeprefix("c.")
        size += 2 if plain != name else 4
        if plain in ("lui", "li"):
            value = immediate << 12 if plain == "lui" else immediate
        elif plain == "addi":
            value += immediate
        elif plain == "xori":
            value ^= immediate
        elif plain == "slli":
            value <<= immediate
        else:
            assert plain == "srli", name
            value >>= immediate
        value &= WORD
    return size, value


@pytest.mark.parametrize("register", CLASSES)
def test_no_sequence_is_shorter(register: str, enumerator: Path) -> None:
    number, srli, lui = CLASSES[register]
    wrong = []
    for value, expected in zip(values(), least(enumerator, srli, lui), strict=True):
        sequence = shortest_constant(value, number, True)
        size, result = interpret(sequence)
        assert result == value
        if (size, len(sequence)) != expected:
            wrong.append((hex(value), expected, sequence))
    assert not wrong, (len(wrong), wrong[:10])


@pytest.mark.parametrize("register", [*CLASSES, "zero"])
def test_without_compression_it_is_lui_and_addi(register: str) -> None:
    number = CLASSES.get(register, (0,))[0]
    for value in values():
        sequence = shortest_constant(value, number, False)
        signed = value - (1 << 32) if value >> 31 else value
        expected = 1 if -2048 <= signed < 2048 or not value & 0xFFF else 2
        assert interpret(sequence) == (4 * expected, value)


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("register", ["a0", "s1", "t0", "t6", "ra", "sp"])
def test_executed_it_leaves_the_value(register: str, compress: bool) -> None:
    """A hash over the values as they come out of the register, folded in another one."""
    choice = random.Random(21)
    chosen = choice.sample(values(), 500)
    lines = ["mv(t1, ra)", "mv(t2, sp)", "li(a2, 31)", "li(a1, 0)"]
    expected = 0
    for value in chosen:
        written = value - (1 << 32) if value >> 31 and choice.random() < 0.5 else value
        lines += [f"li({register}, {written})", "mul(a1, a1, a2)", f"add(a1, a1, {register})"]
        expected = (expected * 31 + value) & WORD
    lines += ["mv(sp, t2)", "jr(t1)"]
    body = "".join(f" {line}\n" for line in lines)
    image = assemble(f"@asm_rv32\ndef f():\n{body}", compress=compress).functions["f"]
    assert execute(image.code)["a1"] == expected


def test_a_constant_into_zero_changes_nothing() -> None:
    for value in (0, 5, 100, 0x12345678, -1):
        text = f"@asm_rv32\ndef f():\n li(zero, {value})\n mv(a0, zero)\n ret()\n"
        assert execute(assemble(text).functions["f"].code)["a0"] == 0
