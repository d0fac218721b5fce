"""What our own engine's translated code works on, as Python sees it, and what ends it.

Output: registers and memory of a stopped engine, and the exceptions out of translated code.
"""

from __future__ import annotations

from asm_rv32.basis.records import TYPE_CHECKING, Any
from asm_rv32.isa.words import WORD
from asm_rv32.machine.errors import Fault
from asm_rv32.machine.translation import Site

if TYPE_CHECKING:
    from asm_rv32.machine.own import OwnEngine


class Nowhere:
    """What a site goes to that has not found its region."""

    def __getitem__(self, index: int) -> int:
        raise IndexError

    def __setitem__(self, index: int, value: int) -> None:
        raise IndexError


class Stopped(Exception):
    """The call stops for a fault, at a site where it is known."""

    def __init__(self, fault: Fault, site: Site | None = None) -> None:
        super().__init__(fault.message)
        self.fault = fault
        self.site = site


class Unstored(Exception):
    """A load finds what nothing stored; nothing of its instruction has been done."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site = site


class Returned(Exception):
    """The call is at its end."""


class OwnRegisters:
    """The integer registers as the translated code has them."""

    __slots__ = ("_held",)

    def __init__(self, held: dict[str, Any]) -> None:
        self._held = held

    @property
    def pc(self) -> int:
        """The address of the instruction that is executed, as far as it was asked for."""
        return int(self._held["at"])

    @pc.setter
    def pc(self, address: int) -> None:
        self._held["at"] = address

    def __getitem__(self, number: int) -> int:
        return self._held[f"r{number:d}"]  # type: ignore[no-any-return]

    def __setitem__(self, number: int, value: int) -> None:
        if number:
            self._held[f"r{number:d}"] = value & WORD


class OwnMemory:
    """The memory of a call for what Python executes in an instruction's place."""

    __slots__ = ("_engine", "site")

    def __init__(self, engine: OwnEngine) -> None:
        self._engine = engine
        self.site = Site(0, 0)

    def load(self, address: int, size: int) -> int:
        region = self._engine.checked(self.site._replace(size=size), address)
        return self._engine.raw_load(region, address, size)

    def store(self, address: int, size: int, value: int) -> None:
        self._engine.store(self.site._replace(size=size, is_store=True), address, value)
