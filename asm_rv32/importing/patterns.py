"""Instructions among data that can be written: words to be copied from there, and never executed.

Input: sections. Output: the same, with data in place of such instructions.
Invariant: nothing becomes data that control may come to by name, nor what hangs on a place.
"""

from __future__ import annotations

from collections.abc import Iterable

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.importing.counting import goes
from asm_rv32.importing.items import WRITABLE, Bracket, Data, Item, Mark, Remark, Said, Section
from asm_rv32.importing.joining import controlled, references
from asm_rv32.importing.layout import is_code
from asm_rv32.importing.operands import Code
from asm_rv32.importing.shortening import NOTHING_NAMED
from asm_rv32.importing.values import ValueFault
from asm_rv32.importing.writing import code

_HERE = "here"


def as_data(sections: list[Section], said: Said, isa: str) -> list[Section]:
    """The sections, those of data that can be written without instructions where that may be."""
    if not any(section.kind == WRITABLE and is_code(section) for section in sections):
        return sections
    reached = said.functions | set(_reached(sections))
    return [
        section if section.kind != WRITABLE or not is_code(section) or _labels(section) & reached
        else section._replace(items=_patterns(section.items, isa) or section.items)
        for section in sections
    ]  # fmt: skip


def _reached(sections: list[Section]) -> Iterable[str]:
    """The labels that control goes to, other than from an instruction to itself."""
    for section in sections:
        before: set[str] = set()
        for item in section.items:
            if isinstance(item.content, Mark):
                before.add(item.content.name)
            elif not isinstance(item.content, (Remark, Bracket)):
                if isinstance(item.content, Code) and goes(item.content):
                    yield from (name for name in controlled(item) if name not in before)
                before = set()


def _labels(section: Section) -> set[str]:
    return {item.content.name for item in section.items if isinstance(item.content, Mark)}


def _patterns(items: list[Item], isa: str) -> list[Item] | None:
    """The items as data; None where one hangs on a place."""
    made: list[Item] = []
    for item in items:
        if not isinstance(item.content, Code):
            made.append(item)
            continue
        try:
            found = _bytes(item.content, references(item), isa, item.compress)
        except ValueFault:
            return None
        made.append(item._replace(content=found))
    return made


def _bytes(content: Code, named: Iterable[str], isa: str, compress: bool) -> Data:
    """The bytes of an instruction that names no place but its own. Raises ValueFault."""
    naming = NOTHING_NAMED
    if any(True for _ in named):
        naming = naming._replace(label=lambda _: _HERE)
    text = f"@asm_rv32\ndef f():\n    label({_HERE})\n    {code(content, naming)}\n"
    try:
        image = assemble(text, isa=isa, compress=compress).functions["f"]
    except AssemblyError:
        raise ValueFault("no instruction") from None
    span = image.entries[0].span
    return Data(1, (b"".join(
        image.code[entry.address : entry.address + entry.size]
        for entry in image.entries if entry.span == span
    ),))  # fmt: skip
