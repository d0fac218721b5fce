"""The candidate forms of every item, smallest first.

Input: an `Expansion` and the instruction set.
Output: one `Fragment` an item, in order, and the operations that fit no form.
Invariant: compression, far jumps and constants are all candidates of one list; which one is taken
is relaxation's choice.
"""

from __future__ import annotations

from collections.abc import Iterator

from asm_rv32.assembler.constants import board_constant, shortest_constant
from asm_rv32.assembler.ir import (
    Align,
    Bytes,
    Expansion,
    Form,
    Fragment,
    Item,
    Operation,
    Piece,
    Unfit,
)
from asm_rv32.assembler.match import Plan, fit, flat, plans
from asm_rv32.basis.diagnostics import ERROR_LIMIT
from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.isa.operands import RA, T1, ZERO
from asm_rv32.isa.rows import Row, Step, bound, read_backwards
from asm_rv32.isa.sets import InstructionSet

FORMS_KEPT = 20_000
"""Statements whose forms are remembered: most come again soon."""
FAR_REACH = (1 << 31) - 4096
"""What auipc with a 12-bit offset reaches, less a page for its rounding."""


class Mode(NamedTuple):
    """How much the assembler may choose by itself."""

    compress: bool
    relax: bool = True
    board: bool = False
    """`li` and `mv` take the sizes that MicroPython's own assembler gives them."""


def fragments(
    expansion: Expansion, instructions: InstructionSet, mode: Mode
) -> tuple[list[Fragment], list[Unfit]]:
    """One fragment for each item. Where something is wrong the fragment is empty."""
    chooser = _Chooser(instructions, mode)
    found = []
    for item in expansion.items:
        found.append(chooser.fragment(item))
        if len(chooser.unfit) >= ERROR_LIMIT:
            break
    return found, chooser.unfit


def return_fragment(instructions: InstructionSet, mode: Mode, start: int, end: int) -> Fragment:
    """The return that is appended to a function; its place is the function's."""
    row = instructions.row("jalr")
    values = (int(ZERO), int(RA), 0)
    forms = _Builder(instructions, mode._replace(compress=mode.compress or mode.board)).forms(
        row, values
    )
    return Fragment(forms, start, end)


def _empty_form(size: int) -> tuple[Form, ...]:
    return (Form(size, (), data=bytes(size)),)


class _Chooser:
    def __init__(self, instructions: InstructionSet, mode: Mode) -> None:
        self.instructions = instructions
        self.builder = _Builder(instructions, mode)
        self.mode = mode
        self.unfit: list[Unfit] = []
        self._known: dict[tuple[Any, ...], tuple[Form, ...]] = {}
        self._targeted: dict[str, bool] = {}
        self._planned: dict[tuple[str, str], tuple[Plan, ...]] = {}

    def _plans(self, mnemonic: str, letters: str) -> tuple[Plan, ...]:
        key = (mnemonic, letters)
        found = self._planned.get(key)
        if found is None:
            found = self._planned[key] = plans(self.instructions, mnemonic, letters)
        return found

    def fragment(self, item: Item) -> Fragment:
        if isinstance(item, Operation):
            return self._operation(item)
        written = item.written
        if isinstance(item, Align):
            return Fragment((), written.start, written.end, alignment=item.multiple)
        if isinstance(item, Bytes):
            form = Form(len(item.data), (), data=item.data)
            return Fragment((form,), written.start, written.end)
        return Fragment(_empty_form(item.size), written.start, written.end)

    def _operation(self, item: Operation) -> Fragment:
        mnemonic, operands, written, scope = item
        letters, values = flat(operands)
        target = -1
        key: tuple[Any, ...]
        targeted = self._targeted.get(mnemonic)
        if targeted is None:
            targeted = self._targeted[mnemonic] = any(
                row.target >= 0 for row in self.instructions.rows(mnemonic)
            )
        if targeted and values and (place := written.node.parts[-1].bare).kind == "name":
            # A name in the place of a target is a label first, whatever else it may mean outside.
            found = scope.find(written.tokens[place.first])
            if found is not None:
                target = found
                letters = letters[:-1] + "n"
                values[-1] = ""
        key = (mnemonic, letters, *values)
        forms = self._known.get(key)
        if forms is None:
            for plan in self._plans(mnemonic, letters):
                row_values = fit(plan, self.instructions, values, item)
                if row_values is not None and (plan.row.target < 0 or target >= 0):
                    break
            else:
                self.unfit.append(Unfit(item))
                return Fragment(_empty_form(4), written.start, written.end)
            forms = self.builder.forms(plan.row, row_values)
            if plan.remembered:
                if len(self._known) > FORMS_KEPT:
                    self._known.clear()
                self._known[key] = forms
        return Fragment(forms, written.start, written.end, target)


