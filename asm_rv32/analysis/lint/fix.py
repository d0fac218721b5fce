"""Mending a source where that is safe: saving what is clobbered, returning, aligning, fencing.

Input: a source, and how it is assembled. Output: the source with its text changed, and what was
done. Invariants: only whole lines are put in or taken out, and no comment is; a function's change
is kept only where the mended source assembles and lint finds less in it.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import accumulate

from asm_rv32.analysis.flow import SAVED, Flow, Node, control_flow, registers
from asm_rv32.analysis.lint import lint_all
from asm_rv32.analysis.lint.memory import unaligned_labels
from asm_rv32.analysis.lint.places import trimmed
from asm_rv32.analysis.routines import follow
from asm_rv32.basis.diagnostics import AssemblyError, Diagnostic, Source, Span
from asm_rv32.basis.edits import Edit, commented, edited, indentation_of
from asm_rv32.basis.records import TYPE_CHECKING, NamedTuple
from asm_rv32.isa.effects import CALL, END, INDIRECT
from asm_rv32.isa.image import Image
from asm_rv32.isa.meaning import Constant, Operation, Place, Read, Write
from asm_rv32.isa.operands import ABI_NAMES, RA, SP
from asm_rv32.isa.words import signed

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module

Assemble = Callable[[Source], "Module"]


class Proposal(NamedTuple):
    """Edits that belong together, and what they do."""

    edits: list[Edit]
    text: str


class State(NamedTuple):
    """A source, its functions, and what lint finds in each."""

    source: Source
    images: Mapping[str, Image]
    found: dict[str, tuple[Diagnostic, ...]]


def mend(source: Source, assemble: Assemble) -> tuple[Source, list[str]]:
    """The mended source, and a line of text for each change; raises AssemblyError.

    A change is made in all functions that want it at once: the source is then assembled as often
    for many of them as for one.
    """
    state = _state(source, assemble)
    order = {name: at for at, name in enumerate(state.images)}
    done: list[tuple[int, int, str]] = []
    for kind, propose in enumerate(PROPOSALS):
        wanted = {name: propose(image, state.found[name]) for name, image in state.images.items()}
        proposals = {name: proposal for name, proposal in wanted.items() if proposal is not None}
        while proposals:
            after, failed = _tried(state, proposals, assemble)
            if not failed:
                state = after
                done += [
                    (order[name], kind, f"{source.path}: {name}: {proposal.text}")
                    for name, proposal in proposals.items()
                ]
                break
            proposals = {name: proposals[name] for name in proposals.keys() - failed}
    for name, image in state.images.items():
        said = [f"{source.path}: {each}" for each in _left_unaligned(image)]
        done += [(order[name], len(PROPOSALS), each) for each in said]
    return state.source, [text for _, _, text in sorted(done)]


def offered(
    source: Source, assemble: Assemble, wanted: Callable[[Image], bool]
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Each change by itself that `mend` would make in the functions that are wanted: what it does,
    the codes of what it mends, and the source's text with it. Raises AssemblyError."""
    state = _state(source, assemble)
    for name, image in state.images.items():
        for propose in PROPOSALS if state.found[name] and wanted(image) else ():
            proposal = propose(image, state.found[name])
            if proposal is None:
                continue
            after, failed = _tried(state, {name: proposal}, assemble)
            if not failed:
                left = {each.code for each in after.found[name]}
                mended = (each.code for each in state.found[name] if each.code not in left)
                yield proposal.text, tuple(dict.fromkeys(mended)), after.source.text


def _state(source: Source, assemble: Assemble) -> State:
    module = assemble(source)
    return State(source, module.functions, lint_all(module))


def _tried(
    before: State, proposals: Mapping[str, Proposal], assemble: Assemble
) -> tuple[State, set[str]]:
    """What the proposals make of a source, and the functions that are none the better for it."""
    edits = [edit for proposal in proposals.values() for edit in proposal.edits]
    try:
        after = _state(Source(before.source.path, _edited(before.source, edits)), assemble)
    except AssemblyError as error:
        return before, _blamed(error, before, edits) & proposals.keys() or {*proposals}
    if after.images.keys() != before.images.keys():
        return before, {*proposals}
    return after, {
        name for name in proposals if len(after.found[name]) >= len(before.found[name])
    }  # fmt: skip


