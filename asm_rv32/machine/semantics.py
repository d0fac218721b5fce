"""What the instructions do that unicorn does not execute, from their meanings.

Input: a `Flow`. Output: offset → a function that executes the instruction there.
Invariant: each step becomes a function when the image is laid out, so that executing interprets
nothing. What has an effect beyond registers, memory and control is left to unicorn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from asm_rv32.analysis.flow import Flow
from asm_rv32.isa.meaning import (
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
    within,
)
from asm_rv32.isa.operands import FFLAGS
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.words import OPERATIONS, RAISED, WORD
from asm_rv32.machine.judge import accesses_fcsr

if TYPE_CHECKING:
    from asm_rv32.machine.settings import Semantics
    from asm_rv32.machine.state import Memory, Registers

    Value = Callable[[Registers, Memory, dict[str, int]], int]
    """What an expression is worth; the last holds the instruction's own names."""
    Done = Callable[[Registers, Memory, dict[str, int]], "int | None"]
    """Does a step; where control goes, if it goes anywhere."""

BY_UNICORN = frozenset(
    ("rv32i", "rv32m", "rv32a", "rv32c", "zicsr", "zifencei", "pseudo", "rv32f", "zcf")
)  # fmt: skip
"""The tables whose instructions unicorn 2.1 executes; no other place says it."""
UNLIKE = frozenset(("f32_min", "f32_max"))
"""Operations that it computes as before version 2.2 of F: of a number and a signalling NaN it gives
a NaN."""
UNLIKE_FLAGS = frozenset((RAISED + "f32_fma",))
"""Flags that it does not raise: infinity times zero, plus a quiet NaN, is invalid."""


def semantics(flow: Flow) -> dict[int, Semantics]:
    """Offset in bytes → what executes the instruction there, for all that unicorn lacks."""
    instructions = instruction_set(flow.image.isa)
    if BY_UNICORN.issuperset(instructions.extensions) and not instructions.has_fcsr:
        return {}
    flags_matter = any(accesses_fcsr(node.effects) for node in flow.nodes)
    return {
        node.address: execution(node.meaning.instruction)
        for node in flow.nodes if is_foreign(node.meaning.instruction, flags_matter)
    }  # fmt: skip


def is_foreign(instruction: Instruction, flags_matter: bool = True) -> bool:
    """Whether it is executed in unicorn's place: unicorn lacks it, or does it otherwise, and its
    meaning tells all. `flags_matter`: whether anything can see what it does to fflags."""
    if instruction.row.extension in BY_UNICORN:
        return bool(instruction.effects.writes >> FFLAGS) and _is_unlike(instruction, flags_matter)
    return not instruction.effects.outside


def _is_unlike(instruction: Instruction, flags_matter: bool) -> bool:
    names = {
        each.name for step in instruction.steps for each in within(step)
        if isinstance(each, Operation)
    }  # fmt: skip
    return bool(names & UNLIKE or (flags_matter and names & UNLIKE_FLAGS))


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
    assert isinstance(expression, Operation), "no effect outside"
    operation, parts = OPERATIONS[expression.name], [value(each) for each in expression.operands]
    if len(parts) == 2:
        first, second = parts
        return lambda registers, memory, held: operation(
            first(registers, memory, held), second(registers, memory, held)
        )
    return lambda *state: operation(*[part(*state) for part in parts])
