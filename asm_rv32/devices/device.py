"""A block of a chip's memory map that answers for itself, and the plainest of them.

Input: loads and stores, with the cycle at which they leave the core. Output: what loads find.
Invariant: a device sees each access once, in the order of the run, and never one that crosses its
end or is misaligned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

LIMIT = 1 << 32
"""The first address that there is not."""
BYTES = 4
"""Of a register."""

Source = Callable[[int], int] | Sequence[int] | int
"""What a register of `Scripted` reads as."""


class Device:
    """A block of `size` bytes at `base`. Subclass it, and override `read` and `write`.

    Raises ValueError for a block that is empty or not within 32 bits of address.
    """

    now = 0
    """The cycle at which the access that is being made leaves the core, counted from the start of
    the first call within `devices(...)`. Where no core is chosen: how many instructions were
    executed before."""
    script = "Scripted(base, size, reads={offset: [0, 0, 1]})"
    """How one is written that answers what a loop waits for; an example for messages."""

    def __init__(self, base: int, size: int, name: str = "") -> None:
        """`name` is what a message calls it; by default, that of its class."""
        if not (0 <= base < LIMIT and 0 < size <= LIMIT - base):
            raise ValueError(
                f"{type(self).__name__}: {size:#x} bytes at {base:#x} are not within the 32 bits of"
                " an address"
            )
        self.base = base
        self.size = size
        self.name = name or type(self).__name__

    def read(self, offset: int, size: int) -> int:
        """What a load of `size` bytes (1, 2 or 4) at an offset finds; its low bits count."""
        return 0

    def write(self, offset: int, size: int, value: int) -> None:
        """Take a store of `size` bytes (1, 2 or 4); `value` is unsigned."""

    def is_settled(self, offset: int) -> bool:
        """Whether a load at an offset finds the same from now on, until something is stored here.

        A loop that waits for another value then never ends, and is told as such. A device that
        does not know says no, as this one.
        """
        return False

    def __repr__(self) -> str:
        return f"<{self.name} of {self.size:#x} bytes at {self.base:#010x}>"


class Recorder(Device):
    """Takes every store and reads as 0: for the log alone."""

    def is_settled(self, offset: int) -> bool:
        return True


class Ram(Device):
    """Memory: reads as what was stored last. `content` is what it holds at first."""

    def __init__(self, base: int, size: int, content: bytes = b"", name: str = "") -> None:
        super().__init__(base, size, name)
        if len(content) > size:
            raise ValueError(f"{self.name}: {len(content)} bytes do not fit into {size}")
        self.content = bytearray(content.ljust(size, b"\0"))

    def read(self, offset: int, size: int) -> int:
        return int.from_bytes(self.content[offset : offset + size], "little")

    def write(self, offset: int, size: int, value: int) -> None:
        self.content[offset : offset + size] = value.to_bytes(size, "little")

    def is_settled(self, offset: int) -> bool:
        return True


class Scripted(Device):
    """Reads as a script has it: offset → values one after the other, of which the last one stays;
    or a number; or a function of the cycle. What has no script reads as 0. Stores change nothing.

    An offset names the register of four bytes there; a load of a part of it finds that part.
    """

    def __init__(
        self, base: int, size: int, reads: Mapping[int, Source] | None = None, name: str = ""
    ) -> None:
        super().__init__(base, size, name)
        self._sources: dict[int, Callable[[int], int] | list[int]] = {}
        for offset, source in (reads or {}).items():
            if not 0 <= offset < size or offset % BYTES:
                raise ValueError(
                    f"{self.name}: a register at offset {offset:#x}; it is to be a multiple of "
                    f"{BYTES} below {size:#x}"
                )
            if callable(source):
                self._sources[offset] = source
                continue
            values = [source] if isinstance(source, int) else [int(each) for each in source]
            if not values:
                raise ValueError(f"{self.name}: no values for the register at {offset:#x}")
            self._sources[offset] = values[::-1]

    def read(self, offset: int, size: int) -> int:
        source = self._sources.get(offset & -BYTES, [0])
        if callable(source):
            word = int(source(self.now))
        else:
            word = source.pop() if len(source) > 1 else source[0]
        return word >> 8 * (offset % BYTES)

    def is_settled(self, offset: int) -> bool:
        source = self._sources.get(offset & -BYTES, [0])
        return not callable(source) and len(source) == 1
