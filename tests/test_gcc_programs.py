"""gcc's programs through the decorator: -O1, -O2 and -Os code gives what the host's gcc gives.

gcc's assembly text is rewritten statement by statement as the body of one function of ours, its
constants as data behind the code.
"""

from __future__ import annotations

import ctypes
import importlib.util
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corpus import toolchain
from corpus.gcc_programs import SOURCE, Program, body, parameters, programs

LEVELS = ("-O1", "-O2", "-Os")
HOST_FLAGS = ("-O1", "-fwrapv", "-fno-strict-aliasing", "-fno-builtin", "-shared", "-fPIC", "-w")
RUNS = 12


def translated(program: Program, level: str, folder: Path) -> str:
    """A module with the program as a decorated function."""
    lines = "".join(f"    {line}\n" for line in body(program, level, folder))
    return (
        "from asm_rv32 import asm_rv32\n\n\n@asm_rv32\n"
        f"def {program.name}({parameters(program)}):\n{lines}"
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
