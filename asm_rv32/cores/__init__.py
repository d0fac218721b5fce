"""What is known of the cores: one file of data each.

Input: `NAME.toml`: what instructions cost (`timing.model` says how that is written), what becomes
of a misaligned access, and which control and status registers the core has.
Output: a core's table as plain data.
Invariant: a table is laid over the one that it extends, whose `validated` it does not have.

    [registers]   an access to any other is warned of
    title         the core's name in a message
    only          numbers, or [first, last]: all that it has, as `asmrv32 cores` configures it
    optional      beside `only`: what it has when built otherwise, or in debug mode alone
    lacks         instead of `only`, where no source lists all: what it certainly lacks
    access        what an access to another does, where that is not a trap
    first         [number, value]: what some hold when a function is called
    counters      those that other registers switch, and the one by which a board can be measured:
                  `csr`, that of the low word; `counts`, 0xc00 cycles or 0xc02 instructions;
                  `set`, [number, bits], one of which has to be set, and `clear`, bits which have to
                  be clear, for it to count
    instead       name of a lacking register → what to use
    source        where that is from
"""

from __future__ import annotations

import os
from functools import cache

from asm_rv32.basis.derived import Parts, derived_tables
from asm_rv32.basis.records import Any


class UnknownCore(ValueError):
    """No file describes a core of that name; the text lists those that are known."""


@cache
def described() -> tuple[str, ...]:
    """The names of all files, sorted; some hold registers only."""
    return _tables().names()


@cache
def core_names() -> tuple[str, ...]:
    """The cores whose costs are known, sorted."""
    return tuple(name for name in described() if "cycles" in core_table(name))


@cache
def _tables() -> Parts:
    """What stands in each file."""
    return derived_tables("cores", os.path.dirname(__file__))


@cache
def core_table(name: str) -> dict[str, Any]:
    """What is known of a core. Raises UnknownCore."""
    if name not in described():
        raise UnknownCore(f"no core '{name}'; known are {', '.join(core_names())}")
    table = dict(_tables()[name])
    parent = table.pop("extends", None)
    if parent is None:
        return table
    # What was validated is the parent.
    merged = {key: value for key, value in core_table(parent).items() if key != "validated"}
    return {**merged, **table, "cycles": {**merged["cycles"], **table.get("cycles", {})}}


def lineage(name: str) -> tuple[str, ...]:
    """A core and those that its table extends, one after the other. Raises UnknownCore."""
    core_table(name)
    found = [name]
    while (parent := _tables()[found[-1]].get("extends")) is not None:
        found.append(parent)
    return tuple(found)


def numbers(items: list[Any]) -> frozenset[int]:
    """A list of numbers and of [first, last]."""
    found: set[int] = set()
    for item in items:
        first, last = (item, item) if isinstance(item, int) else item
        found.update(range(first, last + 1))
    return frozenset(found)


def traps_misaligned(name: str) -> bool:
    """Whether a load or store that is not aligned traps on a core. Raises UnknownCore."""
    if name not in core_names():
        raise UnknownCore(f"no core '{name}'; known are {', '.join(core_names())}")
    found: str = core_table(name)["misaligned"]["access"]
    return found == "trap"
