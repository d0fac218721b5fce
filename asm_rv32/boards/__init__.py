"""What is known of chips and of the boards that carry them: one file of data each.

Input: `NAME.toml`, laid over those that it `extends`, the last of them uppermost; a file without
`isa` is only there to be extended. Output: a `Board`.
Invariants: every part of a board names where it is from, `sources` has a line for each; nothing
here knows an instruction, or a control and status register, by its name.

    title, names  what it is called; names are others for it, as MicroPython's of its boards
    isa           all that its processor has, whether or not it can be assembled here
    core          the file of `cores/` that prices it and knows its registers, where there is one
    clock         of the processor in Hz, as its firmware sets it
    start         where a program of one's own begins that runs from reset
    uf2           `family` in UF2 files that its boot loader takes, and its `image` type; where a
                  block of the `absolute` family has to lie, in front of what goes to that memory
    [memory]      name → base, size and access, some of `rwx`
    [layouts]     name → register → offset; or `at`, that offset, with what the register does: a
                  role of ROLES = the lowest bit of that field, and `first`, the pin of that bit
    [blocks]      name → base, size and the layout of its registers; of pins how many, `pins`, and
                  the name of one, `pin`, with {} for its number; of a timer the `cycles` of a tick
    [firmware.F]  what MicroPython or CircuitPython on it loads; see `Firmware`
    [interrupt]   what the core stacks by itself: `stacks`, `where`, `when`
    [errata.E]    what hardware does otherwise than the manuals say; see `Erratum`
    [sources]     for each of these, where it is from
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache

from asm_rv32.basis.derived import Parts, derived_tables
from asm_rv32.basis.records import Any, NamedTuple

PARTS = (
    "isa",
    "core",
    "clock",
    "start",
    "uf2",
    "memory",
    "blocks",
    "firmware",
    "interrupt",
    "errata",
)
"""What has a line in `sources` where a board has it."""


GENERIC = "generic"
"""The core that stands for one of which nobody has said what instructions cost."""
_ACTIONS = ("set", "clear", "toggle")
ROLES: Mapping[str, frozenset[str]] = {
    "gpio": frozenset(
        ("in", "out", *_ACTIONS, "enable", *(f"enable_{action}" for action in _ACTIONS))
    ),
    "uart": frozenset(("data", "ready", "full", "waiting", "empty")),
    "timer": frozenset(("low", "high")),
}
"""Kind of a block → what a register of it may do.

gpio   out, set, clear, toggle: the output latch; enable and enable_...: whether a pin drives; in:
       levels
uart   data: sends, receives. A status has masks: ready (can send), full (cannot), waiting (has
       received), empty (has not)
timer  low, high: halves of the count
"""


class UnknownBoard(ValueError):
    """No file describes a board of that name; the text lists those that are known."""


class Range(NamedTuple):
    """Addresses that answer."""

    name: str
    base: int
    size: int
    access: str
    """Some of `rwx`: what the processor may do there."""

    def holds(self, address: int) -> bool:
        return self.base <= address < self.base + self.size


class Register(NamedTuple):
    """One register of a block."""

    name: str
    at: int
    """Its offset in bytes."""
    roles: Mapping[str, int] = {}
    """What it does → the lowest bit of that field, or a mask of bits; nothing: as memory."""
    first: int = 0
    """The pin that the lowest bit stands for."""


class Block(NamedTuple):
    """Memory-mapped registers."""

    name: str
    title: str
    """With the chip's: `GPIO of the ESP32-C3`."""
    base: int
    size: int
    registers: tuple[Register, ...]
    """Those that are known."""
    kind: str = ""
    """A key of ROLES; empty where nothing is known of what its registers do."""
    pins: int = 0
    pin: str = "{}"
    """What the chip's documents call a pin, with {} for its number."""
    cycles: int = 1
    """Of the core a tick of a timer, unless asked otherwise."""

    def holds(self, address: int) -> bool:
        return self.base <= address < self.base + self.size

    def register_at(self, offset: int) -> Register | None:
        """The register of which the byte at an offset is a part."""
        found = (each for each in self.registers if each.at <= offset < each.at + 4)
        return max(found, key=lambda each: each.at, default=None)

    def name_at(self, address: int) -> str:
        """The register that an address lies in, `GPIO.OUT`; where none is known, the place in the
        block, `GPIO+0x5c`."""
        offset = address - self.base
        found = self.register_at(offset)
        return f"{self.name}+{offset:#x}" if found is None else f"{self.name}.{found.name}"


