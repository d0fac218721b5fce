"""The devices of a run and the log of all accesses to them.

Input: devices, and the accesses of a run. Output: what loads find, and `Bus.accesses`.
Invariant: devices stand apart from each other; the log has every access, in order, whatever the
device did with it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy

from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.boards import Block, clock_of, load_board
from asm_rv32.devices.active import attached
from asm_rv32.devices.device import Device

LOAD, STORE = "load", "store"


class Access(NamedTuple):
    """One load or store of a device."""

    cycle: int
    """At which it leaves the core, counted from the start of the first call; where no core is
    chosen: how many instructions were executed before it."""
    line: int | None
    """Of the source, counted from 1."""
    kind: str
    """`load` or `store`."""
    address: int
    size: int
    """Bytes: 1, 2 or 4."""
    value: int
    """What was stored, or what the load found; unsigned."""

    def __repr__(self) -> str:
        return (
            f"Access(cycle={self.cycle}, line={self.line}, kind={self.kind!r}, "
            f"address={self.address:#x}, size={self.size}, value={self.value:#x})"
        )


class Bus:
    """Devices that calls find, and the log of what was done to them."""

    def __init__(
        self, found: Sequence[Device], core: str | None = None, board: str | None = None
    ) -> None:
        """`core`: one of `asmrv32 cores`, whose cycles count; None: that of `board`, one of
        `asmrv32 board list`; None: those of each function.

        Raises ValueError where devices overlap, and for an unknown board.
        """
        if board is not None:
            chosen = load_board(board)
            board, core = chosen.name, core or chosen.core
        self.devices = tuple(sorted(found, key=lambda device: device.base))
        for before, behind in zip(self.devices, self.devices[1:]):
            if before.base + before.size > behind.base:
                raise ValueError(f"{before!r} and {behind!r} overlap")
        self.core = core
        self.board = board
        self.cycles_of = core
        """The core whose cycles were counted last; None: a cycle is an instruction."""
        self.registers_of = board
        """The board that the last call was made for."""
        self.accesses: list[Access] = []
        """All accesses of all calls, in order."""
        self.time = 0
        """The cycle at which the last call returned, and the next one starts."""
        self.runner: Any = None
        """What ran the last call, and knows the state of the core then (`timing.clocked`)."""
        self._bases = [device.base for device in self.devices]

    def device_at(self, address: int) -> Device:
        """The device that an address belongs to, where one does."""
        return self.devices[bisect_right(self._bases, address) - 1]

    def register_name(self, address: int) -> str:
        """What is at an address: a register, else the device; the board's where it is known."""
        device = self.device_at(address)
        block: Block | None = getattr(device, "block", None)
        if block is None and self.registers_of is not None:
            block = load_board(self.registers_of).block_at(address)
        return device.name if block is None else block.name_at(address)

    def nanoseconds(self, cycles: float) -> float | None:
        """How long so many cycles take; None where they are not those of the board's core, or it
        has no clock that is known."""
        clock = clock_of(self.registers_of, self.cycles_of)
        return None if clock is None else cycles * 1e9 / clock

    def load(self, address: int, size: int, cycle: int, line: int | None) -> int:
        """What a load finds."""
        device = self.device_at(address)
        device.now = cycle
        value = int(device.read(address - device.base, size)) & (1 << 8 * size) - 1
        self.accesses.append(Access(cycle, line, LOAD, address, size, value))
        return value

    def store(self, address: int, size: int, value: int, cycle: int, line: int | None) -> None:
        """Hand a store over."""
        device = self.device_at(address)
        device.now = cycle
        self.accesses.append(Access(cycle, line, STORE, address, size, value))
        device.write(address - device.base, size, value)

    def is_settled(self, address: int) -> bool:
        """Whether a load finds the same from now on, until something is stored."""
        device = self.device_at(address)
        return device.is_settled(address - device.base)

    def copy(self, core: str | None) -> Bus:
        """The same devices in the state in which they are, whose accesses are not seen here."""
        return Bus(deepcopy(self.devices), core, self.board)

    def replay(self, first: int) -> Bus:
        """The same addresses, whose loads find once more what they found from an access on."""
        return _Replay(self, first)


class _Replay(Bus):
    """Repeats what loads found, for a run that is made again to tell more of it."""

    def __init__(self, original: Bus, first: int) -> None:
        super().__init__(original.devices, original.core)
        found = original.accesses[first:]
        self._values = iter([access.value for access in found if access.kind == LOAD])

    def load(self, address: int, size: int, cycle: int, line: int | None) -> int:
        return next(self._values, 0)

    def store(self, address: int, size: int, value: int, cycle: int, line: int | None) -> None:
        pass

    def is_settled(self, address: int) -> bool:
        return False


@contextmanager
def devices(
    *found: Device, core: str | None = None, board: str | None = None
) -> Iterator[Bus]:  # fmt: skip
    """Calls within find these devices; gives the log of their accesses.

    Such calls run on our own engine, and are priced while they run on `core`, else on that of the
    function's decorator; without either, a cycle is an instruction. Time goes on from one call to
    the next. `board`: whose core that is where none is named, whose registers the log names, and
    whose clock makes nanoseconds of cycles. Raises ValueError for devices that overlap, and for
    an unknown core or board.
    """
    if core is not None:
        from asm_rv32.cores import core_names, core_table

        if core not in core_names():
            core_table(core)  # raises, with the known ones
            raise ValueError(f"what instructions cost on core '{core}' is not known")
    bus = Bus(found, core, board)
    with attached(bus):
        yield bus
