"""States behind a loop, written without the count of its rounds.

Input: states of two functions, and a count of which an equation is known there. Output: the same
states; what is left is about fewer unknowns, and a solver's questions are shorter.
Invariant: only what is equal where the conditions hold takes another's place; conditions are only
left out, which no proof can gain by.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from asm_rv32.isa.words import WORD
from asm_rv32.prove.open_call import OpenPath
from asm_rv32.prove.term import Term, within
from asm_rv32.prove.terms import Terms


def zeros(conditions: Iterable[Term], count: Term) -> list[Term]:
    """Sums with a count that conditions say are zero."""
    return [
        each.operands[0]
        for each in conditions
        if each.form == "eq"
        and each.operands[1].value == 0
        and any(term is count for term in each.operands[0].operands)
    ]


def eliminate(terms: Terms, states: Sequence[OpenPath], count: Term, zero: Term) -> None:
    """Write registers without a count, by a sum with it that is zero; leave out the conditions
    that are about it, where nothing else is any more."""
    for state in states:
        state.registers = [_without(terms, each, count, zero) for each in state.registers]
    left = within(
        term
        for state in states
        for term in (*state.registers, *state.memories, *(word for word, _ in state.bytes.values()))
    )
    if count in left:
        return
    for state in states:
        state.conditions = tuple(each for each in state.conditions if count not in within([each]))


def _without(terms: Terms, term: Term, count: Term, zero: Term) -> Term:
    """A sum less so many times another one that the count is gone; itself where that cannot be."""
    here, there = (
        sum(by for each, by in terms.summands(of) if each is count) & WORD for of in (term, zero)
    )
    low = there & -there
    if not here or not there or here % low:
        return term
    several = (WORD + 1) // low  # so many times the sum is nothing: the nearest to 0 will do
    times = here // low * pow(there // low, -1, WORD + 1) % several
    times -= several * (2 * times > several)
    return terms.sum([(term, 1), (zero, -times)])
