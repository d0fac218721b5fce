"""Straight programs of random instructions, and programs that are not ours which run them.

Input: an ISA string and a seed. Output: a `Batch`: one memory image for every witness; and what
each of them leaves of its states.
Invariant: an image stands at the same address everywhere, so that even addresses are comparable;
every access is aligned and within the state of its own program.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from asm_rv32.isa.effects import BRANCH, NEXT, Effects
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import InstructionSet, instruction_set

from . import toolchain
from .instructions import draw_all

SPIKE_BASE = 0x8000_1000
"""A page above where spike's memory starts: the first holds the headers of the file."""
QEMU_BASE = 0x0010_0000
"""qemu's user mode wants an address below 0x80000000."""
STATE = 1024
"""Bytes of a program's state: the words of x0 to x31, then memory."""
WINDOW, MIDDLE = 128, 576
"""Where the memory starts, and where addresses are counted from."""
POINTER, HERE = 3, 4
"""gp and tp hold the state's address, and its middle's; no random instruction touches them."""
FREE = [number for number in range(1, 32) if number not in (POINTER, HERE)]
EDGES = (0, 1, 2, 31, 32, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x8000_0001, 0xFFFF_8000)
ENDING = 64
"""Bytes kept for how a program ends, which differs."""


class Batch(NamedTuple):
    """Programs one after the other, then their states."""

    isa: str
    base: int
    code: bytes
    states: bytes
    instructions: int
    """Random ones among all."""

    @property
    def states_at(self) -> int:
        return self.base + len(self.code) + ENDING

    @property
    def stop(self) -> int:
        """A word behind the states; a store there ends the run."""
        return (self.states_at + len(self.states) + 63) & -64

    def memory(self, ending: bytes = b"") -> bytes:
        """The image. Without an ending of its own it stores 1 to `stop`."""
        plain = instruction_set("rv32i")
        upper = (self.stop + 0x800) >> 12
        lower = (self.stop + 0x800 & 0xFFF) - 0x800
        stores = _code(plain, ("lui", 5, upper - (upper >> 19 << 20)), ("addi", 6, 0, 1),
                       ("sw", 6, lower, 5), ("jal", 0, 0))  # fmt: skip
        return (
            self.code
            + (ending or stores).ljust(ENDING, b"\0")
            + self.states.ljust(self.stop - self.states_at, b"\0")
            + bytes(64)
        )


def _code(instructions: InstructionSet, *written: tuple[object, ...]) -> bytes:
    """Base instructions by name and values in the order of their first syntax."""
    found = b""
    for name, *operands in written:
        row = instructions.row(str(name))
        values = dict(zip((slot.variable for slot in row.syntaxes[0].slots), operands))
        word = row.encode(tuple(values[at] for at in range(len(row.variables))))  # type: ignore[misc]
        found += word.to_bytes(row.size, "little")
    return found


