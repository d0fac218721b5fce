"""The fragment of every item: its candidate forms, and which places it refers to.

Input: an `Expansion` and the instruction set.
Output: one `Fragment` an item, in order, and the operations that fit no form.
Invariant: an operation's row is the first of those that take its operands; `forms.py` has the ways
to write it.
"""

from __future__ import annotations

from collections.abc import Callable

from asm_rv32.assembler.forms import Builder, Mode
from asm_rv32.assembler.ir import (
    HERE,
    NOWHERE,
    Align,
    Bytes,
    Expansion,
    Form,
    Fragment,
    Item,
    LabelScope,
    Number,
    Operation,
    Unfit,
    Use,
)
from asm_rv32.assembler.match import LETTERS, Plan, fit, flat, plans
from asm_rv32.assembler.reading.program import Written
from asm_rv32.basis.diagnostics import ERROR_LIMIT
from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.isa.operands import RA, ZERO, LabelSum, Symbol
from asm_rv32.isa.rows import Row
from asm_rv32.isa.sets import InstructionSet

FORMS_KEPT = 20_000
"""Statements whose forms are remembered: most come again soon."""


def fragments(
    expansion: Expansion,
    instructions: InstructionSet,
    mode: Mode,
    knows: Callable[[str], bool] = lambda _name: False,
) -> tuple[list[Fragment], list[Use], list[Unfit]]:
    """One fragment for each item, and the names of places outside that they refer to.

    `knows`: of a name that is no label here, whether it may stand for such a place. Where something
    is wrong the fragment is empty.
    """
    chooser = _Chooser(instructions, mode, len(expansion.labels), knows)
    found = []
    switches = {switch.item: switch.on for switch in expansion.switches}
    for at, item in enumerate(expansion.items):
        if at in switches:
            chooser.compress(switches[at])
        found.append(chooser.fragment(item))
        if len(chooser.unfit) >= ERROR_LIMIT:
            break
    if chooser.completing:
        chooser.complete(found, expansion)
    return found, chooser.uses, chooser.unfit


def return_fragment(
    instructions: InstructionSet, mode: Mode, start: int, end: int, handler: bool = False
) -> Fragment:
    """The return that is appended to a function, or to a handler; its place is the function's."""
    row = instructions.row("mret" if handler else "jalr")
    values = () if handler else (int(ZERO), int(RA), 0)
    forms = Builder(instructions, mode._replace(compress=mode.compress or mode.board)).forms(
        row, values
    )
    return Fragment(forms, start, end)


def _empty_form(size: int) -> tuple[Form, ...]:
    return (Form(size, (), data=bytes(size)),)


