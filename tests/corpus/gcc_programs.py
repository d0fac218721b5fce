"""gcc's code of the programs of programs.c, as statements of one function of ours.

Input: programs.c, a level of optimisation. Output: statements, code first, then its constants.
"""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from corpus import toolchain
from corpus.translator import statement

SOURCE = Path(__file__).parent / "programs.c"
FLAGS = (
    "-march=rv32imc", "-mabi=ilp32", "-ffreestanding", "-fno-builtin", "-fwrapv",
    "-fno-jump-tables", "-fno-tree-loop-distribute-patterns", "-fno-section-anchors",
    "-mcmodel=medany", "-mno-explicit-relocs", "-fno-asynchronous-unwind-tables", "-S",
)  # fmt: skip


class Program(NamedTuple):
    """A program's name, what it takes, and its C text."""

    name: str
    takes: str
    text: str


def programs() -> list[Program]:
    head, *parts = re.split(r"^//! (.*)\n", SOURCE.read_text(), flags=re.MULTILINE)
    titles = [title.split() for title in parts[::2]]
    return [
        Program(name, takes, head + body)
        for (takes, name), body in zip(titles, parts[1::2], strict=True)
    ]


SIZES = {".word": 4, ".half": 2, ".byte": 1}
SILENT = (
    ".file", ".option", ".attribute", ".text", ".globl", ".type", ".size", ".ident", ".section",
    ".set", ".local", ".rodata", ".data",
)  # fmt: skip


def label_name(symbol: str) -> str:
    return "L_" + re.sub(r"\W", "_", symbol)


def statements(assembly: str) -> Iterator[str]:
    """gcc's text as statements of asm_rv32: code, then data, in its order."""
    for written in assembly.splitlines():
        line = written.partition("#")[0].strip() if '"' not in written else written.strip()
        if not line:
            continue
        if line.endswith(":"):
            yield f"label({label_name(line[:-1])})"
            continue
        name, rest = (line.split(maxsplit=1) + [""])[:2]
        if name in SIZES:
            yield f"data({SIZES[name]}, {rest})"
        elif name in (".string", ".ascii"):
            text = literal_eval(f"b{rest}") + b"\0" * (name == ".string")
            yield f"data(1, {text!r})"
        elif name == ".zero":
            yield f"space({rest})"
        elif name == ".align":
            yield f"align({1 << int(rest)})"
        elif not name.startswith("."):
            yield from instruction(name, rest.split(",") if rest else [])
        else:
            assert name in SILENT, line


def instruction(name: str, operands: list[str]) -> Iterator[str]:
    symbol, _, offset = (operands[-1] if operands else "").partition("+")
    if name in ("la", "lla"):
        yield f"la({operands[0]}, {label_name(symbol)})"
        if offset:
            yield f"addi({operands[0]}, {operands[0]}, {offset})"
        return
    targeted = name in ("j", "call", "tail", "jal") or (name[0] == "b" and "." in symbol)
    if targeted:
        operands = [*operands[:-1], label_name(symbol)]
    yield statement(name, operands)


@lru_cache
def body(program: Program, level: str, folder: Path) -> tuple[str, ...]:
    """The statements of a program, its entry point first; made in a folder."""
    path = folder / f"{program.name}{level}.c"
    path.write_text(program.text)
    toolchain.run(f"{toolchain.GNU}gcc", *FLAGS, level, path.name, "-o", "out.s", folder=folder)
    made = statements((folder / "out.s").read_text())
    return (f"tail({label_name(program.name)})", *made)


def parameters(program: Program) -> str:
    """Those of its function."""
    return "a, b, c" if program.takes == "words" else "buffer, length"
