"""Terms that are a constant and, by xor, a word for each bit of the unknowns that is one.

So is what checksums by polynomials, permutations of bits and parity are made of: whether two such
terms are equal is seen at once, where a solver takes minutes.
Input: terms. Output: their `Affine`s; none of what is no such term, or not seen to be one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from asm_rv32.isa.words import WORD, extended
from asm_rv32.prove.term import Term, shifted, within

Bit = tuple[Term, int]
"""A bit of an unknown."""


class Affine(NamedTuple):
    """Such a term."""

    constant: int
    """Its value where all unknowns are 0."""
    words: Mapping[Bit, int] = {}
    """What each bit changes; none is 0."""


def affine(terms: Sequence[Term]) -> dict[Term, Affine]:
    """Those within some terms, themselves included, that are seen to be affine."""
    found: dict[Term, Affine] = {}
    for term in within(terms):
        inner = [found[each] for each in term.operands if each in found]
        if len(inner) == len(term.operands):
            made = _made(term, inner)
            if made is not None:
                found[term] = made
    return found


def _made(term: Term, inner: Sequence[Affine]) -> Affine | None:
    form, data = term.form, term.data
    if form == "constant":
        return Affine(data)
    if form == "unknown":
        # Of one with another bound, not all values of its bits come up.
        full = data[1] & (data[1] + 1) == 0
        bits = range(data[1].bit_length())
        return Affine(0, {(term, at): 1 << at for at in bits}) if full else None
    if form in ("xor", "join"):
        return _together(data if form == "xor" else 0, inner)
    if form == "piece":
        shift, mask = data
        return _each(inner[0], lambda word: shifted(word, shift) & mask)
    if form == "extend":
        return _each(inner[0], lambda word: extended(word, data))
    if form == "sar" and term.operands[1].form == "constant":
        by = term.operands[1].data
        return _each(inner[0], lambda word: extended(word >> by, 32 - by))
    if form == "sum" and len(inner) == 1:
        constant, factor = data
        if term.operands[0].ones == 1:
            return _chosen(inner[0], constant + factor & WORD, Affine(constant))
        if not constant and factor & (factor - 1) == 0:
            return _each(inner[0], lambda word: word * factor & WORD)
        return None
    if form == "if" and term.operands[0].ones == 1:
        condition, one, other = inner
        apart = _together(0, (one, other))
        return None if apart.words else _chosen(condition, apart.constant ^ other.constant, other)
    return None


def _chosen(bit: Affine, constant: int, other: Affine) -> Affine:
    """`other`, with another constant where a bit is one."""
    by = constant ^ other.constant
    return _together(0, (other, _each(bit, lambda word: by if word & 1 else 0)))


def _each(one: Affine, change: Callable[[int], int]) -> Affine:
    """What a linear function of words makes of one."""
    changed = {bit: change(word) for bit, word in one.words.items()}
    return Affine(change(one.constant), {bit: word for bit, word in changed.items() if word})


def _together(constant: int, several: Iterable[Affine]) -> Affine:
    """Some, by xor."""
    words: dict[Bit, int] = {}
    for each in several:
        constant ^= each.constant
        for bit, word in each.words.items():
            words[bit] = words.get(bit, 0) ^ word
    return Affine(constant, {bit: word for bit, word in words.items() if word})
