"""The scopes around assembler functions, and the constants that are visible in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from asm_rv32.assembler.reading.expressions import BUILTIN_NAMES
from asm_rv32.basis.records import Any, NamedTuple


class Scope(NamedTuple):
    """A `def` or a `class` around what is read; the outermost is the module."""

    indent: int
    name: str
    is_function: bool
    names: dict[str, Any]


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
