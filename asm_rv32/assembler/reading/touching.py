"""What a line of Python's may do to the names on it, told from its tokens alone.

Input: tokens. Output: the names that it binds, and those by which it gets hold of a value.
Invariant: what is not plain to see counts as done.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from asm_rv32.assembler.reading.lines import LETTER, LogicalLine
from asm_rv32.assembler.reading.scopes import ITEMS, WHOLE

_SIMPLE = frozenset(
    LETTER[name]
    for name in (
        "NAME NUMBER EQUAL COLON LPAR RPAR ADD MUL SHIFT POW TILDE COMPARE BIT_OR BIT_XOR BIT_AND "
        "IF ELSE AND OR NOT"
    ).split()
)
"""What the expression of an integer is made of, as a rule."""
_PURE = frozenset(
    "print len sum sorted min max enumerate repr str hex bytes bytearray list tuple array range "
    "reversed zip isinstance id type any all ord abs int const encode fromhex from_bytes "
    "if elif while and or not in assert return".split()
)
"""Functions of Python that change nothing of what they are given."""
_LOOKING = frozenset(
    "print len sum repr str hex bytes bytearray array isinstance id type any all ord abs int "
    "from_bytes".split()
)
"""Those of them that give nothing of it away."""
OPERATORS = frozenset("+-*@&|^%") | {"/", "//", "<<", ">>", "**"}
OPENING, CLOSING = frozenset("([{"), frozenset(")]}")
_COMPARED = frozenset(("==", "!=", "<", "<=", ">", ">=", "in", "not"))


def _is_name(token: str) -> bool:
    return token.isidentifier() or token in ")]"


def calls_unknown(tokens: list[str]) -> bool:
    """True where something is called that may change what it gets, or anything else."""
    return "(" in tokens and any(
        token == "(" and _is_name(before) and before not in _PURE
        for before, token in pairwise(tokens)
    )


def is_arithmetic(line: LogicalLine) -> bool:
    """True where an expression is made of integers, names and operators, and of `const` alone."""
    tokens = line.tokens
    return set(line.shape) <= _SIMPLE and (
        "(" not in tokens
        or all(
            token != "(" or not before.isidentifier() or before == "const"
            for before, token in pairwise(tokens)
        )
    )


def bound_names(tokens: list[str], with_owners: bool = True) -> Iterator[str]:
    """The names that a target binds; with owners, those too whose attribute or item it sets."""
    depth = 0
    for index, token in enumerate(tokens):
        if (token == "[" and index and _is_name(tokens[index - 1])) or (token == "[" and depth):
            depth += 1
        elif token == "]" and depth:
            depth -= 1
        elif depth or not token.isidentifier() or tokens[index - 1 : index] == ["."]:
            continue
        elif with_owners or tokens[index + 1 : index + 2] not in (["."], ["["]):
            yield token


def mentions(tokens: list[str], names: set[str]) -> Iterator[tuple[str, int]]:
    """The names on a line by which more of them is got than a number: (name, ITEMS or WHOLE)."""
    if names.isdisjoint(tokens):
        return
    for index, token in enumerate(tokens):
        if token not in names:
            continue
        before = tokens[index - 1] if index else ""
        after = tokens[index + 1] if index + 1 < len(tokens) else ""
        if before in _COMPARED or after in _COMPARED or before in (".", "def"):
            if before == "in":
                yield token, ITEMS
        elif before == "(" and index > 1 and tokens[index - 2] in _LOOKING and after in (")", ","):
            continue
        else:
            yield token, ITEMS if after == "[" else WHOLE
