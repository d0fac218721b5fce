"""Lines of a source in place of others.

Input: a Source, `Edit`s. Output: its text with them made.
Invariant: every line that no edit takes stays as it is, its end included.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from asm_rv32.basis.diagnostics import Source
from asm_rv32.basis.records import NamedTuple


class Edit(NamedTuple):
    """Lines, without their ends, in place of `taken` lines, of which `line` is the first, from 1;
    where none is taken, in front of it."""

    line: int
    taken: int
    lines: tuple[str, ...]


def edited(source: Source, edits: Iterable[Edit]) -> str:
    """The text with the edits made."""
    text, starts = source.text, source.line_starts
    lines = [text[start:end] for start, end in pairwise([*starts, len(text)])]
    end = lines[0][len(lines[0].rstrip("\r\n")) :] or "\n"
    ended = not lines[-1]
    if not ended:
        lines[-1] += end
    for edit in sorted(edits, reverse=True):
        lines[edit.line - 1 : edit.line - 1 + edit.taken] = [line + end for line in edit.lines]
    text = "".join(lines)
    return text if ended else text.removesuffix(end)


def commented(source: Source, edit: Edit) -> Edit:
    """The edit with the comments of the lines that it takes, each of a single statement."""
    new = list(edit.lines)
    for line in range(edit.line, edit.line + edit.taken):
        statement, mark, comment = source.line(line).rstrip().partition("#")
        if mark and new:
            new[0] += f"  #{comment}"
        elif mark:
            new.append(statement[: len(statement) - len(statement.lstrip())] + mark + comment)
    return edit._replace(lines=tuple(new))


def indentation_of(source: Source, line: int) -> str:
    """What a line, counted from 1, begins with."""
    text = source.line(line)
    return text[: len(text) - len(text.lstrip())]
