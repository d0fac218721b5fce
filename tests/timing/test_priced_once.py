"""Every instruction of every table is priced as often as it is executed, wherever it stands.

What is executed is told by the meanings of the rows, gone through one instruction at a time.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest
from unicorn import riscv_const, unicorn, unicorn_const

from asm_rv32.basis.diagnostics import Source, Span
from asm_rv32.isa.decode import decode_at
from asm_rv32.isa.image import Entry, Image
from asm_rv32.isa.meaning import Store, System
from asm_rv32.isa.operands import FLOAT
from asm_rv32.isa.reading import Reading, perform
from asm_rv32.isa.rows import Instruction, Row
from asm_rv32.isa.sets import instruction_set, widest_isa
from asm_rv32.isa.words import OPERATIONS, WORD
from asm_rv32.machine.settings import Settings
from asm_rv32.report.pricing import measure
from asm_rv32.timing import TimingError, core_names, load_core, price_call, price_program

ISA = widest_isa()
SET = instruction_set(ISA)
CORES = core_names()
SIZE, END, STOP = 0x1_0000, 0x8000, 0x9000
POINTERS = range(8, 13)
EACH = 4
"""A row is priced on every fourth of its cores, the next row on the next ones: what is counted
follows from the run, which all of them share."""
COUNT, RETURN, FRAME = 13, 31, 14
"""Registers that no instruction under test writes: rounds left, where to return, a pointer."""


def word(name: str, *values: int) -> bytes:
    """A base instruction, its values in the order of its row."""
    row = SET.row(name)
    assert row.accepts(values), (name, values)
    return row.encode(values).to_bytes(row.size, "little")


def chosen(row: Row) -> Instruction:
    """An instruction of the row: registers that hold pointers, and a label two instructions on."""
    values: list[int] = []
    for kind in row.kinds:
        if kind.kind == "reg":
            among = [n for n in POINTERS if n in kind.values and not (row.distinct and n in values)]
        elif kind.kind == "pcrel":
            among = [row.size + 4]
        else:
            among = [n for n in range(16) if n in kind.values] or [
                n for n in (16, 32, -16, FLOAT + 8) if n in kind.values
            ]
        values.append(among[-1] if kind.kind == "reg" else among[0])
    if not row.accepts(tuple(values)):
        values[1:] = [next(v for v in range(-64, 65, 16) if row.accepts((values[0], v)))]
    return Instruction(row, tuple(values))


def refreshed() -> bytes:
    """Let pointers point to memory again, sp to a frame, ra and t0 behind the next two words."""
    return b"".join(word("addi", n, FRAME, 0) for n in (*POINTERS, 2))


def under_test(row: Row) -> bytes:
    """The instruction behind what it needs, and one that a jump to its label leaves out."""
    instruction = chosen(row)
    own = row.encode(instruction.values).to_bytes(row.size, "little")
    ahead = b""
    effects = instruction.effects
    if effects.control in ("indirect", "call") and row.target < 0:
        target = row.size + 4
        registers = [n for n in range(1, 32) if effects.reads >> n & 1 and n != 2]
        if any(kind.kind == "reglist" for kind in row.kinds):
            registers = [1]
        # auipc n, 0; addi n, n, distance; and into all of the frame what a pop returns to
        more = 4 * 44 if registers == [1] else 0
        ahead = word("auipc", registers[0], 0)
        ahead += word("addi", registers[0], registers[0], 8 + more + target)
        if more:
            ahead += b"".join(word("sw", 1, 4 * at, 2) for at in range(44))
    return ahead + own + word("addi", 0, 0, 1)


def programs(row: Row) -> list[bytes]:
    """It in a straight line; in a loop; right ahead of the branch of a loop."""
    head = word("addi", RETURN, 1, 0) + word("addi", 2, 2, -1024) + word("addi", FRAME, 2, 0)
    head += word("addi", COUNT, 0, 3) + refreshed()
    tail = word("jalr", 0, RETURN, 0)
    it, less = under_test(row), word("addi", COUNT, COUNT, -1)

    def looped(body: bytes) -> bytes:
        return body + word("bne", COUNT, 0, -len(body))

    return [
        head + it + word("addi", 0, 0, 2) + tail,
        head + looped(word("addi", 0, 0, 2) + it + refreshed() + less) + tail,
        head + looped(refreshed() + less + it) + tail,
    ]


class Stepping(Reading):
    """A machine of the meanings alone."""

    def __init__(self, code: bytes, at: int) -> None:
        self.memory = bytearray(SIZE)
        self.memory[at : at + len(code)] = code
        self.registers = dict.fromkeys(range(32), 0) | {1: END, 2: 0x5000}
        self.pc = self.next = at
        self.trace: list[int] = []

    def run(self) -> list[int]:
        """The addresses of what is executed, in order, up to the return."""
        while self.pc != END:
            found = decode_at(bytes(self.memory[self.pc : self.pc + 4]), 0, SET).instruction
            assert found is not None and len(self.trace) < 1000
            self.trace.append(self.pc)
            self.next = self.pc + found.row.size
            perform(found.steps, self)
            self.pc = self.next
        return self.trace

    def constant(self, word: int) -> int:
        return word

    def place(self, distance: int) -> int:
        return self.pc + distance & WORD

    def read(self, number: int) -> int:
        return self.registers[number]

    def operation(self, name: str, operands: tuple[int, ...]) -> int:
        return OPERATIONS[name](*operands)

    def load(self, size: int, address: int) -> int:
        return int.from_bytes(self.memory[address : address + size], "little")

    def write(self, number: int, value: int) -> None:
        self.registers[number] = value

    def store(self, size: int, address: int, value: int) -> None:
        self.memory[address : address + size] = value.to_bytes(4, "little")[:size]

    def goto(self, target: int, condition: int | None) -> None:
        if condition is None or condition:
            self.next = target


@cache
def cores_for(row: Row) -> list[str]:
    """The cores that have a cost for it; none has float registers, whose names Zfinx shares."""
    found: list[str] = []
    if row.extension in ("rv32f", "zcf"):
        return found
    for name in CORES:
        try:
            load_core(name).class_of(chosen(row).row.base_instruction(chosen(row).values).row.name)
        except TimingError:
            continue
        found.append(name)
    return found


def goes_on(row: Row) -> bool:
    """Whether it does nothing beyond registers, memory and control, a fence apart."""
    outside = chosen(row).effects.outside
    return not any(isinstance(each, System) or each.name not in ("fence", "fence_i")
                   for each in outside)  # fmt: skip


ROWS = [row for row in SET.encodings if goes_on(row)]
PRICED = [row for row in ROWS if cores_for(row)]


UNPRICED = (
    "rv32a rv32f zcf zabha zacas zcmp zbc zbkx zknd zkne zknh zksed zksh zawrs zicbom zicbop "
    "zihintntl zihintpause zimop zcmop svinval".split()
)
"""What no core here has, or no document of one prices."""


def test_only_atomics_and_multi_step_instructions_have_no_cost() -> None:
    for row in ROWS:
        if row not in PRICED:
            accesses = [step for step in chosen(row).steps if isinstance(step, Store)]
            assert row.extension in UNPRICED, (row, accesses)


@pytest.mark.parametrize("row", PRICED, ids=lambda row: f"{row.name}-{row.place[2]}")
def test_each_is_priced_once(row: Row, pytestconfig: pytest.Config) -> None:
    cores = cores_for(row)
    if not pytestconfig.getoption("--thorough"):
        cores = cores[PRICED.index(row) % min(EACH, len(cores)) :: EACH]
    for code in programs(row):
        executed = Stepping(code, 0x100).run()
        expected = Counter(at - 0x100 for at in executed)
        for price in price_call(_machine(code), 0x100, END, cores=cores):
            for run in price:
                counted = {pc - 0x100: cost.executions for pc, cost in run.by_pc.items()}
                assert counted == expected, run.core.name
                assert run.instructions == len(executed)
        for priced in measure(_image(code), (), cores, settings=Settings(sanitize=False)).prices:
            counted = {pc: cost.executions for pc, cost in priced.warm.by_pc.items()}
            assert counted == expected, priced.warm.core.name


@pytest.mark.parametrize("row", PRICED, ids=lambda row: f"{row.name}-{row.place[2]}")
def test_a_bare_program_is_priced_in_order(row: Row) -> None:
    for code in programs(row):
        executed = Stepping(code, 0x100).run()
        memory = bytearray(SIZE)
        memory[0x100 : 0x100 + len(code)] = code
        start = word("lui", 2, 5) + word("lui", 1, END >> 12)
        memory[0x100 - len(start) : 0x100] = start
        stop = word("lui", 5, STOP >> 12) + word("sw", 0, 0, 5)
        memory[END : END + len(stop)] = stop
        priced = price_program(bytes(memory), 0xF8, core=cores_for(row)[0], stop_store=STOP)
        assert [pc for pc, _ in priced] == [0xF8, 0xFC, *executed, END, END + 4]


def _machine(code: bytes) -> Any:
    make: Any = unicorn.Uc
    uc = make(unicorn_const.UC_ARCH_RISCV, unicorn_const.UC_MODE_RISCV32)
    uc.ctl_set_cpu_model(riscv_const.UC_CPU_RISCV32_SIFIVE_E31)
    uc.ctl_set_tcg_buffer_size(16 << 20)
    uc.mem_map(0, SIZE)
    uc.mem_write(0x100, code)
    uc.reg_write(riscv_const.UC_RISCV_REG_RA, END)
    uc.reg_write(riscv_const.UC_RISCV_REG_SP, 0x5000)
    return uc


def _image(code: bytes) -> Image:
    entries, at, span = [], 0, Span(0, 0)
    while at < len(code):
        size = decode_at(code, at, SET).size
        entries.append(Entry(at, size, span, True))
        at += size
    return Image("f", "f", code, tuple(entries), {}, (), (), "uint", ISA, span,
                 Source("", "<test>"))  # fmt: skip
