"""What happens where, in a function that is followed: events of several sorts.

`node` is the index of the instruction. Offsets and distances are in bytes, signed.
"""

from __future__ import annotations

from asm_rv32.analysis.values import UNKNOWN_RESIDUE, Residue
from asm_rv32.basis.records import NamedTuple

NOT_RESTORED = "not restored"
"""At a return, `register` of the caller's holds something else."""
HANDLER_RETURNS = "handler returns"
"""An interrupt handler returns as from a call."""
ADDRESS_LOST = "address lost"
"""A return goes to what certainly is not where `routine` came from."""
RETURN_BY_CALL = "return by call"
"""What goes to the caller writes where to come back to."""
RETURN_BESIDE = "return beside"
"""A return goes beside the place behind the call, `at` so far from it."""
STACK_OFF = "stack off"
"""At a return, sp is `at` so far from where it was at the entry."""
STACK_LOST = "stack lost"
"""At a return, sp is on some path not where it was at the entry."""
BELOW_STACK = "below stack"
"""An access `at` so far from sp, below it."""
ABOVE_FRAME = "above frame"
"""An access in the caller's frame, `at` so far above the entry's sp."""
UNWRITTEN = "unwritten"
"""`register` is read that nothing wrote, on some path."""
LOST_IN_CALL = "lost in call"
"""`register` is read that a call has overwritten: of `routine`, by its offset, or -1 for a function
elsewhere."""
UNWRITTEN_LOAD = "unwritten load"
"""A load from the stack, of what nothing stored on any path; `at` so far from the entry's sp."""
MISALIGNED = "misaligned"
"""An access `at` a known word that is no multiple of its size."""
MISALIGNED_CODE = "misaligned code"
"""The same `at` a known offset of the function."""
MISALIGNED_STACK = "misaligned stack"
"""The same `at` a distance from the entry's sp."""
MISALIGNED_ANYHOW = "misaligned anyhow"
"""The same wherever it is: all that is known is `residue`. The address is counted from `at`, an
offset of the function, or -1."""
THROUGH = "through"
"""An access through a pointer of the caller's, `at` so far from what `register` held at the entry;
known modulo 4 only."""
JUMP_TO = "jump to"
"""A jump through a register to `at`, an offset of the function."""
CODE_STORE = "code store"
"""A store to `at`, an offset of the function."""
NO_RESULT = "no result"
"""At a return, nothing has written a0 on some path."""
SAME_RESULT = "same result"
"""At a return, a0 holds what came in."""


class Event(NamedTuple):
    """What was seen of an instruction. The sort says which of the fields mean something."""

    sort: str
    node: int
    register: int = 0
    size: int = 0
    """Of an access: 1, 2 or 4."""
    at: int = 0
    routine: int = 0
    """Its first node, or as the sort says."""
    residue: Residue = UNKNOWN_RESIDUE


class Events:
    """All events, by sort; each counts once."""

    def __init__(self) -> None:
        self._by_sort: dict[str, dict[Event, None]] = {}

    def add(self, event: Event) -> None:
        """It was seen."""
        self._by_sort.setdefault(event.sort, {})[event] = None

    def of(self, sort: str) -> list[Event]:
        """Those of a sort, in order of place."""
        found = self._by_sort.get(sort)
        return sorted(found) if found else []

    def drop(self, nodes: set[int], *sorts: str) -> None:
        """Forget those of these sorts at these nodes."""
        for sort in sorts:
            kept = {each: None for each in self._by_sort.get(sort, ()) if each.node not in nodes}
            self._by_sort[sort] = kept

    def __bool__(self) -> bool:
        """Whether there is any."""
        return any(self._by_sort.values())


class Visit:
    """What came of a block."""

    __slots__ = ("events", "last", "ways")

    def __init__(self, last: int, ways: tuple[int, ...], events: list[Event]) -> None:
        self.last = last
        """The node behind the last that control comes to."""
        self.ways = ways
        """The blocks that control can go to."""
        self.events = events
