"""Where names are defined and used, and what changes when one gets another name.

Input: a `Document` and an offset. Output: spans, and edits.
Invariant: a rename changes either every use of a name that the file has, or nothing.
"""

from __future__ import annotations

import ast
import keyword
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from asm_rv32.assembler.reading.outside import every_word
from asm_rv32.basis.diagnostics import Span
from asm_rv32.editor.document import Document
from asm_rv32.editor.outline import (
    DATA_NAME,
    FUNCTION_NAME,
    LABEL,
    MACRO_NAME,
    Block,
    Definition,
)
from asm_rv32.editor.words import Word, word_at
from asm_rv32.isa.operands import EVERY_REGISTER

OURS = (FUNCTION_NAME, MACRO_NAME, DATA_NAME)


class CannotRename(ValueError):
    """Why a name cannot be changed."""


class Symbol(NamedTuple):
    """A block with its labels, for the list of a file's symbols."""

    block: Block
    labels: tuple[Definition, ...]


class _Named(NamedTuple):
    """A definition, and the block that it belongs to; None: the file."""

    definition: Definition
    block: Block | None


def definition(document: Document, offset: int) -> Span | None:
    """Where the name at an offset is defined in this file."""
    found = _named(document, word_at(document, offset))
    return found.definition.span if found is not None else None


def references(document: Document, offset: int) -> list[Span]:
    """Every place of the name at an offset, that of its definition included."""
    found = _named(document, word_at(document, offset))
    return sorted(_uses(document, found)) if found is not None else []


def symbols(document: Document) -> list[Symbol]:
    """The blocks of a file with their labels."""
    return [
        Symbol(block, tuple(each for each in block.names.values() if each.sort == LABEL))
        for block in document.outline.blocks
    ]


def renamed(document: Document, offset: int, name: str) -> list[Span]:
    """The places where another name is to be written. Raises CannotRename."""
    word = word_at(document, offset)
    found = _named(document, word)
    if found is None or word is None:
        raise CannotRename("nothing that this file defines has its name here")
    if found.block is None and found.definition.sort not in OURS:
        raise CannotRename(
            f"{word.text!r} is Python's: only the assembler's names are renamed here"
        )
    if not name.isidentifier() or keyword.iskeyword(name):
        raise CannotRename(f"{name!r} is no name")
    if name in EVERY_REGISTER or (name in every_word() and found.definition.sort != LABEL):
        raise CannotRename(f"{name!r} is a word of the assembler")
    blocks = document.outline.blocks if found.block is None else (found.block,)
    if name in document.outline.names or any(name in block.names for block in blocks):
        raise CannotRename(f"{name!r} has a meaning already")
    return sorted(_uses(document, found))


def renamable(document: Document, offset: int) -> Span | None:
    """The word at an offset, where it can be renamed."""
    word = word_at(document, offset)
    found = _named(document, word)
    if word is None or found is None:
        return None
    return word.span if found.block is not None or found.definition.sort in OURS else None


def _named(document: Document, word: Word | None) -> _Named | None:
    """What a word stands for that the file defines."""
    if word is None or word.is_keyword:
        return None
    outline = document.outline
    if word.is_attribute:
        assert word.line is not None
        owner = word.line.tokens[word.at - 2]
        for each in outline.blocks:
            if each.name == owner and word.text in each.names:
                return _Named(each.names[word.text], each)
        return None
    block = word.block
    if block is not None and word.text in (block.parameters if word.line is None else block.names):
        return _Named(block.names[word.text], block)
    found = outline.names.get(word.text)
    if found is None:
        found = next((Definition(each.name, each.name_span, each.sort, "")
                      for each in outline.blocks if each.name_span == word.span), None)  # fmt: skip
    return _Named(found, None) if found is not None else None


def _uses(document: Document, named: _Named) -> set[Span]:
    name = named.definition.name
    if named.block is not None:
        found = {named.definition.span, *_in_block(named.block, name)}
        if named.definition.sort == LABEL:
            found.update(_as_attribute(document, named.block, name))
        return found
    found = {named.definition.span}
    for block in document.outline.blocks:
        if name not in block.names:
            found.update(_in_block(block, name))
    found.update(_in_python(document, name))
    return found


def _in_block(block: Block, name: str) -> Iterator[Span]:
    for line in block.lines:
        for at, (token, span) in enumerate(zip(line.tokens, line.spans)):
            before, behind = line.tokens[at - 1 : at], line.tokens[at + 1 : at + 2]
            if token in (f'"{name}"', f"'{name}'") and before in (["("], [","]):
                if _is_label_text(line.tokens):
                    yield Span(span.start + 1, span.end - 1)
            elif token == name and before != ["."] and not _is_keyword(before, behind):
                yield span


def _is_keyword(before: list[str], behind: list[str]) -> bool:
    return behind == ["="] and before in (["("], [","])


def _is_label_text(tokens: list[str]) -> bool:
    """Whether a string in a statement can be a label: data holds strings themselves."""
    return tokens[0] != "data"


def _as_attribute(document: Document, owner: Block, name: str) -> Iterator[Span]:
    """Uses from other blocks: `rows.second`."""
    for block in document.outline.blocks:
        for line in block.lines:
            for at in range(2, len(line.tokens)):
                if line.tokens[at - 2 : at + 1] == [owner.name, ".", name]:
                    yield line.spans[at]


def _in_python(document: Document, name: str) -> Iterator[Span]:
    """Uses by the Python around the blocks, as far as the name means the module's.

    Raises CannotRename where Python cannot read the file.
    """
    source = document.source
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise CannotRename("Python cannot read the file as it is now") from None
    heads = {source.locate(block.name_span.start)[0] for block in document.outline.blocks}
    queue: list[ast.AST] = [tree]
    while queue:
        node = queue.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            if isinstance(node, ast.FunctionDef) and node.lineno in heads:
                continue
            if name in _bound(node):
                continue
        if isinstance(node, ast.Name) and node.id == name:
            yield _span(document, node, len(name))
        queue += ast.iter_child_nodes(node)


def _bound(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    """The names that a function of Python's gives a value itself."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    found = {each.arg for each in every}
    shared: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            found.add(inner.id)
        elif isinstance(inner, ast.Global):
            shared.update(inner.names)
    return found - shared


def _span(document: Document, node: ast.Name, length: int) -> Span:
    """The place of a name; Python counts its columns in bytes of UTF-8."""
    source = document.source
    before = source.line(node.lineno).encode()[: node.col_offset].decode("utf-8", "replace")
    start = source.line_starts[node.lineno - 1] + len(before)
    return Span(start, start + length)
