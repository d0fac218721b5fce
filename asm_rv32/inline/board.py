"""What a script finds of a board's modules on a PC: `machine`, `utime`, `uctypes`.

Input: the script's accesses of memory and pins. Output: those of the devices that calls find, too.
Invariant: what is not here is an error that names it and says what is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import ModuleType

from asm_rv32.basis.records import Any
from asm_rv32.boards import load_board
from asm_rv32.devices.active import ACTIVE
from asm_rv32.devices.bus import Bus
from asm_rv32.devices.gpio import Gpio


class BoardModule(ModuleType):
    """A module that says by name what it lacks."""

    def __init__(self, name: str, members: Mapping[str, object]) -> None:
        super().__init__(name)
        self.__dict__.update(members)
        self._members = sorted(members)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(
            f"module {self.__name__!r} has no {name!r} on a PC; it has {', '.join(self._members)}"
        )


def board_modules(board: str | None = None) -> dict[str, ModuleType]:
    """Name → module, anew for each script; `board` has the clock that `machine.freq()` tells."""
    members = {f"mem{8 * size}": _Memory(size) for size in (1, 2, 4)}
    return {
        "machine": BoardModule("machine", {**members, "Pin": Pin, **_hart(board)}),
        "utime": time,
        "uctypes": BoardModule("uctypes", _uctypes()),
    }


def _bus(address: int) -> Bus:
    """The bus, where a device is at an address. Raises ValueError."""
    bus = ACTIVE.get()
    if bus is not None and bus.devices:
        device = bus.device_at(address)
        if device.base <= address < device.base + device.size:
            return bus
    raise ValueError(
        f"there is no device at {address:#010x}; name one with --device, or make the access within "
        "`with devices(...)`"
    )


class _Memory:
    """`mem8`, `mem16` and `mem32`: memory by address, here that of the devices."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __getitem__(self, address: int) -> int:
        bus = _bus(self._checked(address))
        return bus.load(address, self._size, bus.time, None)

    def __setitem__(self, address: int, value: int) -> None:
        bus = _bus(self._checked(address))
        low = value & (1 << 8 * self._size) - 1
        bus.store(address, self._size, low, bus.time, None)

    def _checked(self, address: int) -> int:
        if address % self._size:
            raise ValueError(f"address {address:08x} is not aligned to {self._size} bytes")
        return address


def _hart(board: str | None) -> dict[str, Callable[..., Any]]:
    """Interrupts and the clock of a board that has neither."""
    known = load_board(board).clock if board else None
    enabled, clock = [1], [known or 160_000_000]

    def disable_irq() -> int:
        before, enabled[0] = enabled[0], 0
        return before

    def enable_irq(state: int = 1) -> None:
        enabled[0] = state

    def freq(hz: int | None = None) -> int | None:
        if hz is None:
            return clock[0]
        clock[0] = int(hz)
        return None

    return {"disable_irq": disable_irq, "enable_irq": enable_irq, "freq": freq}


class Pin:
    """A pin of the first gpio device; without one, a level that is kept."""

    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    PULL_UP = 1
    PULL_DOWN = 2

    def __init__(
        self, id: int, mode: int = -1, pull: int = -1, *, value: int | None = None
    ) -> None:
        self._id = id
        self._level = 0
        self.init(mode, pull, value=value)

    def init(self, mode: int = -1, pull: int = -1, *, value: int | None = None) -> None:
        """Set it up anew."""
        gpio = _gpio()
        if gpio is not None and mode >= 0:
            gpio.now = _now()
            gpio.set_up(self._id, mode != self.IN, pull == self.PULL_UP or mode == self.OPEN_DRAIN)
        if value is not None:
            self.value(value)

    def value(self, level: int | None = None) -> int | None:
        """Its level; with one, drive it."""
        gpio = _gpio()
        if gpio is not None:
            gpio.now = _now()
        if level is None:
            return self._level if gpio is None else gpio.level(self._id)
        self._level = int(bool(level))
        if gpio is not None:
            gpio.drive(self._id, self._level)
        return None

    __call__ = value

    def on(self) -> None:
        """Drive it high."""
        self.value(1)

    def off(self) -> None:
        """Drive it low."""
        self.value(0)

    def toggle(self) -> None:
        """Drive it to the other level."""
        self.value(not self.value())

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"'Pin' has no {name!r} on a PC; it has init, value, on, off, toggle")


def _gpio() -> Gpio | None:
    bus = ACTIVE.get()
    found = bus.devices if bus is not None else ()
    return next((device for device in found if isinstance(device, Gpio)), None)


def _now() -> int:
    bus = ACTIVE.get()
    return 0 if bus is None else bus.time


# ---- uctypes

_SCALARS = {"UINT8": (1, False), "INT8": (1, True), "UINT16": (2, False), "INT16": (2, True),
            "UINT32": (4, False), "INT32": (4, True)}  # fmt: skip
_FIELDS = {f"BF{name}": sort for name, sort in _SCALARS.items()}
_SORT, _POSITION, _LENGTH = 27, 17, 22
"""Where a description has the type, and a bit field its position and length (moductypes.c)."""
_SORTS = [*_SCALARS.values(), *_FIELDS.values()]


def _uctypes() -> dict[str, object]:
    names = {name: at << _SORT for at, name in enumerate((*_SCALARS, *_FIELDS))}
    return {
        **names, "BF_POS": _POSITION, "BF_LEN": _LENGTH, "NATIVE": 2, "LITTLE_ENDIAN": 1,
        "struct": Structure,
    }  # fmt: skip


class Structure:
    """`uctypes.struct`: registers by name, numbers and bit fields of them."""

    _at: int
    _fields: dict[str, int]

    def __init__(self, addr: int, descriptor: Mapping[str, int], layout_type: int = 2) -> None:
        odd = [name for name, each in descriptor.items() if not isinstance(each, int)]
        if odd or layout_type not in (1, 2):
            what = f"{odd[0]!r}: arrays, pointers and structures" if odd else "big-endian layouts"
            raise NotImplementedError(f"uctypes.struct has no {what} on a PC; it has numbers")
        self.__dict__.update(_at=addr, _fields=dict(descriptor))

    def _field(self, name: str) -> tuple[_Memory, int, int, int, bool]:
        try:
            found = self._fields[name]
        except KeyError:
            known = ", ".join(self._fields)
            raise AttributeError(f"there is no field {name!r}; there are {known}") from None
        number = found >> _SORT
        size, signed = _SORTS[number]
        if number < len(_SCALARS):
            return _Memory(size), self._at + (found & (1 << _SORT) - 1), 0, 8 * size, signed
        position, length = found >> _POSITION & 31, found >> _LENGTH & 31
        return _Memory(size), self._at + (found & (1 << _POSITION) - 1), position, length, signed

    def __getattr__(self, name: str) -> int:
        memory, address, position, length, signed = self._field(name)
        value = memory[address] >> position & (1 << length) - 1
        return value - (value >> length - 1 << length) if signed else value

    def __setattr__(self, name: str, value: int) -> None:
        memory, address, position, length, _ = self._field(name)
        mask = (1 << length) - 1 << position
        if mask == (1 << 8 * memory._size) - 1:
            memory[address] = value
        else:
            memory[address] = memory[address] & ~mask | value << position & mask
