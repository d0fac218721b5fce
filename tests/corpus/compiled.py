"""A compiler's functions, each as one function of ours, for checks that look at whole functions.

Input: sections as `translator` reads them. Output: name → statements.
Invariant: what a linker fills in becomes a load of what is not known, instruction by instruction;
control flow is the compiler's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from asm_rv32.isa.sets import instruction_set
from corpus import toolchain
from corpus.translator import Line, Section, read_sections, statement

CALLS = ("R_RISCV_CALL", "R_RISCV_CALL_PLT")
TRAP = "unimp()"
NO_RETURN = ("abort", "exit", "_exit", "longjmp", "__assert_func", "__assert_no_args", "__chk_fail")


def functions(section: Section, known: set[str]) -> Iterator[tuple[str, list[str]]]:
    """The functions of a section that keep to themselves: no jump into another, all known."""
    starts = {at: name for name, at in section.symbols.items() if not name.startswith((".", "$"))}
    bounds = sorted(starts)
    end = section.lines[-1].address + section.lines[-1].size
    for first, last in zip(bounds, [*bounds[1:], end]):
        lines = [line for line in section.lines if first <= line.address < last]
        if not lines or any(line.mnemonic not in known for line in lines):
            continue
        targets = {line.address: _target(section, line) for line in lines}
        inside = {target for target in targets.values() if target is not None}
        if inside - {line.address for line in lines}:
            continue
        body = list(_statements(lines, section.symbols, targets, inside))
        if lines[-1].mnemonic in ("jalr", "c.jalr", "c.jal") and body[-1] != TRAP:
            body.append(TRAP)  # what is called last does not come back
        yield starts[first], body


def _target(section: Section, line: Line) -> int | None:
    if line.target is None:
        return None
    if line.symbol and line.symbol not in section.symbols:
        return -1
    return section.symbols.get(line.symbol, line.target)


def _statements(
    lines: list[Line], symbols: dict[str, int], targets: dict[int, int | None], inside: set[int]
) -> Iterator[str]:
    called = ""
    for line in lines:
        if line.mnemonic == "c.unimp":
            continue
        if line.address in inside:
            yield f"label(L{line.address:x})"
        operands = list(line.operands)
        if line.relocation in CALLS:
            yield f"lw({operands[0]}, 0(gp))"
        elif line.mnemonic == "auipc" and line.symbol in symbols:
            yield f"auipc({operands[0]}, 0)"
        elif line.mnemonic in ("auipc", "lui") and line.relocation:
            yield f"lw({operands[0]}, 0(gp))"
        else:
            target = targets[line.address]
            if target is not None:
                operands[-1] = f"L{target:x}"
            yield statement(line.mnemonic, operands)
        if called in NO_RETURN:
            yield TRAP
        called = line.symbol if line.relocation in CALLS else ""


NOT_PSABI = re.compile(r"__riscv_(save|restore)_|_Unwind_|__muldc3$|__divdc3$")
"""Millicode, what returns elsewhere, and what takes more arguments than registers hold."""


@lru_cache
def libgcc() -> dict[str, list[str]]:
    """The functions of the compiler's own library that keep to the calling convention."""
    found = toolchain.run(
        f"{toolchain.GNU}gcc", "-march=rv32imac", "-mabi=ilp32", "-print-libgcc-file-name",
        folder=Path("."),
    )  # fmt: skip
    known = set(instruction_set("rv32imac").mnemonics)
    return {
        name: body
        for section in read_sections(Path(found.stdout.strip()))
        for name, body in functions(section, known)
        if not NOT_PSABI.match(name)
    }
