"""The candidate forms of every item, smallest first.

Input: an `Expansion` and the instruction set.
Output: one `Fragment` an item, in order, and what is wrong as `Diagnostic`s.
Invariant: compression, far jumps and constants are all candidates of one list; which one is taken
is relaxation's choice.
"""

from __future__ import annotations

from typing import Any, Iterator, NamedTuple

from asm_rv32.constants import board_constant, shortest_constant
from asm_rv32.diagnostics import Diagnostic, Source
from asm_rv32.ir import (
    Align,
    Bytes,
    Expansion,
    Form,
    Fragment,
    Memory,
    Operation,
    Piece,
    RegisterSet,
    Symbol,
    Value,
)
from asm_rv32.mismatch import explain
from asm_rv32.operands import RA, T1, ZERO, OperandKind, Register
from asm_rv32.tables import InstructionSet, Row, Step, Syntax, bound, read_backwards

FAR_REACH = (1 << 31) - 4096
"""What auipc with a 12-bit offset reaches, less a page for its rounding."""


class Mode(NamedTuple):
    """How much the assembler may choose by itself."""

    compress: bool = True
    relax: bool = True
    board: bool = False
    """`li` and `mv` take the sizes that MicroPython's own assembler gives them."""


def fragments(
    expansion: Expansion, source: Source, instructions: InstructionSet, mode: Mode
) -> tuple[list[Fragment], list[Diagnostic]]:
    """One fragment for each item. Where something is wrong the fragment is empty."""
    chooser = _Chooser(source, instructions, mode)
    return [chooser.fragment(item) for item in expansion.items], chooser.diagnostics


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


_LETTERS: dict[type, str] = {
    int: "i", Register: "r", Symbol: "n", Memory: "m", RegisterSet: "s", bytes: "b",
}  # fmt: skip


def _flat(operands: tuple[Value, ...]) -> tuple[str, list[Any]]:
    """The operands' kinds as letters, a memory operand as `m` and its two parts; their values."""
    letters = ""
    values: list[Any] = []
    for value in operands:
        letter = _LETTERS[type(value)]
        letters += letter
        if letter == "m":
            offset, base = value  # type: ignore[misc]
            letters += _LETTERS[type(offset)] + _LETTERS[type(base)]
            values += (offset, base)
        else:
            values.append(value)
    return letters, values


class _Chooser:
    def __init__(self, source: Source, instructions: InstructionSet, mode: Mode) -> None:
        self.source = source
        self.instructions = instructions
        self.builder = _Builder(instructions, mode)
        self.mode = mode
        self.diagnostics: list[Diagnostic] = []
        self._known: dict[tuple[Any, ...], tuple[Form, ...]] = {}
        self._targeted: dict[str, bool] = {}

    def fragment(self, item: Operation | Bytes | Any) -> Fragment:
        if type(item) is Operation:
            return self._operation(item)
        written = item.written
        if type(item) is Align:
            return Fragment((), written.start, written.end, alignment=item.multiple)
        if type(item) is Bytes:
            form = Form(len(item.data), (), data=item.data)
            return Fragment((form,), written.start, written.end)
        return Fragment(_empty_form(item.size), written.start, written.end)

    def _operation(self, item: Operation) -> Fragment:
        mnemonic, operands, written, scope = item
        letters, values = _flat(operands)
        target = -1
        key: tuple[Any, ...]
        targeted = self._targeted.get(mnemonic)
        if targeted is None:
            targeted = self._targeted[mnemonic] = any(
                row.target >= 0 for row in self.instructions.rows(mnemonic)
            )
        if targeted and values and written.node.parts[-1].kind == "name":
            # A name in the place of a target is a label first, whatever else it may mean outside.
            name = written.tokens[written.node.parts[-1].first]
            found = scope.find(name)
            if found is not None:
                target = found
                letters = letters[:-1] + "n"
                values[-1] = ""
        key = (mnemonic, letters, *values)
        forms = self._known.get(key)
        if forms is None:
            selected = select(self.instructions, mnemonic, letters, values, item)
            if selected is None:
                self.diagnostics.append(explain(item, self.source, self.instructions))
                return Fragment(_empty_form(4), written.start, written.end)
            row, row_values, cacheable = selected
            if targeted and row.target >= 0 and target < 0:
                self.diagnostics.append(explain(item, self.source, self.instructions))
                return Fragment(_empty_form(4), written.start, written.end)
            forms = self.builder.forms(row, row_values)
            if cacheable:
                self._known[key] = forms
        return Fragment(forms, written.start, written.end, target)


