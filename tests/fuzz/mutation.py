"""Changes of a source that keep much of its sense: lines, blocks, operands, whole instructions.

Input: a text and a seed. Output: another text. Invariant: equal seeds make equal changes.
"""

from __future__ import annotations

import random
import re

from corpus.instructions import draw_all, edge_values_of, python_text
from corpus.mutations import PIECES

from asm_rv32.isa.operands import REGISTER_NAMES
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.tables import python_name
from fuzz.targets import ISAS

_WORD = re.compile(r"[^\W]\w*|\d\w*|\S")
_NUMBER = re.compile(r"(?<!\w)-?\d\w*")
_REGISTERS = sorted(REGISTER_NAMES)
_HEADS = (
    "for i in range(3):", "for i in range(0, 16, 4):", "if i:", "if N > 3:", "elif i == 1:",
    "else:", "@asm_rv32", "def f(a, b):", "class C:", "N = 4", "acc = t0", "N: int = const(5)",
)  # fmt: skip
_DIRECTIVES = (
    "label({name})", "align({power})", "data(1, b'{name}', {number})", "data(4, {number})",
    "space({number})", "j({name})", "la({register}, {name})", "li({register}, {number})",
    "bnez({register}, {name})", "tail({name})", "ret()", "data(2, hi({number}) & 0xff, lo(1))",
    "jalr(ra, {register}, {number})", "lw({register}, ({number})({register}))", "fence_i()",
    "within({name}, {name}, at_most={number})",
)  # fmt: skip


def changed(text: str, seed: int) -> str:
    """The text, changed in one to four places."""
    choice = random.Random(seed)
    lines = text.split("\n")
    for _ in range(choice.choice((1, 1, 2, 4))):
        lines = choice.choice(_CHANGES)(lines, choice)
    return "\n".join(lines)


def _indentation(lines: list[str], at: int) -> str:
    line = lines[at] if at < len(lines) else ""
    return line[: len(line) - len(line.lstrip())] or "    "


def _instruction(lines: list[str], choice: random.Random) -> list[str]:
    row = choice.choice(instruction_set(choice.choice(ISAS)).encodings)
    name = _known_word(lines, choice)
    return _put(lines, choice, python_text(Instruction(row, draw_all(row, choice)), name))


def _directive(lines: list[str], choice: random.Random) -> list[str]:
    return _put(
        lines,
        choice,
        choice.choice(_DIRECTIVES).format(
            name=_known_word(lines, choice),
            number=_number(choice),
            power=1 << choice.randrange(6),
            register=choice.choice(_REGISTERS),
        ),
    )


def _pseudo(lines: list[str], choice: random.Random) -> list[str]:
    """A known mnemonic with some operands."""
    name = choice.choice(sorted(instruction_set(choice.choice(ISAS)).mnemonic_of))
    operands = [
        choice.choice((choice.choice(_REGISTERS), str(_number(choice)), _known_word(lines, choice)))
        for _ in range(choice.randrange(4))
    ]
    return _put(lines, choice, f"{python_name(name)}({', '.join(operands)})")


def _put(lines: list[str], choice: random.Random, statement: str) -> list[str]:
    at = choice.randrange(len(lines) + 1)
    return [*lines[:at], _indentation(lines, at) + statement, *lines[at:]]


def _number(choice: random.Random) -> int:
    kinds = choice.choice(instruction_set(ISAS[0]).encodings).kinds
    numbers = [kind for kind in kinds if kind.kind == "int"]
    if numbers and choice.random() < 0.7:
        return choice.choice(edge_values_of(choice.choice(numbers)))
    return choice.choice((-1, 1)) * choice.getrandbits(choice.choice((1, 5, 12, 20, 32, 33)))


def _known_word(lines: list[str], choice: random.Random) -> str:
    found = _WORD.findall(choice.choice(lines))
    return choice.choice(found) if found else "near"


def _block(lines: list[str], choice: random.Random) -> list[str]:
    """Some lines moved one block further in, below a head."""
    at = choice.randrange(len(lines))
    to = at + choice.choice((1, 2, 5))
    head = _indentation(lines, at) + choice.choice(_HEADS)
    return [*lines[:at], head, *("    " + line for line in lines[at:to]), *lines[to:]]


def _copy(lines: list[str], choice: random.Random) -> list[str]:
    at, to = sorted(choice.randrange(len(lines) + 1) for _ in range(2))
    where = choice.randrange(len(lines) + 1)
    return [*lines[:where], *lines[at : min(to, at + 12)], *lines[where:]]


def _removal(lines: list[str], choice: random.Random) -> list[str]:
    at = choice.randrange(len(lines))
    return lines[:at] + lines[at + choice.choice((1, 1, 3)) :] or [""]


def _exchange(lines: list[str], choice: random.Random) -> list[str]:
    at, to = (choice.randrange(len(lines)) for _ in range(2))
    lines = list(lines)
    lines[at], lines[to] = lines[to], lines[at]
    return lines


def _word(lines: list[str], choice: random.Random) -> list[str]:
    """A word becomes another: of the text, a register, a piece of syntax."""
    at = choice.randrange(len(lines))
    found = list(_WORD.finditer(lines[at]))
    if not found:
        return lines
    start, end = choice.choice(found).span()
    word = choice.choice(
        (_known_word(lines, choice), choice.choice(_REGISTERS), choice.choice(PIECES))
    )
    return [*lines[:at], lines[at][:start] + word + lines[at][end:], *lines[at + 1 :]]


def _constant(lines: list[str], choice: random.Random) -> list[str]:
    """A number becomes another, often the end of what some field takes."""
    at = choice.randrange(len(lines))
    line = _NUMBER.sub(lambda _: str(_number(choice)), lines[at], count=1)
    return [*lines[:at], line, *lines[at + 1 :]]


def _comment(lines: list[str], choice: random.Random) -> list[str]:
    at = choice.randrange(len(lines))
    comment = choice.choice(
        ("  # asm: ignore[unused-label]", "  # asm: ignore[hint, x]", "  # é", ";")
    )
    return [*lines[:at], lines[at] + comment, *lines[at + 1 :]]


_CHANGES = (
    _instruction, _instruction, _directive, _directive, _pseudo, _block, _copy, _removal, _exchange,
    _word, _word, _constant, _comment,
)  # fmt: skip
