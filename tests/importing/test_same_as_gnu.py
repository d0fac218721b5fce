"""What is imported assembles to what GNU as makes of it: every row, expressions, whole programs.

GNU as is told not to leave anything to a linker (-mno-relax).
"""

from __future__ import annotations

import random
import re
import tomllib
from pathlib import Path

import pytest
from corpus import likeness, toolchain
from corpus.gnu_programs import Program
from corpus.instructions import gnu_text, random_instructions

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import Source
from asm_rv32.importing.gnu import Options, import_gnu
from asm_rv32.isa.sets import instruction_set

KNOWN = tomllib.loads((Path(__file__).parents[1] / "known_differences.toml").read_text())
REFUSED = re.compile("|".join(f"(?:{entry['line']})" for entry in KNOWN["as-refuses"].values()))
ISA = "rv32imac"


def imported(lines: list[str], isa: str = ISA) -> bytes:
    """The code of the one function that the lines are."""
    source = Source("x.s", "\n".join([*lines, ""]))
    written = import_gnu(source, Options(isa))
    (image,) = assemble(written.text).functions.values()
    return image.code


def theirs(lines: list[str], march: str = toolchain.MARCH) -> bytes:
    code, refused = toolchain.gnu_assemble(lines, march)
    assert not refused, [(lines[each.line], each.message) for each in refused[:10]]
    return code


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("option", ["rvc", "norvc"])
def test_every_row_is_read_as_gnu_reads_it(seed: int, option: str) -> None:
    instructions = instruction_set(ISA)
    choice = random.Random(seed)
    lines = [f".option {option}"]
    for number, found in enumerate(random_instructions(instructions, 400, seed)):
        # The loop is so short that every branch reaches.
        if number % 40 == 0:
            lines.append(f"{choice.randrange(10)}:")
        target = f"{lines[-1][0]}b" if lines[-1][1:] == ":" else "5f"
        if found.row.hint or (option == "norvc" and found.row.size == 2):
            continue
        written = gnu_text(found, target)
        # A function with auipc and a number is assembled as it is written; GNU as does not see
        # the short form of all that names x0 or, in a jump, the link register.
        longer = found.row.name == "jal" or (found.row.size == 4 and "zero" in written)
        # Nor of what gives zero, or a register as it is: of one that is named twice, or by a 0.
        longer = longer or re.search(r"(\b\w+),\1$|,0(x0)?$", written) is not None
        if REFUSED.match(written) or found.row.name == "auipc" or longer:
            continue
        if found.row.target >= 0 and target == "5f":
            lines += [written, "5:"]
        else:
            lines.append(written)
    lines.append("ret")
    assert imported(lines) == theirs(lines)


def expression(choice: random.Random, depth: int) -> str:
    """An expression of numbers as GNU as reads it."""
    if depth == 0 or choice.random() < 0.2:
        return choice.choice(
            ["0", "1", "7", "0x1f", "017", "0b101", "'a'", "'\\n", "100", "0xffffffff", "count",
             "1000000007"]
        )  # fmt: skip
    if choice.random() < 0.2:
        return choice.choice("-~!") + expression(choice, depth - 1)
    if choice.random() < 0.3:
        return f"({expression(choice, depth - 1)})"
    operator = choice.choice(
        ["+", "-", "*", "|", "&", "^", "!", "<<", ">>", "<", ">", "<=", ">=", "==", "<>", "!=",
         "&&", "||", "/", "%"]
    )  # fmt: skip
    right = expression(choice, depth - 1)
    if operator in ("<<", ">>"):
        right = str(choice.randrange(32))
    if operator in ("/", "%"):
        right = str(choice.randrange(1, 100))
    return f"{expression(choice, depth - 1)} {operator} {right}"


@pytest.mark.parametrize("seed", range(6))
def test_expressions_have_the_values_that_gnu_gives_them(seed: int) -> None:
    choice = random.Random(seed)
    lines = ["count = 12", "ret"]
    lines += [f".4byte ({expression(choice, 4)}) & 0xffffffff" for _ in range(300)]
    assert imported(lines) == theirs(lines)


@pytest.mark.parametrize("seed", range(40))
def test_programs_made_by_chance_are_what_gnu_makes_of_them(seed: int, tmp_path: Path) -> None:
    check_program(seed, tmp_path, wide=seed % 2 == 1)


@pytest.mark.heavy
def test_so_are_many_more_of_them(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    for seed in range(100, 1100 if request.config.getoption("--thorough") else 160):
        check_program(seed, tmp_path, wide=True)


def check_program(seed: int, tmp_path: Path, wide: bool) -> None:
    text = "\n".join([*Program(random.Random(seed), wide).lines(), ""])
    functions = assemble(import_gnu(Source("x.s", text), Options(ISA)).text).functions
    path = likeness.assembled(text, tmp_path)
    found = likeness.compared(functions, path, {})
    assert [each for each in found if each.difference] == [], seed
    data = likeness.data_of(path)
    assert data
    for image in functions.values():
        for part in image.parts:
            if part.kind != "function":
                own = bytearray(image.code[part.address : part.address + part.size])
                for each in image.relocations:
                    if 0 <= each.address - part.address < part.size:
                        # A linker fills in what is 0 there.
                        at = each.address - part.address
                        own[at : at + 4] = bytes(4)
                assert own == data[part.name][: len(own)], (seed, part.name)
