"""Straight programs of random instructions, and programs that are not ours which run them.

Input: an ISA string and a seed. Output: a `Batch`: one memory image for every witness; and what
each of them leaves of its states.
Invariant: an image stands at the same address everywhere, so that even addresses are comparable;
every access is aligned and within the state of its own program.
"""

from __future__ import annotations

import random
import subprocess
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from asm_rv32.isa.effects import END, NEXT, Access, Effects
from asm_rv32.isa.meaning import IDLE, Act, Let, Load, Local, Place, Read, Write, within
from asm_rv32.isa.operands import FFLAGS, FLOAT
from asm_rv32.isa.reading import Reading, perform
from asm_rv32.isa.rows import Instruction, Row, lower_part, upper_part
from asm_rv32.isa.sets import InstructionSet, instruction_set
from asm_rv32.isa.words import OPERATIONS

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
FLOATS, FCSR = 128, 256
"""Where a program with F finds f0 to f31 and fcsr, and leaves them."""
FLOAT_EDGES = (
    0, 1, 2, 0x007F_FFFF, 0x0080_0000, 0x0080_0001, 0x00FF_FFFF, 0x3F80_0000, 0x3F7F_FFFF,
    0x3F80_0001, 0x3F00_0000, 0x3EFF_FFFF, 0x3FC0_0000, 0x4020_0000, 0x4AFF_FFFF, 0x4B00_0001,
    0x4B7F_FFFF, 0x4EFF_FFFF, 0x4F00_0000, 0x4F7F_FFFF, 0x4F80_0000, 0x7F7F_FFFF, 0x7F80_0000,
    0x7FC0_0000, 0x7F80_0001, 0x7FFF_FFFF,
)  # fmt: skip
"""Zeros, subnormals, halves, ends of the integers, infinities and NaNs of both sorts."""
MSCRATCH = 0x340
WITHOUT = {"fence", "fence_i", "load_reserved", "store_conditional"}
"""What a program does beyond registers and memory that is the same on every hart."""
WITH_PRIVILEGES = {*WITHOUT, *IDLE, "swap_csr", "set_csr", "clear_csr"}
TRIES = 200
"""Operands that are drawn for a row, so that each is as likely as any other."""
ENDING = 64
"""Bytes kept for how a program ends, which differs."""


class Batch(NamedTuple):
    """Programs one after the other, then their states."""

    isa: str
    base: int
    code: bytes
    states: bytes
    executions: Counter[Row]
    """How often an instruction of a row is executed, but for those that prepare another."""

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
        stores = _code(plain, *_loaded(5, self.stop), ("addi", 6, 0, 1), ("sw", 6, 0, 5),
                       ("jal", 0, 0))  # fmt: skip
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


def _loaded(register: int, value: int) -> tuple[tuple[object, ...], ...]:
    """What puts a value into a register, in two instructions."""
    upper = (value + 0x800 & 0xFFFF_FFFF) >> 12
    lower = (value + 0x800 & 0xFFF) - 0x800
    return ("lui", register, upper - (upper >> 19 << 20)), ("addi", register, register, lower)


