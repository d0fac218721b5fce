"""The memory of one call: where things stand, and what stands there.

Output: `Region`s, 16-byte aligned and apart, with unmapped memory around each.
Invariant: no two regions touch; an address outside every region belongs to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from asm_rv32.basis.records import NamedTuple

PAGE = 4096
CODE = 0x1000_0000
"""The code starts here, or 2 above."""
STOP = 0x2000_0000
"""The return address of a call: a page that can be executed and neither read nor written."""
STACK = 0x3000_0000
"""The lowest byte of the stack; it grows down towards this, from above."""
BUFFERS = 0x4000_0000
OBJECTS = 0x7800_0000
"""Handles of opaque objects, one each 16 bytes; never mapped."""

ALIGNMENT = 16
GAP = 0x1_0000
"""At least this much unmapped memory lies between two buffers."""
CODE_LIMIT = STOP - CODE - GAP
STACK_LIMIT = BUFFERS - STACK - GAP


SLOT = 0x1000_0000
"""What code, stop, stack and buffers have at least, each; they start at multiples of it."""


class Layout(NamedTuple):
    """Where the parts of a call's memory start."""

    code: int = CODE
    stop: int = STOP
    stack: int = STACK
    buffers: int = BUFFERS
    buffers_end: int = OBJECTS


LAYOUT = Layout()
"""Of calls without devices."""


def layout_around(taken: Iterable[tuple[int, int]]) -> Layout:
    """The layout where stretches of addresses, each a first one and a size, are others'.

    What is not in their way stays where it is. Raises ValueError where they leave no room.
    """
    slots: set[int] = set()
    for first, size in taken:
        slots.update(range(first // SLOT, (first + size - 1) // SLOT + 1))
    if slots.isdisjoint(range(CODE // SLOT, OBJECTS // SLOT + 1)):
        return LAYOUT
    usual = [CODE, STOP, STACK, BUFFERS]
    rest = [slot * SLOT for slot in (5, 6, *range(8, 16), 0)]
    found: list[int] = []
    for start in usual:
        free = [each for each in (start, *rest) if each // SLOT not in slots and each not in found]
        if not free:
            raise ValueError("the devices leave no room for code, stack and buffers")
        found.append(free[0])
    code, stop, stack, buffers = found
    return Layout(code, stop, stack, buffers, buffers + SLOT)


class Region(NamedTuple):
    """A stretch of memory that the code may use, exactly as long as what stands in it."""

    address: int
    size: int
    writable: bool
    name: str
    """What a message calls it: `argument 'data' (bytearray, 12 bytes)`."""

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self.size

    @property
    def mapped_size(self) -> int:
        """Its size in whole pages, from its first byte."""
        return round_up(self.end, PAGE) - self.address // PAGE * PAGE

    def holds(self, address: int, size: int) -> bool:
        """Whether all of `size` bytes at `address` lie inside."""
        return self.address <= address and address + size <= self.end


def round_up(value: int, unit: int) -> int:
    """The least multiple of `unit`, a power of two, that is no less than `value`."""
    return (value + unit - 1) & -unit


def place(sizes: Sequence[int], layout: Layout = LAYOUT) -> list[int]:
    """An address for each of the sizes, in bytes, apart from each other.

    Raises MemoryError when the address space does not hold them all.
    """
    addresses = []
    at, end = layout.buffers, layout.buffers_end
    for size in sizes:
        addresses.append(at)
        at += round_up(size, GAP) + GAP
    if at > end:
        raise MemoryError(
            f"{len(sizes)} buffers of {sum(sizes)} bytes with unmapped memory between them need "
            f"more than the {end - layout.buffers} bytes of address space that they have"
        )
    return addresses


def beside(region: Region, address: int, size: int) -> tuple[int, str]:
    """How far, in bytes, an access that a region does not hold is from it, and where in words."""
    if address >= region.end:
        off, where = address - region.end, "past the end of"
    elif address + size <= region.address:
        off, where = region.address - address - size, "before the start of"
    else:
        return -1, f"across the {'end' if address >= region.address else 'start'} of {region.name}"
    gap = "right" if off == 0 else f"{off} byte{'s' * (off != 1)}"
    return off, f"{gap} {where} {region.name}"


def nearest(regions: Sequence[Region], address: int, size: int) -> str:
    """Where an access that hits no region missed the nearest one, in words; empty when far."""
    missed = [beside(region, address, size) for region in regions]
    distance, where = min(missed, key=lambda each: each[0], default=(GAP, ""))
    return f", {where}" if distance < GAP else ""
