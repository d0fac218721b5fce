"""What an engine is to those who run calls on it: a hart with the memory of one call.

Output: `Engine`, which unicorn's and our own have in common; `engine(name)` makes one.
Invariant: every run starts from the same state, whatever ran on the engine before. unicorn is
imported when an engine of it is made, and not before.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from asm_rv32.image import Image
from asm_rv32.machine.judge import Judge
from asm_rv32.machine.memory import Region
from asm_rv32.machine.settings import PYTHON, UNICORN, Settings
from asm_rv32.machine.state import Registers


PREFERRED = UNICORN
"""What runs a call that asks for no engine, where it is installed."""


class Engine(Protocol):
    """A hart with the memory of one call; used again for other calls."""

    judge: Judge
    """Of the call that is laid out."""

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


@lru_cache(maxsize=1)
def has_unicorn() -> bool:
    """Whether unicorn can be loaded here."""
    try:
        import unicorn  # noqa: F401
    except ImportError:
        return False
    return True


def engine_name(asked: str | None) -> str:
    """The engine that runs a call: the one asked for, else unicorn where it is installed.

    Raises ValueError where unicorn is asked for and is not installed.
    """
    wanted = asked or PREFERRED
    if wanted == PYTHON or (asked is None and not has_unicorn()):
        return PYTHON
    if not has_unicorn():
        raise ValueError('engine="unicorn" needs the package unicorn: pip install unicorn')
    return UNICORN


def make(name: str) -> Engine:
    """A new engine, by the name that `engine_name` gave."""
    if name == PYTHON:
        from asm_rv32.machine.own import OwnEngine

        return OwnEngine()
    from asm_rv32.machine.hart import Machine

    return Machine()
