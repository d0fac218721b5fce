"""What an engine is to those who run calls on it: a hart with the memory of one call.

Output: `Engine`, which unicorn's (`machine.hart`) and our own (`machine.own`) have in common.
Invariant: every run starts from the same state, whatever ran on the engine before.
"""

from __future__ import annotations

from collections.abc import Sequence

from asm_rv32.basis.records import Protocol
from asm_rv32.isa.image import Image
from asm_rv32.machine.judge import Judge
from asm_rv32.machine.memory import Region
from asm_rv32.machine.settings import Settings
from asm_rv32.machine.state import Registers


class Engine(Protocol):
    """A hart with the memory of one call; used again for other calls."""

    judge: Judge
    """Of the call that is laid out."""

    @property
    def helped(self) -> frozenset[int]:
        """Addresses of the instructions that the engine has executed by others, one by one."""

    @property
    def registers(self) -> Registers:
        """As the run left them."""

    def lay_out(
        self,
        image: Image,
        settings: Settings,
        buffers: tuple[Region, ...],
        words: Sequence[int] = (),
    ) -> None:
        """Make ready for a call with these buffers and argument words; nothing where it stands."""

    def start(self, words: Sequence[int], contents: Sequence[bytes], code: bytes) -> None:
        """Put the call's state in place: memory, registers, and nothing of any run before."""

    def run(self) -> None:
        """Execute from the start of the code to its return. Raises ExecutionError."""

    def read(self, region: Region) -> bytes:
        """What a region of the call's memory holds."""
