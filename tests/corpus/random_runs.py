"""Runs of two functions on the same random arguments, by the million, under qemu-riscv32.

Input: images without relocations, and what is known of their arguments. Output: arguments for which
a caller sees a difference.
Invariant: the same seed gives the same runs; boundary values are among them (`random_runs.c`).
"""

from __future__ import annotations

import subprocess
import tempfile
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from asm_rv32.isa.image import NOTHING, Image
from asm_rv32.isa.words import WORD
from asm_rv32.prove.inputs import AnyArray, AnyWord, itemsize
from corpus import toolchain

HERE = Path(__file__).parent
AROUND = 64
"""Bytes around arrays, as in the C program."""
SECONDS = 900
"""What does not end by then is taken for endless: a million runs of the slowest take 20."""


def told_apart(
    one: Image, other: Image, arguments: Sequence[Any], runs: int, seed: int
) -> list[Any] | str | None:
    """Arguments for which a caller can tell the functions apart, or how a call ended that did not
    return; None where no run shows a difference."""
    assert not one.relocations and not other.relocations
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "random_runs.h").write_text(_header(one, arguments, runs, seed))
        for image, file in ((one, "one"), (other, "other")):
            (folder / f"{file}.bin").write_bytes(image.code)
        toolchain.run(
            f"{toolchain.GNU}gcc", "-O2", "-march=rv32imac", "-mabi=ilp32", "-ffreestanding",
            "-nostdlib", "-static", "-mno-relax", "-Wall", "-Wextra", "-Werror", "-I.",
            f"-Wl,-melf32lriscv,--defsym=one=first+{one.entry}",
            f"-Wl,--defsym=other=second+{other.entry}",
            str(HERE / "random_runs.c"), str(HERE / "random_runs.s"), "-o", "runs", folder=folder,
        )  # fmt: skip
        command = [toolchain.find("qemu-riscv32"), "runs"]
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return "a call does not end"
    if done.returncode in (0, 1):
        return _values(done.stdout, arguments) if done.returncode else None
    return f"a call ends the program with {done.returncode}"


def _header(image: Image, arguments: Sequence[Any], runs: int, seed: int) -> str:
    rows, memory = [], AROUND
    for each in arguments:
        if isinstance(each, AnyArray):
            assert each.known is None
            size = itemsize(each.typecode)
            rows.append(f"{{0, 0, {each.items}, {size}}}")
            memory += each.items * size + AROUND + 15 & -16
        else:
            low, high = (each.low, each.high) if isinstance(each, AnyWord) else (each, each)
            rows.append(f"{{{low & WORD}u, {high & WORD}u, 0, 0}}")
    result = {NOTHING: 0, "bool": 2}.get(image.returns, 1)
    numbers = {
        "MEMORY": memory, "ARGUMENTS": len(rows), "RESULT": result, "RUNS": runs, "SEED": seed,
    }  # fmt: skip
    return "\n".join([
        "#include <stddef.h>",
        "#include <stdint.h>",
        f"enum {{ {', '.join(f'{name} = {number}' for name, number in numbers.items())} }};",
        "struct argument { uint32_t low, high, items, size; }; /* size 0: a word */",
        f"static const struct argument arguments[] = {{ {', '.join(rows)} }};",
    ])  # fmt: skip


def _values(raw: bytes, arguments: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for each in arguments:
        is_array = isinstance(each, AnyArray)
        size = each.items * itemsize(each.typecode) if is_array else 4
        part, raw = raw[:size], raw[size:]
        found.append(array(each.typecode, part) if is_array else int.from_bytes(part, "little"))
    return found
