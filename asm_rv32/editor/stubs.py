"""The assembler's words for Python's type checkers: a stub made from the tables.

Input: an `InstructionSet`. Output: the text of a stub, such as `asm_rv32/words.pyi`.
Invariant: a mnemonic has as many operands as its forms say. Of their types, those are asked for
that a checker can tell: a register may also be a parameter, which has Python's type.
"""

from __future__ import annotations

import builtins
import keyword
import sys
from collections.abc import Iterable, Iterator

from asm_rv32.editor.vocabulary import (
    FUNCTIONS,
    WORDED,
    directives,
    register_text,
    summary,
    words_of,
)
from asm_rv32.isa.effects import INDIRECT
from asm_rv32.isa.kinds import Adjustment, Csr, Integer, Named, Rounding
from asm_rv32.isa.operands import OperandKind
from asm_rv32.isa.rows import Instruction, Row, Slot, bound
from asm_rv32.isa.sets import InstructionSet, everything

_HEAD = '''\
"""The words of the assembler, made from its tables by `asmrv32 stubs`: do not edit."""

from typing import Any, Never, Protocol, TypeAlias, overload

from asm_rv32 import const as const

Reg: TypeAlias = object
"""A register, or a parameter or an alias of one, which has a type of its own in Python."""
Mem: TypeAlias = object
"""A memory operand: `a1[4]`, of a parameter what Python's brackets give."""
Target: TypeAlias = object
"""A label as a string, or a function."""
Number: TypeAlias = int | str
"""An integer, or a character, which stands for its number."""

class Register:
    """A register: an operand, and with an offset in brackets the base of a memory operand."""

    def __getitem__(self, offset: Number, /) -> Memory: ...
    def __sub__(self, last: Register, /) -> Register: ...
    def __lt__(self, other: object, /) -> bool: ...

class Memory:
    """A memory operand, `a1[4]`."""

class Csr:
    """A control and status register; each has its number."""

class Mnemonic(Protocol):
    """The name of an instruction, as a macro takes it."""

    def __call__(self, *operands: Any, **named: Any) -> None: ...

class Word:
    """A word that instructions take: a rounding mode, a set of i, o, r, w."""

'''
_DIRECTIVES = {
    "label": "name: str, /",
    "align": "multiple: int, /",
    "data": "size: int, /, *values: object",
    "space": "size: int, /",
    "compress": "on: bool, /",
    "within": "start: str, end: str, /, *, at_most: int = ..., at_least: int = ..., "
    "exactly: int = ..., at_most_ns: int = ..., at_least_ns: int = ..., exactly_ns: int = ..., "
    "clock: int = ..., core: str = ..., measured: bool = ...",
}
"""Of each directive the parameters, as Python has them."""
_TYPES: dict[type[OperandKind], str] = {
    Csr: "Csr | Number",
    Rounding: "Word | str",
    Named: "Word | str",
}
"""What is written of a kind of operand that is neither a register nor a number."""


OWN_MODULE = "asm_words"
"""The name under which `asmrv32 stubs` writes a project's words."""
TYPES = ("Register", "Memory", "Csr", "Word", "Mnemonic")
"""What a stub has for annotations of a macro's parameters."""


def star_names() -> list[str]:
    """What `from asm_rv32.words import *` gives: no name that Python has itself."""
    instructions = everything()
    return [*_named(instructions), *directives(), *FUNCTIONS, *_mnemonics(instructions)]


def stub(instructions: InstructionSet) -> str:
    """The text of a stub with all words of a set."""
    texts = [_HEAD]
    texts += _named(instructions).values()
    for name, (form, does) in FUNCTIONS.items():
        if name == "const":  # the package's, which modules call, too
            continue
        parameter = form[form.index("(") + 1 : -1]
        texts.append(f'def {name}({parameter}: object, /) -> int:\n    """{does}"""\n')
    for name, (_, does) in directives().items():
        texts.append(f'def {name}({_DIRECTIVES[name]}) -> None:\n    """{does}"""\n')
    for name in _mnemonics(instructions):
        texts += _functions(name, instructions)
    return "\n".join(texts)


