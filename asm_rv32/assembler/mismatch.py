"""Why an instruction's operands fit none of its forms, in words that help.

Input: an `Operation` that no row accepts.
Output: one `Diagnostic`: the first wrong operand of the form that comes nearest, a mend, and, of
several forms, each with the reason why it is not the one.
Invariant: ranges, registers and forms are computed from the tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations

from asm_rv32.assembler.foreign import unknown_mnemonic
from asm_rv32.assembler.ir import LabelScope, Number, Operation
from asm_rv32.assembler.match import beside
from asm_rv32.assembler.reading.expressions import describe, where_named
from asm_rv32.assembler.reading.grammar import Node
from asm_rv32.assembler.reading.program import Written
from asm_rv32.assembler.suggest import OPERANDS_LIMIT, for_immediates, number_forms, suggested
from asm_rv32.basis.diagnostics import Accepted, Diagnostic, Help, Source, Span, did_you_mean
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.kinds import Csr, Integer
from asm_rv32.isa.operands import (
    FLOAT,
    FLOAT_REGISTER_NAMES,
    REGISTER_NAMES,
    SAVED_REGISTERS,
    LabelSum,
    Memory,
    OperandKind,
    Register,
    RegisterSet,
    Symbol,
    Value,
    spelled,
)
from asm_rv32.isa.rows import Row, Slot, Syntax
from asm_rv32.isa.sets import InstructionSet
from asm_rv32.isa.tables import python_name
from asm_rv32.isa.wording import written_form

_OTHER_REGISTER = re.compile(r"f[tsa]?\d\d?|v\d\d?")
_LIKE_A_REGISTER = re.compile(r"[xast]\d+")
_USUAL = "NAME takes WANTED here, got GOT"
_NUMBERED_LABEL = re.compile(r"\d+[bf]")


class _Wrong(NamedTuple):
    """An operand that does not fit a form."""

    code: str
    wanted: str
    """What the form takes in its place."""
    got: str
    node: Node | None
    message: str = _USUAL
    notes: tuple[str, ...] = ()
    or_zero: str = ""
    """What is wanted where another form takes 0."""
    is_number: bool = True
    """False where the form has a register or a label there."""


class _Form(NamedTuple):
    """A form, and what of the operands does not fit it, by position."""

    text: str
    length: int
    wrong: dict[int, _Wrong]
    fits_count: bool

    @property
    def distance(self) -> tuple[bool, int, int]:
        """The less, the likelier is it that this form is meant."""
        return (not self.fits_count, len(self.wrong), -min(self.wrong, default=0))

    @property
    def reason(self) -> str:
        if not self.fits_count:
            return f"takes {_counted([self.length])}"
        if not self.wrong:
            return "takes different registers"
        position = min(self.wrong)
        wrong = self.wrong[position]
        return f"operand {position + 1} takes {wrong.wanted}, got {wrong.got}"


def unfit(item: Operation | Number, source: Source, instructions: InstructionSet) -> Diagnostic:
    """The diagnostic for an operation that no row of its mnemonic accepts, or for a number among
    data that stands for nothing."""
    written = item.written
    if isinstance(item, Number):
        return _no_number(item, source)
    item = item._replace(operands=tuple(_given(value, item.scope) for value in item.operands))
    unknown = _unknown_in_sum(item)
    if unknown is not None:
        node = written.node.parts[1:][unknown.operand]
        message = f"{unknown.name!r} has no value here"
        span = written.span(source, where_named(node, written.tokens, unknown.name))
        near = did_you_mean(unknown.name, _labels(item.scope))
        return Diagnostic("unknown-name", message, span,
                          near + accepted_forms(item.mnemonic, instructions))  # fmt: skip
    callee = written.node.parts[0]
    rows = instructions.rows(item.mnemonic)
    name = python_name(item.mnemonic) if rows else item.mnemonic
    name = name or "".join(written.tokens[callee.first : callee.last + 1])
    if not rows:
        parts = written.node.parts[1:]
        operands = [written.text(source, node) for node in parts]
        return unknown_mnemonic(name, written.span(source, callee), instructions, operands)
    return _no_form(name, item, source, instructions)


def _no_form(
    name: str, item: Operation, source: Source, instructions: InstructionSet
) -> Diagnostic:
    """The diagnostic for an operation of a known instruction; `name` is as it is written."""
    written, rows = item.written, instructions.rows(item.mnemonic)
    forms = sorted(_forms(name, item, instructions, rows), key=lambda form: form.distance)
    nearest = forms[0]
    instead = suggested(item, source, instructions)
    notes: tuple[str, ...] = (Help(f"help: {instead}", (instead,)),) if instead else ()
    if not nearest.fits_count:
        return _wrong_count(name, item, source, forms, notes)
    if not nearest.wrong:
        message = f"the registers of {name!r} must be different ones"
        return Diagnostic("register-class", message, written.span(source, _from(item, 0)), notes)
    at = min(nearest.wrong)
    wrong = nearest.wrong[at]
    if not instead and len(nearest.wrong) > 1:
        for order in _other_orders(name, item, instructions, rows):
            ((at, wrong),) = order.wrong.items()
            notes += (f"note: the order is {order.text}",)
            break
    wanted = wrong.wanted
    if wrong.or_zero and any(_takes_zero(form, at) for form in forms):
        wanted = wrong.or_zero
    message = _filled(wrong.message, NAME=repr(name), WANTED=wanted, GOT=wrong.got)
    if not (instead and wrong.code == "unknown-name"):
        notes = wrong.notes + notes
    notes += _accepted(forms, wrong.code == "operand-kind")
    for mnemonic, row, syntax in number_forms(item, at, instructions):
        if not wrong.is_number and not instead.startswith(f"{python_name(mnemonic)}("):
            form = written_form(python_name(mnemonic), row, syntax)
            notes += (f"note: there is {form}, too",)
    return Diagnostic(wrong.code, message, written.span(source, wrong.node), notes)


def _wrong_count(
    name: str, item: Operation, source: Source, forms: list[_Form], notes: tuple[str, ...]
) -> Diagnostic:
    message = f"{name!r} takes {_counted(sorted({form.length for form in forms}))}"
    message += f", got {len(item.operands)}"
    most = max(form.length for form in forms)
    span = item.written.span(source, _from(item, most) if len(item.operands) > most else None)
    for operand in item.operands[most : most + 1]:
        if isinstance(operand, Symbol) and operand[0] == "%":
            notes = (*_relocation_notes(operand), *notes)
    return Diagnostic("operand-count", message, span, notes + _accepted(forms, True))


def _given(value: Value, scope: LabelScope) -> Value:
    """An operand; where it is a macro's parameter, the name that is given for it."""
    home = scope.home(value) if isinstance(value, Symbol) else None
    return Symbol(home[1]) if home is not None else value


