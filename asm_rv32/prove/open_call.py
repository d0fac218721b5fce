"""A call whose arrays stand at any address, and may be of any length; code executed on it.

Input: arguments, of which arrays may have as many items as another argument says. Output: as of
`prove/call.py` and `prove/execution.py`, with a memory of its own for each array, or one for all.
Invariant: an access is one of an array only where its address is that array's, plus what is proved
to be within its bytes; all others go where they go in a bounded call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from asm_rv32.isa.image import Image
from asm_rv32.isa.words import WORD
from asm_rv32.machine.memory import ALIGNMENT
from asm_rv32.prove.accesses import Byte
from asm_rv32.prove.addresses import MARGIN, OF_ADDRESSES, counted
from asm_rv32.prove.blocks import Unreadable
from asm_rv32.prove.call import Call
from asm_rv32.prove.execution import Execution, Path
from asm_rv32.prove.inputs import LONGEST, AnyArray, AnyWord, Length, itemsize
from asm_rv32.prove.solver import is_possible
from asm_rv32.prove.term import Term
from asm_rv32.prove.terms import Terms

PATIENCE = 30.0
"""Seconds' work for a question about inputs."""


class OpenArray(NamedTuple):
    """An array at any address."""

    name: str
    start: Term
    """Its address by `unit`."""
    unit: int
    """Bytes that the address is a multiple of."""
    size: Term
    """In bytes."""
    memory: int
    """The number of the memory that it is in."""


