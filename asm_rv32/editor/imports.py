"""The import of the assembler's words, kept to those that a file's functions use.

Input: a source. Output: its text with `from asm_rv32.words import ...`, sorted and laid out as
import sorters do, or without it; a project's own words come from what `asmrv32 stubs` writes, and
what decorators and annotations have of ours is imported where it is not.
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
from asm_rv32.editor.stubs import OWN_MODULE, TYPES, star_names

MODULE = "asm_rv32.words"
WIDTH = 88
"""What ruff and black have by default: a longer import has a name a line."""
_HEADS = {
    ("from", "asm_rv32", ".", "words", "import"): MODULE,
    ("from", OWN_MODULE, "import"): OWN_MODULE,
}
_HOST = ["from", "asm_rv32", "import"]
_OWN = ("asm_data", "asm_macro", "asm_rv32", "micropython", "uint")
"""Names of that which decorators and annotations have."""
_FIRST = re.compile(r"@ *(\w+)")
_PLACED = re.compile(r"\d+|\D+")


def with_import(source: Source, wanted: bool) -> str:
    """The text with the import that its functions need: of all words where they are `wanted`, else
    of what annotations have, which Python asks for."""
    text = _hosted(source) if wanted else source.text
    lines = _outside(text)
    old, module = None, ""
    for head, name in _HEADS.items():
        for line in lines:
            if not module and tuple(line.tokens[: len(head)]) == head:
                old, module = line, name
    rest = text if old is None else text[: old.start] + text[old.end :]
    found = outline(Source(source.path, rest))  # an import makes no name the file's
    if any("tables" in block.decorator for block in found.blocks):
        module = module or OWN_MODULE
    words = _words(found, module == OWN_MODULE) if wanted else _annotated(found)
    statement = _statement(module or MODULE, words)
    return _put(text, statement, old or _place(lines))


def _hosted(source: Source) -> str:
    """The text with an import of what its decorators and annotations have of ours."""
    found, lines = outline(source), _outside(source.text)
    used: set[str] = set()
    for block in found.blocks:
        used |= {*block.annotations, *_FIRST.findall(block.decorator)}
    lacking = used.intersection(_OWN) - set(found.names)
    if not lacking:
        return source.text
    for line in lines:
        if line.tokens[:3] == _HOST and set(line.tokens[3:]).isdisjoint("()*") and (
            "as" not in line.tokens
        ):  # fmt: skip
            names = lacking.union(line.tokens[3:]) - {","}
            return _put(source.text, _statement(_HOST[1], names), line)
    return _put(source.text, _statement(_HOST[1], lacking), _place(lines))


def _outside(text: str) -> list[LogicalLine]:
    return [line for line in logical_lines(text) if line.indent == 0]


def _put(text: str, statement: str, at: LogicalLine | tuple[int, str, str]) -> str:
    """The text with a statement in the place of a line, or at a place and with what is put around
    it."""
    if isinstance(at, LogicalLine):
        return text[: at.start] + statement + text[at.end :]
    start, before, behind = at
    put = before + statement + behind if statement else ""
    return text[:start] + put + text[start:]


def _place(lines: list[LogicalLine]) -> tuple[int, str, str]:
    """Behind the imports of our own names, else behind the imports at the top of the file; and the
    empty lines to put before and behind."""
    last, own, is_import = 0, 0, False
    for line in lines:
        if line.tokens[0] in ("from", "import"):
            last, is_import = line.end, True
            if line.tokens[1:2] == ["asm_rv32"]:
                own = last
        elif len(line.tokens) > 1:
            break
        elif not last:
            last = line.end  # a docstring
    if own:
        return own, "", ""
    return (last, "\n", "") if is_import else (last, "\n" if last else "", "" if last else "\n\n")


def _statement(module: str, names: set[str]) -> str:
    words = sorted(names, key=_natural)
    if not words:
        return ""
    one = f"from {module} import {', '.join(words)}\n"
    if len(one) <= WIDTH + 1:
        return one
    listed = "".join([f"    {word},\n" for word in words])
    return f"from {module} import (\n{listed})\n"


def _words(found: Outline, own: bool) -> set[str]:
    """The words of the assembler that the blocks use; of `own` tables is whatever a statement
    begins with that nothing else is called."""
    known = set(star_names())
    used = {name for name, starts in _used(found) if name in known or (own and starts)}
    free = (name for name in used - set(found.names) if not hasattr(builtins, name))
    return {name for name in free if not keyword.iskeyword(name)} | _annotated(found)


def _annotated(found: Outline) -> set[str]:
    """The types of words that annotations name."""
    named = {name for block in found.blocks for name in TYPES if name in block.annotations}
    return named - set(found.names)


def _used(found: Outline) -> Iterator[tuple[str, bool]]:
    """Names of the blocks' lines that the blocks do not define; whether each starts a statement."""
    for block in found.blocks:
        for line in block.lines:
            for at, token in enumerate(line.tokens):
                before = line.tokens[at - 1] if at else ";"
                if token not in block.names and before != ".":
                    called = line.tokens[at + 1 : at + 2] == ["("]
                    yield token, called and before in (";", ":") and token.isidentifier()


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Numbers in names by what they are worth: a2 ahead of a10."""
    return tuple(
        (int(part), "") if part.isdigit() else (-1, part) for part in _PLACED.findall(name)
    )
