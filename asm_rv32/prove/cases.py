"""Pairs of terms for each value of the unknowns that have few, as counts of items are.

One side leaves its loop where a count is used up, the other where an address is reached: what they
choose among is the same, by conditions that are not. For a known count both are one term.
Input: pairs of terms. Output: those that are the same in each case, by their form or by what each
bit of the other unknowns changes; of the rest nothing is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product

from asm_rv32.prove.affine import affine
from asm_rv32.prove.sweep import Pair
from asm_rv32.prove.term import Term, within
from asm_rv32.prove.terms import Terms
from asm_rv32.prove.watch import Watch

FEW = 64
"""Cases."""
WORK = 400_000
"""Terms that are built for all cases together."""


def same_in_each_case(terms: Terms, pairs: Mapping[str, Pair], limits: Watch) -> set[str]:
    """The names of pairs that are equal whatever the unknowns of few values are."""
    inner = within([term for pair in pairs.values() for term in pair])
    chosen = _deciding(inner)
    left = dict(pairs) if chosen else {}
    ranges = [range(unknown.data[1] + 1) for unknown in chosen]
    if len(inner) * _cases(chosen) > WORK:
        return set()
    for values in product(*ranges):
        if not left or limits.is_over:
            return set()
        known = dict(zip(chosen, map(terms.constant, values)))
        for term in inner:
            if term not in known:
                known[term] = terms.rebuilt(term, [known[each] for each in term.operands])
        left = {name: pair for name, pair in left.items() if _same(*(known[each] for each in pair))}
    return set(left)


def _same(one: Term, other: Term) -> bool:
    if one is other:
        return True
    found = affine((one, other))
    return one in found and found[one] == found.get(other)


def _deciding(inner: Iterable[Term]) -> list[Term]:
    """The unknowns of few values that most choices hang on, as long as the cases are few."""
    conditions = [term.operands[0] for term in inner if term.form == "if"]
    counts = Counter(
        each for condition in dict.fromkeys(conditions) for each in within([condition])
        if each.form == "unknown" and each.data[1] < FEW
    )  # fmt: skip
    chosen: list[Term] = []
    for unknown, _ in counts.most_common():
        if _cases([*chosen, unknown]) <= FEW:
            chosen.append(unknown)
    return chosen


def _cases(chosen: Iterable[Term]) -> int:
    found = 1
    for unknown in chosen:
        found *= unknown.data[1] + 1
    return found
