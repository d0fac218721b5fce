"""The first call of a process, if it is over before unicorn would be loaded.

Input: the settings of a call. Output: those under which our own engine tries it first, if it does.
Invariant: a call that is tried ends as it would on unicorn, or has changed nothing.
"""

from __future__ import annotations

import sys

from asm_rv32.basis.run_options import UNICORN
from asm_rv32.machine import engines
from asm_rv32.machine.settings import Settings

MOST = 20_000
"""Instructions: ours takes 2 ms for them, and unicorn is loaded in 40 or more."""

_was = False


def tried(settings: Settings) -> Settings | None:
    """How a call is tried; None where it is not the first, asks for an engine, or unicorn is loaded
    already."""
    global _was
    asked = settings.engine or engines.PREFERRED
    if _was or asked is not None or sys.modules.get(UNICORN) is not None:
        return None
    _was = True
    return settings._replace(max_instructions=min(settings.max_instructions, MOST))
