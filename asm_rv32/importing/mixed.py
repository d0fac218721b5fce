"""Functions in which GNU as may choose 16-bit instructions here and not there (.option rvc).

Input: the items of such a unit, and their statements. Output: statements that have the sizes that
GNU as gives them in a function that is assembled as it is written.
Invariant: a jump is written short only where it reaches whatever the others become.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.importing.items import Align, Item, Mark
from asm_rv32.importing.joining import references
from asm_rv32.importing.layout import size_of
from asm_rv32.importing.operands import Code, targets
from asm_rv32.importing.values import Name, ValueFault
from asm_rv32.isa.decode import decode
from asm_rv32.isa.operands import Register
from asm_rv32.isa.rows import Instruction, Row, bound, read_backwards
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.tables import python_name
from asm_rv32.isa.text import text as text_of

LONGEST = 8
"""Bytes that an instruction may take, with all that it stands for."""


def is_mixed(items: Sequence[Item]) -> bool:
    """Whether GNU as may shorten some of the instructions and not others."""
    return len({item.compress for item in items if isinstance(item.content, Code)}) > 1


class Mixed:
    """Statements of one unit."""

    def __init__(self, items: Sequence[Item], isa: str) -> None:
        self.isa = isa
        self.places: dict[str, int] = {}
        """Label → the bytes in front of it, at the most."""
        self.starts: dict[int, int] = {}
        at = 0
        for item in items:
            self.starts[id(item)] = at
            if isinstance(item.content, Mark):
                self.places[item.content.name] = at
            at += _longest(item)

    def statements(self, item: Item, written: str) -> Iterator[str]:
        """The statements for an instruction that may be short, from the one that it is."""
        content = item.content
        assert isinstance(content, Code)
        if any(True for _ in targets(content)):
            yield self.jump(item, content, written)
        elif any(True for _ in references(item)):
            yield written
        else:
            yield from _shortened(written, self.isa)

    def jump(self, item: Item, content: Code, written: str) -> str:
        """A jump or branch, short where it surely reaches."""
        place = next(targets(content))
        to = content.operands[place]
        if content.row is None or not isinstance(to, Name) or to.name not in self.places:
            return written
        distance = self.places[to.name] - self.starts[id(item)]
        found = short_jump(content, distance)
        if found is None:
            return written
        label = written.rstrip(")").rpartition("(")[2].rpartition(",")[2].strip()
        parts = [
            label if index == found.row.target else str(Register(value))
            for index, value in enumerate(found.values)
        ]
        return f"{python_name(found.row.name)}({', '.join(parts)})"


def short_jump(content: Code, distance: int) -> Instruction | None:
    """The 16-bit instruction for a jump over so many bytes; None where there is none."""
    if content.row is None:
        return None
    row, values = _base(content.row, content.values)
    for shorter, pattern in row.shorter:
        found = read_backwards(pattern, values)
        if found is not None and shorter.target >= 0:
            kind = shorter.kinds[shorter.target]
            if kind.minimum <= distance <= kind.maximum:
                return Instruction(shorter, found)
    return None


def _base(row: Row, values: tuple[int, ...]) -> Instruction:
    """The instruction that a pseudo-instruction for one stands for."""
    if row.is_pseudo and len(row.expansion) == 1:
        step = row.expansion[0]
        return Instruction(step.row, tuple(bound(term, values) for term in step.terms))
    return Instruction(row, values)


def _longest(item: Item) -> int:
    content = item.content
    if isinstance(content, Align):
        return content.multiple
    if isinstance(content, Code):
        return 4 if content.row is not None and content.row.size else LONGEST
    try:
        return size_of(item, 0)
    except ValueFault:
        return 0


def size_alone(written: str, isa: str, compress: bool) -> int:
    """The bytes of a statement that names no label and is one instruction. Raises ValueFault."""
    text = f"@asm_rv32\ndef f():\n    {written}\n"
    try:
        image = assemble(text, isa=isa, compress=compress).functions["f"]
    except AssemblyError:
        raise ValueFault("no instruction") from None
    if sum(entry.span == image.entries[0].span for entry in image.entries) > 1:
        raise ValueFault("several instructions")
    return image.entries[0].size


@lru_cache(maxsize=4096)
def _shortened(written: str, isa: str) -> tuple[str, ...]:
    """The statements that an instruction comes to where it may be short."""
    try:
        image = assemble(f"@asm_rv32\ndef f():\n    {written}\n", isa=isa).functions["f"]
    except AssemblyError:
        return (written,)
    instructions = instruction_set(isa)
    made = []
    first = image.entries[0].span
    for entry in image.entries:
        if entry.span != first:
            break
        word = image.code[entry.address : entry.address + entry.size]
        found = decode(int.from_bytes(word, "little"), instructions)
        if found is None:
            return (written,)
        made.append((entry.size, text_of(found)))
    return tuple(text for _, text in made) if any(size == 2 for size, _ in made) else (written,)
