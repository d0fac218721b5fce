"""Which instructions unicorn does not execute, or not as they are meant.

Input: an instruction, an image, an ISA. Output: whether it is one of those, and whether what stands
in for it can run on unicorn at all.
"""

from __future__ import annotations

import re
from functools import lru_cache

from asm_rv32.analysis.flow import Flow, Node, control_flow
from asm_rv32.isa.image import Image
from asm_rv32.isa.meaning import ACTS, IDLE, SYSTEM, Constant, Operation, System, within
from asm_rv32.isa.operands import FFLAGS
from asm_rv32.isa.rows import Instruction, Row
from asm_rv32.isa.sets import InstructionSet, instruction_set
from asm_rv32.isa.words import RAISED
from asm_rv32.machine.judge import accesses_fcsr

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


def foreign(flow: Flow) -> list[Node]:
    """The nodes that are executed in unicorn's place."""
    instructions = instruction_set(flow.image.isa)
    if BY_UNICORN.issuperset(instructions.extensions) and not instructions.has_fcsr:
        return []
    flags_matter = any(accesses_fcsr(node.effects) for node in flow.nodes)
    return [node for node in flow.nodes if is_foreign(node.meaning.instruction, flags_matter)]


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
