"""What ends a bare program other than its store: the same on both engines, in the same words."""

from __future__ import annotations

import random

import pytest
from corpus.instructions import draw_all

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.run_options import ENGINES
from asm_rv32.isa.sets import instruction_set
from asm_rv32.machine import run_program
from asm_rv32.machine.errors import ExecutionError


@pytest.fixture(scope="module", autouse=True)
def engine() -> None:
    """Each test here names the engines that it is about."""


STOP_STORE = 0x8000_0000
ISA = "rv32imafc"
SET = instruction_set(ISA)


def end(code: bytes, base: int = 0, entry: int = 0) -> tuple[object, ...]:
    """How it ends, on both engines: all that `Final` has, or what stops it."""
    ends: list[tuple[object, ...]] = []
    for engine in ENGINES:
        try:
            final = run_program(
                code, base + entry, base=base, isa=ISA, engine=engine, stop_store=STOP_STORE,
                max_instructions=60,
            )  # fmt: skip
            ends.append(final)
        except ExecutionError as error:
            fault = error.fault
            ends.append((fault.message, fault.code, fault.pc, fault.address, error.registers))
    assert ends[0] == ends[1]
    return ends[0]


def program(body: str, isa: str = ISA) -> bytes:
    lines = "".join(f"    {line}\n" for line in body.split("; "))
    lines += "    lui(a5, 0x80000)\n    sw(a0, 0(a5))\n    align(4)\n    label(at)\n"
    lines += "    data(4, 0x83828181)\n"
    return (
        assemble(f"@asm_rv32(isa='{isa}', compress=False)\ndef f():\n{lines}").functions["f"].code
    )


LAST = "li(t0, 0x1fffe); li(t1, {word}); sh(t1, 0(t0)); fence_i(); jr(t0)"
"""Jumps to a halfword at the end of memory."""
WILD, JUMP, ILLEGAL, ODD = "wild-access", "wild-jump", "illegal-instruction", "misaligned-access"
AWAY = "lui(s0, 0x90000); "
REFUSED: dict[str, tuple[str, str, int, int | None]] = {
    AWAY + "jr(s0)": ("execution leaves the function for 0x90000000", JUMP, 4, 0x9000_0000),
    AWAY + "jr(s0, -2)": ("execution leaves the function for 0x8ffffffe", JUMP, 4, 0x8FFF_FFFE),
    "jr(zero, -2)": ("execution leaves the function for 0xfffffffe", JUMP, 0, 0xFFFF_FFFE),
    "lui(s0, 0x80000); jr(s0)": (
        "execution leaves the function for 0x80000000, into the page of the store that ends it",
        JUMP, 4, 0x8000_0000,
    ),
    "lui(s0, 0x20); jr(s0)": (
        "execution runs past the end of the function: a return is missing", JUMP, 4, 0x2_0000
    ),
    LAST.format(word=1): (
        "execution runs past the end of the function: a return is missing", JUMP, 0x1_FFFE, 0x2_0000
    ),
    LAST.format(word=0): (
        "CSR 0xc00 is not one that the machine has, or it is read-only", ILLEGAL, 0x1_FFFE, None
    ),
    LAST.format(word=0x13): (
        "the instruction at 0x0001fffe reaches past the end of the memory of the program",
        JUMP, 0x1_FFFE, 0x1_FFFE,
    ),
    "nop(); dret()": ("this returns from Debug Mode, and there is no debugger", ILLEGAL, 4, None),
    "nop(); sret()": ("0x10200073 is no instruction here", ILLEGAL, 4, None),
    "nop(); data(4, 0xffffffff)": ("0xffffffff is no instruction here", ILLEGAL, 4, None),
    "nop(); c_nop(); data(2, 0x8000)": ("0x8000 is no instruction here", ILLEGAL, 6, None),
    "wfi()": ("wfi waits for an interrupt; none comes", "endless-wait", 0, None),
    AWAY + "lw(a0, 4(s0))": ("load of 4 bytes at 0x90000004", WILD, 4, 0x9000_0004),
    AWAY + "sh(a0, 6(s0))": ("store of 2 bytes at 0x90000006", WILD, 4, 0x9000_0006),
    AWAY + "c_sw(a0, 4(s0))": ("store of 4 bytes at 0x90000004", WILD, 4, 0x9000_0004),
    AWAY + "flw(fa0, 4(s0))": ("load of 4 bytes at 0x90000004", WILD, 4, 0x9000_0004),
    AWAY + "lr_w(a0, 0(s0))": ("load of 4 bytes at 0x90000000", WILD, 4, 0x9000_0000),
    AWAY + "amoadd_w(a0, a0, 0(s0))": ("store of 4 bytes at 0x90000000", WILD, 4, 0x9000_0000),
    "lb(a0, -4(zero))": ("load of 1 byte at 0xfffffffc", WILD, 0, 0xFFFF_FFFC),
    "lui(s0, 0x80000); lw(a0, -4(s0))": (
        "load of 4 bytes at 0x7ffffffc, right before the start of the page of the store that "
        "ends it", WILD, 4, 0x7FFF_FFFC,
    ),
    "lui(s0, 0x20); lh(a0, -1(s0))": (
        "load of 2 bytes at 0x0001ffff, across the end of the memory of the program",
        WILD, 4, 0x1_FFFF,
    ),
    "addi(s0, zero, 1); amoadd_w(a0, a0, 0(s0))": (
        "store of 4 bytes at 0x00000001, which is not a multiple of 4", ODD, 4, 1
    ),
    "addi(s0, zero, 2); lr_w(a0, 0(s0))": (
        "load of 4 bytes at 0x00000002, which is not a multiple of 4", ODD, 4, 2
    ),
    # The word that it finds is no address of a word, and what comes next is to blame all the same.
    "lui(s0, 0); lr_w(s0, 0(s0)); c_unimp()": (
        "CSR 0xc00 is not one that the machine has, or it is read-only", ILLEGAL, 8, None
    ),
    "label(again); j(again)": (
        "still running after 60 instructions (max_instructions sets the limit)",
        "instruction-limit", 0, None,
    ),
}  # fmt: skip
"""A program → what is said at its end, the code of it, the offset, and the address."""


