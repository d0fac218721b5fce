"""Sums of what bitwise operations give of the same two words, with as few of these as it takes.

Input: a sum's terms with their factors. Output: the same sum otherwise, where that is simpler.
Facts: x | y = x + y - (x & y), x ^ y = x + y - 2 (x & y), x & ~y = x - (x & y), in integers for
each bit and so modulo 2**32; `tests/prove/test_rules.py` proves them by z3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from asm_rv32.isa.words import WORD
from asm_rv32.prove.term import Term

if TYPE_CHECKING:
    from asm_rv32.prove.forms import Forms

    Summands = list[tuple[Term, int]]
BITWISE = frozenset({"&", "|", "xor"})


FEW = 8
"""Summands of a word, at most, for an operation of it to be looked at."""


def fewer(forms: Forms, factors: Mapping[Term, int]) -> tuple[Summands, int] | None:
    """Summands and a constant that make the same sum, of fewer bitwise operations or, of as many,
    of fewer terms; None where none are known."""
    for term, factor in factors.items():
        pair = _pair(forms, term) if term.form in BITWISE else None
        if pair is None or not _may_meet(forms, pair, term, factors):
            continue
        for ways, constant in _ways(forms, term, pair, factor):
            found, more = forms.collected([(term, -factor), *ways], constant)
            changed = {each: (factors.get(each, 0) + by) & WORD for each, by in found.items()}
            before = [each for each in changed if each in factors]
            if _cost(each for each, by in changed.items() if by) < _cost(before):
                return [*{**factors, **changed}.items()], more
    return None


def _cost(terms: Iterable[Term]) -> tuple[int, int]:
    each = [term.form in BITWISE for term in terms]
    return sum(each), len(each)


def _pair(forms: Forms, term: Term) -> tuple[Term, Term] | None:
    """The two words of a bitwise operation, or their complements where it is of these."""
    if len(term.operands) != 2 or term.data:
        return None
    one, other = (_plain(forms, each) for each in term.operands)
    return one, other


def _plain(forms: Forms, term: Term) -> Term:
    """The word of which a term is the complement; itself where it is of none."""
    return forms.xor(term.operands) if _is_complement(term) else term


def _is_complement(term: Term) -> bool:
    return term.form == "xor" and term.data == WORD


def _may_meet(
    forms: Forms, pair: tuple[Term, Term], term: Term, factors: Mapping[Term, int]
) -> bool:
    """Whether anything else in a sum has to do with the words of an operation."""
    inner = [forms.summands(each) for each in pair]
    if max(map(len, inner)) > FEW:
        return False
    if any(each in factors for summands in inner for each, _ in summands):
        return True
    return any(
        each is not term and each.form in BITWISE and _pair(forms, each) == pair
        for each in factors
    )  # fmt: skip


def _ways(
    forms: Forms, term: Term, pair: tuple[Term, Term], factor: int
) -> Iterator[tuple[Summands, int]]:
    """A factor times a bitwise operation, by other operations: summands and a constant."""
    x, y = pair
    constant, by_x, by_y, both = (each * factor for each in _integers(term))
    alone = [(x, by_x), (y, by_y)]
    yield [*alone, (forms.and_(x, y), both)], constant
    yield [*alone, (x, both), (y, both), (forms.or_(x, y), -both)], constant
    if both % 2 == 0:
        half = both // 2
        yield [*alone, (x, half), (y, half), (forms.xor([x, y]), -half)], constant
    for this, that in ((x, y), (y, x)):
        without = forms.and_(this, forms.xor([that], WORD))
        yield [*alone, (this, both), (without, -both)], constant


def _integers(term: Term) -> tuple[int, int, int, int]:
    """What a bitwise operation of x and y, or of their complements, is as a sum: the factors of
    1, x, y and x & y."""
    first, second = (_is_complement(each) for each in term.operands)
    # Of x and of y: 1, x, y, x & y; the complement of a word is -1 - word.
    one = (-1, -1, 0, 0) if first else (0, 1, 0, 0)
    other = (-1, 0, -1, 0) if second else (0, 0, 1, 0)
    both = {
        (False, False): (0, 0, 0, 1),
        (True, False): (0, 0, 1, -1),
        (False, True): (0, 1, 0, -1),
        (True, True): (-1, -1, -1, 1),
    }[first, second]
    if term.form == "&":
        return both
    by = -1 if term.form == "|" else -2
    a, b, c, d = (p + q + by * r for p, q, r in zip(one, other, both))
    return a, b, c, d
