"""The scopes around assembler functions, and the constants and macros that are visible in them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping

from asm_rv32.assembler.ir import Macro, Macros
from asm_rv32.assembler.reading.expressions import BUILTIN_NAMES
from asm_rv32.basis.records import Any, NamedTuple


class Scope(NamedTuple):
    """A `def` or a `class` around what is read; the outermost is the module."""

    indent: int
    name: str
    is_function: bool
    names: dict[str, Any]
    macros: dict[str, list[Macro]]
    """Of a name, in the order of the text."""


class Visible(Mapping[str, Any]):
    """Names with a value, innermost scope first, as they are while the file is read."""

    def __init__(self, scopes: list[dict[str, Any]]) -> None:
        self.scopes = [names for names in scopes if names]

    def __getitem__(self, name: str) -> Any:
        for names in (*self.scopes, BUILTIN_NAMES):
            if name in names:
                return names[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter({name for names in self.scopes for name in names})

    def __len__(self) -> int:
        return sum(map(len, self.scopes))

    def pick(self, words: Iterable[str]) -> dict[str, Any]:
        """The values, as they are now, of those words that have one."""
        return {word: self[word] for word in words if word in self}


class Defined(Macros):
    """The macros of a file that are visible at a place of it, once the file is read.

    As Python has it of names, those of the innermost function. A macro may stand further down; of
    several with one name it is the last ahead of the place, if there is one.
    """

    def __init__(self, scopes: Iterable[Scope], at: int) -> None:
        self.scopes = [scope.macros for scope in scopes]
        self.at = at

    def find(self, name: str) -> Macro | None:
        """The macro of a name; one of a class has its name in front: `Pins.toggle`."""
        for macros in self.scopes:
            found = macros.get(name)
            if found:
                ahead = bisect_left(found, self.at, key=lambda macro: macro.start)
                return found[max(ahead - 1, 0)]
        return None

    def known(self) -> Iterable[str]:
        """Their names."""
        return (name for macros in self.scopes for name in macros)
