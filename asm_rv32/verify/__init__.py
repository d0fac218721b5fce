"""Machine code held against independent tools: objdump, GNU as, mpy-cross.

Input: images. Output: `Finding`s, none where the tool agrees.
Invariant: a tool that is missing raises `ToolMissing`; it is never taken for agreement.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, NamedTuple


class Finding(NamedTuple):
    """A place where a tool disagrees."""

    function: str
    address: int
    """Offset in the function, in bytes."""
    ours: str
    theirs: str


class Outcome(NamedTuple):
    """What a check of functions found."""

    findings: list[Finding]
    unchecked: dict[str, int]
    """Function → how many of its instructions the tool does not know."""


@lru_cache(maxsize=1)
def known_differences() -> dict[str, Any]:
    """What known_differences.toml holds."""
    import tomllib

    path = os.path.join(os.path.dirname(__file__), "known_differences.toml")
    with open(path, "rb") as file:
        return tomllib.load(file)