def _blamed(error: AssemblyError, before: State, edits: list[Edit]) -> set[str]:
    """The functions in which the edited source is wrong."""
    edits = sorted(edits)
    longer = [0, *accumulate(len(edit.lines) - edit.taken for edit in edits)]
    lines = [edit.line for edit in edits]
    starts = []
    for name, image in before.images.items():
        line = before.source.locate(image.span.start)[0]
        starts.append((line + longer[bisect_right(lines, line)], name))
    starts.sort()
    found = set()
    for diagnostic in error.diagnostics:
        line = error.source.locate(diagnostic.span.start)[0]
        found.add(starts[bisect_right(starts, (line, "\U0010ffff")) - 1][1])
    return found


def _edited(source: Source, edits: Iterable[Edit]) -> str:
    """The text with the edits made, and with the comments of what they take."""
    return edited(source, [commented(source, edit) for edit in edits])


def _fences(image: Image, found: tuple[Diagnostic, ...]) -> Proposal | None:
    source, alone = image.source, standing_alone(image)
    stores = [
        source.locate(each.span.start)[0] for each in found
        if each.code == "missing-fence-i" and alone(each.span)
    ]  # fmt: skip
    if not stores:
        return None
    edits = [
        Edit(line + 1, 0, (indentation_of(source, line) + "fence_i()",)) for line in set(stores)
    ]
    return Proposal(edits, f"fence_i() after line {', '.join(map(str, sorted(set(stores))))}")


def _labels(image: Image, found: tuple[Diagnostic, ...]) -> Proposal | None:
    source, edits, names = image.source, [], []
    for each in found:
        if each.code == "unused-label":
            line = source.locate(each.span.start)[0]
            name = source.text[each.span.start : each.span.end]
            if _label_alone(source, line) == name:
                edits.append(Edit(line, 1, ()))
                names.append(name)
    return Proposal(edits, f"left out, for nothing uses it: {', '.join(names)}") if edits else None


def _label_alone(source: Source, line: int) -> str:
    """The label of a line that holds nothing else but a comment."""
    found = re.fullmatch(r"\s*label\s*\(\s*(\w+)\s*\)\s*(#.*)?", source.line(line))
    return found[1] if found else ""


def standing_alone(image: Image) -> Callable[[Span], bool]:
    """What tells of a statement whether nothing but a comment stands on its line.

    It says no of the use of a macro: it is the macro that would have to be mended.
    """
    source = image.source
    entries = (image.entry_at(each.address) for each in image.expanded)
    uses = {entry.span.start for entry in entries if entry is not None}

    def is_alone(span: Span) -> bool:
        span = trimmed(source, span)
        line, column = source.locate(span.start)
        if span.start in uses or source.locate(span.end)[0] != line:
            return False
        text = source.line(line)
        behind = text[column - 1 + span.end - span.start :].strip()
        return not text[: column - 1].strip() and (not behind or behind.startswith("#"))

    return is_alone


def _returns(image: Image, found: tuple[Diagnostic, ...]) -> Proposal | None:
    """`ret()` for what returns as by a call, or beside its place."""
    source = image.source
    spans = [each.span for each in found if each.code == "return-by-call"]
    if not spans or not all(map(standing_alone(image), spans)):
        return None
    lines = sorted({source.locate(span.start)[0] for span in spans})
    edits = [Edit(line, 1, (indentation_of(source, line) + "ret()",)) for line in lines]
    return Proposal(edits, f"ret() in line {', '.join(map(str, lines))}")


def _aligned(image: Image, found: tuple[Diagnostic, ...]) -> Proposal | None:
    """`align` in front of a label whose data is read at an odd place."""
    source = image.source
    if not any(each.code == "misaligned-address" for each in found):
        return None
    flow = control_flow(image)
    wanted = unaligned_labels(flow, follow(flow))
    lines = _label_lines(image)
    edits = [
        Edit(lines[name], 0, (f"{indentation_of(source, lines[name])}align({multiple})",))
        for name, multiple in wanted.items() if name in lines
    ]  # fmt: skip
    return Proposal(edits, f"aligned: {', '.join(wanted)}") if edits else None


