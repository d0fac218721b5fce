"""What the instructions do that unicorn does not execute: Zba, Zbb, Zbs, Zicond, Zcb and Zcmp.

Input: an Image. Output: offset → a function that executes the instruction there.
Invariant: every row of a table that is not in `BY_UNICORN` has a meaning here, and a compressed
one has that of its expansion. A table of Python functions, and not a further language in the rows:
the checker of types reads it, and each instruction is executed without interpreting anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from asm_rv32.decode import decode_at
from asm_rv32.image import Image
from asm_rv32.operands import A0, RA, SP, listed_registers, stack_space
from asm_rv32.tables import Instruction, instruction_set

if TYPE_CHECKING:
    from asm_rv32.machine.settings import Semantics
    from asm_rv32.machine.state import Memory, Registers

BY_UNICORN = frozenset(("rv32i", "rv32m", "rv32a", "rv32c", "zicsr", "zifencei", "pseudo"))
"""The tables whose instructions unicorn 2.1 executes; no other place says it."""
WORD = 0xFFFF_FFFF
SIGN = 0x8000_0000


def _extend(value: int, bits: int) -> int:
    return value - ((value & 1 << (bits - 1)) << 1)


def _rotate_right(a: int, b: int) -> int:
    return a >> (b & 31) | a << (-b & 31)


def _or_combine(a: int, _: int) -> int:
    return sum(0xFF << at for at in (0, 8, 16, 24) if a >> at & 0xFF)


RESULTS: dict[str, Callable[[int, int], int]] = {
    "sh1add": lambda a, b: (a << 1) + b,
    "sh2add": lambda a, b: (a << 2) + b,
    "sh3add": lambda a, b: (a << 3) + b,
    "andn": lambda a, b: a & ~b,
    "orn": lambda a, b: a | ~b,
    "xnor": lambda a, b: ~(a ^ b),
    "clz": lambda a, _: 32 - a.bit_length(),
    "ctz": lambda a, _: (a & -a).bit_length() - 1 if a else 32,
    "cpop": lambda a, _: a.bit_count(),
    "min": lambda a, b: min(a, b, key=lambda word: word ^ SIGN),
    "max": lambda a, b: max(a, b, key=lambda word: word ^ SIGN),
    "minu": min,
    "maxu": max,
    "sext.b": lambda a, _: _extend(a & 0xFF, 8),
    "sext.h": lambda a, _: _extend(a & 0xFFFF, 16),
    "zext.h": lambda a, _: a & 0xFFFF,
    "rol": lambda a, b: _rotate_right(a, -b),
    "ror": _rotate_right,
    "rori": _rotate_right,
    "orc.b": _or_combine,
    "rev8": lambda a, _: int.from_bytes(a.to_bytes(4, "little"), "big"),
    "bclr": lambda a, b: a & ~(1 << (b & 31)),
    "bclri": lambda a, b: a & ~(1 << b),
    "bext": lambda a, b: a >> (b & 31) & 1,
    "bexti": lambda a, b: a >> b & 1,
    "binv": lambda a, b: a ^ 1 << (b & 31),
    "binvi": lambda a, b: a ^ 1 << b,
    "bset": lambda a, b: a | 1 << (b & 31),
    "bseti": lambda a, b: a | 1 << b,
    "czero.eqz": lambda a, b: a if b else 0,
    "czero.nez": lambda a, b: 0 if b else a,
    # what Zcb shortens
    "andi": lambda a, b: a & b,
    "xori": lambda a, b: a ^ b,
    "mul": lambda a, b: a * b,
}
"""Mnemonic → rd from rs1 and rs2 or the immediate: unsigned words, the result modulo 2**32."""
LOADS = {"lbu": (1, False), "lhu": (2, False), "lh": (2, True)}
"""Mnemonic → bytes, and whether their sign is extended; as far as Zcb shortens them."""
STORES = {"sb": 1, "sh": 2}


def semantics(image: Image) -> dict[int, Semantics]:
    """Offset in bytes → what executes the instruction there, for all that unicorn lacks."""
    instructions = instruction_set(image.isa)
    if BY_UNICORN.issuperset(instructions.extensions):
        return {}
    found = {}
    for entry in image.entries:
        if entry.is_code:
            instruction = decode_at(image.code, entry.address, instructions).instruction
            if instruction is not None and is_foreign(instruction):
                found[entry.address] = execution(instruction)
    return found


def is_foreign(instruction: Instruction) -> bool:
    """Whether unicorn lacks it."""
    return instruction.row.extension not in BY_UNICORN


def execution(instruction: Instruction) -> Semantics:
    """What executes an instruction that unicorn lacks."""
    base = instruction.row.base_instruction(instruction.values)
    row, values = base
    named = dict(zip((variable.partition("_")[0] for variable in row.variables), values))
    if row.name in LOADS:
        return _load(named["rd"], named["rs1"], named["imm12"], *LOADS[row.name])
    if row.name in STORES:
        return _store(named["rs2"], named["rs1"], named["store12"], STORES[row.name])
    if row.name in RESULTS:
        return _computation(base)
    if row.name == "cm.mva01s":
        return _move((values[0], values[1]), (A0, A0 + 1))
    if row.name == "cm.mvsa01":
        return _move((A0, A0 + 1), (values[0], values[1]))
    if row.name == "cm.push":
        return _push(values[0], values[1])
    return _pop(values[0], values[1], row.name != "cm.pop", row.name == "cm.popretz")


def _computation(instruction: Instruction) -> Semantics:
    row, values = instruction
    result = RESULTS[row.name]
    rd, *sources = values
    is_register = [kind.kind == "reg" for kind in row.kinds[1:]]
    first = sources[0]
    second = sources[1] if len(sources) > 1 else 0
    if len(sources) > 1 and is_register[1]:

        def execute(registers: Registers, memory: Memory) -> None:
            registers[rd] = result(registers[first], registers[second]) & WORD

    else:

        def execute(registers: Registers, memory: Memory) -> None:
            registers[rd] = result(registers[first], second) & WORD

    return execute


def _load(rd: int, base: int, offset: int, size: int, signed: bool) -> Semantics:
    def execute(registers: Registers, memory: Memory) -> None:
        value = memory.load((registers[base] + offset) & WORD, size)
        registers[rd] = (_extend(value, 8 * size) if signed else value) & WORD

    return execute


def _store(source: int, base: int, offset: int, size: int) -> Semantics:
    def execute(registers: Registers, memory: Memory) -> None:
        memory.store((registers[base] + offset) & WORD, size, registers[source])

    return execute


def _move(sources: tuple[int, int], targets: tuple[int, int]) -> Semantics:
    def execute(registers: Registers, memory: Memory) -> None:
        words = [registers[source] for source in sources]
        for target, word in zip(targets, words):
            registers[target] = word

    return execute


def _push(number: int, extra: int) -> Semantics:
    listed = listed_registers(number)
    size = stack_space(number) + extra

    def execute(registers: Registers, memory: Memory) -> None:
        top = registers[SP]
        # From the last register down, each below the one before (28.14.4).
        for place, register in enumerate(reversed(listed), 1):
            memory.store((top - 4 * place) & WORD, 4, registers[register])
        registers[SP] = (top - size) & WORD

    return execute


def _pop(number: int, extra: int, returns: bool, clears: bool) -> Semantics:
    listed = listed_registers(number)
    size = stack_space(number) + extra

    def execute(registers: Registers, memory: Memory) -> int | None:
        top = registers[SP] + size
        words = [memory.load((top - 4 * place) & WORD, 4) for place in range(1, len(listed) + 1)]
        for register, word in zip(reversed(listed), words):
            registers[register] = word
        registers[SP] = top & WORD
        if clears:
            registers[A0] = 0
        return registers[RA] & ~1 if returns else None

    return execute
