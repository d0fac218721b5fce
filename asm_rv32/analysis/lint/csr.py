"""Accesses to control and status registers that cannot go well.

Input: a `Flow` and the name of a core, or None. Output: warnings.
Invariant: what is said without a core holds on every core.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from asm_rv32.analysis.flow import Flow, Node
from asm_rv32.basis.diagnostics import Diagnostic
from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.cores import core_table, described, numbers
from asm_rv32.isa.effects import is_read_only, writes_csr
from asm_rv32.isa.meaning import Constant, System
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.tables import retired_csr_names

NUMBERS = 4096
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
    first: dict[int, int]
    """What some hold when a function is called; the others, as after a reset."""
    counters: tuple[dict[str, Any], ...]
    """Counters that other registers switch, as the core's file has them."""


def known_cores() -> tuple[str, ...]:
    """The cores whose registers are known."""
    return tuple(name for name in described() if "registers" in core_table(name))


@cache
def registers_of(core: str) -> Registers:
    """The registers of one of `known_cores()`."""
    row = core_table(core)["registers"]
    if "only" in row:
        exists = numbers(row["only"]) | numbers(row.get("optional", []))
    else:
        exists = frozenset(range(NUMBERS)) - numbers(row["lacks"])
    access, instead = row.get("access", _TRAP), row.get("instead", {})
    return Registers(
        row["title"], exists, access, instead, row["source"],
        dict(row.get("first", [])), tuple(row.get("counters", [])),
    )  # fmt: skip


def missing(core: str, number: int) -> tuple[str, tuple[str, ...]]:
    """That one of `known_cores()` lacks a register, in words, and what helps."""
    of_core = registers_of(core)
    name = instruction_set().csr_names(False).get(number)
    instead, shown = of_core.instead.get(name or ""), _shown(number, name)
    return (
        f"{of_core.title} has no control and status register {shown}: {of_core.access}",
        (*((f"help: {instead}",) if instead else ()), f"note: {of_core.source}"),
    )


def _shown(number: int, name: str | None) -> str:
    return f"{number:#x} ({name})" if name else f"{number:#x}"


def accesses(flow: Flow, core: str | None) -> Iterator[Diagnostic]:
    """A warning for each access to a register that the core lacks, and each write to a constant."""
    of_core = registers_of(core) if core is not None and core in known_cores() else None
    for node in flow.nodes:
        row, values = node.meaning.base
        for found in node.effects.outside if values not in row.meant else ():
            if isinstance(found, System) and found.name.endswith("csr"):
                yield from _access(node, found, core if of_core else None)
                yield from _retired(flow, node, found)


def _retired(flow: Flow, node: Node, found: System) -> Iterator[Diagnostic]:
    """A register that is written by a name which the manuals have given up."""
    number = found.operands[0]
    assert isinstance(number, Constant)
    names = [name for name, at in retired_csr_names().items() if at == number.value]
    if not names:
        return
    statement = flow.image.source.text[node.span.start : node.span.end]
    for name in names:
        if re.search(rf"\b{name}\b", statement):
            now = node.meaning.base.row.instructions.csr_names(True).get(number.value)
            became = f"{now} is its name now" if now else "it was taken out"
            yield Diagnostic(
                "retired-csr",
                f"{name!r} is no control and status register of the Privileged ISA any more: "
                f"{became}",
                node.span,
                (f"help: write {now}",) if now else (),
                "warning",
            )


def _access(node: Node, found: System, core: str | None) -> Iterator[Diagnostic]:
    csr = found.operands[0]
    assert isinstance(csr, Constant)
    number = csr.value
    instructions = node.meaning.base.row.instructions
    name = instructions.csr_names(False).get(number)
    exists = core is None or number in registers_of(core).exists or number in instructions.csr_given
    if core is not None and not exists:
        message, notes = missing(core, number)
        yield Diagnostic("missing-csr", message, node.span, notes, "warning")
    elif is_read_only(writes_csr(found) or 0):
        yield Diagnostic(
            "read-only-csr",
            f"'{node.meaning.name}' writes the control and status register {_shown(number, name)}, "
            f"which is read-only: this traps",
            node.span,
            (f"help: csrr(rd, {name or hex(number)}) reads it and writes nothing",),
            "warning",
        )
