"""Blocks of registers of chips as data: `blocks.toml`, read.

Output: `Block`s, by name or by address.
Invariant: a block's registers are within it, and it says where they are from.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

_ACTIONS = ("set", "clear", "toggle")
ROLES: Mapping[str, frozenset[str]] = {
    "gpio": frozenset(
        ("in", "out", *_ACTIONS, "enable", *(f"enable_{action}" for action in _ACTIONS))
    ),
    "uart": frozenset(("data", "ready", "full", "waiting", "empty")),
    "timer": frozenset(("low", "high")),
}
"""Kind of a block → what a register of it may do."""


class Register(NamedTuple):
    """One register of a block."""

    name: str
    at: int
    """Its offset in bytes."""
    roles: Mapping[str, int]
    """What it does → the lowest bit of that field, or a mask of bits."""
    first: int
    """The pin that the lowest bit stands for."""


class Block(NamedTuple):
    """A block of registers of a chip."""

    name: str
    kind: str
    """A key of ROLES."""
    title: str
    base: int
    size: int
    source: str
    registers: tuple[Register, ...]
    pins: int = 0
    pin: str = "{}"
    """The name of a pin, with {} for its number."""
    cycles: int = 1
    """Of the core a tick of a timer, unless asked otherwise."""

    def register_at(self, offset: int) -> Register | None:
        """The register of which the byte at an offset is a part."""
        found = (each for each in self.registers if each.at <= offset < each.at + 4)
        return max(found, key=lambda each: each.at, default=None)


@cache
def blocks() -> Mapping[str, Block]:
    """All blocks by name, in the order of the file."""
    text = (resources.files("asm_rv32.devices") / "blocks.toml").read_text("utf-8")
    tables: dict[str, dict[str, Any]] = {}
    for name, table in tomllib.loads(text).items():
        tables[name] = {**tables[table.pop("like")], **table} if "like" in table else table
    return {name: _block(name, table) for name, table in tables.items()}


def _block(name: str, table: Mapping[str, Any]) -> Block:
    found = dict(table)
    kind = found["kind"]
    registers = []
    for title, row in found.pop("registers").items():
        roles = {key: value for key, value in row.items() if key not in ("at", "first")}
        if not ROLES[kind].issuperset(roles) or not 0 <= row["at"] < found["size"]:
            raise ValueError(f"block '{name}': register {title}")
        registers.append(Register(title, row["at"], roles, row.get("first", 0)))
    return Block(name, registers=tuple(registers), **found)


def block_of(kind: str, where: str | int) -> Block:
    """The block of a kind, by its name or the address where it begins.

    Raises ValueError, which lists those that are known.
    """
    known = [block for block in blocks().values() if block.kind == kind]
    for block in known:
        if where in (block.name, block.base):
            return block
    listed = ", ".join(f"{block.name} ({block.base:#x})" for block in known)
    asked = f"at {where:#x}" if isinstance(where, int) else repr(where)
    raise ValueError(f"no {kind} {asked}; known are {listed}")


def register_at(address: int) -> tuple[Block, Register | None] | None:
    """The block that an address is in, and its register there; the first of those that share it."""
    for block in blocks().values():
        if block.base <= address < block.base + block.size:
            return block, block.register_at(address - block.base)
    return None