class _Chooser:
    def __init__(
        self,
        instructions: InstructionSet,
        mode: Mode,
        labels: int,
        knows: Callable[[str], bool],
    ) -> None:
        self.instructions = instructions
        self.builder = Builder(instructions, mode)
        self.mode = mode
        self.knows = knows
        self.unfit: list[Unfit] = []
        self.uses: list[Use] = []
        self.completing: list[tuple[Fragment, int, Operation]] = []
        """What completes the upper part at a label: that label, and what it is of."""
        self._labels = labels
        self._numbers: dict[tuple[str, Any], int] = {}
        self._known: dict[tuple[Any, ...], tuple[Form, ...]] = {}
        self._targeted: dict[str, tuple[int, ...]] = {}
        self._planned: dict[tuple[str, str], tuple[Plan, ...]] = {}

    def compress(self, on: bool) -> None:
        """From here on shorten what is shortened in this mode, or nothing."""
        mode = self.mode if on else self.mode._replace(compress=False)
        self.builder = Builder(self.instructions, mode)
        self._known = {}

    def _plans(self, mnemonic: str, letters: str) -> tuple[Plan, ...]:
        key = (mnemonic, letters)
        found = self._planned.get(key)
        if found is None:
            found = self._planned[key] = plans(self.instructions, mnemonic, letters)
        return found

    def place(self, name: str, scope: LabelScope, written: Written) -> int | None:
        """The index of the label, or of the use, that a name means; None where it is none."""
        found = scope.find(name)
        if found is not None:
            return found
        home = scope.home(name)
        if home is None:
            return None
        macro, name = home[0].macro, home[1]
        # A macro of another file means what stands around it there.
        around = macro.names if macro is not None else None
        key = (name, id(macro))
        found = self._numbers.get(key)
        knows = self.knows if around is None else around.knows
        if found is None and knows(name):
            found = self._numbers[key] = self._labels + len(self.uses)
            resolve = around.place if around is not None else None
            self.uses.append(Use(name, written.start, written.end, resolve))
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
        if isinstance(item, Number):
            return self._number(item)
        return Fragment(_empty_form(item.size), written.start, written.end)

    def _operation(self, item: Operation) -> Fragment:
        mnemonic, operands, written, _ = item
        letters, values = flat(operands)
        if "a" in letters:
            return self._reckoned(item, letters, values)
        target = -1
        key: tuple[Any, ...]
        targeted = self._targeted.get(mnemonic)
        if targeted is None:
            targeted = self._targeted[mnemonic] = _target_positions(
                self.instructions.rows(mnemonic)
            )
        for at in targeted:
            if at < len(operands) and (found := self._label(item, at)) is not None:
                target = found
                letters = letters[:at] + LETTERS[Symbol] + letters[at + 1 :]
                values[at] = ""
        key = (mnemonic, letters, *values)
        forms = self._known.get(key)
        if forms is None:
            for plan in self._plans(mnemonic, letters):
                row_values = fit(plan, self.instructions, values, item)
                if row_values is not None and (plan.row.target < 0 or target >= 0):
                    break
            else:
                return self._of_place(item)
            forms = self.builder.forms(plan.row, row_values)
            if plan.remembered:
                if len(self._known) > FORMS_KEPT:
                    self._known.clear()
                self._known[key] = forms
        return Fragment(forms, written.start, written.end, target)

    def _label(self, item: Operation, at: int) -> int | None:
        """What an operand in the place of a target means; None where it is no name of a place."""
        value, written = item.operands[at], item.written
        if isinstance(value, Symbol):
            return self.place(value, item.scope, written)
        # A name there is a label first, whatever else it may mean outside.
        place = written.node.parts[at + 1].bare
        return item.scope.find(written.tokens[place.first]) if place.kind == "name" else None

    def _of_place(self, item: Operation) -> Fragment:
        """An instruction that takes no name where one stands: it may take what the name lies at."""
        written = item.written
        operands = tuple(
            LabelSum(str(value))
            if isinstance(value, Symbol) and self.place(value, item.scope, written) is not None
            else value
            for value in item.operands
        )
        if operands != item.operands:
            letters, values = flat(operands)
            before = len(self.unfit)
            found = self._reckoned(item._replace(operands=operands), letters, values)
            if len(self.unfit) > before:
                self.unfit[-1] = Unfit(item)
            return found
        self.unfit.append(Unfit(item))
        return Fragment(_empty_form(4), written.start, written.end)

    # ---- numbers that are known once all is placed

    def _places(self, value: LabelSum, scope: LabelScope, written: Written) -> _Places | None:
        """Target and origin of such a number; None where a name stands for no place."""
        target = self.place(value.plus, scope, written)
        origin: int | None = NOWHERE
        if value.minus:
            origin = self.place(value.minus, scope, written)
        elif value.part in ("pcrel_hi", "pcrel_lo"):
            origin = HERE
        if target is None or origin is None:
            return None
        return _Places(target, origin, value.offset)

    def _placed(self, forms: tuple[Form, ...], written: Written, places: _Places) -> Fragment:
        found = Fragment(forms, written.start, written.end, places.target)
        found.origin, found.addend = places.origin, places.addend
        return found

    def _number(self, item: Number) -> Fragment:
        places = self._places(item.value, item.scope, item.written)
        bits = 8 * item.size
        if places is None or item.value.part or (item.value.minus == "" and item.size != 4):
            self.unfit.append(Unfit(item))
            return Fragment(_empty_form(item.size), item.written.start, item.written.end)
        form = Form(item.size, (), -(1 << (bits - 1)), (1 << bits) - 1, field=item.size)
        return self._placed((form,), item.written, places)

    def _reckoned(self, item: Operation, letters: str, values: list[Any]) -> Fragment:
        """An instruction with such a number among its operands."""
        written = item.written
        flat_letters = letters.replace("m", "")
        at = flat_letters.index("a")
        value: LabelSum = values[at]
        places = None
        if flat_letters.count("a") == 1:
            places = self._places(value, item.scope, written)
        forms: tuple[Form, ...] = ()
        if places is not None:
            if not value.minus and not value.part:
                forms = self._to_target(item, letters, values, at)
                places = places._replace(origin=HERE) if forms else places
            forms = forms or self._of_number(item, letters, values, at)
        if not forms or places is None:
            self.unfit.append(Unfit(item))
            return Fragment(_empty_form(4), written.start, written.end)
        found = self._placed(forms, written, places)
        if value.part == "pcrel_lo":
            self.completing.append((found, places.target, item))
        return found

    def _to_target(
        self, item: Operation, letters: str, values: list[Any], at: int
    ) -> tuple[Form, ...]:
        """The forms of a row that has a target there; none where there is no such row."""
        position = [i for i, letter in enumerate(letters) if letter != "m"][at]
        named = letters[:position] + LETTERS[Symbol] + letters[position + 1 :]
        filled = [*values[:at], "", *values[at + 1 :]]
        for plan in self._plans(item.mnemonic, named):
            if plan.row.target >= 0:
                row_values = fit(plan, self.instructions, filled, item)
                if row_values is not None:
                    return self.builder.forms(plan.row, row_values)
        return ()

    def _of_number(
        self, item: Operation, letters: str, values: list[Any], at: int
    ) -> tuple[Form, ...]:
        """The forms of a row that has a number there; none where there is no such row."""
        position = [i for i, letter in enumerate(letters) if letter != "m"][at]
        counted = letters[:position] + LETTERS[int] + letters[position + 1 :]
        part = values[at].part.removeprefix("pcrel_")
        for plan in self._plans(item.mnemonic, counted):
            index = next((v for place, v, _ in plan.fields if place == at), -1)
            if index < 0:
                continue
            held = plan.row.kinds[index].values
            filled = [*values[:at], next(iter(held)), *values[at + 1 :]]
            row_values = fit(plan, self.instructions, filled, item)
            if row_values is not None:
                forms = self.builder.forms_of_number(plan.row, row_values, index, part)
                if not values[at].minus and not part:
                    # Of an address nothing is known: what takes a part of it takes any.
                    forms = tuple(form for form in forms if form.pieces[-1].part)
                if forms:
                    return forms
        return ()

    def complete(self, found: list[Fragment], expansion: Expansion) -> None:
        """Let what completes an upper part count as the instruction at its label does."""
        for fragment, label, item in self.completing:
            at = expansion.labels[label].item if label < len(expansion.labels) else len(found)
            upper = found[at] if at < len(found) else fragment
            if upper.origin != HERE or upper is fragment or upper.target < 0:
                self.unfit.append(Unfit(item))
                continue
            fragment.origin = label
            fragment.target, fragment.addend = upper.target, upper.addend


class _Places(NamedTuple):
    """What a number among the operands counts: from an origin to a target, and more bytes."""

    target: int
    origin: int
    addend: int


def _target_positions(rows: tuple[Row, ...]) -> tuple[int, ...]:
    """The operands that are a label in one of the rows."""
    return tuple(sorted({
        at
        for row in rows if row.target >= 0
        for syntax in row.syntaxes if syntax.shape.isalpha() and "m" not in syntax.shape
        for at, slot in enumerate(syntax.slots) if slot.variable == row.target
    }))  # fmt: skip
