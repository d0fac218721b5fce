"""gcc's programs through the decorator: -O1, -O2 and -Os code gives what the host's gcc gives.

gcc's assembly text is rewritten statement by statement as the body of one function of ours, its
constants as data behind the code.
"""

from __future__ import annotations

import ctypes
import importlib.util
import random
import re
from ast import literal_eval
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from corpus import toolchain
from corpus.translator import statement

SOURCE = Path(__file__).parent / "corpus" / "programs.c"
LEVELS = ("-O1", "-O2", "-Os")
FLAGS = (
    "-march=rv32imc", "-mabi=ilp32", "-ffreestanding", "-fno-builtin", "-fwrapv",
    "-fno-jump-tables", "-fno-tree-loop-distribute-patterns", "-fno-section-anchors",
    "-mcmodel=medany", "-mno-explicit-relocs", "-fno-asynchronous-unwind-tables", "-S",
)  # fmt: skip
HOST_FLAGS = ("-O1", "-fwrapv", "-fno-strict-aliasing", "-fno-builtin", "-shared", "-fPIC", "-w")
RUNS = 12


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
def translated(program: Program, level: str, folder: Path) -> str:
    """A module with the program as a decorated function."""
    path = folder / f"{program.name}{level}.c"
    path.write_text(program.text)
    toolchain.run(f"{toolchain.GNU}gcc", *FLAGS, level, path.name, "-o", "out.s", folder=folder)
    body = "\n    ".join(statements((folder / "out.s").read_text()))
    parameters = "a, b, c" if program.takes == "words" else "buffer, length"
    return (
        "from asm_rv32 import asm_rv32\n\n\n@asm_rv32\n"
        f"def {program.name}({parameters}):\n    tail({label_name(program.name)})\n    {body}\n"
    )


def assembled(program: Program, level: str, folder: Path) -> Callable[..., int]:
    path = folder / f"{program.name}_{level[1:]}.py"
    path.write_text(translated(program, level, folder))
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return getattr(module, program.name)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    folder = tmp_path_factory.mktemp("host")
    toolchain.run("gcc", *HOST_FLAGS, str(SOURCE), "-o", "programs.so", folder=folder)
    return ctypes.CDLL(str(folder / "programs.so"))


def words(choice: random.Random) -> list[int]:
    edges = (0, 1, -1, 2, 7, 31, 100, 1 << 15, (1 << 31) - 1, -(1 << 31))
    return [
        choice.choice(edges) if choice.random() < 0.3 else choice.getrandbits(32) - (1 << 31)
        for _ in range(3)
    ]


def both(program: Program, ours: Callable[..., int], theirs: Any, choice: random.Random) -> None:
    if program.takes == "words":
        values = words(choice)
        theirs.argtypes = [ctypes.c_int32] * 3
        assert ours(*values) == theirs(*values), values
        return
    length = choice.randrange(4, 200, 4)
    data = bytes(choice.getrandbits(choice.choice((2, 8))) for _ in range(length))
    mine, other = bytearray(data), ctypes.create_string_buffer(data, length)
    assert ours(mine, length) == theirs(other, length), data
    assert bytes(mine) == other.raw


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("program", programs(), ids=lambda program: program.name)
def test_it_gives_what_the_hosts_compiler_gives(
    program: Program, level: str, host: ctypes.CDLL, tmp_path: Path
) -> None:
    ours = assembled(program, level, tmp_path)
    theirs = getattr(host, program.name)
    choice = random.Random(f"{program.name}{level}")
    for _ in range(RUNS):
        both(program, ours, theirs, choice)


def test_there_are_a_hundred_programs() -> None:
    assert len(programs()) * len(LEVELS) >= 100
