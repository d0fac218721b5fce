"""Compare assembling with asm_rv32 to bronzebeard, side by side in one run.

    python benchmarks/run.py [--lines 50 10000 100000] [--runs 3]

Both are run as commands, start-up included, on the same instructions, in turn; the least of the
runs counts. Output: seconds, microseconds an instruction, ratios.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SEED = 1
REGISTERS = ["a0", "a1", "a2", "a3", "a4", "a5", "t0", "t1", "s0", "s1"]
PEER_LIMIT = 10_000
"""bronzebeard's time grows with the square of the lines: beyond this it runs once."""


def program(lines: int) -> list[tuple[str, list[str]]]:
    """Instructions as mnemonic and operands, the same for both."""
    chosen = random.Random(f"{SEED} {lines}")
    register = lambda: chosen.choice(REGISTERS)  # noqa: E731
    made = []
    for _ in range(lines):
        match chosen.randrange(4):
            case 0:
                made.append(("addi", [register(), register(), str(chosen.randint(-2048, 2047))]))
            case 1:
                name = chosen.choice(["add", "sub", "xor", "or", "and", "mul"])
                made.append((name, [register(), register(), register()]))
            case 2:
                made.append(("slli", [register(), register(), str(chosen.randrange(32))]))
            case _:
                made.append(("lw", [register(), register(), str(4 * chosen.randrange(256))]))
    return made


def ours(instructions: list[tuple[str, list[str]]]) -> str:
    lines = ["@asm_rv32", "def program():"]
    for name, operands in instructions:
        name = f"{name}_" if name in ("or", "and") else name
        if name == "lw":
            lines.append(f"    lw({operands[0]}, {operands[2]}({operands[1]}))")
        else:
            lines.append(f"    {name}({', '.join(operands)})")
    return "\n".join(lines) + "\n"


def theirs(instructions: list[tuple[str, list[str]]]) -> str:
    return "\n".join(f"{name} {' '.join(operands)}" for name, operands in instructions) + "\n"


def seconds(command: list[str], folder: Path) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, nargs="+", default=[50, 10_000, 100_000])
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    here = Path(sys.executable).parent
    peer = shutil.which("bronzebeard", path=str(here)) or shutil.which("bronzebeard")
    if peer is None:
        print("bronzebeard is missing: pip install bronzebeard", file=sys.stderr)
        return 2
    print(f"{'lines':>8} {'asmrv32':>21} {'bronzebeard -c':>21}   ratio", flush=True)
    rates = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for lines in arguments.lines:
            instructions = program(lines)
            (folder / "ours.py").write_text(ours(instructions))
            (folder / "theirs.asm").write_text(theirs(instructions))
            mine = [str(here / "asmrv32"), "compile", "ours.py", "-o", "ours.bin"]
            other = [peer, "-c", "theirs.asm", "-o", "theirs.bin"]
            own, foreign = [], []
            for number in range(arguments.runs):
                own.append(seconds(mine, folder))
                if lines <= PEER_LIMIT or number == 0:
                    foreign.append(seconds(other, folder))
            cells = [
                f"{best:8.3f} s {best / lines * 1e6:7.1f} us" for best in (min(own), min(foreign))
            ]
            rates[lines] = min(own) / lines
            print(f"{lines:8} {cells[0]:>21} {cells[1]:>21} {min(own) / min(foreign):7.3f}",
                  flush=True)  # fmt: skip
    if 10_000 in rates and 100_000 in rates:
        growth = rates[100_000] / rates[10_000]
        print(f"asmrv32's time an instruction, 100,000 lines to 10,000: {growth:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
