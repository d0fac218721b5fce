"""Rewrite: another way of an idiom, in lines of the source.

Input: an Image. Output: `Exchange`s.
Invariant: only statements are exchanged that have their lines for themselves and are assembled
once; a new one calls registers as those did that it comes for, and no comment is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from operator import ge

from asm_rv32.analysis.flow import Flow, Node, control_flow
from asm_rv32.analysis.lint.fix import commented, indentation_of, standing_alone
from asm_rv32.analysis.lint.places import lines
from asm_rv32.basis.diagnostics import Source, Span
from asm_rv32.basis.records import NamedTuple
from asm_rv32.improve.idioms import THERE, Way
from asm_rv32.improve.matching import matches
from asm_rv32.improve.replacing import Replacement, replacements
from asm_rv32.improve.schedule import Line, cost
from asm_rv32.improve.statements import Function
from asm_rv32.improve.suggestion import Candidate, Edit
from asm_rv32.isa.image import Image
from asm_rv32.isa.operands import ABI_NAMES
from asm_rv32.timing.code import Code
from asm_rv32.timing.instruction import Op
from asm_rv32.timing.model import Core, TimingError

NOP = bytes.fromhex("13000000")
SHORT = 2
"""Bytes that an instruction takes at least."""


class Exchange(NamedTuple):
    """Another way, as it is written in the source."""

    replacement: Replacement
    spans: tuple[Span, ...]
    """The statements that go."""
    text: str
    """What comes for them, and where."""
    edits: tuple[Edit, ...]
    block: int
    """Of the flow."""


def exchanges(image: Image, is_worth: Callable[[Way, Sequence[Node]], bool]) -> Iterator[Exchange]:
    """Those in a function itself, what it calls left out; of ways that are worth a try in the place
    of some instructions."""
    flow = control_flow(image)
    if flow.undecoded:
        return
    compress = any(node.size == SHORT for node in flow.nodes)
    is_alone = standing_alone(image)
    for match in matches(flow, lambda node: _is_own(image, node)):
        going = [flow.nodes[at] for at in sorted(match.going)]
        if all(is_alone(node.span) for node in going):
            for found in replacements(flow, match, compress, is_worth):
                yield _written(flow, found, going)


def candidates(function: Function, cores: Sequence[Core]) -> Iterator[Candidate]:
    """Ways that take fewer cycles on a core, and more on none; proved, those that promise most
    first."""
    image = function.image
    isa = image.isa
    code = Code(lambda at: int.from_bytes(image.code[at : at + 2], "little"), isa)

    def may_save(way: Way, going: Sequence[Node]) -> bool:
        ops = [code.at(node.address) for node in going]
        return len(way.steps) < len(ops) or any(is_slow(op, core) for op in ops for core in cores)

    found = []
    try:
        for each in exchanges(image, may_save):
            texts = each.replacement.before, each.replacement.after
            before, after = ([spent(text, isa, core) for core in cores] for text in texts)
            if all(map(ge, before, after)) and before != after:
                found.append((sum(after) / sum(before), each))
    except TimingError:
        return
    for _, each in sorted(found, key=lambda pair: pair[0]):
        if each.replacement.is_proved(isa):
            message = f"{each.replacement.match.idiom.what}: {each.text}"
            yield Candidate("idiom", each.spans[-1], message, each.edits)


def is_slow(op: Op, core: Core) -> bool:
    """Whether an instruction takes longer than others do on a core."""
    return core.cycles[core.class_of(op.name)] > min(core.cycles.values())


def spent(text: bytes, isa: str, core: Core) -> int:
    """Cycles of straight-line code behind an instruction that does nothing. Raises TimingError."""
    text = NOP + text
    code = Code(lambda at: int.from_bytes(text[at : at + 2], "little"), isa)
    ops: list[Op] = []
    at = 0
    while at < len(text):
        ops.append(code.at(at))
        at += ops[-1].size
    first, *rest = [Line([op]) for op in ops]
    return cost(range(len(ops)), [first, *rest], None, core) - cost([0], [first], None, core)


def _is_own(image: Image, node: Node) -> bool:
    part = image.part_at(node.address)
    return part is None or part.span == image.span


def _written(flow: Flow, found: Replacement, going: list[Node]) -> Exchange:
    """A replacement over the lines of a source."""
    image, source = flow.image, flow.image.source
    spans = tuple(dict.fromkeys(node.span for node in going))
    texts = [source.text[span.start : span.end].partition("#")[0] for span in spans]
    label = re.findall(r"\w+", texts[-1])[-1]
    new = tuple(_named(line, image, texts, label) for line in found.lines)
    *removed, last = [source.locate(span.start)[0] for span in spans]
    indented = tuple(indentation_of(source, last) + line for line in new)
    edits = (*(_edit(source, line, ()) for line in removed), _edit(source, last, indented))
    text = f"{'; '.join(new)} for {lines(image, spans)}"
    return Exchange(found, spans, text, edits, flow.block_at[found.match.root])


def _edit(source: Source, line: int, new: tuple[str, ...]) -> Edit:
    return Edit(line, 1, tuple(commented(new, [source.line(line)])))


def _named(line: str, image: Image, texts: list[str], label: str) -> str:
    """A statement with the names that the statements had which it comes for."""
    names = {ABI_NAMES[number]: name for name, number in zip(image.parameters, image.registers)
             if any(re.search(rf"\b{name}\b", text) for text in texts)}  # fmt: skip
    names[THERE] = label
    head, bracket, operands = line.partition("(")
    return head + bracket + re.sub(r"\b[a-z]\w*", lambda at: names.get(at[0], at[0]), operands)
