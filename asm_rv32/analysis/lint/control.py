"""Where control goes that it should not, or never does; labels and encodings without effect.

Input: a `Flow` and what was seen following it. Output: warnings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from asm_rv32.analysis import events as seen
from asm_rv32.analysis.flow import TRAP, Flow, Node, appended, components, goes_back, is_act
from asm_rv32.analysis.routines import Followed
from asm_rv32.basis.diagnostics import Diagnostic, Span, warning
from asm_rv32.isa.effects import CALL

NESTED = 16
"""Loops around a loop that are looked into; of deeper ones nothing is claimed."""


def _runs(flow: Flow, reached: list[bool]) -> Iterator[list[Node]]:
    """The nodes that are not reached, neighbours together."""
    run: list[Node] = []
    for node, is_reached in zip(flow.nodes, reached):
        if not is_reached:
            run.append(node)
        elif run:
            yield run
            run = []
    if run:
        yield run


def unreachable(flow: Flow, followed: Followed) -> Iterator[Diagnostic]:
    """Instructions that control never comes to."""
    if followed.elsewhere or all(followed.reached):
        return
    # A statement in a loop that is unrolled is unreachable where every copy of it is.
    reached = {node.span for node, is_it in zip(flow.nodes, followed.reached) if is_it}
    for run in _runs(flow, followed.reached):
        if flow.node_at[run[0].address] - 1 in followed.ends:
            continue  # compilers put the way on there all the same
        dead = [
            node for node in run
            if node.span not in reached
            and not (appended(flow.image, node) or is_filler(node) or _is_guard(node))
        ]  # fmt: skip
        if dead:
            count = len(dead)
            yield warning(
                "unreachable",
                "control never comes here" if count == 1 else
                f"control never comes here, nor to the {count - 1} instruction"
                f"{'s' if count > 2 else ''} that follow{'' if count > 2 else 's'}",
                dead[0].span,
                "help: give it a label that something jumps to, or leave it out",
            )  # fmt: skip


def _is_guard(node: Node) -> bool:
    """True for a trap: it may well stand where control never comes."""
    return node.steps == TRAP or is_act(node, "ebreak")


def is_filler(node: Node) -> bool:
    """True for what does nothing and is meant to: `nop`."""
    return not node.steps and not any(node.meaning.base.values)


def falls(flow: Flow, followed: Followed) -> Iterator[Diagnostic]:
    """Data that control jumps or runs into."""
    image = flow.image
    for index, node in enumerate(flow.nodes):
        distance = node.meaning.distance
        if distance is not None and node.target < 0 and followed.reached[index]:
            yield from _jump(flow, node, node.address + distance)
    for event in followed.events.of(seen.JUMP_TO):
        yield from _jump(flow, flow.nodes[event.node], event.at)
    start = image.entry_at(image.entry)
    if start is not None and image.entry not in flow.node_at:
        yield warning(
            "falls-into-data",
            "the function starts with data: a call runs into it",
            start.span,
            "help: put the data behind the last return",
        )
    for index in flow.falls:
        node = flow.nodes[index]
        if not followed.reached[index] or node.effects.control == CALL:
            continue
        if is_act(node, "ecall", "ebreak", "wait") or node.address + node.size >= len(image.code):
            continue
        from asm_rv32.analysis.lint.places import lines  # only a finding needs it

        entry = image.entry_at(node.address + node.size)
        where = lines(image, [entry.span]) if entry else "the end"
        yield warning(
            "falls-into-data",
            f"behind this instruction control runs into the data of {where}",
            node.span,
            "help: ret() or j(LABEL) in front of the data",
        )


def _jump(flow: Flow, node: Node, offset: int) -> Iterator[Diagnostic]:
    to = flow.image.entry_at(offset) if offset >= 0 else None
    if to is not None and flow.node_over(offset) is None:
        from asm_rv32.analysis.lint.places import lines  # only a finding needs it

        yield warning(
            "falls-into-data",
            f"this jumps to the data of {lines(flow.image, [to.span])}",
            node.span,
            "help: put the label in front of an instruction",
        )


def loops(flow: Flow, followed: Followed) -> Iterator[Diagnostic]:
    """Loops that do nothing and never end."""
    blamed: set[int] = set()
    for component in _nested(followed.edges):
        if not blamed.isdisjoint(component):
            continue  # around it
        blocks = [flow.blocks[index] for index in component]
        nodes = [node for block in blocks for node in flow.nodes[block.first : block.last]]
        if not followed.reached[blocks[0].first] or any(_acts(node) for node in nodes):
            continue
        ends = [flow.nodes[block.last - 1].effects for block in blocks]
        written = 0
        for node in nodes:
            written |= node.effects.writes
        members = set(component)
        leaving = [
            end for end, index in zip(ends, component)
            if any(successor not in members for successor in followed.edges[index])
        ]  # fmt: skip
        if not any(end.reads & written for end in leaving):
            blamed |= members
            yield _endless(flow, nodes, bool(leaving))


def _nested(edges: list[tuple[int, ...]]) -> Iterator[list[int]]:
    """The blocks of each loop, then of those within it, by the blocks that each leads to.

    Those within a loop are what is left of it where nothing goes back to its head, the first block
    that something leads to from outside.
    """
    for _ in range(NESTED):
        if not goes_back(edges):
            return
        found = components(edges)
        number = [0] * len(edges)
        for at, component in enumerate(found):
            for index in component:
                number[index] = at
            if len(component) > 1 or component[0] in edges[component[0]]:
                yield component
        heads = {number[0]: 0}
        for index, successors in enumerate(edges):
            for to in successors:
                if number[to] != number[index]:
                    heads.setdefault(number[to], to)
        edges = [
            tuple([to for to in successors
                   if number[to] == number[index] and heads.get(number[to], to) != to])
            for index, successors in enumerate(edges)
        ]  # fmt: skip


def _endless(flow: Flow, nodes: list[Node], has_way_out: bool) -> Diagnostic:
    from asm_rv32.analysis.lint.places import lines  # only a finding needs it

    first = min(nodes, key=lambda node: node.address)
    last = max(nodes, key=lambda node: node.address)
    message = "this loop has no way out, and does nothing that could be seen from outside"
    if has_way_out:
        message = "once in this loop, nothing changes what it waits for, and it does nothing else"
    place = lines(flow.image, [first.span, last.span])
    return warning(
        "endless-loop",
        message,
        last.span,
        f"note: it is made of {place}" if len(nodes) > 1 else "note: it jumps to itself",
        "help: branch on something that the loop changes; wfi() in it shows that it waits",
    )


def _acts(node: Node) -> bool:
    """Whether an instruction does what can be seen from outside, or waits for it."""
    found = node.effects
    return bool(found.outside) or found.control == CALL or any(
        access.stores or (access.base is not None and access.base[0] == 0)
        for access in found.accesses
    )  # fmt: skip


@lru_cache(maxsize=1)
def _dotted(text: str) -> frozenset[tuple[str, str]]:
    """Names with a dot and another name behind them, of a file that several functions are in."""
    import re

    return frozenset(re.findall(r"\b(\w+)\.(?=(\w+))", text))


def labels(flow: Flow, followed: Followed) -> Iterator[Diagnostic]:
    """Labels that nothing names."""
    image = flow.image
    known = not followed.elsewhere and not any(
        note.code == "as-written" for note in image.diagnostics
    )
    used = followed.taken | {
        node.address + node.meaning.distance
        for node in flow.nodes if node.meaning.distance is not None
    }  # fmt: skip
    of_name: dict[str, bool] = {}
    own = image.part_at(image.entry)
    mentioned = own.named if own is not None else ()
    for name, offset in image.labels.items():
        plain = name.partition(".")[0]
        is_used = offset in used or name in mentioned
        of_name[plain] = of_name.get(plain, False) or is_used
    if not of_name:
        return
    import re  # only a function with labels waits for it

    text = image.source.text[image.span.start : image.span.end]
    # Another label at the same place may be the one that is used.
    named = Counter(re.findall(r"\w+", re.sub(r"#.*", "", text)))
    unnamed = [
        name for name, is_used in of_name.items() if named[name] < 2 or (known and not is_used)
    ]
    if unnamed:  # data, or another function, may have the address of one
        elsewhere = _dotted(image.source.text)
        unnamed = [name for name in unnamed if (image.name, name) not in elsewhere]
    if not unnamed:
        return
    places = {
        found[1]: found.span(1)
        for found in re.finditer(r"#.*|\blabel\s*\(\s*(\w+)\s*\)", text) if found[1]
    }  # fmt: skip
    for name in unnamed:
        if name in places:
            start, end = places[name]
            jumped_to = f"nothing jumps to {name!r} and nothing takes its address"
            yield warning(
                "unused-label",
                jumped_to if known else f"nothing names {name!r}",
                Span(image.span.start + start, image.span.start + end),
                "help: leave it out",
            )


def hints(flow: Flow, followed: Followed) -> Iterator[Diagnostic]:
    """Encodings that are reserved for hints."""
    known: dict[int, bool] = {}
    for node in flow.nodes:
        meant = id(node.meaning)  # that of one word is one for all its nodes
        if meant not in known:
            known[meant] = _is_hint(node)
        if known[meant]:
            yield warning(
                "hint",
                f"'{node.meaning.name}' with these operands changes nothing: the encoding is a "
                f"HINT, which a later core may give a meaning",
                node.span,
                "help: nop() does nothing",
            )


def _is_hint(node: Node) -> bool:
    """A computation that changes nothing, but for those with a meaning of their own."""
    if node.steps and not node.meaning.instruction.row.hint:
        return False
    row, values = node.meaning.base
    return "rd" in row.variables and values not in row.meant
