"""Shorter ways to write what a function does, and the source with them.

Input: an Image, or a source and how it is assembled. Output: `Shorter`s; the shortened source.
Invariant: each is proved, for every input, to leave what is read later as it was; a shortened
function takes fewer bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from asm_rv32.analysis.flow import Flow, Node, control_flow
from asm_rv32.analysis.lint.fix import Edit, edited, indentation_of, standing_alone
from asm_rv32.analysis.lint.places import lines
from asm_rv32.basis.diagnostics import AssemblyError, Source
from asm_rv32.improve.idioms import THERE, Way
from asm_rv32.improve.matching import matches
from asm_rv32.improve.replacing import Replacement, replacements
from asm_rv32.isa.image import Image
from asm_rv32.isa.operands import ABI_NAMES

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module

Assemble = Callable[[Source], "Module"]
SHORT = 2
"""Bytes that an instruction takes at least."""


class Shorter(NamedTuple):
    """A way that takes fewer bytes."""

    text: str
    saves: int
    """Bytes."""
    edits: tuple[Edit, ...]
    block: int
    """Of the flow."""


def shorter(image: Image) -> Iterator[Shorter]:
    """The best for each place of a function itself, what it calls left out."""
    flow = control_flow(image)
    if flow.undecoded:
        return
    compress = any(node.size == SHORT for node in flow.nodes)
    is_alone = standing_alone(image)
    found: list[Replacement] = []
    for match in matches(flow, lambda node: _is_own(image, node)):
        if all(is_alone(flow.nodes[at].span) for at in match.going):
            found += replacements(flow, match, compress, _may_save)
    taken: set[int] = set()
    for each in sorted(found, key=lambda each: (-each.saves, len(each.match.going))):
        if each.saves > 0 and taken.isdisjoint(each.match.going) and each.is_proved(image.isa):
            taken |= each.match.going
            yield _told(flow, each)


def _may_save(way: Way, going: int) -> bool:
    return SHORT * len(way.steps) < going


def _is_own(image: Image, node: Node) -> bool:
    part = image.part_at(node.address)
    return part is None or part.span == image.span


def _told(flow: Flow, found: Replacement) -> Shorter:
    """What is said of a replacement, and the lines that change."""
    image = flow.image
    source = image.source
    going = [flow.nodes[at] for at in sorted(found.match.going)]
    written = [source.text[node.span.start : node.span.end] for node in going]
    label = re.findall(r"\w+", written[-1].partition("#")[0])[-1:]
    new = [_named(line, image, written, label[0]) for line in found.lines]
    spans = dict.fromkeys(node.span for node in going)
    *removed, last = [source.locate(span.start)[0] for span in spans]
    indentation = indentation_of(source, last)
    edits = (
        *(Edit(line, 1, ()) for line in removed),
        Edit(last, 1, tuple(indentation + line for line in new)),
    )
    text = f"{'; '.join(new)} for {lines(image, spans)} saves {found.saves} bytes: "
    text += found.match.idiom.what
    return Shorter(text, found.saves, edits, flow.block_at[found.match.root])


def _named(line: str, image: Image, written: list[str], label: str) -> str:
    """A statement with the names that the statements had which it comes for."""
    names = {ABI_NAMES[number]: name for name, number in zip(image.parameters, image.registers)
             if any(re.search(rf"\b{name}\b", text) for text in written)}  # fmt: skip
    names[THERE] = label
    head, bracket, operands = line.partition("(")
    return head + bracket + re.sub(r"\b[a-z]\w*", lambda at: names.get(at[0], at[0]), operands)


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
            f"{source.path}: {name}: {each.text}"
            for name, found in wanted.items() for each in found
        ]  # fmt: skip
    return source, done


def _one_a_block(found: Iterator[Shorter]) -> list[Shorter]:
    """The best of each block, which stand first."""
    blocks: dict[int, Shorter] = {}
    for each in found:
        blocks.setdefault(each.block, each)
    return list(blocks.values())