class OpenCall(Call):
    """The arguments of one call; arrays of unknown items stand at unknown addresses."""

    def __init__(self, values: Sequence[Any], image: Image, terms: Terms, may_alias: bool) -> None:
        self.open: list[OpenArray] = []
        self.parameters = image.parameters
        self.assumed: list[Term] = []
        """What holds of the unknowns."""
        bounded = list(values)
        for value in values:
            if isinstance(value, AnyArray) and isinstance(value.length, Length):
                at = value.length.parameter
                low, high = bounded[at]
                bounded[at] = AnyWord(low, min(high, value.length.most(value, LONGEST)))
        empty = [each._replace(length=0) if _is_open(each) else each for each in bounded]
        super().__init__(empty, image, terms)
        sizes = [itemsize(each.typecode) for each in values if _is_open(each)]
        unit = min(sizes, default=ALIGNMENT) if may_alias else ALIGNMENT
        for at, value in enumerate(values):
            if _is_open(value):
                self._stand(at, value, unit, 0 if may_alias else len(self.open))
        self.memories = [
            terms.make("memory", (), number)
            for number in sorted({each.memory for each in self.open})
        ]
        """What the arrays hold at the start."""

    def _stand(self, at: int, value: AnyArray, unit: int, memory: int) -> None:
        terms = self.terms
        start = terms.unknown(f"address {at + 1} by {unit}", WORD // unit)
        self.words[at] = terms.sum([(start, unit)])
        each = itemsize(value.typecode)
        if isinstance(value.length, Length):
            count = self.words[value.length.parameter]
            size = terms.sum([(count, value.length.factor * each)], value.length.more * each)
        else:
            size = terms.constant(value.length * each)
        name = f"argument {self.parameters[at]!r}"
        self.open.append(OpenArray(name, start, unit, size, memory))
        after = terms.sum([(self.words[at], 1), (size, 1)], MARGIN)
        self.assumed.append(terms.not_(terms.ltu(start, terms.constant(MARGIN // unit))))
        self.assumed.append(terms.ltu(self.words[at], after))


def _is_open(value: object) -> bool:
    """Whether it is an array that may stand anywhere."""
    return isinstance(value, AnyArray) and value.known is None


class OpenPath(Path):
    """A state with the memories of arrays at any address."""

    def __init__(
        self, execution: OpenExecution, registers: list[Term], memory: dict[int, Byte]
    ) -> None:
        super().__init__(execution, registers, memory)
        self.opened = execution
        self.memories: list[Term] = []

    def copy(self) -> OpenPath:
        found = super().copy()
        assert isinstance(found, OpenPath)
        found.memories = list(self.memories)
        return found

    def meet(self, other: Path, truth: Term) -> None:
        super().meet(other, truth)
        assert isinstance(other, OpenPath)
        pairs = zip(self.memories, other.memories)
        self.memories = [
            one if one is another else self.terms.either(truth, one, another)
            for one, another in pairs
        ]

    def operation(self, name: str, operands: tuple[Term, ...]) -> Term:
        """Addresses at one array are compared by how far they are from its start."""
        if name in OF_ADDRESSES:
            offsets = self.opened.offsets(self, *operands)
            if offsets:
                return super().operation(OF_ADDRESSES[name], offsets)
        return super().operation(name, operands)

    def load(self, size: int, address: Term) -> Term:
        found = self.opened.array_at(self, size, address)
        if found is None:
            return super().load(size, address)
        return self.terms.load(self.memories[found], address, size)

    def store(self, size: int, address: Term, value: Term) -> None:
        found = self.opened.array_at(self, size, address)
        if found is None:
            super().store(size, address, value)
            return
        self.memories[found] = self.terms.store(self.memories[found], address, value, size)


class OpenExecution(Execution):
    """A program on an open call."""

    arrays: Mapping[Term, OpenArray] = {}
    """By what its address is a multiple of."""

    def begin(self, call: OpenCall, registers: list[Term], entry: int) -> OpenPath:
        """The state at the start of the call."""
        self.arrays = {each.start: each for each in call.open}
        path = OpenPath(self, registers, dict(call.memory))
        path.memories = list(call.memories)
        path.conditions = tuple(call.assumed)
        path.offset = entry - self.base
        return path

    def choice(self, truth: Term, one: Term, other: Term) -> Term:
        """Of two addresses at one array their distances from its start are chosen among."""
        ours, theirs = self._near(one), self._near(other)
        if one is other or ours is None or theirs is None or ours[0] is not theirs[0]:
            return super().choice(truth, one, other)
        array, offset = ours
        chosen = self.terms.choice(truth, offset, theirs[1])
        return self.terms.sum([(array.start, array.unit), (chosen, 1)])

    def array_at(self, path: Path, size: int, address: Term) -> int | None:
        """The memory that an access goes to; None where it is to none of the arrays. Raises
        Unreadable where it is not proved to be within the array."""
        terms, near = self.terms, self._near(address)
        if near is None:
            return None
        array, offset = near
        last = terms.sum([(array.size, 1)], -size)
        wrong = terms.or_(
            terms.or_(terms.ltu(last, offset), terms.ltu(array.size, terms.constant(size))),
            terms.not_(terms.eq(terms.piece(address, 0, size - 1), terms.zero)),
        )
        if wrong is not terms.zero and self._is_place((*path.conditions, wrong)):
            raise Unreadable(
                f"an access of {size} bytes near {array.name} may lie outside of it, or be"
                " misaligned", (*path.conditions, wrong),
            )  # fmt: skip
        return array.memory

    def offsets(self, path: Path, one: Term, other: Term) -> tuple[Term, Term] | None:
        """How far two addresses are from the start of an array; None where they are not proved to
        be within one, or so near to it that it makes no difference."""
        pair = self._near(one), self._near(other)
        if pair[0] is None or pair[1] is None or pair[0][0] is not pair[1][0]:
            return None
        terms, most = self.terms, self.terms.sum([(pair[0][0].size, 1)], 2 * MARGIN)
        for _, offset in (pair[0], pair[1]):
            far = terms.ltu(most, terms.sum([(offset, 1)], MARGIN))
            if self._is_place((*path.conditions, far)):
                return None
        return pair[0][1], pair[1][1]

    def _near(self, address: Term) -> tuple[OpenArray, Term] | None:
        """The array whose address a sum has in it, and the rest; None of another term."""
        found = counted(self.terms, address, self.arrays)
        if found is None or found[1] != self.arrays[found[0]].unit:
            return None
        return self.arrays[found[0]], found[2]

    def _is_place(self, conditions: Sequence[Term]) -> bool:
        """Whether all conditions can hold, of which one is about an address: that takes all of it,
        down to the length of the array."""
        return is_possible(conditions, self.limits, PATIENCE, ())

    def is_possible(self, conditions: Sequence[Term]) -> bool:
        return is_possible(conditions, self.limits, PATIENCE)
