"""What is to be done for a function, and what is different from one dialect to another.

Invariant: the stages are run with a `Dialect`'s methods; none of them asks which one it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from asm_rv32.assembler.budget import Budget
from asm_rv32.assembler.forms import Mode
from asm_rv32.assembler.ir import Expansion, Fragment, Wrong
from asm_rv32.assembler.reading.program import FunctionSource
from asm_rv32.assembler.relax import Placed
from asm_rv32.basis.diagnostics import Diagnostic, Source
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.sets import InstructionSet


class Job(NamedTuple):
    """One function to assemble, and all that decides how."""

    function: FunctionSource
    source: Source
    dialect: Dialect
    isa: str
    instructions: InstructionSet
    compress: bool
    """Shorter instructions are chosen, where the ISA has them."""
    board: str = ""
    """The name of the board that it is for, if any; `instructions` has none that this lacks."""
    handler: str = ""
    """As `Image.handler`."""


class Dialect:
    """How a function is read and laid out."""

    def read(self, job: Job, budget: Budget) -> Reading:
        """The items of the function."""
        raise NotImplementedError

    def mode(self, job: Job, expansion: Expansion) -> tuple[Mode, list[Diagnostic]]:
        """How much may be chosen, and what to say of it."""
        raise NotImplementedError

    def needs_return(self, expansion: Expansion, fragments: list[Fragment]) -> bool:
        """True where a return is appended; `fragments` has one for each item, not placed yet."""
        raise NotImplementedError

    def finish(self, placed: Placed, job: Job) -> None:
        """What may change once all has its place."""

    def check(self, placed: Placed) -> list[Diagnostic]:
        """What the dialect has against the layout."""
        return []


class Reading(NamedTuple):
    """A function as a dialect reads it."""

    dialect: Dialect
    """The one that goes on with it: a script's function may be in either."""
    expansion: Expansion
    wrong: Sequence[Wrong]
