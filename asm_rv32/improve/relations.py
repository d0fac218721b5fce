"""What holds between two texts of a function at places that stand for one another.

Invariant: a relation only says what is to be shown; `improve/simulation.py` shows it, or refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asm_rv32.basis.records import NamedTuple

if TYPE_CHECKING:
    from asm_rv32.isa.meaning import Expression


class Relation(NamedTuple):
    """At a line of the new text: where the old one is then, and what is true of the new.

    The registers that may be read from there on are the same in both, but for those in `own` and
    those that `done` writes.
    """

    line: int
    """Of the old text."""
    done: tuple[int, ...] = ()
    """Lines of the new text that are as if executed already: once more, they would change
    nothing."""
    holds: tuple[Expression, ...] = ()
    """Conditions on registers."""
    own: int = 0
    """Registers of which the old text knows nothing there."""
    ahead: tuple[tuple[int, int], ...] = ()
    """Register, and by how much it is greater in the old text."""
    known: tuple[tuple[int, int], ...] = ()
    """Register, and the number that it has in the old text; the new one need not have it."""
    apart: tuple[tuple[int, int, int], ...] = ()
    """Register, another one, and 1 or -1: the first is thought of as the second with something
    added, or taken away; that is so of any, and makes what holds easier to see."""
    turns: int = 1
    """How often the old text may come to a related place until the new one does."""
