"""What a function is compared with, and whether it does the same.

Input: the texts of `--against`, a function of a module. Output: `Variant`s, each of which gives
an image for a placement and measures calls of it.
Invariant: a variant whose result, buffers or stores to devices differ from the function's is an
error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest

from asm_rv32.assembler.pipeline import assemble_again
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.basis.records import TYPE_CHECKING, NamedTuple
from asm_rv32.formats.listing import ListingLine
from asm_rv32.formats.listing import lines as listing_lines
from asm_rv32.isa.image import NOTHING
from asm_rv32.machine.settings import Settings
from asm_rv32.report.pricing import Measured, measure

if TYPE_CHECKING:
    from asm_rv32.devices import Bus
    from asm_rv32.isa.image import Image


class VariantError(Exception):
    """An alternative that cannot be made, or does not do the same; the text says why."""


class Conditions(NamedTuple):
    """Under what conditions calls are measured."""

    cores: tuple[str, ...]
    settings: Settings
    wait_states: int = 0


class Variant:
    """One way to have the function; this one is an image that runs anywhere."""

    has_result = True
    """Whether a0 after the call means anything."""
    inputs: Sequence[str] = ()
    """The files that it is made of, but for the source of the function itself."""

    def __init__(self, name: str, title: str, image: Image) -> None:
        """`name` is what `--against` was given, `title` says what it is."""
        self.name = name
        self.title = title
        self.image = image
        self.runtime_calls: Mapping[str, int] = {}
        """Of the last call: what it called outside the code that is priced → how often."""

    def measure(self, values: Sequence[object], placement: int, given: Conditions) -> Measured:
        """Run a call and price it. Raises ExecutionError, TimingError, TypeError, VariantError."""
        return measure(
            self.image, values, given.cores,
            placement=placement, wait_states=given.wait_states, settings=given.settings,
        )  # fmt: skip

    def lines(self, image: Image) -> Iterable[ListingLine]:
        """What stands in a measured image, in order."""
        return listing_lines(image)

    def size(self, image: Image) -> int:
        """Bytes of the function in a measured image."""
        return len(image.code)


def uncompressed(image: Image) -> Variant:
    """The same source without any instruction that was not asked for in 16 bits."""
    other = assemble_again(image, dialect="asm_rv32", compress=False)
    return Variant("uncompressed", "assembled without compression", other)


def micropython(image: Image) -> Variant:
    """What mpy-cross makes of the same source. Raises VariantError where it refuses it."""
    try:
        other = assemble_again(image, dialect="micropython", compress=True)
    except AssemblyError as error:
        found = error.diagnostics[0]
        line = image.source.locate(found.span.start)[0]
        raise VariantError(
            f"micropython: MicroPython's assembler does not take {image.qualified_name}: "
            f"line {line}: {found.message}"
        ) from None
    return Variant("micropython", "as mpy-cross assembles it", other)


def function(name: str, image: Image) -> Variant:
    """Another function of the file."""
    return Variant(name, f"{image.qualified_name} of the same file", image)


def check_same(ours: Measured, theirs: Measured, variant: Variant) -> None:
    """Raise VariantError where the result, or a buffer, is not what the function's is."""
    returns = ours.image.returns
    own, other = ours.word, theirs.word
    if returns == "bool":
        own, other = own != 0, other != 0
    if returns != NOTHING and variant.has_result and own != other:
        raise VariantError(
            f"{variant.name} gives {theirs.result!r}, {ours.image.qualified_name} gives "
            f"{ours.result!r}: not the same function"
        )
    for number, (mine, its) in enumerate(zip(ours.contents, theirs.contents)):
        if mine != its:
            at = next(i for i, (a, b) in enumerate(zip(mine, its)) if a != b)
            raise VariantError(
                f"{variant.name} leaves {its[at]:#04x} in byte {at} of buffer {number}, "
                f"{ours.image.qualified_name} leaves {mine[at]:#04x}: not the same function"
            )
    for own_bus, other_bus in zip(ours.buses, theirs.buses):
        check_same_stores(own_bus, other_bus, ours.image.qualified_name, variant.name)


def check_same_stores(ours: Bus, theirs: Bus, own: str, other: str) -> None:
    """Raise VariantError where devices are not told the same, whenever that is."""
    mine, its = (
        [access[3:] for access in bus.accesses if access.kind == "store"] for bus in (ours, theirs)
    )
    for number, (one, another) in enumerate(zip_longest(mine, its)):
        if one != another:
            raise VariantError(
                f"{other} {_stored(another)} as the store number {number + 1} to a device, {own} "
                f"{_stored(one)}: not the same function"
            )


def _stored(store: tuple[int, int, int] | None) -> str:
    if store is None:
        return "stores nothing more"
    address, size, value = store
    return f"stores {value:#x} in {size} byte{'s' * (size != 1)} at {address:#010x}"
