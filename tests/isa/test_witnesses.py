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

from asm_rv32.isa.decode import decode
from asm_rv32.isa.operands import FFLAGS, FRM
from asm_rv32.isa.reading import Reading, perform
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.words import OPERATIONS, WORD
from asm_rv32.machine import run_program

QEMU = "rv32imac_zba_zbb_zbs_zbc_zbkb_zbkx_zknd_zkne_zknh_zksed_zksh"
SPIKE = (
    f"{QEMU}_zicond_zcb_zcmp_zawrs_zihintntl_zimop_zcmop_zabha_zacas_zicbom_zicbop_"
    "zihintpause_svinval"
)


class Words(Reading):
    """Execution, one step after the other: the plainest reading there is."""

    def __init__(self, memory: bytearray, base: int) -> None:
        self.memory = memory
        self.base = base
        self.registers = [0] * (FRM + 1)
        self.reserved = 0
        self.pc = self.next = base

    def constant(self, word: int) -> int:
        return word

    def place(self, distance: int) -> int:
        return self.pc + distance & WORD

    def read(self, number: int) -> int:
        return self.registers[number]

    def operation(self, name: str, operands: tuple[Any, ...]) -> int:
        return OPERATIONS[name](*operands)

    def system(self, name: str, operands: tuple[Any, ...]) -> int:
        """A reservation; or a CSR: fflags, frm, or fcsr, which is both."""
        if name == "load_reserved":
            self.reserved = operands[0]
            return self.load(4, operands[0])
        if name == "store_conditional":
            fails, self.reserved = self.reserved != operands[0], 0
            if not fails:
                self.store(4, *operands)
            return int(fails)
        low, bits = {1: (0, 5), 2: (5, 3), 3: (0, 8)}[operands[0]]
        whole = self.registers[FRM] << 5 | self.registers[FFLAGS]
        before, value = whole >> low & (1 << bits) - 1, operands[1]
        after = {"swap_csr": value, "set_csr": before | value}.get(name, before & ~value)
        mask = (1 << bits) - 1 << low
        whole = whole & ~mask | after << low & mask
        self.registers[FRM], self.registers[FFLAGS] = whole >> 5, whole & 31
        return before

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


def by_engine(programs: Batch, engine: str) -> bytes:
    """The states as an engine leaves them."""
    found = run_program(
        programs.memory(), programs.base, base=programs.base, isa=programs.isa, engine=engine,
        stop_store=programs.stop, max_instructions=100_000_000,
    )  # fmt: skip
    start = programs.states_at - programs.base
    return found.memory[start : start + len(programs.states)]


def agree(programs: Batch, theirs: bytes) -> None:
    """That both engines leave what a witness leaves."""
    assert theirs != programs.states
    for engine in ("unicorn", "python"):
        assert not [*differences(programs, by_engine(programs, engine), theirs)][:5], engine


def test_qemu_agrees(tmp_path: Path) -> None:
    programs = batch(QEMU, 60, seed=1, base=QEMU_BASE)
    assert programs.executions.total() > 3000
    theirs = under_qemu(programs, tmp_path)
    agree(programs, theirs)
    assert not [*differences(programs, by_meaning(programs), theirs)][:5]


FLOATS = {"rv32imafc_zba_zbb_zbs": ("rv32f", "zcf"), "rv32imac_zfinx": ("zfinx",)}
"""ISA → the files of rows that are about floating point."""


@pytest.mark.parametrize("isa", FLOATS)
def test_qemu_agrees_on_floats(isa: str, tmp_path: Path) -> None:
    programs = batch(isa, 6, seed=2, base=QEMU_BASE, only=FLOATS[isa], rounds=20)
    theirs = under_qemu(programs, tmp_path)
    agree(programs, theirs)
    assert not [*differences(programs, by_meaning(programs), theirs)][:5]


@pytest.mark.heavy
@pytest.mark.parametrize("isa", FLOATS)
def test_qemu_agrees_on_many_floats(isa: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """More than a hundred thousand executions of each instruction, with --thorough."""
    thorough = pytestconfig.getoption("--thorough")
    programs = batch(
        isa, 8, seed=3, base=QEMU_BASE, length=250, only=FLOATS[isa],
        rounds=2600 if thorough else 30,
    )  # fmt: skip
    assert min(programs.executions.values()) > (100_000 if thorough else 1000)
    agree(programs, under_qemu(programs, tmp_path))


PROGRAMS, LENGTH = 12, 240
WITNESSES = {"qemu": (QEMU, QEMU_BASE, under_qemu), "spike": (SPIKE, SPIKE_BASE, under_spike)}
FEW, MANY = (2, 20), (50, 250)
"""Batches, and how often each is run on other states: with --thorough a hundred thousand
executions of each row, by each witness."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        batches, _ = MANY if metafunc.config.getoption("--thorough") else FEW
        metafunc.parametrize("seed", range(batches))


@pytest.mark.heavy
@pytest.mark.parametrize("name", WITNESSES)
def test_a_witness_agrees_on_every_row(
    name: str, seed: int, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    isa, base, run = WITNESSES[name]
    batches, rounds = MANY if pytestconfig.getoption("--thorough") else FEW
    programs = batch(isa, PROGRAMS, length=LENGTH, seed=seed, base=base, rounds=rounds)
    assert min(programs.executions.values()) * batches >= (100_000 if batches > 2 else 200)
    agree(programs, run(programs, tmp_path))


def test_what_no_witness_executes() -> None:
    """What traps or waits, tests/rtl/traps.py and test_interrupts.py have; what a hart of theirs
    has not: privileges in the one, guests in the other."""
    traps = {"ecall", "ebreak", "c.ebreak", "c.unimp", "mret", "sret", "dret", "wfi"}
    for (isa, base, _), privileged in zip(
        WITNESSES.values(),
        (
            {"csrrw", "csrrs", "csrrc", "csrrwi", "csrrsi", "csrrci", "sfence.vma"},
            {"hinval.vvma", "hinval.gvma"},
        ),
    ):
        found = batch(isa, 2, length=LENGTH, seed=1, base=base).executions
        every = {row.name for row in instruction_set(isa).encodings if not row.hint}
        assert every - {row.name for row in found} == traps | privileged
