"""How steps are gone through: one walk, whatever the values are.

Input: `Steps`, and a `Reading`, which says what values are and what becomes of them.
Output: whatever the reading makes of it.
Invariant: an operation that a reading does not have gives its `unknown`.
"""

from __future__ import annotations

from asm_rv32.basis.records import Any
from asm_rv32.isa.meaning import (
    Constant,
    Goto,
    Let,
    Load,
    Local,
    Operation,
    Place,
    Read,
    Store,
    Write,
)
from asm_rv32.isa.words import OPERATIONS

METHODS = {"+": "add_", "-": "sub_", "*": "mul_", "&": "and_", "|": "or_", "^": "xor_"}
"""Operation → the method that computes it, where its name is a sign."""


class Reading:
    """A domain of values, and the state that steps work on; made for one walk after the other.

    A subclass overrides what it knows. A method named as an operation of `words.OPERATIONS`,
    with a final underscore (`if_`, for signs as METHODS has it), takes its operands; without one,
    nothing is known.
    """

    unknown: Any = None

    def constant(self, word: int) -> Any:
        """A known word, unsigned."""
        return self.unknown

    def place(self, distance: int) -> Any:
        """An address so many bytes from the instruction."""
        return self.unknown

    def read(self, number: int) -> Any:
        """What a register other than x0 holds."""
        return self.unknown

    def operation(self, name: str, operands: tuple[Any, ...]) -> Any:
        """What an operation gives."""
        method = getattr(self, METHODS.get(name) or name + "_", None)
        return self.unknown if method is None else method(*operands)

    def load(self, size: int, address: Any) -> Any:
        """So many bytes of memory, zero-extended."""
        return self.unknown

    def system(self, name: str, operands: tuple[Any, ...]) -> Any:
        """What one of `meaning.SYSTEM` gives, after whatever else it does."""
        return self.unknown

    def write(self, number: int, value: Any) -> None:
        """Put a value into a register other than x0."""

    def store(self, size: int, address: Any, value: Any) -> None:
        """Put the low bytes of a value into memory."""

    def goto(self, target: Any, condition: Any) -> None:
        """Go on at a target; where there is a condition, it is not None."""

    def act(self, name: str, operands: tuple[Any, ...]) -> None:
        """One of `meaning.ACTS`."""


def value_of(expression: Any, reading: Reading, named: dict[str, Any]) -> Any:
    """The value of an expression; `named` holds the instruction's own names."""
    kind = type(expression)
    if kind is Operation:
        name, operands = expression
        if len(operands) == 2:
            # Most operands are registers and numbers: a call for each would double the time.
            one, other = operands
            if type(one) is Read:
                first = reading.read(one.number)
            else:
                first = value_of(one, reading, named)
            if type(other) is Constant:
                second = reading.constant(other.value)
            elif type(other) is Read:
                second = reading.read(other.number)
            else:
                second = value_of(other, reading, named)
            return reading.operation(name, (first, second))
        return reading.operation(name, tuple([value_of(e, reading, named) for e in operands]))
    if kind is Read:
        return reading.read(expression.number)
    if kind is Constant:
        return reading.constant(expression.value)
    if kind is Place:
        return reading.place(expression.distance)
    if kind is Local:
        return named[expression.name]
    if kind is Load:
        return reading.load(expression.size, value_of(expression.address, reading, named))
    operands = tuple([value_of(each, reading, named) for each in expression.operands])
    return reading.system(expression.name, operands)


def perform(steps: Any, reading: Reading) -> None:
    """Go through all steps of an instruction."""
    named: dict[str, Any] = {}
    for step in steps:
        kind = type(step)
        if kind is Write:
            number, expression = step
            value = value_of(expression, reading, named)
            if number:
                reading.write(number, value)
        elif kind is Let:
            named[step.name] = value_of(step.value, reading, named)
        elif kind is Store:
            address = value_of(step.address, reading, named)
            reading.store(step.size, address, value_of(step.value, reading, named))
        elif kind is Goto:
            condition = step.condition and value_of(step.condition, reading, named)
            reading.goto(value_of(step.target, reading, named), condition)
        else:
            reading.act(step.name, tuple([value_of(e, reading, named) for e in step.operands]))


class _Target(Reading):
    """Where an instruction goes from what registers hold."""

    def __init__(self, registers: Any) -> None:
        self.registers = registers
        self.found = 0

    def read(self, number: int) -> int:
        word: int = self.registers[number]
        return word

    def constant(self, word: int) -> int:
        return word

    def place(self, distance: int) -> int:
        return 0  # what is linked, and no part of a computed target

    def operation(self, name: str, operands: tuple[int, ...]) -> int:
        return OPERATIONS[name](*operands)

    def goto(self, target: int, condition: object) -> None:
        self.found = target


def computed_target(steps: Any, registers: Any) -> int:
    """Where a jump through a register goes; `registers` holds words by number."""
    reading = _Target(registers)
    perform(steps, reading)
    return reading.found
