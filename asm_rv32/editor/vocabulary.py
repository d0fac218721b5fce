"""What each word of the assembler means, for people.

Input: a word and an `InstructionSet`. Output: text. Nothing is said that does not stand in the
tables, but what registers are for: psABI, Integer and Floating-point Register Convention.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from asm_rv32.isa.kinds import FenceSet, Named, Rounding
from asm_rv32.isa.operands import ALL_NAMES, EVERY_REGISTER, FLOAT, OperandKind
from asm_rv32.isa.rows import Row
from asm_rv32.isa.sets import InstructionSet
from asm_rv32.isa.tables import python_name, tables
from asm_rv32.isa.wording import form, pattern, steps, told
from asm_rv32.timing.model import Core, TimingError

_ROLES = {
    "zero": "always 0", "ra": "the return address", "sp": "the stack pointer",
    "gp": "the global pointer", "tp": "the thread pointer",
    "t": "a temporary, which a call may change", "s": "saved: a function restores it",
    "a": "an argument, which a call may change", "a0": "the first argument, and the result",
    "ft": "a temporary, which a call may change", "fs": "saved: a function restores it",
    "fa": "an argument, which a call may change", "fa0": "the first argument, and the result",
}  # fmt: skip
"""A register's ABI name, or that without its number → what it is for."""
FUNCTIONS = {
    "address_of": ("address_of(label)", "The address of a label, data or a function, in sums."),
    "hi": ("hi(value)", "The upper 20 bits, as `lui` takes them, of a number or an address."),
    "lo": ("lo(value)", "The lower 12 bits, sign-extended, of a number or an address."),
    "pcrel_hi": ("pcrel_hi(label)", "The upper 20 bits of the distance, as `auipc` takes them."),
    "pcrel_lo": ("pcrel_lo(label)", "The lower 12 bits of the distance that an `auipc` began."),
    "const": ("const(value)", "The value."),
}  # fmt: skip
"""Functions of constant expressions: how each is written, and what it gives."""
WORDED = (Rounding, Named, FenceSet)
"""The kinds of operand that are words of their own."""
FENCED = "iorw"
"""What a fence orders, in the order in which a set of them is written."""


def register_text(name: str) -> str:
    """What a register is for, and its other name."""
    number = EVERY_REGISTER[name]
    is_float = int(number) >= FLOAT
    abi = ALL_NAMES[int(number)]
    plain = f"f{int(number) - FLOAT}" if is_float else f"x{int(number)}"
    role = _ROLES.get(abi) or _ROLES[abi.rstrip("0123456789")]
    return f"{abi} = {plain}: {role}"


def csr_text(name: str, instructions: InstructionSet) -> str:
    """The number of a control and status register."""
    return f"{name}: control and status register {instructions.csr_numbers[name]:#05x}"


def directives() -> dict[str, tuple[str, str]]:
    """Name of a directive → how it is written, and what it does."""
    rows = tables()["directives"]["own"]
    return {name: (row["form"], row["does"]) for name, row in rows.items()}


def words_of(kind: OperandKind) -> Iterator[str]:
    """The words that a kind of operand in `WORDED` takes."""
    if isinstance(kind, Named):
        yield from kind.names
    elif isinstance(kind, FenceSet):
        for bits in range(1, 1 << len(FENCED)):
            yield "".join(letter for at, letter in enumerate(FENCED) if bits >> at & 1)
    else:
        yield from kind.accepted.split(", ")


def forms(name: str, instructions: InstructionSet) -> Iterator[tuple[Row, str]]:
    """The forms of a mnemonic in Python's spelling, each with its row."""
    for row in instructions.rows(instructions.mnemonic_of[name]):
        for syntax in row.syntaxes:
            yield row, form(row, syntax)


def summary(name: str, instructions: InstructionSet) -> str:
    """What the first row of a mnemonic does, on one line."""
    row = instructions.row(instructions.mnemonic_of[name])
    return steps(row) if row.data.get("expands") == "constant" else told(row) or "nothing"


def row_text(row: Row, core: Core | None) -> str:
    """A row in Markdown: its forms, what it does, its operands, its bits, its cost on a core."""
    lines = ["```python", *(form(row, syntax) for syntax in row.syntaxes), "```"]
    kind = "pseudo-instruction" if row.is_pseudo else f"{row.size} bytes"
    lines.append(f"*{row.extension}, {kind}{', a hint' if row.hint else ''}*")
    if told(row):
        lines += ["", f"`{told(row)}`"]
    if steps(row):
        lines += ["", f"is `{steps(row)}`"]
    lines += ["", *(f"- `{name}`: {operand.kind}, {operand.accepted}"
                    for name, operand in zip(row.variables, row.kinds))]  # fmt: skip
    if not row.is_pseudo:
        lines += ["", f"encoding `{pattern(row)}`"]
    shorter = dict.fromkeys(python_name(found.name) for found, _ in row.shorter)
    if shorter:
        lines += ["", f"shortened to {', '.join(shorter)}"]
    cost = cost_text(row, core) if core is not None else ""
    if cost:
        lines += ["", cost]
    return "\n".join(lines)


def cost_text(row: Row, core: Core) -> str:
    """What a row takes on a core, without what it waits for; "" where that is unknown."""
    if row.data.get("expands") == "constant":
        return ""  # it hangs on the number
    found = cycles_of([step.row.name for step in row.expansion] or [row.name], core)
    if found is None:
        return ""
    cycles, taken = found
    text = f"{cycles} cycle{'s' * (cycles != 1)}"
    if taken != cycles:
        text += f", {taken} where it branches"
    return f"{text} on {core.name}, without what it waits for"


def cycles_of(names: Iterable[str], core: Core) -> tuple[int, int] | None:
    """What base instructions take on a core, without what they wait for, where branches fall
    through and where they are taken; None where that is unknown."""
    least = taken = 0
    for name in names:
        try:
            kind = core.class_of(name)
        except TimingError:
            return None
        least += core.cycles[kind]
        taken += core.cycles.get("taken" if kind == "branch" else kind, core.cycles[kind])
    return least, taken