class _Unknown(NamedTuple):
    """A name among the operands that stands for nothing, in a sum."""

    name: str
    operand: int


def _unknown_in_sum(item: Operation) -> _Unknown | None:
    """The first name of a sum that is no label of the function, where one stands in an operand."""
    for at, value in enumerate(item.operands):
        for part in value if isinstance(value, Memory) else (value,):
            if isinstance(part, LabelSum):
                for name in filter(None, (part.plus, part.minus)):
                    if item.scope.find(name) is None:
                        return _Unknown(name, at)
    return None


def _no_number(item: Number, source: Source) -> Diagnostic:
    """What is wrong with a number among data."""
    written, value = item.written, item.value
    names = [name for name in (value.plus, value.minus) if name and item.scope.find(name) is None]
    if names:
        span = written.span(source, where_named(item.node, written.tokens, names[0]))
        notes = did_you_mean(names[0], _labels(item.scope))
        return Diagnostic("unknown-name", f"{names[0]!r} has no value here", span, notes)
    span = written.span(source, item.node)
    if value.part:
        message = f"{value.part}() is for an instruction's operand"
        return Diagnostic("operand-kind", message, span)
    message = f"an address has 4 bytes, and data({item.size}, ...) has {item.size}"
    note = "help: data(4, ...), or the distance from a label: case - table"
    return Diagnostic("operand-kind", message, span, (note,))


