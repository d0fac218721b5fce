"""Names of Python for the symbols of a source.

Input: symbols. Output: a name for each, readable and unlike every other.
"""

from __future__ import annotations

import re
from keyword import iskeyword, issoftkeyword

from asm_rv32.isa.image import NAME_LIMIT
from asm_rv32.isa.operands import REGISTER_NAMES
from asm_rv32.isa.tables import DIRECTIVES

WORDS = (
    *DIRECTIVES, "asm_rv32", "asm_data", "asm_macro", "extern", "micropython", "const", "uint",
    "address_of", "hi", "lo", "pcrel_hi", "pcrel_lo", "range", "len", "ord", "fp",
)  # fmt: skip
"""Words of the language, which name nothing else."""


class Names:
    """Symbol → name, given once and kept."""

    def __init__(self, outer: Names | None = None) -> None:
        """`outer` has names that are none of these."""
        self.given: dict[str, str] = {}
        self.taken: set[str] = set()
        self.outer = outer
        self.next: dict[str, int] = {}

    def of(self, symbol: str) -> str:
        """The name of a symbol."""
        found = self.given.get(symbol)
        if found is None:
            found = self.given[symbol] = self.new(readable(symbol))
        return found

    def new(self, wanted: str) -> str:
        """A name that nothing has: the one that is wanted, or that with a number."""
        number = self.next.get(wanted, 1)
        found = wanted if number == 1 else f"{wanted}_{number}"
        while found in self.taken or (self.outer is not None and found in self.outer.taken):
            number += 1
            found = f"{wanted}_{number}"
        self.next[wanted] = number
        self.taken.add(found)
        return found


def readable(symbol: str) -> str:
    """The symbol as Python takes it as a name; another one's may be the same."""
    if symbol.startswith((".here.", ".end.")):
        return symbol.split(".")[1]
    if "@" in symbol:
        symbol = f"L{symbol.partition('@')[0]}"
    name = re.sub(r"\W", "_", symbol.lstrip("."), flags=re.ASCII)[: NAME_LIMIT - 12]
    if not name or name[0].isdigit():
        name = f"_{name}"
    if iskeyword(name) or issoftkeyword(name) or name in REGISTER_NAMES or name in WORDS:
        name += "_"
    return name