def _label_lines(image: Image) -> dict[str, int]:
    """Label → the line that holds nothing else."""
    first, last = (image.source.locate(offset)[0] for offset in image.span)
    return {
        name: line for line in range(first, last + 1)
        if (name := _label_alone(image.source, line))
    }  # fmt: skip


def _left_unaligned(image: Image) -> list[str]:
    """What is said of labels that are left as they are though their data is read at odd places."""
    flow = control_flow(image)
    labels = [] if flow.undecoded or not flow.nodes else unaligned_labels(flow, follow(flow))
    where = "put it on a line of its own, or align it there"
    return [f"{image.name}: not aligned: {name}; {where}" for name in labels]


def _new_frame(image: Image, found: tuple[Diagnostic, ...]) -> Proposal | None:
    """A frame for what is clobbered, where the function has none and all its ends are returns."""
    flow = control_flow(image)
    wanted, body = _clobbered(flow, found), _body(image)
    main = _main_routine(flow)
    if not wanted or body is None or not main or _uses_stack(flow):
        return None
    indentation, first, end = body
    size = (4 * len(wanted) + 15) & -16
    save, restore = _moves(wanted, 0)
    save, restore = [f"addi(sp, sp, {-size})", *save], [*restore, f"addi(sp, sp, {size})"]
    edits = [Edit(first, 0, tuple(indentation + line for line in save))]
    source, alone = image.source, standing_alone(image)
    for span in sorted({node.span for node in main if node.effects.control == INDIRECT}):
        if span.start == image.span.end - 1:
            edits.append(Edit(end, 0, tuple(indentation + line for line in restore)))
            continue
        if not alone(span):
            return None
        line = source.locate(span.start)[0]
        edits.append(Edit(line, 0, tuple(indentation_of(source, line) + each for each in restore)))
    return Proposal(edits, f"{_listed(wanted)} saved at the start and restored before every return")


def _larger_frame(image: Image, found: tuple[Diagnostic, ...]) -> Proposal | None:
    """More room at the top of the frame that the function has, for what it does not save yet."""
    flow = control_flow(image)
    moves = {node: _moved_by(node) for node in flow.nodes if node.effects.writes >> SP & 1}
    sizes = {abs(distance) for distance in moves.values()}
    wanted = _clobbered(flow, found)
    wanted = [number for number in wanted if not _is_saved(flow, number)]
    if not wanted or len(sizes) != 1 or 0 in sizes or len(_main_routine(flow)) < len(flow.nodes):
        return None
    (size,) = sizes
    alone = standing_alone(image)
    for node in flow.nodes:
        if node in moves:
            if not alone(node.span):
                return None
        elif node.effects.reads >> SP & 1 and not _is_in_frame(node, size):
            return None
    larger = size + ((4 * len(wanted) + 15) & -16)
    save, restore = _moves(wanted, size)
    edits = []
    for node, distance in moves.items():
        line = image.source.locate(node.span.start)[0]
        if distance < 0:
            lines = [f"addi(sp, sp, {-larger})", *save]
        else:
            lines = [*restore, f"addi(sp, sp, {larger})"]
        indentation = indentation_of(image.source, line)
        edits.append(Edit(line, 1, tuple(indentation + each for each in lines)))
    return Proposal(edits, f"{_listed(wanted)} saved in the frame, which is {larger} bytes now")


def _moved_by(node: Node) -> int:
    """By how much an instruction that does nothing else moves sp; 0 where it is no such one."""
    (first, *more) = node.steps
    value = first.value if isinstance(first, Write) and not more else None
    if isinstance(value, Operation) and value.name == "+" and value.operands[0] == Read(SP):
        by = value.operands[1]
        return signed(by.value) if isinstance(by, Constant) else 0
    return 0


def _is_in_frame(node: Node, size: int) -> bool:
    """Whether sp serves an instruction for nothing but an access within a frame of this size."""
    found = node.effects.accesses
    if len(found) != 1 or found[0].base is None or found[0].value == Read(SP):
        return False
    register, at = found[0].base
    return register == SP and 0 <= at <= size - found[0].size


