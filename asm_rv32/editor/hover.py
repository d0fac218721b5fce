"""What an editor tells of the word under the pointer, and of the call that is being written.

Input: a `Document` and an offset. Output: Markdown; None where there is nothing to tell.
"""

from __future__ import annotations

import ast
import warnings
from typing import NamedTuple

from asm_rv32.basis.diagnostics import Span
from asm_rv32.editor.document import Document
from asm_rv32.editor.outline import DATA_NAME, FUNCTION_NAME, LABEL, MACRO_NAME, Block, Definition
from asm_rv32.editor.vocabulary import (
    FUNCTIONS,
    csr_text,
    directives,
    forms,
    register_text,
    row_text,
)
from asm_rv32.editor.words import Word, call_at, word_at
from asm_rv32.isa.image import Image
from asm_rv32.isa.sets import InstructionSet, tables_of_own
from asm_rv32.isa.tables import python_name
from asm_rv32.timing.model import Core, TimingError, load_core


class Hover(NamedTuple):
    """Markdown, and the word that it is about."""

    text: str
    span: Span


class Signatures(NamedTuple):
    """The forms of a call, that which is nearest, and which of its operands is being written."""

    forms: tuple[tuple[str, str], ...]
    """A form, and what it does."""
    chosen: int
    operand: int


def core_of(document: Document) -> Core | None:
    """The core that cycles are told for."""
    name = document.project.known_core
    if name is None:
        return None
    try:
        return load_core(name, tables_of_own(document.project.whole_isa))
    except (TimingError, ValueError):
        return None


def hover(document: Document, offset: int) -> Hover | None:
    """What is known of the word at an offset."""
    word = word_at(document, offset)
    if word is None:
        return None
    text = _in_block(document, word) if word.line is not None else _outside(document, word)
    return Hover(text, word.span) if text else None


def _in_block(document: Document, word: Word) -> str:
    block, line = word.block, word.line
    assert block is not None and line is not None
    name, outline = word.text, document.outline
    if word.is_keyword:
        return ""
    if word.is_attribute:
        owner = next((each for each in outline.blocks
                      if each.name == line.tokens[word.at - 2]), None)  # fmt: skip
        found = owner.names.get(name) if owner is not None else None
        return _definition(document, found, owner) if found is not None else ""
    instructions = document.instructions(block)
    starts = word.at == 0 or line.tokens[word.at - 1] in (";", ":")
    if starts or (name in instructions.mnemonic_of and name not in block.names):
        if name in instructions.mnemonic_of:
            return mnemonic_text(name, instructions, core_of(document))
        if name in directives():
            return "```python\n{}\n```\n{}".format(*directives()[name])
    if name in instructions.register_names:
        return register_text(name)
    found = outline.definition(name, block)
    if found is not None:
        return _definition(document, found, block if name in block.names else None)
    if name in FUNCTIONS:
        return "```python\n{}\n```\n{}".format(*FUNCTIONS[name])
    return csr_text(name, instructions) if name in instructions.csr_numbers else ""


def mnemonic_text(name: str, instructions: InstructionSet, core: Core | None) -> str:
    """All rows of a mnemonic, in Python's spelling, in Markdown."""
    rows = instructions.rows(instructions.mnemonic_of[name])
    return "\n\n---\n\n".join(row_text(row, core) for row in rows)


def _definition(document: Document, found: Definition, block: Block | None) -> str:
    text = f"```python\n{found.text}\n```\n{found.sort}"
    if found.sort == LABEL and block is not None:
        image = document.image_of(block)
        at = image.labels.get(found.name) if image is not None else None
        return f"{text} at {at:#x} in {block.name}" if at is not None else text
    if found.sort in (FUNCTION_NAME, MACRO_NAME, DATA_NAME):
        own = next(each for each in document.outline.blocks if each.name == found.name)
        return block_text(document, own)
    return text


def _outside(document: Document, word: Word) -> str:
    for block in document.outline.blocks:
        if block.name == word.text:
            return block_text(document, block)
    return ""


def block_text(document: Document, block: Block) -> str:
    """How a function, a macro or a block of data is used, its docstring, and its size."""
    parts = [f"```python\n{block.form}\n```\n{block.sort}"]
    image = document.image_of(block)
    if image is not None:
        parts[0] += f": {size_text(image)}"
    if block.document:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                parts.append(str(ast.literal_eval(block.document)))
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            pass
    return "\n\n".join(parts)


def size_text(image: Image) -> str:
    """Bytes, instructions and ISA of a function; with what it needs, that too."""
    text = f"{len(image.code)} bytes, {image.instruction_count} instructions, {image.isa}"
    others = len(image.parts) - 1
    return text + (f", with {others} that it needs" if others > 0 else "")


def signatures(document: Document, offset: int) -> Signatures | None:
    """The forms of the statement that is being written at an offset."""
    call = call_at(document, offset)
    if call is None:
        return None
    instructions = document.instructions(call.block)
    if call.name in instructions.mnemonic_of:
        listed = [(form, row) for row, form in forms(call.name, instructions)]
        found = tuple((form, row.data.get("does", "") or python_name(row.name))
                      for form, row in listed)  # fmt: skip
        lengths = [len(row.syntaxes[0].shape) if row.syntaxes else 0 for _, row in listed]
        chosen = next((at for at, length in enumerate(lengths) if length > call.argument), 0)
        return Signatures(found, chosen, call.argument)
    if call.name in directives():
        return Signatures((directives()[call.name],), 0, call.argument)
    for block in document.outline.blocks:
        if block.name == call.name:
            return Signatures(((block.form, block.sort),), 0, call.argument)
    return None
