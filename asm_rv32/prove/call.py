"""The arguments of one call on terms: what is known of them, and terms for what is not.

Output: the words of the arguments and the memory behind them, as the emulator would place them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Any

from asm_rv32.isa.image import Image
from asm_rv32.machine.calling import Arguments, float_of, with_floats
from asm_rv32.machine.memory import ALIGNMENT, STACK, STOP, Region
from asm_rv32.prove.accesses import Byte
from asm_rv32.prove.addresses import Addresses
from asm_rv32.prove.inputs import AnyArray, AnyWord
from asm_rv32.prove.overlaps import Overlap, Part
from asm_rv32.prove.term import Term
from asm_rv32.prove.terms import Terms


class Call:
    """The arguments of one call: those that are known, and terms for those that are not."""

    def __init__(
        self,
        values: Sequence[Any],
        image: Image,
        terms: Terms,
        overlap: Overlap | None = None,
    ) -> None:
        """`image`: the function that is called; `overlap`: two of the arrays that share memory; the
        others are apart."""
        self.values = list(values)
        self.floats = image.floats
        self.terms = terms
        self.addresses = Addresses(terms)
        self.overlap = overlap
        placed = [self._placeholder(value) for value in self.values]
        self.shared: list[Term] = []
        """The bytes of the memory that two arrays share."""
        if overlap is not None:
            memory = bytearray(overlap.size(values))
            for at, view in overlap.views(values, memory).items():
                placed[at] = view
            self.shared = [terms.unknown(f"memory[{at}]", 255) for at in range(len(memory))]
        given = with_floats(placed, image.parameters, image.floats)
        self._arguments = Arguments(given, image.parameters)
        self.regions = self._arguments.regions
        self.places = self._arguments.words
        """The arguments' words, where memory is where executions have it."""
        self.words = [terms.constant(word) for word in self.places]
        for at, value in enumerate(placed):
            if isinstance(value, (array, bytes, bytearray, memoryview)):
                region = self.region_of(self.places[at])
                start = self.addresses.of(region.name, ALIGNMENT, region.address, region)
                self.words[at] = terms.sum([(start, 1)], self.places[at] - region.address)
        self.memory: dict[int, Byte] = {}
        for region, data in zip(self.regions, self._arguments.contents()):
            for at, byte in enumerate(data):
                self.memory[region.address + at] = (terms.constant(byte), 0)
        self.unknown: list[list[Term]] = []
        """Of each argument: the terms of what is not known of it."""
        for at, value in enumerate(self.values):
            self.unknown.append(self._unknown(at, value))

    @property
    def buffers(self) -> dict[int, range]:
        """Number of an argument that is a buffer → the addresses of its bytes."""
        found = {}
        for at, value in enumerate(map(self._placeholder, self.values)):
            if isinstance(value, (array, bytes, bytearray)):
                start = self.places[at]
                found[at] = range(start, start + len(memoryview(value).cast("B")))
        return found

    def stack(self, size: int) -> tuple[Region, Term]:
        """A stack of so many bytes, and sp at the call."""
        region = Region(STACK, size, True, "the stack")
        return region, self.addresses.of("the end of the stack", ALIGNMENT, region.end, region)

    def back(self) -> Term:
        """The return address."""
        return self.addresses.of("what is returned to", 2, STOP)

    def region_of(self, address: int) -> Region:
        """The memory behind an argument that begins there."""
        return next(each for each in self.regions if each.address <= address <= each.end)

    def _shares(self, at: int) -> bool:
        return self.overlap is not None and at in (self.overlap.one, self.overlap.other)

    @staticmethod
    def _placeholder(value: Any) -> Any:
        if isinstance(value, AnyWord):
            return 0
        if isinstance(value, AnyArray):
            return array(value.typecode, bytes(array(value.typecode).itemsize * value.items))
        return value

    def _unknown(self, at: int, value: Any) -> list[Term]:
        if isinstance(value, AnyWord):
            found = self.terms.unknown(f"argument {at}", value.high - value.low)
            self.words[at] = found if value.is_whole else self.terms.sum([(found, 1)], value.low)
            return [found]
        if not isinstance(value, AnyArray):
            return []
        if self._shares(at):
            assert self.overlap is not None
            base = self.places[at] - self.overlap.start(at)
            for place, term in enumerate(self.shared):
                self.memory[base + place] = (term, 0)
            return self.shared if at == self.overlap.one else []
        size = array(value.typecode).itemsize
        start = self.places[at]
        items = []
        for index in range(value.items):
            low, high = value.item(index)
            unknown = self.terms.unknown(f"argument {at}[{index}]", high - low)
            items.append(unknown)
            item = self.terms.sum([(unknown, 1)], low)
            for byte in range(size):
                self.memory[start + size * index + byte] = (item, byte)
        return items

    def shown(self, known: Callable[[Term], int]) -> list[Any]:
        """The arguments for those values of the unknowns, to be kept and printed."""
        found = self.with_values(known)
        for at, value in enumerate(found):
            if isinstance(value, memoryview) and self.overlap is not None:
                memory, start = bytes(map(known, self.shared)), self.overlap.start(at)
                found[at] = Part(memory, value.format, start, value.nbytes)
        return found

    def with_values(self, known: Callable[[Term], int]) -> list[Any]:
        """The arguments, for those values of the unknowns."""
        found: list[Any] = []
        shared: dict[int, memoryview] = {}
        if self.overlap is not None:
            memory = bytearray(map(known, self.shared))
            shared = self.overlap.views(self.values, memory)
        for at, (value, terms) in enumerate(zip(self.values, self.unknown)):
            if at in shared:
                found.append(shared[at])
                continue
            numbers = [known(term) for term in terms]
            if isinstance(value, AnyWord):
                number = value.number(numbers[0])
                found.append(float_of(number) if at in self.floats else number)
            elif isinstance(value, AnyArray):
                found.append(value.filled(numbers))
            else:
                found.append(value)
        return found
