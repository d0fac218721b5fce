"""The rules of a bare program: memory, and a store that ends it. No call, no convention.

Output: `BareJudge`, and `Final`, the state behind the last store.
"""

from __future__ import annotations

from collections.abc import Sequence

from asm_rv32.basis.diagnostics import Source, Span
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.image import Image
from asm_rv32.machine.errors import Fault, faults
from asm_rv32.machine.judge import Judge
from asm_rv32.machine.memory import PAGE, Region, round_up
from asm_rv32.machine.settings import Settings

SPACE = 128 << 10
"""Bytes of memory that a program has at least."""


class Final(NamedTuple):
    """The state in which a program ended."""

    registers: tuple[int, ...]
    """x0 to x31, unsigned."""
    memory: bytes
    """From `base` on, as many bytes as were given."""
    instructions: int
    """Executed, the store that ended it being the last."""


class BareJudge(Judge):
    """The memory of a bare program, all of which it may use as it likes."""

    def __init__(
        self, memory: bytes, base: int, entry: int, isa: str, stop_store: int, settings: Settings
    ) -> None:
        """Raises ValueError for memory or an entry that there cannot be."""
        first = base & -PAGE
        size = round_up(base + max(len(memory), SPACE), PAGE) - first
        if not 0 <= first < first + size <= 1 << 32:
            raise ValueError(f"{len(memory)} bytes at {base:#x} are not within 32 bits of address")
        source = Source("<program>", "")
        image = Image("program", "program", b"", (), {}, (), (), "int", isa, Span(0, 0), source)
        super().__init__(image, settings)
        self.entered = base
        self.stop_store = stop_store
        self.base = first
        self.makes_code = True
        self.code = Region(first, size, True, "the memory of the program")
        if not self.code.holds(entry, 1) or entry % (2 if self.compressed else 4):
            raise ValueError(f"no instruction of the program can be at its entry, {entry:#x}")
        self.entry = entry
        self.stop = -1
        self.stack = Region(1 << 33, 0, False, "no stack")  # which no address is near to
        if not self.code.holds(stop_store, 1):
            page = Region(stop_store & -PAGE, PAGE, True, "the page of the store that ends it")
            self.buffers = (page,)

    def at_entry(self, words: Sequence[int]) -> list[int]:
        return [0] * len(super().at_entry(words))

    def cut_off(self, pc: int, word: int) -> Fault | None:
        """Why the instruction at an address is not fetched: its second half is not in memory."""
        if word & 3 != 3 or self.code.holds(pc, 4):
            return None
        return faults.cut_off(self.code, pc, pc - self.base)

    def ends(self, address: int) -> bool:
        """Whether a store to an address ends the program."""
        return self.stop_store <= address < self.stop_store + 4

    def laid_out(self, memory: bytes) -> bytes:
        """All bytes of the program's memory at the start."""
        before = self.entered - self.base
        return (bytes(before) + memory).ljust(self.code.size, b"\0")