class _Builder:
    """Builds the forms of a row with values: pure, so that its results can be kept."""

    def __init__(self, instructions: InstructionSet, mode: Mode) -> None:
        self.instructions = instructions
        self.mode = mode
        self.compress = mode.compress and instructions.compressed

    def forms(self, row: Row, values: tuple[int, ...]) -> tuple[Form, ...]:
        """The candidate forms, smallest first."""
        if row.size:
            return self._encoded(row, values)
        if row.data["expands"] == "constant":
            return (self._constant(*values),)
        if self.mode.board and row.name == "mv" and self.instructions.compressed:
            if values[1] == ZERO:
                # c.mv from zero would be the encoding of c.jr.
                return self._encoded(self.instructions.row("c.li"), (values[0], 0))
            return self._encoded(self.instructions.row("c.mv"), values)
        steps = row.expansion
        if len(steps) == 1:
            step = steps[0]
            placeholder = [bound(term, values) for term in step.terms]
            return self._encoded(step.row, tuple(placeholder))
        return (self._form(self._bind(row, values, steps)),)

    def _encoded(self, row: Row, values: tuple[int, ...]) -> tuple[Form, ...]:
        if row.target < 0:
            row, values = self._shortest(row, values)
            return (Form(row.size, (Piece(row, values),)),)
        forms = []
        if self.compress:
            for shorter, pattern in row.shorter:
                found = read_backwards(pattern, values)
                if found is not None:
                    forms.append(self._form([Piece(shorter, found, shorter.target)]))
        forms.append(self._form([Piece(row, values, row.target)]))
        if self.mode.relax:
            for pieces in self._further(row, values):
                # A jump through a register that has no link register borrows one.
                borrows = pieces[-1].part == "lo" and pieces[-1].values[0] == ZERO
                forms.append(self._form(pieces, borrows))
        return tuple(forms)

    def _shortest(self, row: Row, values: tuple[int, ...]) -> tuple[Row, tuple[int, ...]]:
        if self.compress:
            for shorter, pattern in row.shorter:
                found = read_backwards(pattern, values)
                if found is not None:
                    return shorter, found
        return row, values

    def _further(self, row: Row, values: tuple[int, ...]) -> Iterator[list[Piece]]:
        """Sequences that reach further than `row`, nearest first."""
        if not row.far:
            return
        *first, last = self._bind(row, values, row.far)
        if last.part:
            yield [*first, last]
            return
        yield [*first, last]
        for longer in self._further(last.row, last.values):
            yield [*first, *longer]

    def _bind(self, row: Row, values: tuple[int, ...], steps: tuple[Step, ...]) -> list[Piece]:
        """The pieces of an expansion; their anchors are set by `_form`."""
        pieces = []
        for step in steps:
            target, part = -1, ""
            bindings = []
            for index, term in enumerate(step.terms):
                if term.part == "scratch":
                    link = values[row.variables.index("rd")]
                    bindings.append(link or int(T1))
                    continue
                bindings.append(0 if term.part else bound(term, values))
                if term.part or (term.variable >= 0 and row.kinds[term.variable].is_target):
                    target, part = index, term.part
            pieces.append(Piece(step.row, tuple(bindings), target, part))
        return pieces

    def _form(self, pieces: list[Piece], scratch: bool = False) -> Form:
        """The form of these pieces: each as short as it can be, anchors and reach worked out."""
        if len(pieces) > 1:
            pieces = [self._shortened(piece) for piece in pieces]
        size = sum(piece.row.size for piece in pieces)
        low, high = (0, 0)
        offset = base = 0
        placed = []
        for piece in pieces:
            if piece.part == "hi":
                base = offset
                low, high = base - FAR_REACH, base + FAR_REACH
            anchor = base if piece.part in ("hi", "lo") else offset
            if piece.part == "end":
                values = list(piece.values)
                values[piece.target] = size - offset
                piece = piece._replace(values=tuple(values), target=-1)
            elif piece.target >= 0:
                piece = piece._replace(anchor=anchor)
                if not piece.part:
                    kind = piece.row.kinds[piece.target]
                    low, high = kind.minimum + offset, kind.maximum + offset
            placed.append(piece)
            offset += piece.row.size
        return Form(size, tuple(placed), low, high, scratch=scratch)

    def _shortened(self, piece: Piece) -> Piece:
        if piece.target < 0:
            row, values = self._shortest(piece.row, piece.values)
            return Piece(row, values)
        if piece.part == "end" and self.compress:
            for shorter, pattern in piece.row.shorter:
                found = read_backwards(pattern, piece.values)
                if found is not None:
                    return Piece(shorter, found, shorter.target, "end")
        return piece

    def _constant(self, register: int, value: int) -> Form:
        if self.mode.board and self.instructions.compressed:
            sequence = board_constant(value, register)
        else:
            sequence = shortest_constant(value, register, self.compress)
        pieces = []
        for index, (name, immediate) in enumerate(sequence):
            row = self.instructions.row(name)
            source = register if index else int(ZERO)
            pieces.append(Piece(row, _with_immediate(row, register, source, immediate)))
        if len(pieces) == 1:
            row, values = self._shortest(*pieces[0][:2])
            return Form(row.size, (Piece(row, values),))
        return Form(sum(piece.row.size for piece in pieces), tuple(pieces))


def _with_immediate(row: Row, register: int, source: int, immediate: int) -> tuple[int, ...]:
    """The values of a row that has a destination, perhaps a source, and an immediate."""
    registers = iter((register, source))
    return tuple(next(registers) if kind.is_register else immediate for kind in row.kinds)