class Erratum(NamedTuple):
    """What an instruction does on this hardware otherwise than its manual says."""

    name: str
    instructions: tuple[str, ...]
    """Mnemonics of the rows that it is about, or none."""
    encodings: tuple[tuple[int, int], ...]
    """(mask, match) of 32-bit words that it is about."""
    meant: tuple[str, ...]
    """Mnemonics that mean what it says: who writes one of them is not told."""
    text: str
    """What the hardware does, behind the title of the board and a colon."""
    instead: str
    source: str


class Firmware(NamedTuple):
    """What MicroPython, or CircuitPython, on a board can load."""

    name: str
    native: str
    """Why no native code in a .mpy can be loaded; empty where it can."""
    since: str
    """The first version that loads it; with a `>` ahead, it is the first after that one."""
    inline: bool
    """Whether it has the inline assembler: it calls assembler functions, and assembles source."""
    flags: tuple[str, ...]
    """Extensions that it takes in a file that asks for them."""
    file: str
    """What is to be flashed."""


class Board(NamedTuple):
    """All that is known of a board."""

    name: str
    title: str
    names: tuple[str, ...]
    isa: str
    """Of its processor; extensions that no table here has are among them."""
    core: str | None
    clock: int | None
    """Hz."""
    memory: tuple[Range, ...]
    blocks: tuple[Block, ...]
    firmware: Mapping[str, Firmware]
    stacked: tuple[str, ...]
    """Registers, by name, that an interrupt saves and `mret` restores in hardware, if that is
    switched on."""
    stacking: str
    """How that is switched on."""
    errata: tuple[Erratum, ...]
    start: int | None
    """Where a program that runs from reset begins."""
    uf2: Mapping[str, int] | None
    """`family` of UF2 files that its boot loader takes, `image` type in what its boot ROM knows
    an image by; None where it takes none."""
    sources: Mapping[str, str]

    @property
    def priced_on(self) -> str:
        """The core whose costs are taken: its own, else one that stands for any."""
        return self.core or GENERIC

    def block_at(self, address: int) -> Block | None:
        """The block of registers that holds an address."""
        return next((block for block in self.blocks if block.holds(address)), None)

    def register_at(self, address: int) -> str | None:
        """What the register at an address is called, `GPIO.OUT_W1TS`; None outside all blocks."""
        block = self.block_at(address)
        return None if block is None else block.name_at(address)

    def address_of(self, register: str) -> int:
        """The address of a register, `GPIO.OUT_W1TS`. Raises KeyError."""
        name, _, part = register.partition(".")
        block = next((block for block in self.blocks if block.name == name), None)
        if block is None:
            raise KeyError(register)
        return block.base + {each.name: each.at for each in block.registers}[part]

    def memory_at(self, address: int) -> Range | None:
        """The memory that holds an address."""
        return next((each for each in self.memory if each.holds(address)), None)

    def nanoseconds(self, cycles: float) -> float | None:
        """How long so many cycles take; None where no clock is known."""
        return None if self.clock is None else cycles * 1e9 / self.clock


@cache
def board_names() -> tuple[str, ...]:
    """The boards that are described, sorted."""
    return tuple(name for name in _files().names() if "isa" in _table(name))


@cache
def load_board(name: str) -> Board:
    """A board by its name, or by another that it is called. Raises UnknownBoard."""
    found = name.lower()
    if found not in board_names():
        found = next((each for each in board_names() if found in _table(each)["names"].lower()
                      .split()), "")  # fmt: skip
    if not found:
        raise UnknownBoard(f"there is no board {name!r}; known: {', '.join(board_names())}")
    return _board(found, _table(found))


