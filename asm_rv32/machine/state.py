"""The registers and the memory of a call, as Python sees them; each engine has its own.

Output: words, and loads and stores under the checks that instructions are under.
"""

from __future__ import annotations

from asm_rv32.basis.records import Protocol


class Registers(Protocol):
    """The integer registers by number, as unsigned words; x0 stays 0 whatever is written to it."""

    @property
    def pc(self) -> int:
        """The address of the instruction that is executed."""

    def __getitem__(self, number: int) -> int: ...

    def __setitem__(self, number: int, value: int) -> None: ...


class Memory(Protocol):
    """The memory of a call, little-endian."""

    def load(self, address: int, size: int) -> int:
        """The unsigned value of `size` bytes (1, 2 or 4)."""

    def store(self, address: int, size: int, value: int) -> None:
        """Store the low `size` bytes (1, 2 or 4) of a value."""
