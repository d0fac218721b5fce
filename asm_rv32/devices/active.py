"""Which devices calls find: those of the innermost `with devices(...)` around them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asm_rv32.devices.bus import Bus

ACTIVE: ContextVar[Bus | None] = ContextVar("ACTIVE", default=None)
"""The bus of the calls that are made here; None: they have none."""


@contextmanager
def attached(bus: Bus | None) -> Iterator[None]:
    """Calls within find the devices of a bus, or none."""
    token = ACTIVE.set(bus)
    try:
        yield
    finally:
        ACTIVE.reset(token)
