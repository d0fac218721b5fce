"""The offsets that `.struct` begins: labels that stand for numbers, until a section is named.

Input: directives, and the numbers of their operands. Output: the offset of the next label.
Source: Using as, 7.94 (.struct).
"""

from __future__ import annotations

from collections.abc import Callable

from asm_rv32.importing.data_directives import BYTES_OF
from asm_rv32.importing.directives import SECTIONS
from asm_rv32.importing.operands import parted

WORDS = (".struct", ".offset")
_SPACES = (".space", ".skip", ".zero")
_ALIGNED = (".align", ".p2align", ".balign")


class Offsets:
    """Where the next label of a layout without bytes stands."""

    def __init__(self) -> None:
        self.at: int | None = None
        """None outside of such a layout."""

    def takes(self, name: str, rest: str, number: Callable[[str], int | None]) -> bool:
        """Whether a directive is one of such a layout, which it then changes.

        `number` gives the value of an expression; None, and reported, of what has none.
        """
        if name in WORDS:
            self.at = number(rest or "0")
            return True
        if self.at is None:
            return False
        if name in SECTIONS:
            self.at = None
            return False
        parts = parted(rest) or ["0"]
        if name in BYTES_OF:
            self.at += BYTES_OF[name] * len(parts)
        elif name in _SPACES:
            self.at += number(parts[0]) or 0
        elif name in _ALIGNED:
            power = number(parts[0]) or 0
            multiple = power if name == ".balign" else 1 << min(max(power, 0), 16)
            self.at += -self.at % max(multiple, 1)
        else:
            return False
        return True
