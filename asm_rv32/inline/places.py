"""The places of Python objects in programs: one unit for each, shared by all functions.

Invariant: a unit lives as long as a function, or other data, holds its place; as long as it lives
its object does.
"""

from __future__ import annotations

from array import array
from operator import is_
from weakref import WeakValueDictionary

from asm_rv32.assembler.link import Unit
from asm_rv32.assembler.outside import Places
from asm_rv32.assembler.reading.program import Data, Reference
from asm_rv32.basis.diagnostics import Source, Span
from asm_rv32.basis.records import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asm_rv32.assembler.data import Layout


class LiveData:
    """A bytearray or an array whose contents code reads and writes: the owner of its unit."""

    def __init__(self, value: bytearray | array[Any]) -> None:
        self.value = value
        self.size = len(self.contents)
        """Bytes, as its unit was made."""

    @property
    def contents(self) -> bytes:
        """What it holds now."""
        value = self.value
        return value.tobytes() if isinstance(value, array) else bytes(value)

    @contents.setter
    def contents(self, contents: bytes) -> None:
        value = self.value
        if isinstance(value, array):
            value[:] = array(value.typecode, contents)
        else:
            value[:] = contents

    @property
    def is_outdated(self) -> bool:
        """Whether it has another size than its unit."""
        value = self.value
        size = len(value) * (value.itemsize if isinstance(value, array) else 1)
        return size != self.size


class LaidOut:
    """A list as its unit was made of it: code only reads it, Python may change it."""

    contents = None

    def __init__(self, value: list[Any], is_plain: bool) -> None:
        """`is_plain`: it holds nothing but integers."""
        self.value = value
        self.items = list(value)
        self.is_plain = is_plain

    @property
    def is_outdated(self) -> bool:
        """Whether it holds other items now. Of two that are equal, only integers are one."""
        if self.value != self.items:
            return True
        return not self.is_plain and not all(map(is_, self.value, self.items))


class ObjectPlaces(Places):
    """Of objects, as functions under the decorator find them."""

    def __init__(self) -> None:
        super().__init__(WeakValueDictionary())

    def unit(self, reference: Reference) -> Unit | None:
        found = getattr(reference.target, "unit", None)
        return found if isinstance(found, Unit) else None

    def source(self, data: Data) -> tuple[Source, Span]:
        found: tuple[Source, Span] = data.home.place_of(data.name)  # type: ignore[attr-defined]
        return found

    def fits(self, unit: Unit, value: Any) -> bool:
        return unit.owner is None or not unit.owner.is_outdated

    def made(self, data: Data, laid_out: Layout) -> Unit:
        unit = super().made(data, laid_out)
        unit.thing = data.value
        if laid_out.writable:
            unit.owner = LiveData(data.value)
        elif isinstance(data.value, list):
            unit.owner = LaidOut(data.value, not laid_out.references)
        return unit


PLACES = ObjectPlaces()