def select(
    instructions: InstructionSet, mnemonic: str, letters: str, values: list[Any], item: Operation
) -> tuple[Row, tuple[int, ...], bool] | None:
    """The first row that the operands fit, its values, and whether the choice may be remembered.

    A target's value is 0 until the layout is known.
    """
    count = len(item.operands)
    for row in instructions.rows(mnemonic):
        for syntax in row.syntaxes:
            if len(syntax.shape) == count:
                found = _fit(instructions, row, syntax, letters, values, item)
                if found is not None:
                    # The letters of a fence are names that may stand for numbers elsewhere.
                    fixed = all(kind.kind != "ioset" for kind in row.kinds)
                    return row, found, fixed
    return None


def _fit(
    instructions: InstructionSet, row: Row, syntax: Syntax, letters: str, values: list[Any],
    item: Operation,
) -> tuple[int, ...] | None:  # fmt: skip
    expected = syntax.shape
    if letters.replace("m", "") != letters or "m" in expected:
        if "".join("m" if type(v) is Memory else "p" for v in item.operands) != expected:
            return None
        letters = letters.replace("m", "")
    found = [0] * len(row.kinds)
    for index, ((variable, literal), letter, value) in enumerate(
        zip(syntax.slots, letters, values)
    ):
        if variable < 0:
            wanted = "r" if type(literal) is Register else "i"
            if letter != wanted or value != literal:
                return None
            continue
        kind = row.kinds[variable]
        number = operand_number(instructions, kind, letter, value, item, index)
        if number is None or number not in kind.values:
            return None
        found[variable] = number
    return tuple(found)


IOSET = {"i": 8, "o": 4, "r": 2, "w": 1}


def operand_number(
    instructions: InstructionSet, kind: OperandKind, letter: str, value: Any, item: Operation,
    index: int,
) -> int | None:  # fmt: skip
    """The number that the field takes for an operand, or None where it is of another sort."""
    sort = kind.kind
    if sort == "reg":
        return int(value) if letter == "r" else None
    if sort == "pcrel":
        return 0 if letter == "n" else None
    if sort == "csr" and letter == "n":
        return instructions.csr_numbers.get(value)
    if sort == "ioset":
        text = str(value)
        nodes = item.written.node.parts[1:]
        if index < len(nodes) and nodes[index].kind == "name":
            text = item.written.tokens[nodes[index].first]
        if text and set(text) <= set(IOSET) and len(set(text)) == len(text):
            return sum(IOSET[character] for character in text)
        return value if letter == "i" else None
    if sort == "reglist":
        return register_list(value.registers) if letter == "s" else None
    if letter != "i":
        return None
    return value if value in kind.values else kind.normalize(value)


def register_list(registers: tuple[int, ...]) -> int | None:
    """Zcmp's number for {ra}, {ra, s0}, ... {ra, s0 - s11}: 4 and up; None for any other set."""
    saved = [8, 9, *range(18, 28)]
    for count in range(13):
        if count != 11 and set(registers) == {1, *saved[:count]}:
            return 4 + (count if count < 12 else 11)
    return None


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
                found = read_backwards(shorter, pattern, values)
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
                found = read_backwards(shorter, pattern, values)
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
                if term.part or (term.variable >= 0 and row.kinds[term.variable].kind == "pcrel"):
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
                piece = piece._replace(values=tuple(values), target=-1, part="")
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
                found = read_backwards(shorter, pattern, piece.values)
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
            return Form(pieces[0].row.size, (Piece(*self._shortest(*pieces[0][:2])),))
        return Form(sum(piece.row.size for piece in pieces), tuple(pieces))


def _with_immediate(row: Row, register: int, source: int, immediate: int) -> tuple[int, ...]:
    """The values of a row that has a destination, perhaps a source, and an immediate."""
    registers = iter((register, source))
    return tuple(next(registers) if kind.kind == "reg" else immediate for kind in row.kinds)
