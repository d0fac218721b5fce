"""What keeps instructions at four bytes, and which single change would shrink one.

Input: an Image. Output: a line of text for each instruction of four bytes, and the sum.
"""

from __future__ import annotations

from collections.abc import Iterator

from asm_rv32.disassembly import text
from asm_rv32.flow import Flow, Node, control_flow, live_behind, registers
from asm_rv32.image import Image
from asm_rv32.operands import ABI_NAMES, OperandKind
from asm_rv32.records import NamedTuple
from asm_rv32.tables import Pattern, Row, python_name

SAVED_BYTES = 2


class Change(NamedTuple):
    """One operand that keeps an instruction from one compressed form."""

    row: Row
    at: int
    """Index of the value."""
    wanted: str
    """What it would have to be."""
    registers: tuple[int, ...]
    """For a register, those that it could be; the last resort of a message is `wanted`."""


def report(image: Image) -> Iterator[str]:
    """A line for each instruction of four bytes, in order of address, then a summary."""
    flow = control_flow(image)
    live = live_behind(flow)
    names = {offset: name for name, offset in image.symbols.items()}
    long = [index for index, node in enumerate(flow.nodes) if node.size == 4]
    possible = 0
    for index in long:
        node = flow.nodes[index]
        line = image.source.locate(node.span.start)[0]
        written = text(node.effect.instruction, node.address, names)
        reason, saves = explain(flow, index, live[index])
        possible += saves
        yield f"{image.source.path}:{line}: {image.name}+{node.address:#x}: {written}: {reason}"
    yield (
        f"{image.source.path}: {image.name}: {len(image.code)} bytes, {len(long)} of "
        f"{len(flow.nodes)} instructions have four; single changes that are free to make would "
        f"save {possible} bytes"
    )


def explain(flow: Flow, index: int, live: int) -> tuple[str, int]:
    """Why the instruction of a node has four bytes, and how many a change that is free saves.

    `live` is the set of registers that are read later.
    """
    node = flow.nodes[index]
    row, values = node.effect.instruction
    if not row.shorter:
        return "there is no compressed form", 0
    changes = [
        change for short, pattern in row.shorter
        if (change := _change(row, values, short, pattern)) is not None
    ]  # fmt: skip
    if any(change.at < 0 for change in changes):
        return "assembled as written, without compression", 0
    if not changes:
        forms = ", ".join(dict.fromkeys(python_name(short.name) for short, _ in row.shorter))
        return f"more than one operand stands against {forms}", 0
    told = []
    saves = 0
    for change in changes[:3]:
        reason, free = _told(flow, index, change, live)
        told.append(reason)
        saves = max(saves, SAVED_BYTES if free else 0)
    return "; or ".join(told), saves


def _change(row: Row, values: tuple[int, ...], short: Row, pattern: Pattern) -> Change | None:
    """The one value that keeps `values` from a compressed form; None where there are several."""
    wrong: dict[int, Change] = {}
    for at, literal in pattern.literals:
        if values[at] != literal:
            kind = row.kinds[at]
            is_register = kind.kind == "reg"
            wanted = ABI_NAMES[literal] if is_register else str(literal)
            wrong[at] = Change(short, at, wanted, (literal,) if is_register else ())
    for (at, held), kind in zip(pattern.fields, short.kinds):
        if values[at] not in held:
            accepted = _registers(kind)
            wrong[at] = Change(short, at, kind.accepted, accepted)
    for at, other in pattern.repeats:
        if values[at] != values[other]:
            # Either may be made the other; the destination first, which is free more often.
            if other in wrong or at in wrong:
                return None
            wrong[at] = Change(short, at, ABI_NAMES[values[other]], (values[other],))
    if len(wrong) > 1:
        return None
    if not wrong:
        return Change(short, -1, "", ())
    return next(iter(wrong.values()))


def _registers(kind: OperandKind) -> tuple[int, ...]:
    if kind.kind != "reg":
        return ()
    return tuple(number for number in range(32) if number in kind.values)


def _told(flow: Flow, index: int, change: Change, live: int) -> tuple[str, bool]:
    node = flow.nodes[index]
    row, values = node.effect.instruction
    name, value = row.variables[change.at], values[change.at]
    form = python_name(change.row.name)
    kind = row.kinds[change.at]
    if kind.kind != "reg":
        shown = f"the target is {value:+} bytes away" if kind.kind == "pcrel" else f"{name} {value}"
        return f"{form} takes {change.wanted}; {shown} (-{SAVED_BYTES} bytes)", False
    free, why = _free(flow, node, change, live)
    return (
        f"{form} with {ABI_NAMES[value]} in {_field(name)} being {change.wanted} "
        f"(-{SAVED_BYTES} bytes{why})",
        free,
    )


def _field(name: str) -> str:
    return name.partition("_")[0]


def _free(flow: Flow, node: Node, change: Change, live: int) -> tuple[bool, str]:
    """Whether a register can be had in place of the one there is."""
    found = node.effect
    name = found.instruction.row.variables[change.at]
    if not name.startswith("rd"):
        return False, ""
    value = found.instruction.values[change.at]
    busy = live | found.reads
    free = [number for number in change.registers if number and not live >> number & 1]
    if not free:
        return False, f"; {change.wanted} is still needed" if len(change.registers) == 1 else ""
    if len(change.registers) == 1:
        return True, f"; {change.wanted} is not needed afterwards: let what reads " \
                     f"{ABI_NAMES[value]} read it"  # fmt: skip
    usable = [number for number in free if not busy >> number & 1]
    if usable and registers(value):
        return True, f"; {ABI_NAMES[usable[0]]} is free here"
    return False, ""
