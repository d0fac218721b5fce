"""Wrong statements made from the tables: an operand of every row beyond what it takes.

Input: an instruction set. Output: statements in our syntax, each with the same line in GNU's.
Invariant: one thing is wrong with each, and it is the same in both.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from asm_rv32.isa.operands import ABI_NAMES, OperandKind
from asm_rv32.isa.rows import Row, Syntax
from asm_rv32.isa.sets import InstructionSet
from asm_rv32.isa.tables import python_name
from corpus.instructions import _operands, draw_all

LABEL = "here"


class Wrong(NamedTuple):
    """A wrong statement in both syntaxes, and which of its operands is wrong in each."""

    ours: str
    gnu: str
    what: str
    our_operand: int = -1
    gnu_operand: int = -1


def wrong_statements(instructions: InstructionSet, seed: int) -> Iterator[Wrong]:
    """Every row with each operand of a wrong value or kind, and with one too few or too many."""
    choice = random.Random(seed)
    for name in instructions.mnemonics:
        for row in instructions.rows(name):
            ours = _like(row)
            if ours is None:
                continue
            texts = _right(row, choice)
            yield from _of_wrong_count(row, ours, texts)
            for variable, kind in enumerate(row.kinds):
                for text in _wrong_texts(kind):
                    changed = [*texts[:variable], text, *texts[variable + 1 :]]
                    yield Wrong(
                        statement(row, ours, changed), line(row, changed), f"{kind.name} {text}",
                        _operand_of(ours, variable), _operand_of(row.gnu, variable),
                    )  # fmt: skip
            yield from _without_memory(row, ours, texts)


def right_statements(instructions: InstructionSet, seed: int) -> Iterator[Wrong]:
    """A statement of every row with nothing wrong."""
    choice = random.Random(seed)
    for name in instructions.mnemonics:
        for row in instructions.rows(name):
            ours = _like(row)
            if ours is not None:
                texts = _right(row, choice)
                yield Wrong(statement(row, ours, texts), line(row, texts), "nothing")


def statement(row: Row, syntax: Syntax, texts: list[str]) -> str:
    """The statement in our syntax, of the texts of the row's variables."""
    return f"{python_name(row.name)}({', '.join(_operands(row, syntax, texts))})"


def line(row: Row, texts: list[str]) -> str:
    """The same as a line of GNU as."""
    return f"{row.name} {', '.join(_operands(row, row.gnu, texts))}"


def _like(row: Row) -> Syntax | None:
    """Our syntax with the operands that GNU's has, in whatever order."""
    for syntax in row.syntaxes:
        if sorted(syntax.shape) == sorted(row.gnu.shape) and set(syntax.slots) == set(
            row.gnu.slots
        ):
            return syntax
    return None


def _right(row: Row, choice: random.Random) -> list[str]:
    return [
        ABI_NAMES[value] if kind.kind == "reg" else
        LABEL if kind.kind == "pcrel" else
        "rw" if kind.kind == "ioset" else
        str(value % (1 << kind.modulo) if kind.modulo == 20 else value)
        for kind, value in zip(row.kinds, draw_all(row, choice))
    ]  # fmt: skip


def _wrong_texts(kind: OperandKind) -> Iterator[str]:
    if kind.kind == "reg":
        excluded = [number for number in range(32) if number not in kind.values]
        yield from (ABI_NAMES[number] for number in {*excluded[:1], *excluded[-1:]})
        yield from ("x32", "nosuch", "5", "(a1)")
    elif kind.kind in ("int", "uint"):
        ends = {kind.minimum - kind.unit, kind.maximum + kind.unit, 1 << (kind.modulo or 40), 0}
        ends |= {kind.minimum + kind.unit // 2, kind.maximum - kind.unit // 2}
        yield from (str(end) for end in sorted(ends) if kind.normalize(end) not in kind.values)
        yield from ("a1", "nosuch")
    elif kind.kind == "csr":
        yield from ("-1", "4096", "nosuch")
    elif kind.kind == "ioset":
        yield from ("1", "rr", "nosuch", "a1")
    elif kind.kind == "pcrel":
        yield from (str(kind.minimum - kind.unit), str(kind.maximum + kind.unit), "a1")


def _operand_of(syntax: Syntax, variable: int) -> int:
    """The position of the operand that a variable stands in."""
    slots = iter(syntax.slots)
    for position, letter in enumerate(syntax.shape):
        held = [next(slots).variable for _ in range(2 if letter == "m" else 1)]
        if variable in held:
            return position
    return -1


def _of_wrong_count(row: Row, ours: Syntax, texts: list[str]) -> Iterator[Wrong]:
    count = len(ours.shape)
    for change, what in ((lambda o: o[:-1], "one too few"), (lambda o: [*o, "a0"], "one too many")):
        if what == "one too many" or count:
            written = ", ".join(change(_operands(row, ours, texts)))
            gnu = ", ".join(change(_operands(row, row.gnu, texts)))
            place = count if what == "one too many" else -1
            yield Wrong(
                f"{python_name(row.name)}({written})", f"{row.name} {gnu}", what, place, place
            )


def _without_memory(row: Row, ours: Syntax, texts: list[str]) -> Iterator[Wrong]:
    if "m" in ours.shape:
        for text in ("a1", "4", "nosuch"):
            operands = _operands(row, ours, texts)
            at, gnu_at = ours.shape.index("m"), row.gnu.shape.index("m")
            operands[at] = text
            gnu = _operands(row, row.gnu, texts)
            gnu[gnu_at] = text
            written = f"{python_name(row.name)}({', '.join(operands)})"
            yield Wrong(written, f"{row.name} {', '.join(gnu)}", f"memory {text}", at, gnu_at)
