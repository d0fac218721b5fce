"""Calls that are over before unicorn would be loaded: the first ones of a process, if short.

Input: the settings of a call. Output: those under which our own engine tries it first, if it does.
Invariant: a call that is tried ends as it would on unicorn, or has changed nothing.
"""

from __future__ import annotations

import sys

from asm_rv32.basis.run_options import UNICORN
from asm_rv32.machine import engines
from asm_rv32.machine.settings import Settings

MOST = 20_000
"""Instructions of a process: ours takes 2 ms for them, and unicorn is loaded in 50."""

_executed = 0
_last: tuple[Settings, Settings] | None = None


def tried(settings: Settings) -> Settings | None:
    """How a call is tried; None where it asks for an engine, or unicorn is the quicker one."""
    global _last
    asked = settings.engine or engines.PREFERRED
    left = MOST - _executed
    if asked is not None or left <= 0 or sys.modules.get(UNICORN) is not None:
        return None
    if settings.max_instructions <= left:
        return settings
    if _last is None or _last[0] is not settings or _last[1].max_instructions > left:
        # What an engine has translated holds as long as the settings are the same.
        _last = settings, settings._replace(max_instructions=max(left // 2, 1))
    return _last[1]


def spent(instructions: int) -> None:
    """So many were executed in a call that was tried."""
    global _executed
    _executed += instructions
