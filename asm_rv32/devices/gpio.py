"""Pins: the output latch as code sets it, levels that come from outside, and every edge.

Input: stores to the registers of a block, and what drives the pins from outside. Output: what loads
find, and `Gpio.edges`.
Invariant: an edge has the cycle at which the store that makes it leaves the core; a store that
changes no level makes none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby, pairwise
from operator import itemgetter

from asm_rv32.basis.records import NamedTuple
from asm_rv32.boards import Block, Register
from asm_rv32.devices.blocks import block_of
from asm_rv32.devices.device import BYTES, Device

Level = int | Callable[[int], int] | Sequence[tuple[int, int]]
"""What drives a pin from outside: a level, a function of the cycle, or edges in order: cycle,
level."""
_ACTIONS: Mapping[str, Callable[[int, int, int], int]] = {
    "": lambda old, bits, field: old & ~field | bits,
    "set": lambda old, bits, field: old | bits,
    "clear": lambda old, bits, field: old & ~bits,
    "toggle": lambda old, bits, field: old ^ bits,
}
"""Action → the latch, from what it was, the bits that were stored and those that there are."""


class Edge(NamedTuple):
    """A pin changes its level."""

    cycle: int
    pin: int
    level: int


class Gpio(Device):
    """The pins of a chip.

    `where`: a block of a board by name as `esp32c3`, `rp2350` or `ch32v003-gpioc`, or an
    address in it. `inputs`: pin → what drives it from outside. `pull_ups`: pins that are
    high where the code does not drive them (those on a bus with open drains); all others are taken
    to drive from the start, as the Python around a function has set them up. Raises ValueError.
    """

    script = (
        "Gpio(block, inputs={pin: [(cycle, level), ...]}), or --device gpio@BLOCK:PIN=0/1@CYCLE"
    )

    def __init__(
        self,
        where: str | int | Block,
        *,
        inputs: Mapping[int, Level] | None = None,
        pull_ups: Iterable[int] = (),
    ) -> None:
        self.block = block_of("gpio", where)
        super().__init__(self.block.base, self.block.size, self.block.title)
        self.inputs: dict[int, Level] = dict(inputs or {})
        self.pull_ups = 0
        for pin in pull_ups:
            self.pull_ups |= 1 << self._checked(pin)
        for pin, level in self.inputs.items():
            self._checked(pin)
            if isinstance(level, Sequence) and any(a[0] >= b[0] for a, b in pairwise(level)):
                raise ValueError(f"{self.name}: the edges of pin {pin} are not in order of cycles")
        self.out = 0
        """The output latch, a bit a pin."""
        self.enable = 0
        """Which pins the code has told to drive."""
        self.levels = self.pull_ups
        """What the pins are at, as far as the code drives them."""
        self.edges: list[Edge] = []
        self._other: dict[int, int] = {}

    def _checked(self, pin: int) -> int:
        if not 0 <= pin < self.block.pins:
            raise ValueError(f"{self.name} has pins 0 to {self.block.pins - 1}, got {pin}")
        return pin

    def pin_name(self, pin: int) -> str:
        """What the chip's documents call a pin."""
        return self.block.pin.format(pin)

    # ---- what the Python around the code does

    def set_up(self, pin: int, drives: bool, pulled_up: bool) -> None:
        """Let a pin drive or not, with a pull-up or without."""
        bit = 1 << self._checked(pin)
        self.enable = self.enable | bit if drives else self.enable & ~bit
        self.pull_ups = self.pull_ups | bit if pulled_up else self.pull_ups & ~bit
        self._drive()

    def drive(self, pin: int, level: int) -> None:
        """Set the output latch of a pin."""
        bit = 1 << self._checked(pin)
        self.out = self.out | bit if level else self.out & ~bit
        self._drive()

    def level(self, pin: int) -> int:
        """What a pin is at, whoever drives it."""
        return self._sampled(1 << self._checked(pin)) >> pin

    def course(self, pin: int, end: int) -> tuple[int, list[tuple[int, int]]]:
        """The level of a pin at first, and (cycle, level) of each edge up to a cycle, whoever
        drives it. What a function of the cycle drives is not followed."""
        own = [(-1, self.pull_ups >> pin & 1)]
        own += [(edge.cycle, edge.level) for edge in self.edges if edge.pin == pin]
        outside = self.inputs.get(pin)
        if outside is None or callable(outside):
            return own[0][1], own[1:]
        given = [(-1, outside)] if isinstance(outside, int) else [(-1, 0), *outside]
        levels = [0, 0]
        found: list[tuple[int, int]] = []
        driven = sorted((cycle, who, level) for who, each in enumerate((given, own))
                        for cycle, level in each if cycle <= end)  # fmt: skip
        for cycle, together in groupby(driven, key=itemgetter(0)):
            for _, who, level in together:
                levels[who] = level and 1
            wire = levels[0] & (levels[1] if self.pull_ups >> pin & 1 else 1)
            if not found or wire != found[-1][1]:
                found.append((cycle, wire))
        if len(found) > 1 and found[1][0] == 0:  # as it is from the start
            found[:2] = [found[1]]
        return found[0][1], found[1:]

    # ---- accesses

    def read(self, offset: int, size: int) -> int:
        register = self.block.register_at(offset)
        if register is None:
            return self._other.get(offset & -BYTES, 0) >> 8 * (offset % BYTES)
        return self._word(register) >> 8 * (offset - register.at)

    def _word(self, register: Register) -> int:
        for role, low in register.roles.items():
            field = self._field(register, low)
            if role == "in":
                return (self._sampled(field) >> register.first) << low
            if role in ("out", "enable"):
                latch: int = getattr(self, role)
                return (latch & field) >> register.first << low
        return 0 if register.roles else self._other.get(register.at, 0)

    def _field(self, register: Register, low: int) -> int:
        """The pins that the bits of a register's field from `low` on can stand for."""
        end = min((each for each in register.roles.values() if each > low), default=8 * BYTES)
        pins = max(0, min(self.block.pins - register.first, end - low))
        return (1 << pins) - 1 << register.first

    def _sampled(self, field: int) -> int:
        """The levels of pins, now."""
        found = self.levels & field
        for pin, level in self.inputs.items():
            driven = _level(level, self.now) and 1
            if self.pull_ups >> pin & 1:
                driven &= self.levels >> pin & 1  # whoever pulls it down
            found = found & ~(1 << pin) | driven << pin
        return found & field

    def write(self, offset: int, size: int, value: int) -> None:
        register = self.block.register_at(offset)
        at = offset & -BYTES if register is None else register.at
        shift = 8 * (offset - at)
        if register is None or not register.roles:
            mask = (1 << 8 * size) - 1 << shift
            self._other[at] = self._other.get(at, 0) & ~mask | value << shift
            return
        stored = (1 << 8 * size) - 1 << shift
        for role, low in register.roles.items():
            if role == "in":
                continue
            name, action = _latch(role)
            field = self._field(register, low) & (stored >> low << register.first)
            bits = (value << shift >> low << register.first) & field
            setattr(self, name, _ACTIONS[action](getattr(self, name), bits, field))
        self._drive()

    def _drive(self) -> None:
        open_drain = self.pull_ups & ~self.enable
        levels = self.out & ~self.pull_ups | self.out & self.pull_ups & self.enable | open_drain
        changed = levels ^ self.levels
        self.levels = levels
        for pin in range(changed.bit_length()):
            if changed >> pin & 1:
                self.edges.append(Edge(self.now, pin, levels >> pin & 1))

    def is_settled(self, offset: int) -> bool:
        register = self.block.register_at(offset)
        if register is None or "in" not in register.roles:
            return True
        return all(_is_settled(level, self.now) for level in self.inputs.values())


def _latch(role: str) -> tuple[str, str]:
    """The latch that a role is for, and what is done to it."""
    if role.startswith("enable"):
        return "enable", role.removeprefix("enable").removeprefix("_")
    return "out", "" if role == "out" else role


def _level(level: Level, now: int) -> int:
    if isinstance(level, int):
        return level
    if callable(level):
        return int(level(now))
    found = 0
    for cycle, after in level:
        if cycle > now:
            break
        found = after
    return found


def _is_settled(level: Level, now: int) -> bool:
    if isinstance(level, int):
        return True
    return not callable(level) and (not level or level[-1][0] <= now)
