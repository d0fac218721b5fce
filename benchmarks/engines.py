"""Measure how many instructions a second each engine executes.

    python benchmarks/engines.py [--engines python unicorn] [--instructions 2000000] [--runs 3]

Loops of computations, of branches, of loads and stores of each size, of calls, and of an
extension's instructions; processor time, the best of the runs. Output: million instructions a
second, translation included.
"""

from __future__ import annotations

import argparse
import time

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.run_options import ENGINES
from asm_rv32.isa.image import Image
from asm_rv32.machine import emulator
from asm_rv32.machine.settings import Settings

LOOPS = {
    "computations": ["add(t0, t0, n)", "xori(t0, t0, 5)", "slli(t1, t0, 3)", "sub(t0, t1, t0)",
                     "and_(t2, t0, t1)", "sltu(t3, t2, t0)"],
    "multiplications": ["mul(t0, t0, n)", "mulhu(t1, t0, n)", "divu(t2, t1, n)", "add(t0, t0, t2)"],
    "branches": ["andi(t0, n, 1)", "beqz(t0, even{0})", "addi(t1, t1, 3)", "label(even{0})",
                 "bltu(t1, n, less{0})", "addi(t2, t2, 1)", "label(less{0})"],
    "words": ["lw(t0, 0(a))", "add(t0, t0, n)", "sw(t0, 4(a))", "lw(t1, 8(a))", "sw(t1, 12(a))"],
    "bytes": ["lbu(t0, 0(a))", "lb(t1, 1(a))", "add(t0, t0, t1)", "sb(t0, 2(a))",
              "lhu(t2, 4(a))", "sh(t2, 6(a))"],
    "calls": ["jal(routine)", "add(t0, t0, n)"],
    "extensions": ["sh2add(t0, t0, n)", "andn(t1, t0, n)", "min(t2, t0, t1)", "rori(t0, t2, 7)"],
    "counts of bits": ["clz(t0, n)", "ctz(t1, n)", "cpop(t2, n)"],
    "bits moved": ["brev8(t0, n)", "zip(t1, t0)", "unzip(t2, t1)"],
    "products without carries": ["clmul(t0, t0, n)", "clmulh(t1, t0, n)", "clmulr(t2, t1, n)"],
    "items permuted": ["xperm4(t0, t0, n)", "xperm8(t1, t0, n)"],
}  # fmt: skip
ISA = "rv32imac_zba_zbb_zbkb_zbc_zbkx"


def loop(body: list[str]) -> tuple[Image, int]:
    """A function of a buffer and a count, and its instructions a turn."""
    lines = ["mv(t5, ra)", "label(again)", *(line.format(0) for line in body), "addi(n, n, -1)",
             "bnez(n, again)", "jr(t5)", "label(routine)", "addi(t1, t1, 1)", "ret()"]  # fmt: skip
    text = "@asm_rv32\ndef f(a, n):\n" + "".join(f"    {line}\n" for line in lines)
    turn = sum("label" not in line for line in body) + 2
    return assemble(text, isa=ISA).functions["f"], turn + 2 * body[0].startswith("jal")


def rate(image: Image, turn: int, engine: str, instructions: int, runs: int) -> float:
    """Million instructions a second of processor time; branches that skip are not taken off."""
    settings = Settings(engine=engine)
    best = 0.0
    for _ in range(runs):
        start = time.process_time()
        emulator.run(image, (bytearray(64), instructions // turn), settings)
        best = max(best, instructions / (time.process_time() - start) / 1e6)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(reversed(ENGINES)))
    parser.add_argument("--instructions", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    print(f"{'loop of':16}" + "".join(f"{engine:>12}" for engine in asked.engines))
    for name, body in LOOPS.items():
        image, turn = loop(body)
        rates = [rate(image, turn, engine, asked.instructions, asked.runs)
                 for engine in asked.engines]  # fmt: skip
        print(f"{name:16}" + "".join(f"{each:12.1f}" for each in rates))


if __name__ == "__main__":
    main()
