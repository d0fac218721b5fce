"""The solver that every analysis uses: least solutions, few visits, a budget."""

from __future__ import annotations

import random

from asm_rv32.analysis.solve import Solver


def union(known: frozenset[int], new: frozenset[int]) -> frozenset[int]:
    return known if new <= known else known | new


def test_what_reaches_a_place_is_what_some_way_brings_there() -> None:
    choice = random.Random(3)
    for _ in range(50):
        count = choice.randrange(1, 20)
        edges = {n: [choice.randrange(count) for _ in range(choice.randrange(4))]
                 for n in range(count)}  # fmt: skip
        solver: Solver[frozenset[int]] = Solver(union, budget=100_000)

        def through(place: int, state: frozenset[int]) -> None:
            for to in edges[place]:  # noqa: B023
                solver.reach(to, state | {place})  # noqa: B023

        solver.reach(0, frozenset())
        assert solver.run(through)
        expected: dict[int, set[int]] = {0: set()}
        for _ in range(count * count):
            for place in list(expected):
                for to in edges[place]:
                    expected.setdefault(to, set()).update(expected[place] | {place})
        assert solver.states == expected


def test_a_straight_line_is_visited_once_in_order() -> None:
    solver: Solver[frozenset[int]] = Solver(union, budget=10)
    seen: list[int] = []

    def through(place: int, state: frozenset[int]) -> None:
        seen.append(place)
        for to in (place + 1, place + 2):
            if to < 10:
                solver.reach(to, state | {place})

    solver.reach(0, frozenset())
    assert solver.run(through) and seen == [*range(10)]


def test_a_budget_ends_what_has_no_end() -> None:
    solver: Solver[int] = Solver(max, budget=100)
    solver.reach(0, 0)
    visited = []

    def through(place: int, state: int) -> None:
        visited.append(state)
        assert len(visited) < 100
        solver.reach(0, state + 1)

    assert not solver.run(through, cost=lambda place: 7)
    assert len(visited) == 100 // 7


def test_a_place_can_be_asked_for_again() -> None:
    solver: Solver[frozenset[int]] = Solver(union, budget=10)
    visits = []

    def through(place: int, state: frozenset[int]) -> None:
        visits.append(place)
        if len(visits) == 1:
            solver.again(place)

    solver.reach(4, frozenset())
    assert solver.run(through) and visits == [4, 4]