def _clobbered(flow: Flow, found: tuple[Diagnostic, ...]) -> list[int]:
    """The registers to save, where lint complains of any: s0 to s11 and ra, as they are written."""
    codes = {each.code for each in found}
    if not codes & {"saved-register", "return-address"} or counts_bytes(flow):
        return []
    written = flow.written
    wanted = [number for number in range(8, 28) if written & SAVED & registers(number)]
    return [*wanted, RA] if written & registers(RA) else wanted


def counts_bytes(flow: Flow) -> bool:
    """Whether the source has the code count distances itself, so that nothing can be put in.

    `la` and far jumps are several instructions of one statement, and are counted anew.
    """
    of_span = Counter(node.span for node in flow.nodes)
    return any(
        isinstance(step, Write) and isinstance(step.value, Place) and not node.effects.links
        and of_span[node.span] == 1
        for node in flow.nodes for step in node.steps
    )  # fmt: skip


def _is_saved(flow: Flow, number: int) -> bool:
    return any(
        access.stores and access.base is not None and access.base[0] == SP
        and access.value == Read(number)
        for node in flow.nodes for access in node.effects.accesses
    )  # fmt: skip


def _moves(numbers: list[int], first: int) -> tuple[list[str], list[str]]:
    """Stores of registers to the frame, and loads, from an offset on."""
    places = [(ABI_NAMES[number], first + 4 * index) for index, number in enumerate(numbers)]
    return [f"sw({name}, {at}(sp))" for name, at in places], [
        f"lw({name}, {at}(sp))" for name, at in places
    ]


def _listed(numbers: list[int]) -> str:
    return ", ".join(ABI_NAMES[number] for number in numbers)


def _uses_stack(flow: Flow) -> bool:
    return any((node.effects.reads | node.effects.writes) >> SP & 1 for node in flow.nodes)


def _main_routine(flow: Flow) -> list[Node]:
    """What is not in a routine that the function calls itself.

    None of it where not all leave by plain returns, and call by the convention, or where a
    routine is jumped into.
    """
    if not flow.nodes or flow.falls or flow.undecoded:
        return []
    called = []
    for node in flow.nodes:
        found = node.effects
        if found.control == END or (found.control == CALL and found.links != RA):
            return []
        if found.control == INDIRECT and (node.meaning.through != RA or node.meaning.beside):
            return []
        if found.control == CALL and node.target >= 0:
            called.append(flow.block_at[node.target])
    routines = _reached(flow, called)
    if routines & _reached(flow, [0]):
        return []
    return [node for node, block in zip(flow.nodes, flow.block_at) if block not in routines]


def _reached(flow: Flow, blocks: list[int]) -> set[int]:
    """The blocks that control comes to from these, calls taken as coming back."""
    found, work = set(blocks), list(blocks)
    while work:
        new = set(flow.blocks[work.pop()].successors) - found
        found |= new
        work += new
    return found


def _body(image: Image) -> tuple[str, int, int] | None:
    """The indentation of the function's body, its first line, and the line behind its last."""
    first, last = (image.source.locate(offset)[0] for offset in image.span)
    heads, nodes = _definitions(image.source)
    at = bisect_left(heads, first)
    if at == len(heads):
        return None
    statements = nodes[at].body
    head = statements[0]
    if head.lineno == heads[at]:
        return None
    start = head.lineno
    if isinstance(head, ast.Expr) and isinstance(head.value, ast.Constant):
        start = (head.end_lineno or head.lineno) + 1
    indentation = indentation_of(image.source, head.lineno)
    return indentation, start, (statements[-1].end_lineno or last) + 1


@lru_cache(maxsize=1)
def _definitions(source: Source) -> tuple[list[int], list[ast.FunctionDef]]:
    """The lines on which functions are defined, and the functions; none where Python reads none:
    of a long file that was never looked at."""
    try:
        tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [], []
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    found.sort(key=lambda node: node.lineno)
    return [node.lineno for node in found], found


PROPOSALS = (_returns, _new_frame, _larger_frame, _aligned, _fences, _labels)
"""What proposes changes to a function, in the order in which they are tried."""
