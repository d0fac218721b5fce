"""Terms as z3 reads them, and the questions that are put to it.

Input: pairs of terms. Output: which of them are equal for all values of their unknowns.
Invariant: z3's words are a definition of their own; what they have in common with `isa.words` is
the names. An operation that is missing here is a function of which nothing is known but that it
gives the same for the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import z3

from asm_rv32.isa.words import WORD
from asm_rv32.prove.orders import enough
from asm_rv32.prove.term import Term, below
from asm_rv32.prove.watch import Watch

Z3 = Any
"""A word of z3's, of 32 bits."""


def word(value: int) -> Z3:
    """A known word."""
    return z3.BitVecVal(value, 32)


def truth(condition: Any) -> Z3:
    """1 where it holds, else 0."""
    return z3.If(condition, word(1), word(0))


def _first_one(value: Z3, order: Sequence[int]) -> Z3:
    found = word(32)
    for number, at in reversed(list(enumerate(order))):
        found = z3.If(z3.Extract(at, at, value) == 1, word(number), found)
    return found


def _bytes(value: Z3) -> list[Z3]:
    return [z3.Extract(at + 7, at, value) for at in (24, 16, 8, 0)]


def _bits(value: Z3) -> list[Z3]:
    """From the lowest to the highest."""
    return [z3.Extract(at, at, value) for at in range(32)]


def _joined(bits: Sequence[Z3]) -> Z3:
    return z3.Concat(*reversed(bits))


def _carryless(one: Z3, other: Z3) -> Z3:
    """All 64 bits."""
    wide, found = z3.ZeroExt(32, one), z3.BitVecVal(0, 64)
    for at in range(32):
        found ^= z3.If(z3.Extract(at, at, other) == 1, wide << at, z3.BitVecVal(0, 64))
    return found


