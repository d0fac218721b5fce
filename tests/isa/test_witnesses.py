"""What the meanings compute, against programs that are not ours: qemu-riscv32 and spike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from corpus.witnesses import (
    QEMU_BASE,
    SPIKE_BASE,
    Batch,
    batch,
    differences,
    under_qemu,
    under_spike,
)

from asm_rv32.decode import decode
from asm_rv32.isa.reading import Reading, perform
from asm_rv32.isa.words import OPERATIONS, WORD
from asm_rv32.tables import instruction_set

QEMU = "rv32imac_zba_zbb_zbs"
SPIKE = "rv32imac_zba_zbb_zbs_zicond_zcb_zcmp"


class Words(Reading):
    """Execution, one step after the other: the plainest reading there is."""

    def __init__(self, memory: bytearray, base: int) -> None:
        self.memory = memory
        self.base = base
        self.registers = [0] * 32
        self.pc = self.next = base

    def constant(self, word: int) -> int:
        return word

    def place(self, distance: int) -> int:
        return self.pc + distance & WORD

    def read(self, number: int) -> int:
        return self.registers[number]

    def operation(self, name: str, operands: tuple[Any, ...]) -> int:
        return OPERATIONS[name](*operands)

    def load(self, size: int, address: int) -> int:
        at = address - self.base
        return int.from_bytes(self.memory[at : at + size], "little")

    def write(self, number: int, value: int) -> None:
        self.registers[number] = value

    def store(self, size: int, address: int, value: int) -> None:
        low, at = value & ((1 << 8 * size) - 1), address - self.base
        self.memory[at : at + size] = low.to_bytes(size, "little")

    def goto(self, target: int, condition: int | None) -> None:
        if condition is None or condition:
            self.next = target


def by_meaning(programs: Batch) -> bytes:
    """The states as going through each instruction's steps leaves them."""
    instructions = instruction_set(programs.isa)
    base = programs.base
    words = Words(bytearray(programs.memory()), base)
    steps: dict[int, Any] = {}
    end = programs.stop - base
    while not words.memory[end]:
        at = words.pc - base
        word = int.from_bytes(words.memory[at : at + 4], "little")
        size = 4 if word & 3 == 3 else 2
        word &= (1 << 8 * size) - 1
        if word not in steps:
            found = decode(word, instructions)
            assert found is not None, hex(word)
            steps[word] = found.steps
        words.next = words.pc + size
        perform(steps[word], words)
        words.pc = words.next
    start = programs.states_at - base
    return bytes(words.memory[start : start + len(programs.states)])


def test_meanings_compute_what_qemu_computes(tmp_path: Path) -> None:
    programs = batch(QEMU, 100, seed=1, base=QEMU_BASE)
    assert programs.instructions > 5500
    theirs = under_qemu(programs, tmp_path)
    assert theirs != programs.states
    assert not [*differences(programs, by_meaning(programs), theirs)][:5]


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(4))
def test_meanings_compute_what_spike_computes(seed: int, tmp_path: Path) -> None:
    programs = batch(SPIKE, 400, seed=seed, base=SPIKE_BASE)
    theirs = under_spike(programs, tmp_path)
    assert theirs != programs.states
    assert not [*differences(programs, by_meaning(programs), theirs)][:5]
