"""What a row says that its instruction does: from the text of `does` to a template.

Input: the text, and the operands of the row, by name.
Output: a template as plain data, which the derived tables keep: only where they are made anew is
this loaded.
Invariant: what does not fit the operands, or has another number of them, is refused.

    rd = rs1 + imm12                                   a computation
    rd = signed8(load8(rs1 + imm12))                   loads: load8, load16, load32, zero-extended
    store16(rs1 + store12, rs2)                        stores, the low bits of a word
    goto branch13 if signed(rs1) < signed(rs2)         a label is the place that it names
    to = rs1 + imm12; rd = next; goto to & ~1          names of its own hold what comes later
    rd = swap_csr(csr, rs1)                            has a form, and no value that is known
    fflags = fflags | raised(f32_sqrt(frs1, rm))       the flags that binary32 arithmetic raises
    upper(rd) = load32(rs1 + 4)                        the second register of a pair that rd names;
                                                       of x0 it is x0, too
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache

from asm_rv32.basis.records import Any
from asm_rv32.isa.meaning import ACTS, LISTS, SYSTEM, Template
from asm_rv32.isa.operands import FFLAGS, FRM, REGISTER_NAMES, OperandKind
from asm_rv32.isa.words import RAISED, WORD, arity

GRAMMAR = os.path.join(os.path.dirname(__file__), "meaning.lark")
DEPTH_LIMIT = 40
"""Brackets of a meaning: as deep as they may be in each other."""

_FUNCTIONS = frozenset(
    "signed8 signed16 count_ones leading_zeros trailing_zeros reverse_bytes reverse_bits "
    "or_combine interleave deinterleave carryless carryless_high permute4 permute8 aes_sbox "
    "aes_inverse_sbox sm4_sbox".split()
)
"""Functions of the text that are the operation of their name; so are those of binary32."""
_STATE = {**REGISTER_NAMES, "fflags": FFLAGS, "frm": FRM}
"""What a text may name that is no operand: registers, and the parts of fcsr."""
_BY_SIGN = {
    "<": ("ltu", "lts"), ">=": ("geu", "ges"), ">>": ("shr", "sar"),
    "quotient": ("quotient", "signed_quotient"), "remainder": ("remainder", "signed_remainder"),
}  # fmt: skip
"""Operators and functions whose operation depends on `signed(...)` around their operands."""
_PLAIN = {"==": "eq", "!=": "ne", "<<": "shl", **{sign: sign for sign in "+-*&|^"}}
_LOADS = {"load8": 1, "load16": 2, "load32": 4}
_STORES = {"store8": 1, "store16": 2, "store32": 4}


class MeaningError(ValueError):
    """A meaning is malformed, or does not fit the operands of its row."""


@lru_cache(maxsize=1)
def _parser() -> Any:
    from lark import Lark

    with open(GRAMMAR, encoding="utf-8") as file:
        return Lark(file.read(), parser="lalr", maybe_placeholders=True)


def parse(text: str, kinds: Mapping[str, OperandKind]) -> Template:
    """The template of a text over the operands `kinds`, by name. Raises MeaningError."""
    from lark.exceptions import LarkError

    if not text:
        return ()  # it does nothing
    if text.count("(") > DEPTH_LIMIT:
        raise MeaningError(f"more than {DEPTH_LIMIT} brackets")
    try:
        tree = _parser().parse(text)
    except LarkError as error:
        column = getattr(error, "column", len(text) + 1)
        raise MeaningError(f"{text!r} is malformed at column {column}") from None
    return _Reader(kinds).statements(tree.children)


class _Reader:
    """Turns the tree of one text into its template."""

    def __init__(self, kinds: Mapping[str, OperandKind]) -> None:
        self.kinds = kinds
        self.locals: set[str] = set()

    def statements(self, trees: Iterable[Any]) -> Template:
        found = [self.statement(tree) for tree in trees]
        if any(form == "goto" for form, *_ in found[:-1]):
            raise MeaningError("nothing runs behind a goto")
        return tuple(found)

    def statement(self, tree: Any) -> Template:
        form, parts = tree.data, tree.children
        if form == "goto":
            target, condition = parts
            return ("goto", self.value(target), condition and self.value(condition))
        name = str(parts[0])
        if form == "act":
            return self.act(name, parts[1].children if parts[1] else ())
        if form == "set_part":
            return ("write", self.part(name, parts[1]), self.value(parts[2]))
        value = self.value(parts[1])
        if name in _STATE:
            return ("write", int(_STATE[name]), value)
        if name in self.kinds:
            if not self.kinds[name].is_register:
                raise MeaningError(f"{name} is no register")
            return ("write", name, value)
        self.locals.add(name)
        return ("let", name, value)

    def part(self, name: str, arguments: Any) -> Template:
        """The second register of a pair: `upper(rd)`."""
        trees = arguments.children if arguments else []
        if name != "upper" or [tree.data for tree in trees] != ["name"]:
            raise MeaningError(f"{name}(...) takes no value: upper(rd) does, of a pair")
        operand = str(trees[0].children[0])
        kind = self.kinds.get(operand)
        if kind is None or not kind.is_register or kind.unit != 2:
            raise MeaningError(f"{operand} names no pair: its `bits` are those from [4:1] on")
        return ("upper", operand)

    def act(self, name: str, arguments: Iterable[Any]) -> Template:
        if name in LISTS:
            names = [str(tree.children[0]) for tree in arguments if tree.data == "name"]
            if [self.kinds[each].kind for each in names if each in self.kinds] != ["reglist", name]:
                raise MeaningError(f"{name} takes a list of registers and its stack adjustment")
            return (name, *names)
        values = [self.value(argument) for argument in arguments]
        if name in _STORES and len(values) == 2:
            return ("store", _STORES[name], *values)
        if ACTS.get(name) != len(values):
            raise MeaningError(f"{name} with {len(values)} operands is not known")
        return ("act", name, *values)

    def value(self, tree: Any) -> Template:
        found, is_signed = self.marked(tree)
        if is_signed:
            raise MeaningError("signed(...) says nothing here")
        return found

    def marked(self, tree: Any) -> tuple[Template, bool]:
        """An expression, and whether `signed(...)` stands around it."""
        form, parts = tree.data, tree.children
        if form == "name":
            return self.name(str(parts[0])), False
        if form == "number":
            return ("constant", int(parts[0], 0) & WORD), False
        if form == "call":
            if parts[0] == "upper":
                return self.part("upper", parts[1]), False
            return self.call(str(parts[0]), parts[1].children if parts[1] else [])
        if form == "binary":
            return self.by_operator(str(parts[1]), parts[0], parts[2]), False
        if form == "sign":
            zero: Template = ("constant", 0)
            value = self.value(parts[1])
            return (value if parts[0] == "+" else ("operation", "-", zero, value)), False
        if form == "not":
            return ("operation", "^", self.value(parts[0]), ("constant", WORD)), False
        chosen, condition, other = (self.value(part) for part in parts)
        return ("operation", "if", condition, chosen, other), False

    def name(self, name: str) -> Template:
        if name in ("pc", "next"):
            return (name,)
        if name in self.locals:
            return ("local", name)
        if name in _STATE:
            return ("read", int(_STATE[name]))
        if name not in self.kinds:
            raise MeaningError(f"{name} is no operand, and nothing gave it a value")
        return ("operand", name)

    def by_operator(self, operator: str, left: Any, right: Any) -> Template:
        if operator in (">", "<="):
            return self.by_operator({">": "<", "<=": ">="}[operator], right, left)
        if operator in _PLAIN:
            return ("operation", _PLAIN[operator], self.value(left), self.value(right))
        if operator == ">>":
            value, is_signed = self.marked(left)
            return ("operation", _BY_SIGN[operator][is_signed], value, self.value(right))
        return self.by_sign(operator, [left, right])

    def by_sign(self, name: str, trees: list[Any]) -> Template:
        (first, one), (second, other) = (self.marked(tree) for tree in trees)
        if one != other:
            raise MeaningError(f"{name} takes both operands as signed, or none")
        return ("operation", _BY_SIGN[name][one], first, second)

    def call(self, name: str, trees: list[Any]) -> tuple[Template, bool]:
        if name == "signed" and len(trees) == 1:
            return self.value(trees[0]), True
        if name in ("quotient", "remainder") and len(trees) == 2:
            return self.by_sign(name, trees), False
        if name == "high" and len(trees) == 2:
            (first, one), (second, other) = (self.marked(tree) for tree in trees)
            if other and not one:
                raise MeaningError("high(...) takes the signed operand first")
            operation = ("high", "mixed_high", "signed_high")[one + other]
            return ("operation", operation, first, second), False
        if name == "raised" and len(trees) == 1:
            form, inner, *operands = self.value(trees[0])
            if form == "operation" and arity(flags := f"{RAISED}{inner}") == len(operands):
                return ("operation", flags, *operands), False
            raise MeaningError("raised takes an operation of binary32")
        values = [self.value(tree) for tree in trees]
        if (name in _FUNCTIONS or name.startswith("f32_")) and arity(name) == len(values):
            return ("operation", name, *values), False
        if name in _LOADS and len(values) == 1:
            return ("load", _LOADS[name], *values), False
        if SYSTEM.get(name) == len(values):
            if name.endswith("_csr") and not self.is_fixed(values[0]):
                raise MeaningError(
                    f"{name} takes the number of a register, or a csr operand, first"
                )
            return ("system", name, *values), False
        raise MeaningError(f"{name} with {len(values)} operands is not known")

    def is_fixed(self, value: Template) -> bool:
        """Whether a value is known of each instruction: of no register, memory or name."""
        if value[0] == "operand":
            return not self.kinds[value[1]].is_register
        if value[0] == "operation":
            return all(map(self.is_fixed, value[2:]))
        return bool(value[0] == "constant")
