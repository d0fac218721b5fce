"""The import of the assembler's words, kept to those that a file's functions use.

Input: a source. Output: its text with `from asm_rv32.words import ...`, sorted and laid out as
import sorters do, or without it.
Invariant: no other line changes. A name that the file gives a meaning, or Python, is not imported.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator

from asm_rv32.assembler.reading.lines import LogicalLine, logical_lines
from asm_rv32.basis.diagnostics import Source
from asm_rv32.editor.outline import Outline, outline
from asm_rv32.editor.stubs import star_names

MODULE = "asm_rv32.words"
WIDTH = 88
"""What ruff and black have by default: a longer import has a name a line."""
_HEAD = ["from", "asm_rv32", ".", "words", "import"]
_PLACED = re.compile(r"\d+|\D+")


def with_import(source: Source, wanted: bool) -> str:
    """The text with the import that its functions need; `wanted`: whether it has any."""
    lines = [line for line in logical_lines(source.text) if line.indent == 0]
    old = next((line for line in lines if line.tokens[:5] == _HEAD), None)
    start, end = (old.start, old.end) if old is not None else (_place(lines),) * 2
    before, behind = source.text[:start], source.text[end:]
    if not wanted:
        return before + behind
    bare = Source(source.path, before + behind)  # what is imported now is no name of the file's
    return before + _statement(_words(outline(bare))) + behind


def _place(lines: list[LogicalLine]) -> int:
    """Behind the imports of our own names, else behind the imports at the top of the file."""
    last, own = 0, 0
    for line in lines:
        if line.tokens[0] in ("from", "import"):
            last = line.end
            if line.tokens[1:2] == ["asm_rv32"]:
                own = last
        elif len(line.tokens) > 1:
            break
        elif not last:
            last = line.end  # a docstring
    return own or last


def _statement(words: list[str]) -> str:
    if not words:
        return ""
    one = f"from {MODULE} import {', '.join(words)}\n"
    if len(one) <= WIDTH + 1:
        return one
    listed = "".join([f"    {word},\n" for word in words])
    return f"from {MODULE} import (\n{listed})\n"


def _words(found: Outline) -> list[str]:
    """The words of the assembler that the blocks use, each once, as import sorters order them."""
    used = set(_used(found)) & set(star_names())
    own = {name for name, each in found.names.items() if name not in ("const",)}
    free = (name for name in used if name not in own and not hasattr(builtins, name))
    return sorted((name for name in free if not keyword.iskeyword(name)), key=_natural)


def _used(found: Outline) -> Iterator[str]:
    for block in found.blocks:
        for line in block.lines:
            for at, token in enumerate(line.tokens):
                if token not in block.names and (at == 0 or line.tokens[at - 1] != "."):
                    yield token


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Numbers in names by what they are worth: a2 ahead of a10."""
    return tuple(
        (int(part), "") if part.isdigit() else (-1, part) for part in _PLACED.findall(name)
    )
