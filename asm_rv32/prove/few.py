"""Terms that can be few words only, such as the address that a jump takes from a table.

Input: a term. Output: the words that it may be, all of them and perhaps more; None of one that may
be too many.
"""

from __future__ import annotations

from functools import reduce

from asm_rv32.prove.term import Term, evaluate, within

FEW = 256
"""Words of a term."""
PARTS = ("sum", "xor", "join", "piece", "extend", "if", "table")
"""Forms whose words are those of their operands, put together."""
Words = frozenset[int]
Rows = frozenset[tuple[int, ...]]


def words_of(term: Term) -> Words | None:
    """What a term may be."""
    found: dict[Term, Words | None] = {}
    for each in within([term]):
        found[each] = _words(each, [found[operand] for operand in each.operands])
    return found[term]


def _words(term: Term, inner: list[Words | None]) -> Words | None:
    """What a term may be, if its operands may be that."""
    if term.form == "constant":
        return frozenset((term.data,))
    if term.form == "table" and inner[0] is None:
        inner = [frozenset(range(len(term.data) + 1))]
    rows: Rows | None = frozenset(((),))
    several = reduce(_together, inner, rows) if term.form in PARTS else None
    if several is not None:
        return frozenset(evaluate(term, row) for row in several)
    return _by_bits(term.ones) if term.ones.bit_count() <= FEW.bit_length() - 1 else None


def _together(rows: Rows | None, words: Words | None) -> Rows | None:
    """Each row with each word behind it."""
    if rows is None or words is None:
        return None
    found = frozenset((*row, word) for row in rows for word in words)
    return found if len(found) <= FEW else None


def _by_bits(ones: int) -> Words:
    """All words of some bits."""
    found = [0]
    while ones:
        low = ones & -ones
        ones ^= low
        found += [each | low for each in found]
    return frozenset(found)
