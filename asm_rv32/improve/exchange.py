"""Rewrite: another way of an idiom, in lines of the source.

Input: an Image. Output: `Exchange`s.
Invariant: only statements are exchanged that have their lines for themselves and are assembled
once; a new one calls registers as those did that it comes for, and no comment is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import ge

from asm_rv32.analysis.flow import Flow, Node, control_flow
from asm_rv32.analysis.lint.fix import counts_bytes, standing_alone
from asm_rv32.analysis.lint.places import lines
from asm_rv32.basis.diagnostics import Source, Span
from asm_rv32.basis.edits import Edit, commented, indentation_of
from asm_rv32.basis.records import NamedTuple
from asm_rv32.improve.idioms import THERE, Way
from asm_rv32.improve.matching import matches
from asm_rv32.improve.replacing import Replacement, replacements
from asm_rv32.improve.schedule import Line, cost
from asm_rv32.improve.statements import Function
from asm_rv32.improve.suggestion import Candidate
from asm_rv32.improve.values import Values
from asm_rv32.isa.image import Image
from asm_rv32.isa.meaning import Constant
from asm_rv32.isa.operands import ABI_NAMES, EVERY_REGISTER
from asm_rv32.isa.words import signed
from asm_rv32.timing.code import Code
from asm_rv32.timing.instruction import Op
from asm_rv32.timing.model import Core, TimingError, load_core

NOP = bytes.fromhex("13000000")
_WORD = re.compile(r"[A-Za-z_]\w*")
_GIVEN = re.compile(r"^[ \t]*(\w+)[ \t]*=[ \t]*(\w+)[ \t]*(?:#.*)?$", re.MULTILINE)
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
    if flow.undecoded or counts_bytes(flow):
        return
    compress = any(node.size == SHORT for node in flow.nodes)
    is_alone = standing_alone(image)
    for match in matches(flow, lambda node: is_own(image, node)):
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
            before, after = ([spent(text, isa, core.name) for core in cores] for text in texts)
            if all(map(ge, before, after)) and before != after:
                found.append((sum(after) / sum(before), each))
    except TimingError:
        return
    best: dict[int, Exchange] = {}
    for _, each in sorted(found, key=lambda pair: pair[0]):
        if each.block not in best and each.replacement.is_proved(isa):
            best[each.block] = each
    # What is free for one may be what another takes: one a block at a time.
    if len(best) > 1:
        yield _candidate(function, list(best.values()))
    for each in best.values():
        yield _candidate(function, [each])


def _candidate(function: Function, some: Sequence[Exchange]) -> Candidate:
    told = dict.fromkeys(f"{each.replacement.match.idiom.what}: {each.text}" for each in some)
    edits = tuple(edit for each in some for edit in _from_first(function, each))
    return Candidate("idiom", some[0].spans[-1], "; ".join(told), edits)


def _from_first(function: Function, exchange: Exchange) -> tuple[Edit, ...]:
    """Its edits; as one, from where a statement stays that has a part in it: what that makes, a
    proof of what comes behind it alone would not know."""
    match, source = exchange.replacement.match, function.source
    node = function.flow.nodes[match.first]
    given = {edit.line: edit for edit in exchange.edits}
    first, last = source.locate(node.span.start)[0], max(given)
    if match.first in match.going or not is_own(function.image, node) or first >= min(given):
        return exchange.edits
    lines: list[str] = []
    for line in range(first, last + 1):
        lines += given[line].lines if line in given else (source.line(line),)
    return (Edit(first, last - first + 1, tuple(lines)),)


def is_slow(op: Op, core: Core) -> bool:
    """Whether an instruction takes longer than others do on a core."""
    return core.cycles[core.class_of(op.name)] > min(core.cycles.values())


@lru_cache(maxsize=1 << 14)
def spent(text: bytes, isa: str, name: str) -> int:
    """Cycles of straight-line code behind an instruction that does nothing, on the core of a name.
    Raises TimingError."""
    core, text = load_core(name), NOP + text
    code = Code(lambda at: int.from_bytes(text[at : at + 2], "little"), isa)
    ops: list[Op] = []
    at = 0
    while at < len(text):
        ops.append(code.at(at))
        at += ops[-1].size
    first, *rest = [Line([op]) for op in ops]
    return cost(range(len(ops)), [first, *rest], None, core) - cost([0], [first], None, core)


def is_own(image: Image, node: Node) -> bool:
    """Whether an instruction is of the function itself, and of nothing that it calls."""
    part = image.part_at(node.address)
    return part is None or part.span == image.span


def _written(flow: Flow, found: Replacement, going: list[Node]) -> Exchange:
    """A replacement over the lines of a source."""
    image, source = flow.image, flow.image.source
    spans = tuple(dict.fromkeys(node.span for node in going))
    texts = [source.text[span.start : span.end].partition("#")[0] for span in spans]
    names = _names(image, texts)
    names[THERE] = _WORD.findall(texts[-1])[-1]
    for span, text in zip(spans, texts):
        names |= _named_number(image, text, [node for node in going if node.span == span])
    new = tuple(_named(line, names) for line in found.lines)
    *removed, last = [source.locate(span.start)[0] for span in spans]
    indented = tuple(indentation_of(source, last) + line for line in new)
    edits = (*(_edit(source, line, ()) for line in removed), _edit(source, last, indented))
    text = f"{'; '.join(new)} for {lines(image, spans)}"
    return Exchange(found, spans, text, edits, flow.block_at[found.match.root])


def _edit(source: Source, line: int, new: tuple[str, ...]) -> Edit:
    return commented(source, Edit(line, 1, new))


def _names(image: Image, texts: list[str]) -> dict[str, str]:
    """Register → what some statements call it: a parameter, or a second name that is never given
    anew."""
    words = {word for text in texts for word in _WORD.findall(text)}
    found = {ABI_NAMES[number]: name for name, number in zip(image.parameters, image.registers)}
    given = _given(image.source, image.span)
    found |= {registers[0]: name for name, registers in given.items() if len(registers) == 1}
    return {register: name for register, name in found.items() if name in words}


@lru_cache(maxsize=1)
def _given(source: Source, span: Span) -> dict[str, list[str]]:
    """Name → all that a function's text gives it."""
    found: dict[str, list[str]] = {}
    for name, value in _GIVEN.findall(source.text[span.start : span.end]):
        found.setdefault(name, []).append(value)
    return found


def _named_number(image: Image, text: str, nodes: list[Node]) -> dict[str, str]:
    """Number → the name that a statement has for it, and so for its negative; those that might as
    well be counts are left as they are."""
    name = text.rpartition(",")[2].strip(" )\n")
    if (
        not name.isidentifier()
        or name in EVERY_REGISTER
        or len(_given(image.source, image.span).get(name, ())) > 1
    ):
        return {}
    values = Values(nodes).written[-1].values()
    words = [signed(value.value) for value in values if isinstance(value, Constant)]
    if len(nodes) == 1 and not words:
        row, immediates = nodes[0].meaning.base
        words = [v for kind, v in zip(row.kinds, immediates) if not kind.is_register]
    found = {str(-word): f"-{name}" for word in words} | {str(word): name for word in words}
    return {number: said for number, said in found.items() if len(number.lstrip("-")) > 1}


def _named(line: str, names: Mapping[str, str]) -> str:
    """A statement with the names that the statements had which it comes for."""
    head, bracket, operands = line.rstrip(")").partition("(")
    shown = [names.get(operand, operand) for operand in operands.split(", ")]
    return f"{head}{bracket}{', '.join(shown)})"
