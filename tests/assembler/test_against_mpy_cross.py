"""The micropython dialect against mpy-cross: the same verdict on every function, the same bytes.

What is taken must come out byte for byte; what is refused must be refused there, or be a fault
of the list in encodings/micropython.toml, and then come out there as the list says.
"""

from __future__ import annotations

import random

import pytest
from corpus import board

from asm_rv32.assembler.constants import board_constant
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.isa.tables import python_name

BATCH = 200
FAULT = "assembles this"


def code_of(source: str, isa: str, dialect: str = "micropython") -> bytes | AssemblyError:
    try:
        (image,) = assemble(source, isa=isa, dialect=dialect).functions.values()
    except AssemblyError as error:
        return error
    return image.code


def is_fault(error: AssemblyError) -> bool:
    """True where all that is wrong is what upstream takes and assembles wrongly."""
    return all(d.code == "not-in-dialect" and FAULT in d.message for d in error.diagnostics)


def check(functions: list[str], isa: str, flags: str) -> dict[str, int]:
    """Compare every function; returns how many there were of each verdict."""
    taken: list[tuple[str, bytes]] = []
    counts = {"taken": 0, "refused": 0, "fault": 0}
    for source in functions:
        ours = code_of(source, isa)
        if isinstance(ours, bytes):
            taken.append((source, ours))
        elif is_fault(ours):
            counts["fault"] += 1
            if any(word in source for word in ("c_slli", "li(sp", "li(x2", "mv(zero", "mv(x0")):
                # No word of ours gives those bytes.
                board.mpy_cross(source, flags)
            else:
                taken.append((source, code_of(source, isa, "script")))  # type: ignore[arg-type]
        else:
            counts["refused"] += 1
            with pytest.raises(board.Refusal):
                board.mpy_cross(source, flags)
                print(source, ours.render())
    for first in range(0, len(taken), BATCH):
        batch = taken[first : first + BATCH]
        codes = board.mpy_cross("".join(source for source, _ in batch), flags)
        for (source, ours), theirs in zip(batch, codes, strict=True):
            assert ours == theirs, source
    counts["taken"] = len(taken)
    return counts


ISAS = pytest.mark.parametrize(
    ("isa", "flags"), [(board.ISA, "zba,zcmp"), ("rv32imc", "")], ids=["zba,zcmp", "plain"]
)


@ISAS
def test_random_functions(isa: str, flags: str) -> None:
    choice = random.Random(1)
    functions = [board.function(f"f{number}", choice, isa) for number in range(250)]
    counts = check(functions, isa, flags)
    assert min(counts.values()) > 5, counts


def test_jumps_in_long_functions() -> None:
    choice = random.Random(4)
    functions = [board.long_function(f"f{number}", choice) for number in range(40)]
    counts = check(functions, board.ISA, "zba,zcmp")
    assert min(counts["taken"], counts["refused"]) > 5, counts


@pytest.mark.heavy
@ISAS
def test_ten_thousand_random_functions(isa: str, flags: str) -> None:
    choice = random.Random(2)
    functions = [board.function(f"f{number}", choice, isa) for number in range(5000)]
    print(check(functions, isa, flags))


def boundary_functions(mnemonic: str, choice: random.Random) -> list[str]:
    statements = {board.statement(mnemonic, choice) for _ in range(60)}
    return [
        f"@micropython.asm_rv32\ndef f():\n    {line}\n"
        + "".join(f"    label({label})\n" for label in board.LABELS)
        for line in sorted(statements)
    ]


@pytest.mark.parametrize("mnemonic", board.mnemonics())
def test_every_mnemonic_at_its_ends(mnemonic: str) -> None:
    check(boundary_functions(mnemonic, random.Random(python_name(mnemonic))), board.ISA, "zba,zcmp")


def test_constants_of_every_shape() -> None:
    choice = random.Random(3)
    values = {1 << bit for bit in range(32)} | {choice.getrandbits(32) for _ in range(300)}
    values |= {value + step for value in values for step in (-1, 1, -33, -32, 31, 32)}
    functions = [
        f"@micropython.asm_rv32\ndef f{number}():\n    li({register}, {value})\n"
        for number, value in enumerate(sorted(values))
        for register in ("zero", "t0", "a0")
    ]
    counts = check(functions, "rv32imc", "")
    assert counts["taken"] == len(functions)
    assert board_constant(0x5000, 2) == (("lui", 5),)
