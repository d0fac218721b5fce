"""The functions of a program, as those see them that call them.

Input: the `Flow` of a whole program, and the place that is called. Output: the `Routine` there.
Invariant: each is followed once, however many call it; what it leaves stands in terms of its own
entry, offsets are the program's.
"""

from __future__ import annotations

from asm_rv32.analysis.flow import Flow, registers
from asm_rv32.analysis.routines import Followed, Routine
from asm_rv32.analysis.values import ENTRY


class Others(Followed):
    """Follows what is called, when it is asked for."""

    def __init__(self, flow: Flow) -> None:
        """`flow`: of the whole program."""
        super().__init__(flow)
        self.routines.append(Routine(0, 0, 0))  # none of them is the one asked about
        self.finished = not flow.undecoded
        self._found: dict[tuple[int, int], Routine] = {}

    def at(self, address: int, link: int) -> Routine | None:
        """The routine at an offset of the program; None where no instruction stands there."""
        first = self.flow.node_at.get(address, -1)
        found = self._found.get((address, link))
        if found is not None or first < 0:
            return found
        known = self.routines[self.routine(first, link, None)]
        self.finished = self.finished and self.follow()
        found = self._found[address, link] = Routine(first, link, address)
        found.uses = dict.fromkeys(known.uses, -1)
        found.returned = known.returned if self.finished else None
        found.elsewhere = known.elsewhere or not self.finished
        found.strays = known.strays or not self.finished
        values = found.returned.values if found.returned is not None else ()
        found.written = registers(*(at for at, value in enumerate(values) if value != ENTRY[at]))
        return found
