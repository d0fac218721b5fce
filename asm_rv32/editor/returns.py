"""The `ret()` that checkers want to see where a function with a result ends.

Input: an outline. Output: where a function's last line ends, and what is written there.
Invariant: the code stays the same bytes: a return is written only where the assembler puts one by
itself, behind a label or an instruction after which control goes on.
"""

from __future__ import annotations

from collections.abc import Iterator

from asm_rv32.basis.diagnostics import Span
from asm_rv32.editor.outline import FUNCTION_NAME, Block, Outline
from asm_rv32.isa.effects import BRANCH, CALL, NEXT
from asm_rv32.isa.rows import Instruction, Row
from asm_rv32.isa.sets import InstructionSet, everything

GOES_ON = (NEXT, BRANCH, CALL)


def endings(file: Outline) -> Iterator[tuple[Span, str]]:
    """Where such functions end, and a line with a `ret()`."""
    text = file.source.text
    for block in file.blocks:
        if block.sort == FUNCTION_NAME and block.has_result and block.lines:
            last = block.lines[-1]
            if _falls_out(block) and last.indent == block.lines[0].indent:
                end = text.find("\n", last.spans[-1].end)
                end = end if end >= 0 else len(text)
                start = last.spans[0].start
                indent = text[text.rfind("\n", 0, start) + 1 : start]
                yield Span(end, end), f"\n{indent}ret()"


def _falls_out(block: Block) -> bool:
    """Whether control certainly leaves the last statement for what is behind it."""
    tokens = block.lines[-1].tokens
    starts = [at for at in range(len(tokens)) if at == 0 or tokens[at - 1] == ";"]
    name, instructions = tokens[starts[-1]], everything()
    if tokens[starts[-1] + 1 : starts[-1] + 2] != ["("]:
        return False
    if name not in instructions.mnemonic_of:
        return name == "label"
    return all(control in GOES_ON for control in _controls(name, instructions))


def _controls(name: str, instructions: InstructionSet) -> Iterator[str]:
    """How control goes on behind each form of a mnemonic."""
    for row in instructions.rows(instructions.mnemonic_of[name]):
        if row.data.get("expands") == "constant":
            yield NEXT
            continue
        last: Row = row.expansion[-1].row if row.expansion else row
        yield Instruction(last, (0,) * len(last.kinds)).effects.control
