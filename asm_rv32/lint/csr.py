"""Accesses to control and status registers that cannot go well.

Input: a `Flow` and the name of a core of `csr_of_cores.toml`, or None. Output: warnings.
Invariant: what is said without a core holds on every core.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from asm_rv32.diagnostics import Diagnostic
from asm_rv32.disassembly import csr_names
from asm_rv32.flow import Effect, Flow
from asm_rv32.operands import ZERO

NUMBERS = 4096
READ_ONLY = 0b11
"""The two top bits of the number of a register that cannot be written (Privileged ISA, 2.1)."""
_TRAP = "this traps there"


class Registers(NamedTuple):
    """The registers of a core."""

    title: str
    exists: frozenset[int]
    """Whatever its configuration; where no source lists them, all but those it certainly lacks."""
    access: str
    """What an access to one that the core lacks does."""
    instead: dict[str, str]
    """Name of one that it lacks → what to use."""
    source: str


@cache
def _table() -> dict[str, dict[str, Any]]:
    import tomllib
    from importlib import resources

    text = (resources.files("asm_rv32.lint") / "csr_of_cores.toml").read_text("utf-8")
    return tomllib.loads(text)


def known_cores() -> tuple[str, ...]:
    """The cores whose registers are known."""
    return tuple(_table())


def row_of(core: str) -> dict[str, Any]:
    """A core's row of the table, laid over the one it extends."""
    row = _table()[core]
    return {**row_of(row["extends"]), **row} if "extends" in row else row


@cache
def registers_of(core: str) -> Registers:
    """The registers of one of `known_cores()`."""
    row = row_of(core)
    if "only" in row:
        exists = numbers(row["only"]) | numbers(row.get("optional", []))
    else:
        exists = frozenset(range(NUMBERS)) - numbers(row["lacks"])
    access, instead = row.get("access", _TRAP), row.get("instead", {})
    return Registers(row["title"], exists, access, instead, row["source"])


def numbers(items: list[Any]) -> frozenset[int]:
    """A row's list of numbers and of [first, last]."""
    found: set[int] = set()
    for item in items:
        first, last = (item, item) if isinstance(item, int) else item
        found.update(range(first, last + 1))
    return frozenset(found)


def accesses(flow: Flow, core: str | None) -> Iterator[Diagnostic]:
    """A warning for each access to a register that the core lacks, and each write to a constant."""
    of_core = None if core is None else registers_of(core)
    for node in flow.nodes:
        found = node.effect
        if not found.name.startswith("csrr") or found.is_unimp:
            continue
        number = found.immediate
        name = csr_names().get(number)
        shown = f"{number:#x} ({name})" if name else f"{number:#x}"
        if of_core is not None and number not in of_core.exists:
            instead = of_core.instead.get(name or "")
            yield Diagnostic(
                "missing-csr",
                f"{of_core.title} has no control and status register {shown}: {of_core.access}",
                node.span,
                (*((f"help: {instead}",) if instead else ()), f"note: {of_core.source}"),
                "warning",
            )
        elif number >> 10 == READ_ONLY and _writes(found):
            yield Diagnostic(
                "read-only-csr",
                f"'{found.name}' writes the control and status register {shown}, which is "
                f"read-only: this traps",
                node.span,
                (f"help: csrr(rd, {name or hex(number)}) reads it and writes nothing",),
                "warning",
            )


def _writes(found: Effect) -> bool:
    """csrrw and csrrwi always do, the others where they set or clear anything (Zicsr)."""
    if found.name in ("csrrw", "csrrwi"):
        return True
    return found.instruction.values[-1] != 0 if found.name.endswith("i") else found.rs1 != ZERO
