"""The memory of a program on terms: what it holds at first, and which of it an access goes to.

Input: addresses as terms, with what holds where they are used. Output: places. What is no access
that the call allows raises `Unreadable`, in words for who knows the arguments and not the places.
Invariant: an access is one of the memory that its address is counted from, or none: memory that
follows in places does not follow in addresses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from asm_rv32.isa.words import WORD, signed
from asm_rv32.machine.memory import Region, beside
from asm_rv32.prove.addresses import FAR, Addresses, Origin, Program
from asm_rv32.prove.blocks import Unreadable
from asm_rv32.prove.solver import is_possible
from asm_rv32.prove.term import Term, below
from asm_rv32.prove.terms import Terms
from asm_rv32.prove.watch import Watch

CHOICES_LIMIT = 4096
"""Places that one access may go to."""
Byte = tuple[Term, int]
"""A byte of memory: a word, and which of its bytes."""


def together(terms: Terms, parts: Sequence[Byte]) -> Term:
    """Bytes as a word, the first the lowest."""
    return terms.sum([
        (terms.piece(terms.piece(word, -8 * byte, 255), 8 * at, WORD), 1)
        for at, (word, byte) in enumerate(parts)
    ])  # fmt: skip


class Access(NamedTuple):
    """What an instruction asks of memory."""

    size: int
    stores: bool

    def __str__(self) -> str:
        bytes_ = "1 byte" if self.size == 1 else f"{self.size} bytes"
        return f"a {'store' if self.stores else 'load'} of {bytes_}"


class Accesses:
    """The memory of a program, all of a call's and its own."""

    def __init__(
        self, addresses: Addresses, program: Program, regions: Sequence[Region], limits: Watch
    ) -> None:
        """`regions`: memory that it may use, besides its own."""
        self.addresses = addresses
        self.terms = addresses.terms
        self.code = program.code
        self.base = program.base
        self.start = program.start
        self.moved = program.moved
        self.own = Region(program.base, len(program.code), False, "its own code and data")
        self.regions = (*regions, self.own)
        self.limits = limits
        self.assumed: dict[str, None] = {}
        """What has to hold for what was executed to be so, in order."""

    def is_possible(self, conditions: Sequence[Term]) -> bool:
        """Whether an input has it that all conditions hold; yes, where that is not known."""
        return is_possible(conditions, self.limits)

    def choice(self, truth: Term, one: Term, other: Term) -> Term:
        """One where a truth is not 0, else the other."""
        return self.addresses.choice(truth, one, other)

    def first(self, address: int) -> Byte:
        """What a byte holds before the program starts."""
        at = address - self.base
        for back in range(4):
            if at - back in self.moved:
                return self.terms.sum([(self.start, 1)], self.moved[at - back]), back
        if 0 <= at < len(self.code):
            return self.terms.constant(self.code[at]), 0
        return self.terms.unknown(f"byte {address:#010x}", 255), 0

    def split(self, address: Term) -> tuple[Term, Term, Term] | None:
        """An address that is in one of two memories, as a truth and both; None of another."""
        placed = self.addresses.placed(address)
        if placed is not None and len({self._region(each) for each in placed.origins}) == 1:
            return None
        return self.addresses.split(address)

    def place(
        self, conditions: Sequence[Term], address: Term, access: Access
    ) -> tuple[Term, Region]:
        """The place of an address, and the memory that it is counted from. Raises Unreadable."""
        placed = self.addresses.placed(address)
        if placed is not None:
            regions = {self._region(each) for each in placed.origins}
            region = regions.pop()
            if region is None or regions:
                raise Unreadable(f"{access} at an address that is not known")
            return placed.place, region
        if self.start.value is not None and self._is_own(conditions, address):
            return address, self.own
        near = self.addresses.near(address)
        region = self._region(near[0]) if near else None
        if near is not None and near[1].value is not None and region is not None:
            far = signed(near[1].value) + near[0].place
            raise Unreadable(f"{access}, {beside(region, far, access.size)[1]}")
        if address.value is not None:
            raise Unreadable(f"{access} at {address.value:#010x}, which the call does not have")
        raise Unreadable(f"{access} at an address that is not known")

    def _region(self, origin: Origin) -> Region | None:
        """The memory that belongs to an origin; None where the program has none of it."""
        if origin.place == self.base:
            return self.own
        ends = origin.low, origin.high
        return next((each for each in self.regions if (each.address, each.end) == ends), None)

    def _is_own(self, conditions: Sequence[Term], address: Term) -> bool:
        """Whether an address is one in its code for the first sampled input that holds."""
        leaves = self.terms.leaves(address)
        if leaves is not None:
            return all(self.own.holds(each, 1) for each in leaves)
        for at, value in enumerate(address.samples):
            if all(each.samples[at] for each in conditions):
                return self.own.holds(value, 1)
        return False

    def _wrong(self, region: Region, place: int, access: Access) -> str | None:
        """What is wrong with an access at a place, to be put behind it; None where nothing is."""
        if not region.holds(place, access.size):
            return f", {beside(region, place, access.size)[1]}"
        at = f" at byte {place - region.address} of {region.name}"
        if access.stores and not region.writable:
            return f"{at}, which is not written to"
        if place % access.size:
            return f"{at}, which is misaligned"
        return None

    def places(
        self, conditions: Sequence[Term], place: Term, region: Region, access: Access
    ) -> list[int]:
        """What a place in a memory can be. Raises Unreadable where not all may be accessed so."""
        known = self.terms.leaves(place)
        if known is None:
            return self._within(conditions, place, region, access)
        found = []
        for each in sorted(known):
            wrong = self._wrong(region, each, access)
            if wrong is None:
                found.append(each)
                continue
            reached = conditions if place.value is not None else (*conditions, self.at(place, each))
            if place.value is not None or self.is_possible(reached):
                raise Unreadable(f"{access}{wrong}", tuple(reached))
        if not found:
            raise Unreadable(f"{access} where no input comes to")
        return found

    def _within(
        self, conditions: Sequence[Term], place: Term, region: Region, access: Access
    ) -> list[int]:
        """Every place of a memory that may be meant. Raises Unreadable where there are others."""
        terms, size = self.terms, access.size
        if access.stores and not region.writable:
            raise Unreadable(f"{access} in {region.name}, which is not written to")
        first = region.address + -region.address % size
        places = range(first, region.end - size + 1, size)
        if len(places) > CHOICES_LIMIT:
            raise Unreadable(f"{access} at one of {len(places):,} places of {region.name}")
        inside = terms.ltu(
            terms.sum([(place, 1)], -places.start), terms.constant(places.stop - places.start)
        )
        aligned = terms.eq(terms.piece(place, 0, size - 1), terms.zero)
        for right, what in ((inside, "outside of it"), (aligned, "misaligned in it")):
            wrong = terms.not_(right)
            if wrong is not terms.zero and self.is_possible((*conditions, wrong)):
                raise Unreadable(
                    f"{access} near {region.name} may lie {what}", (*conditions, wrong)
                )
        return [each for each in places if self.at(place, each) is not terms.zero]

    def at(self, address: Term, place: int) -> Term:
        """Whether an address is that place."""
        return self.terms.operation("eq", (address, self.terms.constant(place)))

    def compared(
        self, conditions: Sequence[Term], name: str, one: Term, other: Term
    ) -> tuple[str, tuple[Term, Term]]:
        """A comparison, as it says no more of addresses than can be known."""

        def may_be(far: Term) -> bool:
            return self.is_possible((*conditions, far))

        name, operands, is_far = self.addresses.compared(name, one, other, may_be)
        if is_far:
            self.assumed[FAR] = None
        return name, operands

    def constants(
        self, conditions: Sequence[Term], written: Mapping[int, Byte], address: Term, size: int
    ) -> Term | None:
        """An entry of constant data, where all that a place in its own can be is constant."""
        if address.form not in ("sum", "join"):
            return None
        constant = sum(value for term, value in self.terms.summands(address) if term is None)
        index = self.terms.sum([(address, 1)], -constant)
        at = constant - self.base
        width = below(index.ones) + 1
        if not 0 <= at < len(self.code) or width > CHOICES_LIMIT or index.ones & (size - 1):
            return None
        if constant % size or any(constant + each in written for each in range(width)):
            return None
        if at + width > len(self.code):
            last = (len(self.code) - at - size) & -size
            outside = self.terms.ltu(self.terms.constant(last), index)
            if self.is_possible((*conditions, outside)):
                return None
        entries = range(at, min(at + width, len(self.code)), size)
        number = self.terms.piece(index, 1 - size.bit_length(), WORD)
        moved = [self.moved.get(each) for each in entries]
        if None not in moved:
            offsets = self.terms.table(tuple(moved), number)  # type: ignore[arg-type]
            return self.terms.sum([(self.start, 1), (offsets, 1)])
        if any(each in range(at - 3, at + width) for each in self.moved):
            return None
        words = [int.from_bytes(self.code[each : each + size], "little") for each in entries]
        return self.terms.table(tuple(words), number)
