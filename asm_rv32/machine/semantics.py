"""What does in Python what an instruction does, from its meaning.

Input: an instruction, or an expression of one. Output: a function that executes it.
Invariant: each step becomes a function when the image is laid out, so that executing interprets
nothing. What has an effect beyond registers, memory and control has none here.
"""

from __future__ import annotations

from collections.abc import Callable

from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.isa.meaning import (
    Act,
    Constant,
    Expression,
    Goto,
    Let,
    Load,
    Local,
    Operation,
    Place,
    Read,
    Step,
    Store,
    Write,
)
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.words import OPERATIONS, WORD

if TYPE_CHECKING:
    from asm_rv32.machine.settings import Semantics
    from asm_rv32.machine.state import Memory, Registers

    Value = Callable[[Registers, Memory, dict[str, int]], int]
    """What an expression is worth; the last holds the instruction's own names."""
    Done = Callable[[Registers, Memory, dict[str, int]], "int | None"]
    """Does a step; where control goes, if it goes anywhere."""


def execution(instruction: Instruction) -> Semantics:
    """What executes an instruction that has no effect outside."""
    steps = instruction.steps
    if len(steps) == 1 and isinstance(steps[0], Write):
        number, result = steps[0].number, value(steps[0].value)

        def compute(registers: Registers, memory: Memory) -> None:
            registers[number] = result(registers, memory, {})

        return compute
    parts = [_done(step) for step in steps]

    def execute(registers: Registers, memory: Memory) -> int | None:
        target, held = None, dict[str, int]()
        for part in parts:
            target = part(registers, memory, held)
        return target

    return execute


def _done(step: Step) -> Done:
    if isinstance(step, Goto):
        target, condition = value(step.target), value(step.condition or Constant(1))
        return lambda *state: target(*state) if condition(*state) else None
    if isinstance(step, Store):
        size, address, stored = step.size, value(step.address), value(step.value)

        def store(registers: Registers, memory: Memory, held: dict[str, int]) -> None:
            at = address(registers, memory, held)
            memory.store(at, size, stored(registers, memory, held))

        return store
    if isinstance(step, Act):
        return lambda registers, memory, held: None  # one of IDLE
    assert isinstance(step, (Let, Write)), "no effect outside"
    kept = value(step.value)

    def keep(registers: Registers, memory: Memory, held: dict[str, int]) -> None:
        found = kept(registers, memory, held)
        if isinstance(step, Let):
            held[step.name] = found
        else:
            registers[step.number] = found

    return keep


def value(expression: Expression) -> Value:
    """What computes an expression that has no effect outside, registers and memory given."""
    if isinstance(expression, Constant):
        return lambda registers, memory, held: expression.value
    if isinstance(expression, Read):
        return lambda registers, memory, held: registers[expression.number]
    if isinstance(expression, Place):
        return lambda registers, memory, held: registers.pc + expression.distance & WORD
    if isinstance(expression, Local):
        return lambda registers, memory, held: held[expression.name]
    if isinstance(expression, Load):
        size, address = expression.size, value(expression.address)
        return lambda registers, memory, held: memory.load(address(registers, memory, held), size)
    assert isinstance(expression, Operation)  # and nothing outside, which has steps of its own
    operation, parts = OPERATIONS[expression.name], [value(each) for each in expression.operands]
    if len(parts) == 2:
        first, second = parts
        return lambda registers, memory, held: operation(
            first(registers, memory, held), second(registers, memory, held)
        )
    return lambda *state: operation(*[part(*state) for part in parts])