@pytest.mark.parametrize("body", REFUSED)
def test_what_a_program_may_not_do_ends_it(body: str) -> None:
    assert end(program(body))[:4] == REFUSED[body]


HANDLED = """
    la(t1, handler)
    csrw(mtvec, t1)
    {body}
    align(4)
    label(handler)
    csrr(a0, mcause)
    csrr(a1, mepc)
    csrr(a2, mtval)
    rdinstret(a3)
    lui(a5, 0x80000)
    sw(a0, 0(a5))
"""
EXCEPTIONS = {
    LAST.format(word=0x13): (1, 0x1_FFFE, 0x2_0000, 3 + 6),
    LAST.format(word=1): (1, 0x2_0000, 0x2_0000, 3 + 7),
    LAST.format(word=0): (2, 0x1_FFFE, 0, 3 + 6),
    AWAY + "jr(s0)": (1, 0x9000_0000, 0x9000_0000, 3 + 2),
    AWAY + "nop(); lw(s1, 8(s0))": (5, 20, 0x9000_0008, 3 + 2),
    AWAY + "nop(); amoadd_w(s1, s1, 0(s0))": (7, 20, 0x9000_0000, 3 + 2),
    "la(s0, handler); lr_w(s0, 0(s0)); c_unimp()": (2, 24, 0, 3 + 3),
    "addi(s0, zero, 1); amoor_w(s1, s1, 0(s0))": (6, 16, 1, 3 + 1),
}
"""A statement → mcause, mepc, mtval, and the instructions before the handler's."""


@pytest.mark.parametrize("body", EXCEPTIONS)
def test_its_handler_is_told_what_a_program_may_not_do(body: str) -> None:
    lines = HANDLED.format(body=body.replace("; ", "\n    "))
    code = assemble(f"@asm_rv32(isa='{ISA}', compress=False)\ndef f():\n{lines}").functions["f"]
    registers = end(code.code)[0]
    assert isinstance(registers, tuple)
    *told, executed = registers[10:14]
    assert (*told, executed - 3) == EXCEPTIONS[body]


@pytest.mark.parametrize("seed", range(5))
def test_each_instruction_ends_alike(seed: int) -> None:
    """With registers that hold addresses of memory, beside it, and of none; what comes behind it is
    what ends it where it does not."""
    choose = random.Random(seed)
    lui, addi, sw = (SET.row(name) for name in ("lui", "addi", "sw"))
    for row in choose.sample(SET.encodings, 12):
        code = b""
        for number in choose.sample(range(1, 32), 6):
            upper = choose.choice((0, 15, 17, 0x2F, 0x30, 0x7FFFF, 0x80000, 0x90000, 0xFFFFF))
            code += lui.encode((number, upper)).to_bytes(4, "little")
            more = choose.choice((0, 1, 2, 4, -1, -4, 100))
            code += addi.encode((number, number, more)).to_bytes(4, "little")
        code += row.encode(draw_all(row, choose)).to_bytes(row.size, "little")
        if choose.random() < 0.7:
            code += lui.encode((15, 0x80000)).to_bytes(4, "little")
            code += sw.encode((15, 0, 15)).to_bytes(4, "little")
        end(code, 0x1_0000)


@pytest.mark.parametrize(
    ("isa", "entry"),
    [(ISA, -4), (ISA, 1), (ISA, 0x2_0000), (ISA, 0x8000_0000), ("rv32im", 2), ("rv32im", 0x2_0000)],
)
def test_a_program_begins_where_an_instruction_can_be(isa: str, entry: int) -> None:
    for engine in ENGINES:
        with pytest.raises(ValueError, match=f"can be at its entry, {entry:#x}$"):
            run_program(bytes(8), entry, isa=isa, engine=engine, stop_store=STOP_STORE)


@pytest.mark.parametrize("entry", [2, 0x1_FFFE])
def test_it_begins_at_its_entry(entry: int) -> None:
    message, _, offset, _, registers = end(program("nop(); nop()"), entry=entry)
    assert offset == entry and registers["sp"] == registers["a0"] == 0  # type: ignore[index]
    assert str(message).startswith("CSR 0xc00")
