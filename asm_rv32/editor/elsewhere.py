"""Where a name that a file imports is defined: in another file of the project.

Input: a `Document` and an offset. Output: the other file's `Document`, and a span in it.
Invariant: files are found as the assembler finds them, read and never executed; a name that is
imported again is followed so often as there.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from asm_rv32.assembler.reading.imports import DEPTH_LIMIT, Project
from asm_rv32.assembler.reading.scopes import World
from asm_rv32.basis.diagnostics import Span
from asm_rv32.editor.document import Document
from asm_rv32.editor.outline import IMPORT, LIMIT, Definition
from asm_rv32.editor.words import Word, word_at


class Place(NamedTuple):
    """A place in a file."""

    document: Document
    span: Span


class _Asked(NamedTuple):
    """A name of a module; "" for the module itself."""

    module: str
    name: str


def elsewhere(document: Document, offset: int) -> Place | None:
    """Where the imported name at an offset is defined; a module's is the start of its file."""
    word = word_at(document, offset)
    files = Project(World(document.source, lambda source, project: None))
    asked = _asked(document, word) if word is not None and not word.is_keyword else []
    for each in asked:
        found = _followed(each, document.source.path, files)
        if found is not None:
            return found
    return None


def _asked(document: Document, word: Word) -> list[_Asked]:
    """What a word is of another file, of which only one is there."""
    names = document.outline.names
    if word.is_attribute and word.line is not None:
        owner = names.get(word.line.tokens[word.at - 2])
        found = [*_imported(owner)] if owner is not None and owner.sort == IMPORT else []
        return [_Asked(_inner(each), word.text) for each in found]
    if word.block is not None and word.text in word.block.names:
        return []
    definition = names.get(word.text)
    return [*_imported(definition)] if definition is not None and definition.sort == IMPORT else []


def _inner(asked: _Asked) -> str:
    """A name that is a module's, as a module."""
    return _below(asked.module, asked.name) if asked.name else asked.module


def _below(module: str, name: str) -> str:
    return module + "." * (module[-1:] != ".") + name


def _imported(definition: Definition) -> Iterator[_Asked]:
    """What an import gives a name for: that of a module, and then a module in a package."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (statement,) = ast.parse(definition.text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    if not isinstance(statement, (ast.Import, ast.ImportFrom)):
        return
    for each in statement.names:
        if (each.asname or each.name.partition(".")[0]) != definition.name:
            continue
        if isinstance(statement, ast.Import):
            yield _Asked(each.name if each.asname else definition.name, "")
            continue
        module = "." * statement.level + (statement.module or "")
        yield _Asked(module, each.name)
        yield _Asked(_below(module, each.name), "")


def _followed(asked: _Asked, importer: str, files: Project) -> Place | None:
    """Where a name is defined in the end."""
    seen: Place | None = None
    for _ in range(DEPTH_LIMIT):
        path = files.find(asked.module, importer)
        other = _read(path) if path is not None and path.endswith(".py") else None
        if other is None:
            return seen
        if not asked.name:
            return Place(other, Span(0, 0))
        definition = other.outline.names.get(asked.name)
        if definition is None:
            return seen
        seen = Place(other, definition.span)
        if definition.sort != IMPORT:
            return seen
        following = next(_imported(definition), None)
        if following is None:
            return seen
        asked, importer = following, other.source.path
    return seen


def _read(path: str) -> Document | None:
    try:
        with open(path, encoding="utf-8") as file:
            return Document(path, file.read(LIMIT))
    except (OSError, ValueError):
        return None
