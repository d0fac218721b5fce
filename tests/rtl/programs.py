"""Programs to compare models with RTL: every class and hazard, gcc kernels, random ones.

Each is an image from address 0 with its entry at 0x80; it ends with a store to 0x1ff00 and
uses only RV32IMC, or RV32IC where `multiply` is false. The seeds fix all of them.
"""

from __future__ import annotations

import fcntl
import hashlib
import random
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path

HERE = Path(__file__).parent
BUILD = HERE.parent.parent / "build" / "rtl"
ENTRY = 0x80
STOP_STORE = 0x1FF00
DATA = 0x10000
GCC = "riscv64-unknown-elf-gcc"
OBJCOPY = "riscv64-unknown-elf-objcopy"
LEVELS = ("O0", "O1", "O2", "Os", "O3")

_SCRATCH = ("t0", "t1", "t2", "a0", "a1", "a2", "a3", "a4", "a5", "s0", "s1", "t3", "t4")
_REGISTER = ("add", "sub", "and", "or", "xor", "slt", "sltu")
_IMMEDIATE = ("addi", "andi", "ori", "xori", "slti", "sltiu")
_SHIFTS = ("sll", "srl", "sra")
_MULTIPLY = ("mul", "mulh", "mulhu", "mulhsu")
_DIVIDE = ("div", "divu", "rem", "remu")
_BRANCHES = ("beq", "bne", "blt", "bge", "bltu", "bgeu")
LOADS = (("lb", 1), ("lbu", 1), ("lh", 2), ("lhu", 2), ("lw", 4))
STORES = (("sb", 1), ("sh", 2), ("sw", 4))
_VALUES = (0, 1, 2, -1, -2, 0x7FFFFFFF, -0x80000000, 5, 0x1234, -0x1234, 0xFFFF, 0x10000)


def wrapped(lines: list[str]) -> str:
    """The source of a whole program."""
    start = [f"li s2, {DATA + 1024}", "lui sp, 0x1f"]
    stop = ["nop", "lui t5, 0x20", "sw a0, -256(t5)", "9: j 9b"]
    head = [".option norelax", ".globl start", '.section .start, "ax"', "start:"]
    return "\n".join([*head, *start, *lines, *stop]) + "\n"


def suite(count: int, *, multiply: bool) -> dict[str, bytes]:
    """Name -> image of the class and hazard tests, the kernels and `count` random programs.

    `multiply` says whether the M extension is used.
    """
    sources = micro_programs(multiply=multiply)
    for seed in range(count):
        sources[f"random{seed}"] = random_program(seed, multiply=multiply)
    return images(sources, partial(kernels, multiply=multiply))


def images(
    sources: Mapping[str, str], more: Callable[[Path], Iterable[tuple[str, bytes]]] | None = None
) -> dict[str, bytes]:
    """Name -> image of each source, and of what `more` makes in a folder.

    Kept under build/ until the sources or this folder change.
    """
    parts = [(HERE / name).read_bytes() for name in ("programs.py", "kernels.c", "link.ld")]
    digest = hashlib.sha256(repr((sources, more is None)).encode() + b"".join(parts)).hexdigest()
    folder = BUILD / f"programs-{digest[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:  # test workers assemble them once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            with ThreadPoolExecutor(2) as pool:
                for name, image in pool.map(partial(_assemble, folder), sources.items()):
                    (folder / f"{name}.image").write_bytes(image)
            for name, image in more(folder) if more else ():
                (folder / f"{name}.image").write_bytes(image)
            (folder / "done").touch()
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.image"))}


def _assemble(folder: Path, source: tuple[str, str]) -> tuple[str, bytes]:
    name, text = source
    path = folder / f"{name}.s"
    path.write_text(text)
    return name, _image(path, folder, "rv32imc", [])


