"""Compare with another revision, side by side in one run, by the instructions that each executes.

    python benchmarks/revisions.py REVISION [--only WORDS] [--folder FOLDER]

REVISION is unpacked into a temporary folder, or into FOLDER, which is kept; both revisions run
under the same Python, on the same files, those of the example functions that REVISION has. Every
command runs twice before it is counted, so that byte code and what is kept beside it are there.
What is counted are the host's instructions, by valgrind: unlike seconds, they are the same each
time on a busy machine. A warm row counts what its statement adds when it runs more often. Output:
million instructions of each, and their ratio.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
ONE = "from asm_rv32 import asm_rv32\n\n\n@asm_rv32\ndef double(a):\n    add(a0, a, a)\n"
BUFFER = "from array import array; words = array('i', range(64, 0, -1))"
MANY_LINES = 4000

COLD = {
    "Python alone": ["-c", "pass"],
    "import asm_rv32": ["-c", "import asm_rv32"],
    "a decorated function": ["one.py"],
    "a decorated function, called": ["-c", "from one import double; double(2)"],
    "compile, small, .bin": ["-m", "asm_rv32", "compile", "one.py", "-o", "one.bin"],
    "compile, small, .mpy": ["-m", "asm_rv32", "compile", "one.py", "-o", "one.mpy"],
    "compile, small, .o": ["-m", "asm_rv32", "compile", "one.py", "-o", "one.o"],
    "compile, SHA-256, .bin": ["-m", "asm_rv32", "compile", "sha256.py", "-o", "sha256.bin"],
    "compile, SHA-256, .mpy": ["-m", "asm_rv32", "compile", "sha256.py", "-o", "sha256.mpy"],
    "compile, SHA-256, .o": ["-m", "asm_rv32", "compile", "sha256.py", "-o", "sha256.o"],
    "compile, large, .bin": ["-m", "asm_rv32", "compile", "large.py", "-o", "large.bin"],
    "lint, small": ["-m", "asm_rv32", "lint", "one.py"],
    "lint, SHA-256": ["-m", "asm_rv32", "lint", "sha256.py"],
    "run, gcd": ["-m", "asm_rv32", "run", "gcd.py", "gcd(462, 1071)"],
    "report, gcd": ["-m", "asm_rv32", "report", "gcd.py", "gcd(462, 1071)"],
}
"""What is counted from the start of the process to its end: the arguments of Python."""
WARM = {
    "call, gcd": ("from gcd import gcd", "gcd(462, 1071)", 200),
    "call, a buffer": (
        f"from sort import insertion_sort; {BUFFER}",
        "insertion_sort(words, 64)",
        50,
    ),
    "price, gcd": ("from gcd import gcd", "gcd.cycles(462, 1071)", 100),
    "price, a buffer": (
        f"from sort import insertion_sort; {BUFFER}",
        "insertion_sort.cycles(words, 64)",
        20,
    ),
}
"""What is counted of a statement: what goes before it, it, and how often it is run."""


def unpack(revision: str, folder: Path) -> None:
    packed = subprocess.run(["git", "archive", revision], cwd=HERE, check=True, capture_output=True)
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")


def files(examples: Path, folder: Path) -> None:
    """What the commands read, in `folder`."""
    for name in ("gcd.py", "sha256.py", "sort.py"):
        shutil.copy(examples / name, folder)
    (folder / "one.py").write_text(ONE)
    lines = "".join(f"    addi(t{n % 3}, a0, {n % 2048})\n" for n in range(MANY_LINES))
    (folder / "large.py").write_text(f"@asm_rv32\ndef large(a):\n{lines}")


def count(tree: Path, arguments: list[str], folder: Path) -> int:
    """Instructions that Python executes with these arguments, with the package of `tree`."""
    log = folder / "counted"
    run = [sys.executable, *arguments]
    counted = ["valgrind", "--tool=cachegrind", "--cache-sim=no", f"--log-file={log}",
               "--cachegrind-out-file=/dev/null", *run]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONHASHSEED": "0"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for command in (run, run, counted):
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    found = re.search(r"I +refs: +([\d,]+)", log.read_text())
    assert found is not None, "valgrind said nothing"
    return int(found[1].replace(",", ""))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("revision")
    parser.add_argument("--only", default="", help="rows that have these words in their names")
    parser.add_argument("--folder", type=Path, help="where REVISION is unpacked, or was before")
    arguments = parser.parse_args()
    if shutil.which("valgrind") is None:
        print("valgrind is missing: apt-get install valgrind", file=sys.stderr)
        return 2
    print(f"{'million instructions':30} {arguments.revision[:10]:>10} {'now':>10}   ratio")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        other = arguments.folder or folder / "other"
        if not other.exists():
            unpack(arguments.revision, other)
        files(other / "examples", folder)
        for row, command in COLD.items():
            if arguments.only in row:
                show(row, *(count(tree, command, folder) for tree in (other, HERE)))
        for row, (before, statement, times) in WARM.items():
            if arguments.only in row:
                once, often = (
                    ["-c", f"{before}\nfor _ in range({turns}): {statement}"]
                    for turns in (1, 1 + times)
                )
                show(row, *(
                    (count(tree, often, folder) - count(tree, once, folder)) / times
                    for tree in (other, HERE)
                ))  # fmt: skip
    return 0


def show(row: str, theirs: float, ours: float) -> None:
    print(f"{row:30} {theirs / 1e6:10.2f} {ours / 1e6:10.2f} {ours / theirs:7.3f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
