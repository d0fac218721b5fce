"""Which devices calls find: those of the innermost `with devices(...)` around them."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asm_rv32.devices.bus import Bus

ACTIVE: ContextVar[Bus | None] = ContextVar("ACTIVE", default=None)
"""The bus of the calls that are made here; None: they have none."""
