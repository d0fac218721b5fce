"""Which devices calls find: those of the innermost `with devices(...)` around them."""

from __future__ import annotations

from contextvars import ContextVar

from asm_rv32.basis.records import TYPE_CHECKING

if TYPE_CHECKING:
    from asm_rv32.devices.bus import Bus

ACTIVE: ContextVar[Bus | None] = ContextVar("ACTIVE", default=None)
"""The bus of the calls that are made here; None: they have none."""


class attached:
    """Calls within find the devices of a bus, or none."""

    def __init__(self, bus: Bus | None) -> None:
        self._bus = bus

    def __enter__(self) -> None:
        self._token = ACTIVE.set(self._bus)

    def __exit__(self, *raised: object) -> None:
        ACTIVE.reset(self._token)
