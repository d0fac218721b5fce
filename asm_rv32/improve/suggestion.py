"""What is proposed of a function, proved and priced.

A rewrite yields `Candidate`s: edits of lines, and what connects both texts where they are not alike
block by block. `improve/proof.py` proves them, `improve/price.py` prices them; what passes both is
a `Suggestion`. Invariant: lines that no edit takes stay as they are, comments included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from asm_rv32.basis.records import NamedTuple

if TYPE_CHECKING:
    from asm_rv32.basis.diagnostics import Source, Span
    from asm_rv32.improve.relations import Relation


class Edit(NamedTuple):
    """Lines, without their ends, in place of `taken` lines, of which `line` is the first, from 1;
    where none is taken, in front of it."""

    line: int
    taken: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """A change of one function that may be faster."""

    rewrite: str
    """Its name: reorder, unroll, ..."""
    span: Span
    """The place that it is about."""
    message: str
    """What is done, and why that is faster."""
    edits: tuple[Edit, ...]
    relations: Mapping[int, Relation] = field(default_factory=dict)
    """Line of the new text → what holds there of both. Where they are alike but for what stands
    between lines that stay, as within a block, none is needed."""


@dataclass(frozen=True)
class Suggestion:
    """A change that is the same for every input it speaks of, with what it saves."""

    function: str
    """Its name in the module."""
    rewrites: tuple[str, ...]
    span: Span
    messages: tuple[str, ...]
    """Of each of its steps, what is done and why."""
    edits: tuple[Edit, ...]
    """From the old source to the new one."""
    proof: tuple[str, ...]
    """For what it is proved, a line each."""
    cycles: Mapping[str, tuple[int, int]]
    """Core → of the calls that it was priced with, before and after."""
    calls: tuple[str, ...]
    """Those calls, as text; empty where its paths were priced by themselves."""


def edited(source: Source, edits: Iterable[Edit]) -> str:
    """The text with the edits made; every other line stays as it is, its end included."""
    text, starts = source.text, source.line_starts
    lines = [text[start:end] for start, end in pairwise([*starts, len(text)])]
    end = lines[0][len(lines[0].rstrip("\r\n")) :] or "\n"
    ended = not lines[-1]
    if not ended:
        lines[-1] += end
    for edit in sorted(edits, reverse=True):
        lines[edit.line - 1 : edit.line - 1 + edit.taken] = [line + end for line in edit.lines]
    text = "".join(lines)
    return text if ended else text.removesuffix(end)