def kernels(folder: Path, *, multiply: bool = True) -> Iterator[tuple[str, bytes]]:
    """The C kernels at every optimisation level, compressed and not."""
    for level in LEVELS:
        marches = ("rv32imc", "rv32im") if multiply else ("rv32ic", "rv32i")
        for march in marches if level == "O2" else marches[:1]:
            name = f"kernels_{march}_{level}"
            yield name, _image(HERE / "kernels.c", folder, march, [f"-{level}"], name)


def _image(source: Path, folder: Path, march: str, flags: list[str], name: str = "") -> bytes:
    elf = folder / f"{name or source.stem}.elf"
    command = [GCC, f"-march={march}", "-mabi=ilp32", "-ffreestanding", "-fno-builtin"]
    command += ["-nostdlib", "-Wl,--no-warn-rwx-segments", "-T", str(HERE / "link.ld")]
    subprocess.run([*command, *flags, str(source), "-o", str(elf)], check=True, capture_output=True)
    flat = elf.with_suffix(".bin")
    subprocess.run([OBJCOPY, "-O", "binary", str(elf), str(flat)], check=True, capture_output=True)
    return bytes(ENTRY) + flat.read_bytes()


class Writer:
    """Writes one random program; labels are numbered, loops are bounded by a counter."""

    def __init__(self, seed: int, multiply: bool) -> None:
        self.random = random.Random(seed)
        self.multiply = multiply
        self.lines: list[str] = []
        self.labels = 0
        self.tails: list[str] = []

    def register(self) -> str:
        return self.random.choice(_SCRATCH)

    def pair(self) -> str:
        """A recent destination as often as not, so that hazards are common."""
        return self.random.choice((self.recent, self.register()))

    recent = "a0"

    def wrote(self, name: str) -> str:
        self.recent = name
        return name

    def straight(self) -> None:
        r = self.random
        kind = r.random()
        if kind < 0.16:
            op = r.choice(_REGISTER)
            sources = f"{self.pair()}, {self.pair()}"
            self.lines.append(f"{op} {self.wrote(self.register())}, {sources}")
        elif kind < 0.22:
            rd = self.pair()
            self.lines.append(
                f"{r.choice(('add', 'sub', 'xor', 'and', 'or'))} {rd}, {rd}, {self.pair()}"
            )
        elif kind < 0.36:
            source = self.pair()
            rd = r.choice((source, self.register()))
            self.lines.append(
                f"{r.choice(_IMMEDIATE)} {self.wrote(rd)}, {source}, "
                f"{r.choice((r.randint(-32, 31), r.randint(-2048, 2047)))}"
            )
        elif kind < 0.40:
            self.lines.append(
                f"{r.choice(('lui', 'auipc'))} {self.wrote(self.register())}, {r.randint(1, 31)}"
            )
        elif kind < 0.44:
            source = self.pair()
            rd = r.choice((source, self.register()))
            self.lines.append(
                f"{r.choice(_SHIFTS)}i {self.wrote(rd)}, {source}, {r.randint(0, 31)}"
            )
        elif kind < 0.47:
            sources = f"{self.pair()}, {self.pair()}"
            self.lines.append(f"{r.choice(_SHIFTS)} {self.wrote(self.register())}, {sources}")
        elif kind < 0.63:
            op, size = r.choice(LOADS)
            rd = "zero" if r.random() < 0.03 else self.wrote(self.register())
            self.lines.append(f"{op} {rd}, {r.randrange(-16, 16) * size}(s2)")
        elif kind < 0.75:
            op, size = r.choice(STORES)
            self.lines.append(f"{op} {self.pair()}, {r.randrange(-16, 16) * size}(s2)")
        elif kind < 0.78:
            pick = self.register()
            self.lines.append(f"andi t5, {self.pair()}, 0x3c")
            self.lines.append("add t5, t5, s2")
            self.lines.append(f"{r.choice(('lw', 'sw'))} {pick}, 0(t5)")
            self.wrote(pick)
        elif kind < 0.84 and self.multiply:
            sources = f"{self.pair()}, {self.pair()}"
            self.lines.append(f"{r.choice(_MULTIPLY)} {self.wrote(self.register())}, {sources}")
        elif kind < 0.87 and self.multiply:
            sources = f"{self.pair()}, {r.choice((self.pair(), 'zero', 's3'))}"
            self.lines.append(f"{r.choice(_DIVIDE)} {self.wrote(self.register())}, {sources}")
        elif kind < 0.90:
            value = r.choice((r.choice(_VALUES), r.getrandbits(r.randint(1, 31))))
            self.lines.append(f"li {self.wrote(self.register())}, {value}")
        elif kind < 0.92:
            self.lines.append(f"li s3, {r.choice((r.choice(_VALUES), -r.getrandbits(16)))}")
        elif kind < 0.96:
            self.lines.append(".hword 1  # c.nop, whatever .option says")
        else:
            self.lines.append("fence" if r.random() < 0.1 else "nop")

    def label(self) -> str:
        self.labels += 1
        return f".L{self.labels}"

    def condition(self) -> str:
        r = self.random
        if r.random() < 0.4:
            return f"{r.choice(('beqz', 'bnez'))} {r.choice(('a0', 'a1', 'a2', 'a3', 's0', 's1'))}"
        return f"{r.choice(_BRANCHES)} {self.pair()}, {self.pair()}"

    def item(self, depth: int) -> None:
        r = self.random
        kind = r.random()
        if kind < 0.62:
            self.straight()
        elif kind < 0.80:
            skip = self.label()
            self.lines.append(f"{self.condition()}, {skip}")
            for _ in range(r.choice((0, 0, 1, 1, 2, 3, 5))):
                self.straight()
            self.lines.append(f"{skip}:")
        elif kind < 0.85:
            skip = self.label()
            self.lines.append(f"j {skip}")
            for _ in range(r.randint(0, 3)):
                self.straight()
            self.lines.append(f"{skip}:")
        elif kind < 0.90:
            name = self.label()
            self.lines.append(r.choice((f"jal {name}", f"la t6, {name}\njalr t6", f"call {name}")))
            leaf, self.lines = self.lines, []
            for _ in range(r.randint(0, 4)):
                self.straight()
            self.tails += [f"{name}:", *self.lines, "ret"]
            self.lines = leaf
        elif kind < 0.93:
            # a jump whose register has just been computed or loaded
            there = self.label()
            self.lines.append(f"la t6, {there}")
            if r.random() < 0.5:
                self.lines.append("sw t6, 200(s2)")
                self.lines.append("lw t6, 200(s2)")
            for _ in range(r.randint(0, 2)):
                self.straight()
            self.lines.append("jr t6")
            self.lines.append(f"{there}:")
        elif depth < 2:
            top = self.label()
            counter = f"s{4 + depth}"
            self.lines.append(f"li {counter}, {r.randint(1, 9 if depth else 14)}")
            self.lines.append(f"{top}:")
            for _ in range(r.choice((0, 0, 1, 1, 2, 3, 5, 8))):
                self.item(depth + 1)
            self.lines.append(f"addi {counter}, {counter}, -1")
            if r.random() < 0.3:
                self.straight()
            self.lines.append(f"bnez {counter}, {top}")
        else:
            self.straight()
        if r.random() < 0.05:
            self.lines.append(f".option {r.choice(('rvc', 'norvc', 'rvc'))}")

    def program(self, start: Sequence[str] = ()) -> str:
        """The source; `start` are the lines that it begins with."""
        self.lines += start
        for register in _SCRATCH:
            self.lines.append(f"li {register}, {self.random.choice(_VALUES)}")
        for _ in range(self.random.randint(30, 120)):
            self.item(0)
        self.lines += [".option rvc", "j .Lend", *self.tails, ".Lend:"]
        return wrapped(self.lines)


