"""What is asked: two functions, and what is known of their arguments; needs no solver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from asm_rv32.isa.image import Image
from asm_rv32.machine.settings import DEFAULT_SETTINGS, Settings
from asm_rv32.prove.inputs import AnyArray, AnyWord, is_tied

SHOWN = 40
"""Characters of an argument in an assumption."""


class Twin(NamedTuple):
    """A Python function: the text of its file, which is read and never executed, and its name."""

    name: str
    text: str
    stack: int = DEFAULT_SETTINGS.stack


class Question(NamedTuple):
    """Whether a function does what another does."""

    one: Image
    other: Image | Twin
    values: Sequence[Any]
    """The arguments; `AnyWord` and `AnyArray` are what is not known."""
    settings: Settings = DEFAULT_SETTINGS
    may_alias: bool = False
    """Whether two arrays may share memory."""

    @property
    def images(self) -> list[Image]:
        """The functions of machine code."""
        return [each for each in (self.one, self.other) if isinstance(each, Image)]

    def call(self) -> str:
        """It as text."""
        shown = [
            str(each) if isinstance(each, (AnyWord, AnyArray)) else f"{each!r:.{SHOWN}}"
            for each in self.values
        ]
        return f"{self.one.name}({', '.join(shown)})"

    def assumptions(self) -> tuple[str, ...]:
        """What holds of every input that an answer speaks of."""
        return tuple(self._assumed())

    def _assumed(self) -> Iterator[str]:
        buffers = 0
        for at, value in enumerate(self.values):
            buffers += not isinstance(value, (AnyWord, int, float, type(None)))
            if isinstance(value, AnyArray) and value.known is None:
                items = "item" if value.length == 1 else "items"
                yield f"argument {at + 1} has {value.length} {items}"
            elif isinstance(value, AnyArray):
                yield f"argument {at + 1} is {value}"
            elif not isinstance(value, AnyWord):
                yield f"argument {at + 1} is {value!r:.{SHOWN}}"
            elif value != AnyWord():
                yield f"argument {at + 1} is from {value.low} to {value.high}"
        if any(map(is_tied, self.values)):
            yield "arrays of unknown length have less than 2 GiB, 4 KiB from 0 and 2**32 or more"
        if isinstance(self.other, Twin):
            yield "the result is that of Python modulo 2**32"
        if buffers > 1:
            yield self._apart()
        if buffers:
            apart = ", where they overlap to their items" if self.may_alias and buffers > 1 else ""
            yield f"buffers are aligned to 16{apart}"

    def _apart(self) -> str:
        if not self.may_alias:
            return "buffers are disjoint"
        if isinstance(self.other, Twin):
            return "buffers are disjoint, or two arrays of one type and length are the same"
        return "buffers are disjoint, or two arrays of unknown items overlap by whole items"
