"""Which of two terms' inner terms are the same: proved from the inputs up, and put together.

Input: pairs of terms. Output: the pairs, as they are after all that is the same within them has
become one term.
Invariant: two terms become one only where their normal forms are one, or z3 proved that they never
differ. Random inputs say which are worth the question; a proof never rests on them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import z3

from asm_rv32.prove.solver import Reader, deeper
from asm_rv32.prove.term import Term, within
from asm_rv32.prove.terms import Terms
from asm_rv32.prove.watch import Watch

TIMEOUT = 1.5
"""Seconds' work for a question about terms within; what is not known by then stays apart."""
DEPTHS = (3, 6, 12, 48)
"""So many operations of each term a question is about, where what they share does not help."""
LAYERS = 4
"""How often what two terms share is opened by a layer, where it is too coarse as it is."""
CANDIDATES = 3
"""Terms with the same values for all sampled inputs that one is compared with."""
FAILURES = 8
"""After so many of them, terms with the same samples are taken for different."""
Pair = tuple[Term, Term]


def _within(term: Term) -> set[Term]:
    return set(within([term]))


class Sweep:
    """One comparison of pairs of terms."""

    def __init__(self, terms: Terms, limits: Watch) -> None:
        self.terms = terms
        self.limits = limits
        self._failed: Counter[tuple[Any, ...]] = Counter()
        """How often terms with these samples were not proved equal."""

    def run(self, pairs: Sequence[Pair]) -> list[Pair]:
        """The pairs, once what is equal within them is one."""
        same: dict[Term, Term] = {}
        by_samples: dict[tuple[int, ...], list[Term]] = {}
        for term in within([each for pair in pairs for each in pair]):
            if self.limits.is_over:
                break
            new = self.terms.rebuilt(term, [same[each] for each in term.operands])
            same[term] = self._known(new, by_samples)
        return [(same.get(one, one), same.get(other, other)) for one, other in pairs]

    def _known(self, term: Term, by_samples: dict[tuple[int, ...], list[Term]]) -> Term:
        """The term, or the earlier one that it is equal to."""
        others = by_samples.setdefault(term.samples, [])
        if term in others:
            return term
        if term.form not in ("constant", "unknown") and self._failed[term.samples] < FAILURES:
            for other in others[:CANDIDATES]:
                if self.are_equal(other, term):
                    return other
                self._failed[term.samples] += 1
        others.append(term)
        return term

    def are_equal(self, one: Term, other: Term) -> bool:
        """Whether z3 proves it, of as little of both as it takes: down to what both consist of,
        opened by a layer where that is too coarse; then down to a depth."""
        shared = {each for each in _within(one) & _within(other) if each.operands}
        for _ in range(LAYERS):
            reader = Reader(shared, (one, other))
            answer = self._ask(reader, one, other)
            if answer == z3.unsat:
                return True
            if answer == z3.unknown or self.limits.is_over:
                break
            if not reader.reached:
                return False
            shared -= reader.reached
        for depth in DEPTHS:
            reader = Reader(deeper((one, other), depth), (one, other))
            if self._ask(reader, one, other) == z3.unsat:
                return True
            if not reader.reached or self.limits.is_over:
                break
        return False

    def _ask(self, reader: Reader, one: Term, other: Term) -> z3.CheckSatResult:
        differ = reader.word(one) != reader.word(other)
        solver = reader.solver(self.limits.left, TIMEOUT)
        solver.add(differ)
        return solver.check()
