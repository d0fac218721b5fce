"""What is proposed of a function, proved and priced.

A rewrite yields `Candidate`s: edits of lines, and what connects both texts where they are not alike
block by block. `improve/simulation.py` proves them, `improve/price.py` prices them; what passes
both is a `Suggestion`. Invariant: lines that no edit takes stay as they are, comments included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asm_rv32.basis.diagnostics import Span
    from asm_rv32.basis.edits import Edit
    from asm_rv32.improve.relations import Relation


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
