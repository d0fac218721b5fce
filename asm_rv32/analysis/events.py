"""What happens where, in a function that is followed: one class a sort of event.

`node` is the index of the instruction. Offsets and distances are in bytes, signed.
"""

from __future__ import annotations

from asm_rv32.analysis.values import Residue
from asm_rv32.basis.records import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from typing import TypeVar

    Sort = TypeVar("Sort")


class NotRestored(NamedTuple):
    """At a return, a register of the caller's holds something else."""

    node: int
    register: int


class HandlerReturns(NamedTuple):
    """An interrupt handler returns as from a call."""

    node: int


class AddressLost(NamedTuple):
    """A return goes to what certainly is not where the routine came from."""

    node: int
    routine: int
    """Its first node."""


class ReturnByCall(NamedTuple):
    """What goes to the caller writes where to come back to."""

    node: int


class ReturnBeside(NamedTuple):
    """A return goes beside the place behind the call."""

    node: int
    distance: int


class StackOff(NamedTuple):
    """At a return, sp is not where it was at the entry, by so much."""

    node: int
    distance: int


class StackLost(NamedTuple):
    """At a return, sp is on some path not where it was at the entry."""

    node: int


class BelowStack(NamedTuple):
    """An access so far below sp."""

    node: int
    distance: int


class AboveFrame(NamedTuple):
    """An access in the caller's frame, so far above the entry's sp."""

    node: int
    distance: int


class Unwritten(NamedTuple):
    """A register is read that nothing wrote, on some path."""

    node: int
    register: int


class LostInCall(NamedTuple):
    """A register is read that a call has overwritten."""

    node: int
    register: int
    routine: int
    """The offset where the routine starts, or -1 for a function elsewhere."""


class UnwrittenLoad(NamedTuple):
    """A load from the stack, of what nothing stored on any path; so far from the entry's sp."""

    node: int
    distance: int
    size: int


class Misaligned(NamedTuple):
    """An access at a known word that is no multiple of its size."""

    node: int
    size: int
    word: int


class MisalignedCode(NamedTuple):
    """The same at a known offset of the function."""

    node: int
    size: int
    offset: int


class MisalignedStack(NamedTuple):
    """The same at a distance from the entry's sp."""

    node: int
    size: int
    distance: int


class MisalignedAnyhow(NamedTuple):
    """The same wherever it is: all that is known is the remainder."""

    node: int
    size: int
    residue: Residue
    origin: int
    """The offset of the function that the address is counted from, or -1."""


class Through(NamedTuple):
    """An access through a pointer of the caller's."""

    node: int
    register: int
    size: int
    offset: int
    """From what the register held at the entry; known modulo 4 only."""


class JumpTo(NamedTuple):
    """A jump through a register to a known offset of the function."""

    node: int
    offset: int


class CodeStore(NamedTuple):
    """A store to a known offset of the function."""

    node: int
    offset: int


class NoResult(NamedTuple):
    """At a return, nothing has written a0 on some path."""

    node: int


class SameResult(NamedTuple):
    """At a return, a0 holds what came in."""

    node: int


class Events:
    """All events, by sort; each counts once."""

    def __init__(self) -> None:
        self._by_sort: dict[type, dict[Any, None]] = {}

    def add(self, event: Any) -> None:
        """It was seen."""
        self._by_sort.setdefault(type(event), {})[event] = None

    def of(self, sort: type[Sort]) -> list[Sort]:
        """Those of a sort, in order of place."""
        found = self._by_sort.get(sort)
        return sorted(found) if found else []

    def drop(self, nodes: set[int], *sorts: type) -> None:
        """Forget those of these sorts at these nodes."""
        for sort in sorts:
            kept = {each: None for each in self._by_sort.get(sort, ()) if each.node not in nodes}
            self._by_sort[sort] = kept


class Visit:
    """What came of a block."""

    __slots__ = ("events", "last", "ways")

    def __init__(self, last: int, ways: tuple[int, ...], events: list[Any]) -> None:
        self.last = last
        """The node behind the last that control comes to."""
        self.ways = ways
        """The blocks that control can go to."""
        self.events = events
