"""The same source, assembled once: what the host's machine gives, the firmware's must give."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from board import Board

from asm_rv32.assembler.pipeline import Module, assemble
from asm_rv32.formats.board.merge import compile_mpy
from asm_rv32.formats.board.module import machine_function
from asm_rv32.formats.board.romfs import build
from asm_rv32.machine import emulator

Argument = int | bytes


class Call(NamedTuple):
    """A call of a function of the module; bytes stand for a buffer that the code may change."""

    function: str
    arguments: tuple[Argument, ...]


def on_host(module: Module, calls: Sequence[Call]) -> list[str]:
    """The result and the buffers of each call, as the board's script prints them."""
    lines = []
    for call in calls:
        values = [bytearray(a) if isinstance(a, bytes) else a for a in call.arguments]
        outcome = emulator.run(module.functions[call.function], values)
        buffers = [bytes(value) for value in values if isinstance(value, bytearray)]
        lines.append(f"{outcome.result} {[buffer.hex() for buffer in buffers]}")
    return lines


def script(name: str, calls: Sequence[Call]) -> str:
    """A script that makes the same calls on the board."""
    lines = [
        f"import {name} as m",
        "def call(f, *args):",
        "    args = [bytearray(a) if isinstance(a, bytes) else a for a in args]",
        "    print(f(*args), [bytes(a).hex() for a in args if isinstance(a, bytearray)])",
    ]
    for call in calls:
        lines.append(f"call(m.{', '.join([call.function, *map(repr, call.arguments)])})")
    return "\n".join(lines)


def mpy_of(source: str, name: str) -> tuple[Module, bytes]:
    module = assemble(source, path=name)
    given = [machine_function(image) for image in module.functions.values()]
    return module, compile_mpy(source, given, source_name=name)


def check(board: Board, source: str, calls: Sequence[Call]) -> None:
    module, mpy = mpy_of(source, "module.py")
    printed = board.run(script("module", calls), files={"module.mpy": mpy})
    assert printed.split("\n")[:-1] == on_host(module, calls)


RICH = """\
'''What the board's own assembler lacks: names, expressions, pseudo-instructions, relaxation.'''
from asm_rv32 import asm_rv32, uint
TAPS = 4
BIG = 0x12345678

@asm_rv32
def fir(samples, count):
    mv(t0, samples)
    li(t1, 0)
    for tap in range(TAPS):
        lb(t2, tap(t0))
        slli(t2, t2, tap)
        add(t1, t1, t2)
    mul(a0, t1, count)

@asm_rv32
def constant() -> uint:
    li(a0, BIG * 7 + (1 << 31))

@asm_rv32
def far(flag) -> bool:
    beqz(flag, end)
    li(a0, 0)
    for filler in range(3000):
        nop()
    label(end)
    seqz(a0, flag)

@asm_rv32
def table(index):
    la(t0, values)
    slli(t1, index, 2)
    add(t0, t0, t1)
    lw(a0, 0(t0))
    ret()
    align(4)
    label(values)
    data(4, 10, -20, 30, 0x7fffffff)

@asm_rv32
def counter():
    la(t0, count)
    lw(a0, 0(t0))
    addi(a0, a0, 1)
    sw(a0, 0(t0))
    ret()
    align(4)
    label(count)
    data(4, 0)

@asm_rv32
def reverse(buffer, size):
    add(t0, buffer, size)
    label(again)
    addi(t0, t0, -1)
    bleu(t0, buffer, done)
    lbu(t1, 0(t0))
    lbu(t2, 0(buffer))
    sb(t2, 0(t0))
    sb(t1, 0(buffer))
    addi(buffer, buffer, 1)
    j(again)
    label(done)
    li(a0, 0)
"""
RICH_CALLS = [
    Call("fir", (b"\x01\x80\x7f\xff", 3)),
    Call("constant", ()),
    Call("far", (0,)),
    Call("far", (1,)),
    *(Call("table", (index,)) for index in range(4)),
    Call("reverse", (b"some bytes", 10)),
]