def _forms(
    name: str, item: Operation, instructions: InstructionSet, rows: tuple[Row, ...]
) -> Iterator[_Form]:
    seen = set()
    for row in rows:
        for syntax in row.syntaxes:
            text = written_form(name, row, syntax)
            if text in seen:
                continue
            seen.add(text)
            fits_count = len(syntax.shape) == len(item.operands)
            wrong = _Check(name, item, instructions, row, syntax).wrong() if fits_count else {}
            yield _Form(text, len(syntax.shape), wrong, fits_count)


def _other_orders(
    name: str, item: Operation, instructions: InstructionSet, rows: tuple[Row, ...]
) -> Iterator[_Form]:
    """Forms that the operands fit in another order, but for one that is out of its bounds."""
    count = len(item.operands)
    callee, *nodes = item.written.node.parts
    for order in permutations(range(count)) if count <= OPERANDS_LIMIT else ():
        parts = (callee, *(nodes[at] for at in order))
        written = item.written.part(item.written.node._replace(parts=parts))
        operands = tuple(item.operands[at] for at in order)
        trial = item._replace(operands=operands, written=written)
        for form in _forms(name, trial, instructions, rows):
            wrong = list(form.wrong.values())
            if form.fits_count and len(wrong) == 1 and wrong[0].code in _OUT_OF_BOUNDS:
                yield form


_OUT_OF_BOUNDS = ("immediate-range", "immediate-alignment", "immediate-zero", "unknown-csr")


def _counted(counts: list[int]) -> str:
    return " or ".join(map(str, counts)) + (" operand" if counts == [1] else " operands")


def _filled(message: str, **words: str) -> str:
    return re.sub("|".join(words), lambda match: words[match[0]], message)


def _from(item: Operation, position: int) -> Node:
    """The operands from a position on, as one piece."""
    operands = item.written.node.parts[1 + position :]
    return Node("operands", operands[0].first, operands[-1].last, ())


def _takes_zero(form: _Form, at: int) -> bool:
    """True of a form, a HINT as a rule, that takes 0 where another takes anything but that."""
    return list(form.wrong) == [at] and form.wrong[at].wanted == "0"


def _accepted(forms: list[_Form], wanted: bool) -> tuple[str, ...]:
    """The forms; where there are several, each with the reason why it does not fit."""
    if len(forms) > 1:
        return tuple(f"note: {form.text}: {form.reason}" for form in forms)
    return (Accepted(f"help: accepted: {forms[0].text}"),) if wanted else ()


# ---- forms in words


def accepted_forms(mnemonic: str, instructions: InstructionSet) -> tuple[str, ...]:
    """The forms of a mnemonic, a note each: for an operand that is none at all.

    Of a word that is no mnemonic, what does the same here.
    """
    if not instructions.rows(mnemonic):
        return unknown_mnemonic(mnemonic, Span(0, 0), instructions).notes
    return tuple(dict.fromkeys(
        Accepted(f"help: accepted: {written_form(python_name(name), row, syntax)}")
        for name in (mnemonic, *for_immediates(mnemonic, instructions))
        for row in instructions.rows(name) for syntax in row.syntaxes
    ))  # fmt: skip


# ---- one form