def batch(isa: str, programs: int, *, seed: int, base: int, length: int = 60) -> Batch:
    """So many programs of so many random instructions each."""
    choose = random.Random(seed)
    instructions = instruction_set(isa)
    plain = instruction_set("rv32i")
    middle = ("addi", HERE, POINTER, MIDDLE)
    before = _code(plain, middle, *(("lw", n, 4 * n, POINTER) for n in FREE))
    after = _code(
        plain, *(("sw", n, 4 * n, POINTER) for n in FREE), ("addi", POINTER, POINTER, STATE)
    )
    words = _Chooser(instructions, choose)
    bodies = [b"".join(words.next() for _ in range(length)) for _ in range(programs)]
    bodies = [body + bytes((1, 0)) * (len(body) % 4 // 2) for body in bodies]
    code = b"".join(before + body + after for body in bodies)
    states = b"".join(_word(choose).to_bytes(4, "little") for _ in range(programs * STATE // 4))
    start = len(code) + 8 + ENDING
    upper = (start + 0x800) >> 12
    lower = start - (upper << 12)
    head = _code(plain, ("auipc", POINTER, upper), ("addi", POINTER, POINTER, lower))
    return Batch(isa, base, head + code, states, words.count)


def _word(choose: random.Random) -> int:
    return choose.choice(EDGES) if choose.random() < 0.4 else choose.getrandbits(32)


class _Chooser:
    """Draws instructions that every witness can run, each with what it needs in front of it."""

    def __init__(self, instructions: InstructionSet, choose: random.Random) -> None:
        self.instructions = instructions
        self.choose = choose
        self.count = 0
        self.rows = [row for row in instructions.encodings if not row.hint]

    def next(self) -> bytes:
        while True:
            row = self.choose.choice(self.rows)
            found = Instruction(row, draw_all(row, self.choose))
            touched = found.effects
            if touched.control == BRANCH:
                return self.branch(found)
            prepared = self.prepared(touched)
            if touched.control == NEXT and not touched.outside and prepared is not None:
                self.count += 1
                return prepared + self.encoded(found)

    def prepared(self, touched: Effects) -> bytes | None:
        """What puts an address where the instruction looks for one; None for one left out."""
        if (touched.reads | touched.writes) & (1 << POINTER | 1 << HERE):
            return None
        bases = set()
        for access in touched.accesses:
            base, offset = access.base or (0, 0)
            inside = WINDOW <= MIDDLE + offset <= STATE - access.size
            if not base or offset % access.size or not inside:
                return None
            bases.add(base)
        return _code(self.instructions, *(("addi", base, HERE, 0) for base in bases))

    def branch(self, found: Instruction) -> bytes:
        """The branch, over an instruction that it may skip."""
        row, values = found
        if found.effects.reads & (1 << POINTER | 1 << HERE):
            return b""
        skipped = _code(self.instructions, ("addi", self.choose.choice(FREE), 5, 77))
        over = list(values)
        over[row.target] = row.size + len(skipped)
        self.count += 1
        return self.encoded(Instruction(row, tuple(over))) + skipped

    def encoded(self, found: Instruction) -> bytes:
        row, values = found
        return row.encode(values).to_bytes(row.size, "little")


def _linked(batch: Batch, ending: bytes, folder: Path) -> Path:
    (folder / "image").write_bytes(batch.memory(ending))
    lines = [
        '.section .image,"awx",@progbits',
        ".globl _start, tohost, fromhost, begin_signature, end_signature",
        "_start:", '.incbin "image"',
        f".set begin_signature, _start + {batch.states_at - batch.base}",
        f".set end_signature, _start + {batch.states_at - batch.base + len(batch.states)}",
        f".set tohost, _start + {batch.stop - batch.base}",
        f".set fromhost, _start + {batch.stop - batch.base + 8}",
    ]  # fmt: skip
    (folder / "x.s").write_text("\n".join(lines) + "\n")
    gas = (f"{toolchain.GNU}as", "-march=rv32imac", "-mabi=ilp32")
    toolchain.run(*gas, "x.s", "-o", "x.o", folder=folder)
    link = (f"{toolchain.GNU}ld", "-melf32lriscv", "--no-relax",
            f"--section-start=.image={batch.base:#x}")  # fmt: skip
    toolchain.run(*link, "x.o", "-o", "x.elf", folder=folder)
    return folder / "x.elf"


def under_qemu(batch: Batch, folder: Path) -> bytes:
    """The states as qemu-riscv32 leaves them: it writes them out and exits."""
    plain = instruction_set("rv32i")
    size, at = len(batch.states), batch.states_at
    ending = b""
    for register, value in ((11, at), (12, size), (17, 64), (10, 1)):
        upper = (value + 0x800 & 0xFFFF_FFFF) >> 12
        lower = (value + 0x800 & 0xFFF) - 0x800
        ending += _code(plain, ("lui", register, upper - (upper >> 19 << 20)),
                        ("addi", register, register, lower))  # fmt: skip
    ending += _code(plain, ("ecall",), ("addi", 10, 0, 0), ("addi", 17, 0, 93), ("ecall",))
    elf = _linked(batch, ending, folder)
    qemu = toolchain.find("qemu-riscv32")
    # The default CPU of qemu 7.2 has what it knows of Zba, Zbb, Zbc and Zbs alone.
    cpu = ",".join(["rv32", *(f"{name}=true" for name in batch.isa.split("_")[1:])])
    command = [qemu, "-cpu", cpu, elf]
    done = subprocess.run(command, check=True, capture_output=True, timeout=300)
    assert len(done.stdout) == size
    return done.stdout


def under_spike(batch: Batch, folder: Path) -> bytes:
    """The states as spike, the simulator of the RISC-V foundation, leaves them."""
    elf = _linked(batch, b"", folder)
    signature = folder / "signature"
    subprocess.run(
        [toolchain.spike(), f"--isa={batch.isa}_zicsr_zifencei", f"+signature={signature}",
         "+signature-granularity=4", str(elf)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    words = signature.read_text().split()
    found = b"".join(int(word, 16).to_bytes(4, "little") for word in words)
    return found[: len(batch.states)]


def differences(batch: Batch, one: bytes, other: bytes) -> Iterator[str]:
    """Where two witnesses leave something else, in words."""
    for at in range(0, len(one), 4):
        if one[at : at + 4] != other[at : at + 4]:
            program, place = divmod(at, STATE)
            what = f"x{place // 4}" if place < WINDOW else f"memory at {place}"
            yield f"program {program}: {what}: {one[at : at + 4].hex()} {other[at : at + 4].hex()}"
