"""What a term is: its form, which of its bits may be one, and its value for given operands.

    constant    a word
    unknown     a word of which nothing is known but its greatest value
    sum         constant + factor * operand + …             modulo 2**32
    xor         constant ^ operand ^ …
    piece       an operand, shifted to the left or (negative) to the right, then masked
    join        operands of which no two may have a one in the same bit, put together
    extend      the low bits of an operand, their sign extended
    table       the word of a constant table that an operand is the index of, 0 beyond its end
    memory      what memory holds at the start, of which nothing is known
    store       a memory after some bytes of a word were stored to it
    load        bytes of a memory, zero-extended
    others      the operation of `isa.words` of that name

Invariant: `ones` has every bit that may be one. Facts: `isa.words`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from asm_rv32.isa.words import OPERATIONS, WORD, extended

SAMPLES = 32
"""Inputs for which each term's value is known; terms that differ there are not compared."""


class Term:
    """A 32-bit word that depends on unknowns."""

    __slots__ = ("_samples", "data", "form", "number", "ones", "operands")

    def __init__(
        self, form: str, operands: tuple[Term, ...], data: Any, number: int, ones: int
    ) -> None:
        self.form = form
        self.operands = operands
        self.data = data
        self.number = number
        """Greater than those of its operands."""
        self.ones = ones
        """The bits that may be one."""
        self._samples: tuple[Any, ...] | None = None
        if form == "constant":
            self._samples = (data,) * SAMPLES

    @property
    def value(self) -> int | None:
        """The word of a constant; None of any other."""
        return self.data if self.form == "constant" else None

    @property
    def samples(self) -> tuple[Any, ...]:
        """Its value for each of the sampled inputs; computed where it is asked for."""
        waiting = [self]
        while self._samples is None:
            at = waiting[-1]
            missing = [each for each in at.operands if each._samples is None]
            waiting += missing
            if not missing:
                waiting.pop()
                if at._samples is None:
                    columns = [each._samples or () for each in at.operands]
                    at._samples = tuple([evaluate(at, row) for row in zip(*columns)])
        return self._samples

    def sampled(self, values: Iterable[Any]) -> None:
        """Give an unknown or a memory its values for the sampled inputs."""
        self._samples = tuple(values)

    def __repr__(self) -> str:
        return f"<{self.form} {self.data} of {[each.number for each in self.operands]}>"


def shifted(word: int, shift: int) -> int:
    """A word shifted to the left, or to the right where the shift is negative."""
    return word << shift & WORD if shift >= 0 else word >> -shift


def below(ones: int) -> int:
    """All bits up to the highest of some."""
    return (1 << ones.bit_length()) - 1


def within(roots: Iterable[Term]) -> list[Term]:
    """All terms that some consist of, those within before those around them."""
    found: set[Term] = set()
    waiting = list(roots)
    while waiting:
        term = waiting.pop()
        if term not in found:
            found.add(term)
            waiting += term.operands
    return sorted(found, key=lambda each: each.number)


class Contents:
    """What memory holds for one sampled input: bytes made up from a seed, and what was stored."""

    __slots__ = ("_stored", "seed")

    def __init__(self, seed: int, stored: dict[int, int] | None = None) -> None:
        self.seed = seed
        self._stored = stored or {}

    def byte(self, address: int) -> int:
        """The byte at an address."""
        found = self._stored.get(address & WORD)
        return self.first(address) if found is None else found

    def first(self, address: int) -> int:
        """The byte that was there at the start."""
        return (((address & WORD) + 1) * 0x9E3779B1 ^ self.seed) * 0x85EBCA6B >> 13 & 255

    def load(self, address: int, size: int) -> int:
        """So many bytes, little-endian."""
        return sum(self.byte(address + at) << 8 * at for at in range(size))

    def store(self, address: int, value: int, size: int) -> Contents:
        """Another memory, after a store."""
        stored = dict(self._stored)
        for at in range(size):
            byte, place = value >> 8 * at & 255, address + at & WORD
            stored[place] = byte
            if byte == self.first(place):
                del stored[place]
        return self.with_stored(stored)

    def with_stored(self, stored: dict[int, int]) -> Contents:
        """The same memory at the start, and other bytes stored since."""
        return Contents(self.seed, stored)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Contents) and (self.seed, self._stored) == (
            other.seed, other._stored,
        )  # fmt: skip

    def __hash__(self) -> int:
        return hash((self.seed, frozenset(self._stored.items())))


def ones_of(form: str, operands: Sequence[Term], data: Any) -> Any:
    """The bits that may be one in a term."""
    if form == "constant":
        return data
    if form == "unknown":
        return below(data[1])
    if form == "load":
        return (1 << 8 * data) - 1
    if form == "piece":
        return data[1]
    if form in ("join", "|"):
        found = 0
        for each in operands:
            found |= each.ones
        return found
    if form == "xor":
        found = data
        for each in operands:
            found |= each.ones
        return found
    if form == "&":
        return operands[0].ones & operands[1].ones
    if form in ("eq", "ltu", "lts"):
        return 1
    if form == "if":
        return operands[1].ones | operands[2].ones
    if form == "table":
        found = 0
        for entry in data:
            found |= entry
        return found
    if form == "sum":
        return _ones_of_sum(operands, *data)
    if form in ("leading_zeros", "trailing_zeros", "count_ones"):
        return 63
    if form in ("shr", "remainder"):
        return below(operands[0].ones)
    if form == "*":
        most = below(operands[0].ones) * below(operands[1].ones)
        return below(most) if most <= WORD else WORD
    return WORD


def _ones_of_sum(operands: Sequence[Term], constant: int, *factors: int) -> int:
    if not constant and len(factors) == 1 and factors[0] & (factors[0] - 1) == 0:
        return operands[0].ones * factors[0] & WORD
    most = constant + sum(below(each.ones) * factor for each, factor in zip(operands, factors))
    low = constant
    for each, factor in zip(operands, factors):
        low |= each.ones * (factor & -factor)
    # Below the lowest bit of all summands nothing is ever one.
    return (below(most) if most <= WORD else WORD) & -(low & -low) & WORD


def evaluate(term: Term, values: Sequence[Any]) -> Any:
    """A term's value for the values of its operands."""
    form, data = term.form, term.data
    if form == "sum":
        constant, *factors = data
        return constant + sum(a * b for a, b in zip(values, factors)) & WORD
    if form == "xor":
        found: int = data
        for value in values:
            found ^= value
        return found
    if form == "join":
        return sum(values)
    if form == "piece":
        shift, mask = data
        return shifted(values[0], shift) & mask
    if form == "extend":
        return extended(values[0], data)
    if form == "load":
        return values[0].load(values[1], data)
    if form == "store":
        return values[0].store(values[1], values[2], data)
    if form == "table":
        return data[values[0]] if values[0] < len(data) else 0
    return OPERATIONS[form](*values)
