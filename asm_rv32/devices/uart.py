"""A serial port as code sees it: a data register and a status; nothing on the wire.

Input: bytes that the code sends, and those it is to receive. Output: `Uart.sent`.
"""

from __future__ import annotations

from collections.abc import Mapping

from asm_rv32.boards import Block
from asm_rv32.devices.blocks import block_of
from asm_rv32.devices.device import BYTES, Device


class Uart(Device):
    """The serial port of a chip.

    `where`: a block of a board by name as `esp32c3-uart0` or `virt-uart`, or an address
    in it. `receives`: the bytes that wait to be read. `byte_cycles`: so many cycles it
    takes to send a byte; it has no queue. Raises ValueError.
    """

    def __init__(
        self, where: str | int | Block, *, receives: bytes = b"", byte_cycles: int = 0
    ) -> None:
        self.block = block_of("uart", where)
        super().__init__(self.block.base, self.block.size, self.block.title)
        self.sent = bytearray()
        """All bytes that were sent; one that is sent while another is on its way is lost."""
        self._received = list(receives[::-1])
        self._byte_cycles = byte_cycles
        self._busy_until = 0
        self._other: dict[int, int] = {}

    def read(self, offset: int, size: int) -> int:
        register = self.block.register_at(offset)
        if register is None or not register.roles:
            return self._other.get(offset & -BYTES, 0) >> 8 * (offset % BYTES)
        if "data" in register.roles:
            return self._received.pop() if self._received and offset == register.at else 0
        return self._status(register.roles) >> 8 * (offset - register.at)

    def _status(self, masks: Mapping[str, int]) -> int:
        busy = self.now < self._busy_until
        holds = {
            "ready": not busy, "full": busy,
            "waiting": bool(self._received), "empty": not self._received,
        }  # fmt: skip
        return sum(mask for name, mask in masks.items() if holds[name])

    def write(self, offset: int, size: int, value: int) -> None:
        register = self.block.register_at(offset)
        if register is not None and "data" in register.roles:
            if self.now >= self._busy_until:
                self.sent.append(value & 0xFF)
                self._busy_until = self.now + self._byte_cycles
            return
        shift = 8 * (offset % BYTES)
        old = self._other.get(offset & -BYTES, 0)
        self._other[offset & -BYTES] = old & ~((1 << 8 * size) - 1 << shift) | value << shift

    def is_settled(self, offset: int) -> bool:
        register = self.block.register_at(offset)
        if register is not None and "data" in register.roles:
            return not self._received
        return self.now >= self._busy_until
