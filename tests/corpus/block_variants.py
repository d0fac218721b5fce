"""Stretches of a C library's code, and the same written in another way, or wrongly.

Input: a library, random choices. Output: blocks of base instructions.
Invariant: a variant does what its block does; registers that the block does not touch are free to
it, and are the only ones that it may leave otherwise.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa.decode import decode_all
from asm_rv32.isa.effects import Effects
from asm_rv32.isa.operands import ABI_NAMES
from asm_rv32.isa.rows import Instruction, Row
from asm_rv32.isa.sets import instruction_set
from corpus import translator

ISA = "rv32imac"
LENGTH = 80
"""Instructions of a block, at most."""
LEAST = 4
REGISTERS = range(1, 32)
Block = list[Instruction]


def code(block: Sequence[Instruction]) -> bytes:
    return b"".join(row.encode(values).to_bytes(row.size, "little") for row, values in block)


def blocks(path: Path) -> Iterator[Block]:
    """The straight-line stretches of an archive, each with the branch that ends it."""
    for section in translator.read_sections(path):
        block: Block = []
        for decoded in decode_all(section.code, instruction_set(ISA)):
            found = decoded.instruction
            base = found and found.row.base_instruction(found.values)
            touched = base and base.effects
            if base and touched and _stays(base, touched):
                block.append(base)
                if touched.condition is None and len(block) < LENGTH:
                    continue
            if len(block) >= LEAST:
                yield block
            block = []
        if len(block) >= LEAST:
            yield block


def _stays(instruction: Instruction, touched: Effects) -> bool:
    """Whether it may stand in a block: it asks nothing of the system, nor where it stands."""
    if touched.outside or (touched.target is not None and touched.condition is None):
        return False
    return instruction.row.size == 4 and instruction.row.name != "auipc"


def mentioned(block: Sequence[Instruction]) -> set[int]:
    """The registers that a block reads or writes."""
    return {
        value
        for row, values in block
        for kind, value in zip(row.kinds, values) if kind.kind == "reg"
    }  # fmt: skip


# ---- in another order


def may_exchange(one: Effects, other: Effects) -> bool:
    """Whether neither reads or stores over what the other leaves, and neither branches."""
    if one.writes & (other.reads | other.writes) or one.reads & other.writes:
        return False
    if one.target is not None or other.target is not None:
        return False
    stores = any(each.stores for each in (*one.accesses, *other.accesses))
    return not (stores and one.accesses and other.accesses)


def reordered(block: Block, choice: random.Random) -> Block:
    found = [(each, each.effects) for each in block]
    for _ in range(20 * len(found)):
        at = choice.randrange(len(found) - 1)
        if may_exchange(found[at][1], found[at + 1][1]):
            found[at], found[at + 1] = found[at + 1], found[at]
    return [each for each, _ in found]


# ---- over other registers


def renamed(block: Block, free: set[int], choice: random.Random) -> Block:
    """Values that end within the block in registers that hold nothing there."""
    found = list(block)
    for at in range(len(found)):
        written = found[at].effects.writes
        end = _last(found, at, written)
        if written.bit_count() != 1 or end is None or choice.random() < 0.3:
            continue
        old = written.bit_length() - 1
        busy = mentioned(found[at : end + 1])
        unused = [
            each for each in REGISTERS
            if each not in busy and _is_dead(found[end + 1 :], each, at_end=each in free)
        ]  # fmt: skip
        if unused:
            new = choice.choice(unused)
            found[at] = _over(found[at], {"rd": {old: new}})
            for between in range(at + 1, end + 1):
                found[between] = _over(found[between], {"rs1": {old: new}, "rs2": {old: new}})
    return found


def _last(block: Block, at: int, written: int) -> int | None:
    """Where a register is written again that `at` writes; None where it lives on."""
    for later in range(at + 1, len(block)):
        if block[later].effects.writes & written:
            return later
    return None


def _is_dead(block: Sequence[Instruction], register: int, at_end: bool) -> bool:
    """Whether a register is not read ahead of being written; `at_end`: what holds behind."""
    for each in block:
        touched = each.effects
        if (touched.reads | touched.writes) >> register & 1:
            return not touched.reads >> register & 1
    return at_end


def _over(instruction: Instruction, changes: dict[str, dict[int, int]]) -> Instruction:
    row, values = instruction
    return Instruction(
        row,
        tuple(
            [
                changes.get(name, {}).get(value, value) if kind.kind == "reg" else value
                for name, kind, value in zip(row.variables, row.kinds, values)
            ]
        ),
    )


# ---- by other operations

Names = dict[str, str]
Way = Callable[[Names, int], tuple[str, ...]]
"""From the names of rd, rs1, rs2 and two free registers, t and u, and the immediate, to statements
that do the same; none where that immediate has no such way."""


def _when(holds: bool, *lines: str) -> tuple[str, ...]:
    return lines if holds else ()


WAYS: dict[str, list[Way]] = {
    "addi": [
        lambda r, c: _when(c != 0, f"addi({r['rd']}, {r['rs1']}, {c // 2})",
                           f"addi({r['rd']}, {r['rd']}, {c - c // 2})"),
        lambda r, c: (f"li({r['t']}, {-c})", f"sub({r['rd']}, {r['rs1']}, {r['t']})"),
    ],
    "slli": [
        lambda r, c: (f"li({r['t']}, {1 << c})", f"mul({r['rd']}, {r['rs1']}, {r['t']})"),
        lambda r, c: _when(c == 1, f"add({r['rd']}, {r['rs1']}, {r['rs1']})"),
    ],
    "srli": [
        lambda r, c: (f"li({r['t']}, {1 << c})", f"divu({r['rd']}, {r['rs1']}, {r['t']})"),
        lambda r, c: _when(c > 0, f"li({r['t']}, {1 << (32 - c) % 32})",
                           f"mulhu({r['rd']}, {r['rs1']}, {r['t']})"),
    ],
    "srai": [
        lambda r, c: (f"srai({r['rd']}, {r['rs1']}, {c // 2})",
                      f"srai({r['rd']}, {r['rd']}, {c - c // 2})"),
    ],
    "andi": [
        lambda r, c: _when(c > 0 and c & (c + 1) == 0, f"li({r['t']}, {c + 1})",
                           f"remu({r['rd']}, {r['rs1']}, {r['t']})"),
        lambda r, c: _when(c > 0 and c & (c + 1) == 0,
                           f"slli({r['rd']}, {r['rs1']}, {32 - c.bit_length()})",
                           f"srli({r['rd']}, {r['rd']}, {32 - c.bit_length()})"),
        lambda r, c: (f"ori({r['t']}, {r['rs1']}, {c})", f"sub({r['t']}, {r['t']}, {r['rs1']})",
                      f"xori({r['rd']}, {r['t']}, {c})"),
    ],
    "ori": [
        lambda r, c: (f"andi({r['t']}, {r['rs1']}, {~c})", f"addi({r['rd']}, {r['t']}, {c})"),
    ],
    "slti": [lambda r, c: (f"li({r['t']}, {c})", f"slt({r['rd']}, {r['rs1']}, {r['t']})")],
    "sltiu": [lambda r, c: (f"li({r['t']}, {c})", f"sltu({r['rd']}, {r['rs1']}, {r['t']})")],
    "lui": [
        lambda r, c: (f"li({r['rd']}, {(c & 0xFFFFF) >> 4})", f"slli({r['rd']}, {r['rd']}, 16)",
                      f"li({r['t']}, {(c & 15) << 12})",
                      f"add({r['rd']}, {r['rd']}, {r['t']})"),
    ],
    "add": [
        lambda r, c: (f"neg({r['t']}, {r['rs2']})", f"sub({r['rd']}, {r['rs1']}, {r['t']})"),
        lambda r, c: (f"xor({r['t']}, {r['rs1']}, {r['rs2']})",
                      f"and_({r['u']}, {r['rs1']}, {r['rs2']})",
                      f"slli({r['u']}, {r['u']}, 1)", f"add({r['rd']}, {r['t']}, {r['u']})"),
    ],
    "sub": [
        lambda r, c: (f"not_({r['t']}, {r['rs1']})", f"add({r['t']}, {r['t']}, {r['rs2']})",
                      f"not_({r['rd']}, {r['t']})"),
    ],
    "and": [
        lambda r, c: (f"not_({r['t']}, {r['rs1']})", f"not_({r['u']}, {r['rs2']})",
                      f"or_({r['t']}, {r['t']}, {r['u']})", f"not_({r['rd']}, {r['t']})"),
    ],
    "or": [
        lambda r, c: (f"not_({r['t']}, {r['rs1']})", f"and_({r['t']}, {r['t']}, {r['rs2']})",
                      f"add({r['rd']}, {r['rs1']}, {r['t']})"),
    ],
    "xor": [
        lambda r, c: (f"or_({r['t']}, {r['rs1']}, {r['rs2']})",
                      f"and_({r['u']}, {r['rs1']}, {r['rs2']})",
                      f"sub({r['rd']}, {r['t']}, {r['u']})"),
    ],
    "lw": [
        lambda r, c: _when(c < 2046, f"lhu({r['t']}, {c + 2}({r['rs1']}))",
                           f"lhu({r['rd']}, {c}({r['rs1']}))", f"slli({r['t']}, {r['t']}, 16)",
                           f"or_({r['rd']}, {r['rd']}, {r['t']})"),
    ],
    "lh": [
        lambda r, c: (f"lhu({r['rd']}, {c}({r['rs1']}))", f"slli({r['rd']}, {r['rd']}, 16)",
                      f"srai({r['rd']}, {r['rd']}, 16)"),
    ],
    "lb": [
        lambda r, c: (f"lbu({r['t']}, {c}({r['rs1']}))", f"xori({r['t']}, {r['t']}, 128)",
                      f"addi({r['rd']}, {r['t']}, -128)"),
    ],
    "sw": [
        lambda r, c: _when(c < 2046, f"srli({r['t']}, {r['rs2']}, 16)",
                           f"sh({r['rs2']}, {c}({r['rs1']}))",
                           f"sh({r['t']}, {c + 2}({r['rs1']}))"),
    ],
    "sh": [
        lambda r, c: _when(c < 2047, f"srli({r['t']}, {r['rs2']}, 8)",
                           f"sb({r['t']}, {c + 1}({r['rs1']}))",
                           f"sb({r['rs2']}, {c}({r['rs1']}))"),
    ],
}  # fmt: skip
"""What strength reduction does, in either direction: name → other ways."""


def reduced(block: Block, free: set[int], choice: random.Random) -> Block:
    """Some operations by others; with two registers of those that are free."""
    if len(free) < 2:
        return block
    found: Block = []
    for each in block:
        spare = choice.sample(sorted(free), 2)
        lines = _another_way(each, spare, choice) if choice.random() < 0.3 else ()
        found += written(lines) if lines else [each]
    return found


def _another_way(each: Instruction, spare: list[int], choice: random.Random) -> tuple[str, ...]:
    row, values = each
    if not each.effects.writes and not each.effects.accesses:
        return ()
    named = dict(zip(row.variables, values))
    registers = {
        name: ABI_NAMES[value]
        for (name, value), kind in zip(named.items(), row.kinds) if kind.kind == "reg"
    }  # fmt: skip
    numbers = [value for name, value in named.items() if name not in registers]
    registers["t"], registers["u"] = (ABI_NAMES[number] for number in spare)
    ways = WAYS.get(row.name, [])
    return choice.choice(ways)(registers, sum(numbers)) if ways else ()


@lru_cache(maxsize=50_000)
def written(lines: tuple[str, ...]) -> tuple[Instruction, ...]:
    """Statements as instructions."""
    body = "".join(f"    {line}\n" for line in lines)
    source = f"@asm_rv32\ndef f():\n{body}    nop()\n"
    image = assemble(source, isa=ISA, compress=False).functions["f"]
    decoded = [each.instruction for each in decode_all(image.code, instruction_set(ISA))]
    return tuple(each for each in decoded[:-2] if each is not None)


# ---- all of it, and wrongly


def variant(block: Block, choice: random.Random) -> Block:
    """The same by other operations, over other registers, in another order."""
    free = set(REGISTERS) - mentioned(block)
    return reordered(renamed(reduced(block, free, choice), free, choice), choice)


def mutated(block: Block, choice: random.Random) -> Block:
    """With one instruction left out, or another constant, register or operation in it."""
    while True:
        at = choice.randrange(len(block))
        row, values = block[at]
        what = choice.choice(("nothing", "operation", "operand", "operand"))
        if what == "nothing":
            return block[:at] + block[at + 1 :]
        if what == "operation":
            row = choice.choice(_alike()[_shape(row)])
        else:
            index = choice.randrange(len(values))
            is_register = row.kinds[index].kind == "reg"
            new = choice.randrange(32) if is_register else values[index] ^ 1 << choice.randrange(12)
            values = (*values[:index], new, *values[index + 1 :])
        changed = Instruction(row, values)
        if row.accepts(values) and changed != block[at]:
            return [*block[:at], changed, *block[at + 1 :]]


def _shape(row: Row) -> tuple[object, ...]:
    return tuple(row.variables)


@lru_cache
def _alike() -> dict[tuple[object, ...], list[Row]]:
    """The operands of rows → the rows that take such."""
    found: dict[tuple[object, ...], list[Row]] = {}
    for row in instruction_set(ISA).encodings:
        if row.size == 4:
            found.setdefault(_shape(row), []).append(row)
    return found
