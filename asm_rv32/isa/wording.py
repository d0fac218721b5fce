"""A row in words for people: what it does, in its own operands' names, and what its forms take.

Input: a `Row`. Output: one line, such as `rd_nz = rd_nz + rs2_nz`, or `c_add(rd, rs2)`; of a
mnemonic, all lines that tell of it.
Invariant: nothing is told that does not stand in the tables: a row that expands does what the
rows of its expansion say, with what it puts in the place of their operands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.isa.operands import ALL_NAMES
from asm_rv32.isa.rows import Row, Slot, Step, Syntax
from asm_rv32.isa.tables import python_name

if TYPE_CHECKING:
    from asm_rv32.isa.sets import InstructionSet

_NAME = re.compile(r"\b[a-z_]\w*(?!\w|\()")
_IDLE = re.compile(r"^0 = |^pass$")


def told(row: Row) -> str:
    """What the row does; empty where it does nothing."""
    if "does" in row.data:
        return str(row.data["does"])
    return "; ".join(text for step in row.expansion for text in _statements(row, step))


def _statements(row: Row, step: Step) -> list[str]:
    """The statements of one step of an expansion; those that only write x0 are left out."""
    inner = told(step.row) or "pass"
    terms = {variable: _term(row, step, index) for index, variable in enumerate(step.row.variables)}
    text = _NAME.sub(lambda found: terms.get(found[0], found[0]), inner)
    found = [each.strip().removesuffix(" + 0").replace("= 0 + ", "= ") for each in text.split(";")]
    return [each.removeprefix("0 = ") for each in found if "(" in each or not _IDLE.match(each)]


def _term(row: Row, step: Step, index: int) -> str:
    term, kind = step.terms[index], step.row.kinds[index]
    if term.variable >= 0:
        name = row.variables[term.variable]
        return f"{term.part}({name})" if term.part else name
    if term.part:
        return term.part
    if not kind.is_register:
        return str(term.literal)
    return ALL_NAMES[term.literal] if term.literal else "0"


def written_form(name: str, row: Row, syntax: Syntax) -> str:
    """A form as it is written, with the ranges of its operands: `addi(rd, rs1, -2048..2047)`."""
    texts = []
    for slots in syntax.operands():
        *offset, text = (_slot_text(row, slot) for slot in slots)
        texts += [f"({each})" if ".." in each else each for each in offset]
        texts.append(text)
    return f"{name}({', '.join(syntax.fill(texts))})"


def _slot_text(row: Row, slot: Slot) -> str:
    variable, literal = slot
    return str(literal) if variable < 0 else row.kinds[variable].in_form(row.variables[variable])


def form(row: Row, syntax: Syntax) -> str:
    """The operands as the row names them, `addi(rd, rs1, imm12)`."""
    names = [
        str(literal) if variable < 0 else row.variables[variable]
        for variable, literal in syntax.slots
    ]
    return f"{python_name(row.name)}({', '.join(syntax.fill(names))})"


def pattern(row: Row) -> str:
    """The bits of the encoding, the highest first: fixed ones, and a dot for an operand's."""
    width = 8 * row.size
    bits = "".join(
        "." if not row.mask >> bit & 1 else str(row.match >> bit & 1)
        for bit in range(width - 1, -1, -1)
    )
    return " ".join(bits[at : at + 4] for at in range(0, width, 4))


def steps(row: Row) -> str:
    """What a row stands for, as its table has it; empty for one that stands for itself."""
    expands = row.data.get("expands", [])
    if expands == "constant":
        return "the fewest bytes that give the value"
    return expands if isinstance(expands, str) else "; ".join(expands)


def described(name: str, instructions: InstructionSet) -> Iterator[str]:
    """All that the tables have of a mnemonic, a line each, an empty one behind each row."""
    for row in instructions.rows(name):
        kind = "pseudo-instruction" if row.is_pseudo else f"{row.size} bytes"
        yield f"{name}  ({row.extension}, {kind}{', a hint' if row.hint else ''})"
        for syntax in row.syntaxes:
            yield f"  {form(row, syntax)}"
        for variable, operand in zip(row.variables, row.kinds):
            yield f"    {variable:<11} {operand.kind:<6} {operand.accepted}"
        if not row.is_pseudo:
            yield f"  encoding  {pattern(row)}"
        if steps(row):
            yield f"  is        {steps(row)}"
        if told(row):
            yield f"  does      {told(row)}"
        shorter = dict.fromkeys(python_name(found.name) for found, _ in row.shorter)
        if shorter:
            yield f"  shortened to {', '.join(shorter)}"
        yield ""
