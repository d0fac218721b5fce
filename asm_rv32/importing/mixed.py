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
from asm_rv32.importing.writing import Naming, code
from asm_rv32.isa.decode import decode
from asm_rv32.isa.operands import Register
from asm_rv32.isa.rows import Instruction, Row, bound, read_backwards
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.tables import python_name
from asm_rv32.isa.text import text as text_of

ROUNDS = 8
"""How often jumps are looked at again, since others have become short."""
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
        sizes = [_longest(item, isa) for item in items]
        jumps = [
            (at, item)
            for at, item in enumerate(items)
            if isinstance(item.content, Code) and item.compress and any(targets(item.content))
        ]
        for _ in range(ROUNDS):
            self.lay_out(items, sizes)
            short = [at for at, item in jumps if sizes[at] > 2 and self.short(item) is not None]
            for at in short:
                sizes[at] = 2
            if not short:
                break

    def lay_out(self, items: Sequence[Item], sizes: Sequence[int]) -> None:
        at = 0
        for item, size in zip(items, sizes):
            self.starts[id(item)] = at
            if isinstance(item.content, Mark):
                self.places[item.content.name] = at
            at += size

    def statements(self, item: Item, written: str) -> Iterator[str]:
        """The statements for an instruction that may be short, from the one that it is."""
        content = item.content
        assert isinstance(content, Code)
        if any(True for _ in targets(content)):
            yield self.jump(item, written)
        elif any(True for _ in references(item)):
            yield written
        else:
            yield from _shortened(written, self.isa)

    def jump(self, item: Item, written: str) -> str:
        """A jump or branch, short where it surely reaches."""
        found = self.short(item)
        if found is None:
            return written
        label = written.rstrip(")").rpartition("(")[2].rpartition(",")[2].strip()
        parts = [
            label if index == found.row.target else str(Register(value))
            for index, value in enumerate(found.values)
        ]
        return f"{python_name(found.row.name)}({', '.join(parts)})"

    def short(self, item: Item) -> Instruction | None:
        """The 16-bit instruction that a jump surely is; None where there is none."""
        content = item.content
        assert isinstance(content, Code)
        to = content.operands[next(targets(content))]
        if not isinstance(to, Name) or to.name not in self.places:
            return None
        return short_jump(content, self.places[to.name] - self.starts[id(item)])


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


def _longest(item: Item, isa: str) -> int:
    """The bytes of an item, at the most."""
    content = item.content
    if isinstance(content, Align):
        return content.multiple
    if isinstance(content, Code):
        named = any(True for _ in references(item))
        alone = () if named else _alone(code(content, NOTHING_NAMED), isa, item.compress)
        whole = 4 if content.row is not None and content.row.size else LONGEST
        return sum(size for size, _ in alone) or whole
    try:
        return size_of(item, 0)
    except ValueFault:
        return 0


def size_alone(content: Code, isa: str, compress: bool) -> int:
    """The bytes of a statement that names no label and is one instruction. Raises ValueFault."""
    made = _alone(code(content, NOTHING_NAMED), isa, compress)
    if len(made) != 1:
        raise ValueFault("several instructions, or none")
    return made[0][0]


def _shortened(written: str, isa: str) -> tuple[str, ...]:
    """The statements that an instruction comes to where it may be short."""
    made = _alone(written, isa, True)
    return tuple(text for _, text in made) if any(size == 2 for size, _ in made) else (written,)


@lru_cache(maxsize=4096)
def _alone(written: str, isa: str, compress: bool) -> tuple[tuple[int, str], ...]:
    """The sizes of the instructions that a statement comes to by itself, and how each is written;
    nothing where that cannot be said."""
    text = f"@asm_rv32\ndef f():\n    {written}\n"
    try:
        image = assemble(text, isa=isa, compress=compress).functions["f"]
    except AssemblyError:
        return ()
    instructions = instruction_set(isa)
    made = []
    first = image.entries[0].span
    for entry in image.entries:
        if entry.span != first:
            break
        word = image.code[entry.address : entry.address + entry.size]
        found = decode(int.from_bytes(word, "little"), instructions)
        if found is None:
            return ()
        made.append((entry.size, text_of(found)))
    return tuple(made)


def _refuse(name: str) -> str:
    raise ValueFault(f"{name!r} is a place")


NOTHING_NAMED = Naming(_refuse, lambda _: None, lambda *_: None)
"""How statements are written that name no place and no constant."""
