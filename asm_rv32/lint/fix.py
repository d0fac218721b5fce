"""Mending a source where that is safe: saving what is clobbered, fencing, leaving labels out.

Input: a source, and how it is assembled. Output: the source with its text changed, and what was
done. Invariant: only whole lines are put in or taken out, and a function's change is kept only
where the mended source assembles and lint finds less in it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from asm_rv32.assembler import Module
from asm_rv32.diagnostics import AssemblyError, Diagnostic, Source, Span
from asm_rv32.flow import CALL, END, INDIRECT, SAVED, Flow, control_flow, registers
from asm_rv32.image import Image
from asm_rv32.lint import lint
from asm_rv32.lint.checks import trimmed
from asm_rv32.operands import ABI_NAMES, RA, SP, ZERO
from asm_rv32.records import NamedTuple

Assemble = Callable[[Source], Module]


class Edit(NamedTuple):
    """Lines put in front of a line, counted from 1; or, with no lines, that line taken out."""

    line: int
    lines: tuple[str, ...]


class Proposal(NamedTuple):
    """Edits that belong together, and what they do."""

    edits: list[Edit]
    text: str


def mend(source: Source, assemble: Assemble) -> tuple[Source, list[str]]:
    """The mended source, and a line of text for each change; raises AssemblyError."""
    done: list[str] = []
    images = assemble(source).functions
    for name in images:
        for propose in (_save_and_restore, _fences, _labels):
            image = images[name]
            before = lint(image)
            proposal = propose(image, before)
            if proposal is None:
                continue
            changed = Source(source.path, _edited(source, proposal.edits))
            try:
                mended = assemble(changed).functions
            except AssemblyError:
                continue
            if mended.keys() == images.keys() and len(lint(mended[name])) < len(before):
                source, images = changed, mended
                done.append(f"{source.path}: {name}: {proposal.text}")
    return source, done


def _edited(source: Source, edits: list[Edit]) -> str:
    lines = source.text.split("\n")
    end = "\r" if lines[0].endswith("\r") else ""
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    for edit in sorted(edits, reverse=True):
        at = edit.line - 1
        if edit.lines:
            lines[at:at] = [line + end for line in edit.lines]
        else:
            del lines[at]
    return "\n".join(lines) + "\n"


def _fences(image: Image, found: tuple[Diagnostic, ...]) -> Proposal | None:
    source = image.source
    stores = [
        source.locate(each.span.start)[0] for each in found
        if each.code == "missing-fence-i" and _alone(source, each.span)
    ]  # fmt: skip
    if not stores:
        return None
    edits = [Edit(line + 1, (_indentation(source, line) + "fence_i()",)) for line in set(stores)]
    return Proposal(edits, f"fence_i() after line {', '.join(map(str, sorted(set(stores))))}")


def _labels(image: Image, found: tuple[Diagnostic, ...]) -> Proposal | None:
    source, edits, names = image.source, [], []
    for each in found:
        if each.code == "unused-label":
            line = source.locate(each.span.start)[0]
            name = source.text[each.span.start : each.span.end]
            if source.line(line).partition("#")[0].replace(" ", "").strip() == f"label({name})":
                edits.append(Edit(line, ()))
                names.append(name)
    return Proposal(edits, f"left out, for nothing uses it: {', '.join(names)}") if edits else None


def _indentation(source: Source, line: int) -> str:
    text = source.line(line)
    return text[: len(text) - len(text.lstrip())]


def _alone(source: Source, span: Span) -> bool:
    """True where nothing else but a comment stands on the line."""
    span = trimmed(source, span)
    line, column = source.locate(span.start)
    if source.locate(span.end)[0] != line:
        return False
    text = source.line(line)
    behind = text[column - 1 + span.end - span.start :].strip()
    return not text[: column - 1].strip() and (not behind or behind.startswith("#"))


def _save_and_restore(image: Image, found: tuple[Diagnostic, ...]) -> Proposal | None:
    """A frame for what is clobbered, where the function has none and all its ends are returns."""
    codes = {each.code for each in found}
    if not codes & {"saved-register", "return-address"}:
        return None
    text = image.source.text[image.span.start : image.span.end]
    flow = control_flow(image)
    if "auipc" in text or not _simple(flow):
        return None
    written = 0
    for node in flow.nodes:
        written |= node.effect.writes
    wanted = [number for number in range(8, 28) if written & SAVED & registers(number)]
    if written & registers(RA):
        wanted.append(RA)
    body = _body(image)
    if not wanted or body is None:
        return None
    indentation, first, end = body
    size = (4 * len(wanted) + 15) & -16
    places = [(ABI_NAMES[number], 4 * index) for index, number in enumerate(wanted)]
    save = [f"addi(sp, sp, {-size})", *(f"sw({name}, {at}(sp))" for name, at in places)]
    restore = [*(f"lw({name}, {at}(sp))" for name, at in places), f"addi(sp, sp, {size})"]
    edits = [Edit(first, tuple(indentation + line for line in save))]
    source = image.source
    returns = {node.span for node in flow.nodes if node.effect.control == INDIRECT}
    for span in sorted(returns):
        if span.start == image.span.end - 1:
            edits.append(Edit(end, tuple(indentation + line for line in restore)))
            continue
        if not _alone(source, span):
            return None
        line = source.locate(span.start)[0]
        edits.append(Edit(line, tuple(_indentation(source, line) + each for each in restore)))
    names = ", ".join(ABI_NAMES[number] for number in wanted)
    return Proposal(edits, f"{names} saved at the start and restored before every return")


def _simple(flow: Flow) -> bool:
    """True where sp is not touched, and control leaves by plain returns alone."""
    if not flow.nodes or flow.falls or flow.undecoded:
        return False
    for node in flow.nodes:
        found = node.effect
        if (found.reads | found.writes) & registers(SP) or found.control == END:
            return False
        if found.control == CALL and (node.target >= 0 or found.rd != RA):
            return False
        if found.control == INDIRECT and (found.rs1 != RA or found.rd != ZERO or found.immediate):
            return False
    return True


def _body(image: Image) -> tuple[str, int, int] | None:
    """The indentation of the function's body, its first line, and the line behind its last."""
    try:
        tree = ast.parse(image.source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    first, last = (image.source.locate(offset)[0] for offset in image.span)
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef) or not first <= node.lineno <= last:
            continue
        statements = node.body
        head = statements[0]
        if head.lineno == node.lineno:
            return None
        start = head.lineno
        if isinstance(head, ast.Expr) and isinstance(head.value, ast.Constant):
            start = (head.end_lineno or head.lineno) + 1
        indentation = _indentation(image.source, head.lineno)
        return indentation, start, (statements[-1].end_lineno or last) + 1
    return None
