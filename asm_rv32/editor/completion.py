"""The words that can stand at a place.

Input: a `Document` and an offset. Output: `Candidate`s, those that fit the operand there first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from asm_rv32.editor.document import Document
from asm_rv32.editor.outline import LABEL, MACRO_NAME, PYTHON, Block, Definition
from asm_rv32.editor.vocabulary import (
    FUNCTIONS,
    WORDED,
    csr_text,
    directives,
    forms,
    register_text,
    summary,
    words_of,
)
from asm_rv32.editor.words import call_at, is_statement_start
from asm_rv32.isa.kinds import Csr
from asm_rv32.isa.operands import OperandKind
from asm_rv32.isa.sets import InstructionSet

MNEMONIC, DIRECTIVE, REGISTER, CSR, WORD = "mnemonic", "directive", "register", "csr", "word"


class Candidate(NamedTuple):
    """A word that can be written."""

    word: str
    sort: str
    """One of the above, or a `Definition`'s."""
    detail: str
    fits: bool
    """Whether the operand takes it by what it is."""


def completions(document: Document, offset: int) -> list[Candidate]:
    """The candidates at an offset: statements at the start of one, else operands."""
    block = document.outline.block_at(offset)
    if block is None:
        block = _block_above(document, offset)
    if block is None or offset < block.body:
        return []
    instructions = document.instructions(block)
    if is_statement_start(document, offset):
        return list(_statements(document, block, instructions))
    return list(_operands(document, block, instructions, offset))


def _block_above(document: Document, offset: int) -> Block | None:
    """The block that a line continues which is indented and has no word yet."""
    text = document.source.text
    start = text.rfind("\n", 0, offset) + 1
    if not text[start:offset].startswith((" ", "\t")):
        return None
    above = [block for block in document.outline.blocks if block.span.end <= offset]
    if not above or text[above[-1].span.end : start].strip():
        return None
    return above[-1]


def _statements(
    document: Document, block: Block, instructions: InstructionSet
) -> Iterator[Candidate]:
    for name in instructions.mnemonic_of:
        yield Candidate(name, MNEMONIC, "", True)
    for name, (form, _) in directives().items():
        yield Candidate(name, DIRECTIVE, form, True)
    for found in document.outline.blocks:
        if found.sort == MACRO_NAME:
            yield Candidate(found.name, found.sort, found.form, True)


def detail(name: str, instructions: InstructionSet) -> str:
    """What a mnemonic's first form is and does: asked for one at a time."""
    return f"{next(forms(name, instructions))[1]}: {summary(name, instructions)}"


def _operands(
    document: Document, block: Block, instructions: InstructionSet, offset: int
) -> Iterator[Candidate]:
    call = call_at(document, offset)
    kinds = set(_kinds(call.name, call.argument, instructions)) if call is not None else set()
    free = not kinds
    registers = free or any(kind.is_register or kind.noun.endswith("immediate") for kind in kinds)
    targets = free or any(kind.is_target for kind in kinds)
    for name, found in block.names.items():
        fits = targets if found.sort == LABEL else registers
        yield Candidate(name, found.sort, found.text, fits)
    for name in instructions.register_names:
        yield Candidate(name, REGISTER, register_text(name), registers)
    for name, found in _outside(document, block):
        fits = free or (targets and found.sort != MACRO_NAME)
        yield Candidate(name, found.sort, found.text, fits)
    for name, (form, _) in FUNCTIONS.items():
        yield Candidate(name, WORD, form, False)
    if any(isinstance(kind, Csr) for kind in kinds):
        for name in instructions.csr_numbers:
            yield Candidate(name, CSR, csr_text(name, instructions), True)
    for kind in kinds:
        if isinstance(kind, WORDED):
            for name in words_of(kind):
                yield Candidate(name, WORD, kind.noun, True)


def _outside(document: Document, block: Block) -> Iterator[tuple[str, Definition]]:
    for name, found in document.outline.names.items():
        if name not in block.names and found.sort != PYTHON:
            yield name, found


def _kinds(name: str, argument: int, instructions: InstructionSet) -> Iterator[OperandKind]:
    """The kinds of operand that a mnemonic's forms have in a place."""
    for row in instructions.rows(instructions.mnemonic_of.get(name, "")):
        for syntax in row.syntaxes:
            slots = [*syntax.operands()]
            for variable, _ in slots[argument] if argument < len(slots) else ():
                if variable >= 0:
                    yield row.kinds[variable]
