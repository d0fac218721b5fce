"""What `compile` says of the functions that it wrote: a line for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from asm_rv32.assembler.link import closure
from asm_rv32.assembler.pipeline import Module
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.image import Entry, Image

NAMES_SHOWN = 5
"""Of what a function carries along, so many are named."""


class _Size(NamedTuple):
    """What a function takes by itself."""

    size: int
    instructions: int
    saved: int
    """Bytes, against four for each instruction."""


def summary(module: Module, *, once: bool, stubs: Mapping[str, int]) -> Iterator[str]:
    """A line for each function, and what it carries along, or all of them together do.

    `once`: whether the file holds the program once; else each function with what it needs. The time
    is then linear in the program, in the other case in the file. `stubs`: function → bytes of what
    stands in front of it.
    """
    width = max(map(len, module.functions), default=0)
    carried = _carried(module) if once and module.is_linked else None
    sizes = carried[0] if carried else {}
    for name in module.functions:
        size = sizes[name] if carried else _own(module.functions[name])
        line = (
            f"{name:<{width}}  {size.size:>5} bytes  "
            f"{size.instructions:>5} instructions  {size.saved:>5} bytes saved"
        )
        if stubs:
            line += f"  {stubs[name]:>5} bytes of stub"
        if not carried:
            image = module.functions[name]
            line += _rest(len(image.code) - size.size, [part.name for part in image.parts[1:]])
        yield line
    if carried and carried[1]:
        yield f"{'':<{width}}{carried[1]}"


def _rest(size: int, names: list[str]) -> str:
    if not names:
        return ""
    shown = ", ".join(names[:NAMES_SHOWN])
    left = len(names) - NAMES_SHOWN
    return f"  + {size} bytes of {shown}" + (f" and {left} more" if left > 0 else "")


def _own(image: Image) -> _Size:
    """The function itself, which stands first in its image."""
    if not image.parts[1:]:
        return _Size(len(image.code), image.instruction_count, image.bytes_saved)
    size = image.parts[0].size
    return _size(size, (entry for entry in image.entries if entry.address < size))


def _size(size: int, entries: Iterable[Entry]) -> _Size:
    lengths = [entry.size for entry in entries if entry.is_code]
    return _Size(size, len(lengths), sum(4 - length for length in lengths))


def _carried(module: Module) -> tuple[dict[str, _Size], str]:
    """The functions in a program that holds all of them, and what else is in it."""
    image = module.program()
    units = module.functions.units
    names = {id(unit): name for name, unit in units.items()}
    found: dict[str, _Size] = {}
    others = []
    at = 0
    for unit, part in zip(closure(units.values()), image.parts):
        end = part.address + part.size
        first = at
        while at < len(image.entries) and image.entries[at].address < end:
            at += 1
        name = names.get(id(unit))
        if name is None:
            others.append(part)
        else:
            entries = image.entries[first:at]
            found[name] = _size(part.size, (e for e in entries if e.address >= part.address))
    size = sum(part.size for part in others)
    return found, _rest(size, [part.name for part in others])
