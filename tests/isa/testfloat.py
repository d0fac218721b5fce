"""Both engines against the vectors of Berkeley TestFloat: every row of F and Zfinx that computes.

Needs `testfloat_gen` on PATH, linked with SoftFloat's RISCV specialization. No package has it, so
this is run by hand: `python tests/isa/testfloat.py [VECTORS]`, so many of level 1 for each row and
rounding mode, by default 25,000. Prints a line for each row; the exit status is 1 after the first
vector that an engine answers otherwise.
"""

from __future__ import annotations

import subprocess
import sys
from array import array
from collections.abc import Iterator
from itertools import cycle, islice

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.run_options import ENGINES
from asm_rv32.isa.image import Image
from asm_rv32.isa.operands import FLOAT
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.tables import python_name
from asm_rv32.machine.emulator import run
from asm_rv32.machine.settings import Settings

ROWS = {
    "fadd.s": "f32_add", "fsub.s": "f32_sub", "fmul.s": "f32_mul", "fdiv.s": "f32_div",
    "fsqrt.s": "f32_sqrt", "fmadd.s": "f32_mulAdd", "fmsub.s": "f32_mulAdd",
    "fnmsub.s": "f32_mulAdd", "fnmadd.s": "f32_mulAdd", "feq.s": "f32_eq", "flt.s": "f32_lt",
    "fle.s": "f32_le", "fcvt.w.s": "f32_to_i32", "fcvt.wu.s": "f32_to_ui32",
    "fcvt.s.w": "i32_to_f32", "fcvt.s.wu": "ui32_to_f32",
}  # fmt: skip
NEGATED = {"fmsub.s": (2,), "fnmsub.s": (0,), "fnmadd.s": (0, 2)}
"""Operands with whose signs turned the row computes what f32_mulAdd does."""
MODES = {"rne": "near_even", "rtz": "minMag", "rdn": "min", "rup": "max", "rmm": "near_maxMag"}
ISAS = ("rv32imf", "rv32im_zfinx")
LEAST_OF_TWO, LEAST = 46_464, {"f32_mulAdd": 6_133_248}
"""What TestFloat makes at least."""
CHUNK = 10_000


def vectors(function: str, mode: str, count: int) -> Iterator[list[int]]:
    """Operands, result and flags, as TestFloat has them: spread over all that it makes, at least
    `LEAST`. Raises CalledProcessError."""
    made = max(count, LEAST.get(function, LEAST_OF_TWO))
    command = ["testfloat_gen", "-n", str(made), f"-r{MODES[mode]}", "-tininessafter", "-exact"]
    command.append(function)
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=quiet, text=True) as generator:
        assert generator.stdout is not None
        for line in islice(generator.stdout, 0, None, made // count):
            yield [int(word, 16) for word in line.split()]
    if generator.returncode:
        raise subprocess.CalledProcessError(generator.returncode, command)


def program(isa: str, name: str, mode: str, written: str) -> Image:
    """A loop over vectors that leaves the result and the flags of each. frm holds the mode, and
    what is written at the instruction is it or `dyn`."""
    row = instruction_set(isa).row(name)
    in_floats = [FLOAT in kind.values for kind in row.kinds if kind.is_register]
    places = [f"fa{at}" if is_float else f"a{3 + at}" for at, is_float in enumerate(in_floats)]
    loads = [
        f"{'flw' if place[0] == 'f' else 'lw'}({place}, {4 * at}(given))"
        for at, place in enumerate(places[1:])
    ]  # fmt: skip
    rounds = len(row.kinds) > len(places)
    store = "fsw" if in_floats[0] else "sw"
    lines = [
        *loads, "fsflagsi(0)",
        f"{python_name(name)}({', '.join(places + [written] * rounds)})",
        "frflags(t1)", f"{store}({places[0]}, 0(left))", "sw(t1, 4(left))",
        f"addi(given, given, {4 * len(loads)})", "addi(left, left, 8)", "addi(count, count, -1)",
        "bnez(count, again)",
    ]  # fmt: skip
    body = "".join(f"    {line}\n" for line in lines)
    frm = [*MODES].index(mode)
    head = f"@asm_rv32\ndef f(given, left, count):\n    fsrmi({frm})\n    label(again)\n"
    return assemble(head + body, isa=isa).functions["f"]


def compare(isa: str, name: str, mode: str, count: int) -> int:
    """How many vectors both engines answered as TestFloat does. Raises SystemExit."""
    images = cycle(program(isa, name, mode, written) for written in (mode, "dyn"))
    found = vectors(ROWS[name], mode, count)
    compared = 0
    while chunk := list(islice(found, CHUNK)):
        image = next(images)
        given = array("I")
        for *operands, _, _ in chunk:
            for at in NEGATED.get(name, ()):
                operands[at] ^= 1 << 31
            given.extend(operands)
        expected = [word for *_, result, flags in chunk for word in (result, flags)]
        for engine in ENGINES:
            left = array("I", bytes(8 * len(chunk)))
            run(image, (given, left, len(chunk)), Settings(engine=engine))
            if list(left) != expected:
                pairs = zip(zip(left[::2], left[1::2]), chunk)
                wrong = next(pair for pair in pairs if [*pair[0]] != pair[1][-2:])
                sys.exit(f"{isa} {name} {mode} {engine}: result and flags, vector: {wrong}")
        compared += len(chunk)
    return compared


def main(count: int) -> None:
    for isa in ISAS:
        for name in ROWS:
            total = sum(compare(isa, name, mode, count) for mode in MODES)
            print(f"{isa} {name}: {total} vectors, the same on {' and '.join(ENGINES)}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 25_000)
