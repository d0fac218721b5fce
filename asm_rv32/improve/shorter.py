"""Shorter ways to write what a function does, and the source with them.

Input: an Image, or a source and how it is assembled. Output: `Exchange`s; the shortened source.
Invariant: each is proved, for every input, to leave what is read later as it was; a shortened
function takes fewer bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from asm_rv32.analysis.flow import Node
from asm_rv32.basis.diagnostics import AssemblyError, Source
from asm_rv32.improve.exchange import SHORT, Exchange, exchanges
from asm_rv32.improve.idioms import Way
from asm_rv32.improve.suggestion import edited
from asm_rv32.isa.image import Image

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module

Assemble = Callable[[Source], "Module"]


def shorter(image: Image) -> Iterator[Exchange]:
    """The best for each place of a function, the best of all first."""
    taken: set[int] = set()
    for each in sorted(exchanges(image, _may_save), key=_worth):
        found = each.replacement
        going = found.match.going
        if found.saves > 0 and taken.isdisjoint(going) and found.is_proved(image.isa):
            taken |= going
            yield each


def _may_save(way: Way, going: Sequence[Node]) -> bool:
    return SHORT * len(way.steps) < sum(node.size for node in going)


def _worth(each: Exchange) -> tuple[int, int]:
    return -each.replacement.saves, len(each.replacement.match.going)


def told(each: Exchange) -> str:
    """What is said of a shorter way."""
    found = each.replacement
    return f"{each.text} saves {found.saves} bytes: {found.match.idiom.what}"


def shorten(source: Source, assemble: Assemble) -> tuple[Source, list[str]]:
    """The shortened source, and a line of text for each change; raises AssemblyError.

    One change a block is made at a time: what is free for one may be what another takes.
    """
    module, done = assemble(source), list[str]()
    left = set(module.functions)
    while left:
        looked = {name: _one_a_block(shorter(module.functions[name])) for name in sorted(left)}
        wanted = {name: found for name, found in looked.items() if found}
        edits = [edit for found in wanted.values() for each in found for edit in each.edits]
        after = Source(source.path, edited(source, edits))
        try:
            made = assemble(after)
        except AssemblyError:
            made = module
        longer = {
            name for name in wanted
            if len(made.functions[name].code) >= len(module.functions[name].code)
        }  # fmt: skip
        left = set(wanted) - longer
        if longer:
            continue
        module, source = made, after
        done += [
            f"{source.path}: {name}: {told(each)}"
            for name, found in wanted.items() for each in found
        ]  # fmt: skip
    return source, done


def _one_a_block(found: Iterable[Exchange]) -> list[Exchange]:
    """The best of each block, which stand first."""
    blocks: dict[int, Exchange] = {}
    for each in found:
        blocks.setdefault(each.block, each)
    return list(blocks.values())