class _Check:
    """The operands of an operation against one form that has as many."""

    def __init__(
        self, name: str, item: Operation, instructions: InstructionSet, row: Row, syntax: Syntax
    ) -> None:
        self.name = name
        self.item = item
        self.instructions = instructions
        self.row = row
        self.syntax = syntax

    def wrong(self) -> dict[int, _Wrong]:
        """What does not fit, by the position of the operand."""
        found = {}
        nodes = self.item.written.node.parts[1:]
        operands = zip(self.syntax.operands(), self.item.operands, nodes)
        for at, (own, value, node) in enumerate(operands):
            if len(own) == 1:
                wrong = self._value(at, own[0], value, node)
            elif isinstance(value, Memory):
                wrong = self._memory(at, own, value, node)
            else:
                wrong = _Wrong("operand-kind", "a memory operand", describe(value), node)
            if wrong is not None:
                found[at] = wrong
        return found

    def _memory(self, at: int, slots: tuple[Slot, ...], value: Memory, node: Node) -> _Wrong | None:
        # The parts have nodes of their own where the whole is not in brackets: `4(a1)`.
        parts = node.parts if node.kind == "call" else (node, node)
        for slot, part, place in zip(slots, value, parts):
            wrong = self._value(at, slot, part, place)
            if wrong is not None:
                return wrong
        return None

    def _value(self, at: int, slot: Slot, value: Value, node: Node) -> _Wrong | None:
        variable, literal = slot
        if variable < 0:
            if value == literal and (type(value) is Register) == (type(literal) is Register):
                return None
            return _Wrong("operand-kind", str(literal), describe(value), node)
        kind = self.row.kinds[variable]
        if kind.is_target:
            return self._target(kind, value, node)
        number = kind.read(value, beside(self.instructions, self.item, at))
        if number is not None and number in kind.values:
            return None
        if isinstance(value, Symbol) and Symbol not in kind.takes:
            return self._no_value(kind, value, node)
        if number is None:
            return self._of_another_kind(kind, value, node)
        return self._out_of_range(kind, value, number, node)

    def _wrong(self, code: str, kind: OperandKind, got: str, node: Node) -> _Wrong:
        wanted, or_zero = kind.wanted(self.item.operands[0]), ""
        if kind.nonzero:
            or_zero = wanted.removesuffix(", not 0") if kind.signed else f"0..{kind.maximum}"
        is_number = not kind.is_register and not kind.is_target
        return _Wrong(code, wanted, got, node, or_zero=or_zero, is_number=is_number)

    # ---- targets

    def _target(self, kind: OperandKind, value: Value, node: Node) -> _Wrong | None:
        item = self.item
        place = node.bare
        text = item.written.tokens[place.first] if place.kind == "name" else ""
        if text and item.scope.find(text) is not None:
            return None
        if not isinstance(value, Symbol) or not value.isidentifier():
            message = "NAME takes a label as its target, got GOT"
            notes = _symbol_notes(value, kind, item.scope) if isinstance(value, Symbol) else ()
            notes += ("help: put label(there) at the target and write its name", self._reach(kind))
            return self._wrong("operand-kind", kind, describe(value), node)._replace(
                message=message, notes=notes
            )
        message = "there is no label GOT in this function"
        scope, _ = item.scope.home(text) or (item.scope, "")
        inside = item.written.inside
        if inside is not None and scope is item.scope:
            message = "there is no label GOT in this macro"
            notes = did_you_mean(value, _labels(scope)) or (
                f"help: make it a parameter of {inside.macro.name}: a macro does not see the "
                f"labels where it is used",
            )
            return self._wrong("unknown-label", kind, repr(str(value)), node)._replace(
                message=message, notes=notes
            )
        notes = did_you_mean(value, _labels(scope)) or (
            f"help: label({value}) makes one; a function elsewhere is called by its address, "
            f"jalr(register)",
        )
        return self._wrong("unknown-label", kind, repr(str(value)), node)._replace(
            message=message, notes=notes
        )

    def _reach(self, kind: OperandKind) -> str:
        first = self.row.expansion[0].row if self.row.is_pseudo else self.row
        further = "; the default dialect goes further by a longer sequence" if first.far else ""
        return f"note: a label may be {kind.accepted} bytes away{further}"

    # ---- values

    def _no_value(self, kind: OperandKind, value: Symbol, node: Node) -> _Wrong:
        message = "GOT has no value here; NAME takes WANTED"
        notes = _symbol_notes(value, kind, self.item.scope)
        return self._wrong("unknown-name", kind, repr(str(value)), node)._replace(
            message=message, notes=notes
        )

    def _of_another_kind(self, kind: OperandKind, value: Value, node: Node) -> _Wrong:
        if isinstance(kind, Csr) and isinstance(value, Symbol):
            message = "there is no CSR GOT; NAME takes WANTED"
            notes = did_you_mean(value, self.instructions.csr_numbers)
            return self._wrong("unknown-csr", kind, repr(str(value)), node)._replace(
                message=message, notes=notes
            )
        if isinstance(value, RegisterSet) and RegisterSet in kind.takes:
            notes = ("note: a set can end in s9 or s11, not in s10",)
            at, got = _misfit(value, node, self.item.written)
            return self._wrong("register-class", kind, got, at)._replace(notes=notes)
        return self._wrong("operand-kind", kind, describe(value), node)

    def _out_of_range(self, kind: OperandKind, value: Value, number: int, node: Node) -> _Wrong:
        got = spelled(value)
        if kind.is_register:
            found = self._wrong("register-class", kind, got, node)
            if (number >= FLOAT) == (FLOAT in kind.values):
                return found
            note = "note: fmv_x_w(rd, frs1) moves bits out of a floating-point register, fmv_w_x in"
            return found._replace(notes=(note,))
        if kind.nonzero and number == 0:
            return self._wrong("immediate-zero", kind, got, node)
        within = kind.minimum <= number <= kind.maximum and isinstance(kind, Integer)
        if within and number % kind.unit:
            low = number - number % kind.unit
            near = [str(value) for value in (low, low + kind.unit) if value in kind.values]
            notes = (f"help: {' and '.join(near)} {'are' if len(near) > 1 else 'is'} the nearest",)
            return self._wrong("immediate-alignment", kind, got, node)._replace(notes=notes)
        return self._wrong("immediate-range", kind, got, node)