def batch(
    isa: str, programs: int, *, seed: int, base: int, length: int = 60,
    only: Collection[str] = (), rounds: int = 1,
) -> Batch:  # fmt: skip
    """So many programs of so many random instructions each, all of them so many times, each time
    on other states; `only`: of rows of these files."""
    choose = random.Random(seed)
    instructions = instruction_set(isa)
    plain = instruction_set("rv32i")
    middle = ("addi", HERE, POINTER, MIDDLE)
    before = _code(plain, middle, *(("lw", n, 4 * n, POINTER) for n in FREE))
    after = _code(
        plain, *(("sw", n, 4 * n, POINTER) for n in FREE), ("addi", POINTER, POINTER, STATE)
    )
    if instructions.has_fcsr:
        before, after = _with_floats(instructions, before, after)
    words = _Chooser(instructions, choose, only, base == SPIKE_BASE)
    bodies = [b"".join(words.next() for _ in range(length)) for _ in range(programs)]
    bodies = [body + bytes((1, 0)) * (len(body) % 4 // 2) for body in bodies]
    code = b"".join(before + body + after for body in bodies)
    code += _code(plain, ("addi", 0, 0, 0)) * (len(code) % 8 // 4)  # states are of eight bytes
    word = _float_word if instructions.has_fcsr else _word
    states = b"".join(
        word(choose).to_bytes(4, "little") for _ in range(programs * rounds * STATE // 4)
    )
    if rounds > 1:
        # Behind the head is where they begin, and behind an ending stand the states.
        first = base + 8
        end = first + len(code) + 24 + ENDING + len(states)
        code += _code(plain, *_loaded(5, end), ("beq", POINTER, 5, 16), *_loaded(5, first),
                      ("jalr", 0, 5, 0))  # fmt: skip
    start = len(code) + 8 + ENDING
    upper = (start + 0x800) >> 12
    lower = start - (upper << 12)
    head = _code(plain, ("auipc", POINTER, upper), ("addi", POINTER, POINTER, lower))
    executions = Counter({row: count * rounds for row, count in words.count.items()})
    return Batch(isa, base, head + code, states, executions)


def _word(choose: random.Random) -> int:
    return choose.choice(EDGES) if choose.random() < 0.4 else choose.getrandbits(32)


def _float_word(choose: random.Random) -> int:
    """A word of any sort, which may well be a number that rounds, cancels or overflows."""
    sort, sign, fraction = choose.random(), choose.getrandbits(1) << 31, choose.getrandbits(23)
    if sort < 0.3:
        return sign | choose.choice(FLOAT_EDGES)
    if sort < 0.6:
        near = fraction if choose.random() < 0.7 else choose.choice((0, 1, 0x7F_FFFF, 0x40_0000))
        return sign | choose.randrange(100, 160) << 23 | near
    if sort < 0.75:
        exponent = choose.choice((0, choose.randrange(1, 30), choose.randrange(225, 255)))
        return sign | exponent << 23 | fraction
    return _word(choose)


def _with_floats(instructions: InstructionSet, before: bytes, after: bytes) -> tuple[bytes, bytes]:
    """What loads and stores the registers of F and fcsr, too; frm is one of four modes at first."""
    state = _code(instructions, ("lw", 5, FCSR, POINTER), ("andi", 5, 5, 0x7F),
                  ("csrrw", 0, 5, 3), ("lw", 5, 20, POINTER))  # fmt: skip
    left = _code(instructions, ("csrrs", 5, 0, 3), ("sw", 5, FCSR, POINTER))
    # Behind the stores of the other registers, in front of what moves gp.
    stored, moved = after[:-4], after[-4:]
    if instructions.has_float_registers:
        places = [(FLOAT + n, FLOATS + 4 * n, POINTER) for n in range(32)]
        before += _code(instructions, *(("flw", *place) for place in places))
        stored += _code(instructions, *(("fsw", *place) for place in places))
    return before + state, stored + left + moved


class Jump(Reading):
    """Where a jump goes if registers hold 0: how far from what they hold it is."""

    displacement = 0

    def constant(self, word: int) -> int:
        return word

    def place(self, distance: int) -> int:
        return 0

    def read(self, number: int) -> int:
        return 0

    def operation(self, name: str, operands: tuple[int, ...]) -> int:
        return OPERATIONS[name](*operands)

    def goto(self, target: int, condition: object) -> None:
        self.displacement = (target ^ 0x8000_0000) - 0x8000_0000


def through(found: Instruction) -> int:
    """The register that tells where a jump goes; 0 where none does."""
    named = {step.name: step.value for step in found.steps if isinstance(step, Let)}
    target = found.effects.target
    assert target is not None
    inner = [target, *within(target)]
    inner += [each for local in inner if isinstance(local, Local)
              for each in (named[local.name], *within(named[local.name]))]  # fmt: skip
    return next((each.number for each in inner if isinstance(each, Read)), 0)


class _Chooser:
    """Draws instructions that every witness can run, each with what it needs in front of it."""

    def __init__(
        self, instructions: InstructionSet, choose: random.Random, only: Collection[str],
        machine: bool,
    ) -> None:  # fmt: skip
        """`machine`: whether the programs run in machine mode."""
        self.instructions = instructions
        self.choose = choose
        self.count = Counter[Row]()
        self.rows = [
            row for row in instructions.encodings
            if not row.hint and (not only or row.extension in only)
        ]  # fmt: skip
        self.machine = machine
        self.deck: list[Row] = []
        """Rows that are still to come before any comes again: none is rarer than others."""

    def next(self) -> bytes:
        while True:
            if not self.deck:
                self.deck = self.choose.sample(self.rows, len(self.rows))
            row = self.deck.pop()
            for _ in range(TRIES):  # of few operands only does an access lie within the state
                found = Instruction(row, self.drawn(row))
                touched = found.effects
                if touched.control == END or not self.can_run(touched):
                    break
                prepared = self.prepared(touched)
                if prepared is None or (touched.computes_target and not through(found)):
                    continue
                self.count[row] += 1
                if touched.control == NEXT:
                    ahead = self.reserved(touched) + self.fresh(touched)
                    return prepared + ahead + self.encoded(found)
                return prepared + self.jump(found, touched)

    def can_run(self, touched: Effects) -> bool:
        """Whether all that it does beyond registers and memory is the same on every witness."""
        names = {each.name for each in touched.outside}
        return names <= (WITH_PRIVILEGES if self.machine else WITHOUT)

    def fresh(self, touched: Effects) -> bytes:
        """What gives an instruction of F operands out of the state, and now and then a mode."""
        if not touched.writes >> FFLAGS & 1:
            return b""
        code = b""
        if self.choose.random() < 0.1:
            code = _code(self.instructions, ("csrrwi", 0, 2, self.choose.randrange(5)))
        for number in range(1, FFLAGS):
            if touched.reads >> number & 1 and self.choose.random() < 0.7:
                place = self.choose.randrange(WINDOW - MIDDLE, STATE - MIDDLE, 4)
                name = "flw" if number >= FLOAT else "lw"
                code += _code(self.instructions, (name, number, place, HERE))
        return code

    def prepared(self, touched: Effects) -> bytes | None:
        """What puts an address where the instruction looks for one; None for one left out."""
        if (touched.reads | touched.writes) & (1 << POINTER | 1 << HERE):
            return None
        bases = set()
        for each in touched.outside:
            if isinstance(each, Act):
                if each.name.endswith("_block") and not isinstance(each.operands[0], Read):
                    return None  # of a cache, at address 0
                bases |= {operand.number for operand in each.operands if isinstance(operand, Read)}
        for access in touched.accesses:
            base, offset = access.base or (0, 0)
            inside = WINDOW <= MIDDLE + offset <= STATE - access.size
            if not base or offset % access.size or not inside:
                return None
            bases.add(base)
        return _code(self.instructions, *(("addi", base, HERE, 0) for base in bases))

    def drawn(self, row: Row) -> tuple[int, ...]:
        """Values of its operands; a CSR is one that holds whatever it is given."""
        drawn = zip(row.kinds, draw_all(row, self.choose))
        return tuple(MSCRATCH if kind.kind == "csr" else value for kind, value in drawn)

    def reserved(self, touched: Effects) -> bytes:
        """What makes a conditional store succeed, or fail."""
        stores = [each for each in touched.outside if each.name == "store_conditional"]
        if not stores:
            return b""
        ((base, _),) = [access.base or (0, 0) for access in touched.accesses]
        unused = 5 if base != 5 else 6
        loaded = ("lr.w", unused, 0, base)
        lost = [("sc.w", unused, unused, 0, base)] if self.choose.random() < 0.5 else []
        return _code(self.instructions, loaded, *lost)

    def jump(self, found: Instruction, touched: Effects) -> bytes:
        """The jump or branch, over an instruction that it may skip."""
        row, values = found
        skipped = _code(self.instructions, ("addi", self.choose.choice(FREE), 5, 77))
        over = row.size + len(skipped)
        if touched.target is None or isinstance(touched.target, Place):
            there = (*values[: row.target], over, *values[row.target + 1 :])
            return self.encoded(Instruction(row, there)) + skipped
        return self.place(found, through(found), over) + self.encoded(found) + skipped

    def place(self, found: Instruction, register: int, over: int) -> bytes:
        """What puts the address `over` bytes behind the code made here where a jump through a
        register finds it: in that register, or where the jump itself loads it from."""
        loaded = {step.name: step.value for step in found.steps
                  if isinstance(step, Let) and isinstance(step.value, Load)}  # fmt: skip
        for step in found.steps:
            if (
                isinstance(step, Write)
                and step.number == register
                and isinstance(step.value, Local)
            ):
                load = loaded[step.value.name]
                base, offset = Access(4, True, False, load.address, None).base or (0, 0)
                unused = 5 if base != 5 else 6
                stored = _code(self.instructions, ("sw", unused, offset, base))
                return self.here(unused, over + len(stored)) + stored
        target = Jump()
        perform(found.steps, target)
        return self.here(register, over - target.displacement)

    def here(self, register: int, distance: int) -> bytes:
        """What puts the address so many bytes behind itself into a register."""
        upper, lower = upper_part(distance + 8), lower_part(distance + 8)
        return _code(
            self.instructions, ("auipc", register, upper), ("addi", register, register, lower)
        )

    def encoded(self, found: Instruction) -> bytes:
        row, values = found
        return row.encode(values).to_bytes(row.size, "little")


def _linked(batch: Batch, ending: bytes, folder: Path, ahead: int = 0) -> Path:
    """The image as a file; `ahead`: so many instructions behind it are executed first."""
    (folder / "image").write_bytes(batch.memory(ending))
    lines = [
        '.section .image,"awx",@progbits',
        ".globl _start, tohost, fromhost, begin_signature, end_signature",
        "_start:", '.incbin "image"',
        f".set begin_signature, _start + {batch.states_at - batch.base}",
        f".set end_signature, _start + {batch.states_at - batch.base + len(batch.states)}",
        f".set tohost, _start + {batch.stop - batch.base}",
        f".set fromhost, _start + {batch.stop - batch.base + 8}",
        '.section .ahead,"ax",@progbits', ".globl ahead", "ahead:", *["nop"] * ahead,
        "la t0, _start", "jr t0",
    ]  # fmt: skip
    (folder / "x.s").write_text("\n".join(lines) + "\n")
    gas = (f"{toolchain.GNU}as", "-march=rv32imac", "-mabi=ilp32")
    toolchain.run(*gas, "x.s", "-o", "x.o", folder=folder)
    link = (f"{toolchain.GNU}ld", "-melf32lriscv", "--no-relax",
            f"--section-start=.image={batch.base:#x}", "-eahead",
            f"--section-start=.ahead={(batch.stop + 0x1FFF) & -0x1000:#x}")  # fmt: skip
    toolchain.run(*link, "x.o", "-o", "x.elf", folder=folder)
    return folder / "x.elf"


def under_qemu(batch: Batch, folder: Path) -> bytes:
    """The states as qemu-riscv32 leaves them: it writes them out and exits."""
    plain = instruction_set("rv32i")
    size, at = len(batch.states), batch.states_at
    ending = b""
    for register, value in ((11, at), (12, size), (17, 64), (10, 1)):
        ending += _code(plain, *_loaded(register, value))
    ending += _code(plain, ("ecall",), ("addi", 10, 0, 0), ("addi", 17, 0, 93), ("ecall",))
    elf = _linked(batch, ending, folder)
    qemu = toolchain.find("qemu-riscv32")
    # The default CPU of qemu 7.2 has what it knows of Zba, Zbb, Zbc and Zbs alone.
    names = batch.isa.split("_")[1:]
    chosen = dict.fromkeys(names, "true")
    if "zfinx" in names:
        chosen |= {"f": "false", "d": "false"}
    cpu = ",".join(["rv32", *(f"{name}={value}" for name, value in chosen.items())])
    command = [qemu, "-cpu", cpu, elf]
    done = subprocess.run(command, check=True, capture_output=True, timeout=300)
    assert len(done.stdout) == size
    return done.stdout


SLICES = (0, 1700, 3400)
"""spike takes a reservation away after each 5,000 instructions, and a conditional store may then
fail, which the manual lets it do (Unprivileged ISA, 13.2): so many more come ahead of a run."""


def under_spike(batch: Batch, folder: Path) -> bytes:
    """The states as spike, the simulator of the RISC-V foundation, leaves them: each as most of
    some runs have it, in which different conditional stores fail for no reason."""
    runs = [_by_spike(batch, folder, ahead) for ahead in SLICES]
    states = zip(*([run[at : at + STATE] for at in range(0, len(run), STATE)] for run in runs))
    return b"".join(Counter(found).most_common(1)[0][0] for found in states)


def _by_spike(batch: Batch, folder: Path, ahead: int) -> bytes:
    elf = _linked(batch, b"", folder, ahead)
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
