"""What the instructions do that unicorn does not execute, from their meanings.

Input: a `Flow`. Output: offset → a function that executes the instruction there.
Invariant: each step becomes a function when the image is laid out, so that executing interprets
nothing. What has an effect beyond registers, memory and control is left to unicorn.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from asm_rv32.analysis.flow import Flow, Node, control_flow
from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.isa.image import Image
from asm_rv32.isa.meaning import (
    ACTS,
    IDLE,
    SYSTEM,
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
    System,
    Write,
    within,
)
from asm_rv32.isa.operands import FFLAGS
from asm_rv32.isa.rows import Instruction, Row
from asm_rv32.isa.sets import InstructionSet, instruction_set
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
    "rv32i rv32m zmmul rv32a zaamo zalrsc rv32f rv32c zcf zicsr zifencei pseudo "
    "zihintpause zihintntl zicbop".split()
)  # fmt: skip
"""The tables whose instructions unicorn 2.1 executes; no other place says it."""
UNLIKE = frozenset(("f32_min", "f32_max"))
"""Operations that it computes as before version 2.2 of F: of a number and a signalling NaN it gives
a NaN."""
UNLIKE_FLAGS = frozenset((RAISED + "f32_fma",))
"""Flags that it does not raise: infinity times zero, plus a quiet NaN, is invalid."""
REFUSED = frozenset(
    "zba zbb zbs zicond zbc zbkb zbkb.zbb zbkc zbkx zknd zkne zknh zksed zksh".split()
)
"""Those that it refuses wherever they stand. Words of all others it may take for something else
without a word: no-ops, or loads and stores of doubles."""


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


def fits_unicorn(image: Image) -> bool:
    """Whether unicorn runs an image, with help or by itself: it would take what it lacks, and what
    is not known to be code, for something else without a word."""
    instructions = instruction_set(image.isa)
    if BY_UNICORN.issuperset(instructions.extensions):
        return True
    kept = _fits.get(id(image))
    if kept is not None and kept[0] is image:
        return kept[1]
    if len(_fits) >= IMAGES_KEPT:
        _fits.clear()
    flow = control_flow(image)
    fits = not flow.undecoded and not any(_is_beyond(node, instructions) for node in flow.nodes)
    _fits[id(image)] = image, fits
    return fits


@lru_cache(maxsize=64)
def goes_beyond(isa: str) -> bool:
    """Whether an ISA has an instruction that is none for unicorn, nor for a hook of it."""
    instructions = instruction_set(isa)
    told = [str(row.data.get("does", "")) for row in instructions.encodings
            if row.extension not in BY_UNICORN]  # fmt: skip
    words = {word for text in told for word in re.findall(r"\w+(?=\()", text)}
    return bool(instructions.csr_states) or not words.isdisjoint({*SYSTEM, *ACTS} - {*IDLE})


IMAGES_KEPT = 64
_fits: dict[int, tuple[Image, bool]] = {}
"""The images last asked for."""


def _is_beyond(node: Node, instructions: InstructionSet) -> bool:
    """Whether an instruction is none for unicorn, nor for a hook of it: its effects are more than
    registers and memory, or it makes code, which may be anything."""
    if node.meaning.does("fence_i"):
        return not (BY_UNICORN | REFUSED).issuperset(instructions.extensions)
    outside = node.effects.outside
    if node.meaning.instruction.row.extension not in BY_UNICORN:
        return not is_foreign(node.meaning.instruction)
    numbers = [each.operands[0] for each in outside if isinstance(each, System) and each.operands]
    return any(isinstance(n, Constant) and n.value in instructions.csr_states for n in numbers)


def is_foreign(instruction: Instruction, flags_matter: bool = True) -> bool:
    """Whether it is executed in unicorn's place: unicorn lacks it, or does it otherwise, and its
    meaning tells all. `flags_matter`: whether anything can see what it does to fflags."""
    if instruction.row.extension in BY_UNICORN:
        return _sets_flags(instruction.row) and _is_unlike(instruction, flags_matter)
    return all(each.name in IDLE for each in instruction.effects.outside)


@lru_cache(maxsize=1024)
def _sets_flags(row: Row) -> bool:
    """Whether it writes fflags, which no operand names; asked of every instruction of a call."""
    values = tuple([min(kind.values) for kind in row.kinds])
    return bool(Instruction(row, values).effects.writes >> FFLAGS)


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
