"""What GNU as may shorten: here and not there (.option rvc), and to how many bytes.

Input: items of a unit, statements. Output: whether they differ; sizes.
"""

from __future__ import annotations

from collections.abc import Sequence

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.importing.items import Item
from asm_rv32.importing.operands import Code
from asm_rv32.importing.values import ValueFault
from asm_rv32.importing.writing import Naming, code
from asm_rv32.isa.rows import Instruction, Row, bound, read_backwards


def is_mixed(items: Sequence[Item]) -> bool:
    """Whether GNU as may shorten some of the instructions and not others."""
    return len({item.compress for item in items if isinstance(item.content, Code)}) > 1


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


def size_alone(content: Code, isa: str, compress: bool) -> int:
    """The bytes of a statement that names no label and is one instruction. Raises ValueFault."""
    text = f"@asm_rv32\ndef f():\n    {code(content, NOTHING_NAMED)}\n"
    try:
        image = assemble(text, isa=isa, compress=compress).functions["f"]
    except AssemblyError:
        raise ValueFault("no instruction") from None
    if sum(entry.span == image.entries[0].span for entry in image.entries) > 1:
        raise ValueFault("several instructions")
    return image.entries[0].size


def _refuse(name: str) -> str:
    raise ValueFault(f"{name!r} is a place")


NOTHING_NAMED = Naming(_refuse, lambda _: None, lambda *_: None)
"""How statements are written that name no place and no constant."""
