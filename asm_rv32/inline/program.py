"""What a call runs: a function with all that it calls and reads, and what its data holds.

Input: an `AsmFunction`, and the functions and data that a call's arguments hand to it. Output: a
placed `Image`, and its bytes as the objects that own its data hold them.
Invariant: between calls nothing is kept here: what is written stands in its Python object.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from asm_rv32.assembler.link import Unit, closure
from asm_rv32.assembler.outside import checked
from asm_rv32.assembler.pipeline import linked_image
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.basis.records import Any, NamedTuple, Protocol
from asm_rv32.isa.image import WRITABLE, Image, Part
from asm_rv32.machine.emulator import Held, at_calls, code_address
from asm_rv32.machine.settings import Settings


class Owner(Protocol):
    """An object whose data stands in programs."""

    contents: bytes | None
    """What it holds between calls; None: what was assembled."""
    is_outdated: bool
    """Whether it is no longer what its unit was made of."""


class Kept(NamedTuple):
    """Data of a program, and whose it is."""

    owner: Owner
    ranges: tuple[tuple[int, int], ...]
    """First offset, and the one behind the last."""


def _sharing(roots: list[Unit]) -> list[Unit]:
    """The roots, and the functions that can write what these can write.

    One may store an address that another goes by: both see one layout.
    """
    shared = _writable(roots)
    if not shared:
        return roots
    from asm_rv32.inline.connected import connected  # only what has data waits for it

    others: list[Unit] = [function.unit for function in connected()]
    waiting = {id(unit): (unit, _writable([unit])) for unit in [*others, *roots]}
    found: dict[int, Unit] = {}
    while True:
        more = [key for key, (_, written) in waiting.items() if written & shared]
        if not more:
            break
        for key in more:
            found[key], written = waiting.pop(key)
            shared |= written
    order = {id(unit): at for at, unit in enumerate(others)}
    plain = [unit for unit in roots if id(unit) not in found]
    return [*sorted(found.values(), key=lambda unit: order.get(id(unit), len(order))), *plain]


def _writable(roots: list[Unit]) -> set[int]:
    return {id(unit) for unit in needed(roots) if unit.kind == WRITABLE}


def needed(roots: list[Unit]) -> list[Unit]:
    """The units that roots need, in the order of their program. Raises AssemblyError."""
    for unit, wrong in checked(roots):
        if wrong:
            raise AssemblyError(wrong, unit.source)
    return closure(roots)


class Whole(NamedTuple):
    """The program of a function."""

    image: Image
    units: list[Unit]
    """What it is made of: data of another size, and a list of other items, is another unit."""


def linked_anew(root: Unit, before: Whole | None) -> Whole:
    """The program of a function: what it was before, if that is made of the same still.

    Raises AssemblyError.
    """
    units = needed([root])
    if before is not None and units == before.units:
        return before
    return Whole(linked_image([root]), units)


class Program:
    """A root and all that it needs, at the address where calls run it."""

    def __init__(self, root: Any, others: Sequence[Unit], settings: Settings) -> None:
        """`root` is an AsmFunction; `others` are units beside those that it needs; `settings` are
        those of the calls."""
        self.others = others
        if root.unit is None:
            units: list[Unit] = []
            image: Image = root.image
        else:
            roots = _sharing([root.unit, *others])
            units = needed(roots)
            # As long as they live, an object's unit is the same.
            self._units = units
            image = root.image if roots == [root.unit] else linked_image(roots, root.unit)
        self.image = at_calls(image, settings)
        base = code_address(settings)
        owners = [unit.owner for unit in units] if units else [root]
        self._owners = [owner for owner in owners if owner is not None]
        self._kept = [
            found
            for part, owner in zip(self.image.parts, owners)
            if owner is not None and (found := _kept(self.image, part, owner)).ranges
        ]
        self._addresses = {
            id(unit.thing): base + part.address
            for part, unit in zip(self.image.parts, units)
            if unit.thing is not None
        }

    @property
    def is_outdated(self) -> bool:
        """Whether data of it has another size now, or a list other items."""
        return any(owner.is_outdated for owner in self._owners)

    def held(self) -> Held:
        """What it holds now."""
        code = self.image.code
        if self._kept:
            filled = bytearray(code)
            for kept in self._kept:
                contents = kept.owner.contents
                if contents is not None:
                    at = 0
                    for first, end in kept.ranges:
                        filled[first:end] = contents[at : at + end - first]
                        at += end - first
            code = bytes(filled)
        return Held(code, self._addresses)

    def keep(self, before: bytes, after: bytes) -> None:
        """Let the owners have what a call left in their data."""
        if before is after or before == after:
            return
        for kept in self._kept:
            if any(before[first:end] != after[first:end] for first, end in kept.ranges):
                kept.owner.contents = b"".join(after[first:end] for first, end in kept.ranges)


def _kept(image: Image, part: Part, owner: Owner) -> Kept:
    """The data of a part: whatever of it is no instruction."""
    end = part.address + part.size
    ranges: list[tuple[int, int]] = []
    entries = image.entries
    at = bisect_left(entries, part.address, key=lambda entry: entry.address)
    while at < len(entries) and entries[at].address < end:
        first, size, _, is_code = entries[at]
        if not is_code:
            if ranges and ranges[-1][1] == first:
                first, size = ranges[-1][0], first + size - ranges.pop()[0]
            ranges.append((first, first + size))
        at += 1
    return Kept(owner, tuple(ranges))


def passed(arguments: Iterable[object]) -> list[Unit]:
    """The functions and blocks of data among the arguments of a call."""
    units = (getattr(each, "unit", None) for each in arguments)
    return [unit for unit in units if isinstance(unit, Unit)]
