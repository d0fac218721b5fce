"""Loads and stores that cannot go well: misaligned, of what nothing stored, into code.

Input: a `Flow` and what was seen following it. Output: warnings, and where data should be aligned.
"""

from __future__ import annotations

from collections.abc import Iterator

from asm_rv32.analysis import events as seen
from asm_rv32.analysis.flow import Flow
from asm_rv32.analysis.lint.convention import by_register
from asm_rv32.analysis.lint.places import label_ahead
from asm_rv32.analysis.routines import Followed
from asm_rv32.basis.diagnostics import Diagnostic, warning


def unwritten(flow: Flow, followed: Followed) -> Iterator[Diagnostic]:
    """Loads of what nothing stored, where what is loaded is used."""
    loads = followed.events.of(seen.UNWRITTEN_LOAD)
    if not loads:
        return
    from asm_rv32.analysis.undefined import is_used  # few functions wait for it

    for event in loads:
        if not is_used(followed, event):
            continue
        yield warning(
            "unwritten-stack",
            f"this loads from the stack, {-event.at} bytes below its start, what nothing "
            f"stored there",
            flow.nodes[event.node].span,
            "help: store there first, or load from where it was stored",
        )


def unaligned_labels(flow: Flow, followed: Followed) -> dict[str, int]:
    """Label in front of data that is accessed at odd places → the multiple to align it to."""
    found: dict[str, int] = {}
    events = followed.events
    places = [(event.at, event.size) for event in events.of(seen.MISALIGNED_CODE)]
    places += [(event.at, event.size) for event in events.of(seen.MISALIGNED_ANYHOW)]
    for offset, size in places:
        label, at = label_ahead(flow.image, offset)
        if label and at % size:
            found[label] = max(size, found.get(label, 0))
    return found


def misaligned(flow: Flow, followed: Followed) -> Iterator[Diagnostic]:
    """Accesses that are certainly misaligned."""
    events = followed.events
    for event in events.of(seen.MISALIGNED):
        yield _misaligned(flow, event.node, event.size, f"{event.at:#x}, {_is_none(event.size)}")
    for stacked in events.of(seen.MISALIGNED_STACK):
        place = f"{stacked.at:+} bytes from the stack's start, {_is_none(stacked.size)}"
        yield _misaligned(flow, stacked.node, stacked.size, place)
    for labelled in events.of(seen.MISALIGNED_CODE):
        place = f"offset {labelled.at:#x} of the function, {_is_none(labelled.size)}"
        yield _misaligned(flow, labelled.node, labelled.size, place, labelled.at)
    for anyhow in events.of(seen.MISALIGNED_ANYHOW):
        unit = min(anyhow.size, anyhow.residue.modulus)
        more = anyhow.residue.low % unit
        place = f"an address that is always {more} more than a multiple of {unit}"
        yield _misaligned(flow, anyhow.node, anyhow.size, place, anyhow.at)


def _is_none(size: int) -> str:
    return f"which is no multiple of {size}"


def _misaligned(flow: Flow, node: int, size: int, place: str, offset: int = -1) -> Diagnostic:
    """`offset`: where in the function the data stands that is meant, or -1."""
    label, at = label_ahead(flow.image, offset)
    help_ = f"help: choose a multiple of {size}, or load single bytes"
    if label and at % size:
        help_ = f"help: align({size}) in front of label({label})"
    name = flow.nodes[node].meaning.name
    text = f"'{name}' takes {size} bytes at {place}"
    return warning("misaligned-address", text, flow.nodes[node].span, help_)


def out_of_step(flow: Flow, followed: Followed) -> Iterator[Diagnostic]:
    """Accesses through one pointer of the caller's that cannot all be aligned, whatever it is."""
    for events in by_register(followed.events.of(seen.THROUGH)).values():
        widest = max(events, key=lambda event: event.size)
        for event in events:
            if (event.at - widest.at) % event.size:
                name = flow.nodes[event.node].meaning.name
                yield warning(
                    "misaligned-address",
                    f"'{name}' takes {event.size} bytes at offset {event.at}, and line "
                    f"{flow.image.line_at(flow.nodes[widest.node].address)} takes {widest.size} "
                    f"bytes at offset {widest.at} from the same address: one is misaligned",
                    flow.nodes[event.node].span,
                    f"help: choose offsets that differ by multiples of {event.size}, or load "
                    f"single bytes",
                )


# ---- code that writes code


def unfetched(flow: Flow, followed: Followed) -> Iterator[Diagnostic]:
    """Stores into code that nothing makes the core fetch anew."""
    stores = [
        event for event in followed.events.of(seen.CODE_STORE)
        if flow.node_over(event.at) is not None
    ]  # fmt: skip
    if not stores:
        return
    fences = [index for index, node in enumerate(flow.nodes) if node.meaning.does("fence_i")]
    last = {flow.block_at[index]: index for index in fences}
    leaves = _unfenced(flow, frozenset(last))
    for event in stores:
        at = flow.block_at[event.node]
        if last.get(at, -1) > event.node:
            continue
        successors = flow.blocks[at].successors
        if not successors or any(leaves[successor] for successor in successors):
            yield warning(
                "missing-fence-i",
                f"this stores into the code at offset {event.at:#x}, and nothing makes the "
                f"core fetch it anew",
                flow.nodes[event.node].span,
                "help: fence_i() after the last store, before the code is run",
            )


def _unfenced(flow: Flow, fenced: frozenset[int]) -> list[bool]:
    """For each block whether control can get from its start to an end without a fence."""
    found = [
        not block.successors and index not in fenced for index, block in enumerate(flow.blocks)
    ]
    predecessors: list[list[int]] = [[] for _ in flow.blocks]
    for index, block in enumerate(flow.blocks):
        for successor in block.successors:
            predecessors[successor].append(index)
    work = [index for index, is_end in enumerate(found) if is_end]
    while work:
        for index in predecessors[work.pop()]:
            if not found[index] and index not in fenced:
                found[index] = True
                work.append(index)
    return found
