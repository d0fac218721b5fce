"""Terms that only compare unknowns with each other, and choose among them, as sorting does.

Whether such terms can differ depends on the order of the unknowns alone, and every order of so many
unknowns is one of as many small numbers: a solver is asked about words of a few bits, and what it
finds for them are words for which the terms differ.
Input: the terms of a question. Output: how many bits are enough for each unknown; none where
anything else is done with one of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from asm_rv32.isa.words import WORD
from asm_rv32.prove.term import Term

TRUTHS = ("&", "|", "xor")
"""Forms that make a truth of truths."""
ORDERS = ("ltu", "lts")
"""Comparisons, of which one question may have but one kind."""


def enough(terms: Iterable[Term], cut: Collection[Term] = ()) -> dict[Term, int]:
    """Unknown, or term in `cut`, of which nothing else is known → bits that are enough for it."""
    walk = _Walk(cut)
    waiting = [(term, term.ones == 1) for term in terms]
    seen: dict[Term, bool] = {}
    while waiting:
        term, is_truth = waiting.pop()
        if term not in seen:
            inner = walk.truth(term) if is_truth else walk.word(term)
            if inner is None:
                return {}
            waiting += inner
        elif seen[term] != is_truth:
            return {}
        seen[term] = is_truth
    bits = max(1, (len(walk.words) - 1).bit_length())
    if len(walk.orders) > 1 or any(_most(word) >> bits == 0 for word in walk.words):
        return {}
    return dict.fromkeys(walk.words, bits)


def _most(word: Term) -> int:
    """The greatest that an unknown can be, where it can be all that is less; else 0."""
    if word.form == "unknown":
        return int(word.data[1])
    return WORD if word.ones == WORD else 0


Inner = list[tuple[Term, bool]]
"""Terms, and whether each is a truth."""


class _Walk:
    """What was found on the way down."""

    def __init__(self, cut: Collection[Term]) -> None:
        self.cut = cut
        self.words: set[Term] = set()
        """What is compared."""
        self.orders: set[str] = set()

    def truth(self, term: Term) -> Inner | None:
        """What a truth is made of; None where that is not known to be an order."""
        if term.ones > 1:
            return None
        if term.form == "constant" or not term.operands or term in self.cut:
            return []
        if term.form in TRUTHS or term.form == "if":
            return [(each, True) for each in term.operands]
        if term.form in ORDERS:
            self.orders.add(term.form)
            return [(each, False) for each in term.operands]
        apart = term.operands[0]
        if term.form == "eq" and apart.form == "sum" and apart.data in DIFFERENCES:
            return [(each, False) for each in apart.operands]
        return None

    def word(self, term: Term) -> Inner | None:
        """What a word is chosen from; None where it is anything else."""
        if term.form == "if" and term not in self.cut:
            truth, *words = term.operands
            return [(truth, True), *((each, False) for each in words)]
        if term.form == "unknown" or term in self.cut:
            self.words.add(term)
            return []
        return None


DIFFERENCES = ((0, 1, WORD), (0, WORD, 1))
"""What a difference has in it as a sum."""
