"""The places of Python objects in programs: one unit for each, shared by all functions.

Invariant: a unit lives as long as a function, or other data, holds its place; as long as it lives
its object does.
"""

from __future__ import annotations

from array import array
from typing import Any
from weakref import WeakValueDictionary

from asm_rv32.assembler.data import Layout
from asm_rv32.assembler.ir import Data, Reference
from asm_rv32.assembler.link import Unit
from asm_rv32.assembler.outside import Places
from asm_rv32.basis.diagnostics import Source, Span


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
    def is_resized(self) -> bool:
        """Whether it has another size than its unit."""
        value = self.value
        size = len(value) * (value.itemsize if isinstance(value, array) else 1)
        return size != self.size


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
        return not isinstance(unit.owner, LiveData) or not unit.owner.is_resized

    def made(self, data: Data, laid_out: Layout) -> Unit:
        unit = super().made(data, laid_out)
        unit.thing = data.value
        if laid_out.writable:
            unit.owner = LiveData(data.value)
        return unit


PLACES = ObjectPlaces()