def _permuted(value: Z3, choice: Z3, width: int) -> Z3:
    found = []
    for at in range(0, 32, width):
        index = z3.ZeroExt(32 - width, z3.Extract(at + width - 1, at, choice))
        item = z3.LShR(value, index * width)
        inside = z3.ULT(index, 32 // width)
        zero = z3.BitVecVal(0, width)
        found.append(z3.If(inside, z3.Extract(width - 1, 0, item), zero))
    return z3.Concat(*reversed(found))


def _signed(value: Z3) -> Z3:
    return z3.SignExt(32, value)


def _unsigned(value: Z3) -> Z3:
    return z3.ZeroExt(32, value)


def _high(one: Z3, other: Z3) -> Z3:
    return z3.Extract(63, 32, one * other)


OPERATIONS: dict[str, Callable[..., Z3]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "shl": lambda a, b: a << (b & 31),
    "shr": lambda a, b: z3.LShR(a, b & 31),
    "sar": lambda a, b: a >> (b & 31),
    "*": lambda a, b: a * b,
    "signed_high": lambda a, b: _high(_signed(a), _signed(b)),
    "high": lambda a, b: _high(_unsigned(a), _unsigned(b)),
    "mixed_high": lambda a, b: _high(_signed(a), _unsigned(b)),
    "quotient": z3.UDiv,
    "remainder": z3.URem,
    "signed_quotient": lambda a, b: z3.If(b == 0, word(-1), a / b),
    "signed_remainder": lambda a, b: z3.If(b == 0, a, z3.SRem(a, b)),
    "eq": lambda a, b: truth(a == b),
    "ne": lambda a, b: truth(a != b),
    "ltu": lambda a, b: truth(z3.ULT(a, b)),
    "geu": lambda a, b: truth(z3.UGE(a, b)),
    "lts": lambda a, b: truth(a < b),
    "ges": lambda a, b: truth(a >= b),
    "if": lambda condition, a, b: z3.If(condition != 0, a, b),
    "signed8": lambda a: z3.SignExt(24, z3.Extract(7, 0, a)),
    "signed16": lambda a: z3.SignExt(16, z3.Extract(15, 0, a)),
    "leading_zeros": lambda a: _first_one(a, range(31, -1, -1)),
    "trailing_zeros": lambda a: _first_one(a, range(32)),
    "count_ones": lambda a: sum(
        (z3.ZeroExt(31, z3.Extract(at, at, a)) for at in range(32)), word(0)
    ),
    "reverse_bytes": lambda a: z3.Concat(*reversed(_bytes(a))),
    "or_combine": lambda a: z3.Concat(
        *(z3.If(byte != 0, z3.BitVecVal(255, 8), byte) for byte in _bytes(a))
    ),
    "reverse_bits": lambda a: z3.Concat(*_bits(a)),
    "interleave": lambda a: _joined([_bits(a)[at // 2 + 16 * (at % 2)] for at in range(32)]),
    "deinterleave": lambda a: _joined(_bits(a)[::2] + _bits(a)[1::2]),
    "carryless": lambda a, b: z3.Extract(31, 0, _carryless(a, b)),
    "carryless_high": lambda a, b: z3.Extract(63, 32, _carryless(a, b)),
    "permute4": lambda a, b: _permuted(a, b, 4),
    "permute8": lambda a, b: _permuted(a, b, 8),
}
"""Operation → what it gives, by z3's own theory of words."""


def operation(name: str, operands: Sequence[Z3]) -> Z3:
    """What an operation gives; of one that is missing only that it depends on its operands."""
    known = OPERATIONS.get(name)
    if known is not None:
        return known(*operands)
    return z3.Function(name, *[z3.BitVecSort(32)] * (len(operands) + 1))(*operands)


def _table(entries: tuple[int, ...], index: Z3) -> Z3:
    """An entry of a constant table."""
    place, entry = _entry(entries)
    return z3.substitute(entry, (place, index))


@lru_cache(maxsize=64)
def _entry(entries: tuple[int, ...]) -> tuple[Z3, Z3]:
    """An index, and the entry of a table there, by halves: as deep as the index has bits. Made
    once, as there may be hundreds of terms of one table."""
    index = z3.BitVec("index", 32)

    def part(low: int, bits: int) -> Z3:
        if low >= len(entries):
            return word(0)
        if not bits:
            return word(entries[low])
        one, other = part(low, bits - 1), part(low + (1 << (bits - 1)), bits - 1)
        if one.eq(other):
            return one
        return z3.If(z3.Extract(bits - 1, bits - 1, index) == 0, one, other)

    bits = (len(entries) - 1).bit_length()
    return index, z3.If(z3.ULT(index, len(entries)), part(0, bits), word(0))


def of_form(term: Term, operands: Sequence[Z3]) -> Z3:
    """What a term's form says of the words of its operands."""
    form, data = term.form, term.data
    if form == "sum":
        constant, *factors = data
        return sum((each * word(by) if by != 1 else each for each, by in zip(operands, factors)),
                   word(constant))  # fmt: skip
    if form == "xor":
        found = word(data)
        for each in operands:
            found = found ^ each
        return found
    if form == "join":
        found = operands[0]
        for each in operands[1:]:
            found = found | each
        return found
    if form == "piece":
        shift, mask = data
        moved = operands[0] << shift if shift >= 0 else z3.LShR(operands[0], -shift)
        return moved & word(mask) if mask != WORD else moved
    if form == "extend":
        return z3.SignExt(32 - data, z3.Extract(data - 1, 0, operands[0]))
    if form == "load":
        return _loaded(operands[0], operands[1], data)
    if form == "store":
        memory, address, value = operands
        for at in range(data):
            memory = z3.Store(memory, address + at, z3.Extract(8 * at + 7, 8 * at, value))
        return memory
    if form == "table":
        return _table(data, operands[0])
    if form in NARROW:
        return _narrow(form, operands, max(below(each.ones) for each in term.operands))
    return operation(form, operands)


NARROW = {"*", "quotient", "remainder"}
"""Operations that cost a solver the square of their width, and may be had at a lesser one."""


def _narrow(name: str, operands: Sequence[Z3], most: int) -> Z3:
    """Such an operation of words that are no greater than `most`."""
    bits = max(1, most.bit_length()) * (2 if name == "*" else 1)
    if bits >= 32:
        return operation(name, operands)
    one, other = (z3.Extract(bits - 1, 0, each) for each in operands)
    if name == "*":
        return z3.ZeroExt(32 - bits, one * other)
    found = z3.ZeroExt(
        32 - bits, z3.UDiv(one, other) if name == "quotient" else z3.URem(one, other)
    )
    return z3.If(other == 0, word(WORD), found) if name == "quotient" else found


def _loaded(memory: Z3, address: Z3, size: int) -> Z3:
    """Bytes of a memory, zero-extended."""
    loaded = [z3.Select(memory, address + at) for at in range(size)]
    value = z3.Concat(*reversed(loaded)) if size > 1 else loaded[0]
    return z3.ZeroExt(32 - 8 * size, value) if size < 4 else value


def unknown(term: Term, bits: int = 32) -> Z3:
    """A term as a word of which nothing is known but which of its bits may be one; or a memory.
    `bits`: so many of the lowest."""
    if term.form in ("memory", "store"):
        return z3.Array(f"t{term.number}", z3.BitVecSort(32), z3.BitVecSort(8))
    if bits < 32:
        return z3.ZeroExt(32 - bits, z3.BitVec(f"t{term.number}", bits))
    found = z3.BitVec(f"t{term.number}", 32)
    return found if term.ones == WORD else found & word(term.ones)


BUSY = 3
"""So many times as long a question may take on a busy machine."""
SECOND = 5_000_000
"""What z3 counts of its work in a second, roughly."""


class Reader:
    """Terms as words of z3's; of those in `cut` nothing is known but the bits that may be one."""

    def __init__(self, cut: Iterable[Term] = (), asked: Iterable[Term] = ()) -> None:
        """`asked`: all that a question is about, where a word may have less bits for it."""
        self.cut = set(cut)
        self._bits = enough(asked, self.cut)
        self._known: dict[Term, Z3] = {}
        self.reached: set[Term] = set()
        """Terms that were cut, and come up."""
        self.bounds: list[Any] = []
        """What holds of the unknowns that came up."""
        self.has_memory = False
        """Whether a memory came up."""

    def solver(self, left: float, work: float | None = None) -> z3.Solver:
        """One for what was read, which knows the bounds. It gives up after `left` seconds, and
        after what takes `work` seconds on a processor of its own, even if this one is busy."""
        found = z3.SolverFor("QF_ABV" if self.has_memory else "QF_BV")
        if work is not None:
            left = min(left, BUSY * work)  # z3 does not count what it does ahead of its search
        found.set("timeout", max(1, int(1000 * left)))
        if work is not None:
            found.set("rlimit", int(work * SECOND))
        found.add(*self.bounds)
        return found

    def excludes(
        self, conditions: Sequence[Term], limits: Watch, seconds: float, soon: float
    ) -> bool:
        """Whether z3 proves that they are not all 1 at once, whatever that is which was cut; it
        does the work of `seconds`, or that of `soon` where something was."""
        holding = [self.word(each) == 1 for each in conditions]
        solver = self.solver(limits.left, min(soon, seconds) if self.reached else seconds)
        solver.add(*holding)
        return bool(solver.check() == z3.unsat)

    def word(self, term: Term) -> Z3:
        """The word; without recursion, however deep a term is."""
        waiting = [term]
        while waiting:
            at = waiting[-1]
            if at in self._known:
                waiting.pop()
            elif at.form == "constant":
                self._known[at] = word(at.data)
            elif not at.operands or at in self.cut:
                self._known[at] = unknown(at, self._bits.get(at, 32))
                self.has_memory |= at.form in ("memory", "store")
                if at.operands:
                    self.reached.add(at)
                elif at.form == "unknown" and at.data[1] != at.ones and at not in self._bits:
                    self.bounds.append(z3.ULE(self._known[at], at.data[1]))
            elif missing := [each for each in at.operands if each not in self._known]:
                waiting += missing
            else:
                self._known[at] = of_form(at, [self._known[each] for each in at.operands])
        return self._known[term]


QUESTION = 2.0
"""Seconds' work for the question whether an input takes a path."""
PATH = 0.7
"""The same where there are many of them."""
NEAR = (3, 8)
"""So many operations may answer it, whatever the values are that they start from."""
SOON = 0.5
"""Seconds' work for them."""


def is_possible(
    conditions: Sequence[Term], limits: Watch, seconds: float = PATH,
    near: Sequence[int] = NEAR,
) -> bool:  # fmt: skip
    """Whether an input has it that all conditions are 1; yes, where that is not known. `near`: so
    many operations are asked about first."""
    if any(each.value == 0 for each in conditions):
        return False
    if is_sampled(conditions):
        return True
    for depth in (None,) if enough(conditions) else (*near, None):
        reader = Reader(() if depth is None else deeper(conditions, depth), conditions)
        if reader.excludes(conditions, limits, seconds, SOON):
            return False
        if not reader.reached:
            break
    return True


def is_sampled(conditions: Sequence[Term]) -> bool:
    """Whether all conditions hold for one of the sampled inputs."""
    return any(all(values) for values in zip(*(each.samples for each in conditions)))


def deeper(roots: Iterable[Term], depth: int) -> set[Term]:
    """The terms at that depth below some."""
    layer = set(roots)
    for _ in range(depth):
        layer = {operand for term in layer for operand in term.operands}
    return {each for each in layer if each.operands}