def clock_of(board: str | None, core: str | None) -> int | None:
    """Hz of a board whose core it is that cycles are counted of, or the one that stands for that;
    None where it is not known."""
    if board is None or core is None:
        return None
    found = load_board(board)
    return found.clock if found.priced_on == core else None


@cache
def _files() -> Parts:
    """What stands in each file."""
    return derived_tables("boards", os.path.dirname(__file__))


@cache
def _table(name: str) -> dict[str, Any]:
    """A file, laid over what it extends: table by table, a part that is given goes first."""
    own = dict(_files()[name])
    found: dict[str, Any] = {"names": ""}
    for below in own.pop("extends", "").split():
        found = _laid_over(found, {**_table(below), "names": ""})
    return _laid_over(found, own)


def _laid_over(below: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    found = dict(below)
    for key, value in own.items():
        under: Any = found.get(key)
        nested = isinstance(under, dict) and isinstance(value, dict)
        found[key] = _laid_over(under, value) if nested else value
    return found


def _board(name: str, table: dict[str, Any]) -> Board:
    """The board of a table; one that is wrong raises KeyError, TypeError or ValueError."""
    interrupt = table.get("interrupt", {})
    sources = table["sources"]
    missing = [part for part in PARTS if table.get(part) and part not in sources]
    if missing:
        raise ValueError(f"board {name!r} does not say where its {', '.join(missing)} is from")
    return Board(
        name,
        table["title"],
        tuple(table["names"].split()),
        table["isa"],
        table.get("core"),
        table.get("clock"),
        tuple(Range(each, **row) for each, row in table.get("memory", {}).items()),
        tuple(_blocks(table)),
        {each: _firmware(each, row) for each, row in table.get("firmware", {}).items()},
        tuple(interrupt.get("stacks", "").split()),
        interrupt.get("when", ""),
        tuple(_erratum(each, row) for each, row in table.get("errata", {}).items()),
        table.get("start"),
        table.get("uf2"),
        sources,
    )


def _blocks(table: dict[str, Any]) -> Iterator[Block]:
    for name, row in table.get("blocks", {}).items():
        fields = dict(row)
        layout = fields.pop("layout", None)
        rows = table["layouts"][layout] if layout else {}
        registers = tuple(_register(each, value) for each, value in rows.items())
        title = f"{name} of the {table['title']}"
        yield Block(name, title, registers=registers, kind=_kind(name, registers), **fields)


def _register(name: str, row: int | dict[str, int]) -> Register:
    if isinstance(row, int):
        return Register(name, row)
    roles = {key: value for key, value in row.items() if key not in ("at", "first")}
    return Register(name, row["at"], roles, row.get("first", 0))


def _kind(name: str, registers: tuple[Register, ...]) -> str:
    """What kind of block does all that these registers do. Raises ValueError."""
    roles = {role for each in registers for role in each.roles}
    found = [kind for kind, known in ROLES.items() if roles and known >= roles]
    if roles and not found:
        raise ValueError(f"block {name!r}: no kind of block does {', '.join(sorted(roles))}")
    return found[0] if found else ""


def _firmware(name: str, row: dict[str, Any]) -> Firmware:
    return Firmware(
        name, row.get("native", ""), row.get("since", ""), row.get("inline", False),
        tuple(row.get("flags", "").split()), row.get("file", ""),
    )  # fmt: skip


def _erratum(name: str, row: dict[str, Any]) -> Erratum:
    return Erratum(
        name,
        tuple(row.get("instructions", "").split()),
        tuple(_pattern(each) for each in row.get("encodings", [])),
        tuple(row.get("meant", "").split()),
        row["text"],
        row["instead"],
        row["source"],
    )


def _pattern(text: str) -> tuple[int, int]:
    """(mask, match) of 32 bits, each 0, 1 or a dot for any, with blanks between."""
    bits = text.replace(" ", "")
    if len(bits) != 32 or set(bits) - set("01."):
        raise ValueError(f"{text!r} is no pattern of 32 bits")
    mask = int(bits.replace("0", "1").replace(".", "0"), 2)
    return mask, int(bits.replace(".", "0"), 2)