def random_program(seed: int, *, multiply: bool = True) -> str:
    """A program that ends, whatever it computes."""
    return Writer(seed, multiply).program()


def micro_programs(*, multiply: bool = True) -> dict[str, str]:
    """Each class alone, and each pair of classes with and without a dependence, in all places.

    A place is the alignment of the pair and the sizes of its instructions.
    """
    single = ["addi a0, a1, 100", "add a0, a1, a2", "lui a0, 5", "auipc a0, 5", "slli a0, a1, 9"]
    single += ["srai a0, a1, 31", "sll a0, a1, a3", "sra a0, a2, a1", "lw a0, 8(s2)", "fence"]
    single += ["lbu a0, 9(s2)", "sw a1, 8(s2)", "sb a1, 9(s2)", "c.addi a0, 1", "c.lw a0, 4(s1)"]
    single += ["c.sw a1, 4(s1)", "c.mv a0, a1", "c.add a0, a1", "c.slli a0, 4", "c.li a0, 1"]
    single += ["beq a1, a2, 1f\n1:", "bne a1, a2, 1f\n1:", "beq a1, a1, 1f\nnop\n1:"]
    single += ["bltu a1, a1, 1f\nnop\n1:", "c.beqz a0, 1f\n1:", "c.bnez a1, 1f\n c.nop\n1:"]
    single += ["jal a0, 1f\n1:", "c.j 1f\nc.nop\n1:", "la a0, 1f\njalr a0\n1:", "lw zero, 0(s2)"]
    single += ["la a0, 1f\nsw a0, 0(s2)\nlw a0, 0(s2)\njalr a5, a0\n1:"]
    if multiply:
        single += ["mul a0, a1, a2", "mulhu a0, a1, a2", "mulh a0, a2, a1", "mulhsu a0, a1, a2"]
        single += ["div a0, a1, a2", "remu a0, a2, a1", "divu a0, a1, zero", "rem a0, a4, a2"]
        single += ["div a0, a1, a4", "mul zero, a1, a2"]
    between = [one for one in single if "jalr" not in one]
    load = "la a0, 4f\nsw a0, 0(s2)\nlw a0, 0(s2)\n"
    for one in between:
        single.append(f"{load}{one.replace('a0', 'a5')}\njalr a5, a0\n4:")
    second = ["addi a5, a0, 100", "add a5, a1, a0", "sw a0, 0(s2)", "sll a5, a1, a0", "c.mv a5, a0"]
    second += ["bne a0, a1, 2f\n2:", "beqz a0, 2f\nnop\n2:", "lw a0, 4(s2)", "addi a0, a1, 1"]
    second += ["nop", "j 2f\n2:", "jal a0, 2f\n2:", "bne zero, zero, 2f\n2:", "sw zero, 0(s2)"]
    second += ["la a5, 2f\njalr a0, a5\n2:", "c.li a0, 3", "jal a5, 2f\n2:", "lui a0, 3"]
    if multiply:
        second += ["mul a5, a0, a1", "div a5, a1, a0", "mulh a0, a1, a2", "mul zero, a1, a2"]
    loops = ["", "c.addi a0, 1", "addi a0, a0, 1", "c.nop\nc.nop", "lw a0, 0(s2)\nadd a1, a1, a0"]
    programs = {}
    prologue = ["mv s1, s2", "li a1, 1234567", "li a2, -77", "li a3, 3", "li a4, -1"]
    ends = ("bnez a3, 3b", "bgtu a3, zero, 3b", "blt zero, a3, 3b")
    for place, size in product((0, 2), ("rvc", "norvc")):
        align = [".balign 4", *(["c.nop"] if place else [])]
        lines = [*prologue]
        for one, two in product(single, second):
            if size == "rvc" or "c." not in one + two:
                lines += [*align, "nop", f".option {size}", one, two, ".option rvc", "nop"]
        for body, end in product(loops, ends):
            if size == "rvc" or "c." not in body:
                lines += ["li a3, 10", *align, f".option {size}", "3:", *body.splitlines()]
                lines += ["addi a3, a3, -1", end, ".option rvc", "nop"]
        programs[f"micro_{size}_{place}"] = wrapped(lines)
    return programs
