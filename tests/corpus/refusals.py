"""What llvm-mc says of lines that it refuses, and what of that must be in our words.

Input: lines of assembly, or one of LLVM's messages. Output: its refusals; phrases of our messages.
Invariant: a refusal's place is the column, from 0, of the first character that LLVM points at.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from corpus import toolchain

FEATURES = "+m,+a,+c,+zba,+zbb,+zbs"


class Refusal(NamedTuple):
    """LLVM's words of one line, and the column that they are about."""

    column: int
    message: str


def llvm_refusals(lines: list[str], features: str = FEATURES) -> dict[int, Refusal]:
    """Of each line that LLVM's assembler refuses, by number from 0, its first message."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "x.s").write_text("\n".join(lines) + "\n")
        done = toolchain.run(
            "llvm-mc", "--triple=riscv32", f"-mattr={features}", "x.s", "-o", "x.out",
            folder=folder, may_fail=True,
        )  # fmt: skip
    found: dict[int, Refusal] = {}
    for line, column, message in re.findall(r"^x\.s:(\d+):(\d+): error: (.*)", done.stderr, re.M):
        found.setdefault(int(line) - 1, Refusal(int(column) - 1, message))
    return found


def wanted(message: str) -> Iterator[re.Pattern[str]]:
    """What must be found in our words to say as much as one of LLVM's messages."""
    for low, high in re.findall(r"\[(-?\w+), (-?\w+)\]", message):
        if (low, high) == ("-2147483648", "4294967295"):
            yield re.compile(r"-2147483648\.\.2147483647 or 0\.\.0xffffffff")
        elif (low, high) == ("1", "31") and "0xfffe0" in message:
            yield re.compile(r"-32\.\.31")
        else:
            ends = {high, hex(int(high, 0))}
            yield re.compile(rf"(?<![\w-]){low}\.\.({'|'.join(ends)})(?!\w)")
    if unit := re.search(r"multiple of (\d+)", message):
        yield re.compile(rf"\bby {unit[1]}\b")
    if "non-zero" in message:
        yield re.compile(r"not 0|(?<!\w)[1-9]\d*\.\.")
    for needed in message.partition("following: ")[2].split("), "):
        if extensions := re.findall(r"'(\w+)' \(", needed):
            yield re.compile(rf"\b({'|'.join(extensions)}) \(")
    if "bare symbol" in message:
        yield re.compile("label")
    if "system register" in message:
        yield re.compile("CSR|csr")
    if "iorw" in message:
        yield re.compile("i, o, r, w, or 0|iorw")
    if "expected '('" in message:
        yield re.compile("memory operand")
    if "offset must be 0" in message:
        yield re.compile("takes 0 ")
    if "expected register" in message:
        yield re.compile("a register|x8..x15")
