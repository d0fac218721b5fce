"""One worklist: the least solution of what holds at each place of a program.

Input: a state where things begin, what holds on both of two ways, and a function that lets a state
pass a place and says where it goes. Output: place → what holds on entering it.
Invariant: a place is visited again only where less is known of it than before, so that domains
whose values can only lose finitely often come to an end; a budget bounds the rest.

    solver = Solver(join, budget=1000)
    solver.reach(0, start)
    finished = solver.run(lambda place, state: [solver.reach(to, ...) for to in ...])

Places are numbers: blocks, instructions, routines, or one that stands for "wherever a return goes".
Those with low numbers come first; a backward analysis counts them downwards.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable

from asm_rv32.basis.records import Generic, TypeVar

State = TypeVar("State")


class Solver(Generic[State]):
    """The states found so far, and the places that have to be visited."""

    def __init__(self, join: Callable[[State, State], State], budget: int) -> None:
        """`join(known, new)` gives `known` itself where `new` changes nothing of it, and changes
        neither of the two. `budget`: visits, or whatever `run` is told that each costs."""
        self.states: dict[int, State] = {}
        self.budget = budget
        self._join = join
        self._pending: list[int] = []
        """Places to visit, negated and in order: the next one stands last."""
        self._waiting: set[int] = set()

    def reach(self, place: int, state: State) -> None:
        """Control, or knowledge, comes to a place with this state, which no one may change."""
        known = self.states.get(place)
        if known is not None:
            state = self._join(known, state)
            if state is known:
                return
        self.states[place] = state
        self.again(place)

    def again(self, place: int) -> None:
        """Visit a place once more: what it depends on beside its state has changed."""
        if place not in self._waiting:
            self._waiting.add(place)
            insort(self._pending, -place)

    def run(
        self,
        through: Callable[[int, State], object],
        cost: Callable[[int], int] = lambda place: 1,
    ) -> bool:
        """Visit places until nothing changes; False where the budget ended before that.

        `through` calls `reach` for every place that can come next. What it raises, `run` raises.
        """
        while self._pending:
            place = -self._pending.pop()
            self._waiting.discard(place)
            self.budget -= cost(place)
            if self.budget < 0:
                return False
            through(place, self.states[place])
        return True
