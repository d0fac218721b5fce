"""What a file holds of a program: everything in one run, or in sections that a linker places.

Input: a module. Output: `Area`s of code or data, with the functions and blocks of data in them.
Invariants: every function starts at a multiple of 4; what a function of the module needs is there
once; of a reference between sections stays a relocation.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping

from asm_rv32.assembler.ir import is_error
from asm_rv32.assembler.link import Linked, Unit, closure, link_apart
from asm_rv32.assembler.reading.program import FunctionSource
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.basis.records import TYPE_CHECKING, NamedTuple
from asm_rv32.formats import FormatError
from asm_rv32.isa.image import DATA, FUNCTION, WRITABLE, Entry, Image, Part, Relocation
from asm_rv32.isa.sets import DEFAULT_ISA

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module

ALIGNMENT = 4
SECTIONS = {FUNCTION: ".text", DATA: ".rodata", WRITABLE: ".data"}
"""Kind of a unit → the section that it stands in."""


class Block(NamedTuple):
    """A function or a block of data in an area."""

    symbol: str
    """Each of a file has its own."""
    is_global: bool
    """False of what comes from another source, which other files bring along as well, and of what
    `__all__` leaves out."""
    unit: Unit
    part: Part

    @property
    def function(self) -> FunctionSource | None:
        """What a function is as written; None of data."""
        return self.unit.job.job.function if self.unit.job is not None else None


class Area(NamedTuple):
    """A run of bytes that stay together."""

    section: str
    kind: str
    """One of PART_KINDS: that of the least that it must allow."""
    code: bytes
    entries: tuple[Entry, ...]
    relocations: tuple[Relocation, ...]
    blocks: tuple[Block, ...]
    isa: str

    @property
    def alignment(self) -> int:
        """A power of two."""
        return max((block.unit.alignment for block in self.blocks), default=ALIGNMENT)

    @property
    def has_code(self) -> bool:
        """Whether anything in it is a function: data has no ISA."""
        return any(block.part.kind == FUNCTION for block in self.blocks)

    def entries_of(self, block: Block) -> tuple[Entry, ...]:
        """What a block consists of."""
        start, size = block.part.address, block.part.size
        first = bisect_left(self.entries, start, key=_address)
        return self.entries[first : bisect_left(self.entries, start + size, key=_address)]


def _address(entry: Entry) -> int:
    return entry.address


def program(module: Module, base: Callable[[int], int] = lambda alignment: 0) -> Area:
    """All of a program in one run, its first function in front.

    `base`: from the alignment to the address at which it lies. Raises FormatError.
    """
    if not module.functions:
        return Area(SECTIONS[FUNCTION], FUNCTION, b"", (), (), (), DEFAULT_ISA)
    image = module.program()
    units = closure(module.functions.units.values())
    at = base(max(unit.alignment for unit in units))
    if image.relocations:
        image = _placed(image, at)
    symbols = _symbols(module, units)
    blocks = tuple(
        Block(symbols[id(unit)], module.is_public(unit), unit, part)
        for unit, part in zip(units, image.parts)
    )
    kind = max((part.kind for part in image.parts), key=[*SECTIONS].index)
    return Area(SECTIONS[FUNCTION], kind, image.code, image.entries, (), blocks, image.isa)


def _placed(image: Image, base: int) -> Image:
    """A program at an address, on which something of it hangs. Raises FormatError."""
    from asm_rv32.isa.placing import OpenSymbol, placed

    try:
        return placed(image, base)
    except OpenSymbol as error:
        message = f"another object has {error}; write a .o or .s, and have a linker put it in place"
        raise FormatError(message) from None


def areas(module: Module, *, apart: bool, whole: bool = True) -> list[Area]:
    """A program as sections: of code, of data, of data that can be written; with `apart` of one
    function or block of data each, with `whole` also of the data that no function of it needs.
    What is weak has a section of its own: whatever names it may come to mean another object's.

    Raises AssemblyError for what cannot be laid out so.
    """
    roots = [*module.functions.units.values(), *(module.blocks.values() if whole else ())]
    units = closure(roots)
    symbols = _symbols(module, units)
    alone = [[unit] for unit in units if apart or unit.is_weak]
    joined = [unit for unit in units if not apart and not unit.is_weak]
    groups = [[unit for unit in joined if unit.kind == kind] for kind in SECTIONS]
    groups = [*filter(None, groups), *alone]
    found = []
    for group, linked in zip(groups, link_apart(groups, symbols)):
        _require(linked)
        kind = group[0].kind
        name = SECTIONS[kind] + (f".{symbols[id(group[0])]}" if group in alone else "")
        blocks = tuple(
            Block(symbols[id(unit)], module.is_public(unit), unit, part)
            for unit, part in zip(group, linked.parts)
        )
        found.append(
            Area(name, kind, linked.code, tuple(linked.entries), tuple(linked.relocations), blocks,
                 linked.isa)
        )  # fmt: skip
    return found


def _require(linked: Linked) -> None:
    """Raise AssemblyError with what is wrong in the first source in which anything is."""
    wrong = [each for each in linked.wrong if is_error(each.diagnostic)]
    if wrong:
        source = wrong[0].source
        raise AssemblyError([w.diagnostic for w in wrong if w.source is source], source)


def _symbols(module: Module, units: Iterable[Unit]) -> dict[int, str]:
    """Unit, by its id → its symbol: its name, and a number where another has that already.

    Raises FormatError where two of the file's own have one.
    """
    own = {**module.functions.units, **module.blocks}
    found: dict[int, str] = {}
    taken: set[str] = set()
    for name, unit in own.items():
        found[id(unit)] = symbol = unit.symbol or name
        if symbol in taken:
            raise FormatError(f"two functions or blocks of data have the symbol {symbol!r}")
        taken.add(symbol)
    for unit in units:
        if id(unit) not in found:
            name, number = unit.name, 1
            while name in taken:
                number += 1
                name = f"{unit.name}#{number}"
            taken.add(name)
            found[id(unit)] = name
    return found


class Layout(NamedTuple):
    """Images placed in one stretch of code, each with all that it needs."""

    code: bytes
    """The images, with zeros between them where one does not end at a multiple of 4."""
    offsets: dict[str, int]
    """Function → where its image starts in `code`."""


def layout(functions: Mapping[str, Image]) -> Layout:
    """Place the images in their order."""
    code = bytearray()
    offsets = {}
    for name, image in functions.items():
        code += bytes(-len(code) % ALIGNMENT)
        offsets[name] = len(code)
        code += image.code
    return Layout(bytes(code), offsets)
