"""From a call to its trace.

Input: an Image, arguments, settings. Output: a `Trace`.
"""

from __future__ import annotations

from collections.abc import Sequence

from asm_rv32.isa.image import Image
from asm_rv32.machine.emulator import Held
from asm_rv32.machine.settings import DEFAULT_SETTINGS, Settings
from asm_rv32.stepping.trace import DEFAULT_LIMIT, Trace
from asm_rv32.timing.recorded import record


def trace(
    image: Image,
    values: Sequence[object],
    core: str | None = None,
    *,
    settings: Settings = DEFAULT_SETTINGS,
    limit: int = DEFAULT_LIMIT,
    held: Held | None = None,
) -> Trace:
    """Record a call; no buffer of the caller changes. What stops the call is in its `error`.

    `core`: whose cycles are counted; None: none are. `limit`: so many instructions are kept, the
    last ones, about 40 bytes each. Raises TypeError for a wrong number of arguments, TimingError
    for an instruction that the core has no cost for, ValueError.
    """
    if limit < 1:
        raise ValueError(f"limit takes 1 or more, got {limit}")
    return Trace(record(image, values, settings, core=core, limit=limit, held=held))