def _labels(scope: LabelScope | None) -> list[str]:
    found: list[str] = []
    while scope is not None:
        found += scope.labels
        scope = scope.outer
    return found


def _symbol_notes(value: Symbol, kind: OperandKind, scope: LabelScope) -> tuple[str, ...]:
    """What a name without a value may be meant for."""
    if scope.find(value) is not None:
        return ("note: it is a label; only branches, jumps and la take labels",)
    if value[0] == "%":
        return _relocation_notes(value)
    if _NUMBERED_LABEL.fullmatch(value):
        return ("note: labels have names here: label(again)",)
    if value == "fp":
        return ("help: the frame pointer is s0",)
    if value.lower() in REGISTER_NAMES and kind.is_register:
        return (f"help: {value.lower()}",)
    if kind.is_register and FLOAT in kind.values:
        return (*did_you_mean(value, FLOAT_REGISTER_NAMES),
                "note: registers are ft0..ft11, fs0..fs11, fa0..fa7, and f0..f31")  # fmt: skip
    if _OTHER_REGISTER.fullmatch(value):
        return ("note: there are the integer registers only, x0..x31",)
    if _LIKE_A_REGISTER.fullmatch(value) and kind.is_register:
        return ("note: registers are zero, ra, sp, gp, tp, t0..t6, s0..s11, a0..a7, and x0..x31",)
    return did_you_mean(value, REGISTER_NAMES) if kind.is_register else ()


def _relocation_notes(value: Symbol) -> tuple[str, ...]:
    """`%lo(x)` and its like are GNU's, for a linker to fill in; `%a0` is a register to some."""
    if value[1:] in REGISTER_NAMES:
        return (f"help: {value[1:]}",)
    if value.startswith(("%hi(", "%lo(")):
        return (f"help: of a number, {value[1:]}; of a label, la(rd, label) makes the address",)
    return ("help: there is no linker; la(rd, label) makes an address",)


def _misfit(value: RegisterSet, node: Node, written: Written) -> tuple[Node, str]:
    """The element of a register set that is not the next of ra, s0, s1, ..., and what it is."""
    order = (REGISTER_NAMES["ra"], *SAVED_REGISTERS)
    held = set(value.registers)
    expected = next((register for register in order if register not in held), None)
    elements = node.parts if node.kind == "set" else ()
    for element in elements:
        words = [written.tokens[index] for index in range(element.first, element.last + 1)]
        ends = [REGISTER_NAMES[word] for word in words if word in REGISTER_NAMES]
        if not ends or ends[-1] not in order or (expected and ends[-1] > expected):
            return element, "".join(words)
    return node, spelled(value)