def test_the_rich_dialect(board: Board) -> None:
    check(board, RICH, RICH_CALLS)


def test_data_keeps_its_value_between_calls(board: Board) -> None:
    _, mpy = mpy_of(RICH, "rich.py")
    calls = script("rich", [Call("counter", ())] * 3)
    assert board.run(calls, files={"rich.mpy": mpy}) == "1 []\n2 []\n3 []\n"


def test_the_rich_dialect_beside_python_in_a_romfs_image(board: Board, tmp_path: Path) -> None:
    source = RICH + "def main():\n    return [table(i) for i in range(TAPS)], constant()\n"
    (tmp_path / "rich.py").write_text(source)
    image = build(tmp_path, lambda path, name: mpy_of(path.read_text(), name)[1])
    printed = board.run("import rich; print(rich.main())", romfs=image)
    functions = assemble(source).functions
    table = [emulator.run(functions["table"], [index]).result for index in range(4)]
    assert printed == f"{(table, emulator.run(functions['constant'], []).result)}\n"


_THREE = (
    "add", "sub", "and_", "or_", "xor", "sll", "srl", "sra", "slt", "sltu",
    "mul", "mulh", "mulhu", "mulhsu", "div", "divu", "rem", "remu",
)  # fmt: skip
_IMMEDIATE = ("addi", "andi", "ori", "xori", "slti", "sltiu")
_SHIFT = ("slli", "srli", "srai")
_TWO = ("mv", "neg", "not_", "seqz", "snez", "sltz", "sgtz", "zext_b", "sext_h")
_BRANCH = ("beq", "bne", "blt", "bge", "bltu", "bgeu")
_LOAD = (("lw", 4), ("lh", 2), ("lhu", 2), ("lb", 1), ("lbu", 1))
_STORE = (("sw", 4), ("sh", 2), ("sb", 1))
_BUFFER = 64


def _random_function(rng: random.Random, name: str) -> str:
    registers = [f"a{n}" for n in range(6)] + [f"t{n}" for n in range(6)]
    # t6 holds the buffer throughout; every register starts with a known value.
    lines = [f"@asm_rv32\ndef {name}(buffer, x, y, z):", "    mv(t6, buffer)", "    mv(a0, x)"]
    lines += [f"    li({register}, {rng.getrandbits(32)})" for register in registers[4:]]
    pending: list[tuple[int, str]] = []
    for number in range(60):
        pick = [rng.choice(registers) for _ in range(3)]
        kind = rng.random()
        if kind < 0.35:
            line = f"{rng.choice(_THREE)}({', '.join(pick)})"
        elif kind < 0.5:
            line = f"{rng.choice(_IMMEDIATE)}({pick[0]}, {pick[1]}, {rng.randrange(-2048, 2048)})"
        elif kind < 0.6:
            line = f"{rng.choice(_SHIFT)}({pick[0]}, {pick[1]}, {rng.randrange(32)})"
        elif kind < 0.7:
            line = f"{rng.choice(_TWO)}({pick[0]}, {pick[1]})"
        elif kind < 0.9:
            mnemonic, size = rng.choice(_LOAD + _STORE)
            line = f"{mnemonic}({pick[0]}, {rng.randrange(0, _BUFFER, size)}(t6))"
        else:
            label = f"l{number}"
            line = f"{rng.choice(_BRANCH)}({pick[0]}, {pick[1]}, {label})"
            pending.append((number + rng.randrange(1, 20), label))
        lines.append(f"    {line}")
        lines += [f"    label({label})" for at, label in pending if at == number]
    lines += [f"    label({label})" for at, label in pending if at >= 60]
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(4))
def test_random_programs(board: Board, seed: int) -> None:
    rng = random.Random(seed)
    names = [f"f{number}" for number in range(50)]
    source = "\n".join(_random_function(rng, name) for name in names)
    calls = [
        Call(name, (rng.randbytes(_BUFFER), *(rng.getrandbits(32) for _ in range(3))))
        for name in names
        for _ in range(2)
    ]
    check(board, source, calls)