def _is_free(name: str) -> bool:
    """Whether Python has nothing of its own under a name."""
    return not (
        hasattr(builtins, name) or keyword.iskeyword(name) or name in sys.stdlib_module_names
    )


def _mnemonics(instructions: InstructionSet) -> list[str]:
    return [name for name in instructions.mnemonic_of if _is_free(name)]


def _named(instructions: InstructionSet) -> dict[str, str]:
    """Each word that is no call, and its declaration."""
    found = {}
    for name in instructions.register_names:
        found[name] = f'{name}: Register\n"""{register_text(name)}"""\n'
    for kind in _kinds(instructions):
        for word in words_of(kind):
            if _is_free(word):
                found.setdefault(word, f'{word}: Word\n"""{kind.noun}"""\n')
    for name, number in instructions.csr_numbers.items():
        if _is_free(name) and name not in instructions.mnemonic_of:
            found.setdefault(name, f'{name}: Csr\n"""{number:#05x}"""\n')
    return found


def _kinds(instructions: InstructionSet) -> Iterable[OperandKind]:
    return dict.fromkeys(
        kind for name in instructions.mnemonics for row in instructions.rows(name)
        for kind in row.kinds if isinstance(kind, WORDED)
    )  # fmt: skip


def _functions(name: str, instructions: InstructionSet) -> Iterator[str]:
    """The declarations of a mnemonic: one for each number of operands that its forms have."""
    rows = instructions.rows(instructions.mnemonic_of[name])
    found: dict[int, list[tuple[str, str]]] = {}
    for row in rows:
        for syntax in row.syntaxes:
            operands = [_operand(row, slots) for slots in syntax.operands()]
            before = found.setdefault(len(operands), operands)
            # What two forms take in one place is whatever either does.
            found[len(operands)] = [
                (one, sort if sort == other else "Reg")
                for (one, sort), (_, other) in zip(before, operands)
            ]
    does = summary(name, instructions)
    mark = "@overload\n" * (len(found) > 1)
    for operands in found.values():
        listed = ", ".join((*_distinct(operands), "/")) if operands else ""
        yield f'{mark}def {name}({listed}) -> {_result(rows[0])}:\n    """{does}"""\n'


def _distinct(operands: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Parameters whose names differ."""
    seen: set[str] = set()
    for name, sort in operands:
        while name in seen or keyword.iskeyword(name):
            name += "_"
        seen.add(name)
        yield f"{name}: {sort}"


def _operand(row: Row, slots: tuple[Slot, ...]) -> tuple[str, str]:
    """A name and a type for an operand."""
    if len(slots) == 2:
        base = slots[1].variable
        return (row.variables[base] if base >= 0 else "memory"), "Mem"
    variable = slots[0].variable
    if variable < 0:
        return "operand", "Reg"
    kind = row.kinds[variable]
    if kind.is_target:
        return row.variables[variable], "Target"
    sort = "Number" if isinstance(kind, (Integer, Adjustment)) else "Reg"
    return row.variables[variable], _TYPES.get(type(kind), sort)


def _result(row: Row) -> str:
    """`Never` for what always leaves the function, so that a checker expects no `return`."""
    if row.kinds or len(row.expansion) > 1:
        return "None"
    values: tuple[int, ...] = ()
    for step in row.expansion:
        row, values = step.row, tuple([bound(term, ()) for term in step.terms])
    effects = Instruction(row, values).effects
    return "Never" if effects.control == INDIRECT and not effects.links else "None"


MODULE = """\
\"""The words of this project's assembler functions, made by `asmrv32 stubs`: do not edit.\"""

from asm_rv32 import words

__getattr__ = words.__getattr__
"""
"""What Python finds beside the stub of a project's own words."""
