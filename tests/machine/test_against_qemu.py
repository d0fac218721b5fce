"""The machine against qemu-riscv32: the same random code leaves the same registers and memory."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from corpus import toolchain

from asm_rv32.machine.emulator import run
from asm_rv32.machine.settings import Settings

from . import gnu

STATE = 512
"""Bytes of a program's state: the words of x0 to x31, then memory."""
FREE = [number for number in range(1, 27) if number != 2]
"""x2 is sp; x27 and up hold what the frame around the random code needs."""
REGISTER_OPS = [
    "add",
    "sub",
    "and",
    "or",
    "xor",
    "sll",
    "srl",
    "sra",
    "slt",
    "sltu",
    "mul",
    "mulh",
    "mulhu",
    "mulhsu",
    "div",
    "divu",
    "rem",
    "remu",
]
IMMEDIATE_OPS = ["addi", "andi", "ori", "xori", "slti", "sltiu"]
SHIFTS = ["slli", "srli", "srai"]
BRANCHES = ["beq", "bne", "blt", "bge", "bltu", "bgeu"]
LOADS, STORES = ["lb", "lbu", "lh", "lhu", "lw"], ["sb", "sh", "sw"]
ATOMICS = ["swap", "add", "xor", "and", "or", "min", "max", "minu", "maxu"]
EDGES = (0, 1, 2, 31, 32, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x8000_0001, 0xFFFF_8000)


def statement(choose: random.Random, number: int) -> str:
    """One random statement, or a branch over one."""
    rd, rs1, rs2 = (f"x{choose.choice(FREE)}" for _ in range(3))
    kind = choose.randrange(9)
    if kind < 3:
        return f"{choose.choice(REGISTER_OPS)} {rd},{rs1},{rs2}"
    if kind == 3:
        return f"{choose.choice(IMMEDIATE_OPS)} {rd},{rs1},{choose.randrange(-2048, 2048)}"
    if kind == 4:
        return f"{choose.choice(SHIFTS)} {rd},{rs1},{choose.randrange(32)}"
    if kind == 5:
        return f"lui {rd},{choose.randrange(1 << 20)}"
    if kind == 6:
        name = choose.choice(LOADS + STORES)
        return f"{name} {rd},{choose.randrange(128, STATE - 4)}(x27)"
    if kind == 7:
        address = 128 + 4 * choose.randrange((STATE - 128) // 4)
        return f"addi x28,x27,{address}\namo{choose.choice(ATOMICS)}.w {rd},{rs1},(x28)"
    label = f"over{number}"
    inner = f"{choose.choice(REGISTER_OPS)} {rd},{rs2},{rs1}"
    return f"{choose.choice(BRANCHES)} {rs1},{rs2},{label}\n{inner}\n{label}:"


COUNTERS = ("x30", "x29")
"""Of loops, and of those within them."""


def loop(choose: random.Random, labels: Iterator[int], depth: int = 0) -> list[str]:
    """Random statements that are executed several times, some of them in a loop of their own."""
    counter, label = COUNTERS[depth], f"again{next(labels)}"
    lines = [f"li {counter},{choose.randrange(1, 6)}", f"{label}:"]
    for _ in range(choose.randrange(2, 12)):
        if depth + 1 < len(COUNTERS) and choose.random() < 0.1:
            lines += loop(choose, labels, depth + 1)
        else:
            lines.append(statement(choose, next(labels)))
    return [*lines, f"addi {counter},{counter},-1", f"bnez {counter},{label}"]


def program(choose: random.Random, number: int) -> str:
    """A function of one argument, the address of its state, which it reads and leaves behind."""
    labels = count(10_000 * number)
    body: list[str] = []
    for _ in range(60):
        body += loop(choose, labels) if choose.random() < 0.1 else [statement(choose, next(labels))]
    return "\n".join(
        [
            "mv x27,a0",
            "mv x31,ra",
            *(f"lw x{register},{4 * register}(x27)" for register in FREE),
            *body,
            *(f"sw x{register},{4 * register}(x27)" for register in FREE),
            "jr x31",
        ]
    )


def state(choose: random.Random) -> bytes:
    words = [
        choose.choice(EDGES) if choose.random() < 0.4 else choose.getrandbits(32)
        for _ in range(STATE // 4)
    ]
    return b"".join(word.to_bytes(4, "little") for word in words)


def under_qemu(programs: list[str], states: list[bytes], folder: Path) -> bytes:
    """All states after the programs, run one after the other by one Linux process."""
    text = [".text", ".globl _start", "_start:"]
    for number in range(len(programs)):
        text += [f"la a0,state+{number * STATE}", f"call program{number}"]
    size = len(programs) * STATE
    text += ["li a0,1", "la a1,state", f"li a2,{size}", "li a7,64", "ecall"]
    text += ["li a0,0", "li a7,93", "ecall"]
    for number, body in enumerate(programs):
        text += [".balign 4", f"program{number}:", body]
    text += [".data", ".balign 16", "state:"]
    text += [f".byte {','.join(map(str, content))}" for content in states]
    (folder / "x.s").write_text("\n".join(text) + "\n")
    gas = (f"{toolchain.GNU}as", "-march=rv32imac", "-mabi=ilp32")
    toolchain.run(*gas, "x.s", "-o", "x.o", folder=folder)
    link = (f"{toolchain.GNU}ld", "-melf32lriscv", "--no-relax")
    toolchain.run(*link, "x.o", "-o", "x.elf", folder=folder)
    qemu = toolchain.find("qemu-riscv32")
    done = subprocess.run([qemu, "x.elf"], cwd=folder, check=True, capture_output=True, timeout=60)
    return done.stdout


def agree(seed: int, folder: Path) -> None:
    """That fifty programs leave what they leave under qemu."""
    choose = random.Random(seed)
    programs = [program(choose, number) for number in range(50)]
    states = [state(choose) for _ in programs]
    wanted = under_qemu(programs, states, folder)
    settings = Settings(misaligned=True, sanitize=False)
    for number, (body, before) in enumerate(zip(programs, states)):
        image = gnu.image(body, ["state"])
        buffer = bytearray(before)
        run(image, (buffer,), settings)
        assert buffer == wanted[number * STATE : (number + 1) * STATE], body


@pytest.mark.parametrize("seed", range(2))
def test_random_programs_leave_what_qemu_leaves(seed: int, tmp_path: Path) -> None:
    agree(seed, tmp_path)


@pytest.mark.heavy
def test_many_random_programs_leave_what_qemu_leaves(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Two thousand with --thorough."""
    for seed in range(2, 42 if pytestconfig.getoption("--thorough") else 6):
        agree(seed, tmp_path)
