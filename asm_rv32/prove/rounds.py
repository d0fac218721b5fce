"""Which of several states goes on first: all ways through a round of a loop meet before the next.

Input: where each instruction leads, as far as its form tells, and what turns up on the way.
Output: a rank for each place; the state of the least goes on.
Method: a weak topological order (F. Bourdoncle, Efficient chaotic iteration strategies with
widenings, 1993): strongly connected parts in their order, each with its head last, for there a
round ends; what is left of it without its head is ordered in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from asm_rv32.analysis.flow import components
from asm_rv32.isa.decode import Decoded
from asm_rv32.isa.effects import BRANCH, CALL, NEXT
from asm_rv32.isa.meaning import Place

DEEPEST = 32
"""Loops within each other whose rounds are kept apart."""
Rank = tuple[float, ...]
HEAD: float = float("inf")


class Rounds:
    """The ranks of the places that control has been seen to reach, or may reach from there."""

    def __init__(self, decode: Callable[[int], Decoded | None]) -> None:
        """`decode` gives what stands at a place, if anything does."""
        self._decode = decode
        self._ways: dict[int, dict[int, None]] = {}
        self._ranks: dict[int, Rank] = {}

    def rank(self, place: int) -> Rank:
        """That of a place."""
        if place not in self._ranks:
            self._explore(place)
            self._ranks = ranks(self._ways)
        return self._ranks[place]

    def goes(self, place: int, to: int) -> None:
        """Control goes from one place to another. What was ordered otherwise is ordered anew."""
        if place not in self._ranks or to in self._ways[place]:
            return
        self._ways[place][to] = None
        if to not in self._ranks or self._ranks[to] < self._ranks[place]:
            self._explore(to)
            self._ranks = {}

    def _explore(self, first: int) -> None:
        waiting = [first]
        while waiting:
            place = waiting.pop()
            if place not in self._ways:
                self._ways[place] = dict.fromkeys(self._leads(place))
                waiting += self._ways[place]

    def _leads(self, place: int) -> Iterator[int]:
        """Where an instruction leads by its form; a call first to where it returns."""
        decoded = self._decode(place)
        if decoded is None or decoded.instruction is None:
            return
        effects = decoded.instruction.effects
        if effects.control in (NEXT, BRANCH, CALL) or effects.links:
            yield place + decoded.size
        if isinstance(effects.target, Place):
            yield place + effects.target.distance


def ranks(ways: dict[int, dict[int, None]]) -> dict[int, Rank]:
    """The order of places of which each leads to some of them."""
    found: dict[int, Rank] = {}
    waiting: list[tuple[Sequence[int], Rank]] = [([*ways], ())]
    while waiting:
        places, prefix = waiting.pop()
        number_of = {place: number for number, place in enumerate(places)}
        inner = [tuple([number_of[to] for to in ways[place] if to in number_of])
                 for place in places]  # fmt: skip
        parts = components(inner)
        part_of = {number: at for at, part in enumerate(parts) for number in part}
        heads: dict[int, int] = {}
        for number, successors in enumerate(inner):
            for to in successors:
                if part_of[to] != part_of[number]:
                    heads[part_of[to]] = min(to, heads.get(part_of[to], to))
        for at, part in enumerate(parts):
            rank = (*prefix, len(parts) - at)
            head = heads.get(at, min(part))
            found[places[head]] = (*rank, HEAD)
            if len(part) > 1:
                rest = [places[number] for number in sorted(part) if number != head]
                if len(rank) < DEEPEST:
                    waiting.append((rest, rank))
                else:
                    found.update({place: (*rank, number) for number, place in enumerate(rest)})
    return found
