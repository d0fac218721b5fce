"""Statements that say what was probably meant by one that fits no form.

Input: an `Operation` that no row accepts.
Output: the text of a statement, or of a short sequence, that is accepted in its place.
Invariant: every statement shown is one that the tables accept; nothing is known of a mnemonic
but its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, permutations

from asm_rv32.assembler.ir import Operation
from asm_rv32.assembler.match import fit, flat, plans
from asm_rv32.basis.diagnostics import Source
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.operands import (
    REGISTER_NAMES,
    REGISTERS,
    ZERO,
    Memory,
    OperandKind,
    Register,
    RegisterSet,
    Symbol,
    Value,
    shape_of,
    spelled,
)
from asm_rv32.isa.rows import Row, Syntax
from asm_rv32.isa.sets import InstructionSet
from asm_rv32.isa.tables import python_name

OPERANDS_LIMIT = 4
"""No form has more operands, and nothing is looked for where more were written than one more."""
TEXT_LIMIT = 100
"""Operands of more characters are not shown again."""
TEMPORARIES = tuple(REGISTER_NAMES[f"t{number}"] for number in range(7))
EXAMPLE_BASE = REGISTER_NAMES["a1"]
"""The base of an address that was written without one."""


class _Operand(NamedTuple):
    """An operand with its text, as it was written where it was."""

    value: Value
    text: str


_Operands = tuple[_Operand, ...]


def suggested(item: Operation, source: Source, instructions: InstructionSet) -> str:
    """What may be written in the place of `item`; empty where nothing suggests itself."""
    search = _Search(item, source, instructions)
    return next(search.found(), "") if search.is_worth_it else ""


def accepts(mnemonic: str, values: tuple[Value, ...], item: Operation,
            instructions: InstructionSet) -> bool:  # fmt: skip
    """True where a row of the mnemonic takes these operands, in the place of those of `item`."""
    letters, flat_values = flat(values)
    # What is written in the places of the operands is not what is tried there.
    bare = item.written.node._replace(parts=item.written.node.parts[:1])
    trial = item._replace(operands=values, written=item.written.part(bare))
    for plan in plans(instructions, mnemonic, letters):
        if not plan.row.hint and fit(plan, instructions, flat_values, trial) is not None:
            return plan.row.target < 0 or item.scope.find(flat_values[-1]) is not None
    return False


def twins(mnemonic: str, instructions: InstructionSet) -> list[str]:
    """The mnemonics that differ in an `i` only, for immediate: `addi` for `add`, and back."""
    shorter = (
        mnemonic[:at] + mnemonic[at + 1 :] for at, letter in enumerate(mnemonic) if letter == "i"
    )
    return [*for_immediates(mnemonic, instructions), *filter(instructions.rows, shorter)]


def for_immediates(mnemonic: str, instructions: InstructionSet) -> list[str]:
    """The mnemonics that take a number where this one takes something else."""
    longer = (mnemonic[:at] + "i" + mnemonic[at:] for at in range(len(mnemonic) + 1))
    found = list(dict.fromkeys(name for name in longer if instructions.rows(name)))
    rows = instructions.rows(mnemonic)
    if rows and all("symbol" in row.variables for row in rows):
        found.append("li")
    return found


def number_forms(
    item: Operation, position: int, instructions: InstructionSet
) -> Iterator[tuple[str, Row, Syntax]]:
    """The forms that take a number in the place of an operand, the others as they are."""
    values = list(item.operands)
    values[position] = 0
    for name in for_immediates(item.mnemonic, instructions):
        orders = permutations(values) if len(values) <= OPERANDS_LIMIT else ()
        if any(accepts(name, order, item, instructions) for order in orders):
            for row in instructions.rows(name):
                for syntax in row.syntaxes:
                    yield name, row, syntax


class _Search:
    def __init__(self, item: Operation, source: Source, instructions: InstructionSet) -> None:
        self.item = item
        self.instructions = instructions
        operands = item.operands[: OPERANDS_LIMIT + 2]
        self.operands = tuple(
            _Operand(value, _text(item.written.text(source, node), value))
            for value, node in zip(operands, item.written.node.parts[1:])
        )
        wide = item.mnemonic.removeprefix("c.")
        self.twins = twins(item.mnemonic, instructions)
        self.wide = [wide] if wide != item.mnemonic and instructions.rows(wide) else []

    @property
    def is_worth_it(self) -> bool:
        """False where no form can be near, or what was written is too long to be shown again."""
        return len(self.operands) <= OPERANDS_LIMIT + 1 and all(
            len(operand.text) <= TEXT_LIMIT and not isinstance(operand.value, bytes)
            for operand in self.operands
        )

    def found(self) -> Iterator[str]:
        """Statements that are accepted, the likeliest first."""
        ways: tuple[Callable[[], Iterator[str]], ...] = (
            self._rearranged, self._doubled, self._against_zero, self._negated, self._wide,
            self._upper_part, self._from_zero, self._at_a_label, self._through_a_register,
            self._without_what_is_too_much,
        )  # fmt: skip
        for way in ways:
            yield from way()

    def _statement(self, mnemonic: str, operands: _Operands) -> Iterator[str]:
        """The text of a statement, where it is accepted."""
        values = tuple(operand.value for operand in operands)
        if accepts(mnemonic, values, self.item, self.instructions):
            texts = ", ".join(operand.text for operand in operands)
            yield f"{python_name(mnemonic)}({texts})"

    def _rearranged(self) -> Iterator[str]:
        """The same operands, for this mnemonic or its twin."""
        for mnemonic in (self.item.mnemonic, *self.twins):
            if mnemonic != self.item.mnemonic:
                yield from self._statement(mnemonic, self.operands)
            for operands in _orders(self.operands):
                yield from self._statement(mnemonic, operands)

    def _doubled(self) -> Iterator[str]:
        """`add(a0, a0, a1)` for `add(a0, a1)`: two operands where the first is both."""
        if len(self.operands) == 2 and any(name.startswith("rd") for name in self._variables(0)):
            first, last = self.operands
            for mnemonic in (self.item.mnemonic, *self.twins):
                yield from self._statement(mnemonic, (first, first, last))

    def _against_zero(self) -> Iterator[str]:
        """`beqz(a0, label)` for `beq(a0, label)`."""
        if len(self.operands) == 2:
            yield from self._statement(self.item.mnemonic + "z", self.operands)

    def _negated(self) -> Iterator[str]:
        """There is no `subi`."""
        if self.item.mnemonic == "sub" and len(self.operands) == 3:
            number = self.operands[2].value
            if type(number) is int:
                operands = (*self.operands[:2], _operand(-number))
                yield from self._statement("addi", operands)

    def _wide(self) -> Iterator[str]:
        """What a compressed instruction stands for, and of the same name without `c.`."""
        for mnemonic in self.wide:
            yield from self._statement(mnemonic, self.operands)
        for row in self.instructions.rows(self.item.mnemonic):
            for syntax in row.syntaxes if row.size == 2 and len(row.expansion) == 1 else ():
                operands = _expanded(row, syntax, self.operands)
                if operands is not None:
                    yield from self._statement(row.expansion[0].row.name, operands)

    def _with_zeros(self) -> Iterator[_Operands]:
        """The operands with the register `zero` for a 0, and for several of them."""
        places = [at for at, (value, _) in enumerate(self.operands) if _is_zero(value)]
        for count in range(1, len(places) + 1):
            for chosen in combinations(places, count):
                yield tuple(
                    _operand(REGISTERS[ZERO]) if at in chosen else operand
                    for at, operand in enumerate(self.operands)
                )

    def _from_zero(self) -> Iterator[str]:
        """`sb(zero, 0(a0))` for `sb(0, 0(a0))`."""
        for operands in self._with_zeros():
            yield from self._statement(self.item.mnemonic, operands)

    def _at_a_label(self) -> Iterator[str]:
        """The address of a label goes into a register first: that which is loaded, or another."""
        for at, (label, _) in enumerate(self.operands):
            if not isinstance(label, Symbol):
                continue
            base = self._scratch()
            for (value, _), name in zip(self.operands[:1], self._variables(0)):
                if name.startswith("rd") and type(value) is Register and value != ZERO:
                    base = value
            at_base = _operand(Memory(0, base))
            if accepts("la", (base, label), self.item, self.instructions):
                changed = (*self.operands[:at], at_base, *self.operands[at + 1 :])
                for statement in self._statement(self.item.mnemonic, changed):
                    yield f"la({base}, {label}); {statement}"

    def _through_a_register(self) -> Iterator[str]:
        """A number that a field cannot hold goes into a register first."""
        for operands in (*self._with_zeros(), self.operands):
            yield from self._number_in_a_register(operands, False)
        for operands in _put_together(self.operands):
            yield from self._number_in_a_register(operands, True)

    def _number_in_a_register(self, operands: _Operands, addresses: bool) -> Iterator[str]:
        scratch = self._scratch()
        for at, (value, _) in enumerate(operands):
            names = self._variables(at)
            if addresses and not ("" in names and isinstance(value, Memory)):
                continue
            number = value.offset if isinstance(value, Memory) else value
            if type(number) is not int or not -(1 << 31) <= number < 1 << 32:
                continue
            if isinstance(value, Memory) and type(value.base) is not Register:
                continue
            if any(name.startswith(("rd", "shamt")) for name in names):
                # A result goes nowhere else, and of a shift a register counts modulo 32.
                continue
            load, instead = f"li({scratch}, {number})", _operand(scratch)
            if isinstance(value, Memory) and "" in names:
                load += f"; add({scratch}, {scratch}, {spelled(value.base)})"
                instead = _operand(Memory(0, scratch))
            elif isinstance(value, Memory):
                load = next(self._statement("lw", (_operand(scratch), operands[at])), "")
                if not load:
                    continue
            changed = (*operands[:at], instead, *operands[at + 1 :])
            for mnemonic in (self.item.mnemonic, *self.twins, *self.wide):
                for order in (changed, *_orders(changed)):
                    for statement in self._statement(mnemonic, order):
                        yield f"{load}; {statement}"

    def _variables(self, at: int) -> set[str]:
        """What forms call the operand at a position; a memory operand has no name."""
        return {
            "" if shape[at] == "m" else ([*row.variables, "literal"])[slots[at].variable]
            for name in (self.item.mnemonic, *self.twins)
            for row in self.instructions.rows(name)
            for shape, slots in row.syntaxes
            if at < len(shape) and "m" not in shape[:at]
        }

    def _scratch(self) -> Register:
        """A temporary register that the statement does not name."""
        named = {value.base if isinstance(value, Memory) else value for value, _ in self.operands}
        return next(register for register in TEMPORARIES if register not in named)

    def _upper_part(self) -> Iterator[str]:
        """Of an address as a whole, `lui` takes the upper 20 bits."""
        if len(self.operands) == 2:
            first, (value, _) = self.operands
            takes_upper = any(
                kind.modulo == 20
                for row in self.instructions.rows(self.item.mnemonic)
                for kind in row.kinds
            )
            if takes_upper and type(value) is int and 0 < value < 1 << 32 and value % 4096 == 0:
                upper = value >> 12
                operands = (first, _Operand(upper, hex(upper)))
                yield from self._statement(self.item.mnemonic, operands)

    def _without_what_is_too_much(self) -> Iterator[str]:
        counts = {
            len(syntax.shape)
            for row in self.instructions.rows(self.item.mnemonic)
            for syntax in row.syntaxes
        }
        for count in sorted(counts, reverse=True) if len(self.operands) not in counts else ():
            yield from self._statement(self.item.mnemonic, self.operands[:count])


def _text(text: str, value: Value) -> str:
    return spelled(value) if "\n" in text else text


def _operand(value: Value) -> _Operand:
    return _Operand(value, spelled(value))


def _memory(offset: _Operand, base: _Operand) -> _Operand:
    text = offset.text if offset.text.lstrip("-").isalnum() else f"({offset.text})"
    return _Operand(Memory(offset.value, base.value), f"{text}({base.text})")


def _orders(operands: _Operands) -> Iterator[_Operands]:
    """The operands in other orders, and with a memory operand taken apart or put together.

    Nearest to what was written first: the fewer pairs change their order, the nearer.
    """
    sorts = list(map(_sort, operands))
    for parts in (operands, *_taken_apart(operands), *_put_together(operands)):
        for order in sorted(permutations(range(len(parts))), key=_swapped):
            found = tuple(parts[index] for index in order)
            # Where each stands in the place of one of its sort, it is not the order that is wrong.
            if list(map(_sort, found)) != sorts:
                yield found


def _is_zero(value: Value) -> bool:
    return type(value) is int and value == 0


def _sort(operand: _Operand) -> tuple[type, ...]:
    value = operand.value
    if isinstance(value, Memory):
        return (Memory, type(value.offset), type(value.base))
    return (type(value),)


def _swapped(order: tuple[int, ...]) -> int:
    return sum(first > second for at, first in enumerate(order) for second in order[at + 1 :])


def _taken_apart(operands: _Operands) -> Iterator[_Operands]:
    for at, (value, _) in enumerate(operands):
        if isinstance(value, Memory):
            parts = (_operand(value.offset), _operand(value.base))
            yield (*operands[:at], *parts, *operands[at + 1 :])
            yield (*operands[:at], _memory(*reversed(parts)), *operands[at + 1 :])
            if value.offset == 0:
                yield (*operands[:at], parts[1], *operands[at + 1 :])
            if isinstance(value.base, Memory) and value.base.offset == 0:
                # The base in brackets of its own, 4((a1)).
                whole = _memory(parts[0], _operand(value.base.base))
                yield (*operands[:at], whole, *operands[at + 1 :])


def _put_together(operands: _Operands) -> Iterator[_Operands]:
    def of_sort(sort: type) -> list[_Operand]:
        return [operand for operand in operands if type(operand.value) is sort]

    registers, numbers = of_sort(Register), of_sort(int)
    for offset in numbers:
        for base in reversed(registers):
            left = [each for each in operands if each is not base]
            left[left.index(offset)] = _memory(offset, base)
            yield tuple(left)
    for at, operand in reversed(list(enumerate(operands))):
        if type(operand.value) is Register:
            whole = _memory(_operand(0), operand)
            yield (*operands[:at], whole, *operands[at + 1 :])
    for at, operand in enumerate(operands):
        if type(operand.value) is Register:
            alone = _operand(RegisterSet((int(operand.value),)))
            yield (*operands[:at], alone, *operands[at + 1 :])
        elif type(operand.value) is int:
            whole = _memory(operand, _operand(EXAMPLE_BASE))
            yield (*operands[:at], whole, *operands[at + 1 :])


def _expanded(row: Row, syntax: Syntax, operands: _Operands) -> _Operands | None:
    """The operands of what a compressed row stands for, from its own."""
    parts: list[_Operand] = []
    for operand in operands:
        value = operand.value
        if isinstance(value, Memory):
            parts += (_operand(value.offset), _operand(value.base))
        else:
            parts.append(operand)
    if shape_of(operand.value for operand in operands) != syntax.shape:
        return None
    bound: dict[int, _Operand] = {}
    for (variable, literal), operand in zip(syntax.slots, parts):
        if variable < 0 and operand.value != literal:
            return None
        bound[variable] = operand
    step = row.expansion[0]
    terms = [
        bound[term.variable] if term.variable >= 0 else _literal(kind, term.literal)
        for kind, term in zip(step.row.kinds, step.terms)
    ]
    filled = [[terms[slot.variable] for slot in own] for own in step.row.syntaxes[0].operands()]
    return tuple(_memory(*own) if len(own) == 2 else own[0] for own in filled)


def _literal(kind: OperandKind, value: int) -> _Operand:
    return _operand(Register(value) if kind.is_register else value)
