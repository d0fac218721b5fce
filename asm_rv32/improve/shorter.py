"""Shorter ways to write what a function does, and the source with them.

Input: an Image, or a source and how it is assembled. Output: `Exchange`s; the shortened source.
Invariant: each is proved, for every input, to leave what is read later as it was; a shortened
function takes fewer bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress
from typing import TYPE_CHECKING

from asm_rv32.analysis.flow import Node, control_flow
from asm_rv32.basis.diagnostics import AssemblyError, Source
from asm_rv32.basis.edits import edited
from asm_rv32.improve.exchange import SHORT, Exchange, exchanges, is_own
from asm_rv32.improve.idioms import Way
from asm_rv32.isa.decode import decode_all
from asm_rv32.isa.image import Image
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import instruction_set

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
            return source, done
        before = module.functions
        refused = {
            name for name, found in wanted.items()
            if len(made.functions[name].code) >= len(before[name].code)
            or not _is_exchanged(before[name], made.functions[name], found)
        }  # fmt: skip
        left = set(wanted) - refused
        if refused:
            continue
        module, source = made, after
        done += [
            f"{source.path}: {name}: {told(each)}"
            for name, found in wanted.items() for each in found
        ]  # fmt: skip
    return source, done


def _is_exchanged(old: Image, new: Image, done: Iterable[Exchange]) -> bool:
    """Whether the new text became what was proved: the old instructions, with the new ones for
    those that went. A name may stand for something else on another line."""
    going = {at for each in done for at in each.replacement.match.going}
    coming = {each.replacement.match.root: each.replacement.new for each in done}
    found = [node.meaning.base for node in control_flow(new).nodes if is_own(new, node)]
    expected: list[tuple[Instruction, bool]] = []
    for at, node in enumerate(control_flow(old).nodes):
        if at in coming:
            pieces = decode_all(coming[at], instruction_set(old.isa))
            expected += [(_base(each.instruction), True) for each in pieces if each.instruction]
        elif at not in going and is_own(old, node):
            expected.append((node.meaning.base, False))
    return len(found) == len(expected) and all(
        _is_the_same(one, other, wholly) for one, (other, wholly) in zip(found, expected)
    )


def _base(found: Instruction) -> Instruction:
    return found.row.base_instruction(found.values)


def _is_the_same(one: Instruction, other: Instruction, wholly: bool) -> bool:
    """Whether two base instructions are; or are but for numbers, which may hang on their places."""
    counts = [
        not kind.is_target and (wholly or kind.is_register) for kind in one.row.kinds
    ]  # fmt: skip
    values = (list(compress(each.values, counts)) for each in (one, other))
    return one.row is other.row and next(values) == next(values)


def _one_a_block(found: Iterable[Exchange]) -> list[Exchange]:
    """The best of each block, which stand first."""
    blocks: dict[int, Exchange] = {}
    for each in found:
        blocks.setdefault(each.block, each)
    return list(blocks.values())
