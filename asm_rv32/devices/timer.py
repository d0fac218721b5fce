"""A counter that runs with the core: SysTick, mtime and their kin."""

from __future__ import annotations

from asm_rv32.boards import Block
from asm_rv32.devices.blocks import block_of
from asm_rv32.devices.device import BYTES, Device


class Timer(Device):
    """The counter of a chip, a tick every so many cycles; a store to it sets it.

    `where`: a block of a board by name as `ch32v003-systick` or `virt-mtime`, or an
    address in it. `cycles`: of the core a tick; by default the block's. Raises
    ValueError.
    """

    def __init__(self, where: str | int | Block, *, cycles: int | None = None) -> None:
        self.block = block_of("timer", where)
        super().__init__(self.block.base, self.block.size, self.block.title)
        self.cycles = self.block.cycles if cycles is None else cycles
        if self.cycles < 1:
            raise ValueError(f"{self.name}: a tick takes one cycle or more, got {self.cycles}")
        self._offset = 0
        self._other: dict[int, int] = {}

    @property
    def count(self) -> int:
        """What it stands at, 64 bits."""
        return self.now // self.cycles + self._offset & (1 << 64) - 1

    def read(self, offset: int, size: int) -> int:
        half = self._half(offset)
        word = self._other.get(offset & -BYTES, 0) if half is None else self.count >> half
        return (word & 0xFFFF_FFFF) >> 8 * (offset % BYTES)

    def _half(self, offset: int) -> int | None:
        """Which bits of the count stand at an offset."""
        register = self.block.register_at(offset)
        if register is None or not register.roles:
            return None
        return 32 if "high" in register.roles else 0

    def write(self, offset: int, size: int, value: int) -> None:
        half, low = self._half(offset), 8 * (offset % BYTES)
        mask = (1 << 8 * size) - 1 << low
        if half is None:
            old = self._other.get(offset & -BYTES, 0)
            self._other[offset & -BYTES] = old & ~mask | value << low
            return
        now = self.count
        self._offset += (now & ~(mask << half) | value << low + half) - now

    def is_settled(self, offset: int) -> bool:
        return self._half(offset) is None
